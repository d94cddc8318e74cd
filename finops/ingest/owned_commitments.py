"""Which Reserved Instances and Savings Plans are owned? The ``commitments`` frame.

Read are a JSON array or a CSV (or Parquet) with the columns of the frame, and the JSON of AWS's own
``describe-reserved-instances`` and ``describe-savings-plans``. What a row must say depends on its
Kind; the rest has the default that AWS has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from finops.errors import EmptyInput, Issue, UnknownFormat
from finops.ingest.aws_commitments import Entry, Texts, reserved_instance, savings_plan
from finops.ingest.columns import folded, match, received
from finops.ingest.decoding import decode
from finops.ingest.ec2_list import known_platform
from finops.ingest.files import InputFile
from finops.ingest.frame_files import FrameFile, frame_of_texts, places, read_frame_file
from finops.ingest.provenance import FileInfo, Loaded
from finops.ingest.sheet import cell_texts
from finops.schema import COMMITMENT_KINDS, COMMITMENTS

RESERVED, EC2_PLAN, COMPUTE_PLAN = COMMITMENT_KINDS
_LENIENT = replace(COMMITMENTS, required=("Kind",))
_KINDS = {
    **{folded(kind): kind for kind in COMMITMENT_KINDS},
    "ri": RESERVED,
    "reservedinstances": RESERVED,
    "ec2instance": EC2_PLAN,
    "ec2instancesavingsplans": EC2_PLAN,
    "compute": COMPUTE_PLAN,
    "computesavingsplans": COMPUTE_PLAN,
}
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
_ALWAYS = pd.Timestamp("2000-01-01", tz="UTC"), pd.Timestamp("2100-01-01", tz="UTC")


def read_commitments(file: InputFile) -> Loaded:
    """Read owned commitments. The money of a row is that of all its instances together.

    Needed: of a Reserved Instance InstanceType, Quantity and (unless AWS's answer leaves it out)
    Region; of an EC2 Instance plan InstanceFamily, Region and HourlyCommitmentUSD; of a Compute plan
    HourlyCommitmentUSD. Defaults: active, shared, regional, Linux/UNIX, default tenancy, standard. A
    row without Start or End counts always (``term_open``). Plans for other services, and exact copies
    of a row, are set aside. Raises FrameError for a row that cannot be read, UnknownFormat for a file
    of another kind, CurrencyError for a commitment in another currency.
    """
    read, format_name, others = _entries(file)
    frame, issues = _completed(read)
    copies = frame.duplicated().to_numpy()
    repeated = frame["CommitmentId"].duplicated().to_numpy() & ~copies
    if repeated.any():
        raise read.error("CommitmentId", repeated, "an id that no earlier row has")
    issues += read.report("duplicate_row", "set aside: exact copies of a row", copies, set_aside=True)
    return Loaded(
        frame=COMMITMENTS.conform(frame[~copies]),
        info=FileInfo(
            path=file.name,
            kind="commitments",
            format=format_name,
            rows=len(frame) + sum(issue.rows for issue in others),
            set_aside_rows=int(copies.sum()) + sum(issue.rows for issue in others),
            currency="USD",
        ),
        issues=(*read.issues, *others, *issues),
    )


def _entries(file: InputFile) -> tuple[FrameFile, str, tuple[Issue, ...]]:
    """The rows, what the format is called, and what of the file is for other services."""
    if file.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"[", b"{"}:
        return read_frame_file(file, _LENIENT), "commitments", ()
    document = _json(file)
    if isinstance(document, dict):
        keys = {folded(name): value for name, value in document.items()}
        if "reservedinstances" in keys:
            rows = [
                reserved_instance(entry, f"{file.name}, entry {number}")
                for number, entry in enumerate(_objects(keys["reservedinstances"], file), start=1)
            ]
            return _frame_of(file, rows), "aws-reserved-instances", ()
        if "savingsplans" in keys:
            plans = _objects(keys["savingsplans"], file)
            found = [
                savings_plan(entry, f"{file.name}, entry {number}")
                for number, entry in enumerate(plans, start=1)
            ]
            others = [number for number, plan in enumerate(found, start=1) if plan is None]
            rows = [plan for plan in found if plan is not None]
            return _frame_of(file, rows), "aws-savings-plans", _other_plans(file, others)
        document = keys.get("commitments")
    return _plain_objects(file, _objects(document, file)), "commitments", ()


def _json(file: InputFile) -> object:
    text, _ = decode(file)
    try:
        document: object = json.loads(text.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        raise UnknownFormat(f"{file.name}: this is not readable as JSON: {error}") from error
    return document


def _objects(value: object, file: InputFile) -> list[Entry]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise UnknownFormat(
            f"{file.name}: expected a JSON array of commitments, or the answer of AWS's "
            "describe-reserved-instances or describe-savings-plans"
        )
    return value


def _plain_objects(file: InputFile, entries: Sequence[Entry]) -> FrameFile:
    header = list(dict.fromkeys(name for entry in entries for name in entry))
    if not header:
        raise EmptyInput(f"{file.name}: the file holds not one commitment")
    found = places(header, _LENIENT, None, file.name)
    for entry in entries:
        match(list(entry), COMMITMENTS.columns, file.name)
    by_name = {header[at]: name for name, at in found.items()}
    rows = [{by_name[key]: value for key, value in entry.items() if key in by_name} for entry in entries]
    texts = {
        name: cell_texts(pd.Series([row.get(name) for row in rows], dtype="object")) for name in found
    }
    return frame_of_texts(file, _LENIENT, texts, len(rows))


def _frame_of(file: InputFile, rows: Sequence[Texts]) -> FrameFile:
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["Kind"]
    texts = {name: [row.get(name, "") for row in rows] for name in names}
    return frame_of_texts(file, _LENIENT, texts, len(rows))


def _other_plans(file: InputFile, numbers: Sequence[int]) -> tuple[Issue, ...]:
    if not numbers:
        return ()
    return (
        Issue(
            severity="warning",
            code="commitment_not_supported",
            message=f"{len(numbers)} plan(s) set aside: neither Compute nor EC2 Instance plans",
            file=file.name,
            rows=len(numbers),
            row_numbers=tuple(numbers),
            set_aside=True,
        ),
    )


def _completed(read: FrameFile) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """The frame with AWS's words and defaults, after every row has been held against its Kind."""
    frame = read.frame
    kinds = _mapped(frame["Kind"], lambda text: _KINDS.get(folded(text)))
    states = frame["State"].fillna("active").str.lower()
    _check(read, kinds, states)
    reserved = kinds == RESERVED
    zonal = frame["AvailabilityZone"].notna()
    scopes = frame["Scope"].mask(frame["Scope"].isna() & zonal, "Availability Zone").fillna("Region")
    platforms = _mapped(frame["Platform"], known_platform)
    completed = frame.assign(
        CommitmentId=frame["CommitmentId"].fillna(pd.Series(_numbered(read), dtype="str")),
        Kind=kinds,
        State=states.map(_STATES),
        Sharing=frame["Sharing"].fillna(True),
        OfferingClass=_default(frame["OfferingClass"].str.lower(), "standard", reserved),
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
    return COMMITMENTS.conform(completed), _issues(read, states, reserved)


def _mapped(texts: pd.Series, meaning: Callable[[str], str | None]) -> pd.Series:
    return texts.map(meaning, na_action="ignore").astype("str")


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
        wrong = (frame[name] < 0).to_numpy() | np.isinf(frame[name].to_numpy())
        if wrong.any():
            raise read.error(name, wrong, "a finite number of 0 or more")


def _issues(read: FrameFile, states: pd.Series, reserved: pd.Series) -> tuple[Issue, ...]:
    frame = read.frame
    no_id = frame["CommitmentId"].isna().to_numpy()
    opened = (frame["Start"].isna() | frame["End"].isna()).to_numpy()
    no_region = (reserved & frame["Region"].isna()).to_numpy()
    no_price = (reserved & frame["UpfrontUSD"].isna() & frame["RecurringHourlyUSD"].isna()).to_numpy()
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
            "commitment_price_unknown", "have neither UpfrontUSD nor RecurringHourlyUSD", no_price
        ),
    )


def _terms(frame: pd.DataFrame) -> pd.Series:
    """TermYears, where it is absent from Start and End if they are 1 or 3 years apart."""
    years = ((frame["End"] - frame["Start"]).dt.days / 365.25).round()
    return frame["TermYears"].fillna(years.where(years.isin([1, 3])).astype("Int64"))
