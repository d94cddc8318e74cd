"""After settling every line says its part of both cost bases; figures by hand."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from finops.ingest.bills.backend import Backend
from finops.ingest.bills.lines import COVERED, FLAT, NEGATION, PLAN_FEE, RESERVED_FEE
from finops.ingest.bills.settled import ROUNDING, settled
from tests.ingest.bills.bill_lines import (
    HOUR,
    JANUARY,
    Line,
    flat,
    given,
    instance,
    line,
    plan_hour,
    rows_of,
    sums,
    total,
)

D = Decimal
ID = "arn:aws:savingsplans::1:savingsplan/p"


def settle(backend: Backend, lines: Iterable[Line], *, folded: bool = False) -> list[Line]:
    return rows_of(backend, settled(given(lines), blank_plan_fees=True, folded=folded))


def unused(rows: Iterable[Line]) -> list[Line]:
    return [row for row in rows if row["CommitmentDiscountStatus"] == "Unused"]


def test_a_blank_plan_fee_gets_what_no_usage_covers(duckdb_backend: Backend) -> None:
    lines = plan_hour() + plan_hour(JANUARY + HOUR)
    rows = settle(duckdb_backend, lines)
    # Each hour: fee 0.08, covered 0.07, unused 0.01; On-Demand 0.096 is told and taken back.
    assert [row["EffectiveCost"] for row in unused(rows)] == [D("0.01")] * 2
    assert total(rows, "EffectiveCost") == total(rows, "GrossEffectiveCost") == D("0.16")
    assert total(rows, "BilledCost") == D("0.16")
    assert len(rows) == len(lines) + 2


def test_a_private_discount_leaves_its_share_of_what_is_unused(duckdb_backend: Backend) -> None:
    lines = [
        line(COVERED, BilledCost="8", GrossBilledCost="8", EffectiveCost="7.2", GrossEffectiveCost="8"),
        line(
            PLAN_FEE, BilledCost="9", GrossBilledCost="10", EffectiveCost=None, GrossEffectiveCost=None
        ),
    ]
    (row,) = unused(settle(duckdb_backend, lines))
    # 10 − 8 = 2 before the discount, of which 9 of 10 are paid.
    assert (row["GrossEffectiveCost"], row["EffectiveCost"]) == (D(2), D("1.8"))


def test_folding_bills_covered_usage_once(duckdb_backend: Backend) -> None:
    rows = settle(duckdb_backend, plan_hour(), folded=True)
    told = [row for row in rows if row["LineItemType"] in {COVERED, NEGATION}]
    assert [(row["BilledCost"], row["GrossBilledCost"]) for row in told] == [(D(0), D(0))] * 2
    assert total(rows, "BilledCost") == D("0.08")
    assert total(rows, "EffectiveCost") == D("0.08")


def test_what_rounding_leaves_of_a_negation_is_a_line_of_its_own(backend: Backend) -> None:
    off = line(NEGATION, BilledCost="-0.0000000002", GrossBilledCost="-0.0000000002")
    lines = backend.memory(flat([*plan_hour(), off]))
    rows = rows_of(backend, settled(lines, blank_plan_fees=True, folded=True))
    (rest,) = [row for row in rows if row["ChargeDescription"] == ROUNDING]
    assert (rest["BilledCost"], rest["EffectiveCost"]) == (D("-0.0000000002"), D(0))
    assert (rest["ChargeCategory"], rest["ResourceId"]) == ("Adjustment", None)
    assert total(rows, "BilledCost") == D("0.0799999998")
    assert total(rows, "EffectiveCost") == D("0.08")


def test_two_fees_of_one_hour_share_the_covered_usage_without_a_division(
    duckdb_backend: Backend,
) -> None:
    second = line(PLAN_FEE, BilledCost="0.05", GrossBilledCost="0.05", LineItemId="b")
    rows = unused(settle(duckdb_backend, [*plan_hour(), second]))
    # Covered 0.07 uses up the larger fee first: 0.08 − 0.07 = 0.01, then all of 0.05; Σ = 0.13 − 0.07.
    assert sorted(row["EffectiveCost"] for row in rows) == [D("0.01"), D("0.05")]
    third = line(PLAN_FEE, BilledCost="0.03", GrossBilledCost="0.03", LineItemId="c")
    more = instance(COVERED, GrossEffectiveCost="0.05", EffectiveCost="0.05")
    rows = settle(duckdb_backend, [*plan_hour(), second, third, more])
    # Covered 0.12: 0.08 whole, 0.04 of 0.05, none of 0.03; Σ = 0.16 − 0.12.
    assert sorted(row["EffectiveCost"] for row in unused(rows)) == [D("0.01"), D("0.03")]


def test_equal_fees_with_equal_ids_each_count_once(duckdb_backend: Backend) -> None:
    twin = line(PLAN_FEE, BilledCost="0.08", GrossBilledCost="0.08", LineItemId="fee")
    rows = unused(settle(duckdb_backend, [*plan_hour(), twin]))
    assert total(rows, "EffectiveCost") == D("0.09")  # 0.16 − 0.07


def test_more_covered_than_paid_leaves_nothing_unused(duckdb_backend: Backend) -> None:
    assert unused(settle(duckdb_backend, plan_hour(BilledCost="0.06", GrossBilledCost="0.06"))) == []


def test_plans_accounts_and_hours_stay_apart(duckdb_backend: Backend) -> None:
    other = {"BilledCost": "0.08", "GrossBilledCost": "0.08"}
    fees = [
        line(PLAN_FEE, **other, CommitmentDiscountId=ID),
        line(PLAN_FEE, **other, BillingAccountId="999999999999"),
        line(PLAN_FEE, **other, BillingAccountId=None),
        line(PLAN_FEE, **other, ChargePeriodStart=JANUARY + HOUR),
        line(PLAN_FEE, **other, ChargePeriodStart=None),
    ]
    rows = unused(settle(duckdb_backend, [*plan_hour(), *fees]))
    assert sorted(row["EffectiveCost"] for row in rows) == [D("0.01"), *[D("0.08")] * 5]


def test_what_a_known_fee_paid_is_not_taken_from_a_blank_one(duckdb_backend: Backend) -> None:
    known = {"EffectiveCost": "0.03", "GrossEffectiveCost": "0.03", "CommitmentTotal": "0.05"}
    fee = line(PLAN_FEE, BilledCost="0.05", GrossBilledCost="0.05", **known)
    rows = unused(settle(duckdb_backend, [*plan_hour(), fee]))
    # The known fee paid 0.02 of the covered 0.07; the blank one of 0.08 the other 0.05.
    assert sorted(row["EffectiveCost"] for row in rows) == [D("0.03"), D("0.03")]


def test_a_fee_of_unknown_size_stays_unknown(duckdb_backend: Backend) -> None:
    (row,) = unused(settle(duckdb_backend, [line(PLAN_FEE)]))
    assert row["EffectiveCost"] is None and row["BilledCost"] == 0


def test_a_reservation_fee_becomes_a_purchase_and_what_went_unused(duckdb_backend: Backend) -> None:
    fee = line(
        RESERVED_FEE,
        BilledCost="44.64",
        GrossBilledCost="48.00",
        EffectiveCost="3.72",
        GrossEffectiveCost="4.00",
        ListCost="0",
        ContractedCost="0",
        CommitmentQuantity=1.0,
        CommitmentKind="reserved_instance",
        PricingQuantity=744.0,
        InstanceType="m5.large",
    )
    rows = settle(duckdb_backend, [fee])
    bought = next(row for row in rows if row["ChargeCategory"] == "Purchase")
    left = next(row for row in rows if row["ChargeCategory"] == "Usage")
    assert len(rows) == 2
    assert (bought["BilledCost"], bought["EffectiveCost"]) == (D("44.64"), D(0))
    assert (bought["ChargeFrequency"], bought["CommitmentDiscountStatus"]) == ("Recurring", None)
    assert (bought["PricingQuantity"], bought["CommitmentQuantity"]) == (744.0, 1.0)
    assert (left["BilledCost"], left["EffectiveCost"]) == (D(0), D("3.72"))
    assert (left["PricingCategory"], left["CommitmentDiscountStatus"]) == ("Committed", "Unused")
    assert [left[name] for name in ("PricingQuantity", "CommitmentQuantity", "InstanceType")] == [
        None
    ] * 3
    assert sums(rows) == sums([fee])


def test_a_reservation_that_was_used_up_has_no_second_line(duckdb_backend: Backend) -> None:
    nothing = {"EffectiveCost": "0", "GrossEffectiveCost": "0"}
    rows = settle(duckdb_backend, [line(RESERVED_FEE, BilledCost="48", GrossBilledCost="48", **nothing)])
    assert [row["ChargeCategory"] for row in rows] == ["Purchase"]


def test_without_blank_fees_nothing_is_filled_and_other_lines_stay_as_they_are(
    duckdb_backend: Backend,
) -> None:
    lines = [
        *plan_hour(),
        line("Tax", cost="1.5", ChargeCategory="Tax"),
        line("Refund", cost="-2", ChargeCategory="Credit"),
        line("Credit", cost="-0.000000000001", ChargeCategory="Credit"),
        line(None, cost="7"),  # type: ignore[arg-type]
    ]
    rows = rows_of(duckdb_backend, settled(given(lines), blank_plan_fees=False, folded=False))
    assert list(rows[0]) == list(FLAT)
    (fee,) = unused(rows)
    assert fee["EffectiveCost"] is None
    others = [row for row in rows if row["LineItemType"] in {"Tax", "Refund", "Credit", None}]
    assert sorted(row["BilledCost"] for row in others) == [D("-2"), D("-1e-12"), D("1.5"), D("7")]
    assert total(rows, "BilledCost") == total(lines, "BilledCost")
