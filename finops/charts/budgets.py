"""How does each budget stand against what was spent and what is forecast, today and day by day?"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme
from finops.charts.fan import draw_fan


def budget_bars(
    frame: pd.DataFrame, colours: list[str], x_title: str = "USD of the present period"
) -> go.Figure:
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
    return theme.axes(drawn, x=x_title, y="Budget")


def budget_path(
    past: pd.DataFrame,
    coming: pd.DataFrame,
    levels: Mapping[str, float],
    *,
    budget_usd: float,
    cumulative: bool,
    plan: tuple[float, float] | None = None,
) -> go.Figure:
    """A period day by day: what was spent, the fan of the forecast, the budget and its thresholds.

    ``past``: date, usd. ``coming``: date, mean_usd and the four bounds lower_80_usd … upper_95_usd (NaN
    where unknown); when ``cumulative`` both begin where the past ends. ``levels`` are the dollars of
    each further line by its name. ``budget_usd`` is the amount, or of a single day its share.
    ``plan`` are the dollars of a straight line to it, at the first and the last day.
    """
    drawn = theme.figure(height=420, legend=True)
    draw_fan(drawn, coming)
    if cumulative:
        drawn.add_scatter(
            x=past["date"], y=past["usd"], name="spent to date",
            mode="markers" if len(past) == 1 else "lines",
            line={"color": theme.MAIN, "width": 3}, marker={"color": theme.MAIN, "size": 8},
            hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
    else:
        drawn.add_bar(
            x=past["date"], y=past["usd"], name="spent", marker_color=theme.MAIN,
            hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
    drawn.add_scatter(
        x=coming["date"], y=coming["mean_usd"], name="forecast", mode="lines",
        line={"color": theme.VIOLET, "width": 2, "dash": "dash"},
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    days = pd.concat([past["date"], coming["date"]])
    if len(days):
        _levels(drawn, days, levels, budget_usd)
    if plan is not None and len(days):
        drawn.add_scatter(
            x=[days.min(), days.max()], y=list(plan), mode="lines", name="straight line",
            line={"color": theme.NEUTRAL, "width": 1.5, "dash": "dashdot"}, hoverinfo="skip",
        )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_xaxes(hoverformat=theme.DAY)
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero", nticks=7)
    theme.axes(drawn, x="Day (UTC)", y="USD since the period began" if cumulative else "USD a day")
    return theme.day_axis(drawn, days)


def _levels(drawn: go.Figure, days: pd.Series, levels: Mapping[str, float], budget_usd: float) -> None:
    ends = [days.min(), days.max()]
    for name, usd in levels.items():
        drawn.add_scatter(
            x=ends, y=[usd, usd], mode="lines", name=name,
            line={"color": theme.WARNING, "width": 1.5, "dash": "dot"},
            hovertemplate=f"%{{y:{theme.CENTS}}}", showlegend=False,
        )  # fmt: skip
        drawn.add_annotation(
            x=0, xref="paper", y=usd, xanchor="left", yanchor="bottom", showarrow=False, text=name,
        )  # fmt: skip
    drawn.add_scatter(
        x=ends, y=[budget_usd, budget_usd], mode="lines", name="budget",
        line={"color": theme.BAD, "width": 2}, hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip


def variance_bars(frame: pd.DataFrame, colours: list[str]) -> go.Figure:
    """``frame``: period (text), amount_usd, actual_usd (NaN where unknown); a colour a period."""
    drawn = theme.figure(height=320, legend=True)
    drawn.add_bar(
        x=frame["period"], y=frame["actual_usd"], name="actual", marker_color=colours,
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.add_scatter(
        x=frame["period"], y=frame["amount_usd"], mode="markers", name="budget",
        marker={"symbol": "line-ew", "size": 26, "line": {"width": 3, "color": theme.NEUTRAL}},
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_xaxes(type="category")
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero", nticks=6)
    theme.axes(drawn, x="Period from", y="USD a period")
    return theme.or_nothing(drawn, frame)
