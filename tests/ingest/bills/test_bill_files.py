"""Does the record of each file of a bill say what the file holds, and what of it does not count?"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from finops import load_estate
from finops.errors import FileUnreadable
from finops.ingest.bills.engine import Engine
from finops.ingest.bills.reduction import ReducedBill, read_bill
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


CUR_COLUMNS = (
    *("identity/LineItemId", "bill/InvoiceId", "bill/PayerAccountId", "bill/BillingPeriodStartDate"),
    *("bill/BillingPeriodEndDate", "lineItem/UsageAccountId", "lineItem/LineItemType"),
    *("lineItem/UsageStartDate", "lineItem/UsageEndDate", "lineItem/ProductCode", "lineItem/UsageType"),
    *("lineItem/ResourceId", "lineItem/UsageAmount", "lineItem/CurrencyCode", "lineItem/UnblendedCost"),
)


def cost_and_usage(path: Path, ids: str, cost: str, invoice: str = "") -> None:
    """Three lines of the first hour of January, one of them of a resource, the ids beginning so."""
    month = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    at = ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z")
    rows = [
        (f"{ids}{n}", invoice, "9", *month, "1", "Usage", *at, "AmazonEC2", f"Box:{n}", name, "1")
        for n, name in enumerate(("i-1", "", ""))
    ]
    lines = [CUR_COLUMNS, *((*row, "USD", cost) for row in rows)]
    path.write_text("".join(",".join(line) + "\n" for line in lines))


def test_a_final_report_with_other_line_ids_replaces_the_one_before(tmp_path: Path, cache: Path) -> None:
    """Of three lines one has a resource: 3 of 1.10 count, 3 of 1.00 do not."""
    (tmp_path / "bill").mkdir()
    cost_and_usage(tmp_path / "bill" / "a.csv", "early", "1")
    cost_and_usage(tmp_path / "bill" / "b.csv", "final", "1.1", invoice="42")
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("3.3")
    assert [file.set_aside_rows for file in bill.files] == [3, 0]
    (told,) = (issue for issue in bill.issues if issue.code == "redelivered_report")
    assert (told.file, told.rows, told.cost_usd) == ("a.csv", 3, 3.0)


@pytest.mark.parametrize(
    "values",
    [
        {"BillingAccountId": "999999999999"},
        {"BillingAccountId": "999999999999", "SubAccountId": "333333333333"},
        {"ServiceName": "Amazon Simple Storage Service", "SkuId": ""},
        {"Tags": '{"Team": "app"}'},
    ],
    ids=["payer", "payer and account", "service", "tags"],
)
@pytest.mark.parametrize("resource", ["", "alias/aws/s3"])
def test_usage_that_looks_alike_all_counts_and_is_told(
    tmp_path: Path, cache: Path, values: dict[str, str], resource: str
) -> None:
    """Two hours of 1.50 and two of 2.00: 7.00. If they are the same, a.csv or b.csv is too much."""
    (tmp_path / "bill").mkdir()
    sku = values.get("SkuId", "SKU1")
    one = [hour("2026-01", at, resource, SkuId=sku) for at in (0, 1)]
    write(tmp_path / "bill" / "a.csv", one)
    write(tmp_path / "bill" / "b.csv", [hour("2026-01", at, resource, "2", **values) for at in (0, 1)])
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal(7)
    assert "redelivered_report" not in codes(bill)
    (told,) = (issue for issue in bill.issues if issue.code == "possible_redelivery")
    assert (told.severity, told.file, told.rows, told.cost_usd) == ("error", "a.csv", 2, 3.0)
    assert [file.set_aside_rows for file in bill.files] == [0, 0]


def test_the_same_total_of_another_account_by_the_day_counts_beside(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    write(tmp_path / "bill" / "hourly.csv", month_of_lines("2026-01"))
    daily(tmp_path / "bill" / "daily.csv", "3", SubAccountId="333333333333")
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal(12)
    assert "mixed_granularity" in codes(bill)


def in_part(
    folder: Path, old: list[dict[str, str]], new: list[dict[str, str]], cache: Path
) -> ReducedBill:
    folder.mkdir()
    write(folder / "old.csv", old, modified=1_770_000_000)
    write(folder / "new.csv", new, modified=1_770_000_001)
    bill = read_bill(folder, cache=cache)
    assert bill.diagnosis.bases.billed == billed(bill)
    assert sum(file.bases.billed or 0 for file in bill.diagnosis.files) == billed(bill)
    assert bill.costs["EffectiveCost"].sum() == billed(bill)
    return bill


@pytest.mark.parametrize("hours", [(0,), (2, 3, 4)], ids=["one hour", "hours that overlap"])
def test_hours_that_the_later_report_does_not_hold_count(
    tmp_path: Path, cache: Path, hours: tuple[int, ...]
) -> None:
    """Of hours 0 to 2 at 1.50 one is replaced: 3.00 stay, and each later hour is 2.00."""
    old = [hour("2026-01", at, "a") for at in range(3)]
    bill = in_part(tmp_path / "bill", old, [hour("2026-01", at, "a", "2") for at in hours], cache)
    assert billed(bill) == 3 + 2 * len(hours)
    (told,) = (issue for issue in bill.issues if issue.set_aside)
    assert (told.code, told.file, told.rows, told.cost_usd) == ("redelivered_report", "old.csv", 1, 1.5)
    assert [(file.path, file.set_aside_rows) for file in bill.files] == [("new.csv", 0), ("old.csv", 1)]
    before = {path.name for path in cache.iterdir()}
    assert billed(read_bill(tmp_path / "bill", cache=cache)) == billed(bill)
    assert {path.name for path in cache.iterdir()} == before


def test_accounts_that_the_later_report_does_not_hold_count(tmp_path: Path, cache: Path) -> None:
    """Four lines of account 2222… at 2.00 replace those at 1.50; two others stay, 6.00, as February."""
    others = [
        hour("2026-01", at, name, SubAccountId=account)
        for at in (0, 1)
        for name, account in (("c", "333333333333"), ("d", ""))
    ]
    old = [*month_of_lines("2026-01"), *others, *month_of_lines("2026-02")]
    bill = in_part(tmp_path / "bill", old, month_of_lines("2026-01", "2"), cache)
    assert billed(bill) == Decimal(8 + 6 + 6)
    (told,) = (issue for issue in bill.issues if issue.set_aside)
    assert (told.rows, told.cost_usd) == (4, 6.0)
    assert [(file.path, file.set_aside_rows) for file in bill.files] == [("new.csv", 0), ("old.csv", 4)]
    assert bill.files[1].billed_cost == Decimal(18), "the whole file, as written"


def test_each_hour_counts_as_its_last_delivery_has_it(tmp_path: Path, cache: Path) -> None:
    """Four hours at 1.50, then hours 1 and 2 at 1.75, then 0 and 1 at 2.00: 2 + 2 + 1.75 + 1.5."""
    folder = tmp_path / "bill"
    folder.mkdir()
    for n, (hours, cost) in enumerate((((0, 1, 2, 3), "1.5"), ((1, 2), "1.75"), ((0, 1), "2"))):
        lines = [hour("2026-01", at, "a", cost) for at in hours]
        write(folder / f"{n}.csv", lines, modified=1_770_000_000 + n)
    bill = read_bill(folder, cache=cache)
    assert billed(bill) == Decimal("7.25")
    assert [file.set_aside_rows for file in bill.files] == [3, 1, 0]


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "bill.csv", month_of_lines("2026-01"))
    before, flatten = path.read_bytes(), Engine.flatten

    def changed_meanwhile(self: Engine, *args: object) -> None:
        write(path, month_of_lines("2026-01", cost="9"), modified=1_780_000_000)
        flatten(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "flatten", changed_meanwhile)
    with pytest.raises(FileUnreadable, match="changed while it was read"):
        read_bill(path, cache=cache)
    monkeypatch.undo()
    path.write_bytes(before)
    first = billed(read_bill(path, cache=cache))
    assert first == billed(read_bill(path, cache=tmp_path / "another"))
