"""How are frames written as CSV and XLSX so that a spreadsheet shows text as text?

A cell that begins with ``=``, ``+``, ``-`` or ``@`` is run as a formula by Excel and LibreOffice, also
after white space, and so are the full-width forms of these signs in East Asian locales. Such *text*
gets a leading apostrophe (OWASP, "CSV Injection"). Numbers stay numbers, negative ones too. In XLSX a
cell says itself that it is text, and is never run; nothing is put before it.
"""

from __future__ import annotations

import csv
import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from numbers import Integral, Real
from typing import Any, TypeAlias

import pandas as pd
import xlsxwriter  # type: ignore[import-untyped,unused-ignore]

from finops.errors import OutputError

_FORMULA_SIGNS = frozenset("=+-@＝＋－＠﹢﹣﹦﹫")
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CONTROL_STARTS = ("\t", "\r", "\n")

DOLLARS, DOLLARS_AN_HOUR, PERCENT, NUMBER = "$#,##0.00", "$#,##0.0000", '0.0"%"', "General"
DAY, MOMENT = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss"
# Excel's own limits: rows of a sheet, and characters of a cell.
MOST_ROWS, MOST_CHARACTERS = 1_048_576, 32_767
_FIRST_YEAR = 1900
_WIDEST, _NARROWEST = 60, 8
_TEXT_AS_TEXT = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


Page: TypeAlias = Any  # xlsxwriter has no types: its Worksheet, and its Format
Style: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: a header and a line a row of ``frame``. ``formats`` by column go before
    those that follow from its name: ``…hourly_usd`` and ``…hourly_commitment_usd`` are dollars to four
    places, ``…_usd`` to the cent, ``…_pct`` percent to one."""

    name: str
    frame: pd.DataFrame
    formats: Mapping[str, str] = field(default_factory=dict)


def csv_text(frame: pd.DataFrame) -> str:
    """The frame as CSV (RFC 4180): a header, one line a row, ``\\r\\n`` line ends, no index, no BOM.

    Commas, quotes and line breaks inside text are quoted. Missing values are empty cells. Equal
    frames give equal text.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in frame.columns])
    columns = [[safe_cell(value) for value in frame[name]] for name in frame.columns]
    writer.writerows(zip(*columns, strict=True))
    return buffer.getvalue()


def xlsx_bytes(sheets: Sequence[Sheet], created: date, title: str = "") -> bytes:
    """The sheets as an XLSX workbook, each with a frozen header, a filter and columns as wide as needed.

    Text is text: never a formula, a link or a number, and read back as it is, but for carriage returns
    and control characters, which XML cannot hold: they are written as ``_x000D_``, as Excel does.
    Missing values are empty cells; times are in UTC, without a zone, as a spreadsheet has them.
    Numbers have 16 digits. Equal frames give equal bytes: the only time in the file is ``created``.
    Raises OutputError for a text or a frame that is larger than Excel allows.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, **_TEXT_AS_TEXT}) as book:
        moment = datetime.combine(created, time())
        book.set_properties({"title": title, "created": moment})
        head = book.add_format({"bold": True, "bottom": 1})
        for sheet in sheets:
            _write_sheet(book, sheet, head)
    return buffer.getvalue()


def safe_cell(value: object) -> str:  # noqa: PLR0911 - one line a type reads best
    """One value as a cell.

    Missing values (None, NaN, NaT, NA) are empty; numbers are written without an exponent where they
    are exact (int, Decimal); times as ISO 8601. Everything else is text, with an apostrophe before
    it where a spreadsheet would take it for a formula. ``text_of_cell`` takes the apostrophe away.
    """
    match value:
        case str():
            return _safe_text(value)
        case _ if _is_missing(value):
            return ""
        case bool():
            return str(value)
        case Decimal():
            return format(abs(value) if value.is_zero() else value, "f")
        case Integral():
            return str(int(value))
        case Real():
            return repr(float(value))
        case date():  # pandas' and Python's times are dates too
            return value.isoformat()
        case _:
            return _safe_text(str(value))


def text_of_cell(cell: str) -> str:
    """The text that ``safe_cell`` was given: the inverse for text cells."""
    return cell[1:] if cell.startswith("'") and _runs(cell.lstrip("'")) else cell


def _safe_text(text: str) -> str:
    # Text that already begins with an apostrophe before a formula gets a second one, so that
    # reading back is exact.
    return f"'{text}" if _runs(text.lstrip("'")) else text


def _runs(text: str) -> bool:
    if text.startswith(_CONTROL_STARTS):
        return True
    first = next((char for char in text if unicodedata.category(char) not in _INVISIBLE), "")
    return first in _FORMULA_SIGNS


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, head: Style) -> None:
    frame = sheet.frame
    if len(frame) >= MOST_ROWS:
        raise OutputError(
            f"sheet {sheet.name} has {len(frame):,} rows; Excel takes {MOST_ROWS - 1:,} below a header: "
            "write CSV instead"
        )
    page = book.add_worksheet(sheet.name)
    formats = {code: book.add_format({"num_format": code}) for code in sorted(_codes(sheet))}
    for number, name in enumerate(frame.columns):
        _write_text(page, (0, number), str(name), head)
        code = _code(sheet, str(name))
        for row, value in enumerate(frame[name], start=1):
            _write_cell(page, (row, number), value, formats, code)
        page.set_column(number, number, _width(str(name), frame[name], code))
    page.freeze_panes(1, 0)
    if len(frame.columns):
        page.autofilter(0, 0, len(frame), len(frame.columns) - 1)


def _codes(sheet: Sheet) -> set[str]:
    return {_code(sheet, str(name)) for name in sheet.frame.columns} | {DAY, MOMENT}


def _code(sheet: Sheet, name: str) -> str:
    if name in sheet.formats:
        return sheet.formats[name]
    if name.endswith(("hourly_usd", "hourly_commitment_usd")):
        return DOLLARS_AN_HOUR
    if name.endswith("_usd"):
        return DOLLARS
    return PERCENT if name.endswith("_pct") else NUMBER


def _write_cell(
    page: Page, at: tuple[int, int], value: object, formats: Mapping[str, Style], code: str
) -> None:
    match value:
        case str():
            _write_text(page, at, value, None)
        case _ if _is_missing(value):
            page.write_blank(*at, None, None)
        case bool():
            page.write_boolean(*at, value)
        case Decimal() | Real() if math.isfinite(value):
            page.write_number(*at, float(value), formats[code])
        case date() if value.year < _FIRST_YEAR:
            _write_text(page, at, value.isoformat(), None)
        case datetime():  # pandas' times are Python's, too
            page.write_datetime(*at, _without_zone(value), formats[MOMENT])
        case date():
            page.write_datetime(*at, datetime.combine(value, time()), formats[DAY])
        case _:
            _write_text(page, at, str(value), None)


def _write_text(page: Page, at: tuple[int, int], text: str, style: Style | None) -> None:
    if len(text) > MOST_CHARACTERS:
        raise OutputError(
            f"a text of {len(text):,} characters does not fit into a cell of Excel, which takes "
            f"{MOST_CHARACTERS:,}: write CSV instead"
        )
    # A lone surrogate is no character, and no file can hold it.
    page.write_string(*at, text.encode("utf-8", "replace").decode("utf-8"), style)


def _without_zone(moment: datetime) -> datetime:
    python = moment.to_pydatetime(warn=False) if isinstance(moment, pd.Timestamp) else moment
    return python if python.tzinfo is None else python.astimezone(UTC).replace(tzinfo=None)


def _width(name: str, values: pd.Series, code: str) -> float:
    """Characters that the widest cell takes, within bounds; dollars are shown with signs and commas."""
    shown = (len(str(value).split("\n", maxsplit=1)[0]) for value in values if isinstance(value, str))
    least = 14 if code in {DOLLARS, DOLLARS_AN_HOUR} else _NARROWEST
    return min(_WIDEST, max(least, len(name) + 4, *shown, 0))
