"""CSV for spreadsheets: text stays text, numbers stay numbers, and both can be read back."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.spreadsheet import csv_text, safe_cell, text_of_cell


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
