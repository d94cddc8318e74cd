"""What tells one file's content from another's? SHA-256 of its bytes; for S3 of ETag, size and key."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from finops.ingest.files import unreadable

_REMEMBERED = 4_096


def fingerprint(path: str | Path) -> str:
    """The SHA-256 of a local file as hex, read as a stream, remembered until the file changes.

    Raises FileUnreadable.
    """
    try:
        status = Path(path).stat()
        return _digest(str(path), status.st_size, status.st_mtime_ns, status.st_ino)
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error


def of_bytes(content: bytes) -> str:
    """The SHA-256 of bytes as hex."""
    return hashlib.sha256(content).hexdigest()


def of_object(etag: str, size: int, key: str) -> str:
    """The SHA-256 of an object's ETag, size and key as hex: its bytes are not read for it."""
    return of_bytes("\n".join((etag, str(size), key)).encode())


@lru_cache(maxsize=_REMEMBERED)
def _digest(path: str, _size: int, _modified: int, _inode: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
