"""How does a charge become a row of the bill? FOCUS 1.2 columns, amounts in pico-dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from finops import tags
from finops.periods import Month, utc
from finops.schema import COSTS, MONEY, NO_TAGS
from scripts.demo_data.organisation import MANAGEMENT, Account
from scripts.demo_data.timeline import Ints, days, months

EC2 = "Amazon Elastic Compute Cloud"
S3 = "Amazon Simple Storage Service"
PLANS = "Savings Plans for AWS Compute usage"
AWS = "Amazon Web Services, Inc."

MONEY_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


@dataclass(frozen=True, kw_only=True)
class Charges:
    """Charges that differ in day and amount only. One entry of ``days`` and amounts is one row.

    ``days`` are day numbers of the history; without ``last_day`` a charge is for one day, with it
    for the days up to and including that date. ``quantity`` is in ``unit``.
    """

    account: Account
    service: str
    category: str
    days: Ints
    billed: Ints
    effective: Ints
    listed: Ints
    description: str
    sku: str
    region: str | None = None
    resource: str | None = None
    charge_category: str = "Usage"
    charge_class: str | None = None
    frequency: str = "Usage-Based"
    pricing: str = "Standard"
    quantity: np.ndarray | None = None
    unit: str | None = None
    commitment: str | None = None
    commitment_type: str | None = None
    commitment_status: str | None = None
    commitment_quantity: np.ndarray | None = None
    commitment_unit: str | None = None
    tag_text: str = ""
    publisher: str = AWS
    last_day: date | None = field(default=None)

    def frame(self) -> pd.DataFrame:
        """The rows; amounts still in integers."""
        rows = len(self.days)
        used = self.charge_category == "Usage" and self.commitment_status != "Unused"
        constants: Mapping[str, Any] = {
            "BillingAccountId": MANAGEMENT.id,
            "BillingAccountName": MANAGEMENT.name,
            "SubAccountId": self.account.id,
            "SubAccountName": self.account.name,
            "BillingCurrency": "USD",
            "ProviderName": "AWS",
            "PublisherName": self.publisher,
            "InvoiceIssuerName": AWS,
            "ServiceName": self.service,
            "ServiceCategory": self.category,
            "RegionId": self.region,
            "ResourceId": self.resource,
            "SkuId": self.sku,
            "ChargeCategory": self.charge_category,
            "ChargeClass": self.charge_class,
            "ChargeDescription": self.description,
            "ChargeFrequency": self.frequency,
            "PricingCategory": self.pricing,
            "PricingUnit": self.unit,
            "ConsumedUnit": self.unit if used else None,
            "CommitmentDiscountId": self.commitment,
            "CommitmentDiscountType": self.commitment_type,
            "CommitmentDiscountStatus": self.commitment_status,
            "CommitmentDiscountUnit": self.commitment_unit,
            "Tags": tags.parse(self.tag_text).canonical if self.tag_text else NO_TAGS,
        }
        amounts: Mapping[str, Any] = {
            "Day": self.days,
            "Days": 1 if self.last_day is None else (self.last_day - days()[int(self.days[0])]).days + 1,
            "PricingQuantity": self.quantity,
            "ConsumedQuantity": self.quantity if used else None,
            "CommitmentDiscountQuantity": self.commitment_quantity,
            "BilledCost": self.billed,
            "EffectiveCost": self.effective,
            "ListCost": self.listed,
            "ContractedCost": self.listed,
        }
        return pd.DataFrame({**constants, **amounts}, index=range(rows))


def costs_frame(charges: list[Charges]) -> pd.DataFrame:
    """The ``costs`` frame, sorted so that like stands by like: service, resource, status, day."""
    rows = pd.concat([each.frame().astype(_TYPES) for each in charges], ignore_index=True)
    order = [
        "ServiceName",
        "ChargeCategory",
        "SubAccountId",
        "ResourceId",
        "SkuId",
        "CommitmentDiscountId",
        "CommitmentDiscountStatus",
        "Day",
    ]
    rows = rows.sort_values(order, kind="stable", ignore_index=True)
    first = pd.Series([utc(day) for day in days()])
    start = first.iloc[rows["Day"]].reset_index(drop=True)
    month = pd.Series([Month.of(day) for day in days()]).iloc[rows["Day"]].reset_index(drop=True)
    of_month = {each: (utc(each.start), utc(each.end)) for each in months()}
    return COSTS.conform(
        rows.assign(
            BillingPeriodStart=[of_month[each][0] for each in month],
            BillingPeriodEnd=[of_month[each][1] for each in month],
            ChargePeriodStart=start,
            ChargePeriodEnd=start + pd.to_timedelta(rows["Days"], unit="D"),
            **{name: money(rows[name].to_numpy()) for name in MONEY_COLUMNS},
        )
    )


_TYPES = {
    "PricingQuantity": "float64",
    "ConsumedQuantity": "float64",
    "CommitmentDiscountQuantity": "float64",
    **dict.fromkeys(
        (
            "RegionId",
            "ResourceId",
            "ChargeClass",
            "PricingUnit",
            "ConsumedUnit",
            "CommitmentDiscountId",
            "CommitmentDiscountType",
            "CommitmentDiscountStatus",
            "CommitmentDiscountUnit",
            "Tags",
        ),
        "str",
    ),
}


def money(amounts: Ints) -> pd.Series:
    """Pico-dollars as the money type of the frames, without a detour over text."""
    halves = np.empty((len(amounts), 2), dtype="<i8")
    halves[:, 0] = amounts
    halves[:, 1] = np.where(amounts < 0, -1, 0)
    array = pa.Array.from_buffers(
        MONEY.pyarrow_dtype, len(amounts), [None, pa.py_buffer(halves.tobytes())]
    )
    return pd.Series(pd.arrays.ArrowExtensionArray(array), dtype=MONEY)


def last_day_of(month: Month) -> date:
    return month.end - timedelta(days=1)
