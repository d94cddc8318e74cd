"""On which costs are forecasts tried? Synthetic daily ones whose habits are known, and some that break.

Ten kinds keep their habits over the month that is forecast, as far as chance lets them:

- ``flat``: noise alone; ``weekday``: weekends differ from workdays;
- ``month_start``: a fee on one day of each month, most often the 1st, in three of ten series not
  labelled as recurring; ``mixed``: weekends, a fee, slow growth, and purchases a few times a year;
- ``growth``, ``decline``: 1–8 % a month;
- ``within_month``: days cost more towards the month's end, or on its last days, or in its first week;
- ``spiky``: one to three days a month cost 1.5 to 5 times as much;
- ``new``: the first charge lies 3 to 40 days before the first month that is forecast;
- ``moved``: the level moves once, on some day of the year of cut-offs.

Two break right after each cut-off, which no history can tell: ``step`` moves the level for good and
``shock`` multiplies some days. Noise is correlated from day to day, and the level of every kind drifts
a little. The same arguments give the same series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from finops.periods import Month, utc
from finops.ri_engine.quantity import Floats

STEADY = (
    "flat",
    "weekday",
    "month_start",
    "mixed",
    "growth",
    "decline",
    "within_month",
    "spiky",
    "new",
    "moved",
)
BREAKING = ("step", "shock")
KINDS = STEADY + BREAKING
TUNING_SEEDS, EVALUATION_SEEDS = range(50), range(1000, 1050)
CUT_DAYS = (5, 10, 15, 20, 25)
CUT_MONTHS = 12

USAGE, RECURRING, ONE_TIME = "usage_usd", "recurring_usd", "one_time_usd"
MONTH_DAYS = 30.4

Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class CostSeries:
    """Whole days of one scope: ``daily`` as ``finops.forecasting.daily_costs`` gives them.

    ``months`` are the twelve that are forecast; history begins before the first of them.
    """

    kind: str
    seed: int
    months: tuple[Month, ...]
    daily: pd.DataFrame = field(compare=False)

    def cuts(self) -> Iterator[tuple[Month, int]]:
        """Each month with the number of its days that have passed."""
        return ((month, day) for month in self.months for day in CUT_DAYS)

    def known(self, month: Month, day: int) -> pd.DataFrame:
        """The days up to and including day number ``day`` of the month."""
        return self.daily.loc[: utc(month.start + timedelta(days=day - 1))]

    def month_end(self, month: Month, day: int) -> float:
        """What the whole month comes to, in dollars, with the break that follows the cut-off."""
        days = self.daily.loc[utc(month.start) : utc(month.end - timedelta(days=1))]
        usage = days[USAGE].to_numpy() * self._break(month, day)
        return float(usage.sum() + days[RECURRING].sum() + days[ONE_TIME].sum())

    def _break(self, month: Month, day: int) -> Floats:
        factor = np.ones(month.days)
        rng = np.random.default_rng([self.seed, KINDS.index(self.kind), month.year, month.month, day])
        if self.kind == "step":
            factor[day:] = rng.uniform(1.3, 2.0) if rng.random() < 0.5 else rng.uniform(0.5, 0.75)
        elif self.kind == "shock":
            begin, length = int(rng.integers(day, month.days)), int(rng.integers(2, 6))
            factor[begin : begin + length] = rng.uniform(2.0, 5.0)
        return factor


def cost_series(kind: str, seed: int) -> CostSeries:
    """One series: five to fourteen months of history, or days of it for ``new``, and twelve months."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    month = Month(2023 + int(rng.integers(3)), 1 + int(rng.integers(12)))
    before = int(rng.integers(3, 41)) if kind == "new" else int(rng.integers(150, 430))
    months = [month]
    while len(months) < CUT_MONTHS:
        months.append(months[-1].next())
    first = month.start - timedelta(days=before)
    days = pd.date_range(utc(first), utc(months[-1].end - timedelta(days=1)), freq="D", unit="us")
    columns = _costs(kind, rng, days, before)
    return CostSeries(
        kind=kind, seed=seed, months=tuple(months), daily=pd.DataFrame(columns, index=days)
    )


def _costs(kind: str, rng: Random, days: pd.DatetimeIndex, before: int) -> dict[str, Floats]:
    count = len(days)
    usage = 10 ** rng.uniform(1, 4) * _noise(rng, count)
    if kind in {"weekday", "mixed", *BREAKING} or (kind != "flat" and rng.random() < 0.5):
        usage = usage * weekdays(rng, days)
    if kind in _SHAPES:
        usage = usage * _SHAPES[kind](rng, days, before)
    recurring, one_time = np.zeros(count), np.zeros(count)
    if kind in {"month_start", "mixed"}:
        fee = monthly_fee(rng, days) * usage.mean()
        if kind == "month_start" and rng.random() < 0.3:
            usage = usage + fee
        else:
            recurring = fee
    if kind == "mixed":
        bought = rng.random(count) < rng.uniform(1, 5) / 365
        one_time = bought * rng.uniform(3, 15, count) * usage.mean()
    return {USAGE: usage, RECURRING: recurring, ONE_TIME: one_time}


def _noise(rng: Random, count: int) -> Floats:
    """Around 1: days follow each other (by 0–0.8, spread 1–8 %), and their level drifts."""
    kept, spread = rng.uniform(0, 0.8), rng.uniform(0.01, 0.08)
    fresh = rng.normal(0, spread * np.sqrt(1 - kept**2), count)
    level = np.cumsum(rng.normal(0, rng.uniform(0, 0.004), count))
    noise: Floats = np.exp(lfilter([1.0], [1.0, -kept], fresh) + level)
    return noise


def weekdays(rng: Random, days: pd.DatetimeIndex) -> Floats:
    factors = rng.normal(1, 0.03, 7)
    factors[5:] *= rng.uniform(0.3, 0.85)
    by_day: Floats = factors[days.day_of_week]
    return by_day


def monthly_fee(rng: Random, days: pd.DatetimeIndex) -> Floats:
    """One day of each month, in mean days of usage: 2 to 18 of them, steady or varying by 3 %."""
    on = 1 if rng.random() < 0.8 else int(rng.integers(2, 29))
    varies = 0.03 if rng.random() < 0.5 else 0.0
    amounts = rng.uniform(2, 18) * rng.normal(1, varies, len(days))
    return np.where(days.day == on, amounts, 0.0)


def _growth(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    rate: float = rng.uniform(0.01, 0.08)
    return (1 + rate) ** (np.arange(len(days)) / MONTH_DAYS)


def _decline(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    rate: float = rng.uniform(0.01, 0.08)
    return (1 - rate) ** (np.arange(len(days)) / MONTH_DAYS)


def _slow_growth(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    rate: float = rng.uniform(-0.02, 0.04)
    return (1 + rate) ** (np.arange(len(days)) / MONTH_DAYS)


def _within_month(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    day, length = days.day.to_numpy(), days.days_in_month.to_numpy()
    shape = rng.integers(3)
    if shape == 0:  # towards the end
        return 1 + rng.uniform(0.1, 0.5) * (2 * day / length - 1)
    if shape == 1:  # the last days
        return np.where(length - day < rng.integers(2, 5), rng.uniform(1.5, 3.0), 1.0)
    return np.where(day <= rng.integers(4, 8), rng.uniform(1.2, 2.0), 1.0)  # the first week


def _spiky(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    spikes = rng.random(len(days)) < rng.uniform(1, 3) / MONTH_DAYS
    return np.where(spikes, rng.uniform(1.5, 5.0, len(days)), 1.0)


def _moved(rng: Random, days: pd.DatetimeIndex, before: int) -> Floats:
    at = int(rng.integers(before, len(days)))
    by = rng.uniform(0.2, 0.8) * rng.choice([-1, 1])
    return np.where(np.arange(len(days)) >= at, np.exp(by), 1.0)


_SHAPES: dict[str, Callable[[Random, pd.DatetimeIndex, int], Floats]] = {
    "growth": _growth,
    "decline": _decline,
    "mixed": _slow_growth,
    "within_month": _within_month,
    "spiky": _spiky,
    "moved": _moved,
}
