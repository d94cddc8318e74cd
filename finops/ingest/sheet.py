"""What do the columns of a resource list hold, as text? From a CSV or from a frame of the caller's."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from finops.errors import EmptyInput, Issue
from finops.ingest.columns import ListFormat, folded, match_list, received
from finops.ingest.csv_rows import SHOWN_ROWS, OddRow, TextTable

NO_FILE = "the given frame"
_TEXT_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A resource list column by column: stripped text, "" for nothing, and the line of every row.

    ``cells`` has every column of the format; those the file lacks hold "" and are not in ``given``.
    """

    file: str
    numbers: list[int]
    cells: Mapping[str, list[str]]
    given: frozenset[str]
    odd: list[OddRow] = field(default_factory=list)
    odd_costs: list[str] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    delimiter: str = ","

    def line(self, at: int) -> str:
        """The recognised cells of a row, for a message."""
        texts = [self.cells[name][at] for name in self.cells if name in self.given]
        return as_line(texts, self.delimiter)


def shortened(text: str) -> str:
    """At most 200 characters, on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _TEXT_SHOWN else flat[: _TEXT_SHOWN - 1] + "…"


def as_line(cells: Sequence[str], delimiter: str) -> str:
    """Cells as one line for a message, those that hold the delimiter in quotes."""
    return shortened(delimiter.join(f'"{text}"' if delimiter in text else text for text in cells))


def sheet_of_csv(table: TextTable, wanted: ListFormat) -> Sheet:
    """The columns of a CSV. Raises UnknownFormat as ``match_list`` does, EmptyInput without rows."""
    found = match_list(table.header, wanted, table.file)
    if not table.rows and not table.odd:
        raise EmptyInput(
            f"{table.file}: the file has a header ({received(table.header)}) but not one resource"
        )
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    cells = {
        name: [text.strip() for text in columns[found[name]]]
        if name in found
        else [""] * len(table.rows)
        for name in wanted.fields
    }
    return Sheet(
        file=table.file,
        numbers=table.numbers,
        cells=cells,
        given=frozenset(found),
        odd=table.odd,
        odd_costs=[_odd_cost(row, found[wanted.cost], len(table.header)) for row in table.odd],
        issues=[*table.issues, *_column_issues(table.header, found, wanted, table.file)],
        delimiter=table.delimiter,
    )


def _odd_cost(row: OddRow, at: int, width: int) -> str:
    """The text at the place of the cost, unless a comma may have cut it in two: then it is unknown."""
    if at >= len(row.cells):
        return "?"
    text = row.cells[at].strip()
    after = row.cells[at + 1].strip() if at + 1 < len(row.cells) else ""
    cut = len(row.cells) > width and text[-1:].isdigit() and "." not in text and after[:3].isdigit()
    return "?" if cut or not text else text


def sheet_of_frame(raw: pd.DataFrame, wanted: ListFormat) -> Sheet:
    """The columns of a frame, numbers as their shortest text. The frame is left as it is.

    Line numbers are those of a file with one header line: the first row is line 2. A row of
    nothing but missing values is an ``empty_row``.
    """
    header = [str(name) for name in raw.columns]
    file = str(raw.attrs.get("file", NO_FILE))
    found = match_list(header, wanted, file)
    texts = {name: cell_texts(raw.iloc[:, at]) for name, at in found.items()}
    full = [any(row) for row in zip(*texts.values(), strict=True)]
    everywhere = {
        name: [text for text, keep in zip(column, full, strict=True) if keep]
        for name, column in texts.items()
    }
    numbers = [at + 2 for at, keep in enumerate(full) if keep]
    empty = [at + 2 for at, keep in enumerate(full) if not keep]
    issues = _column_issues(header, found, wanted, file)
    if empty:
        issues.append(
            Issue(
                severity="info",
                code="empty_row",
                message=f"{len(empty)} row(s) without a single value are no resources",
                file=file,
                rows=len(empty),
                cost_usd=0.0,
                row_numbers=tuple(empty[:SHOWN_ROWS]),
            )
        )
    return Sheet(
        file=file,
        numbers=numbers,
        cells={name: everywhere.get(name, [""] * len(numbers)) for name in wanted.fields},
        given=frozenset(found),
        issues=issues,
    )


def _column_issues(
    header: Sequence[str], found: Mapping[str, int], wanted: ListFormat, file: str
) -> list[Issue]:
    derived = {folded(name) for name in wanted.derived}
    ignored = [
        name
        for at, name in enumerate(header)
        if at not in found.values() and folded(name) and folded(name) not in derived
    ]
    optional = {"AccountId", "Platform", "ResourceType"}
    absent = [
        names[0] for name, names in wanted.fields.items() if name not in found and name not in optional
    ]
    issues = []
    if ignored:
        text = f"column(s) that no figure uses: {received(ignored)}"
        issues.append(Issue(severity="info", code="column_ignored", message=text, file=file))
    if absent:
        text = f"column(s) that the file lacks are null: {', '.join(absent)}"
        issues.append(Issue(severity="warning", code="column_absent", message=text, file=file))
    return issues


def cell_texts(column: pd.Series) -> list[str]:
    """Every cell as stripped text, "" where it is missing. Whole floats of ids lose their ``.0``."""
    return [cell_text(value) for value in column.astype("object").tolist()]


def cell_text(value: object) -> str:
    """A value as stripped text: what is nested as JSON, bytes as the UTF-8 that they hold.

    Raises UnicodeDecodeError for other bytes.
    """
    match value:
        case str():
            text = value
        case dict() | list() | tuple() | set() | np.ndarray():
            text = json.dumps(_plain(value), default=str)
        case bytes():
            text = value.decode()
        case None:
            text = ""
        case float():
            text = "" if math.isnan(value) else _float_text(value)
        case _ if pd.isna(value) is True:  # type: ignore[call-overload]
            text = ""
        case Decimal():
            text = _decimal_text(value)
        case date():  # and datetime, and the Timestamp of pandas
            text = value.isoformat()
        case _:
            text = str(value)
    return text.strip()


def _plain(value: object) -> object:
    """Nested values as JSON has them. A list of pairs is a map, as Arrow gives one.

    It becomes AWS's list of keys and values, which keeps a key that is repeated.
    """
    match value:
        case np.ndarray():
            return _plain(value.tolist())
        case dict():
            return {_plain_key(key): _plain(inner) for key, inner in value.items()}
        case [[_, _], *_] if _are_pairs(value):  # pairs as lists, once pandas has written them
            pairs: Any = value
            return [{"Key": _plain(key), "Value": _plain(inner)} for key, inner in pairs]
        case list() | tuple() | set():
            return [_plain(inner) for inner in value]
        case bytes():
            return value.decode()
        case _:
            return value


def _are_pairs(values: Sequence[object]) -> bool:
    return all(
        isinstance(one, list | tuple) and len(one) == 2 and isinstance(one[0], str | bytes)
        for one in values
    )


def _plain_key(key: object) -> str:
    return key if isinstance(key, str) else cell_text(key)


def _float_text(value: float) -> str:
    whole = math.isfinite(value) and value.is_integer() and abs(value) < 1e15
    return str(int(value)) if whole else repr(value)


def _decimal_text(value: Decimal) -> str:
    whole = value.is_finite() and value.adjusted() < 40 and value == value.to_integral_value()
    return str(int(value)) if whole else str(value)
