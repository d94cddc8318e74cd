"""Which rows does a block of CSV text hold? Clean blocks go through Arrow, the others line by line.

A block is clean if Arrow reads it exactly as a strict reader would: it is UTF-8, every quote opens or
closes a cell or is doubled, every line is one row as wide as the header. Both engines that read CSV
fast (Arrow's and DuckDB's) would swallow all rows up to the next quote after one that never closes,
so a block that is not clean is read line by line, and an open quote costs its own line only.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from finops.errors import FileUnreadable

# A quoted cell over several lines that is longer than this is a quote that was left open.
MOST_RECORD = 2**24
MOST_LINE = 2**28
_QUOTE = ord('"')
_BLANK_LINE = "blank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How lines are split: the delimiter, and the header as it stands in the file."""

    delimiter: str
    header: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.header)


@dataclass(frozen=True, slots=True)
class Record:
    """A record: the number of its first line, its cells, or what is wrong with it and its text.

    ``problem`` is "" for a row, else ``wide``, ``quote``, ``encoding``, ``nul`` or ``blank``;
    ``unwrapped`` says that the whole row stood in one pair of quotes.
    """

    number: int
    cells: list[str]
    problem: str = ""
    text: str = ""
    unwrapped: bool = False


def end_of_whole_lines(buffer: bytes) -> int:
    """Where the last line ends before which no quote is open; 0 where there is none."""
    end = buffer.rfind(b"\n") + 1
    is_open = buffer.count(b'"', 0, end) % 2
    while is_open and end:
        before = buffer.rfind(b"\n", 0, buffer.rfind(b'"', 0, end)) + 1
        is_open = (is_open + buffer.count(b'"', before, end)) % 2
        end = before
    return end


def clean_table(block: bytes, layout: Layout) -> pa.Table | None:
    """The rows of whole lines as text columns "0", "1", …; None where a line needs a closer look."""
    mark = layout.delimiter.encode()
    if (
        b"\0" in block
        or block.startswith(codecs.BOM_UTF8)
        or (b"\r" in block and block.count(b"\r") != block.count(b"\r\n"))
        or not _is_utf8(block)
        or not _well_quoted(block, mark)
    ):
        return None
    names = [str(at) for at in range(layout.width)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(block),
            pyarrow.csv.ReadOptions(column_names=names, block_size=len(block) + 1, use_threads=True),
            pyarrow.csv.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
            pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.count(b"\n"):
        return None
    trimmed = pa.table([_trimmed(column) for column in table.columns], names=names)
    return None if _has_no_resource(trimmed, layout) else trimmed


def table_of(rows: Sequence[Sequence[str]], width: int) -> pa.Table:
    """Rows of cells, already as wide as the header, as text columns "0", "1", …"""
    columns = zip(*rows, strict=True) if rows else [()] * width
    arrays = [_trimmed(pa.array(column, pa.string())) for column in columns]
    return pa.table(arrays, names=[str(at) for at in range(width)])


def read_records(
    buffer: bytes, first_line: int, delimiter: str, width: int, *, final: bool, only_first: bool = False
) -> tuple[list[Record], int]:
    """The records of a buffer that begins a line, and how many of its bytes they take.

    A record that may go on beyond the buffer is left for the next one, unless ``final``. A ``width``
    of 0 says that the header is not known yet. Blank lines before ``only_first`` are records too.
    """
    text = buffer.decode("utf-8", "surrogateescape")
    lines = text.split("\n")
    if final and not lines[-1]:
        lines.pop()
    elif not final:
        lines.pop()  # it has no end yet
    reader = _Lines([*(line + "\n" for line in lines)], delimiter, first_line, final)
    records: list[Record] = []
    used = 0
    for record, upto in reader.records(width):
        used = upto
        records.append(record)
        if only_first and record.problem != _BLANK_LINE:
            break
    taken = sum(len(line.encode("utf-8", "surrogateescape")) for line in reader.lines[:used])
    return records, min(taken, len(buffer))


def check_line(rest: bytes, name: str, number: int) -> None:
    """Raises FileUnreadable where a line never ends."""
    if len(rest) > MOST_LINE:
        raise FileUnreadable(
            f"{name}: line {number} is longer than {MOST_LINE:,} bytes; expected a CSV, a row a line"
        )


def _has_no_resource(table: pa.Table, layout: Layout) -> bool:
    """Whether a row is empty or may repeat the header."""
    first = table.column(0)
    if pc.any(pc.equal(first, layout.header[0].strip())).as_py():
        return True
    empty = pc.is_null(first)
    for column in table.columns[1:]:
        if not pc.any(empty).as_py():
            return False
        empty = pc.and_(empty, pc.is_null(column))
    return bool(pc.any(empty).as_py())


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError:
        return False
    return True


def _well_quoted(block: bytes, mark: bytes) -> bool:
    """Whether every quote begins or ends a cell, or is doubled inside one."""
    if b'"' not in block:
        return True
    text = np.frombuffer(b"\n" + block + b"\n", dtype=np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    if len(quotes) % 2:
        return False
    before, after = text[quotes[::2] - 1], text[quotes[1::2] + 1]
    outside = (ord(mark), ord("\n"), _QUOTE)
    opens = np.isin(before, outside)
    closes = np.isin(after, (*outside, ord("\r")))
    return bool(opens.all() and closes.all())


def _trimmed(column: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(pc.binary_length(trimmed), 0), pa.scalar(None, pa.string()), trimmed)


@dataclass(frozen=True, slots=True)
class _Lines:
    lines: list[str]
    delimiter: str
    first_line: int
    final: bool

    def records(self, width: int) -> Iterator[tuple[Record, int]]:
        at = 0
        odd = [i for i, line in enumerate(self.lines) if line.count('"') % 2]
        next_odd = 0
        while at < len(self.lines):
            while next_odd < len(odd) and odd[next_odd] <= at:
                next_odd += 1
            span = 1
            if self.lines[at].count('"') % 2 and self._strict(at, 1) is None:
                if next_odd < len(odd):
                    span = odd[next_odd] + 1 - at
                elif not self.final and not self._hides_a_row(at, width):
                    return
            record, used = self._record(at, span, width)
            at += used
            yield record, at

    def _hides_a_row(self, at: int, width: int) -> bool:
        """Whether a quote that does not close in sight is left open: no cell holds a row, or so much."""
        later = self.lines[at + 1 :]
        if width and any(_loose_width(line, self.delimiter) == width for line in later):
            return True
        return sum(map(len, later)) > MOST_RECORD

    def _record(self, at: int, span: int, width: int) -> tuple[Record, int]:
        line, number = self.lines[at], self.first_line + at
        if not line.strip() or "\0" in line:
            return Record(number, [], "nul" if line.strip() else _BLANK_LINE, line), 1
        cells = self._strict(at, span)
        if cells is None or (span > 1 and width and not self._is_one(at, span, cells, width)):
            span, cells = 1, self._rescued(line, width)
        if cells is None:
            return Record(number, [], "quote", line), 1
        if not _encodable(line if span == 1 else "".join(self.lines[at : at + span])):
            return Record(number, [], "encoding", line), span
        fitted = self._fitted(number, line, cells, width or len(cells))
        return fitted, span

    def _fitted(self, number: int, line: str, cells: list[str], width: int) -> Record:
        """A row as wide as the header at most: blank cells beyond it count for nothing."""
        if len(cells) == 1 < width and self.delimiter in cells[0]:
            inside = _parsed([cells[0]], self.delimiter)
            if inside is not None and len(inside) == width:
                return Record(number, inside, unwrapped=True)
        if len(cells) < width and line.count('"') % 2:
            return Record(number, cells, "quote", line)  # the end of a cell whose beginning is broken
        if any(cell.strip() for cell in cells[width:]):
            return Record(number, cells, "wide", line)
        return Record(number, cells[:width])

    def _strict(self, at: int, span: int) -> list[str] | None:
        if span == 1 and '"' not in self.lines[at] and "\r" not in self.lines[at][:-2]:
            return self.lines[at].rstrip("\r\n").split(self.delimiter)
        return _parsed(self.lines[at : at + span], self.delimiter)

    def _is_one(self, at: int, span: int, cells: list[str], width: int) -> bool:
        """Whether lines that one quote holds together are one row, and none of them a row of its own."""
        later = [_loose_width(line, self.delimiter) == width for line in self.lines[at + 1 : at + span]]
        in_first_cell = _loose_width(self.lines[at], self.delimiter) == 1
        hides = any(later[:-1]) or (later[-1] and not in_first_cell)
        return len(cells) == width and not hides

    def _rescued(self, line: str, width: int) -> list[str] | None:
        """A line by itself, blanks allowed before a quote; None where a quote stays open."""
        cells = _parsed([line], self.delimiter, skip_space=True)
        return cells if cells is not None and len(cells) == width else None


def _parsed(lines: Sequence[str], delimiter: str, *, skip_space: bool = False) -> list[str] | None:
    if max(map(len, lines)) * len(lines) > csv.field_size_limit():
        csv.field_size_limit(MOST_LINE)  # never lowered again: other threads may be reading
    reader = csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=skip_space)
    try:
        cells = next(reader)
    except (csv.Error, StopIteration):
        return None
    return cells if reader.line_num == len(lines) else None


def _loose_width(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2]) + 1


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
