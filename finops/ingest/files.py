"""Which bytes were given? One input is a name and its bytes, from a path or from an upload."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from finops.errors import EmptyInput, FileUnreadable, Issue

TABLE_ENDINGS = (".parquet", ".csv")
MOST_BYTES = 2**31
_PIECE = 2**24
_SHOWN_FILES = 20
_PACKED = (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was given: the name that messages use, all of its bytes, what was seen on the way."""

    name: str
    data: bytes = field(repr=False)
    issues: tuple[Issue, ...] = ()


Source = str | Path | InputFile


def read_input(path: str | Path) -> InputFile:
    """Read one file or pipe, of 2 GiB at most.

    Raises FileUnreadable where it is missing, is a folder or a device, is larger or may not be read.
    """
    name = shown(path)
    try:
        with Path(path).open("rb") as file:
            return InputFile(name, _bytes(file, name))
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def as_input(source: Source) -> InputFile:
    """The file behind a path, or the upload as it is."""
    return source if isinstance(source, InputFile) else read_input(source)


def read_inputs(source: Source) -> tuple[InputFile, ...]:
    """One file, or every Parquet and CSV file of a folder (and of its folders), sorted by path.

    Endings count in any case. What else the folder holds is named in an issue ``file_skipped`` of the
    first file, but for hidden files and those without an ending that Spark leaves (``_SUCCESS``).
    Raises EmptyInput where a folder holds no table, FileUnreadable where a part may not be read.
    """
    if isinstance(source, InputFile):
        return (source,)
    try:
        is_folder = stat.S_ISDIR(Path(source).stat().st_mode)
    except FileNotFoundError:
        is_folder = False  # reading it says so
    except (OSError, ValueError) as error:
        raise unreadable(source, error) from error
    if not is_folder:
        return (read_input(source),)
    try:
        found, skipped = tables_below(Path(source))
    except OSError as error:
        raise unreadable(error.filename or source, error) from error
    if not found:
        endings = " or ".join(TABLE_ENDINGS)
        others = f"; it holds {listed(skipped)}" if skipped else ""
        raise EmptyInput(f"{shown(source)}: the folder holds no file that ends in {endings}{others}")
    first, *rest = (read_input(path) for path in found)
    return (replace(first, issues=_skipped_issue(source, skipped)), *rest)


def _bytes(file: IO[bytes], name: str) -> bytes:
    """All bytes of an open file. A device has no end, and a pipe may have none."""
    status = os.fstat(file.fileno())
    if stat.S_ISCHR(status.st_mode) or stat.S_ISBLK(status.st_mode):
        raise FileUnreadable(f"{name}: this is a device; give a file")
    if status.st_size > MOST_BYTES:
        raise _too_large(name)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return file.read()
    pieces: list[bytes] = []
    size = 0
    while piece := file.read(_PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_BYTES:
            raise _too_large(name)
    return b"".join(pieces)


def _too_large(name: str) -> FileUnreadable:
    return FileUnreadable(
        f"{name}: the file is larger than {MOST_BYTES:,} bytes; split it, and give a bill as a folder "
        "of its parts"
    )


def tables_below(
    folder: Path, endings: tuple[str, ...] = TABLE_ENDINGS
) -> tuple[list[Path], list[tuple[str, str]]]:
    """The tables below a folder by path, and the name of every other file with why it is none."""
    tables: list[Path] = []
    skipped: list[tuple[str, str]] = []
    known: dict[tuple[int, int], str] = {}
    for path in sorted(_files_below(folder)):
        parts = path.relative_to(folder).parts
        name = shown("/".join(parts))
        is_table = path.suffix.lower() in endings
        hidden = path.name.startswith(".") or any(part.startswith((".", "_")) for part in parts[:-1])
        if not is_table and (hidden or (path.name.startswith("_") and not path.suffix)):
            continue
        if not is_table:
            is_packed = path.suffix.lower() in _PACKED
            skipped.append((name, "packed: unpack it" if is_packed else "neither CSV nor Parquet"))
            continue
        if hidden:
            skipped.append((name, "hidden"))
            continue
        try:
            status = path.stat()
        except FileNotFoundError:
            skipped.append((name, "a link to nothing"))
            continue
        same = known.setdefault((status.st_dev, status.st_ino), name)
        if not stat.S_ISREG(status.st_mode):
            skipped.append((name, "not a regular file"))
        elif same != name:
            skipped.append((name, f"the same file as {same}"))
        else:
            tables.append(path)
    return tables, skipped


def _files_below(folder: Path) -> Iterator[Path]:
    """Every file, links to folders followed, each folder once."""
    seen: set[tuple[int, int]] = set()
    for here, folders, files in os.walk(folder, onerror=_stop, followlinks=True):
        status = Path(here).stat()
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield from (Path(here, name) for name in files)


def _stop(error: OSError) -> None:
    raise error


def _skipped_issue(folder: str | Path, skipped: Sequence[tuple[str, str]]) -> tuple[Issue, ...]:
    if not skipped:
        return ()
    return (
        Issue(
            severity="warning",
            code="file_skipped",
            message=f"{len(skipped)} file(s) of the folder are in no figure: {listed(skipped)}",
            file=shown(folder),
        ),
    )


def listed(skipped: Sequence[tuple[str, str]]) -> str:
    """Names with their reasons, the first twenty."""
    named = ", ".join(f"{name} ({reason})" for name, reason in skipped[:_SHOWN_FILES])
    more = len(skipped) - _SHOWN_FILES
    return f"{named} and {more} more" if more > 0 else named


def unreadable(path: str | Path, error: OSError | ValueError) -> FileUnreadable:
    """The error of the package for one of the operating system: the path, the reason, the remedy."""
    name = shown(path)
    match error:
        case FileNotFoundError():
            return FileUnreadable(f"{name}: there is no such file; check the path")
        case IsADirectoryError():
            return FileUnreadable(f"{name}: this is a folder; give a file")
        case PermissionError():
            return FileUnreadable(f"{name}: permission to read it is denied; allow it, or move it")
        case OSError():
            return FileUnreadable(f"{name}: cannot be read: {error.strerror or error}; check the path")
    return FileUnreadable(f"{name}: cannot be read: {error}; check the path")


def shown(path: str | Path) -> str:
    """The path as text that any file can hold; a byte that is not UTF-8 becomes ``?``."""
    return os.fspath(path).encode("utf-8", "replace").decode("utf-8")
