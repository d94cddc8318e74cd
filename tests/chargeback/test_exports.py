"""What finance takes away adds up to the bill, opens as text, and is the same file twice."""

from __future__ import annotations

import csv
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

import pytest

from finops.answers.allocation import Chargeback, ChargebackSettings, chargeback
from finops.answers.chargeback_export import export_chargeback
from finops.answers.closing import Settled
from finops.chargeback import (
    allocate,
    chargeback_csv,
    chargeback_xlsx,
    charges_digest,
    costs_of_month,
    detail_csv,
    export_names,
    journal_csv,
    reconciliation,
)
from finops.chargeback.examples import team_charges
from finops.errors import OutputError
from finops.estate import Estate, load_estate
from finops.money import exact_sum, round_cents
from finops.periods import Month, between
from finops.spreadsheet import text_of_cell

SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS_OF = {"billed": "BilledCost", "effective": "EffectiveCost", "list": "ListCost"}
HOSTILE = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "\tx", "a\nb", 'say "hi"', "🙂", "שלום"]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def amount(cells: list[str]) -> Decimal:
    return exact_sum(Decimal(cell) for cell in cells if cell)


def sheet(book: bytes, number: int) -> list[list[str]]:
    """The cells of a sheet as text, by the parts that ECMA-376 names; no cell may be a formula."""
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        shared = [
            "".join(text.text or "" for text in item.iter(f"{SPREADSHEET}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        page = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
    assert not list(page.iter(f"{SPREADSHEET}f"))
    return [
        [
            shared[int(cell.findtext(f"{SPREADSHEET}v") or "")]
            if cell.get("t") == "s"
            else cell.findtext(f"{SPREADSHEET}v") or ""
            for cell in row
        ]
        for row in page.iter(f"{SPREADSHEET}row")
    ]


@pytest.fixture(scope="module")
def sample() -> Estate:
    return load_estate()


@pytest.mark.parametrize("basis", ["billed", "effective", "list"])
def test_every_file_of_the_sample_adds_up_to_the_costs_of_the_month(sample: Estate, basis: str) -> None:
    answer = sample_answer(sample, basis)
    report = answer.report
    month = Month(2026, 9)
    of_month = sample.costs[between(sample.costs["ChargePeriodStart"], month.start, month.end)]
    bill = round_cents(exact_sum(of_month[COLUMNS_OF[basis]].dropna()))
    assert amount([row["total_usd"] for row in read(chargeback_csv(report))]) == bill
    assert round_cents(amount([row["cost_usd"] for row in read(detail_csv(report))])) == bill
    journal = read(journal_csv(report))
    assert amount([row["debit"] for row in journal]) == amount([row["credit"] for row in journal])
    borne = [row for row in journal if row["account"] == "Cloud cost"]
    assert amount([row["debit"] for row in borne]) - amount([row["credit"] for row in borne]) == bill
    # A workbook has binary floats, so each cell is taken to the cent that it shows.
    header, *lines = sheet(chargeback_xlsx(report), 1)
    at = header.index("total_usd")
    assert exact_sum(round_cents(Decimal(line[at])) for line in lines) == bill
    assert reconciliation(report)["amount_usd"].to_list() == [bill] * 5
    assert reconciliation(report)["difference_usd"].to_list() == [0] * 5


def sample_answer(sample: Estate, basis: str) -> Chargeback:
    settings = ChargebackSettings(shared="even", basis=basis, period=Month(2026, 9))  # type: ignore[arg-type]
    return chargeback(sample, settings)


def test_the_same_input_gives_the_same_files(sample: Estate, tmp_path: Path) -> None:
    one = exported(sample, tmp_path / "one")
    other = exported(sample, tmp_path / "other")
    assert [path.name for path in one] == [path.name for path in other]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    digest = sample_answer(sample, "billed").report.digest[:12]
    charges = charges_digest(costs_of_month(sample.costs, Month(2026, 9)))[:12]
    assert [path.name for path in one] == [
        f"chargeback_2026-09_billed_{digest}{end}"
        for end in (
            "_summary.csv",
            "_detail.csv",
            "_journal.csv",
            ".xlsx",
            f"_charges_{charges}_focus.csv",
        )
    ]
    with pytest.raises(OutputError, match="cannot make the folder"):
        exported(sample, one[0])


def exported(sample: Estate, folder: Path) -> tuple[Path, ...]:
    result = Settled(answer=sample_answer(sample, "billed"), adjustments=())
    return export_chargeback(sample, result, folder)


def test_a_period_of_days_makes_a_file_name() -> None:
    report = allocate(team_charges(("A", "1")), "Team", period="2026-09-01/2026-09-12")
    assert export_names(report)["workbook"].startswith("chargeback_2026-09-01_2026-09-12_billed_")


def test_hostile_names_come_back_as_they_were() -> None:
    # Tab and newline at the ends are no part of a tag value.
    report = allocate(team_charges(), "Team")
    assert read(chargeback_csv(report)) == []
    frame = team_charges(*((f"T{at}", str(at + 1)) for at in range(len(HOSTILE))))
    named = {f"T{at}": name for at, name in enumerate(HOSTILE)}
    charges = frame.assign(AccountId=[named[f"T{at}"] for at in range(len(HOSTILE))])
    report = allocate(charges, "AccountId")
    expected = sorted(name.strip() for name in HOSTILE)
    for text, column in (
        (chargeback_csv(report), "allocated_to"),
        (detail_csv(report), "allocated_to"),
        (journal_csv(report), "cost_centre"),
    ):
        cells = [row[column] for row in read(text) if row[column]]
        assert not any(cell.startswith(("=", "+", "@", "\t")) for cell in cells)
        assert sorted(map(text_of_cell, cells)) == expected
    book = chargeback_xlsx(report)
    header, *lines = sheet(book, 1)
    assert sorted(line[header.index("allocated_to")] for line in lines) == expected


def test_a_credit_is_booked_on_the_other_side() -> None:
    report = allocate(team_charges(("A", "5"), ("B", "-7.50"), ("C", "0")), "Team", period="2026-09")
    assert [tuple(row.values()) for row in read(journal_csv(report, "6100", "2100"))] == [
        ("2026-09", "A", "6100", "5.00", "", "Cloud cost of 2026-09"),
        ("2026-09", "B", "6100", "", "7.50", "Cloud cost of 2026-09"),
        ("2026-09", "", "2100", "2.50", "", "Cloud cost of 2026-09"),
    ]


def test_the_workbook_says_by_which_rules() -> None:
    report = allocate(team_charges(("A", "60"), ("B", "30"), (None, "9")), "Team", "proportional")
    book = chargeback_xlsx(report)
    shares = sheet(book, 3)
    assert [row[1] for row in shares] == ["allocated_to", "A", "B"]
    assert [row[3] for row in shares[1:]] == ["6", "3"]
    rules = sheet(book, 4)
    assert [row[0] for row in rules] == [
        "name",
        "Tag",
        "Untagged, shared: proportional",
        "SHA-256 of input and rules",
    ]
    assert rules[-1][1] == report.digest
