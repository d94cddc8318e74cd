"""Periods are whole calendar months, quarters and years, or the days that were given."""

from __future__ import annotations

from datetime import date
from itertools import islice

import pytest

from finops.budget_manager import make_budget
from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import period_at, periods_before


def of(kind: str, **days: date) -> Budget:
    return make_budget(name="x", scope_type="total", amount=1, period=kind, **days)


@pytest.mark.parametrize(
    ("kind", "as_of", "start", "end", "days"),
    [
        ("monthly", date(2028, 2, 29), date(2028, 2, 1), date(2028, 3, 1), 29),
        ("monthly", date(2026, 12, 31), date(2026, 12, 1), date(2027, 1, 1), 31),
        ("quarterly", date(2028, 2, 29), date(2028, 1, 1), date(2028, 4, 1), 91),
        ("quarterly", date(2026, 12, 31), date(2026, 10, 1), date(2027, 1, 1), 92),
        ("annual", date(2028, 7, 4), date(2028, 1, 1), date(2029, 1, 1), 366),
    ],
)
def test_the_period_that_holds_a_day(kind: str, as_of: date, start: date, end: date, days: int) -> None:
    period = period_at(of(kind), as_of)
    assert (period.start, period.end, period.days) == (start, end, days)


def test_a_custom_period_includes_its_last_day_and_is_there_on_any_day() -> None:
    budget = of("custom", start=date(2026, 3, 10), end=date(2026, 4, 8))
    for as_of in (date(2020, 1, 1), date(2026, 3, 10), date(2030, 1, 1)):
        period = period_at(budget, as_of)
        assert (period.start, period.last_day, period.days) == (date(2026, 3, 10), date(2026, 4, 8), 30)
    assert period.months == pytest.approx(30 * 24 / 730)


def test_elapsed_days_never_leave_the_period() -> None:
    april = period_at(of("monthly"), date(2026, 4, 1))
    days = [date(2026, 3, 31), date(2026, 4, 1), date(2026, 4, 30), date(2026, 5, 9)]
    assert [april.elapsed(day) for day in days] == [0, 1, 30, 30]


def test_earlier_periods_end_where_the_history_begins() -> None:
    for kind, expected in (
        ("monthly", [date(2027, 12, 1), date(2027, 11, 1)]),
        ("quarterly", [date(2027, 10, 1), date(2027, 7, 1)]),
        ("annual", [date(2027, 1, 1), date(2026, 1, 1)]),
    ):
        budget = of(kind)
        before = periods_before(budget, period_at(budget, date(2028, 1, 15)), back_to=date(2020, 1, 1))
        assert [period.start for period in islice(before, 2)] == expected
    budget = of("monthly")
    period = period_at(budget, date(2028, 3, 15))
    found = [before.start for before in periods_before(budget, period, back_to=date(2028, 1, 2))]
    assert found == [date(2028, 2, 1)]
    custom = of("custom", start=date(2026, 3, 10), end=date(2026, 4, 8))
    assert not list(periods_before(custom, period, back_to=date(2020, 1, 1)))
