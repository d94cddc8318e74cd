"""Which fees do coming days bring? Those of every day, and those of one day in each month.

A recurring fee is *steady* where it is charged every day: its median over a week. What a day has beyond
it belongs to that day of the month, and is expected again on the next day of this number, as high as
it last was: so a month-start fee is counted once and never extrapolated. One or two days of history do
not tell the two apart, and all of it then counts as the month's.

Bills do not label every fee. A day of usage counts as a fee's where, in each of up to six latest months
and at least two, it stood out from the fortnight around it by half and by five times what days differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from finops.forecasting.daily import Calendar, History

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

_WEEK = 7
_AROUND = 7
_STANDS_OUT, _DIFFERENCES = 0.5, 5.0
_MONTHS = 6
_FEWEST_DAYS = 35


def without_hidden_fees(history: History, calendar: Calendar) -> History:
    """The history with fees that are not labelled moved from usage to recurring."""
    fees = hidden_fees(history.usage[None], calendar)[0]
    return History(history.first, history.usage - fees, history.recurring + fees, history.one_time)


def hidden_fees(usage: Floats, calendar: Calendar) -> Floats:
    """The fees that no label tells among the usage of S series, in dollars a day; both (S, D)."""
    fees, days = np.zeros_like(usage), usage.shape[1]
    if days < _FEWEST_DAYS:
        return fees
    excess = usage - median_filter(usage, (1, 2 * _AROUND + 1), mode="mirror")
    typical, differ = usage - excess, np.median(np.abs(excess), axis=1, keepdims=True)
    stands_out = excess > np.maximum(_STANDS_OUT * np.abs(typical), _DIFFERENCES * differ)
    for number in range(1, 32):
        same = np.flatnonzero(calendar.day[:days] == number)
        latest = same[-_MONTHS:]
        if len(latest) > 1:
            at = np.ix_(np.flatnonzero(stands_out[:, latest].all(axis=1)), same)
            fees[at] = np.maximum(excess[at], 0)
    return fees


def expected_fees(recurring: Floats, calendar: Calendar, origins: Ints, days: int) -> Floats:
    """Dollars of each of ``days`` days from each origin on, known up to its eve: (O, days)."""
    if not recurring.any():
        return np.zeros((len(origins), days))
    steady_then, steady_now = _steady(recurring, origins)
    beyond = np.append(recurring - steady_then, 0.0)  # position -1: no such day is known
    before = _same_number_before(calendar.day)
    found = origins[:, None] + np.arange(days)
    while (late := found >= origins[:, None]).any():
        found = np.where(late, before[found], found)
    expected: Floats = steady_now[:, None] + beyond[found]
    return expected


def steady_fees(recurring: Floats, origins: Ints) -> Floats:
    """Dollars that fees come to on every day, known up to the eve of each origin: (O,)."""
    return _steady(recurring, origins)[1]


def _steady(recurring: Floats, origins: Ints) -> tuple[Floats, Floats]:
    """What every day has: around each day of the history, and on the eve of each origin."""
    count = len(recurring)
    if not recurring.any():
        return np.zeros(count), np.zeros(len(origins))
    if count < _WEEK:
        level = float(np.median(recurring)) if count > 2 else 0.0
        return np.full(count, level), np.full(len(origins), level)
    half = _WEEK // 2
    weeks = median_filter(recurring, _WEEK)[half:-half]
    return np.pad(weeks, half, mode="edge"), weeks[np.maximum(origins - _WEEK, 0)]


def _same_number_before(day: Ints) -> Ints:
    """For each day the position of the latest one before it with its number in the month, or -1."""
    latest = [-1] * 32
    before = []
    for position, number in enumerate(day.tolist()):
        before.append(latest[number])
        latest[number] = position
    return np.array(before, dtype=np.int64)
