"""Which instances cost much and are used little? CPU against memory, the size is the cost.

An instance with a finding has a ring around its mark.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

LARGEST_PIXELS = 34
_RING = 1.6  # the area of a ring against that of its mark
_SYMBOLS = {
    "running": ("circle", theme.BLUE),
    "stopped": ("square", theme.ORANGE),
    "terminated": ("x", theme.GREY),
}


def measured(resources: pd.DataFrame) -> pd.DataFrame:
    """The instances that have both figures: each can have a mark."""
    return resources.dropna(subset=["CPUUtilization", "MemoryUtilization"])


def utilization_scatter(resources: pd.DataFrame) -> go.Figure:
    """One mark an instance that has both figures, in percent; area in proportion to MonthlyCostUSD.

    A column Finding says in words what was found on an instance, null where nothing was. Of more than
    ``theme.MOST_MARKS`` the dearest are drawn.
    """
    drawn = theme.figure(height=400, legend=True)
    known = measured(resources)
    if len(known) > theme.MOST_MARKS:
        dearest = known["MonthlyCostUSD"].fillna(0).sort_values(ascending=False, kind="stable")
        known = known.loc[dearest.index[: theme.MOST_MARKS]]
    largest = known["MonthlyCostUSD"].max()
    sizes = {
        "sizemode": "area",
        "sizeref": 2 * max(largest, 1e-9) / LARGEST_PIXELS**2,
        "sizemin": 3,
    }
    for state, (symbol, colour) in _SYMBOLS.items():
        shown = known[known["State"] == state]
        if not shown.empty:
            drawn.add_scattergl(
                **_marks(shown),
                name=state,
                marker={
                    **sizes,
                    "symbol": symbol,
                    "color": colour,
                    "opacity": 0.6,
                    "size": shown["MonthlyCostUSD"].fillna(0),
                },
            )
    found = known[known["Finding"].notna()]
    if not found.empty:
        drawn.add_scattergl(
            **_marks(found),
            name="has a finding",
            marker={
                **sizes,
                "symbol": "circle-open",
                "color": theme.BAD,
                "line": {"width": 2},
                "size": found["MonthlyCostUSD"].fillna(0) * _RING,
                "sizemin": 6,
            },
        )
    drawn.update_xaxes(range=[-3, 103])
    drawn.update_yaxes(range=[-3, 106])
    return theme.axes(drawn, x="CPU utilization, %", y="Memory utilization, %")


def _marks(shown: pd.DataFrame) -> dict[str, Any]:
    findings = [f"<br>{name}" if name else "" for name in theme.names(shown["Finding"].fillna(""))]
    told = np.empty((len(shown), 5), dtype=object)
    for at, column in enumerate(("InstanceId", "InstanceType", "Region")):
        told[:, at] = theme.names(shown[column])
    told[:, 3], told[:, 4] = shown["MonthlyCostUSD"], findings
    return {
        "x": shown["CPUUtilization"],
        "y": shown["MemoryUtilization"],
        "mode": "markers",
        "customdata": told,
        "hovertemplate": (
            "%{customdata[0]} · %{customdata[1]} · %{customdata[2]}<br>"
            f"CPU %{{x:.1f}}% · memory %{{y:.1f}}% · %{{customdata[3]:{theme.CENTS}}} a month"
            "%{customdata[4]}"
        ),
    }
