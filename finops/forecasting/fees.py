"""Which fees do coming days bring? Those of every day, and those of one day in each month.

A recurring fee is *steady* where it is charged every day: its median over a week. What a day has beyond
it belongs to that day of the month, and is expected again on the next day of this number, as high as
it last was: so a month-start fee is counted once and never extrapolated. A month that lacks the number
brings it on its last day, until it has once not done so. One or two days of history do not tell a daily
fee from a monthly one, and all of it then counts as the month's.

Bills do not label every fee. A day of usage counts as a fee's where, in each of up to six latest months
and at least two, it stood out from the fortnight around it by half and by five times what days differ;
the last days of months are such days, too.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import median_filter

from finops.forecasting.daily import Calendar, History

if TYPE_CHECKING:
    from finops.forecasting.daily import Flags, Floats, Ints

_WEEK = 7
_AROUND = 7
_STANDS_OUT, _DIFFERENCES = 0.5, 5.0
_MONTHS = 6
_FEWEST_DAYS = 35
_NUMBERS = 32  # 0 is no day of a month
_STILL_THAT = 2.0


def without_hidden_fees(history: History, calendar: Calendar) -> History:
    """The history with fees that are not labelled moved from usage to recurring."""
    fees = hidden_fees(history.usage[None], calendar)[0]
    return History(history.first, history.usage - fees, history.recurring + fees, history.one_time)


def hidden_fees(usage: Floats, calendar: Calendar) -> Floats:
    """The fees that no label tells among the usage of S series, in dollars a day; both (S, D)."""
    fees, days = np.zeros_like(usage), usage.shape[1]
    if days < _FEWEST_DAYS:
        return fees
    excess, stands_out = standing_out(usage)
    numbers = (calendar.day[:days] == number for number in range(1, _NUMBERS))
    for chosen in (*numbers, calendar.last[:days]):
        same = np.flatnonzero(chosen)
        latest = same[-_MONTHS:]
        if len(latest) > 1:
            at = np.ix_(np.flatnonzero(stands_out[:, latest].all(axis=1)), same)
            fees[at] = np.maximum(excess[at], 0)
    return fees


def standing_out(usage: Floats) -> tuple[Floats, Flags]:
    """Dollars of days of S series beyond the fortnight around, and which stand out; both (S, D)."""
    excess = usage - median_filter(usage, (1, 2 * _AROUND + 1), mode="mirror")
    typical, differ = usage - excess, np.median(np.abs(excess), axis=1, keepdims=True)
    return excess, excess > np.maximum(_STANDS_OUT * np.abs(typical), _DIFFERENCES * differ)


def expected_fees(recurring: Floats, calendar: Calendar, origins: Ints, days: int) -> Floats:
    """Dollars of each of ``days`` days from each origin on, known up to its eve: (O, days)."""
    if not recurring.any():
        return np.zeros((len(origins), days))
    steady_then, steady_now = _steady(recurring, origins)
    known, moved = _by_number(recurring - steady_then, calendar)
    ahead = origins[:, None] + np.arange(days)
    origin, number = np.arange(len(origins))[:, None], calendar.day[ahead]
    expected: Floats = steady_now[:, None] + known[origins][origin, number]
    expected += np.where(calendar.last[ahead], moved[origins][origin, number], 0.0)
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


def _by_number(beyond: Floats, calendar: Calendar) -> tuple[Floats, Floats]:
    """What each number of a month last had on the eve of each day, and what those after it bring to the
    last day of a month that ends with it, both (D + 1, 32)."""
    known = np.zeros((len(beyond) + 1, _NUMBERS))
    moves = np.ones(known.shape, dtype=bool)
    now, does_move = known[0].copy(), moves[0].copy()
    days = zip(beyond.tolist(), calendar.day.tolist(), calendar.last.tolist(), strict=False)
    for eve, (usd, number, last) in enumerate(days, start=1):
        later = [after for after in range(number + 1, _NUMBERS) if last and now[after]]
        if later:
            came = _came(now, number, later, usd)
            does_move[later] = np.isin(later, came)
            now[[number, *came]] = _shared(now[[number, *came]], usd)
        else:
            now[number] = usd
        known[eve], moves[eve] = now, does_move
    from_it_on = np.where(moves, known, 0.0)[:, ::-1].cumsum(axis=1)[:, ::-1]
    return known, np.pad(from_it_on[:, 1:], ((0, 0), (0, 1)))


def _came(known: Floats, number: int, later: list[int], usd: float) -> list[int]:
    """Which later numbers' fees a last day had beside its own: those nearest to its dollars."""
    every = (chosen for size in range(len(later), -1, -1) for chosen in combinations(later, size))
    nearest = min(every, key=lambda chosen: abs(usd - known[number] - known[list(chosen)].sum()))
    return list(nearest)


def _shared(known: Floats, usd: float) -> Floats:
    """The dollars of a last day among its own number, the first, and those that came with it."""
    whole = known.sum()
    shared: Floats = known.copy()
    if len(known) > 1 and whole and 0 <= usd / whole <= _STILL_THAT:
        shared *= usd / whole
    else:
        shared[0] = usd - known[1:].sum()
    return shared
