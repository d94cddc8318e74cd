"""Which code made an entry of the cache? Its own bytes say so: an entry of other code is never used.

A version that is raised by hand is forgotten once, and then shows the figures of code that is gone.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_BESIDES = (
    *("tags.py", "schema.py", "money.py", "periods.py"),
    *("ingest/columns.py", "ingest/cell_values.py", "ingest/commitment_words.py"),
)


def sources() -> tuple[Path, ...]:
    """The modules that decide what the cache holds: those of this package, and what they stand on."""
    own = sorted(Path(__file__).parent.glob("*.py"))
    return (*own, *(_PACKAGE / name for name in _BESIDES))


def version_of(paths: Sequence[Path]) -> str:
    """The SHA-256 of the names and the bytes of these files, in hexadecimal digits."""
    whole = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        whole.update(f"{path.name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()


@functools.cache
def code_version() -> str:
    """The version of the code of this process, read once."""
    return version_of(sources())


def entry_key(*pieces: str, version: str | None = None) -> str:
    """The 32 digits that stand for these pieces and the code's version in the name of an entry."""
    text = "\n".join((version or code_version(), *pieces))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
