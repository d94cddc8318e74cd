"""Which instances cost much and are used little? CPU against memory, the size is the cost."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

LARGEST_PIXELS = 34
_SYMBOLS = {
    "running": ("circle", theme.BLUE),
    "stopped": ("square", theme.ORANGE),
    "terminated": ("x", theme.GREY),
}


def utilization_scatter(resources: pd.DataFrame) -> go.Figure:
    """One mark an instance that has both figures, in percent; area in proportion to MonthlyCostUSD."""
    drawn = theme.figure(height=400, legend=True)
    known = resources.dropna(subset=["CPUUtilization", "MemoryUtilization"])
    largest = known["MonthlyCostUSD"].max()
    for state, (symbol, colour) in _SYMBOLS.items():
        shown = known[known["State"] == state]
        if shown.empty:
            continue
        drawn.add_scattergl(
            x=shown["CPUUtilization"],
            y=shown["MemoryUtilization"],
            mode="markers",
            name=state,
            marker={
                "symbol": symbol,
                "color": colour,
                "opacity": 0.6,
                "size": shown["MonthlyCostUSD"].fillna(0),
                "sizemode": "area",
                "sizeref": 2 * max(largest, 1e-9) / LARGEST_PIXELS**2,
                "sizemin": 3,
            },
            customdata=list(
                zip(
                    theme.names(shown["InstanceId"]),
                    theme.names(shown["InstanceType"]),
                    theme.names(shown["Region"]),
                    shown["MonthlyCostUSD"],
                    strict=True,
                )
            ),
            hovertemplate=(
                "%{customdata[0]} · %{customdata[1]} · %{customdata[2]}<br>"
                f"CPU %{{x:.1f}}% · memory %{{y:.1f}}% · %{{customdata[3]:{theme.CENTS}}} a month"
            ),
        )
    drawn.update_xaxes(range=[-3, 103])
    drawn.update_yaxes(range=[-3, 106])
    return theme.axes(drawn, x="CPU utilization, %", y="Memory utilization, %")
