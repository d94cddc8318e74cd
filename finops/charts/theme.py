"""Which colours, margins and number formats do all charts share?

Series take the theme's categorical colours (``.streamlit/config.toml``), which differ between light
and dark. Colours that mean something are the same in both: each has a contrast of at least 3 to 1 on
white and on the dark background, and none is told from another by hue alone – a word stands with it.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import plotly.graph_objects as go

Figure = go.Figure

BLUE = "#2f78cf"
TEAL = "#12877a"
ORANGE = "#c2700c"
RED = "#d1495b"
GREY = "#718096"
VIOLET = "#8b6fd6"

# An interval of a forecast, in VIOLET: the wider one is drawn below the narrower one.
FAN_WIDE, FAN_NARROW = "rgba(139,111,214,0.22)", "rgba(139,111,214,0.42)"

MAIN, EARLIER, GOOD, WARNING, BAD, NEUTRAL = BLUE, GREY, TEAL, ORANGE, RED, GREY

DOLLARS = "$,.0f"
CENTS = "$,.2f"
PERCENT = ".1f"
DAY = "%Y-%m-%d"

# More marks lie over each other, and a browser waits for them: the dearest are drawn.
MOST_MARKS = 5_000

# A chart with bars grows with their number: each needs room for its name.
BAR_HEIGHT = 30
FRAME_HEIGHT = 70
CHART_HEIGHT = 380


def figure(*, height: int = CHART_HEIGHT, legend: bool = False) -> go.Figure:
    """An empty figure in the house style: transparent, tight margins, the legend above the plot."""
    drawn = go.Figure()
    drawn.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": 36 if legend else 12, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom"},
        hoverlabel={"align": "left"},
        bargap=0.28,
        dragmode=False,
    )
    drawn.update_xaxes(automargin=True, fixedrange=True, title=None)
    drawn.update_yaxes(automargin=True, fixedrange=True, title=None)
    return drawn


def axes(drawn: go.Figure, *, x: str, y: str) -> go.Figure:
    """Say what each axis shows, with its unit: "USD a month", "CPU utilization, %", "Region"."""
    drawn.update_xaxes(title={"text": x, "standoff": 8})
    drawn.update_yaxes(title={"text": y, "standoff": 8})
    return drawn


def day_axis(drawn: go.Figure, moments: pd.Series) -> go.Figure:
    """A time axis; one moment alone is named, or the axis would count its milliseconds."""
    drawn.update_xaxes(nticks=7, tickangle=0)
    if moments.nunique() == 1:
        [moment] = moments.unique()
        drawn.update_xaxes(tickmode="array", tickvals=[moment], ticktext=[f"{moment:{DAY}}"])
    return or_nothing(drawn, moments)


def or_nothing(drawn: go.Figure, known: pd.DataFrame | pd.Series) -> go.Figure:
    """The figure, or one that says that there is nothing to draw."""
    if len(known):
        return drawn
    empty = figure(height=drawn.layout.height)
    empty.update_xaxes(visible=False)
    empty.update_yaxes(visible=False)
    empty.add_annotation(
        x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False, text="nothing to show"
    )
    return empty


def bars_height(count: int) -> int:
    """The height in pixels that so many horizontal bars need."""
    return FRAME_HEIGHT + BAR_HEIGHT * max(count, 2)


def name_rows(drawn: go.Figure, values: Iterable[object], limit: int = 28) -> list[int]:
    """Label the rows of horizontal bars from the top, and give their positions.

    Rows are numbers with a label each, so that two names that are cut to the same text stay two.
    """
    labels = short(values, limit)
    positions = list(range(len(labels)))
    drawn.update_yaxes(
        tickmode="array", tickvals=positions, ticktext=labels, autorange="reversed", showgrid=False
    )
    return positions


def names(values: Iterable[object]) -> list[str]:
    """Names as they are: Plotly reads ``<b>`` and ``&amp;`` in a label as markup."""
    return [_name(str(value)) for value in values]


def short(values: Iterable[object], limit: int = 28) -> list[str]:
    """As ``names``, cut in the middle where a name would push the bars aside."""
    return names(_cut(str(value), limit) for value in values)


def _cut(text: str, limit: int) -> str:
    half = (limit - 1) // 2
    return text if len(text) <= limit else f"{text[:half]}…{text[-half:]}"


def _name(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
