"""What has been worked out before? Entries of the bill cache: whole, verified, and never too many.

An entry is a folder of Parquet files with a manifest that holds the size and the SHA-256 of each. It
is made in the folder of a run, flushed to the disk, and renamed into place, so that a killed process
leaves a whole entry or none; what it did leave in its own folder goes when the next run begins. An
entry whose files are not those of its manifest is no entry. The cache may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from finops.errors import Issue, OutputError
from finops.schema import MONEY, Frame

DEFAULT_BYTES = 20 * 10**9
MANIFEST = "manifest.json"
_PIECE = 2**20
_ENTRY = re.compile(r"^(?:part|same|bill|\d{4}-\d{2})-[0-9a-f]{32}$")
_RUN = re.compile(r"^run-[0-9a-f]{32}$")
_ATTEMPTS = 3


class EntryLost(Exception):
    """An entry was removed or damaged while it was in use; what needed it begins again."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A whole entry: its folder, and the small facts that its maker put into the manifest."""

    folder: Path
    meta: Mapping[str, Any]

    def path(self, name: str) -> Path:
        return self.folder / name


@dataclass(slots=True, kw_only=True)
class Cache:
    """The cache during one run. ``run`` is the run's own folder, gone when it ends."""

    root: Path
    run: Path
    issues: tuple[Issue, ...] = ()
    _used: set[str] = field(default_factory=set)

    def find(self, name: str) -> Entry | None:
        """The entry of this name, verified; a damaged one is removed. It counts as used now."""
        folder = self.root / name
        meta = _verified(folder)
        if meta is None:
            if folder.exists():
                self._remove(folder)
            return None
        self._used.add(name)
        with suppress(OSError):
            os.utime(folder / MANIFEST)
        return Entry(folder, meta)

    def make(self, name: str, fill: Callable[[Path], Mapping[str, Any]]) -> Entry:
        """A new entry. ``fill`` writes its files into a folder and gives the facts of the manifest.

        Where another process has made the same entry meanwhile, that one stays: names hold the hash
        of all that an entry is made of. Raises OutputError where the disk is full.
        """
        made = self.run / f"new-{uuid.uuid4().hex}"
        made.mkdir()
        meta = fill(made)
        try:
            _seal(made, meta)
            self._place(made, name)
        except OSError as error:
            raise OutputError(
                f"cannot write the bill cache {self.root}: {error.strerror or error}; "
                "free space, or name another folder in FINOPS_CACHE_DIR"
            ) from error
        entry = self.find(name)
        if entry is None:
            raise EntryLost(name)
        return entry

    def _place(self, made: Path, name: str) -> None:
        target = self.root / name
        for _ in range(_ATTEMPTS):
            if _verified(target) is not None:
                return
            if target.exists():
                self._remove(target)
            try:
                made.rename(target)
            except OSError:
                if not target.exists():
                    raise
                continue
            _sync(self.root)
            return

    def lose(self, entry: Entry) -> EntryLost:
        """Remove an entry that turned out to be unreadable; the error to raise for it."""
        self._remove(entry.folder)
        return EntryLost(entry.folder.name)

    def table(self, entry: Entry, name: str) -> pa.Table:
        """The rows of one of its Parquet files. Raises EntryLost where it cannot be read any more."""
        try:
            return pq.read_table(entry.path(name), read_dictionary=["Tags"])
        except (OSError, pa.ArrowException) as error:
            raise self.lose(entry) from error

    def tables(self, entry: Entry, folder: str) -> dict[str, pa.Table]:
        """All tables of one of its folders, by the name of their file."""
        return {
            path.stem: self.table(entry, f"{folder}/{path.name}")
            for path in sorted(entry.path(folder).glob("*.parquet"))
        }

    def frame(self, entry: Entry, name: str, schema: Frame) -> pd.DataFrame:
        """One of its tables as a frame. Money stays Arrow's, at a tenth of the memory of Decimal."""
        kinds = {MONEY.pyarrow_dtype: MONEY}
        return schema.conform(self.table(entry, name).to_pandas(types_mapper=kinds.get))

    def _remove(self, folder: Path) -> None:
        """Out of sight in one step, so that nobody meets half an entry; then for good."""
        aside = self.run / f"old-{uuid.uuid4().hex}"
        with suppress(OSError):
            folder.rename(aside)
        shutil.rmtree(aside, ignore_errors=True)

    def shrink(self, most_bytes: int | None = None) -> None:
        """Remove the entries that were used longest ago until the rest fits. This run's own stay."""
        limit = cache_bytes() if most_bytes is None else most_bytes
        entries = sorted(_entries(self.root), reverse=True)
        total = 0
        for _used_at, name, size in entries:
            total += size
            if total > limit and name not in self._used:
                self._remove(self.root / name)


def issue_values(issue: Issue) -> dict[str, Any]:
    """The issue as the manifest of an entry holds it."""
    return {name: getattr(issue, name) for name in Issue.__slots__}


def issue_of(values: Mapping[str, Any]) -> Issue:
    """The issue of these values of a manifest."""
    return Issue(**{**values, "row_numbers": tuple(values["row_numbers"])})


def cache_folder() -> Path:
    """``FINOPS_CACHE_DIR``, else ``finops-dashboard`` in ``XDG_CACHE_HOME``, else in ``~/.cache``."""
    named = os.environ.get("FINOPS_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "finops-dashboard"


def cache_bytes() -> int:
    """``FINOPS_CACHE_BYTES``, 20 GB by default. Raises OutputError where it is no number."""
    text = os.environ.get("FINOPS_CACHE_BYTES") or str(DEFAULT_BYTES)
    try:
        return max(int(text), 0)
    except ValueError as error:
        raise OutputError(f"FINOPS_CACHE_BYTES is {text!r}; expected a whole number of bytes") from error


@contextmanager
def opened(folder: Path | None = None) -> Iterator[Cache]:
    """The cache for one run; where it cannot be written to, a temporary one, with an issue."""
    root = folder or cache_folder()
    issues: tuple[Issue, ...] = ()
    with ExitStack() as stack:
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            run = stack.enter_context(_own_folder(root))
            _remove_leftovers(root, run)
        except (OSError, Timeout) as error:
            issues = (_unwritable(root, error),)
            root = Path(stack.enter_context(TemporaryDirectory(prefix="finops-cache-")))
            run = stack.enter_context(_own_folder(root))
        yield Cache(root=root, run=run, issues=issues)


def _unwritable(root: Path, error: OSError | Timeout) -> Issue:
    return Issue(
        severity="info",
        code="cache_unwritable",
        message=f"the bill cache {root} cannot be written to "
        f"({getattr(error, 'strerror', None) or error}): every bill is worked out anew; "
        "name another folder in FINOPS_CACHE_DIR",
    )


@contextmanager
def _own_folder(root: Path) -> Iterator[Path]:
    """A folder that is this run's as long as its lock is held: the system frees it when we die."""
    run = root / f"run-{uuid.uuid4().hex}"
    lock = FileLock(f"{run}.lock")
    lock.acquire(timeout=10)
    try:
        run.mkdir(mode=0o700)
        yield run
    finally:
        shutil.rmtree(run, ignore_errors=True)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _remove_leftovers(root: Path, own: Path) -> None:
    """The folders of runs that died: nobody holds their lock."""
    for path in list(root.iterdir()):
        name = path.name.removesuffix(".lock")
        if not _RUN.match(name) or name == own.name:
            continue
        lock = FileLock(f"{root / name}.lock")
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            continue
        shutil.rmtree(root / name, ignore_errors=True)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _seal(folder: Path, meta: Mapping[str, Any]) -> None:
    """Flush all files, then write the manifest that makes the folder an entry."""
    files = {}
    for path in _files(folder):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        files[path.relative_to(folder).as_posix()] = [path.stat().st_size, _sha256(path)]
    document = json.dumps({"files": files, "meta": meta}, sort_keys=True, ensure_ascii=False).encode()
    with (folder / MANIFEST).open("wb") as file:
        file.write(hashlib.sha256(document).hexdigest().encode() + b"\n" + document)
        file.flush()
        os.fsync(file.fileno())
    _sync(folder)


def _verified(folder: Path) -> Mapping[str, Any] | None:
    """The facts of an entry whose files are all there and as they were written, else None."""
    try:
        digest, _, document = (folder / MANIFEST).read_bytes().partition(b"\n")
        if hashlib.sha256(document).hexdigest().encode() != digest:
            return None
        manifest = json.loads(document)
        for name, (size, sha256) in manifest["files"].items():
            path = folder / name
            if path.stat().st_size != size or _sha256(path) != sha256:
                return None
    except (OSError, ValueError):
        return None
    meta: Mapping[str, Any] = manifest["meta"]
    return meta


def _entries(root: Path) -> Iterable[tuple[float, str, int]]:
    """When each entry was last used, its name, its bytes."""
    for folder in root.iterdir():
        if not _ENTRY.match(folder.name):
            continue
        with suppress(OSError):
            used_at = (folder / MANIFEST).stat().st_mtime
            yield used_at, folder.name, sum(path.stat().st_size for path in _files(folder))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
