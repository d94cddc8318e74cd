"""Which way do amounts take, by which step, to where they end?"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

_LINK = "rgba(113,128,150,0.32)"
# From, to, dollars above zero.
Link = tuple[str, str, float]


def flow_through(
    first: Sequence[Link], second: Sequence[Link], titles: tuple[str, str, str]
) -> go.Figure:
    """Links of dollars from the left to the middle (``first``) and from there to the right (``second``).

    A name may stand in more than one column. ``titles`` are those of the three columns.
    """
    columns = (
        list(dict.fromkeys(start for start, _, _ in first)),
        list(dict.fromkeys([*(end for _, end, _ in first), *(start for start, _, _ in second)])),
        list(dict.fromkeys(end for _, end, _ in second)),
    )
    nodes = [(at, name) for at, names in enumerate(columns) for name in names]
    number = {node: position for position, node in enumerate(nodes)}
    links = [(number[0, start], number[1, end], usd) for start, end, usd in first]
    links += [(number[1, start], number[2, end], usd) for start, end, usd in second]
    drawn = theme.figure(height=max(theme.CHART_HEIGHT, 40 * max(map(len, columns)) + 60))
    drawn.add_sankey(
        arrangement="snap",
        valueformat=theme.CENTS,
        # Without the halo that blurs it on both backgrounds.
        textfont={"shadow": "none"},
        node={
            "label": theme.short((name for _, name in nodes), 26),
            "color": [(theme.BLUE, theme.VIOLET, theme.TEAL)[at] for at, _ in nodes],
            "pad": 18,
            "thickness": 14,
            "line": {"width": 0},
            "hovertemplate": "%{label}: %{value}<extra></extra>",
        },
        link={
            "source": [start for start, _, _ in links],
            "target": [end for _, end, _ in links],
            "value": [usd for _, _, usd in links],
            "color": _LINK,
            "hovertemplate": "%{source.label} → %{target.label}: %{value}<extra></extra>",
        },
    )
    for x, title, anchor in zip((0, 0.5, 1), titles, ("left", "center", "right"), strict=True):
        drawn.add_annotation(
            x=x, y=1, xref="paper", yref="paper", yanchor="bottom", xanchor=anchor, showarrow=False,
            text=f"<b>{title}</b>",
        )  # fmt: skip
    drawn.update_layout(margin={"l": 8, "r": 8, "t": 32, "b": 12})
    return theme.or_nothing(drawn, pd.Series([usd for _, _, usd in links]))
