"""What will coming days cost, and where does the month, quarter or year end?

A scope is forecast as a budget of it would be (``finops.budget_manager``): with a bill by the model
that would have missed least, without one at the run rate of the resource lists, marked estimated.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from finops.answers.added_up import added_up, in_cents
from finops.answers.spike_note import spike_note
from finops.budget_manager import SCOPE_TYPES, Budget, known, make_budget, spend
from finops.budget_manager.budget_period import Period, period_of
from finops.errors import CurrencyError, EmptyInput, Issue
from finops.estate import DOLLARS, Estate
from finops.forecasting import BOUNDS, Point, Projection, daily_costs, project_days, project_period
from finops.money import HOURS_PER_MONTH, round_cents

__all__ = [
    "BASES",
    "BOUNDS",
    "ENDS",
    "SCOPE_TYPES",
    "CostForecast",
    "ForecastSettings",
    "Point",
    "ScopeHistory",
    "forecast",
    "scope_history",
    "scope_of",
]

BASES = ("billed", "effective")
# To the end of which period, and how a budget calls it.
ENDS = {"month": "monthly", "quarter": "quarterly", "year": "annual"}
RUN_RATE = "run rate of the resource lists"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastSettings:
    """``days`` days, or those to the end of the calendar month, quarter or year; a budget's scope."""

    days: int | None = None
    to: Literal["month", "quarter", "year"] = "month"
    scope_type: str = "total"
    scope_value: str = ""
    basis: str = "billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CostForecast:
    """Dollars of the basis. Bounds are None where history is too short, and without a bill.

    ``points`` are the coming days, each by itself. ``cumulative`` runs from ``period_start``, or from
    the bill's first day after it, to ``period_end``: days that have passed are certain, and the last
    point is the total, of which ``spent_usd`` has been spent. For a number of days both begin with the
    first coming day. ``history_days`` are the days of the bill that the forecast knows. ``estimated``
    says that dollars are run rates, not charges. ``notes`` say in words what the figures lack.
    """

    points: tuple[Point, ...]
    method: str
    history_days: int
    cumulative: tuple[Point, ...]
    total_usd: float
    lower_80_usd: float | None
    upper_80_usd: float | None
    lower_95_usd: float | None
    upper_95_usd: float | None
    spent_usd: float
    period_start: date
    period_end: date
    scope: str
    basis: str
    estimated: bool
    as_of: date
    source: str
    notes: tuple[str, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeHistory:
    """What a scope cost on each day, ``first`` to ``last``, as ``finops.forecasting`` takes it.

    ``notes`` say in words what the days lack.
    """

    daily: pd.DataFrame
    first: date
    last: date
    notes: tuple[str, ...]


def forecast(estate: Estate, settings: ForecastSettings | None = None) -> CostForecast:
    """The coming days of a scope, from the day after the last whole one that is known.

    At the end of a period it is the next one. Raises CurrencyError for a bill not in dollars,
    BudgetError for a scope that makes no sense, EmptyInput where nothing known belongs to it.
    """
    asked = settings or ForecastSettings()
    budget, facts = scope_of(estate, asked)
    if facts.first is None or facts.last is None:
        return _from_lists(estate, asked, budget, facts)
    return _from_bill(estate, asked, budget, facts)


def scope_of(estate: Estate, asked: ForecastSettings) -> tuple[Budget, spend.Known]:
    """The scope that is asked for, as a budget has it, and what the estate knows; errors as above."""
    if estate.currency not in {None, DOLLARS}:
        raise CurrencyError(
            f"forecasts are in US dollars, and the bill is in {estate.currency}; load a bill in USD"
        )
    fields = {"name": "forecast", "amount": 1, "cost_basis": asked.basis}
    scope = {"scope_type": asked.scope_type, "scope_value": asked.scope_value}
    return make_budget(**fields, **scope), known(estate)


def scope_history(estate: Estate, budget: Budget, facts: spend.Known) -> ScopeHistory:
    """The days of a bill. Raises EmptyInput where no charge of the scope has a cost of the basis."""
    assert facts.last is not None
    last = min(facts.as_of, facts.last)
    charges, column = spend.scope_costs(budget, facts), spend.cost_column(budget)
    unpriced = int(charges[column].isna().sum())
    if unpriced == len(charges):
        what = f"has {column}; choose another --basis" if unpriced else "is there; choose another scope"
        raise EmptyInput(f"up to {estate.as_of} no charge of {budget.scope} {what}")
    first = charges["ChargePeriodStart"].min().date()
    notes = [
        (last < estate.as_of, f"the bill ends on {last}"),
        (unpriced > 0, f"charges without {column}, left out: {unpriced}"),
    ]
    return ScopeHistory(
        daily=daily_costs(charges, column, first, last),
        first=first,
        last=last,
        notes=tuple(text for holds, text in notes if holds),
    )


def _from_bill(
    estate: Estate, asked: ForecastSettings, budget: Budget, facts: spend.Known
) -> CostForecast:
    history = scope_history(estate, budget, facts)
    daily, first, last = history.daily, history.first, history.last
    period = _period(asked, last + timedelta(days=1))
    begun = period.start <= last

    def projected(days: pd.DataFrame) -> Projection:
        if begun:
            return project_period(days, (period.start, period.end))
        return project_days(days, period.days)

    projection = projected(daily)
    spikes = (
        ()
        if projection.misses_usd
        else spike_note(
            daily,
            lambda days: sum(point.mean_usd for point in projected(days).days),
            _coming(projection),
        )
    )
    billed_from = estate.billed.first if estate.billed else first
    late = begun and billed_from > period.start
    begins = (f"the bill begins on {billed_from}, after {period.start}",) if late else ()
    spent = len(projection.path) - len(projection.days)
    return _answer(
        estate,
        budget,
        period,
        points=projection.days,
        cumulative=projection.path,
        spent_usd=projection.path[spent - 1].mean_usd if spent else 0.0,
        method=projection.method,
        history_days=projection.history_days,
        notes=(*history.notes, *begins, *spikes),
    )


def _coming(projection: Projection) -> str:
    number = len(projection.days)
    return "the coming day costs" if number == 1 else f"the {number:,} coming days cost"


def _from_lists(
    estate: Estate, asked: ForecastSettings, budget: Budget, facts: spend.Known
) -> CostForecast:
    coming = estate.as_of + timedelta(days=1)
    period = _period(asked, coming)
    found = spend.spend_in(budget, facts, period)
    if found.usd is None or found.run_rate_usd is None:
        what = (
            "has a cost"
            if found.matched
            else "is there; choose another scope, or give a bill (--billing)"
        )
        raise EmptyInput(f"no resource of {budget.scope} {what}")
    spent, total = float(found.usd), float(found.run_rate_usd)
    left = (period.end - coming).days
    each = (total - spent) / left
    points = tuple(_mean(coming + timedelta(days=at), each) for at in range(left))
    cumulative = tuple(_mean(point.date, spent + each * (at + 1)) for at, point in enumerate(points))
    return _answer(
        estate,
        budget,
        period,
        points=points,
        cumulative=cumulative,
        spent_usd=spent,
        method=RUN_RATE,
        history_days=0,
        notes=(found.note,) if found.note else (),
    )


def _answer(
    estate: Estate,
    budget: Budget,
    period: Period,
    *,
    points: tuple[Point, ...],
    cumulative: tuple[Point, ...],
    spent_usd: float,
    method: str,
    history_days: int,
    notes: tuple[str, ...],
) -> CostForecast:
    before = cumulative[: len(cumulative) - len(points)]
    points, coming = added_up(points, cumulative[len(before) :], spent_usd)
    cumulative = (*map(in_cents, before), *coming)
    end = cumulative[-1]
    return CostForecast(
        points=points,
        method=method,
        history_days=history_days,
        cumulative=cumulative,
        total_usd=end.mean_usd,
        lower_80_usd=end.lower_80_usd,
        upper_80_usd=end.upper_80_usd,
        lower_95_usd=end.lower_95_usd,
        upper_95_usd=end.upper_95_usd,
        spent_usd=float(round_cents(spent_usd)),
        period_start=period.start,
        period_end=period.last_day,
        scope=budget.scope,
        basis="run_rate" if method == RUN_RATE else budget.cost_basis,
        estimated=method == RUN_RATE,
        as_of=estate.as_of,
        source="inventory" if method == RUN_RATE else "costs",
        notes=notes,
        issues=estate.issues,
    )


def _period(asked: ForecastSettings, coming: date) -> Period:
    """The calendar period that holds the first coming day, or so many days from it on."""
    if asked.days is None:
        return period_of(ENDS[asked.to], 1, coming)
    return Period(coming, coming + timedelta(days=asked.days), asked.days * 24 / HOURS_PER_MONTH)


def _mean(day: date, usd: float) -> Point:
    return Point(day, round(usd, 6), None, None, None, None)
