"""Which amount holds: planned, adjusted, carried over. Bills of a few dollars a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.budget_manager import budget_status, known, make_budget, variances, year_end
from finops.budget_manager.budget_period import fiscal_year_at, period_at, period_of, periods_in
from tests.budget_manager.estates import FewRows, bill, daily, instances

# $1 a day in July (31), $2 in August (62), $3 in September (90), then $1 a day.
COSTS = bill(
    *daily("2026-07-01", "2026-07-31", 1),
    *daily("2026-08-01", "2026-08-31", 2),
    *daily("2026-09-01", "2026-09-30", 3),
    *daily("2026-10-01", "2026-10-10", 1),
)
OCTOBER = known(FewRows(as_of=date(2026, 10, 10), costs=COSTS))


def status(**fields: Any):
    return budget_status(
        make_budget(**{"name": "x", "scope_type": "total", "amount": 100} | fields), OCTOBER
    )


def test_a_planned_amount_is_that_of_its_period_and_the_fixed_one_of_others() -> None:
    plan = [{"start": date(2026, 10, 1), "amount": 40}]
    found = status(planned=plan)
    assert (found.amount_usd, found.amount_source, found.percent_used) == (40, "planned", 25)
    later = status(planned=[{"start": date(2026, 11, 1), "amount": 40}])
    assert (later.amount_usd, later.note) == (100, "no amount is planned for the period from 2026-10-01")


def test_without_a_fixed_amount_the_last_planned_one_goes_on() -> None:
    plan = [{"start": date(2026, month, 1), "amount": month} for month in (9, 8)]
    assert make_budget(name="x", scope_type="total", planned=plan).amount == 9


@pytest.mark.parametrize(
    ("adjust", "amount"),
    [
        ({"periods": 1}, 90),
        ({"periods": 2}, 76),  # (90 + 62) ÷ 2
        ({"periods": 3, "growth_pct": 10}, 67.1),  # 183 ÷ 3 = 61
        ({"periods": 12}, 61),  # the bill holds three
    ],
)
def test_an_adjusted_amount_is_the_mean_of_earlier_periods(adjust: Any, amount: float) -> None:
    found = status(adjust={"by": "history", **adjust})
    assert (found.amount_usd, found.note) == (amount, "")


def test_periods_before_the_first_cost_of_a_scope_are_no_part_of_the_mean() -> None:
    costs = bill(
        *daily("2026-07-01", "2026-10-10", 1), *daily("2026-09-01", "2026-09-30", 2, RegionId="a")
    )
    budget = make_budget(
        name="x", scope_type="region", scope_value="a", amount=1, adjust={"by": "history", "periods": 3}
    )
    found = budget_status(budget, known(FewRows(as_of=date(2026, 10, 10), costs=costs)))
    assert found.amount_usd == 60  # September alone: 30 × $2


def test_without_a_period_to_go_by_the_fixed_amount_holds_and_it_is_said() -> None:
    found = status(period="annual", adjust={"by": "history"})
    assert (found.amount_usd, found.amount_source) == (100, "fixed")
    assert "not adjusted: no whole period" in found.note


def test_an_amount_by_forecast_is_the_same_on_every_day_of_the_period() -> None:
    # $2 a day for months: whatever the model, October is forecast at 31 × $2, and not what it became.
    costs = bill(*daily("2026-05-01", "2026-10-01", 2), *daily("2026-10-02", "2026-10-31", 9))
    budget = make_budget(name="x", scope_type="total", amount=1, adjust={"by": "forecast"})
    for day in (1, 15, 31):
        facts = known(FewRows(as_of=date(2026, 10, day), costs=costs))
        found = budget_status(budget, facts)
        assert found.amount_usd == pytest.approx(62)
        assert found.amount_source == "forecast on 2026-10-01"
    short = known(FewRows(as_of=date(2026, 10, 1), costs=bill(*daily("2026-09-20", "2026-10-01"))))
    assert "fewer than 28 days" in budget_status(budget, short).note


@pytest.mark.parametrize(
    ("rollover", "carried"),
    [
        # $50 a month from July: 50 − 31 = 19; 19 + 50 − 62 = 7; 7 + 50 − 90 = −33.
        ("both", -33),
        # What is overspent is forgotten: 19, 7, 0.
        ("unspent", 0),
        # What is unspent is forgotten: 0, −12, −12 + 50 − 90 = −52.
        ("overspent", -52),
        ("none", 0),
    ],
)
def test_remainders_go_into_the_next_period(rollover: str, carried: float) -> None:
    found = status(amount=50, rollover=rollover, start=date(2026, 7, 1))
    assert found.carried_usd == carried
    assert found.amount_usd == max(Decimal("0.01"), 50 + Decimal(carried)).__float__()
    assert found.base_amount_usd == 50


def test_unspent_money_of_two_periods_adds_up() -> None:
    # From August: 100 − 62 = 38, 138 − 90 = 48.
    assert status(rollover="unspent", start=date(2026, 8, 15)).amount_usd == 148


def test_what_the_bill_lacks_is_not_carried_and_that_is_said() -> None:
    found = status(rollover="both", start=date(2026, 5, 1))
    assert found.carried_usd == 3 * 100 - 183
    assert found.note == "remainders of periods that the bill lacks are not carried"
    lists = known(FewRows(as_of=date(2026, 10, 10), ec2=instances({"MonthlyCostUSD": 10})))
    budget = make_budget(name="x", scope_type="total", amount=9, rollover="both", start=date(2026, 7, 1))
    assert budget_status(budget, lists).carried_usd == 0


def test_an_overspent_amount_is_never_below_a_cent_and_the_debt_stays() -> None:
    # 10 − 31 = −21, −21 + 10 − 62 = −73, −73 + 10 − 90 = −153: October has nothing left.
    found = status(amount=10, rollover="both", start=date(2026, 7, 1))
    assert (found.carried_usd, found.amount_usd, found.status) == (-153, 0.01, "exceeded")


def test_each_period_against_its_own_amount() -> None:
    plan = [{"start": date(2026, 8, 1), "amount": 31}, {"start": date(2026, 9, 1), "amount": 100}]
    budget = make_budget(name="x", scope_type="total", amount=62, planned=plan)
    lines = variances(budget, OCTOBER)
    assert [(line.period_start.month, line.actual_usd, line.variance_usd) for line in lines] == [
        (7, 31, -31),
        (8, 62, 31),
        (9, 90, -10),
        (10, 10, -52),
    ]
    assert [line.variance_pct for line in lines][:3] == [-50, 100, -10]
    assert [line.complete for line in lines] == [True, True, True, False]
    assert [line.period_start.month for line in variances(budget, OCTOBER, periods=2)] == [9, 10]
    begun = budget.model_copy(update={"start": date(2026, 9, 20)})
    assert [line.period_start.month for line in variances(begun, OCTOBER)] == [9, 10]


def test_a_fiscal_year_adds_up_the_amounts_of_its_periods() -> None:
    # A year from July: four months at $50, September planned at $80, eight months to come at $50.
    budget = make_budget(
        name="x",
        scope_type="total",
        amount=50,
        fiscal_year_start=7,
        planned=[{"start": date(2026, 9, 1), "amount": 80}],
    )
    year = year_end(budget, OCTOBER)
    assert (year.year_start, year.year_end) == (date(2026, 7, 1), date(2027, 6, 30))
    assert (year.amount_usd, year.actual_usd) == (11 * 50 + 80, 193)
    calendar = year_end(budget.model_copy(update={"fiscal_year_start": 1}), OCTOBER)
    assert (calendar.actual_usd, calendar.forecast_usd) == (193, None)
    assert "after the period's start" in calendar.note


def test_a_custom_budget_is_held_to_its_own_days_not_to_the_year() -> None:
    budget = make_budget(
        name="x",
        scope_type="total",
        amount=50,
        period="custom",
        start=date(2026, 9, 21),
        end=date(2026, 10, 5),
    )
    own = year_end(budget, OCTOBER)
    assert (own.year_start, own.year_end) == (date(2026, 9, 21), date(2026, 10, 5))
    # Ten days at $3 and five at $1; $50 were not reached.
    assert (own.amount_usd, own.actual_usd, own.variance_usd) == (50, 35, -15)


def test_a_budget_is_in_force_from_its_start_to_its_end() -> None:
    ended = status(end=date(2026, 8, 15))
    assert (ended.period_start, ended.actual_usd) == (date(2026, 8, 1), 62)
    assert "ended on 2026-08-15" in ended.note
    to_come = status(start=date(2026, 12, 5))
    assert (to_come.period_start, to_come.days_elapsed) == (date(2026, 12, 1), 0)
    assert "begins on 2026-12-01" in to_come.note


@pytest.mark.parametrize(
    ("kind", "begins", "day", "first", "last"),
    [
        ("quarterly", 1, date(2028, 2, 29), date(2028, 1, 1), date(2028, 3, 31)),
        ("quarterly", 2, date(2028, 1, 31), date(2027, 11, 1), date(2028, 1, 31)),
        ("quarterly", 12, date(2027, 12, 1), date(2027, 12, 1), date(2028, 2, 29)),
        ("annual", 4, date(2028, 3, 31), date(2027, 4, 1), date(2028, 3, 31)),
        ("annual", 10, date(2026, 10, 1), date(2026, 10, 1), date(2027, 9, 30)),
        ("monthly", 7, date(2027, 2, 5), date(2027, 2, 1), date(2027, 2, 28)),
    ],
)
def test_quarters_and_years_of_a_fiscal_year(
    kind: str, begins: int, day: date, first: date, last: date
) -> None:
    period = period_of(kind, begins, day)
    assert (period.start, period.last_day) == (first, last)


@given(
    st.sampled_from(["monthly", "quarterly", "annual"]),
    st.integers(1, 12),
    st.dates(date(1975, 1, 1), date(2190, 1, 1)),
)
def test_periods_of_a_fiscal_year_leave_no_day_out(kind: str, begins: int, day: date) -> None:
    budget = make_budget(name="x", scope_type="total", amount=1, period=kind, fiscal_year_start=begins)
    assert period_at(budget, day).start <= day < period_at(budget, day).end
    year = fiscal_year_at(budget, day)
    parts = list(periods_in(budget, year))
    assert year.start.month == begins
    assert [parts[0].start, parts[-1].end] == [year.start, year.end]
    assert [part.end for part in parts[:-1]] == [part.start for part in parts[1:]]


@given(
    st.lists(st.integers(0, 300), min_size=3, max_size=3),
    st.integers(1, 200),
)
def test_with_rollover_nothing_is_gained_or_lost(spent: list[int], amount: int) -> None:
    """What may be spent in October is all that was planned since July less all that was spent."""
    costs = bill(
        *(
            {"ChargePeriodStart": f"2026-{month:02d}-05", "BilledCost": usd}
            for month, usd in zip((7, 8, 9), spent, strict=True)
        ),
        {"ChargePeriodStart": "2026-10-02", "BilledCost": 1, "BillingPeriodStart": "2026-07-01"},
    )
    budget = make_budget(
        name="x", scope_type="total", amount=amount, rollover="both", start=date(2026, 7, 1)
    )
    found = budget_status(budget, known(FewRows(as_of=date(2026, 10, 2), costs=costs)))
    assert found.carried_usd == 3 * amount - sum(spent)
