"""Where are the clusters? A mark a resource by two of its figures, colour and symbol by cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "cross",
    "triangle-up",
    "x",
    "star",
    "pentagon",
    "hexagon",
    "bowtie",
)
_PERCENT = (-3, 103)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAxis:
    """Which column is drawn, its title with its unit, and whether its values differ by ratio."""

    column: str
    title: str
    ratio: bool


def cluster_map(
    members: pd.DataFrame, x: ClusterAxis, y: ClusterAxis, *, names: Mapping[int, str]
) -> go.Figure:
    """Resources (``resource_id``, ``kind``, ``region``, ``monthly_usd``, ``cluster``) by two columns.

    ``names`` are those of the clusters, in the order of the legend. A resource without one of both
    figures is not drawn, nor one of 0 on an axis of ratios.
    """
    drawn = theme.figure(height=460, legend=True)
    known = members.dropna(subset=[x.column, y.column])
    for axis in (x, y):
        known = known[known[axis.column] > 0] if axis.ratio else known
    known = known.nlargest(theme.MOST_MARKS, "monthly_usd") if len(known) > theme.MOST_MARKS else known
    for at, (number, name) in enumerate(names.items()):
        shown = known[known["cluster"] == number]
        drawn.add_scattergl(
            x=shown[x.column],
            y=shown[y.column],
            mode="markers",
            name=theme.names([name])[0],
            marker={"symbol": _SYMBOLS[at % len(_SYMBOLS)], "size": 9, "opacity": 0.7},
            customdata=_told(shown),
            hovertemplate=(
                "%{customdata[0]} · %{customdata[1]} · %{customdata[2]}<br>"
                f"%{{x:.4~g}} · %{{y:.4~g}} · %{{customdata[3]:{theme.CENTS}}} a month"
            ),
        )
    drawn.update_layout(legend={"orientation": "h", "y": -0.2, "yanchor": "top"}, margin_t=12)
    for update, axis in ((drawn.update_xaxes, x), (drawn.update_yaxes, y)):
        if axis.ratio:
            update(type="log", dtick="D2", exponentformat="none", tickformat="~g")
        elif axis.title.endswith("%"):
            update(range=_PERCENT)
    return theme.or_nothing(theme.axes(drawn, x=x.title, y=y.title), known)


def _told(shown: pd.DataFrame) -> Sequence[tuple[object, ...]]:
    return list(
        zip(
            theme.names(shown["resource_id"]),
            theme.names(shown["kind"]),
            theme.names(shown["region"]),
            shown["monthly_usd"],
            strict=True,
        )
    )
