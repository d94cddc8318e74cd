"""What tables does a part hold? Each becomes a Parquet file: its own, or text columns from its CSV."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.parquet as pq

from finops.errors import EmptyInput, FileUnreadable, Issue, UnknownFormat
from finops.ingest.bills.parts import Part
from finops.ingest.bills.parts_written import written_whole
from finops.ingest.bills.text_bytes import (
    Kind,
    Stream,
    gunzipped,
    head_of,
    kind_of,
    most_unpacked,
    opened,
    pieces,
    utf8_pieces,
)
from finops.ingest.bills.text_csv import BrokenRow, CsvStream, Tally, unique_names, write_parquet
from finops.ingest.files import listed

__all__ = ["BrokenRow", "RawTable", "raw_tables"]

_TABLE_ENDINGS = (".csv", ".parquet", ".gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawTable:
    """A table of a part as a Parquet file at ``location``, its cells as they were written.

    ``typed`` says that it came as Parquet; else every column is text, outer blanks removed, empty cells
    null. ``rows`` are the rows of the Parquet file, ``broken_rows`` those that were set aside, of which
    ``broken`` has the first 100. ``columns`` are unique whatever the case. A table of a zip archive has
    a ``part`` of its own, named after the archive and the member.
    """

    part: Part
    location: str
    columns: tuple[str, ...]
    rows: int
    typed: bool
    broken_rows: int
    issues: tuple[Issue, ...]
    broken: tuple[BrokenRow, ...]


def _no_report(_read: int) -> None:
    """Nobody watches."""


def raw_tables(
    part: Part, folder: Path, report: Callable[[int], None] = _no_report
) -> tuple[RawTable, ...]:
    """The tables of a part, several for a zip archive; CSV is converted into ``folder``.

    ``report`` is called with the bytes of the part that were read so far. Raises EmptyInput for a part
    without a header, UnknownFormat for what is neither CSV nor Parquet, FileUnreadable for a part that
    is cut off, damaged, encrypted or unpacks to far more than a bill does; OutputError for the folder.
    """
    with opened(part.name, part.location, report) as raw:
        kind = kind_of(head_of(raw, part.name), part.name)
        if kind == "parquet":
            return (_typed(part, part.location, raw, folder),)
        if kind == "zip":
            return _tables_of_zip(part, raw, folder)
        return (_from_stream(part, raw, folder, kind, most_unpacked(part.size)),)


def _from_stream(part: Part, stream: Stream, folder: Path, kind: Kind, limit: int) -> RawTable:
    """A table from a stream that cannot go back: CSV or Parquet, plain or in gzip."""
    if kind == "gzip":
        stream = gunzipped(stream)
        kind = kind_of(head_of(stream, part.name), part.name)
    else:
        limit = max(limit, part.size)  # a plain file unpacks to itself
    read = pieces(stream, part.name, limit)
    if kind == "text":
        return _from_text(part, read, folder)
    if kind == "parquet":
        copy = folder / f"{part.fingerprint}.unpacked.parquet"
        with written_whole(copy) as temporary, temporary.open("wb") as file:
            file.writelines(read)
        with copy.open("rb") as unpacked:
            return _typed(part, str(copy), unpacked, folder)
    raise UnknownFormat(f"{part.name}: a packed file inside a packed file; unpack the outer one")


def _from_text(part: Part, raw: Iterator[bytes], folder: Path) -> RawTable:
    target = folder / f"{part.fingerprint}.parquet"
    stream = CsvStream(part.name, utf8_pieces(raw, part.name), Tally(part.name))
    columns, issues = write_parquet(stream, target)
    tally = stream.tally
    return RawTable(
        part=part,
        location=str(target),
        columns=columns,
        rows=tally.rows,
        typed=False,
        broken_rows=tally.counts.get("broken_rows", 0),
        issues=(*issues, *tally.issues()),
        broken=tuple(tally.broken),
    )


def _tables_of_zip(part: Part, raw: Stream, folder: Path) -> tuple[RawTable, ...]:
    try:
        archive = zipfile.ZipFile(raw)
        members = [
            one for one in archive.infolist() if not one.is_dir() and not _is_hidden(one.filename)
        ]
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise FileUnreadable(
            f"{part.name}: the zip archive is cut off or damaged ({error}); nothing of it is used; "
            "download it again"
        ) from error
    if any(one.filename == "[Content_Types].xml" for one in members):
        raise UnknownFormat(f"{part.name}: this is an Excel workbook; save its sheet as CSV")
    chosen = [one for one in members if one.filename.lower().endswith(_TABLE_ENDINGS)]
    skipped = [(one.filename, "neither CSV nor Parquet") for one in members if one not in chosen]
    if not chosen:
        others = f"; it holds {listed(skipped)}" if skipped else ""
        raise EmptyInput(f"{part.name}: the zip archive holds no .csv or .parquet{others}")
    limit = most_unpacked(part.size)
    if sum(one.file_size for one in chosen) > limit:
        raise FileUnreadable(
            f"{part.name}: says that it unpacks to more than {limit:,} bytes, more than a bill of its "
            "size does; unpack it yourself if it is one"
        )
    with archive:
        tables = [_member(part, archive, one, folder, limit) for one in chosen]
    first, *rest = tables
    return (replace(first, issues=(*first.issues, *_skipped(part, skipped))), *rest)


def _member(
    part: Part, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path, limit: int
) -> RawTable:
    name = f"{part.name}: {member.filename}"
    if member.flag_bits & 1:
        raise FileUnreadable(f"{name}: is encrypted; unpack it with its password")
    own = f"{part.fingerprint}/{member.header_offset}/{member.filename}"
    fingerprint = hashlib.sha256(own.encode("utf-8", "surrogateescape")).hexdigest()
    inner = replace(part, name=name, fingerprint=fingerprint, size=member.file_size)
    try:
        opened_member = archive.open(member)
    except (zipfile.BadZipFile, NotImplementedError) as error:
        raise FileUnreadable(f"{name}: cannot be unpacked ({error}); unpack it yourself") from error
    with io.BufferedReader(cast(io.RawIOBase, opened_member)) as stream:
        kind = kind_of(head_of(stream, name), name)
        return _from_stream(inner, stream, folder, kind, limit)


def _is_hidden(path: str) -> bool:
    pieces = [piece for piece in path.split("/") if piece not in {"", ".", ".."}]
    return any(piece.startswith((".", "__MACOSX")) for piece in pieces)


def _skipped(part: Part, skipped: list[tuple[str, str]]) -> tuple[Issue, ...]:
    if not skipped:
        return ()
    message = f"{len(skipped)} file(s) of the archive are in no figure: {listed(skipped)}"
    return (Issue(severity="warning", code="file_skipped", message=message, file=part.name),)


def _typed(part: Part, location: str, file: IO[bytes], folder: Path) -> RawTable:
    """A Parquet file as it is; a copy with other names where two differ by case at most."""
    try:
        parquet = pq.ParquetFile(file)
        given = list(parquet.schema_arrow.names)
        columns, issues = unique_names(given, part.name)
        if list(columns) != given:
            location = str(_renamed(parquet, columns, folder / f"{part.fingerprint}.parquet"))
        rows = parquet.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileUnreadable(
            f"{part.name}: the Parquet file is cut off or damaged ({_first_line(error)}); "
            "download it again"
        ) from error
    return RawTable(
        part=part,
        location=location,
        columns=columns,
        rows=rows,
        typed=True,
        broken_rows=0,
        issues=issues,
        broken=(),
    )


def _renamed(parquet: pq.ParquetFile, columns: tuple[str, ...], target: Path) -> Path:
    fields = [field.with_name(name) for name, field in zip(columns, parquet.schema_arrow, strict=True)]
    schema = pa.schema(fields)
    with (
        written_whole(target) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for batch in parquet.iter_batches():
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
    return target


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
