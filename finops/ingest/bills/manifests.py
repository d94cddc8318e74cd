"""Which files of a delivery does AWS name? Manifests of legacy reports and of Data Exports.

A legacy report lies in ``prefix/name/20230601-20230701/[assemblyId/]``, its manifest in the folder of
the period and again in that of the assembly. A data export lies in
``data/BILLING_PERIOD=2025-01/[execution/]`` and its manifest in
``metadata/BILLING_PERIOD=2025-01/[execution/]``. Legacy reports as Parquet lie in
``year=2023/month=6/``. The manifest of the period is rewritten with every delivery.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

ENDING = "manifest.json"
_PERIOD = re.compile(r"\d{8}-\d{8}|billing_period=\d{4}-\d{2}|month=\d{1,2}", re.IGNORECASE)
_STAMP = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})(?:\.\d+)?Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One manifest: its path, the delivery it names, the billing period, the keys of its files, when."""

    path: str
    delivery: str
    period: str
    report: str
    keys: tuple[str, ...]
    delivered: datetime | None

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What manifests say about files: the manifest of each file that counts, and the others.

    ``superseded`` maps the path of a file to the delivery that replaced it; ``missing`` are keys that a
    manifest names and the folder lacks.
    """

    named: Mapping[str, Manifest]
    superseded: Mapping[str, str]
    missing: tuple[str, ...]


def is_manifest(path: str) -> bool:
    """Whether a file is a manifest, as AWS names them."""
    return path.lower().endswith(ENDING)


def parsed(path: str, content: bytes, modified: datetime | None) -> Manifest | None:
    """The manifest in a file, or None for JSON of another kind or none at all."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    delivery = document.get("assemblyId") or document.get("executionId")
    keys = document.get("reportKeys") or document.get("dataFiles")
    if not isinstance(delivery, str) or not isinstance(keys, list):
        return None
    named = tuple(_key(key) for key in keys if isinstance(key, str))
    if not named:
        return None
    report = document.get("exportArn") or document.get("reportId") or document.get("reportName")
    return Manifest(
        path=path,
        delivery=delivery,
        period=_period(document, path, named),
        report=report if isinstance(report, str) else "",
        keys=named,
        delivered=_stamp(delivery) or _stamp(_folder_with(delivery, named)) or modified,
    )


def chosen(manifests: Sequence[Manifest], paths: Collection[str]) -> Choice:
    """Which of the files at ``paths`` count: those that the newest manifest of each period names.

    Paths are whole, so that the folder of the period shows. A manifest none of whose files is there says
    nothing. Files in the period's folder that the newest one does not name are superseded, and so is
    whatever an older manifest names, wherever it is.
    """
    known = set(paths)
    present = [(one, found) for one in manifests if (found := _found(one, known))]
    present.sort(key=lambda pair: _group(pair[0]))
    named: dict[str, Manifest] = {}
    older: dict[str, str] = {}
    scopes: dict[str, str] = {}
    missing: list[str] = []
    for _, group in groupby(present, key=lambda pair: _group(pair[0])):
        ranked = sorted(group, key=lambda pair: _newness(pair[0]))
        newest, found = ranked[-1]
        named |= dict.fromkeys(found.values(), newest)
        missing += [key for key in newest.keys if key not in found]
        older |= {path: newest.delivery for _, files in ranked[:-1] for path in files.values()}
        scopes |= {scope: newest.delivery for path in found.values() if (scope := _scope(path, newest))}
    for path in known:
        scope = next((one for one in _folders(path) if one in scopes), None)
        if scope is not None:
            older.setdefault(path, scopes[scope])
    superseded = {path: delivery for path, delivery in older.items() if path not in named}
    return Choice(named=named, superseded=superseded, missing=tuple(missing))


def _key(key: str) -> str:
    return key.split("/", 3)[-1] if key.startswith("s3://") else key.lstrip("/")


def _period(document: Mapping[str, object], path: str, keys: Iterable[str]) -> str:
    period = document.get("billingPeriod")
    if isinstance(period, dict) and isinstance(period.get("start"), str):
        return re.sub(r"\D", "", period["start"])[:6]
    for text in (path, *keys):
        found = re.search(r"billing_period=(\d{4})-(\d{2})", text, re.IGNORECASE)
        if found:
            return found[1] + found[2]
        found = re.search(r"(?:^|/)(\d{6})\d{2}-\d{8}/", text)
        if found:
            return found[1]
    return ""


def _stamp(text: str) -> datetime | None:
    found = _STAMP.search(text)
    if not found:
        return None
    try:
        return datetime(*map(int, found.groups()), tzinfo=UTC)  # type: ignore[misc, arg-type]
    except ValueError:
        return None


def _folder_with(delivery: str, keys: Sequence[str]) -> str:
    """The folder of a "create new" delivery, ``<time>-<execution>``."""
    return next((piece for piece in keys[0].split("/")[:-1] if delivery in piece), "")


def _group(manifest: Manifest) -> tuple[str, str]:
    """Manifests of one report and billing period compete."""
    pieces = manifest.path.split("/")
    name = manifest.report or pieces[-1]
    return name, manifest.period


def _newness(manifest: Manifest) -> tuple[bool, float, str]:
    """The manifest of the period comes first: AWS rewrites it, and a copy may have lost its time."""
    when = manifest.delivered.timestamp() if manifest.delivered else 0.0
    is_of_period = manifest.delivery not in manifest.folder.rpartition("/")[2]
    return is_of_period, when, manifest.delivery


def _found(manifest: Manifest, known: Collection[str]) -> dict[str, str]:
    """The path of each key that is there: the longest end of the key below a folder of the manifest."""
    return {key: path for key in manifest.keys if (path := _place(manifest, key, known))}


def _place(manifest: Manifest, key: str, known: Collection[str]) -> str | None:
    pieces = key.split("/")
    for at in range(len(pieces)):
        end = "/".join(pieces[at:])
        last = at == len(pieces) - 1
        for folder in [manifest.folder] if last else _folders(manifest.path):
            path = f"{folder}/{end}" if folder else end
            if path in known:
                return path
    return None


def _folders(path: str) -> list[str]:
    """The folders of a path, the nearest first, "" being the last."""
    pieces = path.split("/")[:-1]
    return ["/".join(pieces[:end]) for end in range(len(pieces), -1, -1)]


def _scope(path: str, manifest: Manifest) -> str | None:
    """The folder that holds all deliveries of the file's period; None where none can be told."""
    for folder in _folders(path):
        name = folder.rpartition("/")[2]
        if _PERIOD.fullmatch(name):
            return folder
    folder, _, _ = path.rpartition("/")
    above, _, name = folder.rpartition("/")
    return above if above and manifest.delivery in name else None
