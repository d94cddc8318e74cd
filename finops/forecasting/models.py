"""What will usage cost on coming days, by each of six simple models?

- *weekday profile*: each day costs the mean of its weekday over the last four weeks;
- *exponential smoothing*: a level, smoothed by 0.05 over days without their weekday rhythm, times the
  rhythm of the last four or eight weeks;
- *damped trend*: a level smoothed by 0.1 that goes on growing at half the rate of the last four weeks
  over the four before, less and less;
- *month profile*: a level smoothed by 0.1, times the rhythm, times what that day of the month has cost
  more than others in earlier months;
- *seasonal naive*: the last week again;
- *run rate*: the mean of the days elapsed in the period, every day.

Every forecast knows only the days before its origin, so that replaying one in the past is a fair test.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import lfilter

from finops.forecasting.daily import Calendar
from finops.forecasting.month_shape import month_factors, month_slots

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

WEEK = 7
PROFILE_WEEKS = 4
PROFILE_DAYS = PROFILE_WEEKS * WEEK
PROFILE = "weekday profile"
RUN_RATE = "run rate"

_SLOW, _FAST = 0.05, 0.1
_GROWTH_KEPT, _DAMPING, _STEEPEST = 0.5, 0.98, 0.01
# A level smoothed by a is that of about 1/a − 1 days ago.
_LAG = 1 / _FAST - 1
_LEAST_FACTOR = 1e-3


@dataclass(frozen=True, slots=True)
class Question:
    """Usage before each of ``origins`` (positions in ``usage``), asked for the ``days`` from it on.

    ``elapsed`` days of the period have passed; ``calendar`` holds the days asked for too. Rhythm is that
    of ``weeks`` weeks, and no origin has fewer before it: ``rhythm`` (O, days) is what each day asked
    for costs as a multiple of the mean day, ``even`` the days of the history divided by theirs.
    """

    usage: Floats
    calendar: Calendar
    origins: Ints
    days: int
    elapsed: int
    weeks: int
    rhythm: Floats
    even: Floats

    @classmethod
    def of(  # noqa: PLR0917
        cls, usage: Floats, calendar: Calendar, origins: Ints, days: int, elapsed: int, weeks: int
    ) -> Question:
        rhythm = _rhythm(usage, origins, days, weeks)
        return cls(usage, calendar, origins, days, elapsed, weeks, rhythm, _even(usage, weeks))


Model = Callable[[Question], "Floats"]


def weekday_profile(asked: Question) -> Floats:
    """Dollars a day, (O, days), as from every model."""
    weeks = min(asked.weeks, PROFILE_WEEKS)
    return _weekday_means(asked.usage, weeks)[_last_week(asked.origins, asked.days)]


def exponential_smoothing(asked: Question) -> Floats:
    return _level(asked.even, _SLOW, asked.origins) * asked.rhythm


def damped_trend(asked: Question) -> Floats:
    even, latest = asked.even, asked.origins
    earlier = np.maximum(latest - PROFILE_DAYS, 0)
    now, then = (_mean(even, ends, np.minimum(ends, PROFILE_DAYS)) for ends in (latest, earlier))
    known = (now > 0) & (then > 0)
    growth = np.log(np.where(known, now, 1) / np.where(known, then, 1)) / PROFILE_DAYS
    kept = _GROWTH_KEPT * np.clip(growth, -_STEEPEST, _STEEPEST)
    ahead = _LAG + np.cumsum(_DAMPING ** np.arange(asked.days))
    return _level(even, _FAST, latest) * np.exp(kept[:, None] * ahead) * asked.rhythm


def month_profile(asked: Question) -> Floats:
    count, origins = len(asked.even), asked.origins
    factors, slot = month_factors(asked.even, asked.calendar), month_slots(asked.calendar)
    month = asked.calendar.month - asked.calendar.month[0]
    level = _level(asked.even / factors[month[:count], slot[:count]], _FAST, origins)
    coming = slot[origins[:, None] + np.arange(asked.days)]
    expected: Floats = level * asked.rhythm * factors[month[origins][:, None], coming]
    return expected


def seasonal_naive(asked: Question) -> Floats:
    return asked.usage[_last_week(asked.origins, asked.days)]


def run_rate(asked: Question) -> Floats:
    rate = _mean(asked.usage, asked.origins, np.minimum(asked.elapsed, asked.origins))
    return np.repeat(rate[:, None], asked.days, axis=1)


# The first wins a tie.
MODELS: Mapping[str, Model] = {
    PROFILE: weekday_profile,
    "exponential smoothing": exponential_smoothing,
    "damped trend": damped_trend,
    "month profile": month_profile,
    "seasonal naive": seasonal_naive,
    RUN_RATE: run_rate,
}


def _last_week(origins: Ints, days: int) -> Ints:
    """For each day asked for, the position of its weekday in the week before the origin."""
    return origins[:, None] - WEEK + np.arange(days) % WEEK


def _mean(costs: Floats, ends: Ints, back: Ints) -> Floats:
    """The mean of the ``back`` days before each of ``ends``; 0 where that is no day."""
    sums = np.concatenate([[0.0], np.cumsum(costs)])
    mean: Floats = (sums[ends] - sums[ends - back]) / np.maximum(back, 1)
    return mean


def _weekday_means(costs: Floats, weeks: int) -> Floats:
    """The mean of each day and the same weekday in the weeks before; unknown days count as 0."""
    sums = np.zeros_like(costs)
    for week in range(weeks):
        sums[week * WEEK :] += costs[: len(costs) - week * WEEK]
    return sums / weeks


def _rhythm(usage: Floats, origins: Ints, days: int, weeks: int) -> Floats:
    mean = _mean(usage, origins, np.full(len(origins), weeks * WEEK))[:, None]
    of_weekday = _weekday_means(usage, weeks)[_last_week(origins, days)]
    return np.where(mean > 0, of_weekday / np.where(mean > 0, mean, 1), 1.0)


def _even(usage: Floats, weeks: int) -> Floats:
    """Days without their rhythm, by the weeks before them; those of the first weeks by these weeks."""
    back = weeks * WEEK
    ends = np.maximum(np.arange(len(usage)), back)
    mean = _mean(usage, ends, np.full(len(ends), back))
    weekday = ends - WEEK + (np.arange(len(usage)) - ends) % WEEK
    of_weekday = _weekday_means(usage, weeks)[weekday]
    # A weekday that has cost nothing tells no level: the mean of the weeks stands for it.
    told = (mean > 0) & (of_weekday > _LEAST_FACTOR * mean)
    return np.where(told, usage * mean / np.where(told, of_weekday, 1), mean)


def _level(costs: Floats, weight: float, origins: Ints) -> Floats:
    """The smoothed level on the eve of each origin, (O, 1), begun at the mean of the first week."""
    before = costs[:WEEK].mean()
    levels: Floats = lfilter([weight], [1.0, weight - 1], costs, zi=[(1 - weight) * before])[0]
    return levels[origins - 1][:, None]
