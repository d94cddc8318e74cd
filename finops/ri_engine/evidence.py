"""On what does advice rest? Demand, its prices, and what is owned, brought together once.

Hourly evidence is the usage of the last ``lookback_days`` days up to ``as_of``, both inclusive; it
starts no earlier and ends no later than the data do, for days outside them are unknown, not empty.
Without hourly usage a list of instances is one hour of demand: snapshot evidence, which is weak.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.catalogue import Catalogue, CommitmentPrice
from finops.ri_engine.claims import Bools
from finops.ri_engine.pools import (
    LINE_KEYS,
    Demand,
    Pools,
    constant_demand,
    hourly_demand,
    last_complete_day,
    with_defaults,
)
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import on_demand_rates, owned_plan_rates, pool_offers
from finops.ri_engine.sizes import SpecOf

EvidenceKind = Literal["hourly", "snapshot"]
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Demand of L lines in P pools over T hours, of which the last ``window_hours`` are evidence.

    ``on_demand_usd`` (L,) and ``pool_rate`` (P,) are dollars per instance-hour, NaN where unknown; a
    pool's is the mean of its lines, weighted by demand. ``prices`` holds the commitment prices of each
    pool, ``plan_rates`` (C, L) what each of the C ``commitments`` is charged. ``as_of`` is the last day.
    """

    kind: EvidenceKind
    as_of: date
    history: Demand
    window_hours: int
    pools: Pools
    on_demand_usd: Floats
    pool_rate: Floats
    prices: list[tuple[CommitmentPrice, ...]]
    commitments: pd.DataFrame
    plan_rates: Floats
    spec_of: SpecOf
    notes: tuple[str, ...] = ()

    @property
    def window(self) -> Demand:
        return self.history.last(self.window_hours)

    @property
    def usd(self) -> Floats:
        """On-Demand rates (L,) with 0 for the unpriced: their dollars are in no figure."""
        return np.nan_to_num(self.on_demand_usd)

    def billed(self, demand: Demand, active: Bools | None = None) -> Bill:
        """``demand`` of these lines under the commitments, by default as if owned all along."""
        return bill(
            demand.lines,
            demand.quantity,
            self.commitments,
            on_demand_usd=self.on_demand_usd,
            plan_rates=self.plan_rates,
            active=active,
            spec_of=self.spec_of,
        )


def from_usage(
    usage: pd.DataFrame,
    commitments: pd.DataFrame,
    catalogue: Catalogue,
    *,
    as_of: date | None,
    lookback_days: int,
) -> Evidence:
    """Hourly evidence from a non-empty ``usage`` frame and the ``commitments`` that count in it."""
    data_end = last_complete_day(usage)
    end = data_end if as_of is None else min(as_of, data_end)
    first = usage["Hour"].min()
    history = hourly_demand(usage, min(first.date(), end), end).since(first)
    window_hours = min(lookback_days * HOURS_PER_DAY, len(history.hours))
    notes = []
    if as_of is not None and data_end < as_of:
        notes.append(f"hourly usage ends on {data_end}, before {as_of}: the evidence ends there")
    if window_hours < lookback_days * HOURS_PER_DAY:
        notes.append(
            f"{window_hours // HOURS_PER_DAY} days of hourly usage, not {lookback_days}: that is all"
        )
    silent = int((history.last(window_hours).quantity.sum(axis=0) == 0).sum())
    if 0 < silent < window_hours:
        notes.append(
            f"{silent} of {window_hours} hours hold no usage at all and count as hours without demand: "
            "if the file lacks them, advice is too low"
        )
    return _priced(
        "hourly",
        history,
        commitments,
        catalogue,
        as_of=end,
        window_hours=window_hours,
        notes=tuple(notes),
    )


def from_instances(
    running: pd.DataFrame, commitments: pd.DataFrame, catalogue: Catalogue, *, as_of: date
) -> Evidence:
    """Snapshot evidence: the ``running`` rows of an ``ec2`` frame as one hour of demand."""
    notes = ["no hourly usage: advice rests on states and launch dates, which is weak evidence"]
    unnamed = int(running["Platform"].isna().sum())
    if unnamed:
        notes.append(f"{unnamed} running instances name no platform: Linux/UNIX is assumed")
    lines, instances = _instance_lines(running)
    history = constant_demand(lines, instances, as_of)
    return _priced(
        "snapshot", history, commitments, catalogue, as_of=as_of, window_hours=1, notes=tuple(notes)
    )


def _instance_lines(running: pd.DataFrame) -> tuple[pd.DataFrame, Floats]:
    known = running[running["Region"].notna() & running["InstanceType"].notna()]
    blank = pd.Series(np.nan, known.index, dtype="str")
    absent = {name: blank for name in LINE_KEYS if name not in known.columns}
    every = with_defaults(known.assign(**absent)[LINE_KEYS])
    counts = every.groupby(LINE_KEYS, dropna=False, sort=True).size().rename("n").reset_index()
    return counts[LINE_KEYS].assign(OnDemandRateUSD=np.nan), counts["n"].to_numpy(dtype=np.float64)


def _priced(
    kind: EvidenceKind,
    history: Demand,
    commitments: pd.DataFrame,
    catalogue: Catalogue,
    *,
    as_of: date,
    window_hours: int,
    notes: tuple[str, ...],
) -> Evidence:
    pools = Pools.of(history.lines)
    on_demand = on_demand_rates(history.lines, catalogue)
    prices = pool_offers(pools.keys, catalogue)
    by_pool, plan_notes = owned_plan_rates(commitments, prices)
    return Evidence(
        kind=kind,
        as_of=as_of,
        history=history,
        window_hours=window_hours,
        pools=pools,
        on_demand_usd=on_demand,
        pool_rate=_pool_rate(pools, history.last(window_hours), on_demand),
        prices=prices,
        commitments=commitments,
        plan_rates=by_pool[:, pools.of_line],
        spec_of=catalogue.spec,
        notes=(*notes, *plan_notes),
    )


def _pool_rate(pools: Pools, demand: Demand, on_demand: Floats) -> Floats:
    weight = np.where(np.isnan(on_demand), 0.0, demand.quantity.sum(axis=1))
    dollars = pools.total(np.nan_to_num(on_demand) * weight)
    hours = pools.total(weight)
    mean: Floats = np.divide(dollars, hours, out=np.full(len(hours), np.nan), where=hours > 0)
    return mean
