"""What is a line of a bill, whatever its format? The canonical columns that the reductions read.

``cur_lines`` and ``focus_lines`` make them from raw columns. Times are UTC without a zone, money is
exact, what a report lacks is null. LineItemType is the report's own word: of a Cost and Usage Report
its line item type, of FOCUS its charge category.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

MONEY = dt.Decimal(38, 12)
TEXT = dt.string
NUMBER = dt.float64
TIME = dt.Timestamp()

LINES: Mapping[str, dt.DataType] = {
    # When
    "BillingPeriodStart": TIME,
    "BillingPeriodEnd": TIME,
    "ChargePeriodStart": TIME,
    "ChargePeriodEnd": TIME,
    # Who
    "BillingAccountId": TEXT,
    "BillingAccountName": TEXT,
    "SubAccountId": TEXT,
    "SubAccountName": TEXT,
    "BillingCurrency": TEXT,
    "ProviderName": TEXT,
    "PublisherName": TEXT,
    "InvoiceIssuerName": TEXT,
    "InvoiceId": TEXT,
    # What
    "LineItemId": TEXT,
    "LineItemType": TEXT,
    "ChargeCategory": TEXT,
    "ChargeClass": TEXT,
    "ChargeDescription": TEXT,
    "ChargeFrequency": TEXT,
    "PricingCategory": TEXT,
    "ServiceCode": TEXT,
    "ServiceName": TEXT,
    "ServiceCategory": TEXT,
    "UsageType": TEXT,
    "Operation": TEXT,
    "SkuId": TEXT,
    "RegionId": TEXT,
    "AvailabilityZone": TEXT,
    "ResourceId": TEXT,
    "PricingQuantity": NUMBER,
    "PricingUnit": TEXT,
    "ConsumedQuantity": NUMBER,
    "ConsumedUnit": TEXT,
    # An instance that ran: null for all other lines
    "InstanceType": TEXT,
    "Platform": TEXT,
    "Tenancy": TEXT,
    "PurchaseOption": TEXT,
    "OnDemandRate": NUMBER,
    # Under which commitment; its terms stand on fee lines only
    "CommitmentDiscountId": TEXT,
    "CommitmentDiscountType": TEXT,
    "CommitmentDiscountStatus": TEXT,
    "CommitmentDiscountQuantity": NUMBER,
    "CommitmentDiscountUnit": TEXT,
    "CommitmentKind": TEXT,
    "CommitmentPaymentOption": TEXT,
    "CommitmentTerm": TEXT,
    "CommitmentOfferingClass": TEXT,
    "CommitmentInstanceFamily": TEXT,
    "CommitmentQuantity": NUMBER,
    "CommitmentTotal": MONEY,
    "CommitmentUpfront": MONEY,
    "CommitmentStart": TIME,
    "CommitmentEnd": TIME,
    # How much
    "BilledCost": MONEY,
    "EffectiveCost": MONEY,
    "ListCost": MONEY,
    "ContractedCost": MONEY,
    "GrossBilledCost": MONEY,
    "GrossEffectiveCost": MONEY,
    # Tags and AWS cost categories as they stand; ``tag_sets`` turns them into TagSetId
    "RawTags": TEXT,
}
FLAT = {**{name: kind for name, kind in LINES.items() if name != "RawTags"}, "TagSetId": dt.int64}

# Line item types of a Cost and Usage Report that the cost bases treat each in its own way.
COVERED = "SavingsPlanCoveredUsage"
NEGATION = "SavingsPlanNegation"
PLAN_FEE = "SavingsPlanRecurringFee"
PLAN_UPFRONT = "SavingsPlanUpfrontFee"
RESERVED_USAGE = "DiscountedUsage"
RESERVED_FEE = "RIFee"

# Two amounts of 38 digits make Spark drop a decimal place of their sum; of 36 they do not.
_TERM = dt.Decimal(36, 12)


def plus(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
    """The exact sum of two amounts; null where one is."""
    return (one.cast(_TERM) + other.cast(_TERM)).cast(MONEY)


def minus(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
    """The exact difference of two amounts; null where one is."""
    return (one.cast(_TERM) - other.cast(_TERM)).cast(MONEY)


def conform(values: Mapping[str, ir.Value], raw: ibis.Table) -> ibis.Table:
    """The canonical columns in order, null where ``values`` has none."""
    return raw.select(
        **{
            name: values[name].cast(kind) if name in values else ibis.null(kind)
            for name, kind in LINES.items()
        }
    )
