"""On which costs are anomalies looked for? Synthetic daily ones into which known anomalies are put.

A series has 420 whole days; anomalies lie in the last 300. Its level is $100–3,200 a day, with a slow
trend, in three of four series with weekends unlike workdays, in six of ten with a fee on one day of each
month (three of ten of these are not labelled as recurring), and with noise of one of four sizes (1, 3, 6
or 10 % of the level) that is correlated from day to day. Two or three anomalies of one kind are put in,
60 days or more apart:

- ``spike``: one to three days cost 30–300 % more;
- ``level_shift``: from one day on, 15–80 % more, or in one of four cases 15–50 % less, for good;
- ``drift``: 0.8–2.5 % more each day for 20 to 40 days, and the new level stays;
- ``missing``: one to four days are not there at all, or with 20–60 % of their charges only;
- ``season_change``: weekends cost what workdays do from one day on, or the other way round.

In four of ten series the level also changes once as planned, by 20–60 %; whoever looks is told the
fortnight that begins there. The same arguments give the same series. The seeds of tuning and of
evaluation are apart; 40 seeds of each kind are evaluated, 200 series.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from benchmarks.cost_series import (
    MONTH_DAYS,
    ONE_TIME,
    RECURRING,
    USAGE,
    Random,
    monthly_fee,
    weekdays,
)
from finops.periods import utc
from finops.ri_engine.quantity import Floats

KINDS = ("spike", "level_shift", "drift", "missing", "season_change")
TUNING_SEEDS, EVALUATION_SEEDS = range(40), range(1000, 1040)
DAYS, WARM_UP = 420, 120
NOISE = (0.01, 0.03, 0.06, 0.10)
APART = 60
# How long an anomaly that stays can be called one: an alarm counts as a hit up to here.
WINDOWS = {"level_shift": 14, "season_change": 21}
PLANNED_DAYS = 14


@dataclass(frozen=True, slots=True)
class Injected:
    """Positions of the first and the last day on which an alarm is a hit, and dollars more (or less)."""

    first: int
    last: int
    excess_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnomalySeries:
    """Whole days of one scope: ``daily`` as ``finops.forecasting.daily_costs`` gives them.

    Days that are not there at all have no figure in any column (NaN). ``planned`` are positions of days.
    """

    kind: str
    seed: int
    daily: pd.DataFrame = field(compare=False)
    injected: tuple[Injected, ...]
    planned: tuple[int, ...]


def anomaly_series(kind: str, seed: int) -> AnomalySeries:
    rng = np.random.default_rng([seed, KINDS.index(kind), 7])
    first = date(2023 + int(rng.integers(3)), 1 + int(rng.integers(12)), 1 + int(rng.integers(28)))
    days = pd.date_range(utc(first), periods=DAYS, freq="D", unit="us")
    week = _weekday_factors(rng, days, always=kind == "season_change")
    level = _level(rng)
    starts = _starts(rng, int(rng.integers(2, 4)) + 1)
    planned: tuple[int, ...] = ()
    if rng.random() < 0.4:
        at = starts.pop(int(rng.integers(len(starts))))
        by = rng.uniform(0.2, 0.6) * (1 if rng.random() < 0.75 else -1)
        level = level * np.where(np.arange(DAYS) >= at, 1 + by, 1)
        planned = tuple(range(at, at + PLANNED_DAYS))
    else:
        starts.pop()
    fee, labelled = np.zeros(DAYS), True
    if rng.random() < 0.6:
        fee, labelled = monthly_fee(rng, days) * level.mean(), rng.random() >= 0.3
    usage = level * week * _noise(rng)
    injected = []
    for first_at, last_at, factor in _INJECT[kind](rng, week, starts):
        excess = usage * (factor - 1)
        usage = usage * factor
        injected.append(Injected(first_at, last_at, float(excess[first_at : last_at + 1].sum())))
    columns = {
        USAGE: usage if labelled else usage + fee,
        RECURRING: fee if labelled else np.zeros(DAYS),
        ONE_TIME: np.zeros(DAYS),
    }
    daily = pd.DataFrame(columns, index=days)
    daily.loc[usage == 0] = np.nan
    return AnomalySeries(kind=kind, seed=seed, daily=daily, injected=tuple(injected), planned=planned)


def _level(rng: Random) -> Floats:
    trend: float = rng.uniform(-0.02, 0.04)
    level: Floats = 10 ** rng.uniform(2, 3.5) * (1 + trend) ** (np.arange(DAYS) / MONTH_DAYS)
    return level


def _noise(rng: Random) -> Floats:
    """Around 1: one of four sizes; days follow each other, and their level drifts a little."""
    kept, spread = rng.uniform(0, 0.7), rng.choice(NOISE)
    fresh = rng.normal(0, spread * np.sqrt(1 - kept**2), DAYS)
    drifts = np.cumsum(rng.normal(0, rng.uniform(0, 0.1) * spread, DAYS))
    noise: Floats = np.exp(lfilter([1.0], [1.0, -kept], fresh) + drifts)
    return noise


def _weekday_factors(rng: Random, days: pd.DatetimeIndex, *, always: bool) -> Floats:
    if always or rng.random() < 0.75:
        return weekdays(rng, days)
    return np.ones(DAYS)


def _starts(rng: Random, count: int) -> list[int]:
    """Positions 60 days or more apart, of which the last leaves room for its anomaly."""
    free = DAYS - WARM_UP - count * APART
    cuts = np.sort(rng.integers(0, free + 1, count))
    return [int(WARM_UP + cut + number * APART) for number, cut in enumerate(cuts)]


# Position of the first day and the last, and what the anomaly multiplies each day by.
Effects = list[tuple[int, int, Floats]]


def _spike(rng: Random, week: Floats, starts: list[int]) -> Effects:
    effects = []
    for at in starts:
        length = int(rng.integers(1, 4))
        factor = np.ones(DAYS)
        factor[at : at + length] += rng.uniform(0.3, 3.0, length)
        effects.append((at, at + length - 1, factor))
    return effects


def _level_shift(rng: Random, week: Floats, starts: list[int]) -> Effects:
    effects = []
    for at in starts:
        to = 1 + rng.uniform(0.15, 0.8) if rng.random() < 0.75 else 1 - rng.uniform(0.15, 0.5)
        factor = np.where(np.arange(DAYS) >= at, to, 1.0)
        effects.append((at, at + WINDOWS["level_shift"] - 1, factor))
    return effects


def _drift(rng: Random, week: Floats, starts: list[int]) -> Effects:
    effects = []
    for at in starts:
        length = int(rng.integers(20, 41))
        steps = np.clip(np.arange(DAYS) - at + 1, 0, length)
        effects.append((at, at + length - 1, (1 + rng.uniform(0.008, 0.025)) ** steps))
    return effects


def _missing(rng: Random, week: Floats, starts: list[int]) -> Effects:
    effects = []
    for at in starts:
        length = int(rng.integers(1, 5))
        factor = np.ones(DAYS)
        factor[at : at + length] = 0 if rng.random() < 0.5 else rng.uniform(0.2, 0.6)
        effects.append((at, at + length - 1, factor))
    return effects


def _season_change(rng: Random, week: Floats, starts: list[int]) -> Effects:
    flat = np.maximum(week, np.median(week))
    effects, now, other = [], week, flat
    for at in starts:
        factor = np.where(np.arange(DAYS) >= at, other / now, 1.0)
        effects.append((at, at + WINDOWS["season_change"] - 1, factor))
        now, other = other, now
    return effects


_INJECT: dict[str, Callable[[Random, Floats, list[int]], Effects]] = {
    "spike": _spike,
    "level_shift": _level_shift,
    "drift": _drift,
    "missing": _missing,
    "season_change": _season_change,
}
