"""Which days of a month cost more than others, month after month?

A month's days are compared with its mean, along a straight line where months grow or shrink. Days are
counted from the month's start up to the 16th and from its end after that, so that last days meet last
days. A slot departs from 1 as far as the earlier months agree on it: its mean departure is kept by
1 − 3 × (squared standard error ÷ squared departure), and not at all where that is negative, so that
chance leaves no shape.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finops.forecasting.daily import Calendar

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

_SLOTS = 31
_FROM_START = 16
_STRICTNESS = 3.0
_STEEPEST = 0.01  # of the mean, a day
_MONTH_DAYS = 30.4
_LEAST_FACTOR = 0.1


def month_slots(calendar: Calendar) -> Ints:
    """The slot of each day: 0–15 from the month's start, …–30 towards its end."""
    from_end = _SLOTS - 1 - (calendar.length - calendar.day)
    return np.where(calendar.day <= _FROM_START, calendar.day - 1, from_end)


def month_factors(costs: Floats, calendar: Calendar) -> Floats:
    """Factors around 1, (months + 1, 31): row m is what the whole months before month m tell.

    Months are counted from that of the first day; ``costs`` are days without weekday rhythm.
    """
    count = len(costs)
    month, slot = calendar.month[:count] - calendar.month[0], month_slots(calendar)[:count]
    months = int(month[-1]) + 1
    by_slot = np.full((months, _SLOTS), np.nan)
    by_slot[month, slot] = costs
    days = np.bincount(month, minlength=months)
    sums = np.bincount(month, weights=costs, minlength=months)
    lengths = np.zeros(months)
    lengths[month] = calendar.length[:count]
    whole = (days == lengths) & (sums > 0)
    mean = np.where(whole, sums / days, np.nan)
    line = 1 + _slopes(mean)[:, None] * (np.arange(_SLOTS) - _SLOTS // 2)
    departures = np.where(whole[:, None], by_slot / mean[:, None] / line - 1, np.nan)
    factors: Floats = np.vstack([np.ones(_SLOTS), 1 + _agreed(departures)])
    return factors


def _slopes(mean: Floats) -> Floats:
    """Growth a day from the month before, as a share; 0 where that is not known."""
    growth = np.diff(np.log(mean), prepend=np.nan) / _MONTH_DAYS
    slopes: Floats = np.clip(np.nan_to_num(growth), -_STEEPEST, _STEEPEST)
    return slopes


def _agreed(departures: Floats) -> Floats:
    known = ~np.isnan(departures)
    count = np.cumsum(known, axis=0)
    filled = np.where(known, departures, 0.0)
    mean = np.cumsum(filled, axis=0) / np.maximum(count, 1)
    squares = np.maximum(np.cumsum(filled**2, axis=0) - count * mean**2, 0)
    several = count > 1
    variance = np.where(several, squares / np.maximum(count - 1, 1), 0.0)
    pooled = variance.sum(axis=1) / np.maximum(several.sum(axis=1), 1)
    error = pooled[:, None] / np.maximum(count, 1)
    signal = np.where(mean == 0, np.inf, mean**2)
    kept = np.where(several, np.maximum(0, 1 - _STRICTNESS * error / signal), 0.0)
    agreed: Floats = np.maximum(mean * kept, _LEAST_FACTOR - 1)
    return agreed
