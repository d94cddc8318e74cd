"""A budget is refused, with the reason, before it can mislead."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from finops.budget_manager import make_budget, read_thresholds
from finops.errors import BudgetError

GOOD = {"name": "April", "scope_type": "total", "amount": 100}


def test_defaults() -> None:
    budget = make_budget(**GOOD)
    assert (budget.period, budget.cost_basis, budget.status) == ("monthly", "billed", "active")
    assert budget.alert_thresholds == (50, 80, 100)


def test_a_float_amount_is_what_it_reads_as() -> None:
    assert make_budget(**{**GOOD, "amount": 0.1}).amount == Decimal("0.1")


def test_thresholds_are_sorted_and_each_is_there_once() -> None:
    assert make_budget(**GOOD, alert_thresholds=(100, 50, 50, 90.5)).alert_thresholds == (50, 90.5, 100)


@pytest.mark.parametrize("word", ["", "  ", "all", "Total", "*", None])
def test_the_scope_total_is_everything_however_it_is_put(word: str | None) -> None:
    assert make_budget(**GOOD, scope_value=word).scope_value == ""


def test_a_tag_value_may_hold_an_equals_sign() -> None:
    budget = make_budget(name="x", scope_type="tag", scope_value=" Filter = a=b ", amount=1)
    assert budget.tag == ("Filter", "a=b")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": "  "}, "name"),
        ({"name": "two\nlines"}, "line breaks"),
        ({"scope_type": "galaxy"}, "'total', 'service'"),
        ({"scope_value": "EC2"}, "takes no value"),
        ({"scope_type": "service"}, "such as EC2, S3 or combined"),
        ({"scope_type": "tag", "scope_value": "Team"}, "Key=Value"),
        ({"scope_type": "tag", "scope_value": "=Atlas"}, "Key=Value"),
        ({"amount": 0}, "greater than 0"),
        ({"amount": Decimal("-1.50")}, "received -1.50$"),
        ({"amount": "-1"}, "greater than 0"),
        ({"amount": "NaN"}, "finite"),
        ({"amount": float("inf")}, "finite"),
        ({"amount": "ten"}, "number of US dollars"),
        ({"amount": True}, "number of US dollars"),
        ({"amount": None}, "amount"),
        ({"period": "weekly"}, "'monthly', 'quarterly'"),
        ({"period": "custom"}, "first and last day"),
        (
            {"period": "custom", "start": date(2026, 2, 1), "end": date(2026, 1, 31)},
            "first and last day",
        ),
        ({"start": date(2026, 2, 1), "end": date(2026, 1, 31)}, "in this order"),
        ({"start": date(1969, 1, 1)}, "start: .*1970"),
        ({"also": [{"scope_type": "tag", "values": ["a=1", "b=1"]}]}, "one key"),
        ({"also": [{"scope_type": "team", "values": []}]}, "also.0.values"),
        ({"also": [{"scope_type": "team", "values": [" "]}]}, "needs a scope_value"),
        ({"fiscal_year_start": 13}, "fiscal_year_start"),
        ({"rollover": "both"}, "needs a start"),
        ({"planned": [{"start": date(2026, 1, 2), "amount": 1}]}, "2026-01-01"),
        ({"planned": [{"start": date(2026, 1, 1), "amount": 1}] * 2}, "planned once"),
        (
            {"planned": [{"start": date(2026, 1, 1), "amount": 1}], "adjust": {"by": "history"}},
            "not both",
        ),
        (
            {
                "period": "annual",
                "fiscal_year_start": 4,
                "planned": [{"start": date(2026, 1, 1), "amount": 1}],
            },
            "that is 2025-04-01",
        ),
        ({"thresholds": [{"on": "pace", "unit": "usd", "value": 5}]}, "percentage of the straight line"),
        ({"alert_thresholds": ()}, "at least one"),
        ({"alert_thresholds": (0, 50)}, "thresholds.0.value.*greater than 0"),
        ({"alert_thresholds": (float("nan"),)}, "finite"),
        ({"cost_basis": "list"}, "'billed' or 'effective'"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_makes_no_sense_is_named(fields: dict[str, object], message: str) -> None:
    with pytest.raises(BudgetError, match=message):
        make_budget(**{**GOOD, **fields})


def test_a_budget_cannot_be_changed_in_place() -> None:
    budget = make_budget(**GOOD)
    with pytest.raises(ValidationError, match="frozen"):
        budget.amount = Decimal(1)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("50,80", ["50%", "80%", "forecast 100%"]),
        (" 80 % , $500.50, 80", ["80%", "$500.5", "forecast 100%"]),
        ("forecast:90, pace 120%, actual 70", ["70%", "forecast 90%", "pace 120%"]),
        ("forecast $900", ["forecast $900"]),
        ("70, forecast none", ["70%"]),
        ("", ["forecast 100%"]),
    ],
)
def test_thresholds_are_read_as_they_are_written(text: str, read: list[str]) -> None:
    thresholds = read_thresholds(text)
    assert list(map(str, thresholds)) == read
    again = read_thresholds(", ".join(map(str, thresholds)))
    assert {one for one in again if one.on != "forecast"} <= set(thresholds)


@pytest.mark.parametrize("text", ["fifty", "-5", "50;80", "pace $5", "0", "forecast"])
def test_thresholds_that_make_no_sense_are_named(text: str) -> None:
    with pytest.raises(BudgetError, match=re.escape(text.split(";", maxsplit=1)[0])):
        read_thresholds(text)


def test_a_threshold_in_dollars_and_in_percent() -> None:
    percent, dollars = read_thresholds("80, $90, forecast none")
    assert (percent.amount_usd(Decimal(50)), percent.percent_of(Decimal(50))) == (40, 80)
    assert (dollars.amount_usd(Decimal(50)), dollars.percent_of(Decimal(50))) == (90, 180)


def test_the_revision_changes_with_every_field() -> None:
    budget = make_budget(**GOOD)
    others = [
        budget.model_copy(update={name: value})
        for name, value in (("notes", "x"), ("owner", "x"), ("amount", Decimal(1)), ("id", "x"))
    ]
    assert len({one.revision for one in (budget, *others)}) == 5
    assert make_budget(**budget.model_dump()).revision == budget.revision
