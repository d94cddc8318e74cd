"""The form of a budget without a browser: what it reads, what is wrong, and what it saves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.answers.budgets import Budget
from finops.budget_manager import make_budget, read_thresholds
from finops.dashboard.budget_fields import (
    LABELS,
    Typed,
    changes_of,
    differences,
    fields_of,
    problems,
    said,
    typed_of,
)
from finops.errors import BudgetError

FULL = make_budget(
    name="Full",
    scope_type="service",
    scope_value="EC2",
    also=[
        {"scope_type": "team", "values": ["Platform", "Data"]},
        {"scope_type": "region", "values": ["us-west-2"], "exclude": True},
    ],
    leave_out=["Tax"],
    amount=700,
    planned=[
        {"start": date(2026, 4, 1), "amount": "900.50"},
        {"start": date(2026, 7, 1), "amount": 950},
    ],
    rollover="both",
    period="quarterly",
    fiscal_year_start=4,
    start=date(2026, 4, 1),
    end=date(2027, 3, 31),
    parent="abc",
    owner="Ada",
    thresholds=read_thresholds("50, $400, forecast 90, pace 120"),
    cost_basis="effective",
    notes="two\nlines",
)


def test_every_field_of_the_form_has_a_label() -> None:
    assert set(LABELS) == set(Typed.__slots__)


BUDGETS = [
    FULL,
    make_budget(name="x", scope_type="total", amount=1),
    make_budget(
        name="x", scope_type="total", amount="0.1", thresholds=read_thresholds("80, forecast none")
    ),
    make_budget(
        name="x",
        scope_type="total",
        amount=5,
        adjust={"by": "history", "periods": 6, "growth_pct": "-2.5"},
    ),
    make_budget(name="x", scope_type="total", amount=5, adjust={"by": "forecast"}),
    make_budget(
        name="x",
        scope_type="tag",
        scope_value="Project=Atlas",
        amount=5,
        period="custom",
        start=date(2026, 1, 5),
        end=date(2026, 1, 9),
    ),
]


@pytest.mark.parametrize("budget", BUDGETS)
def test_a_budget_comes_back_from_its_form(budget: Budget) -> None:
    fields = fields_of(typed_of(budget))
    assert make_budget(**fields) == budget


@pytest.mark.parametrize("budget", BUDGETS)
def test_what_nobody_touched_is_not_saved(budget: Budget) -> None:
    began = typed_of(budget)
    assert changes_of(began, began) == {}
    assert changes_of(replace(began, owner="Grace"), began) == {"owner": "Grace"}


@given(amount=st.decimals(min_value="0.01", max_value="1e12", places=2), name=st.text(max_size=100))
def test_money_and_names_survive_the_form(amount: Decimal, name: str) -> None:
    typed = replace(Typed(), name=f"n{name}", amount=float(amount))
    fields = fields_of(typed)
    assert fields["name"] == f"n{name}"
    # A float has at least 15 digits, and these have at most 14.
    assert Decimal(repr(fields["amount"])) == amount


def test_what_the_form_cannot_show_is_left_alone() -> None:
    # A comma in a value would be read as two values: untouched, it is not read at all.
    budget = make_budget(
        name="x",
        scope_type="total",
        amount=5,
        also=[{"scope_type": "project", "values": ["Atlas, the second"]}],
    )
    began = typed_of(budget)
    assert changes_of(replace(began, notes="new"), began) == {"notes": "new"}


def test_the_amount_is_saved_whole() -> None:
    began = typed_of(FULL)
    fixed = changes_of(replace(began, amount_kind="fixed", amount=700.0), began)
    assert fixed == {"amount": 700.0, "planned": (), "adjust": None}
    assert make_budget(**{**FULL.model_dump(), **fixed}).amount == 700
    # Without an amount of its own, a plan goes on with its last one.
    other = changes_of(replace(began, planned="2026-04-01 $1,000", amount=None), began)
    assert make_budget(**{**FULL.model_dump(), **other}).amount == 1000


def test_the_amount_of_somebody_else_is_kept_beside_ones_own_growth() -> None:
    """They made $100 of the history $200, and growth is mine."""
    began = typed_of(make_budget(name="A", scope_type="total", amount=100, adjust={"by": "history"}))
    theirs = replace(began, amount=200.0)
    changes = changes_of(replace(began, growth_pct=5.0), began, theirs)
    assert changes["amount"] == 200
    assert changes["adjust"]["growth_pct"] == 5


def test_the_scope_is_saved_whole() -> None:
    began = typed_of(FULL)
    assert changes_of(replace(began, scope_value="S3"), began) == {
        "scope_type": "service",
        "scope_value": "S3",
    }
    assert changes_of(replace(began, scope_type="total"), began) == {
        "scope_type": "total",
        "scope_value": "",
    }


GOOD = Typed(name="x", amount=1.0)


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": "  "}, "name", "Give the budget a name"),
        ({"amount": None}, "amount", "how many dollars"),
        ({"amount": 0.0}, "amount", "above $0; received 0.00"),
        ({"scope_type": "team"}, "scope_value", "value for the scope team"),
        ({"scope_type": "tag", "scope_value": "Atlas"}, "scope_value", "Key=Value"),
        ({"amount_kind": "planned"}, "planned", "a line for each period"),
        ({"amount_kind": "planned", "planned": "soon 9"}, "planned", "received 'soon 9'"),
        ({"amount_kind": "planned", "planned": "2026-01-01"}, "planned", "such as 2026-01-01 900"),
        ({"also": "colour=red"}, "also", "TYPE=VALUE"),
        ({"also": "total=x"}, "also", "TYPE=VALUE"),
        ({"also": "team="}, "also", "TYPE=VALUE"),
        ({"thresholds": "half"}, "thresholds", "received 'half'"),
        ({"period": "custom"}, "start", "first and its last day"),
        ({"start": date(2026, 2, 1), "end": date(2026, 1, 1)}, "end", "before the first"),
        ({"rollover": "both"}, "rollover", "from which day on"),
        (
            {
                "period": "custom",
                "start": date(2026, 1, 1),
                "end": date(2026, 2, 1),
                "amount_kind": "history",
            },
            "amount_kind",
            "comes once",
        ),
    ],
)
def test_what_is_wrong_stands_beside_its_field(wrong: dict[str, Any], field: str, says: str) -> None:
    assert problems(GOOD) == {}
    typed = replace(GOOD, **wrong)
    assert list(problems(typed)) == [field]
    assert says in problems(typed)[field]
    with pytest.raises(BudgetError):
        fields_of(typed)


def test_differences_come_in_the_order_of_the_form() -> None:
    other = replace(GOOD, notes="n", amount=2.0)
    assert differences(GOOD, other) == ("amount", "notes")
    assert differences(GOOD, GOOD) == ()


def test_values_are_said_for_a_reader() -> None:
    assert [said(one) for one in (1234.5, None, "", ("Tax", "Credit"), ())] == [
        "1,234.50",
        "–",
        "–",
        "Tax, Credit",
        "–",
    ]
