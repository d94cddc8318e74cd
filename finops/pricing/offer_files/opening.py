"""How are the bytes of an offer file read? In pieces, unpacked as they come, within bounds."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from finops.errors import EmptyInput, FileUnreadable

PIECE = 1 << 18

# The largest offer file, EC2 of every region in one, has some 8 GB.
MOST_BYTES = 40_000_000_000
# Offer files shrink to a thirtieth. What shrinks to a two hundred and fiftieth was made to fill a disk.
_MOST_RATIO = 250
_FREE_BYTES = 64_000_000

_MOST_LINE = 1_000_000


def pieces(path: Path, name: str, on_read: Callable[[int], None]) -> Iterator[bytes]:
    """The content in pieces, unpacked where it is gzip. ``on_read`` hears of bytes read from the disk.

    Raises FileUnreadable for what is no file, is cut off, or unpacks to far more than an offer file,
    and EmptyInput for a file without a byte.
    """
    if not path.is_file():
        what = "it is no file" if path.exists() else "there is no such file"
        raise FileUnreadable(f"cannot read {name}: {what}; name an offer file of AWS or its address")
    try:
        with path.open("rb") as file:
            yield from _unpacked(file, name, on_read)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise FileUnreadable(
            f"cannot read {name} to its end: {reason}; it is cut off or damaged, get it again"
        ) from error


def _unpacked(file: BinaryIO, name: str, on_read: Callable[[int], None]) -> Iterator[bytes]:
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if packed else file
    total = seen = 0
    while piece := source.read(PIECE):
        total += len(piece)
        at = file.tell()
        if total > min(MOST_BYTES, max(_FREE_BYTES, _MOST_RATIO * at)):
            raise FileUnreadable(
                f"{name} unpacks to {total:,} bytes and more from {at:,}; no offer file of AWS does, "
                "get it again from AWS"
            )
        on_read(at - seen)
        seen = at
        yield piece
    if not total:
        raise EmptyInput(f"{name} is empty; get it again from AWS")


def lines(content: Iterator[bytes], name: str) -> Iterator[str]:
    """The content as lines of text with their ends. Raises FileUnreadable for what is no text."""
    rest = b""
    for piece in content:
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > _MOST_LINE:
            raise FileUnreadable(f"{name} has a line of over {_MOST_LINE:,} bytes; expected a table")
        for line in whole:
            yield _text(line, name) + "\n"
    if rest:
        yield _text(rest, name)


def _text(line: bytes, name: str) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileUnreadable(f"{name} is not UTF-8 text: {error}; get it again from AWS") from error
