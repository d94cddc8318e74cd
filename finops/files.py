"""How is a file replaced, and read? Whole or not at all, so that a killed process leaves the old one."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finops.errors import OutputError

_REMEDY = "name another file"


def write_whole(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Replace ``path`` by ``content``, as ``whole_file`` does.

    Raises OutputError naming the path and the reason; what stood there before still does.
    """
    with writing(path), whole_file(path, mode) as temporary:
        temporary.write_bytes(content)


@contextmanager
def whole_file(path: Path, mode: int = 0o644, *, remedy: str = _REMEDY) -> Iterator[Path]:
    """A path to write to. If the body raises nothing, it is flushed to the disk and becomes ``path``.

    It lies beside ``path``. A link is followed. A device or pipe (``/dev/stdout``) is itself the path
    to write to. Raises OutputError where there can be no such file, or it cannot take its place. What
    the body raises stays what it is, for a body may read as well: wrap it in ``writing`` if not.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()
    with writing(path, remedy):
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
        os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with writing(path, remedy):
            _sync(temporary)
            temporary.chmod(mode)
            temporary.replace(target)
            _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def read_whole(path: Path, most_bytes: int) -> tuple[bytes, os.stat_result]:
    """The bytes of a file and its facts, both of the same file, whatever takes its place meanwhile.

    Raises OSError: FileNotFoundError, and EINVAL for what is no file or has more than ``most_bytes``. A
    pipe does not block it.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "it is no file", str(path))
        if facts.st_size > most_bytes:
            raise OSError(errno.EINVAL, f"it has more than {most_bytes:,} bytes", str(path))
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(facts.st_size), facts
    finally:
        os.close(handle)


@contextmanager
def writing(path: Path, remedy: str = _REMEDY) -> Iterator[None]:
    """An OSError of the body is an OutputError that names ``path``, the reason and the remedy."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"cannot write {path}: {reason}; {remedy}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
