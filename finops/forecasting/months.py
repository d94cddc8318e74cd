"""What will each of the coming calendar months cost, and by how much was that wrong before?

One model (``long_trend``), with fees on their days and no one-time charge again, is held against three
naive rules: the last month again, the last week again, and the run rate of four weeks. All are replayed
from every seventh day of the history at which a whole month was known, for every whole month that
followed; each replay knows only the days before it, also of which usage is a fee. The model is not
chosen among others on these replays, so that what it missed there is what it misses. Where it is not
better than the best of the rules, over all horizons that were tested, the months are those of that rule.

A month has an interval where replays of its horizon span at least as many days as it is ahead
(``intervals``); further months have none, for history cannot test it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from finops.forecasting.backtest import FEWEST_REPLAYS, MOST_REPLAYS, usual_days
from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import expected_fees, without_hidden_fees
from finops.forecasting.intervals import LEVELS, half_width, stretched
from finops.forecasting.long_trend import LONG_TREND, long_trend
from finops.forecasting.models import PROFILE_DAYS, PROFILE_WEEKS, WEEK, Question
from finops.periods import Month

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

LAST_MONTH, LAST_WEEK, RUN_RATE = "last month again", "last week again", "run rate of four weeks"
NAIVE = (LAST_MONTH, LAST_WEEK, RUN_RATE)
UNTESTED = "run rate of usage, fees on their days"
_LONGEST_MONTH = 31
_PLACES = 6
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Bounded:
    """Dollars and their bounds, which are None where history does not test them."""

    mean_usd: float
    lower_80_usd: float | None
    upper_80_usd: float | None
    lower_95_usd: float | None
    upper_95_usd: float | None


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """A whole month by itself, and with all that come before it."""

    month: Month
    alone: Bounded
    to_date: Bounded


@dataclass(frozen=True, slots=True)
class Tested:
    """What was missed ``months`` months ahead, in ``replays`` replays: mean absolute errors.

    ``missed_usd`` by method in dollars, ``missed_pct`` in percent of what these months cost on average,
    empty where they cost nothing.
    """

    months: int
    replays: int
    missed_usd: Mapping[str, float]
    missed_pct: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsAhead:
    """``method`` is that of ``months``, ``naive`` the best naive rule, None where none was tested.

    ``tested`` has one row a horizon with eight replays or more, the nearest first. ``beaten`` says that
    the model is better than ``naive``: its months are shown then, else those of the rule. ``by_method``
    is what each method expects of each month, in dollars.
    """

    months: tuple[MonthAhead, ...]
    method: str
    naive: str | None
    beaten: bool
    tested: tuple[Tested, ...]
    by_method: Mapping[str, tuple[float, ...]]
    history_days: int


def project_months(daily: pd.DataFrame, months: int) -> MonthsAhead:
    """The whole calendar months after the last day of ``daily_costs``, ``months`` (1 or more) of them.

    What is left of a month that has begun is not among them. Without a whole month and eight replays
    nothing is tested: the months are the run rate of usage, of four weeks or the days there are, and the
    fees that are known, so that a month-start fee of a short bill is counted once a month.
    """
    history = History.of(daily)
    replays = _Replays(history, months)
    errors = {name: np.abs(sums - replays.charged) for name, sums in replays.expected.items()}
    tested = tuple(_tested(replays, errors))
    naive = min(NAIVE, key=lambda name: _missed(tested, name)) if tested else None
    beaten = naive is not None and _missed(tested, LONG_TREND) < _missed(tested, naive) * (1 - _TIE)
    method = LONG_TREND if beaten else naive or UNTESTED
    if not tested:
        replays.expected[UNTESTED] = replays.untested()
    return MonthsAhead(
        months=tuple(_months(replays, method, tested=bool(tested))),
        method=method if tested else f"{method}: too few days of history to test it ({history.days})",
        naive=naive,
        beaten=beaten,
        tested=tested,
        by_method={name: tuple(sums[-1].tolist()) for name, sums in replays.expected.items()},
        history_days=history.days,
    )


class _Replays:
    """Sums of whole months, (O, months), from each origin; the last origin is now.

    ``charged`` is what the months came to, NaN where that is not known whole; ``ahead`` the days from an
    origin to the end of each month.
    """

    def __init__(self, history: History, months: int) -> None:
        count = history.days
        self.history = history
        self.ahead_days = _LONGEST_MONTH * (months + 1)
        self.calendar = Calendar.of(history.first, count + self.ahead_days)
        month = self.calendar.month
        # Position of the first day of each month, by its number from that of the first day on.
        self._starts = np.searchsorted(month, np.arange(month[0], month[-1] + 1))
        self.origins = self._origins()
        running = month[self.origins] - month[0]
        begun = self.calendar.day[self.origins] > 1
        first = running + begun
        number = first[:, None] + np.arange(months)
        self.starts, self.ends = self._starts[number], self._starts[number + 1]
        self.ahead = self.ends - self.origins[:, None]
        self.first_month = first[-1] + month[0]
        charged = np.concatenate([[0.0], np.cumsum(history.every)])
        known = self.ends <= count
        spent = charged[np.minimum(self.ends, count)] - charged[np.minimum(self.starts, count)]
        self.charged: Floats = np.where(known, spent, np.nan)
        self._sums = charged
        self.usual = usual_days(history, self.origins)
        self.expected: dict[str, Floats] = {LONG_TREND: self._model()} if count >= PROFILE_DAYS else {}
        self.expected |= self._naive()

    def _origins(self) -> Ints:
        """Every seventh day back from now at which a whole month, and four weeks, were known."""
        count = self.history.days
        whole = 0 if self.calendar.day[0] == 1 else 1
        first = max(PROFILE_DAYS, int(self._starts[whole + 1]))
        earlier = np.arange(count, first - 1, -WEEK)[: MOST_REPLAYS + 1]
        return earlier[::-1] if len(earlier) else np.array([count])

    def untested(self) -> Floats:
        """Sums of months by the mean day of usage and the fees, where there is little history."""

        def rate(usage: Floats, _origin: Ints) -> Floats:
            return np.full((1, self.ahead_days), usage[-PROFILE_DAYS:].mean())

        return self._replayed(rate)

    def _model(self) -> Floats:
        def trend(usage: Floats, origin: Ints) -> Floats:
            return long_trend(
                Question.of(usage, self.calendar, origin, self.ahead_days, PROFILE_DAYS, PROFILE_WEEKS)
            )

        return self._replayed(trend)

    def _replayed(self, usage_ahead: Callable[[Floats, Ints], Floats]) -> Floats:
        """Sums of months, with fees, by what is known up to the eve of each origin and no later.

        ``usage_ahead`` has the usage of these days, and gives that of coming days, (1, days).
        """
        daily = []
        for count in self.origins.tolist():
            known = without_hidden_fees(self.history.until(count), self.calendar)
            origin = np.array([count])
            fees = expected_fees(known.recurring, self.calendar, origin, self.ahead_days)
            daily.append(usage_ahead(known.usage, origin) + fees)
        return self._by_month(np.vstack(daily))

    def _by_month(self, daily: Floats) -> Floats:
        """Sums (O, months) of dollars a day (O, days) from each origin on."""
        sums = np.pad(np.cumsum(daily, axis=1), ((0, 0), (1, 0)))
        rows = np.arange(len(self.origins))[:, None]
        ends, starts = self.ends - self.origins[:, None], self.starts - self.origins[:, None]
        months: Floats = sums[rows, ends] - sums[rows, starts]
        return months

    def _naive(self) -> dict[str, Floats]:
        month, days = self.calendar.month - self.calendar.month[0], self.ends - self.starts
        last = month[self.origins] - 1  # the whole month before each origin
        begins, over = self._starts[np.maximum(last, 0)], self._starts[last + 1]
        of_month = self._sums[np.minimum(over, self.history.days)] - self._sums[begins]
        back = np.minimum(self.origins, PROFILE_DAYS)
        rate = (self._sums[self.origins] - self._sums[self.origins - back]) / back
        week = np.minimum(self.origins, WEEK)
        place = self.origins[:, None] - week[:, None] + np.arange(self.ahead_days) % week[:, None]
        return {
            LAST_MONTH: np.repeat(of_month[:, None], days.shape[1], axis=1),
            LAST_WEEK: self._by_month(self.history.every[place]),
            RUN_RATE: rate[:, None] * days,
        }


def _tested(replays: _Replays, errors: Mapping[str, Floats]) -> list[Tested]:
    rows = []
    for at in range(replays.charged.shape[1]):
        known = ~np.isnan(replays.charged[:, at])
        count = int(known.sum())
        if count < FEWEST_REPLAYS:
            break
        cost = float(np.abs(replays.charged[known, at]).mean())
        missed = {name: float(each[known, at].mean()) for name, each in errors.items()}
        pct = {name: usd / cost * 100 for name, usd in missed.items()} if cost > 0 else {}
        rows.append(Tested(at + 1, count, missed, pct))
    return rows


def _missed(tested: tuple[Tested, ...], name: str) -> float:
    """Dollars that a method missed, over all horizons alike."""
    return float(np.mean([row.missed_usd[name] for row in tested]))


def _months(replays: _Replays, method: str, *, tested: bool) -> list[MonthAhead]:
    expected = replays.expected[method]
    usual = replays.usual
    comparable = (usual > 0) & (usual[-1] > 0)
    scale = np.where(comparable, usual[-1] / np.where(comparable, usual, 1), 1.0)
    missed = (replays.charged - expected) * scale[:, None]
    both = (missed, np.cumsum(missed, axis=1))
    history = replays.history
    floor = 0.0 if bool((history.usage >= 0).all() and (history.recurring >= 0).all()) else -np.inf
    rows = []
    for at, mean in enumerate(expected[-1].tolist()):
        number = int(replays.first_month) + at
        means = (mean, float(expected[-1, : at + 1].sum()))
        alone, to_date = (
            _bounded(replays, usd, of[:, at], at, floor if tested else None)
            for usd, of in zip(means, both, strict=True)
        )
        rows.append(MonthAhead(Month(1970 + number // 12, number % 12 + 1), alone, to_date))
    return rows


def _bounded(replays: _Replays, mean: float, missed: Floats, at: int, floor: float | None) -> Bounded:
    """``missed`` (O,) of the month, or of all up to it; no ``floor`` where nothing was tested."""
    known = np.flatnonzero(~np.isnan(missed))
    ahead = replays.ahead[-1, at]
    span = int(np.ptp(replays.origins[known])) if len(known) else 0
    if floor is None or len(known) < FEWEST_REPLAYS or span < ahead:
        return Bounded(round(mean, _PLACES), None, None, None, None)
    believed = stretched(missed[known][:, None], span, np.array([ahead]))
    found: list[float] = []
    for level in LEVELS:
        reach = float(half_width(believed, level)[0])
        found += [round(max(min(floor, mean), mean - reach), _PLACES), round(mean + reach, _PLACES)]
    low_80, high_80, low_95, high_95 = found
    return Bounded(round(mean, _PLACES), low_80, high_80, low_95, high_95)
