"""How are many plain tag cells read at once?

Most cells of an estate are plain – ``K=V,K=V`` without quotes, escapes or other separators – and have
one of few *shapes*: the same keys in the same order. What has a shape is checked by one regular
expression and put together on the bytes of the whole column; what has none is left to
``finops.tags.parse``. The result is the same text by text; only the time differs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from finops.schema import NO_TAGS

# Nothing that JSON escapes, that separates, or that quotes.
_LETTER = r"[A-Za-z0-9_./@+\-]"
_KEY = r"[A-Za-z0-9_.\-]+"
_VALUE = rf"(?:{_LETTER}(?:[A-Za-z0-9_./@+\- ]*{_LETTER})?)?"
_PLAIN = re.compile(rf"{_KEY}={_VALUE}(?:, *{_KEY}={_VALUE})*")
_EQUALS, _COMMA = ord("="), ord(",")

SAMPLED = 2_000
FEWEST_OF_SAMPLE = 10
# Rows at a time: what they need lies in the caches of a processor.
CHUNK = 1 << 12
GOLDEN = 0.6180339887498949

Places = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Shape:
    """Keys as they follow each other in a cell, and the order in which canonical JSON has them."""

    keys: tuple[str, ...]

    @property
    def pattern(self) -> str:
        return r"\A" + ", *".join(f"{re.escape(key)}={_VALUE}" for key in self.keys) + r"\z"

    @property
    def order(self) -> list[int]:
        return sorted(range(len(self.keys)), key=self.keys.__getitem__)

    @property
    def literals(self) -> list[str]:
        """What stands before each value in that order, and after the last."""
        begins = ['{"', *['","'] * (len(self.keys) - 1)]
        named = [f'{begin}{self.keys[at]}":"' for begin, at in zip(begins, self.order, strict=True)]
        return [*named, '"}']


@dataclass(frozen=True, slots=True)
class Plain:
    """The cells of a column by shape. ``others`` are the rows without one that are not blank."""

    texts: pa.LargeStringArray
    shapes: tuple[_Shape, ...]
    of_row: Places
    others: Places

    def canonical(self, others: Mapping[int, str]) -> pa.LargeStringArray:
        """Canonical JSON of every cell: ``{}`` for blanks, and what is given for the other rows."""
        return _assembled(self, others)


def plain(texts: pa.LargeStringArray) -> Plain:
    """Tell the cells apart by shape. Nulls and empty texts are blank."""
    shapes = _shapes(texts)
    of_row = _shape_of_rows(texts, shapes)
    blank = pc.fill_null(pc.equal(pc.binary_length(texts), 0), True).to_numpy(zero_copy_only=False)
    return Plain(texts, tuple(shapes), of_row, np.flatnonzero((of_row < 0) & ~blank))


def _shapes(texts: pa.LargeStringArray) -> list[_Shape]:
    """The shapes that a sample of the rows has, the most frequent first."""
    # Steps of the golden ratio: no habit of the rows, such as each tenth blank, hides the others.
    places = np.arange(min(SAMPLED, len(texts))) * GOLDEN % 1 * len(texts)
    seen: Counter[tuple[str, ...]] = Counter()
    for text in texts.take(pa.array(np.unique(places.astype(np.int64)))).to_pylist():
        if text and _PLAIN.fullmatch(text):
            keys = tuple(piece.partition("=")[0].strip() for piece in text.split(","))
            if len(set(keys)) == len(keys):
                seen[keys] += 1
    return [_Shape(keys) for keys, count in seen.most_common() if count >= FEWEST_OF_SAMPLE]


def _shape_of_rows(texts: pa.LargeStringArray, shapes: Sequence[_Shape]) -> Places:
    """The number of the shape of each row, -1 without one."""
    of_row = np.full(len(texts), -1, dtype=np.int64)
    rest: Places | None = None
    for number, shape in enumerate(shapes):
        asked = texts if rest is None else texts.take(pa.array(rest))
        fits = pc.fill_null(pc.match_substring_regex(asked, shape.pattern), False)
        found = np.flatnonzero(fits.to_numpy(zero_copy_only=False))
        of_row[found if rest is None else rest[found]] = number
        rest = np.flatnonzero(of_row < 0)
        if not len(rest):
            break
    return of_row


@dataclass(frozen=True, slots=True)
class _Literals:
    """``{}`` and what stands between the values of each shape: texts one after the other."""

    shapes: tuple[_Shape, ...]
    text: Bytes
    start: Places
    length: Places


def _literals(shapes: tuple[_Shape, ...]) -> _Literals:
    texts = [NO_TAGS.encode(), *(one.encode() for shape in shapes for one in shape.literals)]
    length = np.array([len(one) for one in texts])
    text = np.frombuffer(b"".join(texts), dtype=np.uint8)
    return _Literals(shapes, text, np.cumsum(length) - length, length)


def _assembled(column: Plain, others: Mapping[int, str]) -> pa.LargeStringArray:
    """Each row is a sequence of slices of two texts: the cells, and what stands between values."""
    if not len(column.texts):
        return column.texts
    _, places, data = column.texts.buffers()
    offsets = np.frombuffer(places, dtype=np.int64)[column.texts.offset :][: len(column.texts) + 1]
    cells = np.frombuffer(data if data is not None else b"", dtype=np.uint8)
    literals = _literals(column.shapes)
    given = np.array(sorted(others), dtype=np.int64)
    parts = []
    for low in range(0, len(column.texts), CHUNK):
        rows = offsets[low : low + CHUNK + 1]
        mine = given[slice(*np.searchsorted(given, [low, low + CHUNK]))]
        parts.append(
            _chunk(
                cells[rows[0] : rows[-1]],
                rows - rows[0],
                column.of_row[low : low + CHUNK],
                {int(row) - low: others[int(row)].encode() for row in mine},
                literals,
            )
        )
    sizes = np.concatenate([np.zeros(1, dtype=np.int64), *(size for _, size in parts)])
    written = np.concatenate([text for text, _ in parts])
    return pa.LargeStringArray.from_buffers(
        len(column.texts), pa.py_buffer(np.cumsum(sizes)), pa.py_buffer(written)
    )


def _chunk(
    cells: Bytes, rows: Places, of_row: Places, others: Mapping[int, bytes], literals: _Literals
) -> tuple[Bytes, Places]:
    """The bytes of some rows, and how many each has. ``rows`` are where the cells begin and end."""
    own = [np.frombuffer(text, dtype=np.uint8) for text in others.values()]
    # All texts as one, so that a slice is a place and a length.
    read = np.concatenate([cells, literals.text, *own])
    behind = len(cells)
    slices = max([1, *(2 * len(shape.keys) + 1 for shape in literals.shapes)])
    start = np.zeros((len(of_row), slices), dtype=np.int32)
    length = np.zeros((len(of_row), slices), dtype=np.int32)
    start[:, 0], length[:, 0] = behind, literals.length[0]
    if own:
        at, sizes = list(others), np.array([len(text) for text in own])
        start[at, 0] = behind + len(literals.text) + np.cumsum(sizes) - sizes
        length[at, 0] = sizes
    # In a cell of a shape they take turns: = , = , =
    separators = np.flatnonzero((cells == _EQUALS) | (cells == _COMMA))
    literal = 1
    for number, shape in enumerate(literals.shapes):
        at_shape, count = np.flatnonzero(of_row == number), len(shape.keys)
        said = slice(literal, literal + count + 1)
        literal += count + 1
        first = np.searchsorted(separators, rows[at_shape])
        found = separators[first[:, None] + np.arange(2 * count - 1)]
        begins, ends = found[:, ::2] + 1, np.column_stack([found[:, 1::2], rows[at_shape + 1]])
        for target, between, values in (
            (start, behind + literals.start[said], begins),
            (length, literals.length[said], ends - begins),
        ):
            block = np.zeros((len(at_shape), slices), dtype=np.int32)
            block[:, 0 : 2 * count + 1 : 2] = between
            block[:, 1 : 2 * count : 2] = values[:, shape.order]
            target[at_shape] = block
    written = np.cumsum(length.ravel(), dtype=np.int64)
    # How far each slice moves from where it is written to where it is read.
    source = np.repeat(start.ravel() - (written - length.ravel()), length.ravel())
    source += np.arange(len(source))
    return read[source], np.diff(written[slices - 1 :: slices], prepend=0)
