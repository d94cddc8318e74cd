"""The small tables that the doctor reads: right by hand, and the same on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops.ingest.bills.backend import Backend
from finops.ingest.bills.doctor_facts import PART_FACTS, PERIOD_FACTS, RAW_FACTS
from tests.ingest.bills.bill_lines import (
    FEBRUARY,
    HOUR,
    JANUARY,
    TEAM_A,
    TEAM_B,
    Line,
    flat,
    instance,
    line,
    plan_hour,
    tag_sets,
)

Row = Mapping[str, object]
Rows = Callable[..., list[Row]]
FACTS = {**PART_FACTS, **PERIOD_FACTS}


@pytest.fixture
def rows(backend: Backend, tmp_path: Path) -> Rows:
    """The rows of a fact of some lines, on each engine."""

    def asked(name: str, lines: list[Line]) -> list[Row]:
        pq.write_table(flat(lines), tmp_path / "lines.parquet")
        pq.write_table(tag_sets(), tmp_path / "tags.parquet")
        fact = FACTS[name]
        table = fact(backend.read(tmp_path / "lines.parquet"), backend.read(tmp_path / "tags.parquet"))
        return backend.arrow(table).to_pylist()

    return asked


def picked(row: Row, *names: str) -> tuple[object, ...]:
    return tuple(row[name] for name in names)


def test_totals_count_what_is_blank_and_never_as_zero(rows: Rows) -> None:
    found = rows("totals", [instance(cost="1.5"), instance(BilledCost="2"), line("Tax", cost="0.25")])
    by_type = {row["LineItemType"]: row for row in found}
    usage = by_type["Usage"]
    assert picked(usage, "Lines", "BilledCost", "EffectiveCost") == (2, Decimal("3.5"), Decimal("1.5"))
    assert picked(usage, "UnknownBilledCost", "UnknownEffectiveCost", "NoInvoice") == (0, 1, 2)
    assert picked(usage, "Month", "MonthEnd", "LastEnd") == (JANUARY, FEBRUARY, JANUARY + HOUR)
    assert by_type["Tax"]["BilledCost"] == Decimal("0.25")


def test_a_line_without_a_billing_period_belongs_to_the_month_of_its_time(rows: Rows) -> None:
    later = datetime(2026, 3, 31, 23)  # noqa: DTZ001 – UTC, as lines have it
    (row,) = rows("totals", [instance(cost=1, BillingPeriodStart=None, ChargePeriodStart=later)])
    assert row["Month"] == datetime(2026, 3, 1)  # noqa: DTZ001


def test_pay_as_you_go_looks_at_standard_usage_without_a_commitment(rows: Rows) -> None:
    standard = {"PricingCategory": "Standard"}
    found = rows(
        "pay_as_you_go",
        [
            instance(cost="0.5", **standard),
            instance(BilledCost="0.75", EffectiveCost="2", **standard),
            instance(BilledCost="0.25", EffectiveCost="0", **standard),
            instance(BilledCost="0", EffectiveCost="1", **standard),
            instance(BilledCost="9", EffectiveCost="0", CommitmentDiscountId="plan", **standard),
            instance(BilledCost="9", EffectiveCost="0", PricingCategory="Committed"),
        ],
    )
    (row,) = found
    assert picked(row, "Lines", "DifferingLines") == (3, 2)
    # 0.75 − 2 and 0.25 − 0
    assert picked(row, "Difference", "AbsoluteDifference") == (Decimal("-1"), Decimal("1.5"))


def test_days_tell_hours_from_daily_and_longer_lines(rows: Rows) -> None:
    day = timedelta(days=1)
    lines = [
        instance(),
        instance(ResourceId="i-2"),
        instance(ChargePeriodStart=JANUARY + 5 * HOUR, ChargePeriodEnd=JANUARY + 6 * HOUR),
        line(ChargePeriodEnd=JANUARY + day),
        line("Tax", ChargePeriodEnd=FEBRUARY),
        instance(ChargePeriodStart=JANUARY + day, ChargePeriodEnd=JANUARY + 2 * day),
    ]
    first, second = sorted(rows("days", lines), key=lambda row: str(row["Day"]))
    names = ("Hours", "HourlyLines", "DailyLines", "LongerLines", "InstanceLines", "LongerInstanceLines")
    assert picked(first, *names) == (2, 3, 1, 1, 3, 0)
    assert picked(first, "LastHourlyEnd", "LastDailyEnd") == (JANUARY + 6 * HOUR, JANUARY + day)
    assert picked(second, *names) == (0, 0, 1, 0, 0, 1)


def test_accounts_are_sorted_by_dollars_and_a_settled_fee_is_one_line(rows: Rows) -> None:
    fee = {"CommitmentDiscountStatus": "Unused", "cost": "0.01"}
    found = rows(
        "accounts",
        [
            line(cost="1", SubAccountId="a", SubAccountName="old"),
            line(cost="1", SubAccountId="a", SubAccountName="shop"),
            line(cost="5", SubAccountId="b"),
            line("SavingsPlanRecurringFee", SubAccountId="b", cost="0"),
            line("SavingsPlanRecurringFee", SubAccountId="b", **fee),
        ],
    )
    assert [picked(row, "SubAccountId", "SubAccountName", "Lines") for row in found] == [
        ("b", None, 2),
        ("a", "shop", 2),
    ]


def test_tags_are_counted_on_usage_of_resources_only(rows: Rows) -> None:
    (row,) = rows(
        "tagged",
        [
            instance(cost="3", TagSetId=TEAM_A),
            instance(cost="1", TagSetId=TEAM_B),
            instance(cost="6", TagSetId=13),
            instance(cost="7", TagSetId=TEAM_A, ResourceId=None),
            instance(cost="7", TagSetId=TEAM_A, CommitmentDiscountStatus="Unused"),
            line("Tax", cost="7", ChargeCategory="Tax", ResourceId="i-1", TagSetId=TEAM_A),
        ],
    )
    assert picked(row, "LinesAll", "BilledCostAll") == (3, Decimal("10"))
    assert picked(row, "LinesAny", "BilledCostAny") == (2, Decimal("4"))
    assert picked(row, "Key0", "Lines0", "EffectiveCost0") == ("Team", 2, Decimal("4"))


def test_commitments_leave_negations_out_and_name_the_type(rows: Rows) -> None:
    found = rows("commitments", [*plan_hour(), instance(cost="1")])
    used, fee = sorted(found, key=lambda row: row["Status"] or "z")
    assert picked(used, "Id", "Type", "Status", "Lines") == (None, "Savings Plan", "Used", 1)
    assert used["EffectiveCost"] == Decimal("0.07")
    assert picked(fee, "Type", "ChargeCategory", "BilledCost") == (
        "Savings Plan",
        "Purchase",
        Decimal("0.08"),
    )
    assert picked(fee, "UnknownEffective", "UnknownTotal") == (1, 1)


def test_only_exact_copies_of_named_lines_are_repeated(rows: Rows) -> None:
    same = instance(LineItemId="a", cost="0.4")
    (row,) = rows(
        "repeated",
        [
            same,
            same,
            same,
            instance(LineItemId="a", cost="0.5"),
            instance(LineItemId="a", cost="0.4", ChargePeriodStart=JANUARY + HOUR),
            instance(cost="0.4"),
            instance(cost="0.4"),
        ],
    )
    assert picked(row, "Lines", "BilledCost", "Searched") == (2, Decimal("0.8"), True)


def test_too_many_lines_are_not_compared(rows: Rows, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("finops.ingest.bills.doctor_facts.MOST_COMPARED", 1)
    same = instance(LineItemId="a", cost="0.4")
    (row,) = rows("repeated", [same, same])
    assert picked(row, "Lines", "Searched") == (0, False)


def test_unreadable_cells_are_counted_with_an_example(backend: Backend, tmp_path: Path) -> None:
    cells = {
        "lineItem/UnblendedCost": ["1e-7", None, "3"],
        "pricing/publicOnDemandCost": ["convertible", "0.1", "NULL"],
        "lineItem/UsageType": ["x", "y", "z"],
    }
    pq.write_table(pa.table(cells), tmp_path / "raw.parquet")
    fact = RAW_FACTS["unreadable_cells"]
    found = backend.arrow(fact(backend.read(tmp_path / "raw.parquet"))).to_pylist()
    assert sorted(picked(row, "Column", "Cells", "Example") for row in found) == [
        ("lineItem/UnblendedCost", 0, None),
        ("pricing/publicOnDemandCost", 1, "convertible"),
    ]


def test_a_typed_report_has_no_unreadable_cells(backend: Backend, tmp_path: Path) -> None:
    """Nor a row for each of its lines, of which there may be millions."""
    pq.write_table(pa.table({"BilledCost": [1.5, 2.5]}), tmp_path / "raw.parquet")
    fact = RAW_FACTS["unreadable_cells"](backend.read(tmp_path / "raw.parquet"))
    assert backend.arrow(fact).to_pylist() == []


@pytest.mark.parametrize("name", FACTS)
def test_no_line_at_all_is_no_error(rows: Rows, name: str) -> None:
    assert len(rows(name, [])) <= 1
