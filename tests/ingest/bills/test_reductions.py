"""Costs, usage and totals, every figure recomputed by hand."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import ibis
import pandas as pd

from finops.ingest.bills import reductions
from finops.ingest.bills.backend import Backend
from finops.ingest.bills.lines import COVERED, NEGATION, PLAN_FEE, RESERVED_FEE, RESERVED_USAGE
from finops.ingest.bills.settled import settled
from finops.schema import COSTS, USAGE
from tests.ingest.bills.bill_lines import COSTS as MONEY
from tests.ingest.bills.bill_lines import (
    FEBRUARY,
    HOUR,
    JANUARY,
    TEAM_A,
    TEAM_B,
    flat,
    given,
    instance,
    line,
    plan_hour,
    rows_of,
    sums,
    tag_sets,
)

D = Decimal
ID = "arn:aws:savingsplans::1:savingsplan/p"


def test_hours_of_a_day_become_one_charge_and_a_month_keeps_its_own(duckdb_backend: Backend) -> None:
    hours = [
        instance(
            cost="0.1", ChargePeriodStart=JANUARY + at * HOUR, ChargePeriodEnd=JANUARY + (at + 1) * HOUR
        )
        for at in (*range(24), 30)
    ]
    month = line("Fee", cost="9", ChargePeriodEnd=FEBRUARY, ChargeCategory="Purchase")
    table = reductions.costs(given([*hours, month]), ibis.memtable(tag_sets()))
    rows = sorted(
        rows_of(duckdb_backend, table),
        key=lambda row: (str(row["ChargeCategory"]), str(row["ChargePeriodStart"])),
    )
    assert list(rows[0]) == list(COSTS.columns)
    day = timedelta(days=1)
    assert [(row["ChargePeriodStart"], row["ChargePeriodEnd"], row["BilledCost"]) for row in rows] == [
        (JANUARY, FEBRUARY, D("9")),
        (JANUARY, JANUARY + day, D("2.4")),
        (JANUARY + 30 * HOUR, JANUARY + 31 * HOUR, D("0.1")),
    ]
    assert rows[1]["ConsumedQuantity"] == 24.0
    assert (rows[1]["Tags"], rows[1]["CostCategory"]) == ('{"Team":"a"}', '{"Unit":"x"}')
    assert (rows[0]["Tags"], rows[0]["CostCategory"]) == ("{}", None)
    assert len(COSTS.conform(pd.DataFrame(rows))) == 3


def test_charges_with_nulls_are_grouped_exactly(duckdb_backend: Backend) -> None:
    lines = [
        line(cost="1"),
        line(cost=None, BilledCost="2"),
        line(cost="4", ResourceId="r"),
        line(cost="8", TagSetId=TEAM_B),
        line(cost="16", BillingCurrency="EUR"),
        line(cost="32", TagSetId=99),
        line(None, ServiceName="x"),  # type: ignore[arg-type]
    ]
    rows = rows_of(duckdb_backend, reductions.costs(given(lines), ibis.memtable(tag_sets())))
    assert sorted((row["BilledCost"] or D(-1), row["EffectiveCost"]) for row in rows) == [
        (D(-1), None),
        (D(3), D(1)),
        (D(4), D(4)),
        (D(8), D(8)),
        (D(16), D(16)),
        (D(32), D(32)),
    ]
    assert next(row for row in rows if row["BilledCost"] == 32)["Tags"] == "{}"


def test_the_coarser_grain_has_the_same_totals(duckdb_backend: Backend) -> None:
    lines = [
        instance(cost=f"0.{at:03}", ResourceId=f"i-{at}", ChargePeriodStart=JANUARY + at * HOUR)
        for at in range(100)
    ]
    lines.append(line("Tax", cost="1", ChargePeriodEnd=FEBRUARY, ChargeCategory="Tax"))
    sets = ibis.memtable(tag_sets())
    fine = rows_of(duckdb_backend, reductions.costs(given(lines), sets))
    coarse = rows_of(duckdb_backend, reductions.costs(given(lines), sets, grain="account"))
    assert (len(fine), len(coarse)) == (101, 2)
    assert sums(fine) == sums(coarse) == sums(lines) == dict.fromkeys(MONEY, D("5.950"))
    assert {row["ResourceId"] for row in coarse} == {None}
    assert list(coarse[0]) == list(COSTS.columns)


def test_usage_is_gross_of_commitments_and_by_the_hour(duckdb_backend: Backend) -> None:
    half = {"ConsumedQuantity": 0.5, "ChargePeriodStart": JANUARY + HOUR / 2}
    lines = [
        *plan_hour(),
        instance(cost="0.096"),
        instance(RESERVED_USAGE, **half, OnDemandRate=0.1),
        instance(ConsumedQuantity=None, PricingQuantity=2.0, PurchaseOption="spot", OnDemandRate=0.03),
        instance(CommitmentDiscountStatus="Unused"),
        instance("Refund", cost="-1"),
        instance(RESERVED_FEE),
        instance(cost="2.304", ConsumedQuantity=24.0, ChargePeriodEnd=JANUARY + 24 * HOUR),
        instance(cost="1", ConsumedQuantity=None, ChargePeriodEnd=None),
        line(cost="5"),
    ]
    rows = rows_of(duckdb_backend, reductions.usage(given(lines)))
    by_option = {row["PurchaseOption"]: row for row in rows}
    assert len(rows) == 2 and list(rows[0]) == list(USAGE.columns)
    # Covered 1 + Usage 1 + half an hour of a reservation.
    assert (by_option["on_demand"]["Quantity"], by_option["on_demand"]["OnDemandRateUSD"]) == (2.5, 0.1)
    assert (by_option["spot"]["Quantity"], by_option["spot"]["OnDemandRateUSD"]) == (2.0, None)
    assert {(row["Hour"], row["Service"]) for row in rows} == {(JANUARY, "AmazonEC2")}
    (counted,) = rows_of(duckdb_backend, reductions.instance_lines(given(lines)))
    assert (counted["Lines"], counted["Hours"], counted["EffectiveCost"]) == (4, 4.5, D("0.166"))
    assert (counted["LongerLines"], counted["LongerHours"]) == (2, 24.0)
    assert counted["LongerEffectiveCost"] == D("3.304")


def test_totals_count_what_is_unknown(duckdb_backend: Backend) -> None:
    lines = given([*plan_hour(), *plan_hour(JANUARY + HOUR), line("Tax", cost="1.5"), line("Tax")])
    rows = {row["LineItemType"]: row for row in rows_of(duckdb_backend, reductions.totals(lines))}
    assert (rows["Tax"]["Lines"], rows["Tax"]["BilledCost"], rows["Tax"]["BilledCostUnknown"]) == (
        2,
        D("1.5"),
        1,
    )
    fee = rows[PLAN_FEE]
    assert (fee["EffectiveCost"], fee["EffectiveCostUnknown"], fee["BilledCost"]) == (None, 2, D("0.16"))
    assert (rows[COVERED]["UsedCost"], rows[COVERED]["UnusedCost"]) == (D("0.14"), None)
    assert (rows[COVERED]["Start"], rows[COVERED]["End"]) == (JANUARY, JANUARY + 2 * HOUR)
    ready = rows_of(duckdb_backend, reductions.totals(settled(lines, blank_plan_fees=True, folded=True)))
    assert {row["LineItemType"]: row["UnusedCost"] for row in ready}[PLAN_FEE] == D("0.02")


def test_a_profile_says_what_to_settle(duckdb_backend: Backend) -> None:
    lines = [*plan_hour(), line(NEGATION, cost="-1", BillingPeriodStart=FEBRUARY), line("Tax", cost="1")]
    rows = {
        row["BillingPeriodStart"]: row
        for row in rows_of(duckdb_backend, reductions.profile(given(lines)))
    }
    january = rows[JANUARY]
    assert (january["BlankPlanFees"], january["Covered"], january["Negation"]) == (
        1,
        D("0.096"),
        D("-0.096"),
    )
    assert (january["GrossCovered"], january["GrossNegation"]) == (D("0.096"), D("-0.096"))
    assert (rows[FEBRUARY]["BlankPlanFees"], rows[FEBRUARY]["Covered"]) == (0, None)


def test_charges_by_a_tag_and_what_is_tagged(duckdb_backend: Backend) -> None:
    lines = given(
        [
            line(cost="1", TagSetId=TEAM_A, ServiceName="s"),
            line(cost="2", TagSetId=TEAM_A, ServiceName="s"),
            line(cost="4", TagSetId=TEAM_B, ServiceName="s"),
            line(cost="8", ServiceName="s"),
            line(cost="16", TagSetId=99),
        ]
    )
    sets = ibis.memtable(tag_sets())
    rows = rows_of(duckdb_backend, reductions.charges_by(lines, sets, "Team"))
    assert {(row["Value"], row["ServiceName"]): row["EffectiveCost"] for row in rows} == {
        ("a", "s"): D(3),
        ("b", "s"): D(4),
        (None, "s"): D(8),
        (None, None): D(16),
    }
    told = {row["Tagged"]: row for row in rows_of(duckdb_backend, reductions.tagged(lines, sets))}
    assert (told[True]["BilledCost"], told[True]["Lines"], told[False]["EffectiveCost"]) == (
        D(7),
        3,
        D(24),
    )
    (counts,) = rows_of(
        duckdb_backend, reductions.distinct_counts(given([line(), instance(), instance()]))
    )
    assert counts == {"Accounts": 1, "Resources": 1}


def test_no_lines_give_no_rows(duckdb_backend: Backend) -> None:
    lines, sets = duckdb_backend.memory(flat([])), ibis.memtable(tag_sets())
    for table in (reductions.costs(lines, sets), reductions.usage(lines), reductions.buckets(lines)):
        assert rows_of(duckdb_backend, table) == []
    found = duckdb_backend.arrow(reductions.instances(lines))
    assert reductions.instance_rows(found, tag_sets(), JANUARY, FEBRUARY).empty
    assert reductions.bucket_rows(duckdb_backend.arrow(reductions.buckets(lines)), tag_sets(), 1).empty
