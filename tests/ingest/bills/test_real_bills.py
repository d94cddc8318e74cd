"""Do real bills come to what their files say, added up here without the package?"""

from __future__ import annotations

import csv
import gzip
import os
from collections import defaultdict
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path

import pandas as pd
import pytest

from finops.ingest.bills.doctor_records import LineTotal
from finops.ingest.bills.reduction import ReducedBill, read_bill

NISE = "cur/nise_aws_202601_ri_sp.csv.gz"
FOCUS = "focus/focus_1.0_sample_aws_only.csv"
REAL = (
    "cur/koku_2023-06-01-not-final.csv",
    "cur/koku_2023-06-01.csv",
    "cur/koku_test_cur.csv",
    NISE,
    "cur/sbroenne_sample-cur20.csv",
    "cur/sbroenne_sample-legacy-csv.csv",
    FOCUS,
)
Row = Mapping[str, str]
Sums = dict[str, Decimal | None]
# The headings of a legacy report, of a CUR 2.0, and of FOCUS; the first that a file has.
TYPE = ("lineItem/LineItemType", "line_item_line_item_type", "ChargeCategory")
BILLED = ("lineItem/UnblendedCost", "line_item_unblended_cost", "BilledCost")
LISTED = ("pricing/publicOnDemandCost", "pricing_public_on_demand_cost", "ListCost")
START = ("lineItem/UsageStartDate", "line_item_usage_start_date", "ChargePeriodStart")
COVERED, NEGATION, PLAN_FEE = (
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
    "SavingsPlanRecurringFee",
)
RESERVED = "DiscountedUsage"
NO_TYPE = "(none)"


def rows_of_file(path: Path) -> list[Row]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cell(row: Row, names: tuple[str, ...]) -> str:
    return next((row[name] or "" for name in names if name in row), "")


def money(text: str) -> Decimal | None:
    """The amount to twelve places; None for a cell that holds none."""
    try:
        return Decimal(text).quantize(Decimal("1e-12"), ROUND_HALF_UP)
    except InvalidOperation:
        return None


def added(amounts: list[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def by_type(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[cell(row, TYPE) or NO_TYPE].append(row)
    return found


def unblended(rows: list[Row]) -> Decimal | None:
    return added([money(cell(row, BILLED)) for row in rows])


def listed(kind: str, rows: list[Row]) -> Decimal | None:
    """A fee and a negation would have cost nothing On-Demand."""
    if kind in {NEGATION, PLAN_FEE}:
        return Decimal(0)
    return added([money(cell(row, LISTED)) for row in rows])


def effective(kind: str, rows: list[Row], covered: list[Row]) -> Decimal | None:
    """AWS's amortised cost of the lines of one type; of a plan's fee what its hour did not use."""
    if "EffectiveCost" in rows[0]:
        return added([money(row["EffectiveCost"]) for row in rows])
    if kind == NEGATION:
        return Decimal(0)
    if kind == COVERED:
        return added([money(row["savingsPlan/SavingsPlanEffectiveCost"]) for row in rows])
    if kind == RESERVED:
        return added([money(row["reservation/EffectiveCost"]) for row in rows])
    if kind == PLAN_FEE:
        assert {row["savingsPlan/UsedCommitment"] for row in rows} == {""}, "else used is written"
        used: dict[str, Decimal] = defaultdict(Decimal)
        for row in covered:
            used[cell(row, START)] += money(row["savingsPlan/SavingsPlanEffectiveCost"]) or 0
        return sum(
            (max(Decimal(0), Decimal(cell(row, BILLED)) - used[cell(row, START)]) for row in rows),
            Decimal(0),
        )
    return unblended(rows)


@pytest.fixture(scope="module")
def read(conformance_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ReducedBill]:
    cache = tmp_path_factory.mktemp("cache")
    return {name: read_bill(conformance_data / name, cache=cache) for name in REAL}


@pytest.fixture(scope="module")
def nise(read: dict[str, ReducedBill]) -> ReducedBill:
    return read[NISE]


def test_no_real_file_is_forgotten(conformance_data: Path) -> None:
    there = [
        str(path.relative_to(conformance_data))
        for folder, pattern in (("cur", "*"), ("focus", "*.csv"))
        for path in sorted((conformance_data / folder).glob(pattern))
    ]
    assert there == list(REAL)


@pytest.mark.parametrize("name", REAL)
def test_each_line_type_comes_to_what_the_file_says(
    read: dict[str, ReducedBill], conformance_data: Path, name: str
) -> None:
    bill = read[name]
    rows = rows_of_file(conformance_data / name)
    types = by_type(rows)
    (file,) = bill.files
    assert (file.rows, file.set_aside_rows, len(bill.set_aside)) == (len(rows), 0, 0)
    found: dict[str, LineTotal] = {total.line_item_type: total for total in bill.diagnosis.totals}
    assert {kind: total.lines for kind, total in found.items()} == {
        kind: len(several) for kind, several in types.items()
    }
    for kind, several in types.items():
        assert found[kind].unblended == found[kind].billed == unblended(several), kind
        assert found[kind].list == listed(kind, several), kind
        assert found[kind].effective == effective(kind, several, types.get(COVERED, [])), kind


@pytest.mark.parametrize("name", REAL)
def test_every_figure_of_the_whole_is_the_same(
    read: dict[str, ReducedBill], conformance_data: Path, name: str
) -> None:
    bill = read[name]
    rows = rows_of_file(conformance_data / name)
    types = by_type(rows)
    whole = unblended(rows)
    lists = added([listed(kind, several) for kind, several in types.items()])
    bases = bill.diagnosis.bases
    assert bases.billed == bases.gross == bill.files[0].billed_cost == whole
    assert bill.costs["BilledCost"].sum() == whole
    assert bases.list == bill.files[0].list_cost == lists
    assert added(list(bill.costs["ListCost"].dropna())) == lists
    assert bill.costs["EffectiveCost"].dropna().sum() == bases.effective
    assert [month.bases for month in bill.diagnosis.months] == [bases]


def test_a_month_with_a_plan_and_a_reservation(nise: ReducedBill) -> None:
    billed, effective_cost = nise.costs["BilledCost"].sum(), nise.costs["EffectiveCost"].sum()
    assert billed == effective_cost == Decimal("269.339999976")
    plan = next(check for check in nise.diagnosis.commitments if check.type == "Savings Plan")
    # 744 hours at a fee of 0.08, of which 0.07 is used.
    assert (plan.used_usd, plan.purchased_usd) == (Decimal("52.08"), Decimal("59.52"))
    assert (plan.unused_usd, plan.utilization_pct) == (Decimal("7.44"), 87.5)
    unknown = [issue for issue in nise.issues if issue.code == "ri_cost_unknown"]
    assert [issue.rows for issue in unknown] == [744]


def test_covered_usage_is_not_counted_beside_its_fee(nise: ReducedBill) -> None:
    """Its 71.424 On-Demand dollars are negated: the plan's fee is all that is paid."""
    covered = nise.costs[nise.costs["ResourceId"] == "i-spcovered1"]
    assert covered["BilledCost"].sum() == 0
    assert covered["EffectiveCost"].sum() == Decimal("52.08")
    assert covered["ListCost"].sum() == Decimal("71.424")
    assert (nise.costs["BilledCost"] >= 0).all()
    fees = nise.costs[nise.costs["ChargeCategory"] == "Purchase"]
    assert fees["BilledCost"].sum() == Decimal("59.52")
    assert fees["EffectiveCost"].sum() == Decimal(0)
    unused = nise.costs[nise.costs["CommitmentDiscountStatus"] == "Unused"]
    assert unused["BilledCost"].sum() == Decimal(0)
    assert unused["EffectiveCost"].sum() == Decimal("7.44")


def test_the_cost_of_reserved_usage_is_unknown_and_not_nothing(nise: ReducedBill) -> None:
    reserved = nise.costs[nise.costs["ResourceId"] == "i-ricovered1"]
    assert reserved["ConsumedQuantity"].sum() == 744
    assert reserved["EffectiveCost"].isna().all()
    assert reserved["ListCost"].isna().all(), "its cells hold the word convertible"


def test_the_hours_of_a_month(nise: ReducedBill) -> None:
    """Three instances of one type in every hour, one On-Demand, one in the plan, one reserved.

    The bill does not describe the plan and the reservation: buying for their hours would be twice.
    """
    assert len(nise.usage) == nise.usage["Hour"].nunique() == 744
    assert nise.usage["Hour"].min() == pd.Timestamp("2026-01-01", tz="UTC")
    assert set(nise.usage["Quantity"]) == {1.0}
    assert "covered_hours_left_out" in {issue.code for issue in nise.issues}
    assert sorted(nise.ec2["InstanceId"]) == ["i-ondemand1", "i-ricovered1", "i-spcovered1"]


def test_all_hours_count_where_what_is_owned_is_known(conformance_data: Path) -> None:
    known = read_bill(conformance_data / NISE, owned_given=True)
    assert set(known.usage["Quantity"]) == {3.0}
    assert "covered_hours_left_out" not in {issue.code for issue in known.issues}


def test_a_sample_whose_effective_costs_were_rounded(read: dict[str, ReducedBill]) -> None:
    bill = read[FOCUS]
    assert bill.costs["BilledCost"].sum() == Decimal("18.0066386184")
    assert bill.costs["ListCost"].sum() == Decimal("18.1493176406")
    found = [issue for issue in bill.issues if issue.code == "effective_cost_inconsistent"]
    assert [(issue.severity, issue.rows) for issue in found] == [("error", 613)]


@pytest.mark.parametrize("newest", ["final", "not final"])
@pytest.mark.parametrize("first", ["final", "not final"])
def test_a_final_report_replaces_the_one_before(
    conformance_data: Path, tmp_path: Path, first: str, newest: str
) -> None:
    """Whichever of the two names comes first, and whichever was copied last."""
    folder = tmp_path / "bill"
    folder.mkdir()
    sources = {
        "final": conformance_data / "cur/koku_2023-06-01.csv",
        "not final": conformance_data / "cur/koku_2023-06-01-not-final.csv",
    }
    names = {kind: "a.csv" if kind == first else "b.csv" for kind in sources}
    for kind, source in sources.items():
        (folder / names[kind]).write_bytes(source.read_bytes())
        modified = 1_700_000_000 + (kind == newest)
        os.utime(folder / names[kind], (modified, modified))
    bill = read_bill(folder, cache=tmp_path / "cache")
    assert bill.costs["BilledCost"].sum() == Decimal(30)
    assert set(bill.costs["BillingCurrency"]) == {"NOK"}
    replaced = [issue for issue in bill.issues if issue.code == "redelivered_report"]
    assert [(issue.file, issue.rows) for issue in replaced] == [(names["not final"], 3)]
    assert set(bill.costs["BillingAccountId"]) == {"0099999999999"}, "as the final one writes it"
