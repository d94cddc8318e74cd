"""How do coverage, utilisation, the savings rate and tag compliance develop, against which targets?

Frames come with the columns that each function names; unknown values are left out, and a frame without
rows is an empty chart.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def coverage_over_time(frame: pd.DataFrame, *targets_pct: float) -> go.Figure:
    """``frame``: date, coverage_pct, and utilization_pct where it is known; each target is a line."""
    drawn = theme.figure(height=300, legend=True)
    _percent_line(drawn, frame, "coverage_pct", "coverage", {"color": theme.MAIN})
    if "utilization_pct" in frame.columns:
        dotted = {"color": theme.VIOLET, "dash": "dot"}
        _percent_line(drawn, frame, "utilization_pct", "utilisation", dotted)
    shares = [name for name in ("coverage_pct", "utilization_pct") if name in frame.columns]
    known = frame.dropna(subset=shares, how="all")
    return _percent_axis(drawn, known, targets_pct, "Coverage and utilisation, %")


def coverage_by_group(
    frame: pd.DataFrame, groups: Sequence[str], *targets_pct: float, group: str = "group"
) -> go.Figure:
    """``frame``: date, ``group`` and coverage_pct. A line each of ``groups``, in their order."""
    drawn = theme.figure(height=300, legend=True)
    for name, label in zip(groups, theme.short(groups, 24), strict=True):
        _percent_line(drawn, frame[frame[group] == name], "coverage_pct", label, {})
    return _percent_axis(drawn, frame.dropna(subset=["coverage_pct"]), targets_pct, "Coverage, %")


def compliance_over_time(frame: pd.DataFrame, target_pct: float) -> go.Figure:
    """``frame``: date, compliance_pct, compliance_by_cost_pct and policy, a name of the policy of each
    day. The target is a line; so is, upright, each day with another policy than the one before."""
    drawn = theme.figure(height=300, legend=True)
    _percent_line(drawn, frame, "compliance_pct", "by count", {"color": theme.MAIN})
    by_cost = {"color": theme.VIOLET, "dash": "dot"}
    _percent_line(drawn, frame, "compliance_by_cost_pct", "by cost", by_cost)
    changed = frame["policy"].ne(frame["policy"].shift()) & (frame.index > 0)
    for day in frame.loc[changed, "date"]:
        drawn.add_vline(x=day, line={"color": theme.NEUTRAL, "width": 1, "dash": "dot"})
        drawn.add_annotation(
            x=day, y=1, yref="paper", yanchor="top", xanchor="left", showarrow=False, text="new policy",
        )  # fmt: skip
    shares = ["compliance_pct", "compliance_by_cost_pct"]
    known = frame.dropna(subset=shares, how="all")
    return _percent_axis(drawn, known, (target_pct,), "Compliant resources, %")


def savings_rate_over_time(frame: pd.DataFrame) -> go.Figure:
    """``frame``: date, rate_pct: the Effective Savings Rate, below 0 where commitments cost more."""
    drawn = theme.figure(height=200)
    known = frame.dropna(subset=["date", "rate_pct"])
    _percent_line(drawn, known, "rate_pct", "effective savings rate", {"color": theme.TEAL})
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(ticksuffix="%", rangemode="tozero", nticks=5, zerolinecolor=theme.NEUTRAL)
    theme.axes(drawn, x="Day (UTC)", y="Savings rate, %")
    return theme.day_axis(drawn, known["date"])


def _percent_line(
    drawn: go.Figure, frame: pd.DataFrame, column: str, name: str, line: dict[str, str]
) -> None:
    known = frame.dropna(subset=["date", column])
    marker = {"size": 9, **({"color": line["color"]} if "color" in line else {})}
    drawn.add_scatter(
        # A single point has no line.
        x=known["date"], y=known[column], mode="markers" if len(known) <= 1 else "lines", name=name,
        line={**line, "width": 2}, marker=marker, hovertemplate="%{y:.1f}%", xhoverformat=theme.DAY,
    )  # fmt: skip


def _percent_axis(
    drawn: go.Figure, known: pd.DataFrame, targets_pct: Sequence[float], title: str
) -> go.Figure:
    for target in targets_pct:
        drawn.add_hline(y=target, line={"color": theme.NEUTRAL, "width": 1.5, "dash": "dash"})
        drawn.add_annotation(
            x=0, xref="paper", y=target, xanchor="left", yanchor="bottom", showarrow=False,
            text=f"target {target:g}%",
        )  # fmt: skip
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(range=[0, 103], ticksuffix="%", nticks=6)
    theme.axes(drawn, x="Day (UTC)", y=title)
    return theme.day_axis(drawn, known.dropna(subset="date")["date"])
