"""Which names carry the cost, and how far is each from a target? Horizontal bars, most first."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

_ROOM_FOR_TEXT = 20.0  # percent of the axis


def ranked_bars(
    frame: pd.DataFrame,
    *,
    rows: str,
    unit: str = "USD a month",
    name: str = "name",
    value: str = "cost_usd",
    limit: int = 28,
) -> go.Figure:
    """One bar a row, in the frame's order from the top. ``value`` in dollars; long names are cut.

    ``rows`` says what a row is, ``unit`` what the dollars are, here and in ``compared_bars``.
    """
    drawn = theme.figure(height=theme.bars_height(len(frame)))
    drawn.add_bar(**_bars(drawn, frame, name, value, limit), marker_color=theme.MAIN, name="")
    # Every bar says its dollars: an axis would say them again.
    drawn.update_xaxes(showticklabels=False)
    return theme.axes(_in_dollars(drawn), x=unit, y=rows)


def compared_bars(
    frame: pd.DataFrame,
    *,
    now: str,
    before: str,
    rows: str,
    unit: str = "USD a month",
    name: str = "name",
    value: str = "cost_usd",
) -> go.Figure:
    """Two bars a row: ``value``, labelled ``now``, and ``previous_usd``, labelled ``before``."""
    drawn = theme.figure(height=theme.bars_height(len(frame)) + 24, legend=True)
    drawn.add_bar(**_bars(drawn, frame, name, value), marker_color=theme.MAIN, name=now)
    earlier = _bars(drawn, frame, name, "previous_usd") | {"texttemplate": None, "text": None}
    drawn.add_bar(**earlier, marker_color=theme.EARLIER, name=before)
    drawn.update_layout(barmode="group", bargap=0.2, bargroupgap=0.05)
    drawn.update_legends(traceorder="normal")
    return theme.axes(_in_dollars(drawn), x=unit, y=rows)


def percent_bars(
    frame: pd.DataFrame,
    *,
    target_pct: float | None,
    rows: str,
    unit: str,
    name: str = "name",
    value: str = "percent",
    limit: int = 28,
) -> go.Figure:
    """One bar a row from 0 to 100 %. With a target it is a line, what is below orange, else teal."""
    drawn = theme.figure(height=theme.bars_height(len(frame)))
    drawn.add_bar(
        x=frame[value],
        y=theme.name_rows(drawn, frame[name], limit),
        customdata=theme.names(frame[name]),
        orientation="h",
        marker_color=[_against(percent, target_pct) for percent in frame[value]],
        text=[f"{percent:.1f}%" if pd.notna(percent) else "–" for percent in frame[value]],
        # A bar that is too short for its figure has it beside it.
        textposition=["inside" if percent >= _ROOM_FOR_TEXT else "outside" for percent in frame[value]],
        constraintext="none",
        cliponaxis=False,
        hovertemplate="%{customdata}: %{x:.1f}%<extra></extra>",
        name="",
    )
    if target_pct is not None:
        drawn.add_vline(x=target_pct, line={"color": theme.NEUTRAL, "width": 2, "dash": "dash"})
        drawn.update_layout(margin_t=28)
        drawn.add_annotation(
            x=target_pct, y=1, yref="paper", yanchor="bottom", showarrow=False,
            text=f"target {target_pct:g}%", xanchor="right",
        )  # fmt: skip
    drawn.update_xaxes(range=[0, 101], ticksuffix="%")
    return theme.axes(drawn, x=unit, y=rows)


def _bars(
    drawn: go.Figure, frame: pd.DataFrame, name: str, value: str, limit: int = 28
) -> dict[str, object]:
    return {
        "x": frame[value].astype("float64"),
        "y": theme.name_rows(drawn, frame[name], limit),
        "customdata": theme.names(frame[name]),
        "orientation": "h",
        "text": frame[value].astype("float64"),
        "texttemplate": f"%{{text:{theme.DOLLARS}}}",
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": f"%{{customdata}}: %{{x:{theme.CENTS}}}<extra></extra>",
    }


def _against(percent: float, target_pct: float | None) -> str:
    if target_pct is None:
        return theme.MAIN
    return theme.GOOD if percent >= target_pct else theme.WARNING


def _in_dollars(drawn: go.Figure) -> go.Figure:
    drawn.update_xaxes(tickformat=theme.DOLLARS, nticks=4)
    drawn.update_layout(margin_r=60)
    return drawn
