"""Which workloads are steady? Pools by their hours, or instances by their launch dates and states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_MONTH
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.pools import POOL_KEYS
from finops.ri_engine.quantity import Floats
from finops.ri_engine.steadiness import hourly_steadiness, running_hours, snapshot_steadiness
from finops.schema import USAGE_DEFAULTS

STEADY_COLUMNS = [
    "InstanceId",
    "Region",
    "InstanceType",
    "Platform",
    "Tenancy",
    "Instances",
    "SteadinessPct",
    "Hours",
    "OnDemandMonthlyUSD",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """Steadiness of each pool in percent (NaN unknown), steady instances of each (snapshot only), and
    the frame that lists them."""

    pct: Floats
    instances: Floats
    listing: pd.DataFrame


def pool_steadiness(evidence: Evidence, min_uptime_pct: float) -> Steady:
    """Steadiness of the pools by their hours; the listing holds those at ``min_uptime_pct`` or above.

    The minimum limits the listing only: the quantile rule already charges a purchase for every hour
    in which it would lie idle.
    """
    demand = evidence.pools.total(evidence.window.quantity)
    scores = [hourly_steadiness(hours) for hours in demand]
    pct = np.array([np.nan if score is None else score for score in scores], dtype=np.float64)
    listing = evidence.pools.keys.assign(
        InstanceId=pd.Series(np.nan, evidence.pools.keys.index, dtype="str"),
        Instances=demand.mean(axis=1),
        SteadinessPct=pct,
        Hours=(demand > 0).sum(axis=1).astype(np.float64),
        OnDemandMonthlyUSD=demand.mean(axis=1) * evidence.pool_rate * HOURS_PER_MONTH,
    )
    return Steady(pct=pct, instances=np.zeros(len(pct)), listing=steady_listing(listing, min_uptime_pct))


def steady_listing(rows: pd.DataFrame, min_uptime_pct: float) -> pd.DataFrame:
    """The rows that are steady enough, the steadiest first, then the dearest."""
    kept = rows.loc[rows["SteadinessPct"] >= min_uptime_pct, STEADY_COLUMNS]
    return kept.sort_values(
        ["SteadinessPct", "OnDemandMonthlyUSD", "Region", "InstanceType", "InstanceId"],
        ascending=[False, False, True, True, True],
    ).reset_index(drop=True)


def instance_steadiness(
    evidence: Evidence, running: pd.DataFrame, lookback_days: int, min_uptime_pct: float
) -> Steady:
    """Steady instances of each pool: those whose steadiness is ``min_uptime_pct`` or more.

    A pool's steadiness is the mean of its steady instances', NaN where it has none.
    """
    filled = running.assign(
        Platform=running["Platform"].fillna(USAGE_DEFAULTS["Platform"]),
        Tenancy=USAGE_DEFAULTS["Tenancy"],
        Instances=1.0,
        Hours=running_hours(running, evidence.as_of, lookback_days),
        SteadinessPct=snapshot_steadiness(running, evidence.as_of, lookback_days),
    )
    pools = evidence.pools.keys.assign(pool=np.arange(len(evidence.pools.keys)), Rate=evidence.pool_rate)
    rows = filled.merge(pools, on=POOL_KEYS, how="inner", validate="many_to_one")
    rows = rows.assign(OnDemandMonthlyUSD=rows["Rate"] * HOURS_PER_MONTH)
    steady = rows[rows["SteadinessPct"] >= min_uptime_pct]
    per_pool = steady.groupby("pool")["SteadinessPct"].agg(["size", "mean"]).reindex(pools["pool"])
    return Steady(
        pct=per_pool["mean"].to_numpy(dtype=np.float64),
        instances=per_pool["size"].fillna(0).to_numpy(dtype=np.float64),
        listing=steady_listing(rows, min_uptime_pct),
    )
