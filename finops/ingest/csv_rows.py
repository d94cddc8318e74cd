"""Which rows does a CSV hold, and on which lines of the file?

The file is read line by line, so that one broken quote costs one row and not the rest of the file:

* a line is split at the delimiter; a line with quotes goes through the standard ``csv`` reader in
  its strict mode, together with as many lines as its quotes span;
* a record over several lines counts only if it has the width of the header and none of its lines
  looks like a row of its own; otherwise its first line is set apart as ``broken_quote`` and reading
  goes on with the next line; a cell may be longer than the ``csv`` module allows;
* a row in one pair of quotes is read again from inside the quotes;
* rows of another width are ``ragged_row``; more cells than columns are fine if the extra are blank.

Row numbers are line numbers of the file, the header being line 1 of a file that begins with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from finops.errors import EmptyInput, Issue
from finops.ingest.decoding import decode
from finops.ingest.files import InputFile

DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*$", re.IGNORECASE)
SHOWN_ROWS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class OddRow:
    """A row that does not fit the header: its line number, cells as far as they can be told, code."""

    number: int
    cells: list[str]
    code: str  # ragged_row, broken_quote


@dataclass(slots=True, kw_only=True)
class TextTable:
    """The rows of a CSV as text, each as wide as the header. ``numbers`` are line numbers."""

    file: str
    delimiter: str
    header: list[str]
    numbers: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    odd: list[OddRow] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def read_csv_rows(file: InputFile) -> TextTable:
    """Read a CSV into rows of text. Cells come as they are, not stripped.

    Issues: ``encoding_guessed``, ``nul_bytes``, ``empty_row`` (nothing but delimiters), ``quoted_row``
    and ``repeated_header``; blank lines are passed over. Raises EmptyInput, FileUnreadable or
    UnknownFormat as ``decode`` does, and EmptyInput for a file without a header.
    """
    text, issues = decode(file)
    lines = list(io.StringIO(text, newline=""))
    start, delimiter = _first_line(lines)
    if start is None:
        raise EmptyInput(f"{file.name}: there is no header; expected a CSV with a header")
    reader = _LineReader(lines, delimiter)
    header, after = reader.header(start)
    table = TextTable(file=file.name, delimiter=delimiter, header=header, issues=issues)
    special: dict[str, list[int]] = {"empty_row": [], "quoted_row": [], "repeated_header": []}
    folded = _folded(header)
    for number, cells, code in reader.records(after, len(header)):
        if not any(cell.strip() for cell in cells):
            special["empty_row"].append(number)
        elif code in {"ragged_row", "broken_quote"}:
            table.odd.append(OddRow(number=number, cells=cells, code=code))
        elif cells[0].strip().casefold() == folded[0] and _folded(cells) == folded:
            special["repeated_header"].append(number)
        else:
            table.numbers.append(number)
            table.rows.append(cells)
            if code:
                special[code].append(number)
    table.issues += [_special(file.name, code, rows) for code, rows in special.items() if rows]
    return table


_MESSAGES = {
    "empty_row": "row(s) of nothing but delimiters are no resources",
    "quoted_row": "row(s) in one pair of quotes were read from inside the quotes",
    "repeated_header": "row(s) repeat the header and are no resources",
}


def _special(file: str, code: str, rows: Sequence[int]) -> Issue:
    return Issue(
        severity="info",
        code=code,
        message=f"{len(rows)} {_MESSAGES[code]}",
        file=file,
        rows=len(rows),
        cost_usd=None if code == "quoted_row" else 0.0,
        row_numbers=tuple(rows[:SHOWN_ROWS]),
    )


def _folded(cells: Sequence[str]) -> list[str]:
    return [cell.strip().casefold() for cell in cells]


def _first_line(lines: Sequence[str]) -> tuple[int | None, str]:
    """Where the header is, and the delimiter that gives it the most cells (a tie is a comma)."""
    declared = ""
    for at, line in enumerate(lines):
        named = _SEPARATOR_LINE.match(line)
        if named and not declared:
            declared = named[1]
        elif line.strip(DELIMITERS + " \r\n\t"):
            return at, declared or _best_delimiter(line)
    return None, ","


def _best_delimiter(line: str) -> str:
    counts = {char: _count_outside_quotes(line, char) for char in DELIMITERS}
    if not any(counts.values()):  # the whole line may be in one pair of quotes
        counts = {char: line.count(char) for char in DELIMITERS}
    return max(counts, key=lambda char: counts[char])


def _count_outside_quotes(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def _unwrapped(line: str) -> str | None:
    """What is inside the one pair of quotes that holds a whole line, doubled quotes made single."""
    bare = line.strip()
    if len(bare) < 2 or bare[0] != '"' or bare[-1] != '"':
        return None
    inside = bare[1:-1]
    return inside.replace('""', '"') if '"' not in inside.replace('""', "") else inside


@dataclass(frozen=True, slots=True)
class _LineReader:
    lines: Sequence[str]
    delimiter: str

    def header(self, start: int) -> tuple[list[str], int]:
        """The cells of the header and the index of the line after it."""
        cells, used = self._strict(start, self._span(start)) or (self._loose(self.lines[start]), 1)
        if len(cells) == 1 and self.delimiter in cells[0]:
            cells = self._parsed(cells[0]) or cells
        while len(cells) > 1 and not cells[-1].strip():
            cells.pop()
        return cells, start + used

    def records(self, start: int, width: int) -> Iterator[tuple[int, list[str], str]]:
        """Line number, cells and code of every record that is not a blank line."""
        at = start
        while at < len(self.lines):
            line = self.lines[at]
            if line.isspace():
                at += 1
                continue
            if '"' in line:
                cells, code, used = self._quoted(at, width)
            else:
                cells, code, used = line.rstrip("\r\n").split(self.delimiter), "", 1
            cells = _trimmed(cells, width)
            yield at + 1, cells, code or ("" if len(cells) == width else "ragged_row")
            at += used

    def _quoted(self, at: int, width: int) -> tuple[list[str], str, int]:
        read = self._strict(at, self._span(at))
        if read is not None:
            cells, used = read
            fits = len(_trimmed(cells, width)) == width
            inner = self._inside(cells, width)
            if inner is not None:
                return inner, "quoted_row", used
            if fits and (used == 1 or not self._hides_a_row(at, used, width)):
                return cells, "", used
        line = self.lines[at]
        spaced = self._parsed(line, skip_space=True)
        if spaced is not None and len(_trimmed(spaced, width)) == width:
            return spaced, "", 1
        unwrapped = _unwrapped(line)
        inner = self._parsed(unwrapped) if unwrapped else None
        if inner is not None and len(_trimmed(inner, width)) == width > 1:
            return inner, "quoted_row", 1
        if read is not None and read[1] == 1:
            return read[0], "ragged_row", 1
        return self._loose(line), "broken_quote", 1

    def _inside(self, cells: list[str], width: int) -> list[str] | None:
        """The row inside a first cell that holds it whole, the other cells being blank."""
        if width == 1 or self.delimiter not in cells[0] or any(cell.strip() for cell in cells[1:]):
            return None
        inner = self._parsed(cells[0])
        return inner if inner is not None and len(_trimmed(inner, width)) == width else None

    def _hides_a_row(self, at: int, used: int, width: int) -> bool:
        """Whether a line inside the record has the cells of a row: then a quote was left open."""
        later = [len(self._loose(line)) == width for line in self.lines[at + 1 : at + used]]
        in_first_cell = len(self._loose(self.lines[at])) == 1  # then the last line has the rest
        return any(later[:-1]) or (later[-1] and not in_first_cell)

    def _span(self, at: int) -> int:
        """How many lines a record may take: up to the next line with an odd number of quotes."""
        if self.lines[at].count('"') % 2:
            for end in range(at + 1, len(self.lines)):
                if self.lines[end].count('"') % 2:
                    return end + 1 - at
        return 1

    def _strict(self, at: int, span: int) -> tuple[list[str], int] | None:
        reader = csv.reader(self.lines[at : at + span], delimiter=self.delimiter, strict=True)
        try:
            cells = next(reader)
        except (csv.Error, StopIteration):
            wide = self._wide("".join(self.lines[at : at + span]))
            return None if wide is None else (wide, span)
        return cells, reader.line_num

    def _parsed(self, text: str, *, skip_space: bool = False) -> list[str] | None:
        try:
            return next(
                csv.reader([text], delimiter=self.delimiter, strict=True, skipinitialspace=skip_space)
            )
        except (csv.Error, StopIteration):
            return self._wide(text)

    def _wide(self, text: str) -> list[str] | None:
        """One record with a cell that is too long for the csv module; None if it is not well-formed."""
        if len(text) <= csv.field_size_limit():
            return None
        mark = re.escape(self.delimiter)
        cell = re.compile(rf'(?:"([^"]*(?:""[^"]*)*)"|([^"{mark}\r\n]*))({mark}|\r?\n?\Z)')
        cells: list[str] = []
        at, end = 0, mark
        while end:
            found = cell.match(text, at)
            if found is None:
                return None
            quoted, plain, end = found.groups()
            cells.append(plain if quoted is None else quoted.replace('""', '"'))
            at, end = found.end(), end.strip("\r\n")
        return cells

    def _loose(self, line: str) -> list[str]:
        try:
            return next(csv.reader([line.rstrip("\r\n")], delimiter=self.delimiter))
        except (csv.Error, StopIteration):
            return line.rstrip("\r\n").split(self.delimiter)


def _trimmed(cells: list[str], width: int) -> list[str]:
    if len(cells) <= width or any(cell.strip() for cell in cells[width:]):
        return cells
    return cells[:width]
