"""By which steps does one total become another?"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import plotly.graph_objects as go

from finops.charts import theme

# Parts of a total: steps below it are small, and room that is left beside them.
_SMALL, _LEAST_ROOM = 0.4, 0.01


def waterfall(
    start: tuple[str, float],
    steps: Sequence[tuple[str, float]],
    end: tuple[str, float],
    *,
    unit: str = "USD a month",
) -> go.Figure:
    """Dollars: a first total, what is added or taken away, and the total that comes of it."""
    labels = [start[0], *(label for label, _ in steps), end[0]]
    drawn = theme.figure(height=theme.bars_height(len(labels)))
    drawn.add_waterfall(
        orientation="h",
        y=theme.name_rows(drawn, labels, 40),
        customdata=theme.names(labels),
        x=[start[1], *(usd for _, usd in steps), end[1]],
        measure=["absolute", *("relative" for _ in steps), "total"],
        text=[start[1], *(usd for _, usd in steps), end[1]],
        texttemplate=f"%{{text:{theme.DOLLARS}}}",
        textposition="outside",
        cliponaxis=False,
        hovertemplate=f"%{{customdata}}: %{{text:{theme.CENTS}}}<extra></extra>",
        increasing={"marker": {"color": theme.WARNING}},
        decreasing={"marker": {"color": theme.GOOD}},
        totals={"marker": {"color": theme.MAIN}},
        connector={"line": {"color": theme.NEUTRAL, "width": 1}},
    )
    drawn.update_layout(margin_r=64)
    drawn.update_xaxes(tickformat=theme.DOLLARS, nticks=5)
    return theme.axes(drawn, x=unit, y="Step")


def bridge(
    start: tuple[str, float], steps: Sequence[tuple[str, float]], end: tuple[str, float], *, unit: str
) -> go.Figure:
    """As ``waterfall``; where the steps are small beside the totals the axis is cut, and says so.

    Bars of two totals that are almost the same would leave no room for what lies between them.
    """
    levels = list(accumulate((usd for _, usd in steps), initial=start[1]))
    low, high = min(levels), max(levels)
    cut = low > 0 and high - low < _SMALL * high
    drawn = waterfall(start, steps, end, unit=f"{unit}; the axis does not begin at 0" if cut else unit)
    if cut:
        room = max(high - low, _LEAST_ROOM * high)
        drawn.update_xaxes(range=[max(0.0, low - room), high + room / 2])
    return drawn
