"""What does a file with the columns of a frame hold? CSV or Parquet, told apart by content.

A machine wrote these files, so a cell that cannot be read is an error that names the file, the row
and the column, and not a row to be set aside. Rows of a CSV are lines (the header is line 1), rows
of Parquet count from 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from finops.errors import EmptyInput, FrameError, Issue, UnknownFormat
from finops.ingest.cell_values import Mask
from finops.ingest.columns import folded, match, received
from finops.ingest.csv_rows import SHOWN_ROWS, read_csv_rows
from finops.ingest.files import InputFile
from finops.ingest.parquet_columns import is_parquet, read_parquet, values_of_column
from finops.ingest.sheet import shortened
from finops.ingest.text_columns import Rows, tag_values, values_of_texts
from finops.money import exact_sum
from finops.schema import Frame, Kind

_RAW_BILL = ("lineitem", "identitylineitemid", "billpayeraccountid")


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFile:
    """A frame in its schema, the row of the file that each row was, and the columns it came with."""

    file: str
    frame: pd.DataFrame
    numbers: Rows
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
    """The columns that a file has, and how to get one: as its kind, or as the texts of its cells."""

    names: frozenset[str]
    get: Callable[[str, Kind], pd.Series | list[str]]
    numbers: Rows
    issues: tuple[Issue, ...] = ()


def read_frame_file(
    file: InputFile,
    schema: Frame,
    aliases: Mapping[str, str] | None = None,
    *,
    may_be_empty: bool = False,
) -> FrameFile:
    """Read a CSV or Parquet file with the columns of a frame, in any order and case.

    ``aliases`` names further columns to read as one of the frame's where the frame's own is absent.
    Tags that cannot be read in full are the issue ``malformed_tags``, with the dollars of a bill.
    Raises UnknownFormat for other columns, FrameError for a cell that cannot be read, EmptyInput for
    no rows unless there may be none, FileUnreadable for a file that is neither.
    """
    columns = _parquet(file, schema, aliases) if is_parquet(file) else _csv(file, schema, aliases)
    if not len(columns.numbers) and not may_be_empty:
        raise EmptyInput(f"{file.name}: the file has the columns of {schema.name} but not one row")
    return _frame_file(file, schema, columns)


def frame_of_texts(
    file: InputFile, schema: Frame, texts: Mapping[str, list[str]], numbers: Sequence[int]
) -> FrameFile:
    """As ``read_frame_file``, for cells that were found elsewhere, in the rows of these numbers."""
    rows = np.array(numbers, dtype=np.int64)
    return _frame_file(
        file, schema, _Columns(names=frozenset(texts), get=lambda name, _: texts[name], numbers=rows)
    )


def _frame_file(file: InputFile, schema: Frame, columns: _Columns) -> FrameFile:
    found: dict[str, pd.Series] = {}
    malformed, example = np.zeros(len(columns.numbers), dtype=bool), ""
    for name, kind in schema.columns.items():
        if name not in columns.names:
            continue
        cells = columns.get(name, kind)
        if isinstance(cells, pd.Series):
            found[name] = cells
        elif kind == "tags":
            found[name], malformed, example = tag_values(cells)
        else:
            found[name] = values_of_texts(file.name, name, kind, cells, columns.numbers)
    read = FrameFile(
        file=file.name,
        frame=schema.conform(pd.DataFrame(found)),
        numbers=columns.numbers,
        given=frozenset(found),
        issues=(*file.issues, *columns.issues),
    )
    return replace(read, issues=(*read.issues, *_tag_issues(read, malformed, example)))


def _tag_issues(read: FrameFile, rows: Mask, example: str) -> tuple[Issue, ...]:
    charges = read.frame["BilledCost"][rows].dropna() if "BilledCost" in read.frame else ()
    dollars = float(exact_sum(charges)) if len(charges) else None
    message = f"have tags that cannot be read in full; the first: {example}"
    return read.report("malformed_tags", message, rows, cost_usd=dollars)


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
            f"{file}: this is an AWS Cost and Usage Report, and not a {schema.name} frame; "
            "give it as the bill (--billing)"
        )
    raise UnknownFormat(
        f"{file}: these are not the columns of the {schema.name} frame: no {', '.join(absent)}. "
        f"Received: {received(header)}. Expected: {received(list(schema.columns))}"
    )


def _parquet(file: InputFile, schema: Frame, aliases: Mapping[str, str] | None) -> _Columns:
    columns = read_parquet(file, lambda header: places(header, schema, aliases, file.name))
    return _Columns(
        names=frozenset(columns),
        get=lambda name, kind: values_of_column(file.name, name, kind, columns[name]),
        numbers=np.arange(1, len(next(iter(columns.values()))) + 1),
    )


def _csv(file: InputFile, schema: Frame, aliases: Mapping[str, str] | None) -> _Columns:
    table = read_csv_rows(file)
    found = places(table.header, schema, aliases, file.name)
    if table.odd:
        odd = table.odd[0]
        text = shortened(table.delimiter.join(odd.cells))
        if odd.code == "broken_quote":
            raise FrameError(
                f"{file.name}, row {odd.number}: a quote is opened and not closed, or closed inside a "
                f"cell; write quotes inside a cell twice: {text}"
            )
        raise FrameError(
            f"{file.name}, row {odd.number}: {len(odd.cells)} cells where the header has "
            f"{len(table.header)}: {text}"
        )
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    return _Columns(
        names=frozenset(found),
        get=lambda name, _: [text.strip() for text in columns[found[name]]],
        numbers=np.array(table.numbers, dtype=np.int64),
        issues=tuple(table.issues),
    )
