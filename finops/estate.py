"""What is the estate? One frozen bundle of frames with where each came from and what was wrong.

``load_estate`` reads files through ``finops.ingest``; with none it reads the sample in ``data/``.
Frames that were not given are empty. ``as_of`` is a UTC date, inclusive: rows of the bill, of usage
and of metrics after it are left out and named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

from finops import ingest, tags
from finops.errors import EmptyInput, InputError, Issue
from finops.ingest import Bill, Diagnosis, FileInfo, InputFile, Loaded, Progress, Source
from finops.ingest.as_of import counted_until, last_complete_day, with_accounts
from finops.periods import Month, Span, last_full_month
from finops.schema import (
    ACCOUNTS,
    COMMITMENTS,
    COSTS,
    EC2,
    METRICS,
    NO_VALUE,
    S3,
    SET_ASIDE,
    USAGE,
    Frame,
    concat,
)

SAMPLE_FOLDER = Path(__file__).resolve().parent.parent / "data"
SAMPLE_FILES: Mapping[str, str] = {
    "ec2": "aws_resources_compute.csv",
    "s3": "aws_resources_S3.csv",
    "costs": "costs.parquet",
    "usage": "usage.parquet",
    "commitments": "commitments.json",
    "accounts": "accounts.csv",
}
SAMPLE_DATE = "sample.json"
DOLLARS = "USD"

_SCHEMAS: Mapping[str, Frame] = {
    "ec2": EC2,
    "s3": S3,
    "costs": COSTS,
    "usage": USAGE,
    "commitments": COMMITMENTS,
    "metrics": METRICS,
    "accounts": ACCOUNTS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a reader wants to see. Empty means all; ``NO_VALUE`` stands for rows without a value."""

    regions: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estate:
    """All frames (each in its schema), ``as_of``, provenance and issues. Never changed in place.

    ``set_aside`` has a row per line of an input that no figure contains (``schema.SET_ASIDE``).
    ``billed`` are the days of the bill up to ``as_of``, and ``currency`` is its currency: None without
    a bill, and whatever the filters those of the whole bill. ``diagnosis`` is what the doctor says of a
    report; None for charges that came as a costs frame. ``digest`` is the SHA-256 of the input
    names and bytes, ``as_of`` and the filters: equal digests mean equal estates, so that it can stand
    for the estate in a cache.
    """

    ec2: pd.DataFrame
    s3: pd.DataFrame
    costs: pd.DataFrame
    usage: pd.DataFrame
    commitments: pd.DataFrame
    metrics: pd.DataFrame
    accounts: pd.DataFrame
    as_of: date
    files: tuple[FileInfo, ...]
    issues: tuple[Issue, ...]
    set_aside: pd.DataFrame
    is_sample: bool
    digest: str
    billed: Span | None = None
    currency: str | None = None
    diagnosis: Diagnosis | None = None
    filters: Filters = Filters()

    @property
    def month(self) -> Month | None:
        """The month whose dollars count: the last that the bill holds from its first day to its last.

        None without a bill, with one that holds no full month, and with one in another currency than
        dollars: money is then that of the resource lists.
        """
        return self.billed.month if self.billed is not None and self.currency == DOLLARS else None

    @property
    def has_lists(self) -> bool:
        """Whether a resource list was given; without one, resources are what the bill tells of them."""
        return any(file.kind in {"ec2", "s3"} for file in self.files)

    def narrowed(self, filters: Filters) -> Estate:
        """The estate as the filters leave it; a cleared filter means all.

        Regions narrow every frame that has one (commitments without a region, Compute plans, stay).
        States narrow instances only: a charge has no state. Teams and environments narrow what
        carries tags: instances, buckets and charges. Usage carries none and keeps all its pools.
        Tag keys match in any case, values exactly. Metrics follow their instances. Files, issues and
        what was set aside stay those of the whole input. Filtering again starts from this estate.
        """
        if filters == Filters():
            return self
        ec2 = self.ec2[
            _in(self.ec2["Region"], filters.regions)
            & _in(self.ec2["State"], filters.states)
            & _tagged(self.ec2, filters)
        ]
        s3 = self.s3[_in(self.s3["Region"], filters.regions) & _tagged(self.s3, filters)]
        costs = self.costs[_in(self.costs["RegionId"], filters.regions) & _tagged(self.costs, filters)]
        usage = self.usage[_in(self.usage["Region"], filters.regions)]
        owned = self.commitments["Region"]
        commitments = self.commitments[_in(owned, filters.regions) | owned.isna()]
        known = self.metrics["InstanceId"].isin(self.ec2["InstanceId"])
        metrics = self.metrics[~known | self.metrics["InstanceId"].isin(ec2["InstanceId"])]
        return replace(
            self,
            ec2=ec2.reset_index(drop=True),
            s3=s3.reset_index(drop=True),
            costs=costs.reset_index(drop=True),
            usage=usage.reset_index(drop=True),
            commitments=commitments.reset_index(drop=True),
            metrics=metrics.reset_index(drop=True),
            filters=filters,
            digest=_digest([self.digest.encode(), repr(astuple(filters)).encode()]),
        )

    def choices(self) -> Filters:
        """Every value that a filter can choose, sorted, ``NO_VALUE`` last where some row has none."""
        tagged = [self.ec2["Tags"], self.s3["Tags"]]
        return Filters(
            regions=_choices([self.ec2["Region"], self.s3["Region"], self.costs["RegionId"]]),
            states=_choices([self.ec2["State"]]),
            teams=_choices([tags.values_any_case(column, "Team") for column in tagged]),
            environments=_choices([tags.values_any_case(column, "Environment") for column in tagged]),
        )


def _in(values: pd.Series, chosen: Sequence[str]) -> pd.Series:
    if not chosen:
        return pd.Series(True, index=values.index)
    found = values.isin(list(chosen))
    return found | values.isna() if NO_VALUE in chosen else found


def _tagged(frame: pd.DataFrame, filters: Filters) -> pd.Series:
    kept = pd.Series(True, index=frame.index)
    for key, chosen in (("Team", filters.teams), ("Environment", filters.environments)):
        if chosen:
            kept &= _in(tags.values_any_case(frame["Tags"], key).replace("", None), chosen)
    return kept


def _choices(columns: Iterable[pd.Series]) -> tuple[str, ...]:
    values: set[str] = set()
    missing = False
    for column in columns:
        found = column.replace("", None)
        missing = missing or bool(found.isna().any())
        values.update(str(value) for value in found.dropna().unique())
    return (*sorted(values), *((NO_VALUE,) if missing else ()))


def load_estate(  # noqa: PLR0917 – optional inputs, as on the command line
    ec2: Source | None = None,
    s3: Source | None = None,
    billing: Source | Sequence[InputFile] | None = None,
    usage: Source | None = None,
    commitments: Source | None = None,
    metrics: Source | None = None,
    accounts: Source | None = None,
    as_of: date | None = None,
    progress: Progress | None = None,
) -> Estate:
    """Load an estate from paths or uploads; with none of them the sample that comes with the project.

    As soon as one input is given nothing comes from the sample. ``billing`` is a Cost and Usage Report
    or FOCUS data of any size: a file, a folder, ``s3://bucket/prefix`` or uploads; ``progress`` tells
    how far its reduction is. What the bill tells of usage and commitments counts where no file of
    theirs is given, of instances and buckets where neither list is. ``as_of`` is by default the last
    complete day of the bill, else of the usage, else today in UTC; the sample has its own. Raises an
    InputError of its own class for every input that cannot be used, Cancelled on request.
    """
    given: dict[str, InputFile] = {
        name: ingest.as_input(source)
        for name, source in (
            ("ec2", ec2),
            ("s3", s3),
            ("usage", usage),
            ("commitments", commitments),
            ("metrics", metrics),
            ("accounts", accounts),
        )
        if source is not None
    }
    is_sample = not given and billing is None
    if is_sample:
        given, billing, sample_date = _sample()
        as_of = as_of or sample_date
    if billing is not None and not isinstance(billing, str | Path | InputFile) and not billing:
        raise EmptyInput("the bill has no files; give at least one")
    bill = None
    if billing is not None:
        bill = ingest.load_bill(billing, progress, owned_given="commitments" in given)
    loaded = _loaded(given, bill)
    return _assembled(loaded, as_of or _last_day(loaded), is_sample, given, bill)


def _loaded(given: Mapping[str, InputFile], bill: Bill | None) -> dict[str, Loaded]:
    """What was given, in the order of the schemas, and what the bill tells of the rest."""
    told = {} if bill is None else dict(bill.loaded)
    if "ec2" in given or "s3" in given:
        told = {name: part for name, part in told.items() if name not in {"ec2", "s3"}}
    read = {name: _READERS[name](file) for name, file in given.items()}
    both = {**told, **read}
    return {name: both[name] for name in _SCHEMAS if name in both}


_READERS: Mapping[str, Callable[[InputFile], Loaded]] = {
    "ec2": lambda file: ingest.loaded_ec2(file.name, ingest.read_ec2(file)),
    "s3": lambda file: ingest.loaded_s3(file.name, ingest.read_s3(file)),
    "usage": ingest.read_usage,
    "commitments": ingest.read_commitments,
    "metrics": ingest.read_metrics,
    "accounts": ingest.read_accounts,
}


def _sample() -> tuple[dict[str, InputFile], InputFile | None, date]:
    absent = [
        name for name in (*SAMPLE_FILES.values(), SAMPLE_DATE) if not (SAMPLE_FOLDER / name).exists()
    ]
    if absent:
        raise InputError(
            f"the sample estate in {SAMPLE_FOLDER} lacks {', '.join(absent)}; make it with "
            "`make demo-data`, or give files of your own (--ec2, --s3, --billing, --usage)"
        )
    files = {
        name: replace(ingest.read_input(SAMPLE_FOLDER / file), name=f"data/{file}")
        for name, file in SAMPLE_FILES.items()
    }
    text = (SAMPLE_FOLDER / SAMPLE_DATE).read_text(encoding="utf-8")
    try:
        day = date.fromisoformat(json.loads(text)["as_of"])
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"data/{SAMPLE_DATE} holds no as_of date; run `make demo-data`") from error
    bill = files.pop("costs", None)
    return files, bill, day


def _today() -> date:
    """The one place that reads the clock."""
    return datetime.now(tz=UTC).date()


def _last_day(loaded: Mapping[str, Loaded]) -> date:
    """The last complete day of the bill, else of the usage, else today."""
    for name in ("costs", "usage"):
        day = last_complete_day(loaded[name]) if name in loaded else None
        if day is not None:
            return day
    return _today()


def _assembled(
    loaded: Mapping[str, Loaded],
    as_of: date,
    is_sample: bool,
    given: Mapping[str, InputFile],
    bill: Bill | None,
) -> Estate:
    frames = {
        name: loaded[name].frame if name in loaded else schema.empty()
        for name, schema in _SCHEMAS.items()
    }
    issues = [issue for part in loaded.values() for issue in part.issues]
    for name, part in loaded.items():
        frames[name], later = counted_until(part, as_of)
        issues += later
    billed, incomplete = _billed(loaded.get("costs"), as_of)
    issues += incomplete
    for name, identifier in (("ec2", "InstanceId"), ("s3", "BucketName")):
        frames[name] = with_accounts(frames[name], identifier, frames["costs"])
    content = [
        part
        for name in sorted(given)
        for part in (name.encode(), given[name].name.encode(errors="surrogatepass"), given[name].data)
    ]
    if bill is not None:
        names = [file.path.encode(errors="surrogatepass") for file in bill.files]
        # What of a bill could not be read changes no charge, but it is part of the estate.
        told = repr((bill.files, loaded["costs"].issues)).encode(errors="replace")
        content += [b"costs", *names, bill.digest.encode(), told]
    return Estate(
        ec2=frames["ec2"],
        s3=frames["s3"],
        costs=frames["costs"],
        usage=frames["usage"],
        commitments=frames["commitments"],
        metrics=frames["metrics"],
        accounts=frames["accounts"],
        as_of=as_of,
        files=_files(loaded, given, bill),
        issues=tuple(issues),
        set_aside=concat([part.aside() for part in loaded.values()], SET_ASIDE),
        is_sample=is_sample,
        billed=billed,
        currency=loaded["costs"].info.currency if "costs" in loaded else None,
        diagnosis=None if bill is None else bill.diagnosis,
        digest=_digest([*content, as_of.isoformat().encode()]),
    )


def _files(
    loaded: Mapping[str, Loaded], given: Mapping[str, InputFile], bill: Bill | None
) -> tuple[FileInfo, ...]:
    """Each file once: those of the bill in the place of its charges, and not what is told by it."""
    files: list[FileInfo] = []
    for name, part in loaded.items():
        if name == "costs" and bill is not None:
            files += bill.files
        elif name in given:
            files.append(part.info)
    return tuple(files)


def _billed(bill: Loaded | None, as_of: date) -> tuple[Span | None, list[Issue]]:
    """The days of the bill up to ``as_of``, and an issue where its money is not of the last month."""
    last = None if bill is None else last_complete_day(bill)
    if bill is None or last is None:
        return None, []
    begins = [bill.frame[name].min() for name in ("BillingPeriodStart", "ChargePeriodStart")]
    first = min(begin for begin in begins if not pd.isna(begin)).date()
    span = Span(first, min(last, as_of))
    if span.month == last_full_month(as_of):
        return span, []
    money = f"that of {span.month}" if span.month else "the run rate of the resource lists"
    issue = Issue(
        severity="warning",
        code="bill_incomplete",
        message=f"the bill holds {first} to {span.last}, and not all of {last_full_month(as_of)}, the "
        f"last full month on {as_of}: money is {money}",
        file=bill.info.path,
    )
    return span, [issue]


def _digest(parts: Iterable[bytes]) -> str:
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "big"))
        whole.update(part)
    return whole.hexdigest()
