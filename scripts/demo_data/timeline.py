"""Which hours does the history hold? 2025-09-01 up to and including 2026-10-18, in UTC.

Hours are numbered from 0. Running time is counted in whole quarters of an hour, so that every
quantity and every product with a price is an exact integer.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from finops.periods import Month, last_full_month

SEED = 20261018

START = date(2025, 9, 1)
AS_OF = date(2026, 10, 18)
BILLED_MONTH = last_full_month(AS_OF)

DAYS = (AS_OF - START).days + 1
HOURS = DAYS * 24
QUARTERS = 4

Ints = npt.NDArray[np.int64]

HOUR_OF_DAY: Ints = np.arange(HOURS) % 24
DAY: Ints = np.arange(HOURS) // 24
WEEKDAY: Ints = (START.weekday() + DAY) % 7
WEEKEND = WEEKDAY >= 5


_seed = ContextVar("seed", default=SEED)


def random(topic: int, *key: int) -> np.random.Generator:
    """Randomness of its own for each topic, so that a change of one leaves the others as they are."""
    return np.random.Generator(np.random.PCG64([_seed.get(), topic, *key]))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, chance is that of another seed: the same company with other ids, owners and tag cells."""
    token = _seed.set(seed)
    try:
        yield
    finally:
        _seed.reset(token)


def day_number(day: date) -> int:
    """Days since the history began; negative before it."""
    return (day - START).days


def hour_number(moment: date | datetime) -> int:
    """Hours since the history began; negative before it."""
    if isinstance(moment, datetime):
        return day_number(moment.date()) * 24 + moment.hour
    return day_number(moment) * 24


def by_day(by_hour: Ints) -> Ints:
    """The hours of the history summed to its days."""
    summed: Ints = by_hour.reshape(DAYS, 24).sum(axis=1)
    return summed


def days() -> list[date]:
    return [START + timedelta(days=number) for number in range(DAYS)]


def months() -> list[Month]:
    """Every month that the history touches, the current one included."""
    found = [Month.of(START)]
    while found[-1] != Month.of(AS_OF):
        found.append(found[-1].next())
    return found


def days_of(month: Month) -> slice:
    """The day numbers of a month, cut off where the history ends."""
    return slice(max(day_number(month.start), 0), min(day_number(month.end), DAYS))
