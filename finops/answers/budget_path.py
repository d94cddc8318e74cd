"""How does a budget's period run, day by day? What was spent, what is to come, and what it alerts at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from finops.budget_manager import Budget, BudgetStatus, budget_status, known
from finops.budget_manager.outlook import projection_of
from finops.budget_manager.spend import Known, Spend, spend_so_far
from finops.estate import Estate
from finops.forecasting import Point
from finops.money import exact

__all__ = ["BudgetPath", "PastDay", "Point", "ThresholdLine", "budget_path"]


@dataclass(frozen=True, slots=True)
class PastDay:
    """Dollars of a day that has passed, and of the period up to its end."""

    date: date
    day_usd: float
    to_date_usd: float


@dataclass(frozen=True, slots=True)
class ThresholdLine:
    """Dollars at which a threshold is reached, and the threshold as it is written: ``forecast 100%``."""

    text: str
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPath:
    """The present period of a budget, in dollars of its cost basis.

    ``past`` are the days that are known, ``coming`` those that are not, each by itself, and
    ``cumulative`` the same days with what is spent by their end. Their bounds are None where history
    is too short, and without a bill. ``coming`` is empty where there is no forecast. Thresholds on pace
    have no line of dollars: they move with the straight line to the amount.
    """

    status: BudgetStatus
    past: tuple[PastDay, ...]
    coming: tuple[Point, ...]
    cumulative: tuple[Point, ...]
    thresholds: tuple[ThresholdLine, ...]


def budget_path(estate: Estate, budget: Budget) -> BudgetPath:
    """The path of this budget on ``estate.as_of``. Raises CurrencyError for a bill not in dollars."""
    facts = known(estate)
    status = budget_status(budget, facts)
    past, coming, cumulative = _days(budget, facts, spend_so_far(budget, facts), status)
    amount = exact(status.amount_usd)
    return BudgetPath(
        status=status,
        past=past,
        coming=coming,
        cumulative=cumulative,
        thresholds=tuple(
            ThresholdLine(str(one), float(one.amount_usd(amount)))
            for one in status.thresholds
            if one.on != "pace"
        ),
    )


_Days = tuple[tuple[PastDay, ...], tuple[Point, ...], tuple[Point, ...]]


def _days(budget: Budget, facts: Known, spend: Spend, status: BudgetStatus) -> _Days:
    if spend.usd is None or spend.days_elapsed == 0:
        return (), (), ()
    if facts.first is None:
        return _steady(spend, status)
    begins = spend.charges["ChargePeriodStart"].min().date()
    if begins > spend.period.start + timedelta(days=spend.days_elapsed - 1):
        return (), (), ()  # a period that ended before the first charge of the scope
    projection = projection_of(budget, spend)
    begun = len(projection.path) - len(projection.days)
    passed = projection.path[:begun]
    before = [0.0, *(point.mean_usd for point in passed)]
    past = tuple(
        PastDay(point.date, round(point.mean_usd - earlier, 6), point.mean_usd)
        for point, earlier in zip(passed, before, strict=False)
    )
    # A sum that lacks the period's first days is a lower bound, and no forecast begins there.
    if not spend.whole:
        return past, (), ()
    return past, projection.days, projection.path[begun:]


def _steady(spend: Spend, status: BudgetStatus) -> _Days:
    """Resource lists know no days: what has passed and what is to come is spread evenly."""
    assert spend.usd is not None
    actual, end = float(spend.usd), status.forecast_usd
    each = actual / spend.days_elapsed
    first = spend.period.start
    past = tuple(
        PastDay(first + timedelta(days=at), each, each * (at + 1)) for at in range(spend.days_elapsed)
    )
    if end is None or status.days_left == 0:
        return past, (), ()
    left = (end - actual) / status.days_left
    days = [first + timedelta(days=spend.days_elapsed + at) for at in range(status.days_left)]
    coming = tuple(_mean(day, left) for day in days)
    cumulative = tuple(_mean(day, actual + left * (at + 1)) for at, day in enumerate(days))
    return past, coming, cumulative


def _mean(day: date, usd: float) -> Point:
    return Point(day, usd, None, None, None, None)
