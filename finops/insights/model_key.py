"""Which key signs the models, and where is it? The user's own, never beside what it signs."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from finops.errors import ModelKeyUnusable
from finops.files import read_whole

KEY_BYTES = 32
_FOLDER = "finops-dashboard"
_NAME = "model.key"


def key_file() -> Path:
    """``FINOPS_KEY_FILE``, else ``finops-dashboard/model.key`` in ``XDG_CONFIG_HOME``, ``~/.config``."""
    named = os.environ.get("FINOPS_KEY_FILE", "").strip()
    try:
        if named:
            return Path(named).expanduser()
        base = os.environ.get("XDG_CONFIG_HOME", "").strip()
        # A relative one is to be ignored, by the specification of the base folders.
        config = Path(base) if Path(base).is_absolute() else Path("~/.config").expanduser()
    except RuntimeError as error:
        raise ModelKeyUnusable(f"no home folder ({error}); name a file in FINOPS_KEY_FILE") from error
    return config / _FOLDER / _NAME


def signing_key(path: Path, models: Path) -> bytes:
    """The 32 bytes of the key, made with mode 0600 where there is none yet.

    Two processes that make it at once get the same one. Raises ModelKeyUnusable where it would lie in or
    below the folder of the models, belongs to another user, can be read or written by others, is no file
    of 32 bytes, or cannot be made. A key that cannot be trusted is never replaced: that is for its user
    to decide.
    """
    try:
        beside = models.resolve() in path.resolve().parents
    except (OSError, RuntimeError) as error:  # a loop of links
        raise _unusable(path, str(error)) from error
    if beside:
        raise ModelKeyUnusable(
            f"the key {path} lies beside the models that it signs; "
            "name a file elsewhere in FINOPS_KEY_FILE"
        )
    try:
        return _read(path)
    except FileNotFoundError:
        return _made(path)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _read(path: Path) -> bytes:
    content, facts = read_whole(path, most_bytes=KEY_BYTES)
    if os.name == "posix":
        if facts.st_uid != os.geteuid():
            raise _unusable(path, "it belongs to another user, who could sign what you run")
        if facts.st_mode & 0o077:
            raise ModelKeyUnusable(
                f"others may read or write the key {path} (mode {facts.st_mode & 0o777:04o}), so a "
                "signature by it proves nothing; delete it, and a new one is made"
            )
    if len(content) != KEY_BYTES:
        raise _unusable(path, f"it does not hold {KEY_BYTES} bytes")
    return content


def _made(path: Path) -> bytes:
    """Written whole under another name, then linked: the first process wins, the others read its key."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_new(temporary)
        try:
            _link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        return _read(path)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _write_new(path: Path) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(handle)


def _link(temporary: Path, path: Path) -> None:
    with suppress(FileExistsError):
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links: made in its place, by whoever comes first
            _write_new(path)


def _unusable(path: Path, reason: str) -> ModelKeyUnusable:
    return ModelKeyUnusable(
        f"the key of the models {path} cannot be used: {reason}; mend it, delete it, or name another "
        "file in FINOPS_KEY_FILE"
    )
