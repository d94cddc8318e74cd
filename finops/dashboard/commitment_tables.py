"""Which columns do the tables about commitments have, and what does each mean?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from finops.dashboard import tables
from finops.dashboard.records import as_frame

KINDS = {
    "reserved_instance": "Reserved Instance",
    "ec2_instance_savings_plan": "EC2 Instance Savings Plan",
    "compute_savings_plan": "Compute Savings Plan",
}

_FIELDS = (
    "title",
    "kind",
    "account_id",
    "region",
    "instance_type",
    "platform",
    "tenancy",
    "quantity",
    "hourly_commitment_usd",
    "term_years",
    "payment_option",
    "offering_class",
    "upfront_usd",
    "monthly_usd",
    "annual_savings_usd",
    "effect_on_owned_usd",
    "payback_months",
    "break_even_months",
    "utilization_pct",
    "steadiness_pct",
    "confidence_pct",
    "evidence",
    "purchase_on",
)
_NUMBERS = [name for name in _FIELDS if name.endswith(("_usd", "_pct", "_months"))]


def recommendation_frame(rows: Sequence[Any]) -> pd.DataFrame:
    """The recommendations as a table; what a row does not know is NaN."""
    frame = as_frame(rows, _FIELDS)
    return frame.astype(dict.fromkeys(_NUMBERS, "float64"))


def owned_names(owned: pd.DataFrame) -> list[str]:
    """A name for each owned commitment that a reader knows it by, and the end of its id."""
    return [_owned_name(row) for _, row in owned.iterrows()]


def _owned_name(row: pd.Series) -> str:
    what = next((row[name] for name in ("InstanceType", "InstanceFamily") if pd.notna(row[name])), "")
    where = row["Region"] if pd.notna(row["Region"]) else ""
    words = (_SHORT_KINDS.get(row["Kind"], row["Kind"]), what, where, f"…{row['CommitmentId'][-6:]}")
    return " ".join(word for word in words if word)


_SHORT_KINDS = {
    "reserved_instance": "RI",
    "ec2_instance_savings_plan": "EC2 plan",
    "compute_savings_plan": "Compute plan",
}

RECOMMENDATIONS = {
    "title": tables.text("Type · region · quantity × term, payment"),
    "annual_savings_usd": tables.dollars("Savings a year", "Mean hourly saving × 8,760, net of unused"),
    "confidence_pct": st.column_config.ProgressColumn(
        "Confidence",
        help="How often such a purchase cost no more than On-Demand over the horizon, in back-tests; "
        "empty where the evidence is too short or a snapshot",
        format="%.0f%%",
        min_value=0,
        max_value=100,
    ),
    "evidence": tables.text("Evidence", "hourly usage, or a snapshot, which is weak"),
    "utilization_pct": tables.percent("Utilization", "Hours used ÷ hours bought, on the evidence"),
    "steadiness_pct": tables.percent("Steadiness", "5th percentile ÷ mean of the hourly instances"),
    "upfront_usd": tables.dollars("Upfront", "Paid at the start, the whole row"),
    "monthly_usd": tables.dollars("Monthly", "Recurring, a month of 730 hours"),
    "break_even_months": tables.number(
        "Break-even, months", "Total commitment ÷ monthly On-Demand cost of the hours it covers", "%.1f"
    ),
    "effect_on_owned_usd": tables.dollars(
        "On owned", "What owned commitments cover less because of it, a year; already in the savings"
    ),
    "offering_class": tables.text("Class"),
    "platform": tables.text("Platform"),
    "account_id": tables.text("Account", "The account with the largest demand"),
    "purchase_on": tables.day("Buy on", "The first day on which the advice can be followed"),
}
STEADY = {
    "InstanceId": tables.text("Instance", "Empty for a pool of hourly usage"),
    "InstanceType": tables.text("Type"),
    "Region": tables.text("Region"),
    "Platform": tables.text("Platform"),
    "Instances": tables.number("Instances", "In the mean hour", "%.1f"),
    "SteadinessPct": tables.percent("Steadiness", "100 % never varies"),
    "Hours": tables.number("Hours", "With any usage"),
    "OnDemandMonthlyUSD": tables.dollars("On-Demand a month", "At the On-Demand rate, 730 hours"),
}
OPTIONS = {
    "Kind": tables.text("Kind"),
    "OfferingClass": tables.text("Class"),
    "TermYears": tables.number("Years", "Term"),
    "PaymentOption": tables.text("Payment"),
    "AnnualSavingsUSD": tables.dollars("Savings a year", "Mean hourly saving × 8,760, net of unused"),
    "CoveragePct": tables.percent("Coverage", "Of what owned commitments leave"),
    "UtilizationPct": tables.percent("Utilization", "Used ÷ bought"),
    "HourlyCostUSD": tables.hourly_dollars("$ per hour", "Amortised cost of all of it"),
    "UpfrontUSD": tables.dollars("Upfront", "Paid at the start"),
    "Units": tables.number("Units", "Instances reserved; empty for plans"),
}
OWNED = {
    "CommitmentId": tables.text("Commitment"),
    "Kind": tables.text("Kind"),
    "Region": tables.text("Region"),
    "InstanceType": tables.text("Type"),
    "InstanceFamily": tables.text("Family"),
    "UtilizationPct": tables.percent("Utilization", "Used ÷ purchased"),
    "Unit": tables.text("Unit", "Instance-hours of an RI, dollars of a plan"),
    "Purchased": tables.number("Purchased", "In the hours of the evidence"),
    "Used": tables.number("Used", "In the hours of the evidence"),
    "UnusedUSD": tables.dollars("Unused", "What the unused part costs, upfront spread over the term"),
    "PaymentOption": tables.text("Payment"),
    "End": tables.day("Ends"),
}
EXPIRING = {
    "commitment_id": tables.text("Commitment"),
    "kind": tables.text("Kind"),
    "region": tables.text("Region"),
    "instance_type": tables.text("Type"),
    "instance_family": tables.text("Family"),
    "quantity": tables.number("Quantity", "Instances; empty for plans"),
    "hourly_commitment_usd": tables.hourly_dollars("$ per hour", "Commitment of a plan"),
    "end": tables.day("Ends"),
    "days_left": tables.number("Days left", "From the as-of date"),
}
NOT_PRICED = {
    "instance_type": tables.text("Type"),
    "region": tables.text("Region"),
    "platform": tables.text("Platform"),
    "instances": tables.number("Instances", "In the mean hour", "%.1f"),
    "monthly_usd": tables.dollars("$ per month", "On-Demand, or as the list records it"),
    "reason": tables.text("Why"),
}
