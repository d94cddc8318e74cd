"""How far from what was expected? A scope day by day, and what anomalies come to each month."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

_BAND = "rgba(113,128,150,0.25)"


def anomaly_days(days: pd.DataFrame) -> go.Figure:
    """``days``: date, actual_usd, expected_usd, lower_usd, upper_usd (NaN where unknown), anomalous.

    The band is where a day is no anomaly by itself; anomalous days are marked, those without a figure
    at what was expected.
    """
    drawn = theme.figure(height=380, legend=True)
    known = days.dropna(subset=["lower_usd", "upper_usd"])
    if len(known):
        drawn.add_scatter(
            x=known["date"], y=known["upper_usd"], mode="lines", line={"width": 0},
            showlegend=False, name="usual up to", hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
        drawn.add_scatter(
            x=known["date"], y=known["lower_usd"], mode="lines", line={"width": 0}, fill="tonexty",
            fillcolor=_BAND, showlegend=False, name="usual from", hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
        drawn.add_bar(x=[None], y=[None], name="a usual day", marker_color=_BAND)
    drawn.add_scatter(
        x=days["date"], y=days["expected_usd"], name="expected", mode="lines",
        line={"color": theme.EARLIER, "width": 1.5, "dash": "dash"},
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    drawn.add_scatter(
        x=days["date"], y=days["actual_usd"], name="actual", mode="lines",
        line={"color": theme.MAIN, "width": 2}, hovertemplate=f"%{{y:{theme.CENTS}}}",
    )  # fmt: skip
    marked = days[days["anomalous"]]
    drawn.add_scatter(
        x=marked["date"], y=marked["actual_usd"].fillna(marked["expected_usd"]), name="anomaly",
        mode="markers", marker={"color": theme.BAD, "size": 9, "symbol": "diamond"}, hoverinfo="skip",
    )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(tickformat=theme.DOLLARS, nticks=7)
    drawn.update_xaxes(hoverformat=theme.DAY)
    theme.axes(drawn, x="Day (UTC)", y="USD a day")
    return theme.day_axis(drawn, days["date"])


def anomaly_months(months: pd.DataFrame) -> go.Figure:
    """``months``: month (YYYY-MM), more_usd (0 or above), less_usd (0 or below)."""
    drawn = theme.figure(height=260, legend=True)
    for name, column, colour in (
        ("more than expected", "more_usd", theme.WARNING),
        ("less than expected", "less_usd", theme.MAIN),
    ):
        drawn.add_bar(
            x=months["month"], y=months[column], name=name, marker_color=colour,
            hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
    drawn.update_layout(barmode="relative", hovermode="x unified")
    drawn.update_xaxes(type="category", nticks=9, tickangle=0)
    drawn.update_yaxes(tickformat=theme.DOLLARS, nticks=5)
    theme.axes(drawn, x="Month", y="USD of anomalous days")
    return theme.or_nothing(drawn, months)
