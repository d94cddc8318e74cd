"""How is an interval of a forecast drawn? The wider one as a band below the narrower one."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def draw_fan(drawn: go.Figure, coming: pd.DataFrame, x: str = "date") -> None:
    """``coming``: x, lower_80_usd … upper_95_usd, NaN where unknown: there it draws nothing."""
    known = coming.dropna(subset=["lower_95_usd", "upper_95_usd"])
    for level, colour in ((95, theme.FAN_WIDE), (80, theme.FAN_NARROW)):
        if known.empty:
            continue
        drawn.add_scatter(
            x=known[x], y=known[f"upper_{level}_usd"], mode="lines", line={"width": 0},
            showlegend=False, name=f"{level} % up to", hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
        drawn.add_scatter(
            x=known[x], y=known[f"lower_{level}_usd"], mode="lines", line={"width": 0},
            fill="tonexty", fillcolor=colour, name=f"{level} % from",
            hovertemplate=f"%{{y:{theme.CENTS}}}", showlegend=False,
        )  # fmt: skip
        drawn.add_bar(x=[None], y=[None], name=f"{level} % of outcomes", marker_color=colour)
