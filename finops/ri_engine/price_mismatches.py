"""Where does a list of instances record another price than the price list?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from finops.errors import Issue, UnknownPrice
from finops.money import HOURS_PER_MONTH, usd
from finops.ri_engine.catalogue import Catalogue
from finops.schema import USAGE_DEFAULTS

MISMATCH_SHARE = 0.02


def price_mismatches(ec2: pd.DataFrame, catalogue: Catalogue, file: str = "") -> tuple[Issue, ...]:
    """The instances whose CostPerHourUSD is more than 2 % off the catalogue's On-Demand price.

    ``cost_usd`` is what those rows cost in a month as recorded (× 730), in any state. Rows without a
    recorded cost, and types without a price, are compared with nothing. Empty if all agree.
    """
    platform = ec2["Platform"].fillna(USAGE_DEFAULTS["Platform"])
    rows = ec2.assign(Platform=platform).dropna(subset=["CostPerHourUSD", "Region", "InstanceType"])
    listed = {
        key: _listed(catalogue, *key)
        for key in rows[["InstanceType", "Region", "Platform"]].drop_duplicates().itertuples(index=False)
    }
    prices = [
        listed[key] for key in rows[["InstanceType", "Region", "Platform"]].itertuples(index=False)
    ]
    price = pd.Series(prices, rows.index, dtype="float64")
    off = rows[(rows["CostPerHourUSD"] / price - 1).abs() > MISMATCH_SHARE]
    if off.empty:
        return ()
    recorded = float(off["CostPerHourUSD"].sum()) * HOURS_PER_MONTH
    at_list = float(price[off.index].sum()) * HOURS_PER_MONTH
    issue = Issue(
        severity="warning",
        code="price_mismatch",
        message=(
            f"{len(off)} instances record {usd(recorded)} a month where the price list has "
            f"{usd(at_list)} (each more than {MISMATCH_SHARE:.0%} off); savings are measured against "
            "the price list. Check the CostUSD column, or give hourly usage with the contracted rate"
        ),
        file=file,
        rows=len(off),
        cost_usd=recorded,
    )
    return (issue,)


def _listed(catalogue: Catalogue, instance_type: str, region: str, platform: str) -> float:
    try:
        return catalogue.on_demand(instance_type, region, platform, "default").usd_per_hour
    except UnknownPrice:
        return np.nan
