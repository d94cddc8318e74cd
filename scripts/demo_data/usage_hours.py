"""How many instances ran in each hour and pool? The ``usage`` frame, gross of commitments."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pandas as pd

from finops.periods import utc
from finops.schema import USAGE
from scripts.demo_data.instances import Instance
from scripts.demo_data.timeline import HOURS, QUARTERS, START, Ints


class Pool(NamedTuple):
    """What commitments tell apart."""

    account: str
    region: str
    zone: str
    instance_type: str
    option: str


def usage_frame(instances: list[Instance]) -> pd.DataFrame:
    """One row per pool and hour in which something of it ran, pool by pool, hour by hour."""
    quarters: dict[Pool, Ints] = {}
    rates: dict[Pool, Decimal] = {}
    for instance in instances:
        pool = pool_of(instance)
        quarters[pool] = quarters.get(pool, np.zeros(HOURS, dtype=np.int64)) + instance.quarters
        rates[pool] = instance.rate
    hours = pd.Series(pd.date_range(utc(START), periods=HOURS, freq="h", unit="us"))
    parts = []
    for pool in sorted(quarters):
        ran = np.flatnonzero(quarters[pool])
        parts.append(
            pd.DataFrame(
                {
                    "Hour": hours.iloc[ran].to_numpy(),
                    "AccountId": pool.account,
                    "Service": "AmazonEC2",
                    "Region": pool.region,
                    "AvailabilityZone": pool.zone or None,
                    "InstanceType": pool.instance_type,
                    "Platform": "Linux/UNIX",
                    "Tenancy": "default",
                    "PurchaseOption": pool.option,
                    "Quantity": quarters[pool][ran] / QUARTERS,
                    "OnDemandRateUSD": float(rates[pool]),
                }
            ).astype({"AvailabilityZone": "str"})
        )
    return USAGE.conform(pd.concat(parts, ignore_index=True))


def pool_of(instance: Instance) -> Pool:
    fleet = instance.fleet
    return Pool(
        fleet.account.id,
        fleet.region,
        fleet.zone or "",
        fleet.instance_type,
        "spot" if fleet.spot else "on_demand",
    )
