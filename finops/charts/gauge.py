"""How far is one percentage from its targets?"""

from __future__ import annotations

import plotly.graph_objects as go

from finops.charts import theme

_MARK = 0.8


def percent_gauge(percent: float | None, target_pct: float | None, *further_pct: float) -> go.Figure:
    """A half circle from 0 to 100 %, with the target as a mark and further ones as thinner marks.

    It is teal from the target on, else orange. None leaves it empty.
    """
    drawn = theme.figure(height=190)
    reached = percent is not None and (target_pct is None or percent >= target_pct)
    gauge: dict[str, object] = {
        "axis": {"range": [0, 100], "ticksuffix": "%", "nticks": 5},
        "bar": {"color": theme.GOOD if reached else theme.WARNING, "thickness": 0.75},
        "bgcolor": "rgba(113,128,150,0.18)",
        "borderwidth": 0,
        "steps": [
            {"range": [at - _MARK / 2, at + _MARK / 2], "color": theme.NEUTRAL} for at in further_pct
        ],
    }
    if target_pct is not None:
        line = {"color": theme.NEUTRAL, "width": 4}
        gauge["threshold"] = {"line": line, "thickness": 0.9, "value": target_pct}
    drawn.add_indicator(
        mode="gauge+number",
        value=percent,
        number={"suffix": "%", "valueformat": theme.PERCENT, "font": {"size": 34}},
        gauge=gauge,
    )
    drawn.update_layout(margin={"l": 36, "r": 36, "t": 28, "b": 8})
    return drawn
