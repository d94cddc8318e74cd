"""Is a bill counted right, once, and only as far as it has changed?"""

from __future__ import annotations

import gzip
import subprocess
import sys
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops.errors import CurrencyError, EmptyInput, FileUnreadable
from finops.ingest.bills import cached_frames
from finops.ingest.bills.engine import Engine
from finops.ingest.bills.job import Job
from finops.ingest.bills.reduction import read_bill
from finops.ingest.files import InputFile
from finops.schema import COSTS, EC2, USAGE
from tests.ingest.bills.written_bills import COLUMNS, billed, codes, hour, month_of_lines, write


class Reduced:
    """The months that were reduced, and whether an engine was opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.months: list[str] = []
        self.flattened = 0
        real_reduce, real_flatten = Job.reduce, Engine.flatten

        def reduce(job: Job, name: str, month: str, *args: object) -> object:
            self.months.append(month)
            return real_reduce(job, name, month, *args)  # type: ignore[arg-type]

        def flatten(engine: Engine, *args: object) -> None:
            self.flattened += 1
            real_flatten(engine, *args)  # type: ignore[arg-type]

        monkeypatch.setattr(Job, "reduce", reduce)
        monkeypatch.setattr(Engine, "flatten", flatten)


@pytest.fixture
def reduced(monkeypatch: pytest.MonkeyPatch) -> Reduced:
    return Reduced(monkeypatch)


def test_a_folder_of_months_is_read_once_and_an_update_costs_its_month(
    folder: Path, cache: Path, reduced: Reduced
) -> None:
    first = read_bill(folder, cache=cache)
    assert billed(first) == Decimal("18")
    assert first.costs.groupby("BillingPeriodStart")["BilledCost"].sum().tolist() == [6, 12]
    assert list(first.costs.columns) == list(COSTS.columns)
    assert list(first.usage.columns) == list(USAGE.columns)
    assert list(first.ec2.columns) == list(EC2.columns)
    assert set(first.costs["Tags"]) == {'{"Team":"web"}'}
    assert str(first.costs["Tags"].dtype) == "category"
    assert [(file.path, file.format, file.rows, file.billed_cost) for file in first.files] == [
        ("feb.csv", "FOCUS", 4, Decimal("12")),
        ("jan.csv", "FOCUS", 4, Decimal("6")),
    ]
    assert first.diagnosis.bases.billed == Decimal("18")
    assert (reduced.months, reduced.flattened) == (["2026-01", "2026-02"], 2)

    again = read_bill(folder, cache=cache)
    pd.testing.assert_frame_equal(again.costs, first.costs)
    assert again.digest == first.digest
    assert again.issues == first.issues
    assert (reduced.months, reduced.flattened) == (["2026-01", "2026-02"], 2)

    write(folder / "feb.csv", month_of_lines("2026-02", "5"), modified=1_770_000_001)
    updated = read_bill(folder, cache=cache)
    assert billed(updated) == Decimal("26")
    assert updated.digest != first.digest
    assert (reduced.months[2:], reduced.flattened) == (["2026-02"], 3)


def test_a_cached_bill_needs_no_engine(folder: Path, cache: Path, tree: Path) -> None:
    read_bill(folder, cache=cache)
    code = (
        "import sys; from pathlib import Path; from finops.ingest.bills.reduction import read_bill; "
        "bill = read_bill(sys.argv[1], cache=Path(sys.argv[2])); "
        "print(bill.costs['BilledCost'].sum(), {'ibis', 'duckdb'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(folder), str(cache)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "18.000000000000 set()"


def test_a_damaged_entry_is_worked_out_again(folder: Path, cache: Path, reduced: Reduced) -> None:
    read_bill(folder, cache=cache)
    entry = next(path for path in cache.iterdir() if path.name.startswith("2026-01-"))
    (entry / "costs.parquet").write_bytes(b"PAR1 no more")
    assert billed(read_bill(folder, cache=cache)) == Decimal("18")
    assert reduced.months == ["2026-01", "2026-02", "2026-01"]


def test_not_final_and_final_are_counted_once(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    write(tmp_path / "bill" / "early.csv", [*month_of_lines("2026-01", "2"), *month_of_lines("2026-02")])
    write(tmp_path / "bill" / "final.csv", month_of_lines("2026-01", InvoiceId="42"))
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("12")  # 6 of the final January, 6 of February
    assert [(issue.file, issue.rows, issue.cost_usd) for issue in bill.issues if issue.set_aside] == [
        ("early.csv", 4, 8.0)
    ]
    assert bill.diagnosis.bases.billed == Decimal("12")


def test_parts_that_split_a_month_all_count(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "bill").mkdir()
    for name in ("a", "b"):
        lines = [hour("2026-01", at, name) for at in range(3)]
        write(tmp_path / "bill" / f"part-{name}.csv", lines)
    bill = read_bill(tmp_path / "bill", cache=cache)
    assert billed(bill) == Decimal("9")
    assert "redelivered_report" not in codes(bill)


def test_what_cannot_be_used_is_told_and_the_rest_is_right(folder: Path, cache: Path) -> None:
    packed = gzip.compress((folder / "jan.csv").read_bytes())
    (folder / "cut.csv.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "other.csv").write_text("Name,Age\nAda,36\n")
    write(folder / "none.csv", [])
    bill = read_bill(folder, cache=cache)
    assert billed(bill) == Decimal("18")
    told = {issue.file: issue.code for issue in bill.issues if issue.severity == "error"}
    assert told == {
        "cut.csv.gz": "part_unreadable",
        "other.csv": "part_unreadable",
        "none.csv": "empty_part",
    }
    with pytest.raises(FileUnreadable, match=r"cut\.csv\.gz"):
        read_bill(folder / "cut.csv.gz", cache=cache)
    with pytest.raises(EmptyInput, match=r"none\.csv"):
        read_bill(folder / "none.csv", cache=cache)
    for name in ("jan.csv", "feb.csv"):
        (folder / name).unlink()
    with pytest.raises(EmptyInput, match=r"cut\.csv\.gz"):
        read_bill(folder, cache=cache)


def test_two_currencies_are_not_added_and_one_other_is_told(folder: Path, cache: Path) -> None:
    write(folder / "mar.csv", month_of_lines("2026-03", BillingCurrency="eur"))
    with pytest.raises(CurrencyError, match=r"feb.csv, jan.csv, mar.csv: amounts in EUR and USD"):
        read_bill(folder, cache=cache)
    bill = read_bill(folder / "mar.csv", cache=cache)
    assert set(bill.costs["BillingCurrency"]) == {"EUR"}
    assert "currency_not_usd" in codes(bill)
    assert {issue.cost_usd for issue in bill.issues} <= {None}
    unnamed = read_bill(
        write(folder / "usd.csv", month_of_lines("2026-03", BillingCurrency="")), cache=cache
    )
    assert set(unnamed.costs["BillingCurrency"]) == {"USD"}
    assert "currency_assumed" in codes(unnamed)


def test_a_line_without_a_time_stays_in_its_month_or_is_told(tmp_path: Path, cache: Path) -> None:
    no_start = hour("2026-01", 2, "c", ChargePeriodStart="soon")
    nothing = {**hour("2026-01", 2, "d"), "ChargePeriodStart": "", "BillingPeriodStart": ""}
    path = write(tmp_path / "bill.csv", [*month_of_lines("2026-01"), no_start, nothing])
    bill = read_bill(path, cache=cache)
    assert billed(bill) == Decimal("7.5")
    assert bill.costs["ChargePeriodStart"].notna().all()
    told = {issue.code: issue.rows for issue in bill.issues}
    assert (told["time_unknown"], told["undated_lines"]) == (1, 1)
    assert [issue.code for issue in bill.issues if issue.set_aside] == ["undated_lines"]


def test_older_months_become_coarse_and_keep_their_totals(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cached_frames, "MAX_COST_ROWS", 2)  # a row per resource and month
    bill = read_bill(folder, cache=cache)
    by_month = bill.costs.groupby("BillingPeriodStart")["ResourceId"].count()
    assert by_month.tolist() == [0, 2]
    assert bill.costs.groupby("BillingPeriodStart")["BilledCost"].sum().tolist() == [6, 12]
    assert [issue.message[:8] for issue in bill.issues if issue.code == "grain_coarsened"] == [
        "2026-01:"
    ]


def test_uploads_are_read_like_files(folder: Path, cache: Path) -> None:
    uploads = [InputFile(path.name, path.read_bytes()) for path in sorted(folder.iterdir())]
    assert billed(read_bill(uploads, cache=cache)) == Decimal("18")


def test_an_archive_of_two_months_is_two_tables(folder: Path, cache: Path) -> None:
    with zipfile.ZipFile(folder.parent / "bill.zip", "w") as archive:
        for name in ("jan.csv", "feb.csv"):
            archive.write(folder / name, name)
        archive.writestr("none.csv", ",".join(COLUMNS) + "\n")
    bill = read_bill(folder.parent / "bill.zip", cache=cache)
    assert billed(bill) == Decimal("18")
    assert len(bill.files) == 2
    assert [issue.code for issue in bill.issues if issue.severity == "error"] == ["empty_part"]


Copy = Callable[[str], Path]


@pytest.fixture
def copied(conformance_data: Path, tmp_path: Path) -> Copy:
    def copy(beginning: str) -> Path:
        target = tmp_path / beginning
        target.mkdir()
        for path in sorted((conformance_data / "cur").glob(f"{beginning}*")):
            (target / path.name).write_bytes(path.read_bytes())
        return target

    return copy


def test_a_real_final_report_replaces_the_one_before(copied: Copy, cache: Path) -> None:
    bill = read_bill(copied("koku_2023"), cache=cache)
    assert billed(bill) == Decimal("30")
    dropped = [issue for issue in bill.issues if issue.code == "redelivered_report"]
    assert [(issue.file, issue.rows, issue.cost_usd) for issue in dropped] == [
        ("koku_2023-06-01-not-final.csv", 3, None)
    ]


def test_both_kinds_of_a_real_report_count_once(copied: Copy, cache: Path) -> None:
    bill = read_bill(copied("sbroenne"), cache=cache)
    assert billed(bill) == Decimal("0.0652")
    assert codes(bill).count("redelivered_report") == 1


def test_a_real_bill_with_commitments(conformance_data: Path, cache: Path) -> None:
    bill = read_bill(conformance_data / "cur" / "nise_aws_202601_ri_sp.csv.gz", cache=cache)
    assert billed(bill) == Decimal("269.339999976")
    assert bill.costs["EffectiveCost"].sum() == Decimal("269.339999976")
    assert codes(bill).count("ri_cost_unknown") == 1
