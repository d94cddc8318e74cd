"""Which days does a budget's period hold, and which periods came before it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from finops.money import HOURS_PER_MONTH
from finops.periods import Month

if TYPE_CHECKING:
    from finops.budget_manager.budget import Budget

_MONTHS = {"monthly": 1, "quarterly": 3, "annual": 12}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days from ``start`` up to but not including ``end``, in UTC.

    ``months`` is what a monthly run rate is multiplied by: 1, 3 or 12, and for a custom period its
    hours ÷ 730.
    """

    start: date
    end: date
    months: float

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def elapsed(self, through: date) -> int:
        """Whole days of the period that have passed at the end of the day ``through``."""
        return min(max((through - self.start).days + 1, 0), self.days)


def period_of(kind: str, fiscal_year_start: int, day: date) -> Period:
    """The month, quarter or year that holds ``day``; years begin with month ``fiscal_year_start``."""
    length = _MONTHS[kind]
    number = day.year * 12 + day.month - 1
    return _of_months(number - (number - fiscal_year_start + 1) % length, length)


def period_at(budget: Budget, as_of: date) -> Period:
    """The period that holds ``as_of``, or the first or last one in which the budget is in force.

    A custom budget has one period, whatever the day.
    """
    if budget.period == "custom":
        return _custom(budget)
    day = max(as_of, budget.start or as_of)
    return period_of(budget.period, budget.fiscal_year_start, min(day, budget.end or day))


def fiscal_year_at(budget: Budget, as_of: date) -> Period:
    """The fiscal year that holds ``as_of``."""
    return period_of("annual", budget.fiscal_year_start, as_of)


def periods_in(budget: Budget, days: Period) -> Iterator[Period]:
    """The budget's periods of which ``days`` hold a part, in order."""
    if budget.period == "custom":
        own = _custom(budget)
        if own.start < days.end and days.start < own.end:
            yield own
        return
    period = period_of(budget.period, budget.fiscal_year_start, days.start)
    while period.start < days.end:
        yield period
        period = period_of(budget.period, budget.fiscal_year_start, period.end)


def is_in_force(budget: Budget, period: Period) -> bool:
    """Whether the budget's start and end leave it a day of the period."""
    begun = budget.start is None or budget.start < period.end
    return begun and (budget.end is None or period.start <= budget.end)


def periods_before(budget: Budget, period: Period, back_to: date) -> Iterator[Period]:
    """Periods of the same kind from ``back_to`` on, latest first. A custom one has none."""
    if budget.period == "custom":
        return
    day = period.start - timedelta(days=1)
    while (earlier := period_of(budget.period, budget.fiscal_year_start, day)).start >= back_to:
        yield earlier
        day = earlier.start - timedelta(days=1)


def _custom(budget: Budget) -> Period:
    assert budget.start is not None and budget.end is not None
    end = budget.end + timedelta(days=1)
    return Period(budget.start, end, (end - budget.start).days * 24 / HOURS_PER_MONTH)


def _of_months(number: int, length: int) -> Period:
    first, end = (Month(at // 12, at % 12 + 1) for at in (number, number + length))
    return Period(first.start, end.start, float(length))
