"""What will each of the coming months cost, as things are?

The whole calendar months after the last known day, from the daily history of the bill
(``finops.forecasting.months``), with what the method missed before beside naive rules. Resource lists
alone have no history: each month is their run rate, and no trend is read from launch dates. What is
done about it, and growth, are added by ``finops.answers.scenario``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import fmean

import pandas as pd

from finops.answers.added_up import added_up
from finops.answers.forecast import (
    RUN_RATE,
    CostForecast,
    ForecastSettings,
    forecast,
    scope_history,
    scope_of,
)
from finops.answers.spike_note import spike_note
from finops.budget_manager import Budget, spend
from finops.budget_manager.budget_period import period_of
from finops.errors import EmptyInput, Issue
from finops.estate import Estate
from finops.forecasting import Bounded, MonthAhead, Tested, project_months
from finops.money import round_cents
from finops.periods import Month, between, utc

MONTHS = 12

__all__ = [
    "MONTHS",
    "Bounded",
    "MonthAhead",
    "Outlook",
    "OutlookSettings",
    "PastMonth",
    "Tested",
    "outlook",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookSettings:
    """``months`` whole months of a budget's scope, on one cost basis."""

    months: int = MONTHS
    scope_type: str = "total"
    scope_value: str = ""
    basis: str = "billed"


@dataclass(frozen=True, slots=True)
class PastMonth:
    """What a whole month of the bill cost."""

    month: Month
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Dollars of ``basis``. ``months`` are the coming ones, ``past`` the whole ones of the bill.

    ``running`` is the month that has begun, as ``forecast`` has it; None where the bill ends with a
    month, and without one. ``method`` is that of ``months``, ``naive`` the best naive rule, ``beaten``
    whether the model is better than it: else the rule is shown. ``tested`` has a row a horizon.
    ``bounded_months`` is how many of ``months`` have an interval. ``estimated`` says that dollars are
    run rates of lists, not charges.
    """

    months: tuple[MonthAhead, ...]
    past: tuple[PastMonth, ...]
    running: CostForecast | None
    method: str
    naive: str | None
    beaten: bool
    tested: tuple[Tested, ...]
    bounded_months: int
    history_days: int
    scope: str
    basis: str
    estimated: bool
    as_of: date
    source: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]

    @property
    def total_usd(self) -> float:
        """All of ``months``."""
        return self.months[-1].to_date.mean_usd


def outlook(estate: Estate, settings: OutlookSettings | None = None) -> Outlook:
    """The coming months as things are.

    Raises CurrencyError for a bill not in dollars, BudgetError for a scope that makes no sense,
    EmptyInput where nothing known belongs to it.
    """
    asked = settings or OutlookSettings()
    scope = ForecastSettings(
        scope_type=asked.scope_type, scope_value=asked.scope_value, basis=asked.basis
    )
    budget, facts = scope_of(estate, scope)
    if facts.first is None or facts.last is None:
        return _from_lists(estate, asked, budget, facts)
    history = scope_history(estate, budget, facts)
    found = project_months(history.daily, asked.months)
    coming = history.last + timedelta(days=1)
    begun = coming != Month.of(coming).start
    return Outlook(
        months=_added_up(found.months),
        past=_past(history.daily, history.first, history.last),
        running=forecast(estate, scope) if begun else None,
        method=found.method,
        naive=found.naive,
        beaten=found.beaten,
        tested=found.tested,
        bounded_months=sum(row.alone.upper_80_usd is not None for row in found.months),
        history_days=found.history_days,
        scope=budget.scope,
        basis=budget.cost_basis,
        estimated=False,
        as_of=estate.as_of,
        source="costs",
        notes=(
            *history.notes,
            *_ending(estate, found.months),
            *(() if found.tested else spike_note(history.daily, _each_month(asked), "each month costs")),
        ),
        issues=estate.issues,
    )


def _each_month(asked: OutlookSettings) -> Callable[[pd.DataFrame], float]:
    """The mean of the months that a history lets expect."""
    return lambda daily: fmean(row.alone.mean_usd for row in project_months(daily, asked.months).months)


def _past(daily: pd.DataFrame, first: date, last: date) -> tuple[PastMonth, ...]:
    """The whole months from ``first`` to ``last``."""
    by_day = daily.sum(axis=1)
    days = pd.Series(by_day.index, index=by_day.index)
    found, month = [], Month.of(first) if first.day == 1 else Month.of(first).next()
    while month.end <= last + timedelta(days=1):
        found.append(PastMonth(month, float(by_day[between(days, month.start, month.end)].sum())))
        month = month.next()
    return tuple(found)


def _ending(estate: Estate, months: Sequence[MonthAhead]) -> tuple[str, ...]:
    """What no history tells: commitments that end before these months do."""
    ends = estate.commitments["End"]
    until = months[-1].month.end
    inside = int(((ends > utc(estate.as_of)) & (ends <= utc(until))).sum())
    if not inside:
        return ()
    return (
        f"owned commitments that end before {until}: {inside}; what they cover then costs On-Demand "
        "unless they are renewed, and the months do not know it",
    )


def _from_lists(estate: Estate, asked: OutlookSettings, budget: Budget, facts: spend.Known) -> Outlook:
    tomorrow = estate.as_of + timedelta(days=1)
    first = Month.of(tomorrow) if tomorrow.day == 1 else Month.of(tomorrow).next()
    each = [first]
    while len(each) < asked.months:
        each.append(each[-1].next())
    # Of the last month, so that no date of the lists makes one month differ from another.
    found = spend.spend_in(budget, facts, period_of("monthly", 1, each[-1].start))
    if found.run_rate_usd is None:
        what = "has a cost" if found.matched else "is there; choose another scope, or give a bill"
        raise EmptyInput(f"no resource of {budget.scope} {what}")
    each_usd = round_cents(found.run_rate_usd)
    return Outlook(
        months=tuple(
            MonthAhead(month, _unbounded(each_usd), _unbounded(each_usd * (at + 1)))
            for at, month in enumerate(each)
        ),
        past=(),
        running=None,
        method=RUN_RATE,
        naive=None,
        beaten=False,
        tested=(),
        bounded_months=0,
        history_days=0,
        scope=budget.scope,
        basis="run_rate",
        estimated=True,
        as_of=estate.as_of,
        source="inventory",
        notes=(found.note,) if found.note else (),
        issues=estate.issues,
    )


def _added_up(months: Sequence[MonthAhead]) -> tuple[MonthAhead, ...]:
    """The months to the cent, so that they add up as they are shown."""
    alone, to_date = added_up([row.alone for row in months], [row.to_date for row in months])
    return tuple(map(MonthAhead, (row.month for row in months), alone, to_date))


def _unbounded(usd: Decimal) -> Bounded:
    return Bounded(float(usd), None, None, None, None)
