"""Which days does a budget's period hold, and which periods came before it?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from finops.budget_manager.budget import Budget
from finops.money import HOURS_PER_MONTH
from finops.periods import Month

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


def period_at(budget: Budget, as_of: date) -> Period:
    """The calendar month, quarter or year that holds ``as_of``; a custom period whatever the day."""
    if budget.period == "custom":
        assert budget.start is not None and budget.end is not None
        end = budget.end + timedelta(days=1)
        return Period(budget.start, end, (end - budget.start).days * 24 / HOURS_PER_MONTH)
    length = _MONTHS[budget.period]
    first = Month(as_of.year, as_of.month - (as_of.month - 1) % length)
    return _of_months(first, length)


def periods_before(budget: Budget, period: Period, back_to: date) -> Iterator[Period]:
    """Periods of the same kind from ``back_to`` on, latest first. A custom one has none."""
    if budget.period == "custom":
        return
    length = _MONTHS[budget.period]
    first = Month.of(period.start)
    while True:
        for _ in range(length):
            first = first.previous()
        if first.start < back_to:
            return
        yield _of_months(first, length)


def _of_months(first: Month, length: int) -> Period:
    end = first
    for _ in range(length):
        end = end.next()
    return Period(first.start, end.start, float(length))
