"""Nothing is worked out twice: what a rerun asks again comes from the cache."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

from finops.answers import budgets
from finops.answers.price_update import update_prices
from finops.dashboard import (
    anomalies_view,
    budget_alerts,
    budget_course,
    budget_form_fields,
    budgets_section,
    chargeback_section,
    commitments_section,
    compliance_section,
    compliance_suggestions,
    coverage_view,
    data_quality,
    ec2_tab,
    inputs,
    movers_view,
    outlook_view,
    overview_answers,
    owned_view,
    reasons_panel,
    recommendations_view,
    rightsizing_view,
    s3_tab,
)
from tests.pricing.offer_samples import as_bytes, ec2_json, sku

from .conftest import ENTERPRISE, Open, move, run

QUESTIONS = [
    (inputs, "load_estate"),
    (overview_answers, "overview"),
    (overview_answers, "forecast"),
    (overview_answers, "actions"),
    (overview_answers, "anomalies"),
    (overview_answers, "detector_check"),
    (overview_answers, "compliance"),
    (overview_answers, "chargeback"),
    (overview_answers, "rightsizing"),
    (overview_answers, "storage_candidates"),
    (movers_view, "movers"),
    (ec2_tab, "instances"),
    (rightsizing_view, "rightsizing"),
    (s3_tab, "storage"),
    (commitments_section, "recommend"),
    (recommendations_view, "recommend"),
    (reasons_panel, "recommend"),
    (recommendations_view, "stays_on_demand"),
    (reasons_panel, "explain"),
    (coverage_view, "coverage"),
    (coverage_view, "track_coverage"),
    (owned_view, "coverage"),
    (owned_view, "holdings"),
    (compliance_section, "compliance"),
    (compliance_suggestions, "suggest"),
    (chargeback_section, "chargeback"),
    (budgets_section, "standing"),
    (budgets, "standing"),
    (budgets, "variance_report"),
    (budgets, "year_end_outlook"),
    (budgets, "templates"),
    (budget_course, "budget_path"),
    (budget_alerts, "raised_by"),
    (budget_form_fields, "scope_values"),
    (data_quality, "inspect"),
    (outlook_view, "outlook"),
    (anomalies_view, "anomalies"),
    (anomalies_view, "detector_check"),
    (anomalies_view, "scope_courses"),
]
PLACES: list[tuple[str, ...]] = [
    ("Overview",),
    ("EC2",),
    ("S3",),
    *(("ML Insights", section) for section in ("Forecast", "Anomalies")),
    *((ENTERPRISE, "RI & Savings Plans", view) for view in commitments_section.VIEWS),
    *((ENTERPRISE, "Budgets", view) for view in budgets_section.VIEWS),
    *((ENTERPRISE, "Tag Compliance", view) for view in compliance_section.VIEWS),
    *((ENTERPRISE, "Chargeback", view) for view in chargeback_section.VIEWS),
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each question was really worked out, since the cache was empty."""
    times: Counter[str] = Counter()

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def counting(*args: Any, **kwargs: Any) -> Any:
            times[function.__name__] += 1
            return function(*args, **kwargs)

        return counting

    for module, name in QUESTIONS:
        monkeypatch.setattr(module, name, counted(getattr(module, name)))
    st.cache_resource.clear()
    return times


def test_each_answer_is_worked_out_once(open_app: Open, asked: Counter[str]) -> None:
    budgets.create({"name": "All", "scope_type": "total", "scope_value": "", "amount": 100})
    app = open_app()
    for _ in range(2):
        for place in PLACES:
            run(move(app, *place))
    assert set(asked) == {name for _, name in QUESTIONS}
    # The Overview asks for effective cost, the section for billed: two questions.
    assert {name: times for name, times in asked.items() if times > 1} == {"chargeback": 2}


def test_answers_are_worked_out_again_after_an_update_of_prices(
    open_app: Open, asked: Counter[str], tmp_path: Path
) -> None:
    app = open_app("EC2")
    assert asked["instances"] == 1
    offers = tmp_path / "offers.json"
    offers.write_bytes(as_bytes(ec2_json([sku("c5.large", price="0.0900000000")])))
    update_prices([str(offers)])
    run(app)
    run(app)
    assert asked["instances"] == 2


def test_the_budgets_are_read_once_a_rerun(open_app: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    budgets.create({"name": "All", "scope_type": "total", "scope_value": "", "amount": 100})
    app = open_app(ENTERPRISE, "Budgets")
    reads: list[str] = []
    read = budgets.BudgetManager.book

    def noted(self: budgets.BudgetManager) -> budgets.BudgetBook:
        reads.append("budgets")
        return read(self)

    monkeypatch.setattr(budgets.BudgetManager, "book", noted)
    run(app)
    assert reads == ["budgets"]
