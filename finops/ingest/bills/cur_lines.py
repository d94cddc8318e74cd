"""What does a line of a Cost and Usage Report say? Legacy (both header styles) and CUR 2.0 → LINES.

Names are those of CUR 2.0; the legacy ones are the same once case and marks are left out
(``lineItem/UsageStartDate``, ``line_item_usage_start_date``). Charge categories are FOCUS's.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from finops import tags
from finops.ingest.bills.cur_costs import USAGE, LineKind, cost_columns, kind_of
from finops.ingest.bills.formats import BillFormat
from finops.ingest.bills.lines import (
    COVERED,
    NEGATION,
    NUMBER,
    PLAN_FEE,
    PLAN_UPFRONT,
    RESERVED_FEE,
    RESERVED_USAGE,
    TEXT,
    conform,
)
from finops.ingest.bills.raw_columns import RawColumns
from finops.ingest.bills.tag_sets import SNAKE, pairs_text, raw_tags

PROVIDER = "AWS"
USED = (USAGE, COVERED, RESERVED_USAGE)
COMMITTED = (COVERED, RESERVED_USAGE)
FEES = (PLAN_FEE, PLAN_UPFRONT, RESERVED_FEE)
CREDITS = ("Credit", "Refund", "SavingsPlanRefund")
DISCOUNTS = ("Discount", "EdpDiscount", "PrivateRateDiscount", "BundledDiscount", "RiVolumeDiscount",
             "DistributorDiscount", "SppDiscount", "EdpSppDiscount")  # fmt: skip

# AWS, "Billing information fields" of Amazon EC2: the operation says the platform.
PLATFORMS: Mapping[str, str] = {
    "RunInstances": "Linux/UNIX",
    "RunInstances:0002": "Windows",
    "RunInstances:0006": "Windows with SQL Server Standard",
    "RunInstances:0102": "Windows with SQL Server Enterprise",
    "RunInstances:0202": "Windows with SQL Server Web",
    "RunInstances:0800": "Windows BYOL",
    "RunInstances:0010": "Red Hat Enterprise Linux",
    "RunInstances:1010": "Red Hat Enterprise Linux with HA",
    "RunInstances:00g0": "Red Hat BYOL Linux",
    "RunInstances:000g": "SUSE Linux",
    "RunInstances:0004": "Linux with SQL Server Standard",
    "RunInstances:0100": "Linux with SQL Server Enterprise",
    "RunInstances:0200": "Linux with SQL Server Web",
    "RunInstances:0g00": "Ubuntu Pro",
}
# The usage types of an instance-hour; a reservation's fee is HeavyUsage.
INSTANCE_HOURS = ("BoxUsage", "SpotUsage", "DedicatedUsage")
_ZONE = r"^([a-z]{2}(?:-[a-z]+)+-[0-9]+)"
_TYPE = r":([a-z0-9-]+\.[a-z0-9-]+)$"


def cur_lines(raw: ibis.Table, bill_format: BillFormat) -> ibis.Table:
    """The canonical lines of a raw report, one each. What the report lacks is null."""
    columns = RawColumns(raw)
    kind = kind_of(columns)
    values: dict[str, ir.Value] = {
        **_when_and_who(columns),
        **_what(columns, kind),
        **_instance(columns, kind),
        **_commitment(columns, kind),
        **cost_columns(columns, kind),
        "RawTags": raw_tags(_tags(columns), _cost_categories(columns)),
    }
    return conform(values, raw)


def _when_and_who(columns: RawColumns) -> dict[str, ir.Value]:
    begin = columns.time("line_item_usage_start_date")
    issuer = columns.text("line_item_legal_entity")
    return {
        "BillingPeriodStart": ibis.coalesce(
            columns.time("bill_billing_period_start_date"), begin.truncate("M")
        ),
        "BillingPeriodEnd": columns.time("bill_billing_period_end_date"),
        "ChargePeriodStart": begin,
        "ChargePeriodEnd": columns.time("line_item_usage_end_date"),
        "BillingAccountId": columns.text("bill_payer_account_id"),
        "BillingAccountName": columns.text("bill_payer_account_name"),
        "SubAccountId": columns.text("line_item_usage_account_id"),
        "SubAccountName": columns.text("line_item_usage_account_name"),
        "BillingCurrency": columns.text("line_item_currency_code"),
        "ProviderName": ibis.literal(PROVIDER),
        "PublisherName": issuer,
        "InvoiceIssuerName": issuer,
        "InvoiceId": columns.text("bill_invoice_id"),
        "LineItemId": columns.text("identity_line_item_id"),
    }


def _what(columns: RawColumns, kind: LineKind) -> dict[str, ir.Value]:
    code = columns.text("line_item_product_code")
    amount = columns.number("line_item_usage_amount")
    unit = columns.text("pricing_unit")
    fee = kind.of.isin(FEES) | kind.reservation_fee
    return {
        "LineItemType": columns.text("line_item_line_item_type"),
        "ChargeCategory": _category(kind),
        "ChargeDescription": columns.text("line_item_line_item_description"),
        "ChargeFrequency": ibis.cases(
            (kind.of.isin((*USED, NEGATION)), "Usage-Based"),
            (kind.of.isin((PLAN_FEE, RESERVED_FEE)), "Recurring"),
            else_="One-Time",
        ),
        "PricingCategory": ibis.cases(
            (kind.of.isin(COMMITTED), "Committed"),
            ((kind.of == USAGE) & _usage_type(columns).contains("SpotUsage"), "Dynamic"),
            ((kind.of == USAGE) | fee, "Standard"),
            else_=ibis.null(TEXT),
        ),
        "ServiceCode": code,
        "ServiceName": ibis.coalesce(
            columns.text("product_product_name", "product_servicename"),
            columns.text("product_servicecode"),
            code,
        ),
        "UsageType": _usage_type(columns),
        "Operation": columns.text("line_item_operation"),
        "SkuId": columns.text("product_sku"),
        "RegionId": _region(columns),
        "AvailabilityZone": columns.text("line_item_availability_zone"),
        "ResourceId": ibis.coalesce(
            columns.text("line_item_resource_id"),
            ibis.ifelse(fee, _commitment_id(columns), ibis.null(TEXT)),
        ),
        "PricingQuantity": amount,
        "PricingUnit": unit,
        "ConsumedQuantity": ibis.ifelse(kind.of.isin(USED), amount, ibis.null(NUMBER)),
        "ConsumedUnit": ibis.ifelse(kind.of.isin(USED), unit, ibis.null(TEXT)),
    }


def _category(kind: LineKind) -> ir.StringValue:
    return ibis.cases(
        (kind.of.isin(USED), "Usage"),
        (kind.of == "Tax", "Tax"),
        (kind.of.isin((*FEES, "Fee")), "Purchase"),
        (kind.of.isin(CREDITS), "Credit"),
        else_="Adjustment",
    )


def _usage_type(columns: RawColumns) -> ir.StringValue:
    return columns.text("line_item_usage_type")


def _region(columns: RawColumns) -> ir.StringValue:
    zone = columns.text("line_item_availability_zone")
    return ibis.coalesce(
        columns.text("product_region_code"),
        columns.text("product_region"),
        zone.re_extract(_ZONE, 1).nullif(""),
    )


def _instance(columns: RawColumns, kind: LineKind) -> dict[str, ir.Value]:
    usage_type = _usage_type(columns)
    hours = usage_type.contains(INSTANCE_HOURS[0])
    for word in INSTANCE_HOURS[1:]:
        hours = hours | usage_type.contains(word)
    fee = usage_type.contains("HeavyUsage") & (kind.of == RESERVED_FEE)
    is_ec2 = columns.text("line_item_product_code").fill_null("") == "AmazonEC2"
    known = (is_ec2 & ((hours & kind.of.isin(USED)) | fee)).fill_null(False)
    type_text = ibis.coalesce(
        usage_type.re_extract(_TYPE, 1).nullif(""), columns.text("product_instance_type")
    )
    operation = columns.text("line_item_operation")
    platform = ibis.coalesce(
        operation.cases(*PLATFORMS.items(), else_=ibis.null(TEXT)), operation, ibis.literal("Linux/UNIX")
    )
    spot = usage_type.contains("SpotUsage")
    rate = ibis.ifelse(
        kind.of == RESERVED_USAGE,
        columns.number("pricing_public_on_demand_rate"),
        ibis.coalesce(
            columns.number("line_item_unblended_rate"), columns.number("pricing_public_on_demand_rate")
        ),
    )
    nothing = ibis.null(TEXT)
    return {
        "InstanceType": ibis.ifelse(known, type_text, nothing),
        "Platform": ibis.ifelse(known, platform, nothing),
        "Tenancy": ibis.ifelse(
            known,
            ibis.cases(
                (usage_type.contains("DedicatedUsage"), "dedicated"),
                (columns.text("product_tenancy").fill_null("") == "Dedicated", "dedicated"),
                else_="default",
            ),
            nothing,
        ),
        "PurchaseOption": ibis.ifelse(known, ibis.ifelse(spot, "spot", "on_demand"), nothing),
        "OnDemandRate": ibis.ifelse(known & ~spot & ~fee, rate.nullif(0.0), ibis.null(NUMBER)),
    }


def _commitment_id(columns: RawColumns) -> ir.StringValue:
    return ibis.coalesce(
        columns.text("savings_plan_savings_plan_a_r_n", "savings_plan_savings_plan_arn"),
        columns.text("reservation_reservation_a_r_n", "reservation_reservation_arn"),
    )


def _commitment(columns: RawColumns, kind: LineKind) -> dict[str, ir.Value]:
    plan = kind.of.isin((COVERED, PLAN_FEE, PLAN_UPFRONT)) | kind.plan_refund
    reserved = kind.of.isin((RESERVED_USAGE, RESERVED_FEE)) | kind.reservation_fee
    nothing = ibis.null(TEXT)
    quantity = ibis.cases(
        (kind.of == COVERED, columns.number("savings_plan_savings_plan_effective_cost")),
        (kind.of == RESERVED_USAGE, columns.number("line_item_usage_amount")),
        else_=ibis.null(NUMBER),
    )
    offered = columns.text("savings_plan_offering_type")
    return {
        "CommitmentDiscountId": ibis.ifelse(kind.of == NEGATION, nothing, _commitment_id(columns)),
        "CommitmentDiscountType": ibis.cases(
            (plan, "Savings Plan"), (reserved, "Reserved Instance"), else_=nothing
        ),
        "CommitmentDiscountStatus": ibis.ifelse(kind.of.isin(COMMITTED), "Used", nothing),
        "CommitmentDiscountQuantity": quantity,
        "CommitmentDiscountUnit": ibis.cases(
            (kind.of == COVERED, columns.text("line_item_currency_code")),
            (kind.of == RESERVED_USAGE, "Hours"),
            else_=nothing,
        ),
        "CommitmentKind": ibis.cases(
            (reserved, "reserved_instance"),
            (plan & offered.startswith("EC2Instance"), "ec2_instance_savings_plan"),
            (plan & offered.startswith("Compute"), "compute_savings_plan"),
            else_=nothing,
        ),
        "CommitmentPaymentOption": ibis.coalesce(
            columns.text("savings_plan_payment_option"), columns.text("pricing_purchase_option")
        ),
        "CommitmentTerm": ibis.coalesce(
            columns.text("savings_plan_purchase_term"), columns.text("pricing_lease_contract_length")
        ),
        "CommitmentOfferingClass": columns.text("pricing_offering_class"),
        "CommitmentInstanceFamily": columns.text("savings_plan_instance_type_family"),
        "CommitmentQuantity": columns.number("reservation_number_of_reservations"),
        "CommitmentTotal": columns.money("savings_plan_total_commitment_to_date"),
        "CommitmentUpfront": columns.money("reservation_upfront_value"),
        "CommitmentStart": ibis.coalesce(
            columns.time("savings_plan_start_time"), columns.time("reservation_start_time")
        ),
        "CommitmentEnd": ibis.coalesce(
            columns.time("savings_plan_end_time"), columns.time("reservation_end_time")
        ),
    }


def _tags(columns: RawColumns) -> ir.StringValue:
    """The tags of a map (CUR 2.0), else of a column per key."""
    if columns.has("resource_tags"):
        text = columns.text("resource_tags")
        return ibis.literal(SNAKE) + text
    cells = {tags.key_of_column(name): name for name in columns.raw.columns}
    return pairs_text((key, columns.text(name)) for key, name in cells.items() if key is not None)


def _cost_categories(columns: RawColumns) -> ir.StringValue:
    if columns.has("cost_category"):
        return columns.text("cost_category")
    found = columns.named("costcategory/", "cost_category_")
    return pairs_text(
        (name[len("costcategory/") :].removeprefix("_"), cell) for name, cell in found.items()
    )
