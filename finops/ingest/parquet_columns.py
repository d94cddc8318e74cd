"""What do the columns of a Parquet file hold? Cast where their type allows it, else read as text.

Text may be a string, or bytes without the string annotation, as Spark and Impala write them. Rows
count from 1.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finops.errors import FileUnreadable, FrameError
from finops.ingest.cell_values import FIRST_YEAR, LAST_YEAR
from finops.ingest.files import InputFile
from finops.ingest.sheet import cell_text, shortened
from finops.ingest.text_columns import MEANING, MOST_MONEY, broken_integers, cell_error
from finops.schema import MONEY, TIME, Kind

_PARTS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_DAY = 86_400
# What reading an Arrow value as one of Python raises, bytes that are no UTF-8 and times without a year.
_READ_ERRORS = (pa.ArrowException, ValueError, OverflowError, RecursionError)


def is_parquet(file: InputFile) -> bool:
    """Whether the bytes begin as Parquet does."""
    return file.data[:4] == b"PAR1"


def read_parquet(
    file: InputFile, places: Callable[[list[str]], dict[str, int]]
) -> dict[str, pa.ChunkedArray]:
    """The wanted columns by the names that ``places`` gives them, from the header.

    Raises FileUnreadable, and what ``places`` raises.
    """
    try:
        reader = pq.ParquetFile(pa.BufferReader(file.data), coerce_int96_timestamp_unit="us")
        header = list(reader.schema_arrow.names)
        found = places(header)
        table = reader.read(columns=[header[at] for at in found.values()])
        return {name: table.column(header[at]) for name, at in found.items()}
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise FileUnreadable(
            f"{file.name}: this Parquet file cannot be read: {shortened(str(error))}; write it anew"
        ) from error


def values_of_column(file: str, name: str, kind: Kind, column: pa.ChunkedArray) -> pd.Series | list[str]:
    """A column as its kind, or as texts where its type is another. Raises FrameError."""
    try:
        decoded = _decoded(file, name, column)
        cast = _cast(file, name, kind, decoded)
        return [cell_text(value) for value in decoded.to_pylist()] if cast is None else cast
    except _READ_ERRORS as error:
        raise FrameError(
            f"{file}: column {name} ({shortened(str(column.type))}) cannot be read: "
            f"{shortened(str(error))}; expected {MEANING.get(kind, 'text in UTF-8')}"
        ) from error


def _decoded(file: str, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column with its dictionary resolved and its bytes as text, all of it valid."""
    try:
        column.validate(full=True)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_fixed_size_binary(column.type):
            column = column.cast(pa.large_binary())
        if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
            column = column.cast(pa.large_string())
    except pa.ArrowInvalid as error:
        row = _first_undecodable(column)
        if row is None:
            raise
        raise FrameError(
            f"{file}, row {row}: {name} holds bytes that are not UTF-8; expected text in UTF-8"
        ) from error
    return column


def _first_undecodable(column: pa.ChunkedArray) -> int | None:
    for row, scalar in enumerate(column, start=1):
        try:
            cell_text(scalar.as_py())
        except UnicodeDecodeError:
            return row
        except _READ_ERRORS:
            return None
    return None


def _cast(file: str, name: str, kind: Kind, column: pa.ChunkedArray) -> pd.Series | None:
    of = column.type
    result: pd.Series | None = None
    try:
        if kind == "money" and (pa.types.is_decimal(of) or pa.types.is_integer(of)):
            result = _money(file, name, column.cast(MONEY.pyarrow_dtype))
        elif kind in {"number", "integer"} and (_is_number(of) or pa.types.is_null(of)):
            result = _number(file, name, kind, column.cast(pa.float64()))
        elif kind == "time" and (pa.types.is_timestamp(of) or pa.types.is_date(of)):
            result = _time(file, name, column)
        elif kind == "boolean" and pa.types.is_boolean(of):
            result = column.to_pandas().astype("boolean")
        elif kind == "text" and (pa.types.is_string(of) or pa.types.is_large_string(of)):
            trimmed = pc.utf8_trim_whitespace(column)
            result = pc.if_else(pc.equal(trimmed, ""), None, trimmed).to_pandas().astype("str")
    except pa.ArrowInvalid:
        return None  # a decimal of more places, say: its text can still be read
    return result


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def _money(file: str, name: str, column: pa.ChunkedArray) -> pd.Series:
    limit = pa.scalar(MOST_MONEY, type=MONEY.pyarrow_dtype)
    _refuse(file, name, "money", column, pc.greater_equal(pc.abs(column), limit))
    return pd.Series(pd.arrays.ArrowExtensionArray(column))


def _number(file: str, name: str, kind: Kind, column: pa.ChunkedArray) -> pd.Series:
    values: pd.Series = column.to_pandas()
    if kind == "integer":
        _refuse(file, name, kind, column, pa.array(broken_integers(values)))
    return values


def _time(file: str, name: str, column: pa.ChunkedArray) -> pd.Series:
    """UTC times of a column of times (without a zone: UTC) or of days, held against the years known.

    The check is on the bare counts, because no cast is safe before it.
    """
    of = column.type
    if pa.types.is_timestamp(of):
        counts, in_second, in_count = column.cast(pa.int64()), _PARTS[of.unit], 1
    elif pa.types.is_date32(of):
        counts, in_second, in_count = column.cast(pa.int32()).cast(pa.int64()), 1, _DAY
    else:
        counts, in_second, in_count = column.cast(pa.int64()), 10**3, 1
    first, after = (
        int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * in_second // in_count
        for year in (FIRST_YEAR, LAST_YEAR + 1)
    )
    _refuse(file, name, "time", column, pc.or_(pc.less(counts, first), pc.greater_equal(counts, after)))
    known = counts.is_valid().to_numpy()
    bare = counts.fill_null(0).to_numpy() * in_count
    micros = bare // 10**3 if in_second == 10**9 else bare * (10**6 // in_second)
    stamps = np.where(known, micros.astype("datetime64[us]"), np.datetime64("NaT", "us"))
    return pd.Series(pd.DatetimeIndex(stamps).tz_localize("UTC")).astype(TIME)


def _refuse(file: str, name: str, kind: Kind, column: pa.ChunkedArray, bad: pa.ChunkedArray) -> None:
    rows = np.flatnonzero(bad.fill_null(False).to_numpy(zero_copy_only=False))
    if len(rows):
        raise cell_error(file, int(rows[0]) + 1, name, kind, _shown(column[int(rows[0])]))


def _shown(value: pa.Scalar) -> str:
    """A value for a message; a time beyond the years of Python as the count that it is."""
    try:
        return repr(cell_text(value.as_py()))
    except (ValueError, OverflowError):
        count = value.cast(pa.int32() if pa.types.is_date32(value.type) else pa.int64())
        return f"the time {count.as_py()} {value.type}"
