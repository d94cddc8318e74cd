"""How does a bill become frames? Part by part to lines, month by month to what the cache keeps.

A part is read once: its lines go to the folder of this run, what must be known of it to the cache. A
billing month is reduced once for the same lines: whatever is in the cache already is not worked out
again, and a bill that is all there needs no engine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from finops.errors import BackendError, EmptyInput, FileUnreadable, InputError, Issue, OutputError
from finops.ingest.bills import redelivery
from finops.ingest.bills.cache import (
    Cache,
    Entry,
    EntryLost,
    costs_frame,
    issue_of,
    issue_values,
    opened,
    usage_frame,
)
from finops.ingest.bills.doctor import diagnosis
from finops.ingest.bills.doctor_records import Diagnosis, PartFacts
from finops.ingest.bills.formats import format_of
from finops.ingest.bills.parts import Part, Parts, parts_of
from finops.ingest.bills.progress import Engine, Progress, engine_errors, lines_of_month
from finops.ingest.bills.redelivery import (
    SurveyedTable,
    file_info,
    surveyed,
    table_issues,
)
from finops.ingest.bills.text_tables import RawTable, raw_tables
from finops.ingest.files import InputFile
from finops.ingest.provenance import FileInfo
from finops.periods import Month
from finops.schema import COMMITMENTS, EC2, S3, SET_ASIDE

if TYPE_CHECKING:
    import ibis

__all__ = ["REDUCTION_VERSION", "ReducedBill", "read_bill"]

# Raise it with every change of what the cache holds (lines, reductions, facts): no old entry is used.
REDUCTION_VERSION = "1"
MAX_COST_ROWS = 1_500_000
MAX_USAGE_ROWS = 4_000_000
_ATTEMPTS = 3
_NAMED_REASONS = 3
_HOUR = timedelta(hours=1)

Months = dict[str, list[SurveyedTable]]
Dropped = dict[str, list[tuple[SurveyedTable, SurveyedTable]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedBill:
    """A bill as frames in their schemas (finops/schema.py).

    ``ec2`` and ``s3`` are what the newest billing month names. ``files`` has one record a table of the
    bill with its totals as written, whether it counts or not. ``set_aside`` are the first broken rows.
    ``issues`` hold those of ``diagnosis`` too. ``digest`` changes with whatever is counted.
    """

    costs: pd.DataFrame
    usage: pd.DataFrame
    commitments: pd.DataFrame
    ec2: pd.DataFrame
    s3: pd.DataFrame
    set_aside: pd.DataFrame
    files: tuple[FileInfo, ...]
    issues: tuple[Issue, ...]
    diagnosis: Diagnosis
    digest: str


def read_bill(
    source: str | Path | InputFile | Sequence[InputFile],
    *,
    progress: Progress | None = None,
    cache: Path | None = None,
    backend: str | None = None,
) -> ReducedBill:
    """Read a bill of any size: a file, a folder, ``s3://bucket/prefix``, or uploads.

    ``cache`` is the folder of the cache, by default ``FINOPS_CACHE_DIR``; ``backend`` is ``duckdb`` or
    ``pyspark``, by default ``FINOPS_BACKEND``. A file of several that cannot be used is an issue, a
    single one raises. Raises InputError (FileUnreadable, EmptyInput, UnknownFormat, CurrencyError,
    BackendError), OutputError where the disk is full, Cancelled after ``progress.cancel()``.
    """
    watched = progress or Progress()
    for _ in range(_ATTEMPTS):
        with opened(cache) as store, ExitStack() as stack:
            engine = Engine(progress=watched, name=backend, folder=store.run, stack=stack)
            try:
                return _read(source, _Job(store=store, progress=watched, engine=engine))
            except EntryLost:
                continue
            except (OutputError, BackendError, FileUnreadable):
                if store.run.exists():  # else somebody has deleted the cache meanwhile
                    raise
    raise BackendError("the bill cache is deleted all the time; name another folder in FINOPS_CACHE_DIR")


def _read(source: str | Path | InputFile | Sequence[InputFile], job: _Job) -> ReducedBill:
    parts = parts_of(source, job.folder("spool"))
    tables, issues = _surveyed(parts, job)
    months, dropped = _counted(tables, job)
    redelivery.one_currency(months)  # before anything is worked out in vain
    entries = _reduced(months, dropped, job)
    job.progress.begin("loading the frames")
    bill = _loaded(tables, months, dropped, entries, job.store)
    job.store.shrink()
    return replace(bill, issues=(*job.store.issues, *parts.issues, *issues, *bill.issues))


def _surveyed(parts: Parts, job: _Job) -> tuple[list[SurveyedTable], list[Issue]]:
    """What the tables of all parts hold; a part of several that cannot be used is an issue."""
    tables: list[SurveyedTable] = []
    issues: list[Issue] = []
    for part in parts.parts:
        try:
            tables += job.survey(part)
        except InputError as error:
            if isinstance(error, BackendError) or len(parts.parts) == 1:
                raise
            issues.append(
                Issue(
                    severity="error",
                    code="empty_part" if isinstance(error, EmptyInput) else "part_unreadable",
                    message=f"nothing of this file is in any figure: {error}",
                    file=part.name,
                )
            )
    if not any(table.months for table in tables):
        reasons = "; ".join(issue.message.partition(": ")[2] for issue in issues[:_NAMED_REASONS])
        raise EmptyInput(
            f"{parts.source}: holds no line of a bill; {reasons or 'expected lines with a time'}"
        )
    return tables, issues


def _counted(tables: Sequence[SurveyedTable], job: _Job) -> tuple[Months, Dropped]:
    """The tables that count for each billing month, and those that do not with what counts instead."""
    months: Months = {}
    dropped: Dropped = {}
    for name in sorted({month for table in tables for month in table.months}):
        held = [table for table in tables if name in table.months]
        instead = redelivery.not_counted([one.months[name] for one in held], job.same_lines(name, held))
        months[name] = [one for place, one in enumerate(held) if place not in instead]
        if instead:
            dropped[name] = [(held[place], held[kept]) for place, kept in sorted(instead.items())]
    return months, dropped


def _reduced(months: Months, dropped: Dropped, job: _Job) -> dict[str, Entry]:
    """The entry of each month, made where it is not in the cache."""
    entries: dict[str, Entry] = {}
    missing: dict[str, str] = {}
    for month, tables in months.items():
        counted = sorted(table.id for table in tables)
        left_out = sorted(table.id for table, _ in dropped.get(month, ()))
        name = f"{month}-{_key(month, *counted, 'without', *left_out)}"
        entry = job.store.find(name)
        if entry is None:
            missing[month] = name
        else:
            entries[month] = entry
    lines = {month: sum(table.months[month].lines for table in months[month]) for month in missing}
    job.progress.begin("reducing the billing months", rows_total=sum(lines.values()))
    for month, name in missing.items():
        entries[month] = job.reduce(name, month, months[month])
        job.progress.advance(lines[month])
    return dict(sorted(entries.items()))


def _key(*pieces: str) -> str:
    text = "\n".join((REDUCTION_VERSION, *pieces))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(slots=True, kw_only=True)
class _Job:
    """One run: its cache, its progress, its engine, and the lines that it has flattened so far."""

    store: Cache
    progress: Progress
    engine: Engine
    _lines: dict[str, Path] = field(default_factory=dict)

    def folder(self, name: str) -> Path:
        path = self.store.run / name
        path.mkdir(exist_ok=True)
        return path

    def survey(self, part: Part) -> list[SurveyedTable]:
        """What is known of the tables of a part, from the cache or from the part itself."""
        name = f"part-{_key(part.fingerprint, part.name)}"
        entry = self.store.find(name) or self.store.make(name, lambda folder: self._fill(part, folder))
        return [
            surveyed(part, place, meta, self.store.tables(entry, str(place)))
            for place, meta in enumerate(entry.meta["tables"])
        ]

    def _fill(self, part: Part, folder: Path) -> Mapping[str, Any]:
        tables = self._flatten(part)
        for place, (raw, path) in enumerate(tables):
            (folder / str(place)).mkdir()
            with engine_errors(self.progress, part.name, is_file=True):
                self.engine.survey(raw.location, path, folder / str(place))
        self._discard(tables)
        return {"tables": [_described(raw) for raw, _ in tables]}

    def _flatten(self, part: Part) -> list[tuple[RawTable, Path]]:
        """The tables of a part that hold a row, each with its flat lines in the folder of this run."""
        self.progress.begin(f"reading {part.name}", bytes_total=part.size)
        raws = raw_tables(part, self.folder("text"), self.progress.read)
        tables = [raw for raw in raws if raw.rows]
        empty = tuple(_no_rows(raw) for raw in raws if not raw.rows)
        if not tables:
            raise EmptyInput(f"{part.name}: holds a header and no row; expected the lines of a bill")
        tables[0] = replace(tables[0], issues=(*tables[0].issues, *empty))
        formats = [format_of(raw.columns, raw.part.name) for raw in tables]
        paths = []
        for place, (raw, bill_format) in enumerate(zip(tables, formats, strict=True)):
            paths.append(self.folder("lines") / f"{len(self._lines)}.parquet")
            with engine_errors(self.progress, part.name, is_file=True):
                self.engine.flatten(raw.location, bill_format, paths[-1])
            self._lines[f"{part.fingerprint}.{place}"] = paths[-1]
        return list(zip(tables, paths, strict=True))

    def _discard(self, tables: Sequence[tuple[RawTable, Path]]) -> None:
        """The text of a large bill takes as much room as its lines, and is not needed any more."""
        for raw, _ in tables:
            if Path(raw.location).parent == self.store.run / "text":
                Path(raw.location).unlink(missing_ok=True)

    def _of_month(self, table: SurveyedTable, month: str) -> ibis.Table:
        if table.id not in self._lines:
            self._discard(self._flatten(table.part))
        with engine_errors(self.progress, table.name, is_file=True):
            lines = self.engine.backend.read(self._lines[table.id])
        return lines_of_month(lines, month)

    def same_lines(self, month: str, tables: Sequence[SurveyedTable]) -> set[redelivery.Pair]:
        """The places of each two tables that hold the same lines of a month."""
        if len(tables) == 1:
            return set()

        def fill(_folder: Path) -> Mapping[str, Any]:
            held = [table.months[month] for table in tables]
            chosen = redelivery.hours_to_compare(held)
            if not chosen:
                return {"pairs": []}
            several = [self._of_month(table, month) for table in tables]
            expression = redelivery.key_lines(several, sorted(set(chosen.values())))
            with engine_errors(self.progress, f"comparing the reports of {month}"):
                keys = self.engine.backend.arrow(expression)
            return {"pairs": sorted(redelivery.same_lines(held, chosen, keys))}

        name = f"same-{_key(month, *(table.id for table in tables))}"
        entry = self.store.find(name) or self.store.make(name, fill)
        return {(first, second) for first, second in entry.meta["pairs"]}

    def reduce(self, name: str, month: str, tables: Sequence[SurveyedTable]) -> Entry:
        """A new entry of a billing month."""

        def fill(folder: Path) -> Mapping[str, Any]:
            several = [self._of_month(table, month) for table in tables]
            with engine_errors(self.progress, f"reducing {month}"):
                return self.engine.reduce(several, folder)

        return self.store.make(name, fill)


def _inventory(months: Months, entries: Mapping[str, Entry], store: Cache) -> Entry:
    """The entry with the commitments of all months, and the resources of the newest one."""
    name = f"bill-{_key(*(entry.folder.name for entry in entries.values()))}"
    return store.find(name) or store.make(name, lambda folder: _stocked(months, entries, store, folder))


def _stocked(
    months: Months, entries: Mapping[str, Entry], store: Cache, folder: Path
) -> Mapping[str, Any]:
    from finops.ingest.bills.reductions import (  # noqa: PLC0415 – Ibis takes a second
        bucket_rows,
        commitment_rows,
        instance_rows,
    )

    newest = max(entries)
    entry, days = entries[newest], Month.parse(newest)
    hours = [hour for table in months[newest] for hour in table.months[newest].hours]
    first, last = (edge.replace(tzinfo=None) for edge in (min(hours), max(hours)))
    if (last + _HOUR).date() == days.end:  # the last hour of the month is complete
        last += _HOUR
    share = max((last - first) / timedelta(days=days.days), _HOUR / timedelta(days=days.days))
    told = pa.concat_tables([store.table(one, "commitments.parquet") for one in entries.values()])
    commitments, issues = commitment_rows(told)
    tags = store.table(entry, "tags.parquet")
    ec2 = instance_rows(store.table(entry, "instances.parquet"), tags, first, last)
    s3 = bucket_rows(store.table(entry, "buckets.parquet"), tags, min(share, 1.0))
    for name, frame in (("commitments", commitments), ("ec2", ec2), ("s3", s3)):
        frame.to_parquet(folder / f"{name}.parquet")
    return {"issues": [issue_values(issue) for issue in issues]}


def _loaded(
    tables: Sequence[SurveyedTable],
    months: Months,
    dropped: Dropped,
    entries: Mapping[str, Entry],
    store: Cache,
) -> ReducedBill:
    """The frames, and what is to be said of them."""
    currency = redelivery.one_currency(months)
    costs, coarsened = costs_frame(store, entries, MAX_COST_ROWS)
    usage, left_out = usage_frame(store, entries, MAX_USAGE_ROWS)
    inventory = _inventory(months, entries, store)
    found = _diagnosed(tables, dropped, entries, store)
    pairs = [(month, *pair) for month, several in dropped.items() for pair in several]
    return ReducedBill(
        costs=costs.assign(BillingCurrency=pd.Series([currency] * len(costs), dtype="str")),
        usage=usage,
        commitments=store.frame(inventory, "commitments.parquet", COMMITMENTS),
        ec2=store.frame(inventory, "ec2.parquet", EC2),
        s3=store.frame(inventory, "s3.parquet", S3),
        set_aside=SET_ASIDE.conform(pd.DataFrame([row for table in tables for row in table.broken])),
        files=tuple(file_info(table) for table in tables),
        issues=(
            *(issue for table in tables for issue in table_issues(table, currency)),
            *(
                redelivery.redelivered(one.months[month], kept.months[month])
                for month, one, kept in pairs
            ),
            *coarsened,
            *left_out,
            *(issue_of(values) for values in inventory.meta["issues"]),
            *found.issues,
        ),
        diagnosis=found,
        digest=_key(*(entry.folder.name for entry in entries.values())),
    )


def _diagnosed(
    tables: Sequence[SurveyedTable], dropped: Dropped, entries: Mapping[str, Entry], store: Cache
) -> Diagnosis:
    left_out: dict[str, set[str]] = {}
    for month, pairs in dropped.items():
        for table, _ in pairs:
            left_out.setdefault(table.id, set()).add(month)
    parts = [
        PartFacts(
            name=table.name,
            **{name: table.meta[name] for name in ("format", "version", "rows", "broken_rows")},
            columns=tuple(table.meta["columns"]),
            facts=table.facts,
            left_out=frozenset(Month.parse(month).start for month in left_out.get(table.id, ())),
        )
        for table in tables
    ]
    return diagnosis(parts, {month: store.tables(entry, "facts") for month, entry in entries.items()})


def _no_rows(raw: RawTable) -> Issue:
    message = "holds a header and no row; nothing of it is in any figure"
    return Issue(severity="error", code="empty_part", message=message, file=raw.part.name)


def _described(raw: RawTable) -> dict[str, Any]:
    bill_format = format_of(raw.columns, raw.part.name)
    return {
        "name": raw.part.name,
        "format": bill_format.name,
        "version": bill_format.version,
        "rows": raw.rows,
        "broken_rows": raw.broken_rows,
        "columns": list(raw.columns),
        "issues": [issue_values(issue) for issue in raw.issues],
        "broken": [[row.number, row.text, row.reason] for row in raw.broken],
    }
