"""Which data are shown? The uploaded files, else the sample, each content read once.

A bill may also be named by where it is. The server reads it then, with its own rights: ``Access`` says
what a reader of the dashboard may name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from finops.dashboard.wording import named
from finops.errors import FileUnreadable, FinOpsError
from finops.estate import Estate, Filters, load_estate
from finops.ingest import InputFile, Progress
from finops.ingest.files import shown, unreadable

MAX_ESTATES = 6
DIRECT_BYTES = 5 * 2**20
ROOT_VARIABLE = "FINOPS_BILLS"

_S3 = "s3://"
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_PASSED_ON = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A kind of file that may be uploaded. ``name`` is its argument of ``load_estate``."""

    name: str
    label: str
    types: tuple[str, ...]
    help: str


RESOURCE_LISTS = (
    Input(
        name="ec2",
        label="EC2 resource list (CSV)",
        types=("csv",),
        help="One row an instance: ResourceId, Region, InstanceType, State, CostUSD (dollars an hour), "
        "Tags, CreationDate … Columns in any order and case. As soon as a file is given, nothing comes "
        "from the sample.",
    ),
    Input(
        name="s3",
        label="S3 resource list (CSV)",
        types=("csv",),
        help="One row a bucket: BucketName, Region, StorageClass, CostUSD (dollars a month), "
        "TotalSizeGB, Encryption, Tags … Columns in any order and case.",
    ),
)
BILL = Input(
    name="billing",
    label="Files of the bill",
    types=("csv", "gz", "zip", "parquet"),
    help="A Cost and Usage Report (CUR, CUR 2.0) or a FOCUS export, in one file or several. With one, "
    "money comes from its last full month. What is too large to upload is read from its folder.",
)
FURTHER_FILES = (
    Input(
        name="usage",
        label="Hourly usage",
        types=("csv", "parquet"),
        help="Hour, Region, InstanceType, Quantity. The evidence for commitments.",
    ),
    Input(
        name="commitments",
        label="Owned commitments",
        types=("json", "csv"),
        help="Reserved Instances and Savings Plans, or AWS's describe-… JSON.",
    ),
    Input(
        name="accounts",
        label="Accounts",
        types=("csv", "parquet"),
        help="Accounts with their names and owners.",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came, for the argument ``kind`` of ``load_estate``, and the digest of its bytes."""

    kind: str
    file: InputFile
    digest: str


def upload_of(kind: str, name: str, content: bytes) -> Upload:
    """The upload with the digest of its content."""
    return Upload(kind=kind, file=InputFile(name, content), digest=sha256(content).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenBill:
    """The bill that was chosen: uploads, or where it is. ``attempt`` grows when it is read again."""

    uploads: tuple[Upload, ...] = ()
    location: str = ""
    attempt: int = 0

    @property
    def name(self) -> str:
        return self.location or named(upload.file.name for upload in self.uploads)

    @property
    def is_small(self) -> bool:
        """Whether it is read at once, without progress."""
        return not self.location and sum(len(one.file.data) for one in self.uploads) < DIRECT_BYTES

    def key(self, uploads: Sequence[Upload], as_of: date | None) -> tuple[object, ...]:
        """All that an estate of this bill and these other files depends on."""
        today = datetime.now(UTC).date()
        return (self.location, self.attempt, _identities([*uploads, *self.uploads]), as_of, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Which bills of the server may be named: any on its own machine, else what lies below ``root``.

    ``root`` is a folder, an ``s3://`` prefix or empty; with one, nothing else may be named by anybody.
    """

    root: str
    is_private: bool

    def refusal(self, way: Literal["folder", "s3"]) -> str | None:
        """Why nothing can be named in this way, for people; None where it can."""
        if not self.root and not self.is_private:
            return (
                "Others may reach this dashboard, so it reads nothing with the rights of its server. "
                f"Whoever runs it can allow one place for bills: {ROOT_VARIABLE} names it."
            )
        if self.root and _is_s3(self.root) != (way == "s3"):
            place = "a prefix in S3" if _is_s3(self.root) else "a folder of this server"
            return f"Here bills come from {place} ({ROOT_VARIABLE}), or are uploaded."
        return None

    def checked(self, location: str) -> str:
        """The location as it is read: an s3:// URL, or a path without links. Raises FileUnreadable."""
        if refusal := self.refusal("s3" if _is_s3(location) else "folder"):
            raise FileUnreadable(f"{shown(location)}: {refusal}")
        if _is_s3(location):
            return self._checked_prefix(_S3 + location[len(_S3) :])
        if "://" in location:
            raise FileUnreadable(f"{shown(location)}: expected a path or {_S3}bucket/prefix")
        return self._checked_path(location)

    def _checked_prefix(self, url: str) -> str:
        bucket, *keys = url[len(_S3) :].split("/")
        if not bucket or {".", ".."} & {bucket, *keys}:
            raise FileUnreadable(f"{shown(url)}: expected {_S3}bucket/prefix")
        if self.root and not f"{url}/".startswith(f"{_S3}{self.root[len(_S3) :].rstrip('/')}/"):
            raise FileUnreadable(f"{shown(url)}: bills come from below {self.root} ({ROOT_VARIABLE})")
        return url

    def _checked_path(self, location: str) -> str:
        try:
            if not self.root:
                return str(Path(location).expanduser().resolve())
            root = Path(self.root).resolve()
            path = (root / location).resolve()
        except (OSError, ValueError) as error:
            raise unreadable(location, error) from error
        except RuntimeError as error:  # an unknown ~user, a circle of links
            raise FileUnreadable(
                f"{shown(location)}: cannot be read: {error}; check the path"
            ) from error
        # Before anything else is said of it: whether a file exists is nobody's business either.
        if not path.is_relative_to(root):
            raise FileUnreadable(f"{shown(location)}: bills come from below {root} ({ROOT_VARIABLE})")
        if outside := _link_outside(path, root):
            raise FileUnreadable(f"{shown(outside)}: this link leads out of {root} ({ROOT_VARIABLE})")
        return str(path)


def _is_s3(location: str) -> bool:
    return location.lower().startswith(_S3)


def _link_outside(folder: Path, root: Path) -> Path | None:
    """The first link below the folder, links followed, that leads out of the root."""
    pending, seen = [folder], {folder}
    while pending:
        here = pending.pop()
        try:
            below = sorted(here.iterdir()) if here.is_dir() else []
        except OSError as error:
            raise unreadable(here, error) from error
        for path in below:
            real = path.resolve() if path.is_symlink() else path
            if not real.is_relative_to(root):
                return path
            if real.is_dir() and real not in seen:
                seen.add(real)
                pending.append(real)
    return None


def access() -> Access:
    """What this server and this visit allow. A proxy on the same machine serves others, too."""
    hosts = st.get_option("server.allowedHosts")
    is_private = (
        st.get_option("server.address") in _THIS_MACHINE
        and bool(hosts)
        and _THIS_MACHINE.issuperset(hosts)
        and not any(name in st.context.headers for name in _PASSED_ON)
    )
    return Access(root=os.environ.get(ROOT_VARIABLE, "").strip(), is_private=is_private)


def read_bill(
    bill: ChosenBill, uploads: Sequence[Upload], as_of: date | None, allowed: Access, progress: Progress
) -> Estate:
    """The estate of this bill and these files. Raises FinOpsError as ``load_estate``, and Cancelled."""
    files = _files([*uploads, *bill.uploads])
    if bill.location:
        files[BILL.name] = allowed.checked(bill.location)
    return load_estate(**files, as_of=as_of, progress=progress)


def read_estate(uploads: Sequence[Upload], as_of: date | None) -> Estate:
    """The estate of these files, or the sample without any. Raises FinOpsError as ``load_estate``."""
    # Resource lists without a date count up to today: tomorrow is another key.
    outcome = _read(_identities(uploads), as_of, datetime.now(UTC).date(), _files(uploads))
    if isinstance(outcome, FinOpsError):
        raise outcome
    return outcome


def _identities(uploads: Sequence[Upload]) -> tuple[tuple[str, str, str], ...]:
    return tuple((upload.kind, upload.file.name, upload.digest) for upload in uploads)


def _files(uploads: Sequence[Upload]) -> dict[str, Any]:
    """The arguments of ``load_estate``: one file each, and of a bill all."""
    files: dict[str, Any] = {one.kind: one.file for one in uploads if one.kind != BILL.name}
    if parts := tuple(one.file for one in uploads if one.kind == BILL.name):
        files[BILL.name] = parts
    return files


def narrowed(estate: Estate, filters: Filters) -> Estate:
    """The estate as the filters leave it, worked out once."""
    return estate if filters == Filters() else _narrowed(estate.digest, repr(filters), estate, filters)


# Apart from the answers: an estate is a copy of its frames, and few of them are kept.
@st.cache_resource(max_entries=MAX_ESTATES, show_spinner="Filtering …")
def _narrowed(digest: str, filters_text: str, _estate: Estate, _filters: Filters) -> Estate:
    return _estate.narrowed(_filters)


@st.cache_resource(max_entries=MAX_ESTATES, show_spinner="Reading the data …")
def _read(
    identities: tuple[tuple[str, str, str], ...],
    as_of: date | None,
    today: date,
    _files: Mapping[str, Any],
) -> Estate | FinOpsError:
    # A file that cannot be read is remembered as such, or it would be read again on every rerun.
    try:
        return load_estate(**_files, as_of=as_of)
    except FinOpsError as error:
        return error
