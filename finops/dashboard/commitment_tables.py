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
    "all_together": "All kinds together",
}
SHORT_KINDS = {
    "reserved_instance": "RI",
    "ec2_instance_savings_plan": "EC2 plan",
    "compute_savings_plan": "Compute plan",
    "all_together": "together",
}

_FIELDS = (
    "title",
    "kind",
    "account_id",
    "region",
    "instance_type",
    "instance_family",
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
_ANY = "any"


def recommendation_frame(rows: Sequence[Any]) -> pd.DataFrame:
    """The recommendations as a table; what a row does not know is NaN.

    ``what`` and ``where`` are what a reader looks for: type or family, and region, of which a Compute
    plan has any. ``label`` is the title, numbered where another row has the same.
    """
    frame = as_frame(rows, _FIELDS).astype(dict.fromkeys(_NUMBERS, "float64"))
    seen = frame.groupby("title").cumcount()
    return frame.assign(
        number=range(len(frame)),
        label=frame["title"].where(seen == 0, frame["title"] + " (" + (seen + 1).astype("str") + ")"),
        what=frame["instance_type"].fillna(frame["instance_family"]).fillna(_ANY),
        where=frame["region"].fillna(_ANY),
        kind_name=frame["kind"].map(SHORT_KINDS),
    )


def owned_names(owned: pd.DataFrame) -> list[str]:
    """A name for each owned commitment that a reader knows it by, and the end of its id."""
    return [
        owned_name(
            row["Kind"], row["InstanceType"], row["InstanceFamily"], row["Region"], row["CommitmentId"]
        )
        for _, row in owned.iterrows()
    ]


def owned_name(kind: str, instance_type: Any, family: Any, region: Any, commitment_id: str) -> str:
    """``RI c5.2xlarge us-west-2 …f3158b``"""
    what = next((name for name in (instance_type, family) if pd.notna(name)), "")
    where = region if pd.notna(region) else ""
    words = (SHORT_KINDS.get(kind, kind), what, where, f"…{commitment_id[-6:]}")
    return " ".join(str(word) for word in words if word)


def recommendation_columns(most_usd: float) -> dict[str, Any]:
    """The columns of the recommendations; ``most_usd`` is the largest saving, a full bar."""
    return {
        "title": st.column_config.TextColumn(
            "What to buy", help="Type or family · region · how much × term, payment", pinned=True
        ),
        "annual_savings_usd": st.column_config.ProgressColumn(
            "Savings a year",
            help="Mean hourly saving × 8,760, net of what lies unused",
            format="dollar",
            min_value=0,
            max_value=max(most_usd, 1e-9),
        ),
        **RECOMMENDATIONS,
    }


RECOMMENDATIONS = {
    "confidence_pct": st.column_config.ProgressColumn(
        "Confidence",
        help="How likely it is that the row costs no more than On-Demand over the days tested; empty "
        "where "
        "the evidence is too short or a snapshot",
        format="%.0f%%",
        min_value=0,
        max_value=100,
    ),
    "utilization_pct": tables.percent("Utilisation", "Used ÷ bought, on the evidence"),
    "upfront_usd": tables.dollars("Upfront", "Paid at the start, the whole row"),
    "monthly_usd": tables.dollars("Monthly", "Recurring, a month of 730 hours"),
    "break_even_months": tables.number(
        "Break-even, months", "Total commitment ÷ monthly On-Demand cost of the hours it covers", "%.1f"
    ),
    "steadiness_pct": tables.percent("Steadiness", "5th percentile ÷ mean of the hourly instances"),
    "effect_on_owned_usd": tables.dollars(
        "On owned", "What owned commitments cover less because of it, a year; already in the savings"
    ),
    "evidence": tables.text("Evidence", "hourly usage, or a snapshot, which is weak"),
    "offering_class": tables.text("Class"),
    "platform": tables.text("Platform"),
    "account_id": tables.text("Account", "The account with the largest demand"),
    "purchase_on": tables.day("Buy on", "The first day on which the advice can be followed"),
}
SERVES = {
    "InstanceType": tables.text("Type"),
    "Region": tables.text("Region"),
    "Platform": tables.text("Platform"),
    "served": tables.number("Instances served", "In the mean hour", "%.2f"),
    "served_usd": tables.dollars("At On-Demand rates", "A year of what it serves"),
}
ALTERNATIVES = {
    "name": tables.text("For the same hours"),
    "extra_usd": tables.dollars("Costs more a year", "Below 0: it costs less"),
    "same_price": tables.boolean("Same price", "Differs by less than published prices are rounded"),
    "more_flexible": tables.boolean("More flexible", "May follow demand further than the row"),
}
LEFT = {
    "InstanceType": tables.text("Type"),
    "Region": tables.text("Region"),
    "LeftUSD": tables.dollars("Left, a year", "What stays On-Demand"),
    "LeftPct": tables.percent("Left", "Share of the pool that stays On-Demand"),
    "Why": tables.text("Why it is not bought"),
    "UsedHoursPct": tables.percent("One more would run", "Share of the hours, in full"),
    "BreakEvenPct": tables.percent(
        "Pays from", "Share of the hours that the cheapest offer must be used"
    ),
    "Instances": tables.number("Instances", "In the mean hour", "%.1f"),
    "SteadinessPct": tables.percent("Steadiness", "5th percentile ÷ mean: 100% never varies"),
}
STEADY = {
    "InstanceId": tables.text("Instance", "Empty for a pool of hourly usage"),
    "InstanceType": tables.text("Type"),
    "Region": tables.text("Region"),
    "SteadinessPct": st.column_config.ProgressColumn(
        "Steadiness", help="100% never varies", format="%.1f%%", min_value=0, max_value=100
    ),
    "Instances": tables.number("Instances", "In the mean hour", "%.1f"),
    "OnDemandMonthlyUSD": tables.dollars("On-Demand a month", "At the On-Demand rate, 730 hours"),
    "Hours": tables.number("Hours", "With any usage"),
    "Platform": tables.text("Platform"),
}
OPTIONS = {
    "Kind": tables.text("Kind"),
    "OfferingClass": tables.text("Class"),
    "TermYears": tables.number("Years", "Term"),
    "PaymentOption": tables.text("Payment"),
    "AnnualSavingsUSD": tables.dollars("Savings a year", "Mean hourly saving × 8,760, net of unused"),
    "CoveragePct": tables.percent("Coverage", "Of what owned commitments leave"),
    "UtilizationPct": tables.percent("Utilisation", "Used ÷ bought"),
    "HourlyCostUSD": tables.hourly_dollars("$ per hour", "Amortised cost of all of it"),
    "UpfrontUSD": tables.dollars("Upfront", "Paid at the start"),
    "Units": tables.number("Units", "Instances reserved; empty for plans"),
}
OWNED = {
    "name": tables.text("Commitment"),
    "UtilizationPct": st.column_config.ProgressColumn(
        "Utilisation", help="Used ÷ purchased", format="%.1f%%", min_value=0, max_value=100
    ),
    "UnusedUSD": tables.dollars("Unused", "What the unused part costs, upfront spread over the term"),
    "End": tables.day("Ends"),
    "PaymentOption": tables.text("Payment"),
    "Purchased": tables.number("Purchased", "In the hours of the evidence"),
    "Used": tables.number("Used", "In the hours of the evidence"),
    "Unit": tables.text("Unit", "Instance-hours of an RI, dollars of a plan"),
    "AccountId": tables.text("Account"),
    "CommitmentId": tables.text("Id"),
}
QUEUE = {
    "name": tables.text("Commitment"),
    "Start": tables.day("Begins"),
    "End": tables.day("Ends"),
    "Quantity": tables.number("Quantity", "Instances; empty for plans"),
    "HourlyCommitmentUSD": tables.hourly_dollars("$ per hour", "Commitment of a plan"),
    "PaymentOption": tables.text("Payment"),
}
NOT_PRICED = {
    "instance_type": tables.text("Type"),
    "region": tables.text("Region"),
    "platform": tables.text("Platform"),
    "instances": tables.number("Instances", "In the mean hour", "%.1f"),
    "monthly_usd": tables.dollars("$ per month", "On-Demand, or as the list records it"),
    "dollars": tables.text("Dollars are", "Where the dollars come from"),
    "reason": tables.text("Why"),
}
