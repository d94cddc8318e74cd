"""How does an update replace a catalogue? By a new folder beside it, and then by one name.

The folder of a version is written under another name, flushed to the disk, and renamed; then
``current.json`` is replaced in one step. A process that is killed at any point leaves the old catalogue
or the new one; what else it left goes with the next update, which alone holds the lock.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from finops.errors import CatalogueError, OutputError
from finops.files import write_whole
from finops.pricing.published import Published
from finops.pricing.tables import SOURCES_FILE, SPECS_FILE, SourceRow, SpecRow
from finops.pricing.updated import CURRENT, FORM, MANIFEST, VERSION_NAME, UpdatedCatalogue

_NEW = ".new-"
_LOCK = ".lock"


@contextmanager
def locked(folder: Path, seconds: float, remedy: str, mode: int = 0o755) -> Iterator[None]:
    """Hold the folder, which is made with ``mode`` where it or its parent is missing.

    Raises CatalogueError where another run holds it for so many seconds, OutputError naming ``remedy``.
    """
    with explained(folder, remedy):
        folder.parent.mkdir(mode=mode, parents=True, exist_ok=True)
        folder.mkdir(mode=mode, exist_ok=True)
        lock = FileLock(folder / _LOCK, timeout=seconds, poll_interval=0.05, fallback_to_soft=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise CatalogueError(
                f"another `prices update` is at work in {folder}; run the command again when it is done"
            ) from error
    try:
        yield
    finally:
        lock.release()


def write_version(updated: UpdatedCatalogue, published: Published) -> str:
    """Make these figures the catalogue of the folder, and return the name of their version.

    To be called with the folder locked. The same figures are the same version: nothing is written again.
    Raises OutputError where the disk is full or may not be written to; the old catalogue then holds.
    """
    folder = updated.folder
    clear(updated)
    files = _files(published)
    manifest = {
        "version": FORM,
        "files": {name: [len(made), hashlib.sha256(made).hexdigest()] for name, made in files.items()},
    }
    document = json.dumps(manifest, indent=1, sort_keys=True).encode()
    version = f"v-{hashlib.sha256(document).hexdigest()[:16]}"
    if version == updated.version():
        return version
    with explained(folder, "make room, or name another folder in FINOPS_DATA_DIR"):
        made = folder / f"{_NEW}{uuid.uuid4().hex}"
        made.mkdir()
        for name, content in {**files, MANIFEST: document}.items():
            _write(made / name, content)
        _sync(made)
        made.rename(folder / version)
        _sync(folder)
        current = {"version": FORM, "catalogue": version}
        write_whole(folder / CURRENT, json.dumps(current).encode() + b"\n")
    clear(updated)
    return version


def clear(updated: UpdatedCatalogue) -> None:
    """Remove what is not the catalogue: older versions, and what killed runs have left."""
    current = updated.version()
    with explained(updated.folder, "give write permission there"):
        for path in list(updated.folder.iterdir()):
            old = VERSION_NAME.fullmatch(path.name) and path.name != current
            half = path.name.startswith((_NEW, f".{CURRENT}."))
            if half and path.is_file():
                path.unlink(missing_ok=True)
            elif old or half:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def explained(folder: Path, remedy: str) -> Iterator[None]:
    """An OSError of the body is an OutputError that names the folder and the remedy."""
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot write in {folder}: {error.strerror or error}; the price catalogue is as it was. "
            f"To update it, {remedy}"
        ) from error


def _files(published: Published) -> Mapping[str, bytes]:
    sources = (
        SourceRow(name, source.day.isoformat(), source.text)
        for name, source in published.sources.items()
    )
    return {
        SOURCES_FILE: _csv(SourceRow._fields, sources),
        SPECS_FILE: _csv(SpecRow._fields, published.specs.values()),
        **{f"ec2_published.{name}.csv.gz": table for name, table in sorted(published.tables.items())},
    }


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows((header, *rows))
    return text.getvalue().encode("utf-8")


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
