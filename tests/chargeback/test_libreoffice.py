"""LibreOffice opens what finance takes away as text: hostile names come back as they were.

The files are converted headless by ``soffice``. Where there is none the test is skipped, with the
reason; in CI that is a failure.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from finops.chargeback import (
    ChargebackReport,
    allocate,
    chargeback_csv,
    chargeback_xlsx,
    detail_csv,
    journal_csv,
)
from finops.chargeback.examples import team_charges
from finops.spreadsheet import text_of_cell

# A tab and a newline stand inside of a name: at its ends they are no part of a tag value.
NAMES = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2+3",
    "tab\there",
    "new\nline",
    'say "hi", twice',
    "🙂 café",
    "צוות א׳",
    "فريق",
]
SECONDS = 300
# As a reader imports CSV: commas, quotes, UTF-8, every column as text or as the file says.
AS_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
READ_CSV = "CSV:44,34,76,1,,1033,false,false"


@pytest.fixture(scope="module")
def soffice() -> str:
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        missing = (
            "no soffice on the PATH. On Debian: apt install --no-install-recommends libreoffice-calc"
        )
        if os.environ.get("CI"):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="module")
def report() -> ChargebackReport:
    """A charge of $1, $2, … for each name; the names stand in the accounts, which have no spaces cut."""
    charges = team_charges(*((f"T{at}", str(at + 1)) for at in range(len(NAMES))))
    return allocate(charges.assign(AccountId=NAMES), "AccountId", period="2026-09")


def converted(soffice: str, folder: Path) -> dict[str, list[list[str]]]:
    """Every sheet of the files of the folder as LibreOffice shows it, by ``file-sheet``."""
    written = folder / "converted"
    for options, files in (
        ([f"--infilter={READ_CSV}"], sorted(folder.glob("*.csv"))),
        ([], sorted(folder.glob("*.xlsx"))),
    ):
        subprocess.run(
            [
                soffice,
                f"-env:UserInstallation={(folder / 'profile').as_uri()}",
                "--headless",
                *options,
                "--convert-to",
                AS_CSV,
                "--outdir",
                str(written),
                *map(str, files),
            ],
            check=True,
            capture_output=True,
            timeout=SECONDS,
        )
    return {path.stem: read(path) for path in sorted(written.glob("*.csv"))}


def read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def column(rows: list[list[str]], name: str) -> list[str]:
    at = rows[0].index(name)
    return [row[at] for row in rows[1:] if row[at]]


def test_every_file_opens_as_text(soffice: str, report: ChargebackReport, tmp_path: Path) -> None:
    (tmp_path / "summary.csv").write_bytes(chargeback_csv(report).encode())
    (tmp_path / "detail.csv").write_bytes(detail_csv(report).encode())
    (tmp_path / "journal.csv").write_bytes(journal_csv(report).encode())
    (tmp_path / "workbook.xlsx").write_bytes(chargeback_xlsx(report))
    shown = converted(soffice, tmp_path)
    for stem, name in (
        ("summary", "allocated_to"),
        ("detail", "allocated_to"),
        ("journal", "cost_centre"),
    ):
        cells = column(shown[f"{stem}-{stem}"], name)
        assert sorted(map(text_of_cell, cells)) == sorted(NAMES), stem
    # A cell of a workbook says itself that it is text: no apostrophe stands before it.
    for sheet in ("Summary", "Detail"):
        cells = column(shown[f"workbook-{sheet}"], "allocated_to")
        assert sorted(cells) == sorted(NAMES), sheet
