"""When does an instance run? One array per rhythm: quarters of each hour of the history, 0 to 4.

Demand is computed in integers, so that no rounding of a machine decides over a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scripts.demo_data.timeline import (
    DAY,
    DAYS,
    HOUR_OF_DAY,
    HOURS,
    QUARTERS,
    WEEKDAY,
    WEEKEND,
    Ints,
    random,
)

Rhythm = Callable[[int], Ints]

_DEMAND_TOPIC, _BUILDS_TOPIC = 1, 2

# Percent of the day's peak by hour of the day, UTC: customers in North America.
_WEB_DAY = np.array(
    [62, 50, 40, 34, 30, 28, 28, 30, 34, 40, 50, 62, 76, 86, 92, 96, 98, 100, 100, 98, 96, 92, 84, 74]
)
_WEB_WEEK = np.array([100, 98, 100, 100, 104, 70, 62])
# Percent of today's traffic at the beginning of every second month: growth and a holiday season.
_WEB_GROWTH = (62, 78, 74, 76, 84, 94, 100, 102)


def always(_: int) -> Ints:
    """Day and night."""
    return _quarters(np.ones(HOURS, dtype=bool))


def office_hours(_: int) -> Ints:
    """Monday to Friday, 08:00 to 18:00 UTC."""
    return _quarters((WEEKDAY < 5) & (HOUR_OF_DAY >= 8) & (HOUR_OF_DAY < 18))


def batch(_: int) -> Ints:
    """Every night from 22:00 to 04:00 UTC, on Saturday and Sunday also from 10:00 to 16:00."""
    night = (HOUR_OF_DAY >= 22) | (HOUR_OF_DAY < 4)
    return _quarters(night | (WEEKEND & (HOUR_OF_DAY >= 10) & (HOUR_OF_DAY < 16)))


def training(_: int) -> Ints:
    """From Tuesday 00:00 to Thursday 24:00 UTC."""
    return _quarters((WEEKDAY >= 1) & (WEEKDAY <= 3))


def spot_nights(_: int) -> Ints:
    """Monday to Friday, 00:00 to 04:00 UTC."""
    return _quarters((WEEKDAY < 5) & (HOUR_OF_DAY < 4))


def web(slot: int) -> Ints:
    """Slot ``slot`` of a fleet that is scaled with the day's traffic, by quarters of an hour."""
    return np.clip(_web_demand() - QUARTERS * slot, 0, QUARTERS)


def builds(slot: int) -> Ints:
    """Slot ``slot`` of the build machines: busy on workdays between 07:00 and 20:00 UTC."""
    busy = (WEEKDAY < 5) & (HOUR_OF_DAY >= 7) & (HOUR_OF_DAY < 20)
    demand = random(_BUILDS_TOPIC).integers(2, 13, HOURS)
    return np.where(busy, np.clip(demand - QUARTERS * slot, 0, QUARTERS), 0)


def _web_demand() -> Ints:
    """Quarters of an hour that the traffic needs; never below three instances."""
    marks = np.linspace(0, DAYS, len(_WEB_GROWTH)).astype(int)
    growth = np.rint(np.interp(DAY, marks, np.array(_WEB_GROWTH) * 100)).astype(np.int64)
    day_to_day = random(_DEMAND_TOPIC, 0).integers(97, 104, DAYS)[DAY]
    hour_to_hour = random(_DEMAND_TOPIC, 1).integers(98, 103, HOURS)
    peak = 13 * QUARTERS
    shaped: Ints = peak * _WEB_DAY[HOUR_OF_DAY] * _WEB_WEEK[WEEKDAY] * growth * day_to_day * hour_to_hour
    return np.maximum(shaped // (100 * 100 * 10_000 * 100 * 100), 3 * QUARTERS)


def _quarters(runs: np.ndarray) -> Ints:
    return np.where(runs, QUARTERS, 0).astype(np.int64)
