"""Does the record of each file of a bill say what the file holds, and what of it does not count?"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops import load_estate
from finops.ingest.bills.reduction import read_bill
from tests.ingest.bills.written_bills import COLUMNS, billed, codes, hour, month_of_lines, write

# An instance of 0.096 an hour under a plan: 0.07 of its fee of 0.08 is used, and the report leaves
# the unused part of the fee blank. Effective: 0.07 + 0 + (0.08 - 0.07) = 0.08.
PLAN_HOUR = """\
identity/LineItemId,bill/PayerAccountId,bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,\
lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,\
lineItem/ProductCode,lineItem/UsageType,lineItem/ResourceId,lineItem/UsageAmount,\
lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost,\
savingsPlan/SavingsPlanARN,savingsPlan/SavingsPlanEffectiveCost
1,111111111111,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,111111111111,SavingsPlanCoveredUsage,\
2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,AmazonEC2,BoxUsage:m5.large,i-1,1,USD,0.096,0.096,sp-1,0.07
2,111111111111,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,111111111111,SavingsPlanNegation,\
2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,AmazonEC2,BoxUsage:m5.large,i-1,1,USD,-0.096,,sp-1,
3,111111111111,2026-01-01T00:00:00Z,2026-02-01T00:00:00Z,111111111111,SavingsPlanRecurringFee,\
2026-01-01T00:00:00Z,2026-01-01T01:00:00Z,ComputeSavingsPlans,ComputeSP:1yrNoUpfront,sp-1,1,USD,0.08,,sp-1,
"""


def test_a_blank_plan_fee_is_worked_out_in_the_file_s_effective_cost(
    tmp_path: Path, cache: Path
) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN_HOUR)
    bill = read_bill(path, cache=cache)
    (file,) = bill.files
    assert (file.billed_cost, file.effective_cost) == (Decimal("0.08"), Decimal("0.08"))
    assert bill.costs["EffectiveCost"].sum() == Decimal("0.08")
    assert bill.diagnosis.files[0].bases.effective == Decimal("0.08")


def test_a_file_s_other_months_count_beside_a_month_that_two_share(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    (tmp_path / "bill" / "plan.csv").write_text(PLAN_HOUR)
    write(tmp_path / "bill" / "feb.csv", month_of_lines("2026-02"))
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert [file.effective_cost for file in bill.files] == [Decimal("6"), Decimal("0.08")]


def test_a_file_that_is_replaced_keeps_its_totals_and_sets_its_rows_aside(
    tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "bill").mkdir()
    early = [*month_of_lines("2026-01", "2"), *month_of_lines("2026-02")]
    write(tmp_path / "bill" / "early.csv", early)
    write(tmp_path / "bill" / "final.csv", month_of_lines("2026-01", InvoiceId="42"))
    bill = read_bill(tmp_path / "bill", cache=cache)
    told = [(file.path, file.rows, file.set_aside_rows, file.effective_cost) for file in bill.files]
    assert told == [("early.csv", 8, 4, Decimal("14")), ("final.csv", 4, 0, Decimal("6"))]


def test_the_effective_cost_of_a_real_bill_with_blank_fees(conformance_data: Path, cache: Path) -> None:
    bill = read_bill(conformance_data / "cur" / "nise_aws_202601_ri_sp.csv.gz", cache=cache)
    (file,) = bill.files
    assert file.billed_cost == Decimal("269.339999976")
    assert file.effective_cost == Decimal("269.339999976")
    assert bill.diagnosis.files[0].bases.effective == file.effective_cost


def daily(path: Path, cost: str, **values: str) -> Path:
    """The two resources of ``month_of_lines`` by the day, so much each."""
    day = {
        "ChargePeriodStart": "2026-01-01T00:00:00Z",
        "ChargePeriodEnd": "2026-01-02T00:00:00Z",
        "ConsumedQuantity": "2",
        **values,
    }
    return write(path, [hour("2026-01", 0, name, cost, **day) for name in ("a", "b")])


def test_a_broken_row_reaches_the_estate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINOPS_CACHE_DIR", str(tmp_path / "cache"))
    path = daily(tmp_path / "bill.csv", "3")
    lines = path.read_text().splitlines(keepends=True)
    broken = "x," * len(COLUMNS) + "one cell too many"
    path.write_text("".join([*lines[:2], broken + "\n", *lines[2:]]))
    estate = load_estate(billing=path)
    aside = estate.set_aside
    assert aside[["File", "Row", "Code"]].to_numpy().tolist() == [["bill.csv", 3, "broken_rows"]]
    assert aside["Text"].tolist() == [broken]
    (file,) = (one for one in estate.files if one.kind == "costs")
    assert (file.rows, file.set_aside_rows, file.billed_cost) == (3, 1, Decimal("6"))
    assert estate.costs["BilledCost"].sum() == Decimal("6")


def test_a_month_by_the_hour_and_by_the_day_counts_once(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    write(tmp_path / "bill" / "hourly.csv", month_of_lines("2026-01"))  # 6.00
    daily(tmp_path / "bill" / "later.csv", "3.02")  # 6.04, 0.67 % more
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("6")
    (told,) = (issue for issue in bill.issues if issue.code == "redelivered_report")
    assert (told.file, told.rows, told.cost_usd) == ("later.csv", 2, 6.04)
    assert "hourly.csv counts because it tells by the hour" in told.message
    assert [file.set_aside_rows for file in bill.files] == [0, 2]


def test_another_total_by_the_day_counts_beside_and_is_told(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    write(tmp_path / "bill" / "hourly.csv", month_of_lines("2026-01"))
    daily(tmp_path / "bill" / "daily.csv", "3.04")  # 6.08, 1.3 % more
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("12.08")
    assert "redelivered_report" not in codes(bill)
    (told,) = (issue for issue in bill.issues if issue.code == "mixed_granularity")
    assert (told.file, told.rows, told.set_aside) == ("daily.csv", 2, False)


def test_the_same_total_of_another_payer_counts_beside(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    write(tmp_path / "bill" / "hourly.csv", month_of_lines("2026-01"))
    daily(tmp_path / "bill" / "daily.csv", "3", BillingAccountId="999999999999")
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("12")
    assert "redelivered_report" not in codes(bill)
