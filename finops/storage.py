"""How are the user's JSON documents kept? Whole, versioned, and never overwritten unread.

A document is a pydantic model in one file of one folder. A change reads it under a lock, writes a
temporary file in the same folder, flushes and fsyncs it and renames it into place: a killed process
leaves the old document or the new one, and a save that was acknowledged is on the disk. Files are
made with mode 0600, because budgets name people and amounts; a mode that the user has set is kept.

A file that is empty, does not parse, does not fit its model, or is of a newer version stays where
it is: reading and writing it raise until ``reset`` has renamed it. A file of an older version is
read through the migrations of its model, one version at a time, and has the new form from the next
save on.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Generic, NoReturn, TypeAlias, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from finops.errors import OutputError, StateChanged, StateError, StateTooNew, StateUnreadable
from finops.files import write_whole

ABSENT = "absent"  # the revision of a document that has no file yet
LOCK_TIMEOUT_SECONDS = 30.0
ATTEMPTS = 5
_PRIVATE = 0o600

# JSON as it was read -> JSON of the next version. It may raise whatever a misfit raises by itself.
Migration: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


class StoredDocument(BaseModel):
    """What a document derives from. Built without arguments it is the empty document.

    ``newest_version`` is the form that this release writes, ``reset_command`` the remedy that
    messages name. Unknown keys are refused: to drop them silently would lose what a person wrote.
    ``migrations`` name, by the version that they start from, the steps to the next one; a version
    that has none is not read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    newest_version: ClassVar[int] = 1
    reset_command: ClassVar[str] = "python -m finops budgets reset"
    migrations: ClassVar[Mapping[int, Migration]] = {}

    version: int = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: object) -> None:
        # A new document is of the newest version without saying so.
        super().__pydantic_init_subclass__(**kwargs)
        if cls.model_fields["version"].default != cls.newest_version:
            cls.model_fields["version"].default = cls.newest_version
            cls.model_rebuild(force=True)

    @model_validator(mode="after")
    def _is_of_this_version(self) -> StoredDocument:
        if self.version != self.newest_version:
            raise ValueError(f"version {self.version} is not {self.newest_version}")
        return self


T = TypeVar("T", bound=StoredDocument)


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A document as it was read, and the revision (a digest of its bytes) to save it against."""

    value: T
    revision: str


class JsonStore:
    """The JSON documents of one folder, which is made when something is first written."""

    def __init__(self, folder: Path, lock_timeout_seconds: float = LOCK_TIMEOUT_SECONDS) -> None:
        self.folder = Path(folder)
        self._lock_timeout = lock_timeout_seconds

    def path(self, name: str) -> Path:
        """Where the document ``name`` (such as ``budgets.json``) lies."""
        if not name or Path(name).name != name or name.startswith("."):
            raise ValueError(f"a document is a plain file name such as budgets.json; received {name!r}")
        return self.folder / name

    def read(self, name: str, model: type[T]) -> Document[T]:
        """The document, or the empty one where there is no file. Takes no lock and writes nothing.

        Raises StateUnreadable or StateTooNew, with the path and the remedy, and StateError where
        the file may not be read.
        """
        path = self.path(name)
        content = _content(path, model)
        if content is None:
            return Document(model(), ABSENT)
        return Document(_parse(path, content, model), _revision(content))

    def update(self, name: str, model: type[T], change: Callable[[T], T]) -> T:
        """Replace the document by ``change(document)`` and return it once it is on the disk.

        ``change`` is pure: where a program that does not take the lock (an editor) writes in
        between, it is called again on what stands there now. Nothing is written where it returns
        an equal document. Whatever it raises leaves the file as it was.
        """
        with self._locked(name):
            for _ in range(ATTEMPTS):
                base = self.read(name, model)
                value = change(base.value)
                if value == base.value:
                    return base.value
                if self._revision_now(name, model) == base.revision:
                    self._write(name, value)
                    return value
        raise self._changed(name)

    def save(self, name: str, value: T, base_revision: str) -> Document[T]:
        """Write the document if it is still the one that was read, else raise StateChanged."""
        with self._locked(name):
            if self.read(name, type(value)).revision != base_revision:
                raise self._changed(name)
            return Document(value, self._write(name, value))

    def reset(self, name: str, at: datetime | None = None) -> Path:
        """Rename the file to ``NAME.broken-TIME`` and return where it is now.

        ``at`` is the time in the name, by default the present. An earlier one is never overwritten.
        Raises StateError where there is no file.
        """
        path = self.path(name)
        moment = (at or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        if not path.exists():
            raise StateError(f"{path} does not exist; there is nothing to reset")
        with self._locked(name), _explained(self.folder):
            target = _unused(path.with_name(f"{name}.broken-{moment}"))
            path.rename(target)
            return target

    def _write(self, name: str, value: StoredDocument) -> str:
        path = self.path(name)
        content = _text(value).encode("utf-8")
        try:
            write_whole(path, content, mode=path.stat().st_mode & 0o777 if path.exists() else _PRIVATE)
        except OutputError as error:
            raise StateError(
                f"{error.__cause__ or error}: {path} was not saved and is as it was; make room and give "
                f"write permission in {self.folder}, or name another folder in FINOPS_DATA_DIR"
            ) from error
        return _revision(content)

    def _revision_now(self, name: str, model: type[StoredDocument]) -> str:
        content = _content(self.path(name), model)
        return ABSENT if content is None else _revision(content)

    def _changed(self, name: str) -> StateChanged:
        return StateChanged(
            f"{self.path(name)} has changed since it was read; nothing was overwritten. "
            "Read it again and repeat the change"
        )

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """Hold the document's lock, a hidden file beside it, and clear what killed writers left."""
        path = self.path(name)
        with _explained(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(
                self.folder / f".{name}.lock",
                timeout=self._lock_timeout,
                poll_interval=0.01,
                # A lock that a killed process leaves behind would shut everybody out.
                fallback_to_soft=False,
            )
            try:
                lock.acquire()
            except Timeout as error:
                raise StateError(
                    f"another process has held {path} for {self._lock_timeout:g} s; "
                    "try again when it is done"
                ) from error
        try:
            with _explained(self.folder):
                _clear_temporary_files(path)
            yield
        finally:
            lock.release()


def default_store() -> JsonStore:
    """The folder that FINOPS_DATA_DIR names, else ``data/`` of the repository."""
    named = os.environ.get("FINOPS_DATA_DIR", "").strip()
    here = Path(__file__).resolve().parents[1] / "data"
    try:
        return JsonStore(Path(named).expanduser() if named else here)
    except RuntimeError as error:
        raise StateError(f"FINOPS_DATA_DIR is {named!r}: {error}; name a folder") from error


def _text(value: StoredDocument) -> str:
    # What is computed from other fields is not stored: it would be refused when read back.
    document = value.model_dump(mode="json", round_trip=True)
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _revision(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _content(path: Path, model: type[StoredDocument]) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except IsADirectoryError as error:
        raise _unreadable(path, "it is a folder", model) from error
    except OSError as error:
        raise StateError(
            f"cannot read {path}: {error.strerror}; give read permission, "
            "or name another folder in FINOPS_DATA_DIR"
        ) from error


def _parse(path: Path, content: bytes, model: type[T]) -> T:
    if not content.strip():
        raise _unreadable(path, "it is empty", model)
    try:
        raw = json.loads(
            content.decode("utf-8"), parse_constant=no_number, object_pairs_hook=each_key_once
        )
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"it is not JSON ({error})", model) from error
    version = raw.get("version") if isinstance(raw, dict) else None
    if type(version) is not int:
        raise _unreadable(path, "it is not an object with a whole number as version", model)
    if version > model.newest_version:
        raise StateTooNew(
            f"{path} is of version {version}, and this release reads up to {model.newest_version}; it "
            f"stays as it is. Use the newer release, or set it aside with `{model.reset_command}`"
        )
    try:
        return model.model_validate_json(
            content if version == model.newest_version else _migrated(path, raw, model)
        )
    except ValidationError as error:
        raise _unreadable(path, reason_of(error), model) from error


def _migrated(path: Path, raw: dict[str, Any], model: type[StoredDocument]) -> str:
    document = raw
    for version in range(raw["version"], model.newest_version):
        step = model.migrations.get(version)
        if step is None:
            raise _unreadable(path, f"version {version} is none that this release reads", model)
        try:
            document = {**step(document), "version": version + 1}
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise _unreadable(path, f"it does not fit version {version} ({error!r})", model) from error
    return json.dumps(document, allow_nan=False)


def reason_of(error: ValidationError) -> str:
    """Where the first thing stands that does not fit, and what is wrong with it."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    return f"{where}: {message}" if where else message


def _unreadable(path: Path, reason: str, model: type[StoredDocument]) -> StateUnreadable:
    return StateUnreadable(
        f"cannot use {path}: {reason}. It stays as it is and nothing is written over it; "
        f"repair it, or set it aside with `{model.reset_command}`"
    )


def no_number(constant: str) -> NoReturn:
    """For ``json.loads``: NaN and infinities, which are not JSON, raise ValueError."""
    raise ValueError(f"{constant} is no number")


def each_key_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """For ``json.loads``: a repeated key, of which all but the last would be lost, raises ValueError."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is repeated")
    return found


def _unused(wanted: Path) -> Path:
    """``wanted``, or ``wanted-2``, ``wanted-3`` … where it is taken."""
    target, number = wanted, 1
    while os.path.lexists(target):
        number += 1
        target = wanted.with_name(f"{wanted.name}-{number}")
    return target


def _clear_temporary_files(path: Path) -> None:
    # Whoever holds the lock is the only writer, so these belong to processes that were killed.
    for left in path.parent.iterdir():
        if left.name.startswith(f".{path.name}.") and left.name.endswith(".tmp"):
            left.unlink(missing_ok=True)


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"cannot write in {folder}: {error.strerror or error}; give write permission, "
            "or name another folder in FINOPS_DATA_DIR"
        ) from error
