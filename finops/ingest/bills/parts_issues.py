"""How is it said which files are in no figure?"""

from __future__ import annotations

from collections.abc import Sequence

from finops.errors import Issue, Severity
from finops.ingest.files import listed

_SHOWN = 20


def nothing_left(empty: Sequence[str], endings: Sequence[str], *, single: bool) -> str:
    """Why a source has no file that counts."""
    if single:
        return "the file is empty (0 bytes); expected a bill; download it again"
    if empty:
        return f"holds empty files only ({named(empty)}); expected a bill; download it again"
    return f"holds no file that ends in {', '.join(endings)}"


def skipped(source: str, files: Sequence[tuple[str, str]]) -> tuple[Issue, ...]:
    """Files that are no tables, each with its reason."""
    return _issue(source, "file_skipped", len(files), f"file(s) are in no figure: {listed(files)}")


def empty(source: str, files: Sequence[str]) -> tuple[Issue, ...]:
    """Files of 0 bytes: a download that broke off."""
    return _issue(
        source, "empty_file", len(files), f"file(s) have 0 bytes, download them again: {named(files)}"
    )


def superseded(source: str, files: Sequence[str], deliveries: Sequence[str]) -> tuple[Issue, ...]:
    """Files of a billing period that a newer delivery replaces."""
    text = (
        f"file(s) are in no figure, for AWS delivered {named(deliveries)} in their place: {named(files)}"
    )
    return _issue(source, "superseded_delivery", len(files), text, "info")


def missing(source: str, keys: Sequence[str]) -> tuple[Issue, ...]:
    """Files that AWS's manifest names and that are not there: the bill is not whole."""
    return _issue(
        source,
        "missing_file",
        len(keys),
        f"file(s) that the manifest names are not there, so costs are missing; download {named(keys)}",
        "error",
    )


def doubled(source: str, pairs: Sequence[tuple[str, str]]) -> tuple[Issue, ...]:
    """Files with the same content: the one that is left out, and the one that counts."""
    both = [f"{name} (the same as {first})" for name, first in pairs]
    return _issue(source, "duplicate_file", len(pairs), f"file(s) are counted once only: {named(both)}")


def named(names: Sequence[str]) -> str:
    """The first twenty names."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _issue(
    source: str, code: str, count: int, text: str, severity: Severity = "warning"
) -> tuple[Issue, ...]:
    if not count:
        return ()
    return (Issue(severity=severity, code=code, message=f"{count} {text}", file=source),)
