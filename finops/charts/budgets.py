"""How does each budget stand against what was spent and what is forecast?"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def budget_bars(frame: pd.DataFrame, colours: list[str]) -> go.Figure:
    """``frame``: name, amount_usd, actual_usd, forecast_usd (NaN where unknown); a colour a row."""
    drawn = theme.figure(height=theme.bars_height(len(frame)) + 40, legend=True)
    rows = theme.name_rows(drawn, frame["name"])
    drawn.add_bar(
        x=frame["actual_usd"], y=rows, orientation="h", name="actual", marker_color=colours,
        hovertemplate=f"actual %{{x:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.add_scatter(
        x=frame["amount_usd"], y=rows, mode="markers", name="budget",
        marker={"symbol": "line-ns", "size": 20, "line": {"width": 3, "color": theme.NEUTRAL}},
        hovertemplate=f"budget %{{x:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.add_scatter(
        x=frame["forecast_usd"], y=rows, mode="markers", name="forecast at the end",
        marker={"symbol": "diamond", "size": 11, "color": theme.VIOLET},
        hovertemplate=f"forecast %{{x:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.update_layout(hovermode="y unified")
    drawn.update_xaxes(tickformat=theme.DOLLARS, nticks=6, rangemode="tozero")
    return drawn
