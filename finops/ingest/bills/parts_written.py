"""How is a part of a bill kept? Whole or not at all, for its owner only, in a folder made for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finops.files import whole_file, writing

_PRIVATE = 0o600
_REMEDY = "name another folder"


@contextmanager
def written_whole(target: Path) -> Iterator[Path]:
    """A path to write to, which becomes ``target`` if nothing is raised. Raises OutputError."""
    with writing(target, _REMEDY):
        target.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(target, _PRIVATE, remedy=_REMEDY) as temporary:
        yield temporary
