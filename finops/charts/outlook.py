"""How do months go on? What they cost, what they are expected to, and what a scenario makes of them."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme
from finops.charts.fan import draw_fan

_MARKERS = {"size": 7}


def month_fan(
    past: pd.DataFrame, coming: pd.DataFrame, scenario: pd.DataFrame | None, *, cumulative: bool
) -> go.Figure:
    """``past``: month (YYYY-MM), usd, kind ("month" or "running": spent and expected together).

    ``coming``: month, mean_usd and the four bounds lower_80_usd … upper_95_usd (NaN where unknown).
    ``scenario``: month, mean_usd; None where it is the same. ``cumulative``: dollars since the first
    coming month began.
    """
    drawn = theme.figure(height=420, legend=True)
    draw_fan(drawn, coming, "month")
    for kind, name, colour in (
        ("month", "cost", theme.MAIN),
        ("running", "running month, expected at its end", theme.EARLIER),
    ):
        of_kind = past[past["kind"] == kind]
        if len(of_kind):
            drawn.add_bar(
                x=of_kind["month"], y=of_kind["usd"], name=name, marker_color=colour,
                hovertemplate=f"%{{y:{theme.CENTS}}}",
            )  # fmt: skip
    drawn.add_scatter(
        x=coming["month"], y=coming["mean_usd"], name="as is", mode="lines+markers",
        line={"color": theme.VIOLET, "width": 2, "dash": "dash"}, marker=_MARKERS,
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    if scenario is not None:
        drawn.add_scatter(
            x=scenario["month"], y=scenario["mean_usd"], name="scenario", mode="lines+markers",
            line={"color": theme.GOOD, "width": 3}, marker={**_MARKERS, "symbol": "diamond"},
            hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_xaxes(type="category", categoryorder="category ascending", nticks=9, tickangle=0)
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero", nticks=7)
    theme.axes(drawn, x="Month", y="USD, added up" if cumulative else "USD a month")
    return theme.or_nothing(drawn, coming)
