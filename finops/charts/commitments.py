"""What does commitment advice look like? The frontier, the hours of a row, terms, and proof.

Frames come with the columns that each function names; rows with an unknown value are left out, and a
frame without rows is an empty chart. Nothing is calculated here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

# More points than this are no longer told apart, and slow the page down: 90 days of hours fit.
MOST_POINTS = 2_200
_STATES = {"owned": theme.GREY, "advised": theme.BLUE, "renewal": theme.TEAL}
_UNITS = {"bought": theme.MAIN, "next": theme.WARNING, "further": theme.NEUTRAL}
_WHOLE_DOLLARS = 100
# A ladder has many rows: its bars are thinner than others.
_ROW_HEIGHT = 22
_AREA = "rgba(47,120,207,0.22)"


def savings_frontier(
    frame: pd.DataFrame, *, x: str = "upfront_usd", x_title: str = "Cash at the start, USD"
) -> go.Figure:
    """``frame``: annual_savings_usd, chosen (one true at most), and ``x``, in its order along the line.

    ``x`` in dollars when its name ends in ``_usd``, else a plain number such as a risk setting. A column
    ``name`` says in a few words what a point stands for.
    """
    drawn = theme.figure(height=340)
    known = frame.dropna(subset=[x, "annual_savings_usd"])
    across = theme.DOLLARS if x.endswith("_usd") else "~g"
    hover = f"{x_title} %{{x:{across}}}<br>saves %{{y:{theme.DOLLARS}}} a year<extra></extra>"
    named = theme.names(known["name"]) if "name" in known.columns else None
    drawn.add_scatter(
        x=known[x], y=known["annual_savings_usd"], mode="lines+markers", name="possible",
        line={"color": theme.MAIN, "width": 2}, marker={"size": 7, "color": theme.MAIN},
        customdata=named,
        hovertemplate=hover if named is None else f"%{{customdata}}<br>{hover}",
    )  # fmt: skip
    chosen = known[known["chosen"].astype("bool")]
    drawn.add_scatter(
        x=chosen[x], y=chosen["annual_savings_usd"], mode="markers+text", name="chosen",
        marker={"size": 16, "symbol": "diamond", "color": theme.WARNING},
        text=["chosen"] * len(chosen), textposition="bottom center", cliponaxis=False,
        hovertemplate=hover,
    )  # fmt: skip
    drawn.update_xaxes(tickformat=across, nticks=5, showgrid=False)
    # Not from zero: what a frontier shows is its bend.
    drawn.update_yaxes(tickformat=theme.DOLLARS, nticks=6)
    theme.axes(drawn, x=x_title, y="Savings, USD a year")
    if len(known) == 1:
        drawn.update_xaxes(tickmode="array", tickvals=list(known[x]))
    return theme.or_nothing(drawn, known)


def hour_by_hour(frame: pd.DataFrame, title: str, *, unit: str = "Instances") -> go.Figure:
    """``frame``: hour (UTC), demand, served, on_demand, all in ``unit`` (``USD an hour`` for a plan).

    The area is what could be served, the lines what the row serves and what stays On-Demand. Of more
    than 2,200 hours the last are drawn.
    """
    drawn = theme.figure(height=360, legend=True)
    shown = frame.tail(MOST_POINTS)
    parts: tuple[tuple[str, str, dict[str, Any], dict[str, str]], ...] = (
        (
            "demand",
            "demand",
            {"color": theme.BLUE, "width": 0.6},
            {"fill": "tozeroy", "fillcolor": _AREA},
        ),
        ("served", "served by it", {"color": theme.TEAL, "width": 2}, {}),
        ("on_demand", "left On-Demand", {"color": theme.ORANGE, "width": 1}, {}),
    )
    for column, name, line, more in parts:
        known = shown.dropna(subset=[column])
        drawn.add_scatter(
            x=known["hour"], y=known[column], name=name, line={**line, "shape": "hv"},
            # A single hour has no line.
            mode="markers" if len(known) == 1 else "lines", marker={"color": line["color"], "size": 10},
            hovertemplate="%{y:,.3~f}", xhoverformat=f"{theme.DAY} %H:%M UTC", **more,
        )  # fmt: skip
    _title(drawn, title)
    drawn.update_layout(hovermode="x unified")
    drawn.update_yaxes(rangemode="tozero", nticks=6)
    theme.axes(drawn, x="Hour (UTC)", y=unit)
    return theme.day_axis(drawn, shown["hour"])


def duration_curve(
    frame: pd.DataFrame,
    *,
    amount: float | None = None,
    break_even_pct: float | None = None,
    unit: str = "Instances",
) -> go.Figure:
    """``frame``: share_pct, available: what can be served in so many percent of the hours, falling.

    ``amount`` is what is bought, a horizontal line; ``break_even_pct`` the share of hours in which a
    unit must be used to pay, a vertical one.
    """
    drawn = theme.figure(height=320)
    known = frame.dropna(subset=["share_pct", "available"])
    drawn.add_scatter(
        x=known["share_pct"], y=known["available"], mode="markers" if len(known) == 1 else "lines",
        fill="tozeroy", fillcolor=_AREA, line={"color": theme.MAIN, "width": 2, "shape": "vh"}, name="",
        marker={"size": 10}, cliponaxis=False,
        hovertemplate="%{y:,.3~f} or more in %{x:.1f}% of the hours<extra></extra>",
    )  # fmt: skip
    if amount is not None:
        drawn.add_hline(y=amount, line={"color": theme.GOOD, "width": 2})
        drawn.add_annotation(
            x=1, xref="paper", y=amount, xanchor="right", yanchor="bottom", showarrow=False,
            text=f"bought {amount:,g}",
        )  # fmt: skip
    if break_even_pct is not None:
        drawn.add_vline(x=break_even_pct, line={"color": theme.WARNING, "width": 2, "dash": "dash"})
        drawn.add_annotation(
            x=break_even_pct, y=0, yref="paper", xanchor="right" if break_even_pct > 50 else "left",
            yanchor="bottom", showarrow=False, text=f"pays from {break_even_pct:.1f}%",
        )  # fmt: skip
    drawn.update_xaxes(range=[0, 100], ticksuffix="%", nticks=6)
    drawn.update_yaxes(rangemode="tozero", nticks=6)
    theme.axes(drawn, x="Share of the hours, %", y=unit)
    return theme.or_nothing(drawn, known)


def ladder_timeline(frame: pd.DataFrame, *, today: pd.Timestamp | None = None) -> go.Figure:
    """``frame``: name, start, end (UTC), state (owned, advised or renewal), hourly_usd (NaN: unknown).

    A bar a row from start to end, in the frame's order from the top; ``today`` is a line. Rows without
    a start or an end are left out.
    """
    known = frame.dropna(subset=["start", "end"]).reset_index(drop=True)
    drawn = theme.figure(height=theme.FRAME_HEIGHT + _ROW_HEIGHT * max(len(known), 4), legend=True)
    rows = pd.Series(theme.name_rows(drawn, known["name"], 34), index=known.index, dtype="int64")
    for state, colour in _STATES.items():
        one = known[known["state"] == state]
        if one.empty:
            continue
        drawn.add_bar(
            y=rows[one.index], base=one["start"], orientation="h", name=state, marker_color=colour,
            # Plotly wants the length of a bar over dates in milliseconds.
            x=(one["end"] - one["start"]).dt.total_seconds() * 1000,
            customdata=_terms(one),
            hovertemplate="%{customdata[0]}<br>%{customdata[1]} to %{customdata[2]}%{customdata[3]}",
        )  # fmt: skip
    drawn.update_layout(barmode="overlay")
    drawn.update_xaxes(type="date", nticks=5, tickangle=0)
    theme.axes(drawn, x="Day (UTC)", y="Commitment")
    if today is not None and len(known):
        drawn.add_vline(x=today, line={"color": theme.NEUTRAL, "width": 2, "dash": "dash"})
    return theme.or_nothing(drawn, known)


def backtest_bars(frame: pd.DataFrame) -> go.Figure:
    """``frame``: fold (a label such as its first day), promised_usd, realised_usd, hindsight_usd.

    Three bars a fold: what was promised, what it saved, and what the best purchase in hindsight would
    have. What is unknown has no bar.
    """
    drawn = theme.figure(height=340, legend=True)
    labels = _distinct(frame["fold"])
    for column, name, colour in (
        ("promised_usd", "promised", theme.EARLIER),
        ("realised_usd", "realised", theme.MAIN),
        ("hindsight_usd", "best in hindsight", theme.VIOLET),
    ):
        known = frame[column].notna().to_numpy()
        drawn.add_bar(
            x=[label for label, is_known in zip(labels, known, strict=True) if is_known],
            y=frame[column][known].astype("float64"), name=name, marker_color=colour,
            hovertemplate=f"%{{y:{theme.CENTS}}}",
        )  # fmt: skip
    drawn.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05, hovermode="x unified")
    drawn.update_xaxes(type="category", categoryorder="array", categoryarray=labels, nticks=10)
    drawn.update_yaxes(tickformat=theme.DOLLARS, nticks=6)
    theme.axes(drawn, x="Bought on", y="Savings, USD")
    return theme.or_nothing(drawn, frame)


def marginal_savings(frame: pd.DataFrame, *, unit: str = "instance") -> go.Figure:
    """``frame``: amount, marginal_usd, state (bought, next or further).

    A bar a step: what each ``unit`` of it adds to the saving of a year. What is bought, the next unit
    and what is further have a colour and a name each.
    """
    drawn = theme.figure(height=320, legend=True)
    known = frame.dropna(subset=["marginal_usd"])
    labels = _distinct(f"{amount:,.6g}" for amount in known["amount"])
    dollars = theme.DOLLARS if known["marginal_usd"].abs().max() >= _WHOLE_DOLLARS else theme.CENTS
    for state, colour in _UNITS.items():
        of_state = (known["state"] == state).to_numpy()
        if not of_state.any():
            continue
        drawn.add_bar(
            x=[label for label, it_is in zip(labels, of_state, strict=True) if it_is],
            y=known["marginal_usd"][of_state].astype("float64"), name=state, marker_color=colour,
            texttemplate=f"%{{y:{dollars}}}", textposition="outside", textangle=0, cliponaxis=False,
            hovertemplate=f"up to %{{x}}: %{{y:{theme.CENTS}}} a year for each {unit}<extra></extra>",
        )  # fmt: skip
    drawn.update_layout(barmode="overlay")
    drawn.update_xaxes(type="category", categoryorder="array", categoryarray=labels)
    drawn.update_yaxes(tickformat=dollars, nticks=6, zeroline=True, zerolinecolor=theme.NEUTRAL)
    theme.axes(drawn, x=f"Bought up to, {unit}", y="USD a year, each")
    return theme.or_nothing(drawn, known)


def _title(drawn: go.Figure, title: str) -> None:
    """The title in the legend's place: on a phone the legend has two lines, and goes below."""
    [text] = theme.short([title], 44)
    drawn.update_layout(
        title={"text": text, "x": 0.01, "xanchor": "left", "y": 0.98, "yanchor": "top"},
        title_font_size=14,
        legend={"y": -0.14, "yanchor": "top"},
        margin_b=72,
    )


def _terms(rows: pd.DataFrame) -> list[tuple[str, str, str, str]]:
    cost = [f"<br>${usd:,.3f} an hour" if pd.notna(usd) else "" for usd in rows["hourly_usd"]]
    start, end = (rows[name].dt.strftime(theme.DAY) for name in ("start", "end"))
    return list(zip(theme.names(rows["name"]), start, end, cost, strict=True))


def _distinct(values: Iterable[object]) -> list[str]:
    """Labels of an axis of categories: equal ones would fall on one another."""
    seen: dict[str, int] = {}
    labels = []
    for text in theme.short(values, 20):
        seen[text] = seen.get(text, 0) + 1
        labels.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return labels
