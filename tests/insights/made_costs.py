"""Bills of one charge a day and resource, whose days a reader can add up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from finops.periods import Span
from finops.schema import COSTS

FIRST = date(2026, 1, 5)  # a Monday
DAYS = 100

Amount = float | Callable[[int], float | None]


@dataclass(frozen=True)
class Resource:
    """``usd`` a day, or by the position of the day; None where it has no charge."""

    name: str
    usd: Amount
    service: str = "Amazon Elastic Compute Cloud"
    account: str = "111111111111"
    region: str = "us-east-1"
    team: str | None = None
    unit: str = "Hours"
    frequency: str = "Usage-Based"
    category: str = "Usage"
    charge_class: str | None = None


def bill(*resources: Resource, days: int = DAYS) -> pd.DataFrame:
    rows = [row for one in resources for at in range(days) if (row := _row(one, at)) is not None]
    return COSTS.conform(pd.DataFrame(rows))


def _row(one: Resource, at: int) -> Mapping[str, object] | None:
    usd = one.usd(at) if callable(one.usd) else one.usd
    if usd is None:
        return None
    day = pd.Timestamp(FIRST + timedelta(days=at), tz="UTC")
    return {
        "ChargePeriodStart": day,
        "ChargePeriodEnd": day + pd.Timedelta(days=1),
        "ServiceName": one.service,
        "SubAccountId": one.account,
        "RegionId": one.region,
        "ResourceId": one.name,
        "Tags": f'{{"Team":"{one.team}"}}' if one.team else "{}",
        "PricingUnit": one.unit,
        "ChargeFrequency": one.frequency,
        "ChargeCategory": one.category,
        "ChargeClass": one.charge_class,
        "BilledCost": f"{usd:.6f}",
        "EffectiveCost": f"{usd:.6f}",
    }


def span(days: int = DAYS) -> Span:
    return Span(FIRST, FIRST + timedelta(days=days - 1))


def on(at: int) -> date:
    return FIRST + timedelta(days=at)
