"""How is a frame written as CSV so that a spreadsheet shows text as text?

A cell that begins with ``=``, ``+``, ``-`` or ``@`` is run as a formula by Excel and LibreOffice, also
after white space, and so are the full-width forms of these signs in East Asian locales. Such *text*
gets a leading apostrophe (OWASP, "CSV Injection"). Numbers stay numbers, negative ones too.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from datetime import date
from decimal import Decimal
from numbers import Integral, Real

import pandas as pd

_FORMULA_SIGNS = frozenset("=+-@＝＋－＠﹢﹣﹦﹫")
_INVISIBLE = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_CONTROL_STARTS = ("\t", "\r", "\n")


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
