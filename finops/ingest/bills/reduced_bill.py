"""What is a bill that has been reduced? Frames of the cache's entries, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from finops.errors import Issue
from finops.ingest.bills import redelivery
from finops.ingest.bills.cache import Cache, Entry, issue_of, issue_values
from finops.ingest.bills.cached_frames import costs_frame, usage_frame, without_unknown_cover
from finops.ingest.bills.code_version import entry_key
from finops.ingest.bills.doctor import diagnosis
from finops.ingest.bills.doctor_calendar import calendar
from finops.ingest.bills.doctor_records import Diagnosis, PartFacts
from finops.ingest.bills.surveyed import SurveyedTable, file_info, one_currency, table_issues
from finops.ingest.provenance import FileInfo
from finops.periods import Month
from finops.schema import COMMITMENTS, EC2, S3, SET_ASIDE

Months = dict[str, list[SurveyedTable]]
Dropped = dict[str, list[tuple[SurveyedTable, SurveyedTable]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReducedBill:
    """A bill as frames in their schemas (finops/schema.py).

    ``ec2`` and ``s3`` are what the newest billing month names. ``files`` has one record a table of the
    bill with its totals as written, whether it counts or not; effective costs are those of ``costs``
    where nothing else counts in a month. ``set_aside`` are the first broken rows.
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


def _inventory(months: Months, entries: Mapping[str, Entry], store: Cache) -> Entry:
    """The entry with the commitments of all months, and the resources of the newest one."""
    name = f"bill-{entry_key(*(entry.folder.name for entry in entries.values()))}"
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
    entry, month = entries[newest], Month.parse(newest)
    first, last = _edges(store.tables(entry, "facts")["days"], month)
    share = (last - first) / timedelta(days=month.days)
    told = pa.concat_tables([store.table(one, "commitments.parquet") for one in entries.values()])
    commitments, issues = commitment_rows(told)
    tags = store.table(entry, "tags.parquet")
    ec2 = instance_rows(store.table(entry, "instances.parquet"), tags, first, last)
    s3 = bucket_rows(store.table(entry, "buckets.parquet"), tags, min(share, 1.0))
    for name, frame in (("commitments", commitments), ("ec2", ec2), ("s3", s3)):
        frame.to_parquet(folder / f"{name}.parquet")
    return {"issues": [issue_values(issue) for issue in issues]}


def _edges(days: pa.Table, month: Month) -> tuple[datetime, datetime]:
    """Where the hours or days of a month begin and end; the whole month, where it holds fees only."""
    held = calendar(days.to_pylist())
    begin, end = (datetime.combine(day, time()) for day in (month.start, month.end))
    if held.first is None or held.last_end is None:
        return begin, end
    first, last = datetime.combine(held.first, time()), held.last_end.replace(tzinfo=None)
    return (first, last) if first < last else (begin, end)


def loaded(
    tables: Sequence[SurveyedTable],
    months: Months,
    dropped: Dropped,
    entries: Mapping[str, Entry],
    store: Cache,
    *,
    owned_given: bool,
) -> ReducedBill:
    """The frames, and what is to be said of them.

    Without ``owned_given``, hours under commitments that the bill does not describe are left out of
    ``usage``: nobody could tell them from hours that nothing covers.
    """
    currency = one_currency(months)
    costs, coarsened = costs_frame(store, entries)
    usage, left_out = usage_frame(store, entries)
    inventory = _inventory(months, entries, store)
    commitments = store.frame(inventory, "commitments.parquet", COMMITMENTS)
    if not owned_given:
        usage, bare = without_unknown_cover(usage, store, entries, set(commitments["CommitmentId"]))
        left_out = (*left_out, *bare)
    found = _diagnosed(tables, dropped, entries, store)
    pairs = [(month, *pair) for month, several in dropped.items() for pair in several]
    return ReducedBill(
        costs=costs.assign(BillingCurrency=pd.Series([currency] * len(costs), dtype="str")),
        usage=usage,
        commitments=commitments,
        ec2=store.frame(inventory, "ec2.parquet", EC2),
        s3=store.frame(inventory, "s3.parquet", S3),
        set_aside=SET_ASIDE.conform(pd.DataFrame([row for table in tables for row in table.broken])),
        files=_files(tables, months, dropped, found),
        issues=(
            *(issue for table in tables for issue in table_issues(table, currency)),
            *(
                redelivery.redelivered(one.months[month], kept.months[month])
                for month, one, kept in pairs
            ),
            *(
                issue
                for month, counted in months.items()
                for issue in redelivery.mixed_granularity([one.months[month] for one in counted])
            ),
            *coarsened,
            *left_out,
            *(issue_of(values) for values in inventory.meta["issues"]),
            *found.issues,
        ),
        diagnosis=found,
        digest=entry_key(*(entry.folder.name for entry in entries.values())),
    )


def _files(
    tables: Sequence[SurveyedTable], months: Months, dropped: Dropped, found: Diagnosis
) -> tuple[FileInfo, ...]:
    effective = {f"{month.month:%Y-%m}": month.bases.effective for month in found.months}
    infos = []
    for table in tables:
        alone = {month: effective.get(month) for month in table.months if _only(table, months[month])}
        left_out = [
            month for month, pairs in dropped.items() if any(one.id == table.id for one, _ in pairs)
        ]
        infos.append(file_info(table, alone, left_out))
    return tuple(infos)


def _only(table: SurveyedTable, counted: Sequence[SurveyedTable]) -> bool:
    return [one.id for one in counted] == [table.id]


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
