"""How is a FOCUS dataset written? As CSV, ``.csv.gz`` or Parquet, whole or not at all.

A FOCUS file is read by programs: text that a spreadsheet would run as a formula is written as it is,
because an apostrophe would be part of the value. What finance takes away from a chargeback is opened in
spreadsheets (``focus_csv``): there the apostrophe stands.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finops.errors import OutputError
from finops.files import whole_file, writing
from finops.focus.cells import csv_lines
from finops.focus.rules import Violation, check
from finops.focus.table import COLUMNS_NOT_FILLED, Derived, derived_table
from finops.schema import total
from finops.spreadsheet import safe_cell

COSTS_OF_A_CHARGE = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
BATCH_ROWS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusExport:
    """A written dataset. ``totals`` are the exact sums of its four costs, those of the frame; None where
    no row has that cost. ``violations`` are the rules of FOCUS 1.2 that it breaks, ``derived`` what
    the frame did not say, ``not_filled`` the columns of the specification that it has nothing for.
    """

    path: Path
    rows: int
    totals: Mapping[str, Decimal | None]
    violations: tuple[Violation, ...]
    derived: tuple[Derived, ...]
    not_filled: tuple[str, ...] = COLUMNS_NOT_FILLED


def write_focus(costs: pd.DataFrame, path: Path) -> FocusExport:
    """Write the ``costs`` frame as a FOCUS 1.2 dataset, in the format that the name's ending asks for.

    CSV (UTF-8, RFC 4180 with ``\\n``): decimals are plain, times ISO 8601 in UTC with Z, null is an
    empty cell. Equal frames give equal files. Raises OutputError for another ending than ``.csv``,
    ``.csv.gz`` or ``.parquet``, and where the file cannot be written; what stood there before then
    still does.
    """
    write = _writer(path)
    table, derived = derived_table(costs)
    violations = check(table.to_pandas(types_mapper=pd.ArrowDtype))
    with writing(path), whole_file(path) as temporary, temporary.open("wb") as file:
        write(table, file)
    totals = {
        name: total(costs[name]) if costs[name].notna().any() else None for name in COSTS_OF_A_CHARGE
    }
    return FocusExport(
        path=path, rows=table.num_rows, totals=totals, violations=violations, derived=derived
    )


def focus_csv(costs: pd.DataFrame) -> bytes:
    """The ``costs`` frame as a FOCUS 1.2 dataset in CSV for people: as ``write_focus`` writes it, but
    text that a spreadsheet would run gets an apostrophe."""
    file = io.BytesIO()
    _write_csv(_safe(derived_table(costs)[0]), file)
    return file.getvalue()


def _safe(table: pa.Table) -> pa.Table:
    for at, name in enumerate(table.column_names):
        if pa.types.is_string(table[name].type) or pa.types.is_large_string(table[name].type):
            codes = table[name].combine_chunks().dictionary_encode()
            texts = [safe_cell(text) for text in codes.dictionary.to_pylist()]
            safe = pa.DictionaryArray.from_arrays(codes.indices, pa.array(texts, pa.string()))
            table = table.set_column(at, name, safe.dictionary_decode())
    return table


def _writer(path: Path) -> Callable[[pa.Table, BinaryIO], None]:
    name = path.name.casefold()
    for ending, write in _WRITERS.items():
        if name.endswith(ending):
            return write
    raise OutputError(
        f"cannot write {path}: received the ending {path.suffix or 'none'!r}, expected one of "
        f"{', '.join(_WRITERS)}; name another file"
    )


def _write_csv(table: pa.Table, file: BinaryIO) -> None:
    for lines in csv_lines(table, BATCH_ROWS):
        file.write(lines)


def _write_gzip(table: pa.Table, file: BinaryIO) -> None:
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        for lines in csv_lines(table, BATCH_ROWS):
            packed.write(lines)


def _write_parquet(table: pa.Table, file: BinaryIO) -> None:
    pq.write_table(table, file, row_group_size=BATCH_ROWS, compression="zstd")


_WRITERS: Mapping[str, Callable[[pa.Table, BinaryIO], None]] = {
    ".csv": _write_csv,
    ".csv.gz": _write_gzip,
    ".parquet": _write_parquet,
}
