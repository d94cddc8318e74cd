"""Which models have been trained before? Files that are loaded only if this user's key has signed them.

A model is pickled by joblib, and a pickle runs code when it is loaded. So a file of ``ml_cache/`` is
read once, its signature (HMAC-SHA-256 under ``finops.insights.model_key``) is verified over those bytes,
and the model is loaded from the same bytes. What does not hold – tampered with, torn, empty, of another
version, renamed – is refused, named in an issue, and trained again; nothing in it runs.

    finops-model\\n  hex signature\\n  header as JSON\\n  joblib's bytes

The signature covers the header, which names the model and its key, and the bytes. The folder may be
deleted at any time, also while it is used. Once a model is written, those used longest ago go until the
models of the folder have at most ``most_bytes``; what else lies there is left alone.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import io
import json
import os
import pickle
import platform
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import joblib
from filelock import FileLock, Timeout

from finops.errors import Issue, ModelKeyUnusable, ModelRefused, OutputError
from finops.files import read_whole, write_whole
from finops.insights.model_key import key_file, signing_key
from finops.insights.training import Training

FORMAT = 1
MOST_BYTES = 1_000_000_000
LIBRARIES = ("joblib", "numpy", "pandas", "scikit-learn", "scipy", "statsmodels")
_MAGIC = b"finops-model\n"
_DIGITS = hashlib.sha256().digest_size * 2
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_FILE = re.compile(r"[a-z][a-z0-9_]*-[0-9a-f]{32}\.joblib\Z")
_LOCK_SECONDS = 10.0
# What a pickle raises by itself where the code that it names is not what it was.
_MISFITS = (
    pickle.UnpicklingError,
    ImportError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
    EOFError,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """A model, whether it was ``loaded`` or ``trained`` now, and what a reader should know of that."""

    model: T
    origin: Literal["loaded", "trained"]
    issues: tuple[Issue, ...] = ()


def model_folder() -> Path:
    """``FINOPS_MODEL_DIR``, else ``ml_cache`` of the repository."""
    named = os.environ.get("FINOPS_MODEL_DIR", "").strip()
    return Path(named).expanduser() if named else Path(__file__).resolve().parents[2] / "ml_cache"


def cache_key(data: str, settings: Mapping[str, object]) -> str:
    """The 32 digits that stand for a model's data, settings, libraries and code.

    ``data`` is a digest of the content, such as ``Estate.digest``. ``settings`` are values that JSON
    knows; their order does not count. Raises TypeError for others.
    """
    pieces = [data, settings, versions(), _code_version()]
    text = json.dumps(pieces, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


@functools.cache
def versions() -> Mapping[str, str]:
    """The versions that a pickle depends on: Python's, and those of the libraries that are installed."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


@functools.cache
def _code_version() -> str:
    """The SHA-256 of the modules beside this one: a model of other code is another model."""
    whole = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        whole.update(f"{path.name} {len(content)}\n".encode() + content)
    return whole.hexdigest()


class ModelStore:
    """The models of one folder, signed by the key of one file; by default the user's."""

    def __init__(
        self, folder: Path | None = None, key: Path | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        self.folder = model_folder() if folder is None else folder
        self._key_file = key
        self._most_bytes = most_bytes

    def path(self, name: str, key: str) -> Path:
        """The file of a model: its name (small letters, digits, ``_``) and its ``cache_key``."""
        if not _NAME.match(name) or not re.fullmatch(r"[0-9a-f]{32}", key):
            raise ValueError(f"no name and key of a model: {name!r}, {key!r}")
        return self.folder / f"{name}-{key}.joblib"

    def fetch(
        self, name: str, key: str, train: Callable[[Training], T], training: Training | None = None
    ) -> Fetched[T]:
        """The model that is kept, else the one that ``train`` makes, which is kept from then on.

        Whatever ``train`` raises, Cancelled too, is raised, and nothing is kept. Where a file is refused
        or the new one cannot be kept, the issues say so: the model is there all the same.
        """
        issues: list[Issue] = []
        try:
            found = self.load(name, key)
        except ModelRefused as error:
            issues.append(_issue("model_refused", f"{error}; it is trained again", self.path(name, key)))
        except ModelKeyUnusable as error:
            issues.append(_issue("model_key_unusable", str(error), self.path(name, key)))
        else:
            if found is not None:
                model: T = found[0]
                return Fetched(model, "loaded")
        running = training or Training()
        running.check()
        model = train(running)
        running.check()
        try:
            self.save(name, key, model)
        except (ModelKeyUnusable, OutputError) as error:
            issues.append(_issue("model_not_kept", str(error), self.path(name, key)))
        return Fetched(model, "trained", tuple(issues))

    def load(self, name: str, key: str) -> tuple[Any] | None:
        """The model in a tuple of one (it may itself be None), or None where none is kept.

        Raises ModelRefused for a file that is not wholly what this user's key has signed, with nothing
        of it run, and ModelKeyUnusable.
        """
        path = self.path(name, key)
        try:
            content = self._content(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused(path, error.strerror or str(error)) from error
        model = _loaded(path, self._verified(path, content, name, key))
        with suppress(OSError):
            os.utime(path)
        return (model,)

    def save(self, name: str, key: str, model: object) -> None:
        """Sign and write the model, whole or not at all, then remove what was used longest ago.

        Raises ModelKeyUnusable, and OutputError where it cannot be pickled or written, or is larger
        than the store.
        """
        path = self.path(name, key)
        content = self._signed(model, name, key)
        if len(content) > self._most_bytes:
            raise OutputError(
                f"{path.name} has {len(content):,} bytes, more than the {self._most_bytes:,} of "
                f"{self.folder}; it is trained anew each time"
            )
        try:
            self._write(path, content)
        except OutputError as error:
            if not isinstance(error.__cause__, FileNotFoundError):
                raise
            self._write(path, content)  # somebody deleted the folder meanwhile; it is made again

    def shrink(self, kept: str = "") -> None:
        """Remove the models that were used longest ago until the rest fits. ``kept`` is a file name."""
        files = sorted(_models(self.folder), key=lambda file: (file[1] == kept, file), reverse=True)
        total = 0
        for _used, name, size in files:
            total += size
            if total > self._most_bytes and name != kept:
                with suppress(OSError):
                    (self.folder / name).unlink(missing_ok=True)

    def _content(self, path: Path) -> bytes:
        """The bytes of a file, read once. Links, pipes and files beyond the store's size are refused."""
        if path.is_symlink():
            raise _refused(path, "it is a link")
        content, _facts = read_whole(path, self._most_bytes)
        return content

    def _verified(self, path: Path, content: bytes, name: str, key: str) -> bytes:
        """The pickle in the file, once its signature and header hold."""
        if not content:
            raise _refused(path, "it is empty")
        body = content.removeprefix(_MAGIC)
        if body == content or body[_DIGITS : _DIGITS + 1] != b"\n":
            raise _refused(path, "it was not written by this program")
        signature, signed = body[:_DIGITS], body[_DIGITS + 1 :]
        if not hmac.compare_digest(signature, self._signature(signed)):
            raise _refused(path, "its signature does not hold: it was changed, or another key signed it")
        header, _, pickled = signed.partition(b"\n")
        if json.loads(header) != _header(name, key):
            raise _refused(path, "it is another model, or of another version")
        return pickled

    def _signed(self, model: object, name: str, key: str) -> bytes:
        pickled = io.BytesIO()
        try:
            joblib.dump(model, pickled)
        except (pickle.PicklingError, RecursionError, TypeError, AttributeError) as error:
            raise OutputError(f"the model {name} cannot be kept: {error}; it is trained anew") from error
        header = json.dumps(_header(name, key), sort_keys=True).encode()
        signed = header + b"\n" + pickled.getvalue()
        return _MAGIC + self._signature(signed) + b"\n" + signed

    def _signature(self, signed: bytes) -> bytes:
        key = signing_key(self._key_file or key_file(), self.folder)
        return hmac.digest(key, _MAGIC + signed, "sha256").hex().encode()

    def _write(self, path: Path, content: bytes) -> None:
        with self._locked():
            # Whoever holds the lock is the only writer, so these belong to processes that were killed.
            for left in self.folder.glob(".*.joblib.*.tmp"):
                with suppress(OSError):
                    left.unlink(missing_ok=True)
            if path.is_symlink() or (path.exists() and not path.is_file()):
                _put_away(path)
            write_whole(path, content, mode=0o600)
            self.shrink(kept=path.name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = FileLock(
                self.folder / ".lock",
                timeout=_LOCK_SECONDS,
                poll_interval=0.01,
                # A lock that a killed process leaves behind would shut everybody out.
                fallback_to_soft=False,
            )
            lock.acquire()
        except Timeout as error:
            raise OutputError(
                f"another process has held {self.folder} for {_LOCK_SECONDS:g} s"
            ) from error
        except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
            reason = getattr(error, "strerror", None) or error
            raise OutputError(
                f"cannot write models to {self.folder}: {reason}; "
                "name another folder in FINOPS_MODEL_DIR"
            ) from error
        try:
            yield
        finally:
            lock.release()


def _header(name: str, key: str) -> Mapping[str, object]:
    return {"format": FORMAT, "key": key, "model": name, "versions": dict(versions())}


def _loaded(path: Path, pickled: bytes) -> Any:
    try:
        return joblib.load(io.BytesIO(pickled))
    except _MISFITS as error:
        raise _refused(path, f"its code is not what it was ({error!r})") from error


def _put_away(path: Path) -> None:
    """A link or pipe goes; what it leads to stays. A folder is somebody's, and stays."""
    try:
        path.unlink()
    except OSError as error:
        raise OutputError(f"{path} is in the way: {error.strerror or error}; remove it") from error


def _models(folder: Path) -> Iterable[tuple[float, str, int]]:
    """When each model was last used, the name of its file, its bytes. Nobody else's files."""
    for path in folder.glob("*.joblib"):
        with suppress(OSError):
            facts = path.lstat()
            if _FILE.match(path.name) and stat.S_ISREG(facts.st_mode):
                yield facts.st_mtime, path.name, facts.st_size


def _refused(path: Path, reason: str) -> ModelRefused:
    return ModelRefused(f"the model {path} was not loaded: {reason}")


def _issue(code: str, message: str, path: Path) -> Issue:
    return Issue(severity="warning", code=code, message=message, file=str(path))
