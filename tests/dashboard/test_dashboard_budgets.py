"""Budgets in the dashboard: made, kept, deleted, and what a broken file does."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finops.answers import budgets

from .conftest import ENTERPRISE, Open, cards, move, run, texts


def field(app: AppTest, label: str):
    kinds = (*app.text_input, *app.number_input, *app.selectbox)
    return next(one for one in kinds if one.label == label)


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return run(app)


def test_a_budget_is_made_and_kept(open_app: Open) -> None:
    app = open_app(ENTERPRISE, "Budgets")
    field(app, "Name").set_value("Everything")
    field(app, "Amount in USD").set_value(70000.0)
    press(app, "Create budget")
    assert [budget.name for budget in budgets.listed()] == ["Everything"]
    again = open_app(ENTERPRISE, "Budgets")
    assert cards(again)["Budgets"] == "1"
    assert "of $70,000.00" in texts(again)


@pytest.mark.parametrize(
    ("label", "value", "says"),
    [
        ("Name", "", "name"),
        ("Amount in USD", -5.0, "amount"),
        ("Alert at percent", "fifty", "percentages with commas"),
    ],
)
def test_a_budget_that_makes_no_sense_says_why(
    open_app: Open, label: str, value: object, says: str
) -> None:
    app = open_app(ENTERPRISE, "Budgets")
    field(app, "Name").set_value("Everything")
    field(app, "Amount in USD").set_value(70000.0)
    field(app, label).set_value(value)
    press(app, "Create budget")
    assert says in app.error[0].value
    assert budgets.listed() == ()


def test_a_name_is_taken_once(open_app: Open) -> None:
    budgets.create({"name": "Taken", "scope_type": "total", "scope_value": "", "amount": 1})
    app = open_app(ENTERPRISE, "Budgets")
    field(app, "Name").set_value("Taken")
    field(app, "Amount in USD").set_value(5.0)
    press(app, "Create budget")
    assert "exists" in app.error[0].value
    assert len(budgets.listed()) == 1


def test_status_is_a_word_and_alerts_enter_the_history_once(open_app: Open) -> None:
    budgets.create({"name": "Small", "scope_type": "total", "scope_value": "", "amount": 100})
    app = open_app(ENTERPRISE, "Budgets")
    assert "Exceeded" in texts(app)
    seen = budgets.history()
    assert {alert.threshold_pct for alert in seen if alert.kind == "actual"} == {50.0, 80.0, 100.0}
    run(app)
    assert budgets.history() == seen


def test_filters_do_not_narrow_budgets(open_app: Open) -> None:
    budgets.create({"name": "All", "scope_type": "total", "scope_value": "", "amount": 70000})
    app = open_app(ENTERPRISE, "Budgets")
    before = texts(app)
    app.sidebar.multiselect[0].set_value(["eu-west-1"])
    spent = next(line for line in before.splitlines() if "of $70,000.00" in line)
    assert spent in texts(run(app))


def test_a_template_becomes_a_budget_with_one_click(open_app: Open) -> None:
    app = press(open_app(ENTERPRISE, "Budgets"), "Create from template")
    assert [budget.name for budget in budgets.listed()] == ["Total"]
    assert cards(app)["Budgets"] == "1"


def test_delete_asks_first(open_app: Open) -> None:
    budgets.create({"name": "Gone", "scope_type": "total", "scope_value": "", "amount": 1})
    app = open_app(ENTERPRISE, "Budgets")
    assert "Delete **Gone**?" in texts(app)
    press(app, "Yes, delete it")
    assert budgets.listed() == ()
    assert "There is no budget yet" in texts(app)


@pytest.mark.parametrize("name", ["budgets.json", "budget_alerts.json"])
def test_a_broken_file_gets_a_banner_and_the_rest_works(
    open_app: Open, own_state: Path, name: str
) -> None:
    own_state.mkdir(parents=True, exist_ok=True)
    (own_state / name).write_text("{ this is no JSON")
    app = open_app(ENTERPRISE, "Budgets")
    assert name in app.error[0].value.replace("\\", "")
    assert (own_state / name).read_text() == "{ this is no JSON"
    assert "Total" in cards(move(app, ENTERPRISE, "Chargeback"))
    press(move(app, ENTERPRISE, "Budgets"), "Put the broken file out of the way")
    assert "There is no budget yet" in texts(app)
    assert len(list(own_state.glob(f"{name}.broken-*"))) == 1
