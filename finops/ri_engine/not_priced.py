"""What got no advice because a price is unknown, and how much money is that?"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_MONTH
from finops.ri_engine.claims import RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.report import NotPriced
from finops.schema import USAGE_DEFAULTS


def unpriced_pools(
    evidence: Evidence, ec2: pd.DataFrame, kinds: Collection[str]
) -> tuple[NotPriced, ...]:
    """Pools with demand in the window but without an On-Demand or any commitment price of these kinds,
    dearest first.

    ``ec2`` (may be empty) gives the recorded dollars of pools that have no On-Demand price.
    """
    found = []
    instances = evidence.pools.total(evidence.window.quantity).mean(axis=1)
    for pool, key in enumerate(evidence.pools.keys.to_dict("records")):
        reason = _reason(evidence, pool, kinds)
        if reason is None or instances[pool] <= 0:
            continue
        rate, recorded = float(evidence.pool_rate[pool]), _recorded_monthly(ec2, key)
        known = np.isfinite(rate)
        found.append(
            NotPriced(
                region=key["Region"],
                instance_type=key["InstanceType"],
                platform=key["Platform"],
                tenancy=key["Tenancy"],
                instances=float(instances[pool]),
                monthly_usd=rate * float(instances[pool]) * HOURS_PER_MONTH if known else recorded,
                dollars="on_demand" if known else None if recorded is None else "recorded",
                reason=reason,
            )
        )
    return tuple(
        sorted(found, key=lambda one: (-(one.monthly_usd or 0.0), one.region, one.instance_type))
    )


def _reason(evidence: Evidence, pool: int, kinds: Collection[str]) -> str | None:
    if not np.isfinite(evidence.pool_rate[pool]):
        return "no On-Demand price is known"
    if any(price.kind in kinds for price in evidence.prices[pool]):
        return None
    if evidence.pools.keys["Tenancy"].iloc[pool] != "default":
        return "no commitment price is known for this tenancy"
    if set(kinds) == {RI}:
        return "no Reserved Instance price is known: AWS may not sell one"
    return "no price of these kinds of commitment is known"


def _recorded_monthly(ec2: pd.DataFrame, key: Mapping[Hashable, Any]) -> float | None:
    platform = ec2["Platform"].fillna(USAGE_DEFAULTS["Platform"])
    same = (ec2["State"] == "running") & (ec2["Region"] == key["Region"])
    same &= (ec2["InstanceType"] == key["InstanceType"]) & (platform == key["Platform"])
    amounts = ec2.loc[same, "MonthlyCostUSD"].dropna()
    return float(amounts.sum()) if len(amounts) else None
