"""Which bytes does a part hold once it is unpacked? Gzip and zip are read as a stream, within limits."""

from __future__ import annotations

import codecs
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias, cast

from finops.errors import EmptyInput, FileUnreadable, UnknownFormat
from finops.ingest.bills import remote
from finops.ingest.files import unreadable

# A type alias, for mypy gives BufferedReader a parameter that Python 3.11 does not know.
Stream: TypeAlias = "io.BufferedReader[Any]"
Kind = Literal["parquet", "gzip", "zip", "text"]

PIECE = 2**22
# AWS's own bills unpack to some 30 times their size; a small file may well be above 100 times.
MOST_RATIO = 100
ALWAYS_ALLOWED = 2**30
MOST_UNPACKED = 200 * 10**9

_NAMED_KINDS = {
    b"%PDF": "a PDF document; export the bill as CSV or Parquet",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save it as CSV",
    b"SQLite format 3": "a SQLite database; export the bill as CSV",
    b"BZh": "packed with bzip2; unpack it",
    b"\xfd7zXZ": "packed with xz; unpack it",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it",
    b"PARE": "an encrypted Parquet file; decrypt it",
}
# Longer marks first: UTF-32 begins like UTF-16.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class CountingReader(io.RawIOBase):
    """A seekable file that reports how many bytes were read so far."""

    def __init__(self, file: IO[bytes], report: Callable[[int], None]) -> None:
        self._file, self._report, self._read = file, report, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._read += len(data)
        self._report(self._read)
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def opened(name: str, location: str, report: Callable[[int], None]) -> Stream:
    """The bytes of a local file or an object, seekable. Raises FileUnreadable."""
    if remote.is_remote(location):
        file: IO[bytes] = remote.open_file(location)
    else:
        try:
            file = Path(location).open("rb")  # noqa: SIM115 - its reader closes it
        except (OSError, ValueError) as error:
            raise unreadable(name, error) from error
    return io.BufferedReader(CountingReader(file, report), 2**20)


def kind_of(head: bytes, name: str) -> Kind:
    """What the first bytes are. Raises EmptyInput for none, UnknownFormat for another known format."""
    if not head:
        raise EmptyInput(f"{name}: the file is empty (0 bytes); expected a bill; download it again")
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return "zip"
    for magic, what in _NAMED_KINDS.items():
        if head.startswith(magic):
            raise UnknownFormat(f"{name}: this is {what}; expected CSV, Parquet, gzip or zip")
    return "text"


def most_unpacked(packed: int) -> int:
    """How many bytes a file of ``packed`` bytes may unpack to.

    100 times its size and never above 200 GB; 1 GiB is always allowed, for a small file of equal rows
    may well pack better than 100 to 1, and what is read is never whole in memory.
    """
    return min(max(MOST_RATIO * packed, ALWAYS_ALLOWED), MOST_UNPACKED)


def head_of(stream: Stream, name: str) -> bytes:
    """The first bytes, left where they are. Raises FileUnreadable as ``pieces`` does."""
    with _readable(name):
        return stream.peek(16)[:16]


def gunzipped(stream: Stream) -> Stream:
    """What a gzip stream holds, its members one after the other."""
    return io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream)), 2**20)


def pieces(stream: IO[bytes], name: str, limit: int) -> Iterator[bytes]:
    """The bytes of a stream in pieces. FileUnreadable where it is cut off, damaged or too large."""
    total = 0
    while True:
        with _readable(name):
            piece = stream.read(PIECE)
        if not piece:
            return
        total += len(piece)
        if total > limit:
            raise FileUnreadable(
                f"{name}: unpacks to more than {limit:,} bytes, more than a bill of its size does; "
                "unpack it yourself if it is one"
            )
        yield piece


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except EOFError as error:
        raise FileUnreadable(
            f"{name}: the packed file ends in the middle; nothing of it is used; download it again"
        ) from error
    except (zlib.error, gzip.BadGzipFile, zipfile.BadZipFile) as error:
        raise FileUnreadable(
            f"{name}: the packed file is damaged ({error}); nothing of it is used; download it again"
        ) from error
    except OSError as error:
        raise unreadable(name, error) from error


def utf8_pieces(raw: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The text as UTF-8 without its mark, lines ending in LF or CRLF. What is not UTF-8 stays as it is.

    Raises EmptyInput for nothing but blanks, UnknownFormat for what is no text, FileUnreadable where
    UTF-16 or UTF-32 is broken.
    """
    head = next(raw, b"")
    wide = next((encoding for mark, encoding in _WIDE_MARKS if head.startswith(mark)), None)
    if wide:
        yield from _one_newline(_recoded(head, raw, wide, name))
        return
    head = head.removeprefix(codecs.BOM_UTF8)
    if not head.strip():
        head += next((piece for piece in raw if piece.strip()), b"")
    if not head.strip():
        raise EmptyInput(f"{name}: the file holds nothing but blanks; expected a bill with a header")
    if b"\0" in head[:65_536].split(b"\n", 1)[0]:
        raise UnknownFormat(f"{name}: this is not text; expected CSV, Parquet, gzip or zip")
    yield from _one_newline(_chained(head, raw))


def _chained(head: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from rest


def _recoded(head: bytes, rest: Iterator[bytes], encoding: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in _chained(head, rest):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise FileUnreadable(
            f"{name}: begins as {encoding.upper()} but is not ({error}); save it as UTF-8"
        ) from error


def _one_newline(raw: Iterator[bytes]) -> Iterator[bytes]:
    """Old Macintosh files end their lines in CR alone."""
    head = next(raw, b"")
    lone = b"\r" in head[:-1] and b"\n" not in head
    for piece in _chained(head, raw):
        yield piece.replace(b"\r", b"\n") if lone else piece
