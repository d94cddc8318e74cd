"""Which files make up a bill? Those of a folder, of an S3 prefix or of an upload, each content once."""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from finops.errors import EmptyInput, Issue, OutputError
from finops.files import write_whole
from finops.ingest.bills import manifests, parts_issues, remote
from finops.ingest.bills.parts_fingerprint import fingerprint, of_bytes, of_object
from finops.ingest.files import InputFile, listed, read_input, shown, tables_below, unreadable

ENDINGS = (".parquet", ".csv", ".gz", ".zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One file of a bill.

    ``name`` is for people: the path below the folder that was given, the file's or the upload's name.
    ``location`` is a local path or an s3:// URL, ``size`` its bytes, ``fingerprint`` hex that changes
    with the content. ``delivered`` (UTC) is from AWS's manifest if there is one, else when the file was
    written, None for uploads. ``delivery`` is the assembly or execution that AWS names, else the folder
    of the file, "" for single files and uploads.
    """

    name: str
    location: str
    size: int
    fingerprint: str
    delivered: datetime | None
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The files of a bill, by name, and what was left out."""

    source: str
    parts: tuple[Part, ...]
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A file before its content is looked at. ``path`` is whole: the folder of a period shows in it."""

    name: str
    path: str
    location: str
    size: int
    modified: datetime | None


def parts_of(source: str | Path | InputFile | Sequence[InputFile], spool: Path) -> Parts:
    """The files behind a path, a folder, ``s3://bucket/prefix`` or uploads, sorted by name.

    Uploads are written once to ``spool``, under the SHA-256 of their bytes. Of several deliveries of one
    billing period only the one that AWS's newest manifest names counts. Issues: ``file_skipped``,
    ``empty_file``, ``superseded_delivery``, ``missing_file``, ``duplicate_file``. Raises FileUnreadable
    for what is missing or may not be read, EmptyInput where nothing is left, OutputError for the spool.
    """
    if isinstance(source, InputFile):
        return _of_uploads((source,), spool)
    if not isinstance(source, str | Path):
        return _of_uploads(source, spool)
    if isinstance(source, str) and remote.is_remote(source):
        return _of_prefix(source)
    try:
        status = Path(source).stat()
    except (OSError, ValueError) as error:
        raise unreadable(source, error) from error
    if stat.S_ISDIR(status.st_mode):
        return _of_folder(Path(source))
    if not stat.S_ISREG(status.st_mode):
        return _of_uploads((read_input(source),), spool)
    path = Path(source)
    only = _Found(
        name=shown(path.name),
        path=str(path),
        location=str(path),
        size=status.st_size,
        modified=_utc(path),
    )
    return _chosen(shown(source), [only], [], [], _fingerprints, single=True)


def _of_folder(folder: Path) -> Parts:
    try:
        tables, skipped = tables_below(folder, ENDINGS)
        found = [_local(folder, path) for path in tables]
        read = [_manifest(folder / name) for name, _ in skipped if manifests.is_manifest(name)]
    except OSError as error:
        raise unreadable(error.filename or folder, error) from error
    skipped = [(name, reason) for name, reason in skipped if not manifests.is_manifest(name)]
    known = [one for one in read if one is not None]
    return _chosen(shown(folder), found, skipped, known, _fingerprints)


def _of_prefix(url: str) -> Parts:
    listing = remote.objects(url)
    key = url[len(remote.SCHEME) :].partition("/")[2]
    if len(listing) == 1 and listing[0].key == key:
        name = key.rpartition("/")[2]
        return _chosen(url, [_remote(listing[0], name)], [], [], _etag_fingerprints, single=True)
    above = key.rpartition("/")[0]
    start = len(above) + 1 if above else 0
    found, skipped, read = [], [], []
    for one in listing:
        name = one.key[start:]
        *folders, file = name.split("/")
        is_table = file.lower().endswith(ENDINGS)
        if any(piece.startswith((".", "_")) for piece in folders) or file.startswith("."):
            if is_table:
                skipped.append((name, "hidden"))
        elif is_table:
            found.append(_remote(one, name))
        elif manifests.is_manifest(file):
            with remote.open_file(one.url) as content:
                read.append(manifests.parsed(one.key, content.read(), one.modified))
        elif file and not (file.startswith("_") and "." not in file):
            skipped.append((name, "neither CSV nor Parquet"))
    known = [one for one in read if one is not None]
    return _chosen(url, found, skipped, known, _etag_fingerprints)


def _of_uploads(uploads: Sequence[InputFile], spool: Path) -> Parts:
    if not uploads:
        raise EmptyInput("no file was given; expected a bill")
    source = ", ".join(file.name for file in uploads)
    counted = [file for file in uploads if file.data and not manifests.is_manifest(file.name)]
    issues = [issue for file in uploads for issue in file.issues]
    issues += parts_issues.skipped(
        source, [(file.name, "a manifest") for file in uploads if manifests.is_manifest(file.name)]
    )
    empty = [file.name for file in uploads if not file.data]
    if not counted:
        raise EmptyInput(
            f"{source}: {parts_issues.nothing_left(empty, ENDINGS, single=len(uploads) == 1)}"
        )
    issues += parts_issues.empty(source, empty)
    parts = [_spooled(file, spool) for file in counted]
    parts.sort(key=lambda part: part.name)
    kept, doubled = _each_once(source, parts, [part.fingerprint for part in parts])
    return Parts(source=source, parts=kept, issues=(*issues, *doubled))


def _spooled(file: InputFile, spool: Path) -> Part:
    digest = of_bytes(file.data)
    path = spool / digest
    if not path.exists():
        try:
            spool.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot write {spool}: {error.strerror}; name another folder") from error
        write_whole(path, file.data, 0o600)
    return Part(
        name=file.name,
        location=str(path),
        size=len(file.data),
        fingerprint=digest,
        delivered=None,
        delivery="",
    )


def _local(folder: Path, path: Path) -> _Found:
    return _Found(
        name=shown(path.relative_to(folder).as_posix()),
        path=path.absolute().as_posix(),
        location=str(path),
        size=path.stat().st_size,
        modified=_utc(path),
    )


def _remote(one: remote.RemoteObject, name: str) -> _Found:
    return _Found(name=name, path=one.key, location=one.url, size=one.size, modified=one.modified)


def _manifest(path: Path) -> manifests.Manifest | None:
    return manifests.parsed(path.absolute().as_posix(), path.read_bytes(), _utc(path))


def _utc(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


Fingerprints = Callable[[Sequence[_Found]], list[tuple[str, str]]]


def _fingerprints(found: Sequence[_Found]) -> list[tuple[str, str]]:
    """The fingerprint of each file, and what two files of the same content have in common: the same."""
    digests = [fingerprint(one.location) for one in found]
    return list(zip(digests, digests, strict=True))


def _etag_fingerprints(found: Sequence[_Found]) -> list[tuple[str, str]]:
    tags = remote.etags([one.location for one in found])
    return [
        (of_object(tag, one.size, one.path), f"{tag or one.path}/{one.size}")
        for tag, one in zip(tags, found, strict=True)
    ]


def _chosen(
    source: str,
    found: Sequence[_Found],
    skipped: Sequence[tuple[str, str]],
    known: Sequence[manifests.Manifest],
    fingerprints: Fingerprints,
    *,
    single: bool = False,
) -> Parts:
    empty = [one.name for one in found if not one.size]
    filled = [one for one in found if one.size]
    choice = manifests.chosen(known, {one.path for one in found})
    counted = [one for one in filled if one.path not in choice.superseded]
    if not counted:
        others = f"; it holds {listed(skipped)}" if skipped and not empty else ""
        raise EmptyInput(f"{source}: {parts_issues.nothing_left(empty, ENDINGS, single=single)}{others}")
    prints = dict(zip((one.location for one in counted), fingerprints(counted), strict=True))
    counted.sort(key=lambda one: (one.path not in choice.named, one.name))  # what AWS names wins
    parts = [_part(one, prints[one.location][0], choice, single=single) for one in counted]
    kept, doubled = _each_once(source, parts, [prints[part.location][1] for part in parts])
    old = [one.name for one in found if one.path in choice.superseded]
    replaced_by = sorted(set(choice.superseded.values()))
    issues = (
        *parts_issues.skipped(source, skipped),
        *parts_issues.empty(source, empty),
        *parts_issues.superseded(source, old, replaced_by),
        *parts_issues.missing(source, choice.missing),
        *doubled,
    )
    return Parts(source=source, parts=kept, issues=issues)


def _part(found: _Found, digest: str, choice: manifests.Choice, *, single: bool) -> Part:
    manifest = choice.named.get(found.path)
    folder = found.name.rpartition("/")[0] or found.path.rpartition("/")[0].rpartition("/")[2]
    return Part(
        name=found.name,
        location=found.location,
        size=found.size,
        fingerprint=digest,
        delivered=(manifest.delivered if manifest else None) or found.modified,
        delivery=manifest.delivery if manifest else "" if single else folder,
    )


def _each_once(
    source: str, parts: Sequence[Part], contents: Sequence[str]
) -> tuple[tuple[Part, ...], tuple[Issue, ...]]:
    """The first part of each content, by name, and an issue that names the others."""
    first: dict[str, Part] = {}
    pairs: list[tuple[str, str]] = []
    for part, content in zip(parts, contents, strict=True):
        if content in first:
            pairs.append((part.name, first[content].name))
        else:
            first[content] = part
    kept = sorted(first.values(), key=lambda part: part.name)
    return tuple(kept), parts_issues.doubled(source, pairs)
