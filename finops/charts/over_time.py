"""How does cost move? Months as stacked bars, days as lines, one colour a service in both."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def stacked_months(monthly: pd.DataFrame, series: list[str]) -> go.Figure:
    """``monthly``: month (YYYY-MM), service, cost_usd. ``series`` gives the order of the stack."""
    drawn = theme.figure(legend=True)
    for service in series:
        of_service = monthly[monthly["service"] == service]
        drawn.add_bar(x=of_service["month"], y=of_service["cost_usd"], **_labels(service, "%{x}"))
    drawn.update_layout(barmode="relative", hovermode="x unified")
    drawn.update_xaxes(type="category", categoryorder="category ascending", nticks=14)
    drawn.update_yaxes(tickformat=theme.DOLLARS)
    return theme.axes(drawn, x="Month", y="USD a month")


def daily_lines(daily: pd.DataFrame, series: list[str]) -> go.Figure:
    """``daily``: date, service, cost_usd. One line a service."""
    drawn = theme.figure(legend=True)
    for service in series:
        of_service = daily[daily["service"] == service]
        drawn.add_scatter(
            x=of_service["date"],
            y=of_service["cost_usd"],
            mode="lines",
            line={"width": 1.8},
            **_labels(service, "%{x|%Y-%m-%d}"),
        )
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero")
    return theme.axes(drawn, x="Day (UTC)", y="USD a day")


def _labels(service: str, when: str) -> dict[str, str]:
    [name] = theme.short([service], 34)
    return {"name": name, "hovertemplate": f"%{{y:{theme.CENTS}}}", "xhoverformat": when[2:-1]}
