"""How does cost move? Months as stacked bars, days as lines, one colour a name in both."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def stacked_months(monthly: pd.DataFrame, series: list[str]) -> go.Figure:
    """``monthly``: month (YYYY-MM), name, cost_usd. ``series`` gives the order of the stack."""
    drawn = theme.figure(legend=True)
    for name in series:
        of_name = monthly[monthly["name"] == name]
        drawn.add_bar(x=of_name["month"], y=of_name["cost_usd"], **_labels(name, "%{x}"))
    drawn.update_layout(barmode="relative", hovermode="x unified")
    drawn.update_xaxes(type="category", categoryorder="category ascending", nticks=14)
    drawn.update_yaxes(tickformat=theme.DOLLARS)
    return theme.axes(drawn, x="Month", y="USD a month")


def daily_lines(daily: pd.DataFrame, series: list[str]) -> go.Figure:
    """``daily``: date, name, cost_usd. One line a name."""
    drawn = theme.figure(legend=True)
    for name in series:
        of_name = daily[daily["name"] == name]
        drawn.add_scatter(
            x=of_name["date"],
            y=of_name["cost_usd"],
            mode="lines",
            line={"width": 1.8},
            **_labels(name, "%{x|%Y-%m-%d}"),
        )
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero")
    return theme.axes(drawn, x="Day (UTC)", y="USD a day")


def _labels(name: str, when: str) -> dict[str, str]:
    [label] = theme.short([name], 34)
    return {"name": label, "hovertemplate": f"%{{y:{theme.CENTS}}}", "xhoverformat": when[2:-1]}
