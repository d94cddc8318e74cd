"""What does a file with the columns of a frame hold? CSV or Parquet, told apart by content.

A machine wrote these files, so a cell that cannot be read is an error that names the file, the row
and the column, and not a row to be set aside. Rows of a CSV are lines (the header is line 1), rows
of Parquet count from 1.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finops import tags
from finops.errors import EmptyInput, FileUnreadable, FrameError, Issue, UnknownFormat
from finops.ingest.cell_values import Mask, parse_amounts, parse_booleans, parse_numbers, parse_times
from finops.ingest.columns import folded, match, received
from finops.ingest.csv_rows import SHOWN_ROWS, read_csv_rows
from finops.ingest.files import InputFile
from finops.ingest.sheet import shortened
from finops.schema import MONEY, Frame, Kind

_MEANING: Mapping[Kind, str] = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "time": "an ISO 8601 time",
    "money": "an amount without currency",
}
_RAW_BILL = ("lineitem", "identitylineitemid", "billpayeraccountid")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFile:
    """A frame in its schema, the row of the file that each row was, and the columns it came with."""

    file: str
    frame: pd.DataFrame
    numbers: npt.NDArray[np.int64]
    given: frozenset[str]
    issues: tuple[Issue, ...] = ()

    def report(
        self,
        code: str,
        message: str,
        mask: Mask,
        *,
        severity: str = "warning",
        cost_usd: float | None = None,
        set_aside: bool = False,
    ) -> tuple[Issue, ...]:
        """One issue for the rows of the mask, none if there are none."""
        rows = int(mask.sum())
        if not rows:
            return ()
        return (
            Issue(
                severity="info" if severity == "info" else "warning",
                code=code,
                message=f"{rows} row(s) {message}",
                file=self.file,
                rows=rows,
                cost_usd=cost_usd,
                row_numbers=tuple(int(row) for row in self.numbers[mask][:SHOWN_ROWS]),
                set_aside=set_aside,
            ),
        )

    def error(self, column: str, mask: Mask, expected: str) -> FrameError:
        """The error for the first row of the mask."""
        at = int(np.flatnonzero(mask)[0])
        value = self.frame[column].iloc[at]
        found = "nothing" if pd.isna(value) else repr(shortened(str(value)))
        return FrameError(
            f"{self.file}, row {self.numbers[at]}: {column} holds {found}; expected {expected}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Columns by name, either typed by Parquet or as the texts of a CSV."""

    typed: Mapping[str, pa.ChunkedArray] = field(default_factory=dict)
    texts: Mapping[str, list[str]] = field(default_factory=dict)
    numbers: npt.NDArray[np.int64]
    issues: tuple[Issue, ...] = ()


def read_frame_file(
    file: InputFile, schema: Frame, aliases: Mapping[str, str] | None = None
) -> FrameFile:
    """Read a CSV or Parquet file with the columns of a frame, in any order and case.

    ``aliases`` names further columns to read as one of the frame's where the frame's own is absent.
    Raises UnknownFormat for other columns, FrameError for a cell that cannot be read, EmptyInput for
    no rows, FileUnreadable for a file that is neither.
    """
    columns = _parquet(file, schema, aliases) if _is_parquet(file) else _csv(file, schema, aliases)
    return _frame_file(file, schema, columns)


def frame_of_texts(
    file: InputFile, schema: Frame, texts: Mapping[str, list[str]], rows: int
) -> FrameFile:
    """As ``read_frame_file``, for cells that were found elsewhere; rows count from 1."""
    return _frame_file(file, schema, _Columns(texts=texts, numbers=np.arange(1, rows + 1)))


def _frame_file(file: InputFile, schema: Frame, columns: _Columns) -> FrameFile:
    found: dict[str, pd.Series] = {}
    for name, kind in schema.columns.items():
        if name in columns.typed:
            found[name] = _typed(file, name, kind, columns.typed[name], columns.numbers)
        elif name in columns.texts:
            found[name] = _read(file, name, kind, columns.texts[name], columns.numbers)
    if not len(columns.numbers):
        raise EmptyInput(f"{file.name}: the file has the columns of {schema.name} but not one row")
    return FrameFile(
        file=file.name,
        frame=schema.conform(pd.DataFrame(found)),
        numbers=columns.numbers,
        given=frozenset(found),
        issues=columns.issues,
    )


def _is_parquet(file: InputFile) -> bool:
    return file.data[:4] == b"PAR1"


def places(
    header: list[str], schema: Frame, aliases: Mapping[str, str] | None, file: str
) -> dict[str, int]:
    """Where the columns of the frame are. Raises UnknownFormat where a required one is absent."""
    found = match(header, schema.columns, file)
    others = match(header, aliases or {}, file)
    for other, name in (aliases or {}).items():
        if other in others:
            found.setdefault(name, others[other])
    absent = [name for name in schema.required if name not in found]
    if not absent:
        return found
    if any(folded(name).startswith(_RAW_BILL) for name in header):
        raise UnknownFormat(
            f"{file}: this is an AWS Cost and Usage Report, which this version does not read; "
            f"expected the columns of the {schema.name} frame (for a bill: FOCUS 1.2)"
        )
    raise UnknownFormat(
        f"{file}: these are not the columns of the {schema.name} frame: no {', '.join(absent)}. "
        f"Received: {received(header)}. Expected: {received(list(schema.columns))}"
    )


def _parquet(file: InputFile, schema: Frame, aliases: Mapping[str, str] | None) -> _Columns:
    try:
        reader = pq.ParquetFile(pa.BufferReader(file.data))
        header = list(reader.schema_arrow.names)
        found = places(header, schema, aliases, file.name)
        table = reader.read(columns=[header[at] for at in found.values()])
    except (pa.ArrowException, OSError) as error:
        raise FileUnreadable(f"{file.name}: this Parquet file cannot be read: {error}") from error
    typed = {name: table.column(header[at]) for name, at in found.items()}
    return _Columns(typed=typed, numbers=np.arange(1, table.num_rows + 1))


def _csv(file: InputFile, schema: Frame, aliases: Mapping[str, str] | None) -> _Columns:
    table = read_csv_rows(file)
    found = places(table.header, schema, aliases, file.name)
    if table.odd:
        odd = table.odd[0]
        raise FrameError(
            f"{file.name}, row {odd.number}: {len(odd.cells)} cells where the header has "
            f"{len(table.header)}: {shortened(table.delimiter.join(odd.cells))}"
        )
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    texts = {name: [text.strip() for text in columns[at]] for name, at in found.items()}
    return _Columns(
        texts=texts, numbers=np.array(table.numbers, dtype=np.int64), issues=tuple(table.issues)
    )


def _typed(
    file: InputFile, name: str, kind: Kind, column: pa.ChunkedArray, numbers: npt.NDArray[np.int64]
) -> pd.Series:
    """A Parquet column as its kind: cast where its type allows it, else read as text."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    try:
        cast = _cast(kind, column)
    except pa.ArrowInvalid:
        cast = None  # a decimal of more places, say: its text can still be read
    if cast is not None:
        return cast
    return _read(file, name, kind, [_text(value) for value in column.to_pylist()], numbers)


def _cast(kind: Kind, column: pa.ChunkedArray) -> pd.Series | None:
    of = column.type
    result: pd.Series | None = None
    if kind == "money" and (pa.types.is_decimal(of) or pa.types.is_integer(of)):
        result = pd.Series(pd.arrays.ArrowExtensionArray(column.cast(MONEY.pyarrow_dtype)))
    elif kind in {"number", "integer"} and (_is_number(of) or pa.types.is_null(of)):
        result = column.cast(pa.float64()).to_pandas()
    elif kind == "time" and (pa.types.is_timestamp(of) or pa.types.is_date(of)):
        stamps = column.cast(pa.timestamp("us", tz=getattr(of, "tz", None)), safe=False)
        result = pd.to_datetime(stamps.to_pandas(), utc=True)
    elif kind == "boolean" and pa.types.is_boolean(of):
        result = column.to_pandas().astype("boolean")
    elif kind == "text" and (pa.types.is_string(of) or pa.types.is_large_string(of)):
        result = column.to_pandas().astype("str")
    return result


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        value = dict(value)  # a map column
    if isinstance(value, dict | list):
        return json.dumps(value, default=str)
    return str(value).strip()


def _read(
    file: InputFile, name: str, kind: Kind, texts: list[str], numbers: npt.NDArray[np.int64]
) -> pd.Series:
    bad = np.zeros(len(texts), dtype=bool)
    match kind:
        case "text":
            column = pd.Series([text or None for text in texts], dtype="str")
        case "tags":
            column, _ = tags.parse_column(pd.Series(texts, dtype="str"))
        case "time":
            column, bad = parse_times(texts)
        case "boolean":
            values, bad = parse_booleans(texts)
            column = pd.Series(values, dtype="boolean")
        case "money":
            amounts = parse_amounts(texts)
            bad = np.array([amount.problem not in {"", "blank"} for amount in amounts], dtype=bool)
            column = pd.Series([amount.value for amount in amounts], dtype="object")
        case "number" | "integer":
            found, bad = parse_numbers(texts)
            bad &= ~np.isin(np.char.lower(np.array(texts, dtype=str)), ["inf", "-inf", "infinity"])
            column = pd.Series(found)
    if bad.any():
        at = int(np.flatnonzero(bad)[0])
        raise FrameError(
            f"{file.name}, row {numbers[at]}: {name} holds {shortened(texts[at])!r}; "
            f"expected {_MEANING[kind]}"
        )
    return column
