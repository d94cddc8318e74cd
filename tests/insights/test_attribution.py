"""Price, usage, new, gone and commitments: by hand, and that they add up whatever the bill holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate
from finops.insights.attribution import PARTS, changed_lines, grouped
from finops.insights.cause import UNCHANGED, cause, signed
from finops.periods import Span
from finops.schema import COSTS, total

AUGUST = Span(date(2026, 8, 1), date(2026, 8, 31))
SEPTEMBER = Span(date(2026, 9, 1), date(2026, 9, 30))
BEFORE, AFTER = "2026-08-03", "2026-09-03"


def charge(day: str, cost: str | float | None, quantity: float | None = None, **fields: object) -> dict:
    plain = {
        "ChargePeriodStart": day,
        "BilledCost": cost,
        "EffectiveCost": cost,
        "ContractedCost": cost,
        "PricingQuantity": quantity,
        "SubAccountId": "1",
        "ServiceName": "EC2",
        "RegionId": "eu-west-1",
        "ResourceId": "i-1",
        "SkuId": "BoxUsage:m5.large",
        "PricingUnit": "Hours",
        "ChargeCategory": "Usage",
    }
    return plain | fields


def lines_of(*charges: dict) -> pd.DataFrame:
    return changed_lines(COSTS.conform(pd.DataFrame(charges)), AUGUST, SEPTEMBER)


def parts_of(lines: pd.DataFrame) -> dict[str, Decimal]:
    summed = {part.removesuffix("_usd"): total(lines[part]) for part in PARTS}
    return {part: amount for part, amount in summed.items() if amount != 0}


COVERED = {
    "CommitmentDiscountStatus": "Used",
    "CommitmentDiscountId": "ri-1",
    "PricingCategory": "Committed",
}
UNUSED = COVERED | {"CommitmentDiscountStatus": "Unused", "ResourceId": "ri-1", "SkuId": "Unused"}
CREDIT = {"ChargeCategory": "Credit", "SkuId": "Refund"}


@pytest.mark.parametrize(
    ("charges", "parts"),
    [
        # p 0.10 → 0.12, q 100 → 150: price 0.02 × 150 = 3, usage 50 × 0.10 = 5.
        ([charge(BEFORE, 10, 100), charge(AFTER, 18, 150)], {"price": 3, "usage": 5}),
        # Two days of a span are one quantity: 2 × 50 hours at 0.10.
        ([charge(BEFORE, 5, 50), charge("2026-08-04", 5, 50), charge(AFTER, 5, 50)], {"usage": -5}),
        ([charge(AFTER, 18, 150)], {"new": 18}),
        ([charge(BEFORE, 10, 100)], {"gone": -10}),
        # A resource that was there changes its type: 10 of the old, 18 of the new.
        ([charge(BEFORE, 10, 100), charge(AFTER, 18, 90, SkuId="BoxUsage:m5.xlarge")], {"usage": 8}),
        # Usage of 100 h at 0.10 stays; from nothing to all of it covered at 0.06: 100 × (0.06 − 0.10).
        (
            [charge(BEFORE, 10, 100), charge(AFTER, 6, 100, ContractedCost=10, **COVERED)],
            {"commitment": -4},
        ),
        # Half the hours: (50 − 100) × 0.06 = −3 at the rate that is paid; the rate is 0.6 both times.
        (
            [
                charge(BEFORE, 6, 100, ContractedCost=10, **COVERED),
                charge(AFTER, 3, 50, ContractedCost=5, **COVERED),
            ],
            {"usage": -3},
        ),
        # Price 0.10 → 0.20 at rate 0.6, hours 100 → 50, then rate 0.6 → 0.7 of 50 × 0.20 = 10:
        # usage −50 × 0.06 = −3, price 0.6 × 0.10 × 50 = 3, commitment 0.1 × 10 = 1; 6 → 7.
        (
            [
                charge(BEFORE, 6, 100, ContractedCost=10, **COVERED),
                charge(AFTER, 7, 50, ContractedCost=10, **COVERED),
            ],
            {"usage": -3, "price": 3, "commitment": 1},
        ),
        # What is paid for and not used is no resource that is new.
        ([charge(BEFORE, 1, 1), charge(AFTER, 1, 1), charge(AFTER, 9, 5, **UNUSED)], {"commitment": 9}),
        # A refund on a resource that stays, and one on a resource that is gone.
        ([charge(BEFORE, 9, 9), charge(AFTER, 9, 9), charge(AFTER, -2, **CREDIT)], {"price": -2}),
        ([charge(BEFORE, 9, 9), charge(AFTER, -2, **CREDIT)], {"gone": -11}),
        # A fee without a quantity went from 20 to 25, a null cost counts as none.
        ([charge(BEFORE, 20), charge(AFTER, 25), charge(AFTER, None, 7)], {"price": 5}),
        # A credited quantity: −2 units at 1 dollar after 5 units at 1 dollar.
        ([charge(BEFORE, 5, 5), charge(AFTER, -2, -2)], {"usage": -7}),
        # Free before, 40 units at 0.05 after: the price went from 0 to 0.05.
        ([charge(BEFORE, 0, 100), charge(AFTER, 2, 40)], {"price": 2}),
    ],
)
def test_parts_by_hand(charges: list[dict], parts: dict[str, int]) -> None:
    lines = lines_of(*charges)
    assert parts_of(lines) == parts
    assert total(lines["change_usd"]) == sum(parts.values())


def test_each_part_can_be_worked_out_from_its_line() -> None:
    row = lines_of(charge(BEFORE, 10, 100), charge(AFTER, 18, 150)).iloc[0]
    before, after = float(row["before_usd"]), float(row["after_usd"])
    q0, q1 = row["before_quantity"], row["after_quantity"]
    assert float(row["usage_usd"]) == pytest.approx((q1 - q0) * before / q0)
    assert float(row["price_usd"]) == pytest.approx((after / q1 - before / q0) * q1)
    assert (row["before_rate"], row["after_rate"], row["state"]) == (1.0, 1.0, "kept")


def test_charges_outside_both_spans_do_not_count() -> None:
    lines = lines_of(charge("2026-07-31", 5, 1), charge(BEFORE, 1, 1), charge("2026-10-01", 7, 1))
    assert (total(lines["before_usd"]), total(lines["after_usd"])) == (1, 0)


def test_no_charges_give_no_lines() -> None:
    lines = changed_lines(COSTS.empty(), AUGUST, SEPTEMBER)
    assert len(lines) == 0
    assert len(grouped(lines, ["service"])) == 0


amounts = st.decimals(min_value=-100_000, max_value=100_000, places=6)
quantities = st.one_of(
    st.none(), st.just(0.0), st.floats(-1e6, 1e6), st.sampled_from([1e-300, 5e-324, -1e-12, 1e300])
)
charges = st.builds(
    charge,
    st.sampled_from([BEFORE, AFTER]),
    st.one_of(st.none(), amounts),
    quantities,
    ContractedCost=st.one_of(st.none(), amounts),
    ListCost=st.one_of(st.none(), amounts),
    ServiceName=st.sampled_from(["EC2", "S3", None]),
    ResourceId=st.sampled_from(["i-1", "i-2", None]),
    SkuId=st.sampled_from(["a", "b", None]),
    ChargeCategory=st.sampled_from(["Usage", "Purchase", "Credit", "Adjustment", "Tax"]),
    CommitmentDiscountId=st.sampled_from(["ri-1", None]),
    CommitmentDiscountStatus=st.sampled_from(["Used", "Unused", None]),
)


@given(st.lists(charges, min_size=1, max_size=12))
def test_parts_add_up_to_the_change_whatever_the_bill_holds(made: list[dict]) -> None:
    lines = lines_of(*made)
    spent = {
        day: sum(
            (row["EffectiveCost"] or Decimal(0) for row in made if row["ChargePeriodStart"] == day),
            Decimal(0),
        )
        for day in (BEFORE, AFTER)
    }
    assert total(lines["after_usd"]) - total(lines["before_usd"]) == spent[AFTER] - spent[BEFORE]
    for table in (lines, grouped(lines, ["service"]), grouped(lines, ["resource", "sku"])):
        for row in table.to_dict("records"):
            assert sum(Decimal(row[part]) for part in PARTS) == row["change_usd"]
            assert row["after_usd"] - row["before_usd"] == row["change_usd"]
        assert sum(map(Decimal, table["change_usd"]), Decimal(0)) == spent[AFTER] - spent[BEFORE]
    assert cause(lines)


@given(st.lists(charges, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_order_of_rows_changes_nothing(made: list[dict], random: object) -> None:
    shuffled = list(made)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected, got = parts_of(lines_of(*made)), parts_of(lines_of(*shuffled))
    assert expected.keys() == got.keys() or max(map(abs, (expected | got).values())) < Decimal("1e-4")
    for part in expected.keys() & got.keys():
        assert float(got[part]) == pytest.approx(float(expected[part]), rel=1e-9, abs=1e-4)


def test_groups_count_what_came_and_went() -> None:
    lines = lines_of(
        charge(BEFORE, 4, 4, ResourceId="i-old"),
        charge(AFTER, 3, 3, ResourceId="i-new"),
        charge(AFTER, 1, 1, ResourceId="i-new", SkuId="EBS"),
        charge(AFTER, -5, None, ResourceId=None, **CREDIT),
        charge(AFTER, 9, 5, **UNUSED),
    )
    row = grouped(lines, ["service"]).iloc[0]
    assert (row["new_resources"], row["gone_resources"]) == (1, 1)
    assert (row["new_usd"], row["gone_usd"], row["commitment_usd"]) == (-1, -4, 9)


def test_cause_names_the_parts_that_weigh_most() -> None:
    lines = lines_of(
        charge(BEFORE, 10, 100),
        charge(AFTER, 18, 150),
        charge(AFTER, 20, 40, ResourceId="i-2", SkuId="BoxUsage:c5.large"),
        charge(AFTER, -1, None, ResourceId=None, **CREDIT),
    )
    # Parts without their signs: 3 + 5 + 20 − 1 = 27, so 2.70 is the tenth that is worth a word.
    assert cause(lines) == (
        "1 resource, new +$19.00, most of it BoxUsage:c5.large (+$20.00); "
        "usage +$5.00, most of it BoxUsage:m5.large (100.00 to 150.00 Hours); "
        "price +$3.00, most of it BoxUsage:m5.large ($0.100000 to $0.120000 per Hours, on average)"
    )


@pytest.mark.parametrize(
    ("charges", "words"),
    [
        ([charge(BEFORE, 1, 1), charge(AFTER, 1, 1)], UNCHANGED),
        (
            [charge(AFTER, -500, None, ResourceId=None, **CREDIT)],
            "credits and refunds, new -$500.00, most of it Refund (-$500.00)",
        ),
        ([charge(BEFORE, 4, 4)], "1 resource, gone -$4.00, most of it BoxUsage:m5.large (-$4.00)"),
        (
            [charge(BEFORE, 20, SkuId=None), charge(AFTER, 25, SkuId=None)],
            "fees, credits and refunds +$5.00, most of it EC2 (+$5.00)",
        ),
        ([charge(AFTER, 9, 5, **UNUSED)], "commitments +$9.00, most of it Unused (+$9.00)"),
    ],
)
def test_causes(charges: list[dict], words: str) -> None:
    assert cause(lines_of(*charges)) == words


def test_signed() -> None:
    assert [signed(Decimal(x)) for x in ("3", "-3", "0", "-0.001")] == [
        "+$3.00",
        "-$3.00",
        "$0.00",
        "$0.00",
    ]


def test_backfill_of_the_sample_is_new_resources(sample: Estate) -> None:
    """data/README.md: 20 new m6i.4xlarge in June, 1,474.56 dollars, in the account 444455556666."""
    may, june = Span(date(2026, 5, 1), date(2026, 5, 31)), Span(date(2026, 6, 1), date(2026, 6, 30))
    by = grouped(changed_lines(sample.costs, may, june), ["account", "sku"])
    row = by[by["account"].eq("444455556666") & by["sku"].eq("BoxUsage:m6i.4xlarge")].iloc[0]
    assert (row["new_usd"], row["new_resources"]) == (Decimal("1474.56"), 20)
    assert row["change_usd"] == row["new_usd"]


MONTHS = [(2025, month) for month in range(9, 13)] + [(2026, month) for month in range(1, 10)]


@pytest.mark.parametrize("column", ["EffectiveCost", "BilledCost"])
def test_random_pairs_of_months_of_the_sample(column: str, sample: Estate) -> None:
    """Whichever two months, forwards or backwards: what the bill has of them, and to the last place."""
    cost = sample.costs[column].groupby(sample.costs["ChargePeriodStart"].dt.strftime("%Y-%m")).sum()
    rng = np.random.default_rng(11)
    for _ in range(6):
        (y0, m0), (y1, m1) = (MONTHS[at] for at in rng.choice(len(MONTHS), size=2, replace=False))
        before, after = (whole(year, month) for year, month in ((y0, m0), (y1, m1)))
        lines = changed_lines(sample.costs, before, after, column)
        expected = cost[f"{y1}-{m1:02d}"] - cost[f"{y0}-{m0:02d}"]
        assert sum(total(lines[part]) for part in PARTS) == total(lines["change_usd"]) == expected


def whole(year: int, month: int) -> Span:
    first = date(year, month, 1)
    return Span(first, (pd.Timestamp(first) + pd.offsets.MonthEnd()).date())
