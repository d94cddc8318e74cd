"""Every chart of every page says what its axes show, and has a text for those who cannot see it."""

from __future__ import annotations

import pytest

from finops.dashboard import (
    chargeback_section,
    commitments_section,
    compliance_section,
    enterprise_tab,
    insights_tab,
    page,
)

from .apps import charts_without_words, untitled
from .conftest import ENTERPRISE, Open, move

COMMITMENTS, _, TAGS, CHARGEBACK = enterprise_tab.SECTIONS
INSIGHTS = "ML Insights"
PAGES = [
    *((tab, "", "") for tab in page.TABS if tab not in {ENTERPRISE, INSIGHTS}),
    *((INSIGHTS, section, "") for section in insights_tab.SECTIONS),
    *((ENTERPRISE, COMMITMENTS, view) for view in commitments_section.VIEWS),
    *((ENTERPRISE, TAGS, view) for view in compliance_section.VIEWS),
    *((ENTERPRISE, CHARGEBACK, view) for view in chargeback_section.VIEWS),
]


def test_an_axis_without_a_title_is_found() -> None:
    layout = {"xaxis": {"title": {"text": "Day (UTC)"}}, "yaxis": {"nticks": 5}}
    assert untitled({"data": [{"type": "bar"}], "layout": layout}) == ["yaxis"]
    assert untitled({"data": [{"type": "treemap"}], "layout": layout}) == []


@pytest.mark.parametrize(("tab", "section", "view"), PAGES)
def test_charts_name_their_axes_and_have_a_text(
    open_app: Open, tab: str, section: str, view: str
) -> None:
    app = open_app("S3")
    app.query_params["insight"] = section
    move(app, tab, section, view)
    assert charts_without_words(app) == []
