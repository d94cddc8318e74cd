"""On which fleets is advice tried? Synthetic ones with rhythm and trend, and a change after one buys.

Three kinds of fleet, at the packaged catalogue's prices: ``web`` follows its visitors, ``microservices``
are instances and services that are born and die, ``enterprise`` keeps office hours, batch nights and
month-ends beside what is always on. Six changes, told apart by what can be known when one buys:
``growth`` and ``decline`` are under way before and go on, faster or slower; ``step_up``, ``step_down``
and ``shock`` (an outage or a surge that passes) are surprises: until then the fleet is the ``unchanged``
one of its seed. The same arguments give the same fleet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd

from finops.errors import UnknownPrice
from finops.pricing import packaged_catalogue
from finops.ri_engine.claims import RI, Ints
from finops.ri_engine.pools import LINE_KEYS, Demand
from finops.ri_engine.quantity import Floats
from finops.schema import USAGE, USAGE_DEFAULTS

GENERATORS = ("web", "microservices", "enterprise")
CHANGES = ("unchanged", "growth", "decline", "step_up", "step_down", "shock")
TUNING_SEEDS, EVALUATION_SEEDS = range(20), range(1000, 1020)

DAY, YEAR = 24, 8760
# Regions: hours that their users are ahead of UTC, and their share of the pools.
AHEAD = {"us-east-1": -5, "us-west-2": -8, "eu-west-1": 0, "ap-southeast-2": 10}
REGIONS = {"us-east-1": 0.4, "us-west-2": 0.2, "eu-west-1": 0.25, "ap-southeast-2": 0.15}
SIZES = {"medium": 0.1, "large": 0.35, "xlarge": 0.3, "2xlarge": 0.2, "4xlarge": 0.05}
FAMILIES = {
    "web": ("c6i", "c7g", "m6i", "t3", "t4g"),
    "microservices": ("m5", "m6g", "m7g", "c6g", "r6g", "t4g"),
    "enterprise": ("m5", "m6i", "c5", "r5", "r6i", "t3"),
}
WINDOWS_SHARE = {"web": 0.05, "microservices": 0.0, "enterprise": 0.25, "mixed": 0.1}
USUAL = ("General purpose", "Compute optimized", "Memory optimized")
ACCOUNTS = ("111111111111", "222222222222", "333333333333")

Random = np.random.Generator
Shape = tuple[int, int]
Demanded = tuple[pd.DataFrame, pd.DatetimeIndex, Floats]
Rhythm = Callable[[Random, pd.DataFrame, pd.DatetimeIndex, Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """P pools, a line each: ``lines`` (LINE_KEYS, OnDemandRateUSD), ``quantity`` (P, T) instance-hours.

    One buys when hour number ``purchase_at`` begins: what is before is history, the rest is to come.
    """

    generator: str
    change: str
    seed: int
    purchase_at: int
    lines: pd.DataFrame = field(compare=False)
    hours: pd.DatetimeIndex = field(compare=False)
    quantity: Floats = field(compare=False)

    @property
    def name(self) -> str:
        return f"{self.generator}, {self.change}, {self.seed}"

    @property
    def history(self) -> Demand:
        at = self.purchase_at
        return Demand(lines=self.lines, hours=self.hours[:at], quantity=self.quantity[:, :at])

    @property
    def horizon(self) -> Demand:
        at = self.purchase_at
        return Demand(lines=self.lines, hours=self.hours[at:], quantity=self.quantity[:, at:])

    @property
    def usage(self) -> pd.DataFrame:
        """All hours with demand as a ``usage`` frame: a row per hour and pool."""
        line, hour = np.nonzero(self.quantity)
        rows = self.lines.iloc[line].assign(Hour=self.hours[hour], Quantity=self.quantity[line, hour])
        return USAGE.conform(rows.assign(PurchaseOption=USAGE_DEFAULTS["PurchaseOption"]))


def fleet(  # noqa: PLR0917
    generator: str, change: str, seed: int, pools: int = 40, days_before: int = 90, days_after: int = 180
) -> Fleet:
    """A fleet of at most 60 pools that starts on a day of 2025; one buys after ``days_before`` days."""
    kind = list(_RHYTHMS).index(generator)
    market, levels, changes = (np.random.default_rng([seed, kind, stream]) for stream in range(3))
    at, count = days_before * DAY, (days_before + days_after) * DAY
    start = pd.Timestamp("2025-01-01", tz="UTC") + pd.Timedelta(days=int(market.integers(365)))
    hours = pd.date_range(start, periods=count, freq="h")
    lines = _lines(market, pools, generator)
    factor = _CHANGES[change](changes, (pools, count), at)
    return Fleet(
        generator=generator,
        change=change,
        seed=seed,
        purchase_at=at,
        lines=lines,
        hours=hours,
        quantity=_RHYTHMS[generator](levels, lines, hours, factor),
    )


def large_fleet(pools: int, hours: int, seed: int) -> Fleet:
    """Up to 3,000 pools of the whole catalogue over whole days, a third of each kind, all history."""
    return fleet("mixed", "unchanged", seed, pools, days_before=hours // DAY, days_after=0)


def _lines(rng: Random, pools: int, generator: str) -> pd.DataFrame:
    """Lines in the order of their keys: pools drawn by their shares, each of one account."""
    market = _market(generator)
    share = np.array(list(market.values()))
    drawn = rng.choice(len(market), pools, replace=False, p=share / share.sum())
    keys = sorted(list(market)[at] for at in drawn)
    frame = pd.DataFrame(keys, columns=["Region", "InstanceType", "Platform"])
    frame["Tenancy"], frame["Service"] = USAGE_DEFAULTS["Tenancy"], USAGE_DEFAULTS["Service"]
    frame["AccountId"], frame["AvailabilityZone"] = rng.choice(ACCOUNTS, pools), None
    return frame[LINE_KEYS].astype("str").assign(OnDemandRateUSD=np.nan)


@cache
def _market(generator: str) -> Mapping[tuple[str, str, str], float]:
    """The pools that a fleet is drawn from, all with Reserved Instances, and how likely each is."""
    windows = WINDOWS_SHARE[generator]
    return {
        (region, name, platform): REGIONS[region] * weight * share
        for region in REGIONS
        for name, weight in _types(generator, region).items()
        for platform, share in (("Linux/UNIX", 1 - windows), ("Windows", windows))
        if share and _is_sold(region, name, platform)
    }


def _types(generator: str, region: str) -> Mapping[str, float]:
    """Types and their weights; of a mixed fleet all up to 64 vCPU but the special ones, all alike."""
    if generator in FAMILIES:
        return {f"{f}.{size}": weight for f in FAMILIES[generator] for size, weight in SIZES.items()}
    catalogue = packaged_catalogue()
    specs = [catalogue.spec(name) for name in catalogue.instance_types(region)]
    return {one.instance_type: 1.0 for one in specs if one.category in USUAL and one.vcpu <= 64}


def _is_sold(region: str, instance_type: str, platform: str) -> bool:
    try:
        prices = packaged_catalogue().commitment_prices(instance_type, region, platform)
    except UnknownPrice:
        return False
    return any(price.kind == RI for price in prices)


def _trend(rng: Random, shape: Shape, at: int, pace: float) -> Floats:
    """Pools differ in pace, a logarithm a year; after the purchase it is half to 1.5 times as fast."""
    years = (np.arange(shape[1]) - at) / YEAR
    years = np.where(years > 0, years * rng.uniform(0.5, 1.5), years)
    return np.exp(pace * rng.uniform(0.25, 1.75, (shape[0], 1)) * years)


def _step(rng: Random, shape: Shape, at: int, factors: tuple[float, float]) -> Floats:
    """Two pools in five change for good, each on a day of its own of the first third of what comes."""
    each, hours = (shape[0], 1), shape[1]
    hit = np.arange(hours) >= at + rng.uniform(0, 1 / 3, each) * (hours - at)
    return np.where(hit & (rng.random(each) < 0.4), rng.uniform(*factors, each), 1.0)


def _shock(rng: Random, shape: Shape, at: int) -> Floats:
    """Three pools in five fail or surge together, for 3 to 21 days."""
    each, length = (shape[0], 1), rng.uniform(3, 21) * DAY
    since = np.arange(shape[1]) - at - rng.uniform(0, max(1.0, shape[1] - at - length))
    factors = (0.0, 0.4) if rng.random() < 0.5 else (1.5, 3.0)
    hit = (rng.random(each) < 0.6) & (since >= 0) & (since < length)
    return np.where(hit, rng.uniform(*factors, each), 1.0)


# What becomes of demand, (P, T): 1 in the hour ``at`` of the purchase.
_CHANGES: Mapping[str, Callable[[Random, Shape, int], Floats]] = {
    "unchanged": lambda rng, shape, at: np.ones(shape),
    "growth": lambda rng, shape, at: _trend(rng, shape, at, rng.uniform(0.3, 0.9)),
    "decline": lambda rng, shape, at: _trend(rng, shape, at, -rng.uniform(0.3, 0.9)),
    "step_up": lambda rng, shape, at: _step(rng, shape, at, (1.2, 2.2)),
    "step_down": lambda rng, shape, at: _step(rng, shape, at, (0.2, 0.8)),
    "shock": _shock,
}


def _web(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, factor: Floats) -> Floats:
    """Day and week of the visitors, noise of hours and of weeks; a quarter stand still."""
    pools, (hour, weekday) = len(lines), _local(lines, hours)
    size = np.exp(rng.normal(np.log(6), 0.9, (pools, 1))).clip(1, 80)
    swing, peak = rng.uniform(0.2, 0.6, (pools, 1)), rng.normal(15, 2, (pools, 1))
    angle = 2 * np.pi * (hour - peak) / 24
    level = 1 + swing * (np.cos(angle) + 0.3 * np.cos(2 * angle))
    level *= np.where(weekday >= 5, rng.uniform(0.6, 1.05, (pools, 1)), 1.0)
    level *= np.exp(_noise(rng, level.shape, 8, 0.07) + _noise(rng, level.shape, 20 * DAY, 0.12))
    still = rng.random((pools, 1)) < 0.25
    return np.round(np.where(still, np.round(size), size * level) * factor)


def _noise(rng: Random, shape: Shape, memory: float, deviation: float) -> Floats:
    """An autoregression of ``memory`` hours: a running mean of white noise, brought to its deviation."""
    keep = np.exp(-1 / memory)
    white = rng.normal(0, deviation * np.sqrt((1 + keep) / (1 - keep)), shape)
    white[:, 0] = rng.normal(0, deviation, shape[0])
    return pd.DataFrame(white.T).ewm(alpha=1 - keep, adjust=False).mean().to_numpy().T


def _local(lines: pd.DataFrame, hours: pd.DatetimeIndex) -> tuple[Ints, Ints]:
    """Hour of the day and day of the week (Monday 0) where the users of each pool live, (P, T)."""
    passed = hours[0].weekday() * DAY + hours[0].hour + np.arange(len(hours))
    local = passed + lines["Region"].map(AHEAD).to_numpy()[:, None]
    return local % DAY, local // DAY % 7


def _microservices(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, factor: Floats) -> Floats:
    """Services come and go; their instances are born fewer at night and live 6 hours to 20 days."""
    pools, quarters = len(lines), 4 * len(hours)
    pool = np.repeat(np.arange(pools), 1 + rng.poisson(2, pools))
    size = np.exp(rng.normal(np.log(2.5), 0.8, len(pool)))
    life = np.exp(rng.uniform(np.log(6), np.log(20 * DAY), len(pool))) * 4
    born = np.where(rng.random(len(pool)) < 0.6, 0, rng.integers(0, quarters, len(pool)))
    dies = np.minimum(born + rng.exponential(400 * DAY * 4, len(pool)), quarters)
    first, nights = rng.poisson(size), rng.uniform(0, 0.7, len(pool))
    later = rng.poisson(size * (dies - born) / (life * (1 - nights / 2)))

    of = np.concatenate([np.repeat(np.arange(len(pool)), n) for n in (first, later)])
    since = rng.uniform(0, 1, len(of)) * (np.arange(len(of)) >= first.sum())
    start = born[of] + since * (dies - born)[of]
    end = np.minimum(start + rng.exponential(life[of]), dies[of])
    hour = (start / 4 + lines["Region"].map(AHEAD).to_numpy()[pool[of]] - 15) % DAY
    awake = 1 - nights[of] * (1 - np.cos(2 * np.pi * hour / DAY)) / 2
    kept = (since == 0) | (rng.random(len(of)) < awake)
    row = pool[of[kept]] * (quarters + 1)
    change = np.bincount(row + start[kept].astype(np.int64), minlength=pools * (quarters + 1))
    change -= np.bincount(row + end[kept].astype(np.int64), minlength=pools * (quarters + 1))
    running = np.cumsum(change.reshape(pools, -1)[:, :-1], axis=1).reshape(pools, -1, 4)
    return np.floor(running * factor[:, :, None] + rng.random((pools, 1, 1))).sum(axis=2) / 4


def _enterprise(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, factor: Floats) -> Floats:
    size = np.exp(rng.normal(np.log(5), 0.8, (len(lines), 1))).clip(1, 60)
    works = (_always_on, _office_hours, _batch_nights, _month_end)
    kind = rng.choice(len(works), len(lines), p=(0.4, 0.3, 0.2, 0.1))
    return _each(rng, kind, works, (lines, hours, size * factor))


def _always_on(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, size: Floats) -> Floats:
    """A tenth more or less, some three times a year."""
    resized = rng.random(size.shape) < 3 / YEAR
    return np.round(size * np.exp(np.cumsum(resized * rng.normal(0, 0.1, size.shape), axis=1)))


def _office_hours(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, size: Floats) -> Floats:
    hour, weekday = _local(lines, hours)
    opens, closes = rng.integers(6, 10, (len(lines), 1)), rng.integers(17, 21, (len(lines), 1))
    at_work = (hour >= opens) & (hour < closes) & (weekday < 5)
    attendance = np.repeat(rng.normal(1, 0.05, (len(lines), size.shape[1] // DAY)), DAY, axis=1)
    nights = rng.uniform(0.0, 0.35, (len(lines), 1))
    return np.round(size * np.where(at_work, attendance, nights))


def _batch_nights(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, size: Floats) -> Floats:
    """From the same hour of the evening, for 2 to 9 hours, by the quarter hour; nights differ."""
    pools, count = size.shape
    hour, weekday = _local(lines, hours)
    begins = rng.integers(19, 24, (pools, 1))
    since = (hour - begins) % DAY
    night = (np.arange(count) - since + DAY) // DAY
    length = rng.uniform(2, 9, (pools, 1)) * np.exp(rng.normal(0, 0.2, (pools, count // DAY + 2)))
    lasts = np.take_along_axis(np.round(length * 4) / 4, night, axis=1)
    works = ((weekday - (hour < begins)) % 7 < 5) | (rng.random((pools, 1)) < 0.4)
    return np.round(size) * np.clip(lasts - since, 0, 1) * works


def _month_end(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, size: Floats) -> Floats:
    """Two to four times as much on the last two and the first three days of a month."""
    closing = (hours.day <= 3) | (hours.day >= hours.days_in_month - 1)
    return np.round(size * np.where(closing, rng.uniform(2, 4, (len(lines), 1)), 1.0))


def _mixed(rng: Random, lines: pd.DataFrame, hours: pd.DatetimeIndex, factor: Floats) -> Floats:
    works = (_web, _microservices, _enterprise)
    return _each(rng, np.arange(len(lines)) % len(works), works, (lines, hours, factor))


def _each(rng: Random, kind: Ints, works: tuple[Rhythm, ...], of: Demanded) -> Floats:
    """The rhythm of each pool, by its number ``kind`` (P,) among ``works``."""
    lines, hours, factor = of
    quantity = np.empty(factor.shape)
    for number, work in enumerate(works):
        at = np.flatnonzero(kind == number)
        quantity[at] = work(rng, lines.iloc[at], hours, factor[at])
    return quantity


_RHYTHMS = {"web": _web, "microservices": _microservices, "enterprise": _enterprise, "mixed": _mixed}
