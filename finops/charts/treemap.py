"""How is one total split? Areas in proportion to dollars."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme


def cost_treemap(frame: pd.DataFrame, *, name: str, value: str) -> go.Figure:
    """One area a row with a positive ``value`` in dollars; what is not positive has no area."""
    positive = frame[frame[value] > 0]
    drawn = theme.figure(height=380)
    drawn.add_treemap(
        labels=theme.names(positive[name]),
        ids=[str(at) for at in range(len(positive))],
        parents=[""] * len(positive),
        values=positive[value].astype("float64"),
        texttemplate=f"%{{label}}<br>%{{value:{theme.DOLLARS}}}<br>%{{percentRoot:.1%}}",
        hovertemplate=f"%{{label}}: %{{value:{theme.CENTS}}} (%{{percentRoot:.1%}})<extra></extra>",
        marker={"cornerradius": 3},
        tiling={"pad": 2},
    )
    drawn.update_layout(uniformtext={"minsize": 10, "mode": "hide"})
    drawn.update_layout(margin={"l": 0, "r": 0, "t": 8, "b": 0})
    return drawn
