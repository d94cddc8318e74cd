"""How does CSV text become a Parquet file of text columns? As a stream, with every row accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from finops.errors import EmptyInput, FileUnreadable, Issue
from finops.ingest.bills.parts_written import written_whole
from finops.ingest.bills.text_blocks import (
    Layout,
    Record,
    check_line,
    clean_table,
    end_of_whole_lines,
    read_records,
    table_of,
)

DELIMITERS = ",;\t|"
SHOWN_NUMBERS = 1_000
SHOWN_BROKEN = 100
_SHOWN_TEXT = 200
_ROW_GROUP = 2**25  # bytes of text in memory before they are written
_SMALL = 2**18
_BLOCK = 2**22
_SEPARATOR_LINE = re.compile(rb"sep=(.)\s*$", re.IGNORECASE)
_REASONS = {
    "wide": "more cells than the header",
    "quote": "a quote that never closes, or stands inside a cell",
    "encoding": "bytes that are not UTF-8",
    "nul": "a NUL byte",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenRow:
    """A row that was set aside: its line in the file, its text (shortened) and why."""

    number: int
    text: str
    reason: str


@dataclass(slots=True)
class Tally:
    """What was met on the way: counts, the first line numbers and the first broken rows, by code."""

    name: str
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, list[int]] = field(default_factory=dict)
    broken: list[BrokenRow] = field(default_factory=list)

    def add(self, code: str, number: int) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        shown = self.numbers.setdefault(code, [])
        if len(shown) < SHOWN_NUMBERS:
            shown.append(number)

    def set_aside(self, record: Record) -> None:
        self.add("broken_rows", record.number)
        if len(self.broken) < SHOWN_BROKEN:
            row = BrokenRow(
                number=record.number, text=_shortened(record.text), reason=_REASONS[record.problem]
            )
            self.broken.append(row)

    def issues(self) -> tuple[Issue, ...]:
        texts = {
            "short_rows": (
                "warning",
                "row(s) have fewer cells than the header; the missing ones are empty",
            ),
            "quoted_row": ("info", "row(s) in one pair of quotes were read from inside the quotes"),
            "empty_row": ("info", "row(s) of nothing but delimiters are in no figure"),
            "repeated_header": ("info", "row(s) repeat the header and are in no figure"),
        }
        found = [self._broken_issue()] if self.broken else []
        for code, (severity, text) in texts.items():
            if count := self.counts.get(code, 0):
                found.append(
                    Issue(
                        severity="warning" if severity == "warning" else "info",
                        code=code,
                        message=f"{count:,} {text}",
                        file=self.name,
                        rows=count,
                        row_numbers=tuple(self.numbers[code]),
                    )
                )
        return tuple(found)

    def _broken_issue(self) -> Issue:
        first, count = self.broken[0], self.counts["broken_rows"]
        return Issue(
            severity="warning",
            code="broken_rows",
            message=(
                f"{count:,} row(s) cannot be read and are in no figure; the first, line {first.number}, "
                f"has {first.reason}: {first.text}"
            ),
            file=self.name,
            rows=count,
            row_numbers=tuple(self.numbers["broken_rows"]),
            set_aside=True,
        )


@dataclass(slots=True)
class CsvStream:
    """A CSV that is read once, piece by piece; ``layout`` and ``tally`` are whole when it is read."""

    name: str
    pieces: Iterator[bytes]
    tally: Tally
    layout: Layout | None = None
    rest: bytes = b""
    line: int = 1

    def tables(self) -> Iterator[pa.Table]:
        """The rows as text columns "0", "1", …; raises EmptyInput or FileUnreadable."""
        for piece, final in _with_last(self.pieces):
            self.rest += piece
            if self.layout is None and not self._read_header(final):
                continue
            yield from self._rows(final)
        if self.layout is None:
            raise EmptyInput(f"{self.name}: there is no header; expected a bill with a header")

    def _rows(self, final: bool) -> Iterator[pa.Table]:
        """The rows of the buffer; what may go on in the next piece stays in it.

        Blocks that are not clean are made smaller, so that an odd line costs little. Reading goes on
        only where a record is known to end: after a clean block or a record that was read by itself.
        """
        layout, size = self._known(), _BLOCK
        while self.rest:
            end = end_of_whole_lines(self.rest[:size])
            table = clean_table(self.rest[:end], layout) if end else None
            if table is None and end and size > _SMALL:
                size //= 8
                continue
            if table is None:
                table, end = self._by_line(layout, final)
            if not end:
                check_line(self.rest, self.name, self.line)
                return
            self.line += self.rest.count(b"\n", 0, end)
            self.rest = self.rest[end:]
            self.tally.rows += table.num_rows
            size = min(size * 2, _BLOCK)
            yield table

    def _by_line(self, layout: Layout, final: bool) -> tuple[pa.Table, int]:
        """Some records as a table, and their bytes; more is looked at only if one does not end."""
        window, used = _SMALL, 0
        records: list[Record] = []
        while not used:
            is_all = window >= len(self.rest)
            records, used = read_records(
                self.rest[:window],
                self.line,
                layout.delimiter,
                layout.width,
                final=final and is_all,
                only_first=window > _SMALL,
            )
            if is_all:
                break
            window *= 8
        rows = [row for record in records if (row := self._kept(record, layout)) is not None]
        return table_of(rows, layout.width), used

    def _kept(self, record: Record, layout: Layout) -> list[str] | None:
        if record.problem == "blank":
            return None
        if record.problem:
            self.tally.set_aside(record)
            return None
        cells = record.cells
        if not any(cell.strip() for cell in cells):
            self.tally.add("empty_row", record.number)
            return None
        if cells[0].strip() == layout.header[0].strip() and _stripped(cells) == _stripped(layout.header):
            self.tally.add("repeated_header", record.number)
            return None
        if record.unwrapped:
            self.tally.add("quoted_row", record.number)
        if len(cells) < layout.width:
            self.tally.add("short_rows", record.number)
            return cells + [""] * (layout.width - len(cells))
        return cells

    def _read_header(self, final: bool) -> bool:
        """Take the header off the buffer; False where the buffer does not hold it yet."""
        self._skip_to_header()
        if not self.rest.strip() or (not final and b"\n" not in self.rest):
            check_line(self.rest, self.name, self.line)
            return False
        first = self.rest.split(b"\n", 1)[0]
        delimiter = self._declared or _best_delimiter(first)
        records, used = read_records(self.rest, self.line, delimiter, 0, final=final, only_first=True)
        if not records:
            check_line(self.rest, self.name, self.line)
            return False
        header = records[-1]
        if header.problem:
            raise FileUnreadable(
                f"{self.name}: the header in line {header.number} has {_REASONS[header.problem]}; "
                "save the file as UTF-8 CSV"
            )
        if not any(cell.strip() for cell in header.cells):
            raise EmptyInput(f"{self.name}: the header in line {header.number} is empty; expected names")
        self.layout = Layout(delimiter=delimiter, header=tuple(header.cells))
        self.line += self.rest.count(b"\n", 0, used)
        self.rest = self.rest[used:]
        return True

    _declared: str = ""

    def _skip_to_header(self) -> None:
        while b"\n" in self.rest:
            first, after = self.rest.split(b"\n", 1)
            named = _SEPARATOR_LINE.match(first)
            if first.strip() and not named:
                return
            self._declared = named[1].decode("latin-1") if named else self._declared
            self.rest, self.line = after, self.line + 1

    def _known(self) -> Layout:
        if self.layout is None:
            raise EmptyInput(f"{self.name}: there is no header; expected a bill with a header")
        return self.layout


def write_parquet(stream: CsvStream, target: Path) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Write all rows as text columns (zstd), whole or not at all; the names, and repeated names' issue.

    Raises what reading the stream raises; then nothing stands at ``target`` that was not there before.
    """
    tables = stream.tables()
    first = next(tables, None)
    header = stream.layout.header if stream.layout else ()
    names, issues = unique_names(_stripped(header), stream.name)
    schema = pa.schema([(name, pa.string()) for name in names])
    with (
        written_whole(target) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd", compression_level=1) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        pending: Future[None] | None = None
        for group in _groups(first, tables):
            if pending:
                pending.result()
            pending = pool.submit(writer.write_table, group.rename_columns(names).cast(schema))
        if pending:
            pending.result()
    return names, issues


def _stripped(cells: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in cells]


def unique_names(names: Sequence[str], file: str) -> tuple[tuple[str, ...], tuple[Issue, ...]]:
    """Names that differ by more than case, for DuckDB and Spark know no case: "Team", "Team (2)"."""
    taken = {name.casefold() for name in names}
    used: set[str] = set()
    unique: list[str] = []
    for at, given in enumerate(names, 1):
        name = given or f"(column {at})"
        copy = 2
        if name.casefold() in used:
            while f"{name} ({copy})".casefold() in taken | used:
                copy += 1
            name = f"{name} ({copy})"
        used.add(name.casefold())
        unique.append(name)
    renamed = [f"{new!r}" for new, old in zip(unique, names, strict=True) if old and new != old]
    if not renamed:
        return tuple(unique), ()
    message = f"{len(renamed)} column(s) repeat a name and are read as {', '.join(renamed[:20])}"
    return tuple(unique), (
        Issue(severity="warning", code="repeated_column", message=message, file=file),
    )


def _groups(first: pa.Table | None, rest: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables joined until they are worth a row group."""
    waiting = [first] if first is not None else []
    size = first.nbytes if first is not None else 0
    for table in rest:
        waiting.append(table)
        size += table.nbytes
        if size >= _ROW_GROUP:
            yield pa.concat_tables(waiting).combine_chunks()
            waiting, size = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def _with_last(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    before: bytes | None = None
    for piece in pieces:
        if before is not None:
            yield before, False
        before = piece
    yield before or b"", True


def _best_delimiter(line: bytes) -> str:
    outside = b"".join(line.split(b'"')[::2]).decode("utf-8", "replace")
    counted = outside if any(mark in outside for mark in DELIMITERS) else line.decode("utf-8", "replace")
    return max(DELIMITERS, key=counted.count)


def _shortened(text: str) -> str:
    shown = text.rstrip("\r\n").encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return shown if len(shown) <= _SHOWN_TEXT else f"{shown[:_SHOWN_TEXT]}…"
