"""What tests do with an app that runs without a browser, whichever tab it shows."""

from __future__ import annotations

import json
from typing import Any

from streamlit.testing.v1 import AppTest

from .conftest import run

WITHOUT_AXES = {"indicator", "sankey", "treemap"}


def field(app: AppTest, label: str) -> Any:
    kinds = (
        *app.text_input, *app.number_input, *app.selectbox, *app.text_area, *app.date_input,
        *app.multiselect, *app.checkbox, *app.radio,
    )  # fmt: skip
    return next(one for one in kinds if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return run(app)


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def choose(app: AppTest, label: str, value: str) -> AppTest:
    field(app, label).set_value(value)
    return run(app)


def charts(app: AppTest) -> list[Any]:
    return list(app.get("plotly_chart"))


def charts_without_words(app: AppTest) -> list[str]:
    """The charts of a page that lack the title of an axis, or a text for those who cannot see them."""
    return [
        f"{chart.proto.alt}: {untitled(json.loads(chart.proto.spec))}"
        for chart in charts(app)
        if not chart.proto.alt or untitled(json.loads(chart.proto.spec))
    ]


def untitled(figure: dict[str, Any]) -> list[str]:
    """The axes of a figure that are seen and have no title."""
    if all(trace["type"] in WITHOUT_AXES for trace in figure["data"]):
        return []
    axes = {name: axis for name, axis in figure["layout"].items() if name[:5] in {"xaxis", "yaxis"}}
    return [
        name
        for name, axis in axes.items()
        if axis.get("visible", True) and not (axis.get("title") or {}).get("text")
    ]


def downloads(app: AppTest) -> set[str]:
    return {one.proto.label for one in app.get("download_button")}


def frames(app: AppTest) -> list[Any]:
    return [one.value for one in app.dataframe]
