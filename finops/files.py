"""How is a file replaced? Whole or not at all, so that a killed process leaves the old one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from finops.errors import OutputError


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write to a temporary file beside ``path``, flush it to the disk, and rename it into place.

    A link is followed. A device or pipe (``/dev/stdout``) is written to directly. Raises OutputError
    naming the path and the reason; what stood there before still does.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)
        else:
            _replace(path.resolve(), content, mode)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another file") from error


def _replace(path: Path, content: bytes, mode: int) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
