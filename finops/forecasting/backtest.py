"""Which model would have forecast best, and by how much does it miss?

Every model is replayed at up to 60 origins in the history, evenly apart, over as many days as are asked
for now; fees are expected at each origin as they are now. The model with the least mean absolute error
of the sum is chosen. An error is measured in usual days of its origin: the mean day of the four weeks
before it, usage and steady fees; in dollars where either then or now there was no such day. With fewer
than eight replays nothing is chosen, and there are no errors. Replays know which fees there are; what
they come to, and all usage, they know only up to their origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import expected_fees, steady_fees
from finops.forecasting.models import (
    MODELS,
    PROFILE,
    PROFILE_DAYS,
    PROFILE_WEEKS,
    RUN_RATE,
    WEEK,
    Question,
)

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

MOST_REPLAYS, FEWEST_REPLAYS = 60, 8
# From 16 weeks on, rhythm is that of eight weeks, and trend has two times four to look at.
_LONG_WEEKS, _LONG_DAYS = 8, 112
_SHORT_WEEKS = 2
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Outlook:
    """Dollars of each coming day, the method they are from, and by how much it missed in R replays.

    ``missed`` (R, days) is charged − expected of each day, in dollars of now: usual days of then times
    the usual day of now. ``span`` is the number of days from the first origin to the last.
    """

    expected: Floats
    method: str
    missed: Floats
    span: int


def outlook(history: History, days: int, elapsed: int) -> Outlook:
    """The ``days`` days after the history, of which ``elapsed`` lie in the period."""
    count = history.days
    calendar = Calendar.of(history.first, count + days)
    if count < _SHORT_WEEKS * WEEK:
        return _unproven(history, calendar, days, elapsed)
    weeks = _LONG_WEEKS if count >= _LONG_DAYS else min(PROFILE_WEEKS, count // WEEK)
    origins = np.append(_origins(count, days, weeks), count)
    if len(origins) <= FEWEST_REPLAYS:
        return _unproven(history, calendar, days, elapsed)
    asked = Question.of(history.usage, calendar, origins, days, elapsed, weeks)
    fees = expected_fees(history.recurring, calendar, origins, days)
    charged = history.every[origins[:-1, None] + np.arange(days)]
    usual = usual_days(history, origins)
    comparable = (usual[:-1] > 0) & (usual[-1] > 0)
    scale = np.where(comparable, usual[-1] / np.where(comparable, usual[:-1], 1), 1.0)
    least, best = np.inf, Outlook(np.empty(0), "", np.empty((0, days)), 0)
    for name, model in MODELS.items():
        expected = model(asked) + fees
        missed = (charged - expected[:-1]) * scale[:, None]
        error = float(np.abs(missed.sum(axis=1)).mean())
        if error < least - _TIE * days * usual[-1]:
            least, best = error, Outlook(expected[-1], name, missed, int(origins[-2] - origins[0]))
    return best


def _origins(count: int, days: int, weeks: int) -> Ints:
    """Up to 60, the last of them so that its days are just known."""
    first = weeks * WEEK + (WEEK if weeks == _LONG_WEEKS else 0)
    last = count - days
    step = max(1, -(-(last - first + 1) // MOST_REPLAYS))
    return np.arange(last, max(first, PROFILE_DAYS) - 1, -step)[::-1]


def usual_days(history: History, origins: Ints) -> Floats:
    """The mean day of the four weeks before each origin."""
    sums = np.concatenate([[0.0], np.cumsum(np.abs(history.usage))])
    back = np.minimum(origins, PROFILE_DAYS)
    usage = (sums[origins] - sums[origins - back]) / back
    usual: Floats = usage + np.abs(steady_fees(history.recurring, origins))
    return usual


def _unproven(history: History, calendar: Calendar, days: int, elapsed: int) -> Outlook:
    """The weekday profile of two to four whole weeks, or below two weeks the run rate."""
    origins, weeks = np.array([history.days]), min(PROFILE_WEEKS, history.days // WEEK)
    fees = expected_fees(history.recurring, calendar, origins, days)[0]
    if weeks < _SHORT_WEEKS:
        name, usage = RUN_RATE, np.full(days, history.usage[-elapsed:].mean())
    else:
        asked = Question.of(history.usage, calendar, origins, days, elapsed, weeks)
        name, usage = PROFILE, MODELS[PROFILE](asked)[0]
    method = f"{name}: too few days of history to back-test ({history.days})"
    return Outlook(usage + fees, method, np.empty((0, days)), 0)
