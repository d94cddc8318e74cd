"""Which columns has FOCUS 1.2? Names, feature levels, kinds, nullability and allowed values, as data.

Source: the column pages of the FinOps Open Cost and Usage Specification, version 1.2. The allowed
values of ServiceSubcategory hang on the category and are not checked here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Level = Literal["mandatory", "conditional", "recommended"]
Kind = Literal["text", "decimal", "time", "json", "currency"]

CUSTOM_PREFIX = "x_"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the specification. ``allowed`` is empty where any value of the kind is."""

    name: str
    level: Level
    kind: Kind
    nullable: bool
    allowed: tuple[str, ...] = ()


_SERVICE_CATEGORIES = (
    "AI and Machine Learning",
    "Analytics",
    "Business Applications",
    "Compute",
    "Databases",
    "Developer Tools",
    "Multicloud",
    "Identity",
    "Integration",
    "Internet of Things",
    "Management and Governance",
    "Media",
    "Migration",
    "Mobile",
    "Networking",
    "Security",
    "Storage",
    "Web",
    "Other",
)
_USE = (
    "Used",
    "Unused",
)
_CHARGE_CATEGORIES = (
    "Usage",
    "Purchase",
    "Tax",
    "Credit",
    "Adjustment",
)
_CHARGE_CLASSES = ("Correction",)
_CHARGE_FREQUENCIES = (
    "One-Time",
    "Recurring",
    "Usage-Based",
)
_COMMITMENT_CATEGORIES = (
    "Spend",
    "Usage",
)
_PRICING_CATEGORIES = (
    "Standard",
    "Dynamic",
    "Committed",
    "Other",
)

COLUMNS: tuple[Column, ...] = (
    Column("AvailabilityZone", "recommended", "text", True),
    Column("BilledCost", "mandatory", "decimal", False),
    Column("BillingAccountId", "mandatory", "text", False),
    Column("BillingAccountName", "mandatory", "text", True),
    Column("BillingAccountType", "conditional", "text", False),
    Column("BillingCurrency", "mandatory", "currency", False),
    Column("BillingPeriodEnd", "mandatory", "time", False),
    Column("BillingPeriodStart", "mandatory", "time", False),
    Column("CapacityReservationId", "conditional", "text", True),
    Column("CapacityReservationStatus", "conditional", "text", True, _USE),
    Column("ChargeCategory", "mandatory", "text", False, _CHARGE_CATEGORIES),
    Column("ChargeClass", "mandatory", "text", True, _CHARGE_CLASSES),
    Column("ChargeDescription", "mandatory", "text", True),
    Column("ChargeFrequency", "recommended", "text", False, _CHARGE_FREQUENCIES),
    Column("ChargePeriodEnd", "mandatory", "time", False),
    Column("ChargePeriodStart", "mandatory", "time", False),
    Column("CommitmentDiscountCategory", "conditional", "text", True, _COMMITMENT_CATEGORIES),
    Column("CommitmentDiscountId", "conditional", "text", True),
    Column("CommitmentDiscountName", "conditional", "text", True),
    Column("CommitmentDiscountQuantity", "conditional", "decimal", True),
    Column("CommitmentDiscountStatus", "conditional", "text", True, _USE),
    Column("CommitmentDiscountType", "conditional", "text", True),
    Column("CommitmentDiscountUnit", "conditional", "text", True),
    Column("ConsumedQuantity", "conditional", "decimal", True),
    Column("ConsumedUnit", "conditional", "text", True),
    Column("ContractedCost", "mandatory", "decimal", False),
    Column("ContractedUnitPrice", "conditional", "decimal", True),
    Column("EffectiveCost", "mandatory", "decimal", False),
    Column("InvoiceId", "recommended", "text", True),
    Column("InvoiceIssuerName", "mandatory", "text", False),
    Column("ListCost", "mandatory", "decimal", False),
    Column("ListUnitPrice", "conditional", "decimal", True),
    Column("PricingCategory", "conditional", "text", True, _PRICING_CATEGORIES),
    Column("PricingCurrency", "conditional", "currency", True),
    Column("PricingCurrencyContractedUnitPrice", "conditional", "decimal", True),
    Column("PricingCurrencyEffectiveCost", "conditional", "decimal", True),
    Column("PricingCurrencyListUnitPrice", "conditional", "decimal", True),
    Column("PricingQuantity", "mandatory", "decimal", True),
    Column("PricingUnit", "mandatory", "text", True),
    Column("ProviderName", "mandatory", "text", False),
    Column("PublisherName", "mandatory", "text", False),
    Column("RegionId", "conditional", "text", True),
    Column("RegionName", "conditional", "text", True),
    Column("ResourceId", "conditional", "text", True),
    Column("ResourceName", "conditional", "text", True),
    Column("ResourceType", "conditional", "text", True),
    Column("ServiceCategory", "mandatory", "text", False, _SERVICE_CATEGORIES),
    Column("ServiceName", "mandatory", "text", False),
    Column("ServiceSubcategory", "recommended", "text", False),
    Column("SkuId", "conditional", "text", True),
    Column("SkuMeter", "conditional", "text", True),
    Column("SkuPriceDetails", "conditional", "json", True),
    Column("SkuPriceId", "conditional", "text", True),
    Column("SubAccountId", "conditional", "text", True),
    Column("SubAccountName", "conditional", "text", True),
    Column("SubAccountType", "conditional", "text", True),
    Column("Tags", "conditional", "json", True),
)

BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
