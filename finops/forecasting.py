"""Where will the costs of a period end, given the whole days that have passed?

Spent so far + what the remaining days are expected to add:

- Usage: every remaining day costs the mean of its weekday over the last 28 days ("weekday profile").
  With fewer days of history it is the run rate: the mean of the days elapsed in the period.
- Recurring fees: their median day over the last 28 days, and beyond it (fees charged on one day of
  the month) what the latest known day with the same number in its month had. So a month-start fee
  is counted once and never extrapolated, and a fee charged every day goes on.
- One-time charges count on the day they are billed and are not expected again.

Intervals are empirical: the same projection is replayed on each earlier period of the same kind in
the history, with as many days remaining and nothing known of them, and the relative errors of the
remainder are ranked (split conformal: of n errors the ceil((n + 1) × level)-th smallest). With
fewer than 6 such periods there is no interval, and with fewer than 19 none of 95 %. A dozen periods
are few: the coverage of these intervals has not been measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from finops.periods import between, utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

PROFILE_DAYS = 28
MIN_REPLAYS = 6
COMPLETE = "complete"
_USAGE, _RECURRING, _ONE_TIME = "usage_usd", "recurring_usd", "one_time_usd"

Days: TypeAlias = tuple[date, date]  # the first day, and the first day after the last
Bounds: TypeAlias = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The total of a period at its end, in dollars of the basis of the daily costs.

    ``replays_usd`` is what the total would be if the remainder missed as it did in each earlier
    period: empty where there are fewer than 6, the total itself when no day remains. Bounds are
    null where history does not give them.
    """

    total_usd: float
    lower_80_usd: float | None
    upper_80_usd: float | None
    lower_95_usd: float | None
    upper_95_usd: float | None
    replays_usd: tuple[float, ...]
    method: str
    history_days: int

    def probability_above(self, amount_usd: float) -> float | None:
        """The share of replays that end above the amount, as (k + ½) ÷ (n + 1); None without replays.

        Twelve of twelve is no certainty: the half keeps a few replays from saying 0 or 1.
        """
        if not self.replays_usd:
            return None
        if self.method == COMPLETE:
            return float(self.total_usd > amount_usd)
        above = sum(total > amount_usd for total in self.replays_usd)
        return (above + 0.5) / (len(self.replays_usd) + 1)


def daily_costs(costs: pd.DataFrame, cost_column: str, first: date, last: date) -> pd.DataFrame:
    """Dollars a day from ``first`` to ``last`` (inclusive): usage, recurring fees, one-time charges.

    The split is FOCUS's ChargeFrequency; without one, a Purchase is one-time and the rest is usage.
    A day without charges is 0; a charge without a cost is left out. A charge belongs to the day on
    which it begins.
    """
    inside = costs[between(costs["ChargePeriodStart"], first, last + timedelta(days=1))]
    kind = pd.Series(_USAGE, index=inside.index, dtype="str")
    kind[inside["ChargeFrequency"].eq("Recurring")] = _RECURRING
    unnamed_purchase = inside["ChargeFrequency"].isna() & inside["ChargeCategory"].eq("Purchase")
    kind[inside["ChargeFrequency"].eq("One-Time") | unnamed_purchase] = _ONE_TIME
    amounts = inside[cost_column].astype("float64").fillna(0.0)
    by_day = (
        amounts.groupby([inside["ChargePeriodStart"].dt.floor("D"), kind]).sum().unstack(fill_value=0)
    )
    days = pd.date_range(utc(first), utc(last), freq="D", unit="us")
    return by_day.reindex(index=days, columns=[_USAGE, _RECURRING, _ONE_TIME], fill_value=0.0)


def project_period(daily: pd.DataFrame, period: Days, earlier: Iterable[Days] = ()) -> Projection:
    """The period's total at its end, from ``daily_costs`` up to the last whole day that is known.

    That day lies in the period. ``earlier`` are periods of the same kind before it; those that the
    history does not hold, with 28 days before the replayed day, are passed over.
    """
    history = _History.of(daily)
    start, end = period
    if not start <= history.last < end:
        raise ValueError(f"the last day of the costs, {history.last}, is not in {start} … {end}")
    days = history.length
    spent = history.charged(start, end)
    remaining = (end - history.last).days - 1
    if remaining == 0:
        return _projection(
            spent=spent,
            rest=0.0,
            errors=[0.0],
            bounds=[(spent, spent)] * 2,
            method=COMPLETE,
            days=days,
        )
    rest = history.expected_until(end, since=start)
    profiled = days >= PROFILE_DAYS
    errors = _errors(history, remaining, start, earlier) if profiled and rest > 0 else []
    bounds = [_bounds(spent, rest, errors, level) for level in (80, 95)]
    method = f"weekday profile of the last {PROFILE_DAYS} days" if profiled else "run rate"
    return _projection(spent=spent, rest=rest, errors=errors, bounds=bounds, method=method, days=days)


def _projection(
    *, spent: float, rest: float, errors: list[float], bounds: list[Bounds], method: str, days: int
) -> Projection:
    # To the millionth of a dollar, so that float dust never lifts a total above its budget.
    (lower_80, upper_80), (lower_95, upper_95) = [
        (_rounded(low), _rounded(high)) for low, high in bounds
    ]
    return Projection(
        total_usd=round(spent + rest, 6),
        lower_80_usd=lower_80,
        upper_80_usd=upper_80,
        lower_95_usd=lower_95,
        upper_95_usd=upper_95,
        replays_usd=tuple(round(spent + rest * (1 + error), 6) for error in errors),
        method=method,
        history_days=days,
    )


def _rounded(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 6)


@dataclass(frozen=True, slots=True)
class _History:
    """Daily dollars as arrays: position 0 is the day ``first``."""

    first: date
    usage: NDArray[np.float64]
    recurring: NDArray[np.float64]
    every: NDArray[np.float64]

    @classmethod
    def of(cls, daily: pd.DataFrame) -> _History:
        usage, recurring = daily[_USAGE].to_numpy(), daily[_RECURRING].to_numpy()
        return cls(
            daily.index[0].date(), usage, recurring, usage + recurring + daily[_ONE_TIME].to_numpy()
        )

    @property
    def length(self) -> int:
        return len(self.every)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.length - 1)

    def before(self, day: date) -> _History:
        cut = (day - self.first).days
        return _History(self.first, self.usage[:cut], self.recurring[:cut], self.every[:cut])

    def charged(self, start: date, end: date) -> float:
        begin, stop = max(0, (start - self.first).days), (end - self.first).days
        return float(self.every[begin:stop].sum())

    def expected_until(self, end: date, since: date) -> float:
        """Dollars expected from the day after the last one up to ``end`` (exclusive)."""
        days = [self.last + timedelta(days=ahead) for ahead in range(1, (end - self.last).days)]
        weekday = self._weekday_usage(since)
        # One or two days do not tell a fee of every day from one of the month's start.
        steady = float(np.median(self.recurring[-PROFILE_DAYS:])) if self.length >= 3 else 0.0
        return float(sum(weekday[day.weekday()] + steady + self._fee_on(day, steady) for day in days))

    def _weekday_usage(self, since: date) -> list[float]:
        if self.length < PROFILE_DAYS:
            elapsed = self.usage[max(0, (since - self.first).days) :]
            return [float(elapsed.mean())] * 7
        # Four whole weeks: a row is a week, and its first column the weekday after the last day.
        weeks = self.usage[-PROFILE_DAYS:].reshape(-1, 7).mean(axis=0)
        begins = (self.last + timedelta(days=1)).weekday()
        return [float(weeks[(weekday - begins) % 7]) for weekday in range(7)]

    def _fee_on(self, day: date, steady: float) -> float:
        """What recurring fees add to the steady ones on such a day of the month."""
        year, month = day.year, day.month
        while (year, month) >= (self.first.year, self.first.month):
            position = _position(self.first, year, month, day.day)
            if position is not None and 0 <= position < self.length:
                return float(self.recurring[position]) - steady
            year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        return 0.0


def _position(first: date, year: int, month: int, day: int) -> int | None:
    try:
        return (date(year, month, day) - first).days
    except ValueError:
        return None  # this month is too short for the day


def _errors(history: _History, remaining: int, before: date, earlier: Iterable[Days]) -> list[float]:
    """Relative errors of the remainder, sorted: (charged − expected) ÷ expected. [] below 6."""
    errors = []
    for start, end in earlier:
        cut = end - timedelta(days=min(remaining, (end - start).days - 1))
        if start < history.first or end > before or (cut - history.first).days < PROFILE_DAYS:
            continue
        expected = history.before(cut).expected_until(end, since=start)
        if expected > 0:
            errors.append((history.charged(cut, end) - expected) / expected)
    return sorted(errors) if len(errors) >= MIN_REPLAYS else []


def _bounds(spent: float, rest: float, errors: list[float], level: int) -> Bounds:
    rank = math.ceil((len(errors) + 1) * level / 100)
    if not errors or rank > len(errors):
        return None, None
    spread = sorted(map(abs, errors))[rank - 1] * rest
    return max(spent, spent + rest - spread), spent + rest + spread
