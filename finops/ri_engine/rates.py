"""What does an hour cost, On-Demand and under each offer?

The On-Demand baseline is the bill's own rate where it names one, else the catalogue's for type,
region, platform and tenancy; never the CostPerHourUSD of a resource list. What has no price has
none: it is listed with its dollars, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from finops.errors import UnknownPrice
from finops.ri_engine.catalogue import Catalogue, CommitmentPrice
from finops.ri_engine.claims import RI
from finops.ri_engine.quantity import Floats

# An owned plan whose row names neither term nor payment is charged the dearest rates: it covers least.
_DEAREST = (1, "No Upfront")


def on_demand_rates(lines: pd.DataFrame, catalogue: Catalogue) -> Floats:
    """Dollars per instance-hour of each line, shape (L,); NaN where nobody knows a price.

    ``lines`` has Region, InstanceType, Platform, Tenancy and OnDemandRateUSD (NaN: ask the catalogue).
    """
    listed: dict[tuple[str, str, str, str], float] = {}
    rates = lines["OnDemandRateUSD"].to_numpy(dtype=np.float64).copy()
    for at in np.flatnonzero(~(rates > 0)):
        line = lines.iloc[at]
        key = (line["InstanceType"], line["Region"], line["Platform"], line["Tenancy"])
        if key not in listed:
            listed[key] = _on_demand(catalogue, *key)
        rates[at] = listed[key]
    return rates


def _on_demand(
    catalogue: Catalogue, instance_type: str, region: str, platform: str, tenancy: str
) -> float:
    try:
        return catalogue.on_demand(instance_type, region, platform, tenancy).usd_per_hour
    except UnknownPrice:
        return np.nan


def offers(
    catalogue: Catalogue, instance_type: str, region: str, platform: str, tenancy: str
) -> tuple[CommitmentPrice, ...]:
    """Every commitment price of a pool; none where the catalogue has none.

    Its commitment prices are those of shared tenancy: dedicated instances get no advice from them.
    """
    if tenancy != "default":
        return ()
    try:
        return catalogue.commitment_prices(instance_type, region, platform)
    except UnknownPrice:
        return ()


def pool_offers(pools: pd.DataFrame, catalogue: Catalogue) -> list[tuple[CommitmentPrice, ...]]:
    """The commitment prices of each pool (rows of Region, InstanceType, Platform, Tenancy)."""
    return [
        offers(catalogue, one["InstanceType"], one["Region"], one["Platform"], one["Tenancy"])
        for one in pools.to_dict("records")
    ]


def offer_rates(
    prices: Iterable[tuple[CommitmentPrice, ...]], kind: str, term_years: int, payment_option: str
) -> Floats:
    """The effective rate of one plan offer in each pool, NaN where it is not sold."""
    return np.array(
        [
            next(
                (
                    price.effective_usd_per_hour
                    for price in of_pool
                    if (price.kind, price.term_years, price.payment_option)
                    == (kind, term_years, payment_option)
                ),
                np.nan,
            )
            for of_pool in prices
        ],
        dtype=np.float64,
    )


def owned_plan_rates(
    commitments: pd.DataFrame, prices: list[tuple[CommitmentPrice, ...]]
) -> tuple[Floats, tuple[str, ...]]:
    """What owned plans are charged in each pool, shape (C, P), NaN for RIs; and notes on them.

    The rates are the catalogue's of the plan's kind, term and payment; that an EC2 Instance plan
    serves its own family and region only is for billing to see.
    """
    rates = np.full((len(commitments), len(prices)), np.nan)
    notes: list[str] = []
    for number, one in enumerate(commitments.to_dict("records")):
        if one["Kind"] == RI:
            continue
        term, payment = one["TermYears"], one["PaymentOption"]
        if pd.isna(term) or pd.isna(payment):
            term, payment = _DEAREST
            notes.append(
                f"plan {one['CommitmentId']} names no term or payment option: its rates are taken to be "
                f"those of {term} year {payment}, the dearest"
            )
        rates[number] = offer_rates(prices, one["Kind"], int(term), str(payment))
    return rates, tuple(notes)
