"""Where do two things meet, and how much is there? A cell for each pair, with its figure in it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

# From light to dark: dark cells hold most. The same on a light and on a dark page.
_SCALE = ((0.0, "#fdf3e4"), (0.5, "#e9a455"), (1.0, "#8a4a00"))
_CELL, _FRAME = 34, 170


def tag_by_team(
    frame: pd.DataFrame, keys: Sequence[str], teams: Sequence[str], *, value: str
) -> go.Figure:
    """Teams from the top, keys from the left; the darker a cell, the more there is to put right.

    ``frame``: key, team, resources, violating, violating_cost_usd. ``value`` is the column that is
    drawn: ``violating`` (resources) or ``violating_cost_usd`` (dollars a month).
    """
    drawn = theme.figure(height=_FRAME + _CELL * max(len(teams), 2))
    in_dollars = value == "violating_cost_usd"
    cells = frame.set_index(["team", "key"]).reindex(pd.MultiIndex.from_product([teams, keys]))
    names = theme.names(teams)

    def grid(column: str) -> list[list[float]]:
        numbers = cells[column].astype("float64").to_numpy()
        rows: list[list[float]] = numbers.reshape(len(teams), len(keys)).tolist()
        return rows

    drawn.add_heatmap(
        x=theme.names(keys),
        y=list(range(len(teams))),
        z=grid(value),
        customdata=[
            [[name, *pair] for pair in zip(*row, strict=True)]
            for name, *row in zip(
                names, grid("resources"), grid("violating"), grid("violating_cost_usd"), strict=True
            )
        ],
        zmin=0,
        colorscale=[list(step) for step in _SCALE],
        xgap=2,
        ygap=2,
        texttemplate=f"%{{z:{theme.DOLLARS if in_dollars else ',.0f'}}}",
        hovertemplate="%{customdata[0]} · %{x}: %{customdata[2]:,.0f} of %{customdata[1]:,.0f} resources"
        f", %{{customdata[3]:{theme.CENTS}}} a month<extra></extra>",
        colorbar={
            "title": {"text": "$ a month" if in_dollars else "resources", "side": "top"},
            "orientation": "h",
            "thickness": 10,
            "len": 0.6,
            "y": -0.02,
            "yanchor": "top",
            "nticks": 5,
            "tickformat": theme.DOLLARS if in_dollars else ",.0f",
        },
    )
    theme.name_rows(drawn, teams, 22)
    drawn.update_xaxes(side="top", showgrid=False)
    theme.axes(drawn, x="Tag", y="Team")
    drawn.update_layout(margin={"t": 48, "b": 56})
    return theme.or_nothing(drawn, frame)
