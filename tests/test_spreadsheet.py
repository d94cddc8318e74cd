"""CSV for spreadsheets: text stays text, numbers stay numbers, and both can be read back."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops import spreadsheet
from finops.errors import OutputError
from finops.spreadsheet import Sheet, csv_text, safe_cell, text_of_cell, xlsx_bytes

CREATED = date(2026, 3, 31)
CREATED_AT = datetime.fromisoformat("2026-03-31")


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("x")',
        "=1+1",
        "+cmd|' /C calc'!A0",
        "-2+3",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "  =1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "\u200b@x",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
        "'=1+1",
    ],
)
def test_text_that_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert text_of_cell(safe_cell(text)) == text


@pytest.mark.parametrize(
    "text", ["Core", "a=b", "R&D", "'quoted'", "", " spaced ", "日本", "🚀", "שלום", "1e5"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert safe_cell(text) == text
    assert text_of_cell(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, "-5"),
        (np.int64(-5), "-5"),
        (-1.5, "-1.5"),
        (np.float64(0.1), "0.1"),
        (Decimal("-12.50"), "-12.50"),
        (Decimal("1E-11"), "0.00000000001"),
        (Decimal("-0.00"), "0.00"),
        (True, "True"),
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (date(2026, 9, 1), "2026-09-01"),
        (datetime(2026, 9, 1, tzinfo=UTC), "2026-09-01T00:00:00+00:00"),
        (pd.Timestamp("2026-09-01", tz="UTC"), "2026-09-01T00:00:00+00:00"),
    ],
)
def test_values_that_are_no_text(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


def test_a_frame_is_a_header_and_a_line_a_row() -> None:
    frame = pd.DataFrame(
        {"=team": ["a,b", 'say "hi"', "two\nlines"], "usd": [Decimal("-1.00"), None, Decimal("2.50")]}
    )
    assert csv_text(frame) == (
        "'=team,usd\r\n"
        '"a,b",-1.00\r\n'
        '"say ""hi""",\r\n'
        '"two\nlines",2.50\r\n'
    )  # fmt: skip


def test_a_frame_without_rows_is_its_header() -> None:
    assert csv_text(pd.DataFrame(columns=["a", "b"])) == "a,b\r\n"


nasty = st.text(st.sampled_from("=+-@\t\r\n'\",; ax\u00a0\ufeff＝🚀"), max_size=6) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=8
)


@given(st.lists(st.tuples(nasty, st.integers()), max_size=5))
def test_any_text_reads_back_equal_and_never_runs(rows: list[tuple[str, int]]) -> None:
    frame = pd.DataFrame(rows, columns=["name", "n"]).astype({"name": "object"})
    read = list(csv.reader(io.StringIO(csv_text(frame), newline="")))[1:]
    assert [(text_of_cell(name), int(n)) for name, n in read] == rows
    for name, _ in read:
        assert not name.startswith(("\t", "\r", "\n"))
        assert not name.lstrip(" \u00a0\ufeff\t\r\n").startswith(("=", "+", "-", "@", "＝"))


def read_sheet(written: bytes, name: str = "A") -> openpyxl.worksheet.worksheet.Worksheet:
    return openpyxl.load_workbook(io.BytesIO(written))[name]


def test_a_sheet_has_a_frozen_header_a_filter_and_formats() -> None:
    frame = pd.DataFrame(
        {
            "name": ["a" * 40, None],
            "monthly_usd": [Decimal("1234.50"), None],
            "hourly_usd": [0.0576, np.nan],
            "utilization_pct": [98.765, 0.0],
            "quantity": [3, 4],
            "on": [date(2026, 4, 1), datetime(2026, 4, 1, 5, 30, tzinfo=UTC)],
            "sure": [True, False],
        }
    )
    sheet = read_sheet(xlsx_bytes([Sheet("A", frame, {"quantity": "0.0"})], CREATED, "Advice"))
    midnight = datetime.fromisoformat("2026-04-01")
    assert [cell.value for cell in sheet[1]] == list(frame.columns)
    assert [cell.value for cell in sheet[2]] == [
        "a" * 40, 1234.5, 0.0576, 98.765, 3, midnight, True,
    ]  # fmt: skip
    assert [cell.value for cell in sheet[3]] == [
        None, None, None, 0, 4, midnight + timedelta(hours=5.5), False,
    ]  # fmt: skip
    assert [cell.number_format for cell in sheet[2]][1:6] == [
        "$#,##0.00", "$#,##0.0000", '0.0"%"', "0.0", "yyyy-mm-dd",
    ]  # fmt: skip
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:G3")
    assert sheet.column_dimensions["A"].width > 40
    assert sheet["A1"].font.bold


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "@SUM(A1)", "https://example.com", "internal:A!A1", "123", "1e5", " lead ", "'=1"],
)
def test_text_in_a_workbook_is_text(text: str) -> None:
    cell = read_sheet(xlsx_bytes([Sheet("A", pd.DataFrame({text: [text]}))], CREATED))["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_equal_sheets_are_equal_bytes() -> None:
    sheets = [Sheet("A", pd.DataFrame({"a": ["x", "y"]})), Sheet("B", pd.DataFrame(columns=["b"]))]
    written = xlsx_bytes(sheets, CREATED)
    assert written == xlsx_bytes(sheets, CREATED)
    assert openpyxl.load_workbook(io.BytesIO(written)).properties.created == CREATED_AT
    with zipfile.ZipFile(io.BytesIO(written)) as file:
        assert {entry.date_time for entry in file.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_excel_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OutputError, match="32,768 characters does not fit"):
        xlsx_bytes([Sheet("A", pd.DataFrame({"a": ["x" * 32_768]}))], CREATED)
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 3)
    xlsx_bytes([Sheet("A", pd.DataFrame({"a": [1, 2]}))], CREATED)
    with pytest.raises(OutputError, match="3 rows; Excel takes 2"):
        xlsx_bytes([Sheet("A", pd.DataFrame({"a": [1, 2, 3]}))], CREATED)


def test_what_is_no_number_or_day_of_excel_is_text() -> None:
    values = [float("inf"), date(1850, 1, 1), "\ud800x"]
    sheet = read_sheet(xlsx_bytes([Sheet("A", pd.DataFrame({"a": values}, dtype="object"))], CREATED))
    assert [row[0].value for row in sheet["A2:A4"]] == ["inf", "1850-01-01", "?x"]


cells = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=8)
    | st.text(st.sampled_from("=+-@'\",; ax\n{}"), min_size=1, max_size=6)
    | st.integers(-(2**53), 2**53)
    # A spreadsheet keeps 15 digits.
    | st.floats(-1e300, 1e300).map(lambda number: float(f"{number:.15g}"))
    | st.booleans()
    | st.none()
)


@settings(max_examples=60)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=4))
def test_any_cell_of_a_workbook_reads_back_equal(rows: list[tuple[object, object]]) -> None:
    frame = pd.DataFrame(rows, columns=["a", "b"], dtype="object")
    sheet = read_sheet(xlsx_bytes([Sheet("A", frame)], CREATED))
    assert [cell.data_type for line in sheet.iter_rows(min_row=2) for cell in line].count("f") == 0
    read = [[cell.value for cell in line] for line in sheet.iter_rows(min_row=2, max_col=2)]
    assert read == [list(row) for row in rows[: len(read)]]
    assert all(value is None for row in rows[len(read) :] for value in row)
