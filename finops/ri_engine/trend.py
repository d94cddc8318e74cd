"""Where does demand go from here? The fleet's growth, and how far pools go ways of their own.

**Growth** is that of the whole fleet: a straight line through the weekly dollars of the last
quarter, drawn towards no growth by its error. Single pools have no growth of their own: where
services come and go a pool's line says little of its next months, and following it cost more than
it saved (``docs/decisions/0006-which-history.md``).

**Spread** is how far a pool may leave the fleet's path: by how much pools did, between the first and
the second half of the quarter. All pools share it: one pool's two halves are a single draw.
"""

from __future__ import annotations

import numpy as np

from finops.ri_engine.quantity import Floats

_WEEK = 7 * 24
QUARTER_WEEKS = 13
_FEWEST_WEEKS = 6
_DAYS_PER_YEAR = 365
# Weeks resemble their neighbours: errors are twice what independent weeks would make of them.
_ALIKE = 4.0
# How fast fleets usually grow or shrink, as a logarithm a year, before this one is looked at.
_USUAL_GROWTH = 0.3
# A pool further off came or went, as a logarithm.
_MOST = 1.0


def fleet_growth(demand: Floats, usd: Floats) -> float:
    """The growth of the fleet as a logarithm a year; 0 with less than six whole weeks of hours.

    ``demand`` is (P, T) instance-hours of consecutive hours, ``usd`` (P,) what one costs On-Demand.
    A week without any demand leaves no line to draw: 0.
    """
    weeks = min(QUARTER_WEEKS, demand.shape[1] // _WEEK)
    if weeks < _FEWEST_WEEKS:
        return 0.0
    hours: Floats = usd @ demand[:, -weeks * _WEEK :]
    weekly = hours.reshape(weeks, _WEEK).mean(axis=1)
    if weekly.min() <= 0:
        return 0.0
    level = np.log(weekly)
    at = (np.arange(weeks) - (weeks - 1) / 2) * 7 / _DAYS_PER_YEAR
    slope = float(level @ at / (at @ at))
    rest = level - level.mean() - slope * at
    variance = _ALIKE * float(rest @ rest) / (weeks - 2) / float(at @ at)
    return float(slope * _USUAL_GROWTH**2 / (_USUAL_GROWTH**2 + variance))


def pool_spread(demand: Floats, usd: Floats) -> float:
    """By how much pools left the fleet's path: a standard deviation of logarithms over half a quarter.

    Pools weigh by the root of their dollars, those without demand not at all. 0 with less than six
    whole weeks of hours. Arguments as in ``fleet_growth``.
    """
    weeks = min(QUARTER_WEEKS, demand.shape[1] // _WEEK)
    if weeks < _FEWEST_WEEKS:
        return 0.0
    quarter = demand[:, -weeks * _WEEK :]
    half = quarter.shape[1] // 2
    before, after = quarter[:, :half].mean(axis=1), quarter[:, half:].mean(axis=1)
    if not (usd @ before > 0 and usd @ after > 0):
        return 0.0
    fleet = float(usd @ after) / float(usd @ before)
    stayed = (before > 0) & (after > 0)
    ratio = np.divide(after, before, out=np.ones_like(after), where=stayed) / fleet
    step = np.where(stayed, np.clip(np.log(ratio), -_MOST, _MOST), _MOST)
    weight = np.sqrt(usd * (before + after))
    return float(np.sqrt(weight @ step**2 / weight.sum()))
