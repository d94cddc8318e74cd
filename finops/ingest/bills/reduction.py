"""How does a bill become frames? Part by part to lines, month by month to what the cache keeps.

A part is read once: its lines go to the folder of this run, what must be known of it to the cache. A
billing month is reduced once for the same lines: whatever is in the cache already is not worked out
again, and a bill that is all there needs no engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from finops.errors import BackendError, EmptyInput, FileUnreadable, InputError, Issue, OutputError
from finops.ingest.bills import redelivery
from finops.ingest.bills.cache import Entry, EntryLost, opened
from finops.ingest.bills.code_version import entry_key
from finops.ingest.bills.engine import Engine
from finops.ingest.bills.job import Job
from finops.ingest.bills.parts import Parts, parts_of
from finops.ingest.bills.progress import Progress
from finops.ingest.bills.reduced_bill import Dropped, Months, ReducedBill, loaded
from finops.ingest.bills.surveyed import SurveyedTable, one_currency
from finops.ingest.files import InputFile

__all__ = ["ReducedBill", "read_bill"]

_ATTEMPTS = 3
_NAMED_REASONS = 3


def read_bill(
    source: str | Path | InputFile | Sequence[InputFile],
    *,
    progress: Progress | None = None,
    cache: Path | None = None,
    backend: str | None = None,
    owned_given: bool = False,
) -> ReducedBill:
    """Read a bill of any size: a file, a folder, ``s3://bucket/prefix``, or uploads.

    ``cache`` is the folder of the cache, by default ``FINOPS_CACHE_DIR``; ``backend`` is ``duckdb`` or
    ``pyspark``, by default ``FINOPS_BACKEND``. Unless what is owned is known from elsewhere
    (``owned_given``), ``usage`` leaves out hours under commitments that the bill does not describe. A
    file of several that cannot be used is an issue, a single one raises. Raises InputError
    (FileUnreadable, EmptyInput, UnknownFormat, CurrencyError, BackendError), OutputError where the disk
    is full, Cancelled after ``progress.cancel()``.
    """
    watched = progress or Progress()
    for _ in range(_ATTEMPTS):
        with opened(cache) as store, ExitStack() as stack:
            engine = Engine(progress=watched, name=backend, folder=store.run, stack=stack)
            try:
                return _read(source, Job(store=store, progress=watched, engine=engine), owned_given)
            except EntryLost:
                continue
            except (OutputError, BackendError, FileUnreadable, OSError) as error:
                if not store.run.exists():  # somebody has deleted the cache meanwhile
                    continue
                if isinstance(error, OSError):
                    reason = f"the bill cache cannot be used: {error}"
                    raise OutputError(f"{reason}; name another folder in FINOPS_CACHE_DIR") from error
                raise
    raise BackendError("the bill cache is deleted all the time; name another folder in FINOPS_CACHE_DIR")


def _read(
    source: str | Path | InputFile | Sequence[InputFile], job: Job, owned_given: bool
) -> ReducedBill:
    parts = parts_of(source, job.folder("spool"))
    tables, issues = _surveyed(parts, job)
    tables, months, dropped, doubled = _counted(tables, job)
    one_currency(months)  # before anything is worked out in vain
    entries = _reduced(months, dropped, job)
    job.progress.begin("loading the frames")
    bill = loaded(tables, months, dropped, entries, job.store, owned_given=owned_given)
    job.store.shrink()
    return replace(bill, issues=(*job.store.issues, *parts.issues, *issues, *doubled, *bill.issues))


def _surveyed(parts: Parts, job: Job) -> tuple[list[SurveyedTable], list[Issue]]:
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


def _counted(
    tables: Sequence[SurveyedTable], job: Job
) -> tuple[list[SurveyedTable], Months, Dropped, list[Issue]]:
    """The tables, those that count for each billing month, those that do not with what counts instead.

    What another table replaces in part counts in part; that, and what may count twice, is told.
    """
    current = {table.id: table for table in tables}
    months: dict[str, list[str]] = {}
    instead: dict[str, list[tuple[str, str]]] = {}
    issues: list[Issue] = []
    for name in sorted({month for table in tables for month in table.months}):
        held = [table for table in tables if name in table.months]
        same, possible = job.same_lines(name, held)
        whole = [one.months[name] for one in held]
        found = redelivery.replaced(whole, same)
        rests = list(whole)
        for place, replaced in list(found.items()):
            if replaced.covers(whole[place]):
                continue
            rest = job.without(current[held[place].id], name, replaced)
            if rest is None:
                found[place] = redelivery.wholly(whole[place], replaced.by)
            else:
                current[rest.id] = rest
                rests[place] = rest.months[name]
                issues.append(redelivery.redelivered(whole[place], whole[replaced.by], rests[place]))
        dropped = redelivery.not_counted(rests, found)
        months[name] = [one.id for place, one in enumerate(held) if place not in dropped]
        if dropped:
            instead[name] = [(held[place].id, held[by].id) for place, by in sorted(dropped.items())]
        alike = {place for pair in possible if dropped.keys().isdisjoint(pair) for place in pair}
        if alike:
            issues.append(redelivery.possibly_redelivered(rests[place] for place in sorted(alike)))
    return (
        list(current.values()),
        {month: [current[one] for one in ids] for month, ids in months.items()},
        {month: [(current[a], current[b]) for a, b in pairs] for month, pairs in instead.items()},
        issues,
    )


def _reduced(months: Months, dropped: Dropped, job: Job) -> dict[str, Entry]:
    """The entry of each month, made where it is not in the cache."""
    entries: dict[str, Entry] = {}
    missing: dict[str, str] = {}
    for month, tables in months.items():
        counted = sorted(
            f"{table.id} {table.replaced[month].key}" if month in table.replaced else table.id
            for table in tables
        )
        left_out = sorted(table.id for table, _ in dropped.get(month, ()))
        name = f"{month}-{entry_key(month, *counted, 'without', *left_out)}"
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
