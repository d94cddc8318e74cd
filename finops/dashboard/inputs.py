"""Which data are shown? The uploaded files, else the sample, each content read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256

import streamlit as st

from finops.errors import FinOpsError
from finops.estate import Estate, Filters, load_estate
from finops.ingest import InputFile

MAX_ESTATES = 6


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
FURTHER_FILES = (
    Input(
        name="billing",
        label="Bill (FOCUS columns)",
        types=("csv", "parquet"),
        help="Charges by day and resource. With a bill, money comes from its last full month.",
    ),
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


def read_estate(uploads: Sequence[Upload], as_of: date | None) -> Estate:
    """The estate of these files, or the sample without any. Raises FinOpsError as ``load_estate``."""
    identities = tuple((upload.kind, upload.file.name, upload.digest) for upload in uploads)
    files = {upload.kind: upload.file for upload in uploads}
    # Resource lists without a date count up to today: tomorrow is another key.
    outcome = _read(identities, as_of, datetime.now(UTC).date(), files)
    if isinstance(outcome, FinOpsError):
        raise outcome
    return outcome


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
    _files: Mapping[str, InputFile],
) -> Estate | FinOpsError:
    # A file that cannot be read is remembered as such, or it would be read again on every rerun.
    try:
        return load_estate(**_files, as_of=as_of)
    except FinOpsError as error:
        return error
