"""Which Reserved Instances and Savings Plans are owned? The ``commitments`` frame.

Read are a JSON array or a CSV (or Parquet) with the columns of the frame, and the JSON of AWS's own
``describe-reserved-instances`` and ``describe-savings-plans``. What a row must say depends on its
Kind; the rest has the default that AWS has.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from finops.errors import Issue
from finops.ingest.columns import received
from finops.ingest.commitment_files import read_entries
from finops.ingest.commitment_words import (
    COMPUTE_PLAN,
    EC2_PLAN,
    RESERVED,
    TERMS,
    kinds_of,
    lines_aside,
    mapped,
    refusal,
    refused_rows,
    with_known_words,
)
from finops.ingest.ec2_list import known_platform
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile
from finops.ingest.provenance import FileInfo, Loaded
from finops.schema import COMMITMENT_KINDS, COMMITMENTS, SET_ASIDE, concat

_NEEDED = {
    RESERVED: ("InstanceType", "Quantity"),
    EC2_PLAN: ("InstanceFamily", "Region", "HourlyCommitmentUSD"),
    COMPUTE_PLAN: ("HourlyCommitmentUSD",),
}
_STATES = {
    "active": "active",
    "queued": "queued",
    "payment-pending": "queued",
    "retired": "retired",
    "payment-failed": "retired",
    "queued-deleted": "retired",
    "pending-return": "retired",
    "returned": "retired",
}
_MOST = 1e18
_NEARLY = 0.02  # of a year, a week
_ALWAYS = pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")


def read_commitments(file: InputFile) -> Loaded:
    """Read owned commitments. The money of a row is that of all its instances together.

    Needed: of a Reserved Instance InstanceType, Quantity and (unless AWS's answer leaves it out)
    Region; of an EC2 Instance plan InstanceFamily, Region and HourlyCommitmentUSD; of a Compute plan
    HourlyCommitmentUSD. Defaults: active, shared, regional, Linux/UNIX, default tenancy, standard. A
    row without Start or End counts always (``term_open``). A file without one commitment is of an
    account that owns nothing: an empty frame and ``no_commitments``. Set aside are plans for other
    services, rows with a word that AWS does not have (``commitment_unreadable``) and exact copies of
    a row. Raises FrameError for a cell that cannot be read and where every row is unreadable,
    UnknownFormat for a file of another kind, CurrencyError for a commitment in another currency.
    """
    entries = read_entries(file)
    read = entries.read
    info = FileInfo(
        path=file.name,
        kind="commitments",
        format=entries.format,
        rows=len(read.frame) + entries.unsupported,
        set_aside_rows=entries.unsupported,
        currency="USD",
    )
    if read.frame.empty:
        return Loaded(frame=COMMITMENTS.empty(), info=info, issues=(*read.issues, _nothing_owned(file)))
    refused = refused_rows(read.frame)
    unreadable = refusal(read, refused)
    kept = replace(
        read,
        frame=read.frame[~refused.rows].reset_index(drop=True),
        numbers=read.numbers[~refused.rows],
    )
    frame, issues = _completed(kept)
    copies = frame.duplicated().to_numpy()
    repeated = frame["CommitmentId"].duplicated().to_numpy() & ~copies
    if repeated.any():
        raise kept.error("CommitmentId", repeated, "an id that no earlier row has")
    issues += kept.report("duplicate_row", "set aside: exact copies of a row", copies, set_aside=True)
    lines = [
        lines_aside(read, refused.rows, "commitment_unreadable", refused.reasons),
        lines_aside(kept, copies, "duplicate_row", ["an exact copy of an earlier one"] * copies.sum()),
    ]
    aside = int(copies.sum() + refused.rows.sum())
    return Loaded(
        frame=COMMITMENTS.conform(frame[~copies]),
        info=replace(info, set_aside_rows=aside + entries.unsupported),
        issues=(*read.issues, *unreadable, *issues),
        set_aside=concat(lines, SET_ASIDE),
    )


def _nothing_owned(file: InputFile) -> Issue:
    return Issue(
        severity="info",
        code="no_commitments",
        message="the file names no Reserved Instance and no Savings Plan for compute: none is owned",
        file=file.name,
    )


def _completed(read: FrameFile) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """The frame with AWS's words and defaults, after every row has been held against its Kind."""
    frame = with_known_words(read.frame)
    kinds = kinds_of(frame)
    states = frame["State"].fillna("active").str.lower()
    _check(read, kinds, states)
    reserved = kinds == RESERVED
    zonal = frame["AvailabilityZone"].notna()
    scopes = frame["Scope"].mask(frame["Scope"].isna() & zonal, "Availability Zone").fillna("Region")
    platforms = mapped(frame["Platform"], known_platform)
    completed = frame.assign(
        CommitmentId=frame["CommitmentId"].fillna(pd.Series(_numbered(read), dtype="str")),
        Kind=kinds,
        State=states.map(_STATES),
        Sharing=frame["Sharing"].fillna(True),
        OfferingClass=_default(frame["OfferingClass"], "standard", reserved),
        TermYears=_terms(frame),
        Scope=scopes.where(reserved),
        Platform=_default(platforms, "Linux/UNIX", reserved),
        Tenancy=_default(frame["Tenancy"], "default", reserved),
        Start=frame["Start"].fillna(_ALWAYS[0]),
        End=frame["End"].fillna(_ALWAYS[1]),
    )
    backwards = (completed["End"] <= completed["Start"]).to_numpy()
    if backwards.any():
        raise read.error("End", backwards, "a time after Start")
    return COMMITMENTS.conform(completed), _issues(read, completed, states, reserved)


def _default(texts: pd.Series, word: str, rows: pd.Series) -> pd.Series:
    return texts.mask(texts.isna() & rows, word)


def _numbered(read: FrameFile) -> list[str]:
    return [f"commitment-{number}" for number in read.numbers]


def _check(read: FrameFile, kinds: pd.Series, states: pd.Series) -> None:
    frame = read.frame
    if kinds.isna().any():
        raise read.error("Kind", kinds.isna().to_numpy(), f"one of {received(COMMITMENT_KINDS)}")
    unknown = ~states.isin(list(_STATES)).to_numpy()
    if unknown.any():
        raise read.error("State", unknown, f"one of {received(list(_STATES))}")
    for kind, names in _NEEDED.items():
        for name in names:
            missing = ((kinds == kind) & frame[name].isna()).to_numpy()
            if missing.any():
                raise read.error(name, missing, f"a value, which a {kind} needs")
    for name in ("Quantity", "HourlyCommitmentUSD", "UpfrontUSD", "RecurringHourlyUSD"):
        wrong = ((frame[name] < 0) | (frame[name] >= _MOST)).to_numpy()
        if wrong.any():
            raise read.error(name, wrong, "a number of 0 or more, below 1e18")


def _issues(
    read: FrameFile, completed: pd.DataFrame, states: pd.Series, reserved: pd.Series
) -> tuple[Issue, ...]:
    frame = read.frame
    no_id = frame["CommitmentId"].isna().to_numpy()
    opened = (frame["Start"].isna() | frame["End"].isna()).to_numpy()
    no_region = (reserved & frame["Region"].isna()).to_numpy()
    no_price = (reserved & frame["UpfrontUSD"].isna() & frame["RecurringHourlyUSD"].isna()).to_numpy()
    odd_term = (completed["TermYears"].isna() & (frame["UpfrontUSD"] > 0)).to_numpy(dtype=bool)
    changed = ~states.isin(["active", "queued", "retired"]).to_numpy()
    return (
        *read.report("commitment_without_id", "have no id and are numbered", no_id, severity="info"),
        *read.report("term_open", "have no Start or no End and count on that side always", opened),
        *read.report(
            "state_mapped", "count as queued or retired, whichever is nearer", changed, severity="info"
        ),
        *read.report(
            "commitment_region_unknown",
            'say no region (AWS leaves it out) and cover nothing; add "Region" to the entry',
            no_region,
        ),
        *read.report(
            "term_unknown",
            "have an upfront and a term of neither 1 nor 3 years (bought on the Marketplace?): "
            "TermYears is null, and what the upfront comes to an hour is unknown",
            odd_term,
        ),
        *read.report(
            "commitment_price_unknown", "have neither UpfrontUSD nor RecurringHourlyUSD", no_price
        ),
    )


def _terms(frame: pd.DataFrame) -> pd.Series:
    """TermYears, where it is absent from Start and End if they are 1 or 3 years apart."""
    apart = (frame["End"] - frame["Start"]).dt.days / 365.25
    years = apart.round()
    whole = years.isin(TERMS) & ((apart - years).abs() < _NEARLY)
    return frame["TermYears"].fillna(years.where(whole).astype("Int64"))
