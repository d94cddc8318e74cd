"""Which bytes were given? One input is a name and its bytes, from a path or from an upload."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from finops.errors import EmptyInput, FileUnreadable

TABLE_ENDINGS = (".parquet", ".csv")


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file as it was given: the name that messages use, and all of its bytes."""

    name: str
    data: bytes = field(repr=False)


Source = str | Path | InputFile


def read_input(path: str | Path) -> InputFile:
    """Read one file. Raises FileUnreadable where it is missing, is a folder or may not be read."""
    try:
        return InputFile(str(path), Path(path).read_bytes())
    except FileNotFoundError as error:
        raise FileUnreadable(f"{path}: there is no such file; check the path") from error
    except IsADirectoryError as error:
        raise FileUnreadable(f"{path}: this is a folder; give a file") from error
    except PermissionError as error:
        raise FileUnreadable(f"{path}: permission to read it is denied") from error
    except (OSError, ValueError) as error:
        raise FileUnreadable(f"{path}: cannot be read: {error}") from error


def as_input(source: Source) -> InputFile:
    """The file behind a path, or the upload as it is."""
    return source if isinstance(source, InputFile) else read_input(source)


def read_inputs(source: Source) -> tuple[InputFile, ...]:
    """One file, or every Parquet and CSV file of a folder (and of its folders), sorted by path.

    Raises EmptyInput where a folder holds neither.
    """
    if isinstance(source, InputFile) or not Path(source).is_dir():
        return (as_input(source),)
    found = sorted(path for path in Path(source).rglob("*") if path.suffix in TABLE_ENDINGS)
    if not found:
        raise EmptyInput(f"{source}: the folder holds no file that ends in {' or '.join(TABLE_ENDINGS)}")
    return tuple(read_input(path) for path in found)
