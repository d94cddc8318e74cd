"""What is demanded, hour by hour? The usage frame as lines × hours, and as pools × hours.

A line is what AWS bills apart: account, zone, region, type, platform and tenancy. A pool is what one
purchase serves: region, type, platform and tenancy over all accounts. Hours without a row are hours
without demand. Spot is never eligible and is left out, as is every service but EC2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from finops.periods import utc
from finops.ri_engine.quantity import Floats
from finops.schema import USAGE_DEFAULTS

POOL_KEYS = ["Region", "InstanceType", "Platform", "Tenancy"]
LINE_KEYS = [*POOL_KEYS, "AccountId", "AvailabilityZone", "Service"]
EC2_SERVICE = "AmazonEC2"
HOUR = pd.Timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Eligible demand: ``lines`` has L rows, ``quantity`` is instance-hours of shape (L, T).

    ``lines`` holds LINE_KEYS and OnDemandRateUSD, the bill's own rate in dollars per instance-hour
    (the mean over the hours, weighted by quantity; NaN where the bill names none). Lines are in the
    order of their keys.
    """

    lines: pd.DataFrame
    hours: pd.DatetimeIndex
    quantity: Floats

    def last(self, hours: int) -> Demand:
        """The same lines over the last ``hours`` hours."""
        start = max(0, len(self.hours) - hours)
        return replace(self, hours=self.hours[start:], quantity=self.quantity[:, start:])

    def since(self, moment: pd.Timestamp) -> Demand:
        """The same lines from the first hour at or after ``moment``."""
        return self.last(int((self.hours >= moment).sum()))


@dataclass(frozen=True, slots=True)
class Pools:
    """The pools of some lines: ``keys`` has P rows of POOL_KEYS, ``of_line`` maps lines to them."""

    keys: pd.DataFrame
    of_line: np.ndarray[tuple[int], np.dtype[np.intp]]

    @classmethod
    def of(cls, lines: pd.DataFrame) -> Pools:
        numbers = lines.groupby(POOL_KEYS, sort=True, dropna=False).ngroup().to_numpy()
        keys = lines[POOL_KEYS].assign(pool=numbers).drop_duplicates("pool").sort_values("pool")
        return cls(keys[POOL_KEYS].reset_index(drop=True), numbers.astype(np.intp))

    def total(self, by_line: Floats) -> Floats:
        """Sums over the lines of each pool; the first axis is lines and becomes pools."""
        out = np.zeros((len(self.keys), *by_line.shape[1:]))
        np.add.at(out, self.of_line, by_line)
        return out


def last_complete_day(usage: pd.DataFrame) -> date:
    """The last day of a non-empty ``usage`` frame whose hour 23 is there, else the last day but one.

    A history of a single incomplete day answers with that day.
    """
    first, last = usage["Hour"].min(), usage["Hour"].max()
    day: date = last.date()
    return day if last.hour == 23 or first.date() == day else day - timedelta(days=1)


def eligible(usage: pd.DataFrame) -> pd.DataFrame:
    """The rows of a ``usage`` frame that a commitment could serve: EC2 hours other than Spot."""
    service = usage["Service"].fillna(EC2_SERVICE) == EC2_SERVICE
    bought = usage["PurchaseOption"].fillna(USAGE_DEFAULTS["PurchaseOption"])
    return usage[service & (bought == USAGE_DEFAULTS["PurchaseOption"])]


def hourly_demand(usage: pd.DataFrame, start: date, end: date) -> Demand:
    """Eligible demand in every hour of the days from ``start`` to ``end``, both inclusive, UTC.

    Absent Service, Platform and Tenancy mean AmazonEC2, Linux/UNIX and default. Rows outside the
    days are ignored. Rows without an hour or a quantity are no demand.
    """
    hours = pd.date_range(utc(start), utc(end + timedelta(days=1)), freq="h", inclusive="left")
    rows = eligible(usage)
    slot = ((rows["Hour"] - hours[0]) // HOUR).fillna(-1).to_numpy().astype(np.int64)
    inside = (slot >= 0) & (slot < len(hours)) & rows["Quantity"].notna().to_numpy()
    rows, slot = rows[inside], slot[inside]

    groups = rows.groupby(LINE_KEYS, sort=True, dropna=False)
    line = groups.ngroup().to_numpy().astype(np.int64)
    lines = rows[LINE_KEYS].assign(line=line).drop_duplicates("line").sort_values("line")
    lines = lines.drop(columns="line").reset_index(drop=True)
    shape = (len(lines), len(hours))
    amount = rows["Quantity"].to_numpy(dtype=np.float64)
    cell = line * len(hours) + slot
    quantity = np.bincount(cell, weights=amount, minlength=shape[0] * shape[1]).astype(np.float64)
    rate = rows["OnDemandRateUSD"].to_numpy(dtype=np.float64)
    lines["OnDemandRateUSD"] = _mean_rate(line, rate, amount, len(lines))
    return Demand(lines=with_defaults(lines), hours=hours, quantity=quantity.reshape(shape))


def _mean_rate(
    line: np.ndarray[tuple[int], np.dtype[np.int64]], rate: Floats, amount: Floats, lines: int
) -> Floats:
    known = np.isfinite(rate) & (rate > 0) & (amount > 0)
    dollars = np.bincount(line[known], weights=(rate * amount)[known], minlength=lines)
    weight = np.bincount(line[known], weights=amount[known], minlength=lines)
    mean: Floats = np.divide(dollars, weight, out=np.full(lines, np.nan), where=weight > 0)
    return mean


def with_defaults(lines: pd.DataFrame) -> pd.DataFrame:
    """Lines with the defaults of the usage frame where a column is null."""
    filled = {name: USAGE_DEFAULTS[name] for name in ("Service", "Platform", "Tenancy")}
    return lines.fillna(filled)


def pool_lines(pools: pd.DataFrame) -> pd.DataFrame:
    """Pools as lines of no account and no zone: demand that belongs to whoever may serve it."""
    blank = pd.Series(np.nan, pools.index, dtype="str")
    return pools.assign(AccountId=blank, AvailabilityZone=blank, Service=EC2_SERVICE)[LINE_KEYS]


def constant_demand(lines: pd.DataFrame, instances: Floats, as_of: date) -> Demand:
    """Demand of one hour, the last of ``as_of``: what a list of running instances amounts to."""
    hour = pd.DatetimeIndex([utc(as_of + timedelta(days=1)) - HOUR])
    return Demand(lines=lines, hours=hour, quantity=instances.reshape(-1, 1))
