"""Does the bill of the sample add up by plain arithmetic?

Expected figures are worked out here from hours, list prices and the terms in ``commitments.json``;
``data/README.md`` shows the same working. Nothing here uses an engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from finops.money import exact, exact_sum
from finops.periods import Month

SEPTEMBER = Month(2026, 9)
HOURS = 720
CENT = Decimal("0.01")


def active_hours(commitment: dict[str, Any], month: Month) -> int:
    start, end = (date.fromisoformat(commitment[name][:10]) for name in ("Start", "End"))
    return max((min(end, month.end) - max(start, month.start)).days * 24, 0)


def amortised_usd(commitment: dict[str, Any], hours: int) -> Decimal:
    """Hours × (upfront ÷ (8,760 × years) + recurring), both those of the whole row."""
    term = 8760 * commitment["TermYears"]
    upfront, recurring = exact(commitment["UpfrontUSD"]), exact(commitment["RecurringHourlyUSD"])
    return hours * (upfront / term + recurring)


def full_months() -> Iterator[Month]:
    month = Month(2025, 9)
    while month <= SEPTEMBER:
        yield month
        month = month.next()


def test_used_and_unused_are_the_amortised_fee_of_each_month(
    costs: pd.DataFrame, commitments: list[dict[str, Any]]
) -> None:
    usage_rows = costs[(costs["ChargeCategory"] == "Usage") & costs["CommitmentDiscountId"].notna()]
    assert set(usage_rows["CommitmentDiscountStatus"]) == {"Used", "Unused"}
    assert not usage_rows["BilledCost"].sum()
    month_of = usage_rows["ChargePeriodStart"].dt.strftime("%Y-%m")
    paid = usage_rows.groupby(["CommitmentDiscountId", month_of])["EffectiveCost"].sum()
    for commitment in commitments:
        for month in full_months():
            hours = active_hours(commitment, month)
            actual = paid.get((commitment["CommitmentId"], str(month)), Decimal(0))
            assert abs(actual - amortised_usd(commitment, hours)) < Decimal("1e-6")


def test_purchases_are_the_fees_in_cash(costs: pd.DataFrame, commitments: list[dict[str, Any]]) -> None:
    bought = costs[(costs["ChargeCategory"] == "Purchase") & costs["CommitmentDiscountId"].notna()]
    assert not bought["EffectiveCost"].sum()
    assert not bought["ListCost"].sum()
    month_of = bought["ChargePeriodStart"].dt.strftime("%Y-%m")
    paid = bought.groupby(["CommitmentDiscountId", month_of])["BilledCost"].sum()
    for commitment in commitments:
        for month in full_months():
            fee = active_hours(commitment, month) * exact(commitment["RecurringHourlyUSD"])
            if commitment["Start"].startswith(str(month)):
                fee += exact(commitment["UpfrontUSD"])
            assert paid.get((commitment["CommitmentId"], str(month)), Decimal(0)) == fee


def test_one_commitment_is_about_to_expire_and_one_is_underused(
    september: pd.DataFrame, commitments: list[dict[str, Any]]
) -> None:
    assert [each["InstanceType"] for each in commitments if each["End"] < "2026-12"] == ["r5.4xlarge"]
    unused = september[september["CommitmentDiscountStatus"] == "Unused"]
    underused = next(each for each in commitments if each["InstanceType"] == "c5.2xlarge")
    assert set(unused["CommitmentDiscountId"]) == {underused["CommitmentId"]}
    # 2 × c5.2xlarge and 1 × c5.xlarge use 2½ of 6, 3½ are left.
    left = amortised_usd(underused, HOURS) * Decimal("3.5") / 6
    assert abs(exact_sum(unused["EffectiveCost"]) - left) < Decimal("1e-6")
    assert set(unused["PricingUnit"]) == set(unused["CommitmentDiscountUnit"]) == {"Hours"}
    for quantity in ("PricingQuantity", "CommitmentDiscountQuantity"):
        assert unused[quantity].to_list() == pytest.approx([3.5 * 24] * 30)
    assert unused[["ConsumedQuantity", "ConsumedUnit"]].isna().all(axis=None)


def test_an_upfront_fee_buys_the_hours_of_the_term(costs: pd.DataFrame) -> None:
    """The All Upfront one was paid before the bill begins: 6 × c5.2xlarge, Partial Upfront, is left."""
    upfront = costs[costs["CommitmentDiscountId"].notna() & (costs["ChargeFrequency"] == "One-Time")]
    (fee,) = upfront.to_dict("records")
    assert (fee["BilledCost"], fee["PricingQuantity"], fee["PricingUnit"]) == (6 * 893, 6, "Quantity")
    hours = (fee["CommitmentDiscountQuantity"], fee["CommitmentDiscountUnit"])
    assert hours == (6 * 8760, "Hours")


def test_fees_are_one_month_each_and_credits_cost_the_same_at_list(costs: pd.DataFrame) -> None:
    fees = costs[(costs["ChargeCategory"] == "Purchase") & costs["CommitmentDiscountId"].isna()]
    # Support and Marketplace, from 2025-09 to 2026-10.
    assert list(zip(fees["PricingQuantity"], fees["PricingUnit"], strict=True)) == [(1, "Months")] * 28
    credits = costs[costs["ChargeCategory"] == "Credit"]
    # One a month since June 2026, and the refund.
    for name in ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
        assert sorted(credits[name]) == [*[Decimal(-500)] * 5, Decimal("-118.40")]


def test_septembers_bill_by_plain_arithmetic(
    september: pd.DataFrame, storage: pd.DataFrame, commitments: list[dict[str, Any]]
) -> None:
    """The working of data/README.md, tables 2 to 4 and both totals, from literals."""
    listed = Decimal("34220.4096")  # table 1
    night = 30 * 6 + 8 * 6  # the batch: every night, and 4 Saturdays and 4 Sundays by day
    covered = (
        4 * Decimal("1.008") * HOURS
        + (4 * Decimal("0.192") + 6 * Decimal("0.384")) * HOURS
        + (2 * Decimal("0.34") + Decimal("0.17")) * HOURS
        + 2 * Decimal("0.8064") * HOURS
        + night * Decimal("2.3384") * Decimal("1.36") / Decimal("0.9828")
        + (HOURS - night) * 8 * Decimal("0.4032")
    )
    spot = Decimal("89.76") * Decimal("0.6")
    amortised = sum((amortised_usd(each, HOURS) for each in commitments), Decimal(0))
    cash = (6 * Decimal("0.102") + 8 * Decimal("0.242") + Decimal("2.3384") + Decimal("1.016")) * HOURS
    others = exact_sum(storage["CostUSD"].map(Decimal))
    others += Decimal("3500.90") + Decimal("4007.10") + Decimal("3729.60") + Decimal("409.20")
    others += -500 - Decimal("118.40")
    fees = 1950 + 1240  # no list cost
    assert exact_sum(september["ListCost"]) == listed + others
    others += fees
    of_ec2 = (september["ConsumedUnit"] == "Hours") & (september["ChargeCategory"] == "Usage")
    assert exact_sum(september.loc[of_ec2, "ListCost"]) == listed
    used = september["CommitmentDiscountStatus"] == "Used"
    assert exact_sum(september.loc[used, "ListCost"]).quantize(CENT) == covered.quantize(CENT)
    effective = listed - covered - spot + amortised + others
    billed = listed - covered - spot + cash + others
    assert effective.quantize(CENT) == exact_sum(september["EffectiveCost"]).quantize(CENT)
    assert billed.quantize(CENT) == exact_sum(september["BilledCost"]).quantize(CENT)


def test_the_tables_of_the_readme_add_up(folder: Path, september: pd.DataFrame) -> None:
    tables = re.findall(r"\| \$ \|\n\|[-:|]+\|\n((?:\|.*\|\n)+)", (folder / "README.md").read_text())
    totals = []
    for table in tables:
        *lines, last = [row.strip("|\n ").split("|")[-1].strip(" *") for row in table.splitlines()]
        amounts = [Decimal(text.replace(",", "")) for text in (*lines, last)]
        assert abs(sum(amounts[:-1]) - amounts[-1]) <= CENT / 2
        totals.append(amounts[-1])
    effective, billed = (
        exact_sum(september[name]).quantize(CENT) for name in ("EffectiveCost", "BilledCost")
    )
    assert totals[4:] == [effective, billed, effective]
