"""What does a GB cost against AWS's list, and what would a lifecycle rule do month by month?"""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from finops.charts import theme

_PER_GB = "$,.5f"
_PARTS = {
    "storage_usd": ("Storage", theme.BLUE),
    "moves_usd": ("Moving objects", theme.ORANGE),
    "early_usd": ("Stays cut short", theme.RED),
    "reads_usd": ("Reading", theme.TEAL),
    "writes_usd": ("Writing", theme.VIOLET),
}


def price_against_list(by_price: pd.DataFrame) -> go.Figure:
    """Two bars a row of storage_class and region: usd_per_gb and list_usd_per_gb, NaN not drawn."""
    drawn = theme.figure(height=theme.bars_height(len(by_price)) + 60, legend=True)
    rows = theme.name_rows(drawn, by_price["storage_class"] + " · " + by_price["region"], 40)
    for name, column, colour in (
        ("Cost in the list", "usd_per_gb", theme.MAIN),
        ("AWS list price", "list_usd_per_gb", theme.EARLIER),
    ):
        drawn.add_bar(
            x=by_price[column],
            y=rows,
            orientation="h",
            name=name,
            marker_color=colour,
            customdata=theme.names(by_price["storage_class"] + " · " + by_price["region"]),
            hovertemplate=f"%{{customdata}}: %{{x:{_PER_GB}}} a GB<extra>{name}</extra>",
        )
    drawn.update_layout(barmode="group", bargap=0.25, bargroupgap=0.05)
    drawn.update_legends(traceorder="normal")
    drawn.update_xaxes(tickformat="$.3f", nticks=7, rangemode="tozero")
    return theme.axes(drawn, x="USD per GB and month", y="Class and region")


def lifecycle_months(monthly: pd.DataFrame) -> go.Figure:
    """Bars: the parts of the bill under the rule, month by month. A line: the bill as it is."""
    drawn = theme.figure(legend=True)
    for part, (name, colour) in _PARTS.items():
        amounts = monthly[f"with_rule_{part}"]
        # A part that costs nothing in any month would only fill the legend.
        if amounts.abs().sum() > 0:
            drawn.add_bar(
                x=monthly["month"],
                y=amounts,
                name=f"Rule: {name.lower()}",
                marker_color=colour,
                hovertemplate=f"%{{y:{theme.CENTS}}}",
            )
    drawn.add_scatter(
        x=monthly["month"],
        y=monthly["as_is_usd"],
        mode="lines+markers",
        name="As it is",
        line={"color": theme.GREY, "width": 3, "dash": "dash"},
        hovertemplate=f"%{{y:{theme.CENTS}}}",
    )
    drawn.update_layout(barmode="stack", hovermode="x unified")
    drawn.update_legends(traceorder="normal")
    drawn.update_yaxes(tickformat=theme.DOLLARS, rangemode="tozero")
    return theme.axes(_months(drawn, monthly), x="Month from now", y="USD a month")


def lifecycle_classes(monthly: pd.DataFrame) -> go.Figure:
    """Where the data lies at each month's end under the rule: stacked bars of GB, warm to cold."""
    drawn = theme.figure(legend=True)
    for column in [name for name in monthly.columns if name.startswith("gb_")]:
        drawn.add_bar(
            x=monthly["month"],
            y=monthly[column],
            name=column.removeprefix("gb_"),
            hovertemplate="%{y:,.0f} GB",
        )
    drawn.update_layout(barmode="stack", hovermode="x unified")
    drawn.update_legends(traceorder="normal")
    drawn.update_yaxes(tickformat="~s", rangemode="tozero")
    return theme.axes(_months(drawn, monthly), x="Month from now", y="GB at the month's end")


def _months(drawn: go.Figure, monthly: pd.DataFrame) -> go.Figure:
    every = max(1, -(-len(monthly) // 12))
    drawn.update_xaxes(tickmode="linear", tick0=1, dtick=every, range=[0.4, len(monthly) + 0.6])
    return drawn
