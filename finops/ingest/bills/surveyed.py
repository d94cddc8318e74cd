"""What does one table of a bill hold? Of which months, in which currency, and what its lines lack."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from finops.errors import CurrencyError, Issue, Severity
from finops.ingest.bills.cache import issue_of
from finops.ingest.bills.parts import Part
from finops.ingest.provenance import FileInfo
from finops.money import exact_sum

DOLLARS = "USD"
Account = tuple[str, str]  # who pays, whose usage; blank where a line does not say


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMonth:
    """What one table holds of one billing month. ``hours`` has its lines by hour of their start (UTC).

    ``invoiced`` lines name an invoice; ``billed`` is None where the ``currencies`` are two. Of its lines
    of usage ``hourly_usage`` last up to an hour and ``longer_usage`` a day or a month. ``payers`` are
    the least and the greatest billing account that it names, ``accounts`` all pairs of a billing and a
    sub account.
    """

    name: str
    format: str
    delivered: datetime | None
    month: str
    lines: int
    invoiced: int
    billed: Decimal | None
    currencies: tuple[str, ...]
    hours: Mapping[datetime, int]
    hourly_usage: int = 0
    longer_usage: int = 0
    payers: frozenset[str] = frozenset()
    accounts: frozenset[Account] = frozenset()

    @property
    def by_the_hour(self) -> bool:
        """Whether its usage is hourly: such a report tells a few things by the month as well."""
        return self.hourly_usage > self.longer_usage

    @property
    def by_longer_times(self) -> bool:
        """Whether all of its usage is by the day or the month."""
        return bool(self.longer_usage) and not self.hourly_usage

    @property
    def final(self) -> bool:
        """Whether AWS has closed it: one purchase with an invoice of its own does not say so."""
        return self.invoiced * 2 > self.lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines of a table that another one replaces: those of these hours and of these accounts."""

    hours: frozenset[datetime]
    accounts: frozenset[Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """The ``blocks`` of a table's month that do not count; ``by`` is the place of what does."""

    by: int
    blocks: tuple[Block, ...]

    def covers(self, month: TableMonth) -> bool:
        """Whether blocks of all its accounts hold all its hours."""
        whole = [block.hours for block in self.blocks if block.accounts >= month.accounts]
        return frozenset[datetime]().union(*whole) >= month.hours.keys()

    @property
    def key(self) -> str:
        """The text that stands for exactly these blocks."""
        return repr([(sorted(block.hours), sorted(block.accounts)) for block in self.blocks])


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedTable:
    """A table of a part: how it was read, its ``hourly_sums`` and the doctor's facts.

    ``id`` is the part's fingerprint and the table's place in it. ``meta`` has name, format, version,
    rows, broken_rows, columns, issues and the first broken rows. Of the months of ``replaced`` only the
    rest counts: ``months`` and ``facts`` are of the rest, ``replaced_lines`` counts the others.
    """

    id: str
    part: Part
    meta: Mapping[str, Any]
    sums: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, pa.Table]
    months: Mapping[str, TableMonth]
    replaced: Mapping[str, Replaced] = field(default_factory=dict)
    replaced_lines: int = 0

    @property
    def name(self) -> str:
        return str(self.meta["name"])

    @property
    def broken(self) -> list[dict[str, Any]]:
        """The first broken rows, as rows of the frame ``set_aside``."""
        return [
            {"File": self.name, "Row": number, "Code": "broken_rows", "Reason": reason, "Text": text}
            for number, text, reason in self.meta["broken"]
        ]

    def summed(self, name: str) -> Decimal | None:
        """The exact sum of a column of the sums; None where nothing is known."""
        return _total(row[name] for row in self.sums)

    def effective(self, settled: Mapping[str, Decimal | None]) -> Decimal | None:
        """Its effective cost, of these months (``YYYY-MM``) as ``settled`` has it, else as written."""
        written = (row["Effective"] for row in self.sums if month_name(row) not in settled)
        return _total((*written, *(settled[month] for month in self.months if month in settled)))


def _total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def month_name(row: Mapping[str, Any]) -> str | None:
    return None if row["Month"] is None else f"{row['Month']:%Y-%m}"


def surveyed(
    part: Part, place: int, meta: Mapping[str, Any], facts: Mapping[str, pa.Table]
) -> SurveyedTable:
    """The record of a table; ``facts`` hold ``hourly_sums`` as "hours", ``account_pairs`` as "pairs"."""
    sums = tuple(row | {"Hour": _utc(row["Hour"])} for row in facts["hours"].to_pylist())
    accounts: dict[str | None, set[Account]] = {}
    for row in facts["pairs"].to_pylist():
        pair = (row["BillingAccountId"], row["SubAccountId"])
        accounts.setdefault(month_name(row), set()).add(pair)
    by_month: dict[str, list[Mapping[str, Any]]] = {}
    for row in sums:
        month = month_name(row)
        if month is not None:
            by_month.setdefault(month, []).append(row)
    return SurveyedTable(
        id=f"{part.fingerprint}.{place}",
        part=part,
        meta=meta,
        sums=sums,
        facts={name: table for name, table in facts.items() if name not in {"hours", "pairs"}},
        months={
            month: _month(part, meta, month, rows, frozenset(accounts[month]))
            for month, rows in sorted(by_month.items())
        },
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _month(
    part: Part,
    meta: Mapping[str, Any],
    month: str,
    rows: Sequence[Mapping[str, Any]],
    accounts: frozenset[Account],
) -> TableMonth:
    currencies = {row["Currency"] for row in rows if row["Currency"]}
    billed = [row["Billed"] for row in rows if row["Billed"] is not None]
    hours: dict[datetime, int] = {}
    for row in rows:
        # A line that says no time stands on the month's first day, as in the lines of the month.
        hour = row["Hour"] or row["Month"].replace(tzinfo=UTC)
        hours[hour] = hours.get(hour, 0) + row["Lines"]
    return TableMonth(
        name=meta["name"],
        format=meta["format"],
        delivered=part.delivered,
        month=month,
        lines=sum(row["Lines"] for row in rows),
        invoiced=sum(row["Invoiced"] for row in rows),
        billed=exact_sum(billed) if billed and len(currencies) < 2 else None,
        currencies=tuple(sorted(currencies)),
        hours=hours,
        hourly_usage=sum(row["HourlyUsage"] for row in rows),
        longer_usage=sum(row["LongerUsage"] for row in rows),
        payers=frozenset(row[edge] for row in rows for edge in ("FirstPayer", "LastPayer")) - {None},
        accounts=accounts,
    )


def one_currency(counted: Mapping[str, Sequence[SurveyedTable]]) -> str:
    """The currency of what is counted, US dollars without a name. Raises CurrencyError for two."""
    files: dict[str, set[str]] = {}
    for month, tables in counted.items():
        for table in tables:
            for code in table.months[month].currencies:
                files.setdefault(code, set()).add(table.name)
    if len(files) > 1:
        names = sorted(set().union(*files.values()))
        raise CurrencyError(
            f"{', '.join(names)}: amounts in {' and '.join(sorted(files))} cannot be added; "
            "give a bill in one currency"
        )
    return min(files, default=DOLLARS)


def file_info(
    table: SurveyedTable, settled: Mapping[str, Decimal | None], left_out: Collection[str]
) -> FileInfo:
    """The record of the whole table, its totals as written, whether it counts or not.

    ``settled`` has the effective cost of the months in which nothing else counts: blank plan fees are
    worked out there. Rows are set aside where they are broken, say no time, are of a month (``YYYY-MM``)
    of ``left_out`` or of what another table replaces.
    """
    undated = _lines([row for row in table.sums if row["Month"] is None])
    dropped = sum(table.months[month].lines for month in left_out) + table.replaced_lines
    codes = {row["Currency"] for row in table.sums} - {None}
    is_one = len(codes) < 2
    starts = [row["First"] for row in table.sums if row["First"] is not None]
    ends = [row["Last"] for row in table.sums if row["Last"] is not None]
    last = max(*ends, *starts) if starts else None
    if last is not None and last > max(starts):  # an end at midnight belongs to the day before
        last = max(last - timedelta(microseconds=1), *starts)
    return FileInfo(
        path=table.name,
        kind="costs",
        format=table.meta["format"],
        version=table.meta["version"],
        rows=table.meta["rows"] + table.meta["broken_rows"],
        set_aside_rows=table.meta["broken_rows"] + undated + dropped,
        currency=min(codes, default=DOLLARS) if is_one else None,
        billed_cost=table.summed("Billed") if is_one else None,
        effective_cost=table.effective(settled) if is_one else None,
        list_cost=table.summed("List") if is_one else None,
        period_start=min(starts).date() if starts else None,
        period_end=last.date() if last is not None else None,
    )


def table_issues(table: SurveyedTable, currency: str) -> tuple[Issue, ...]:
    """What was met when the table was read, and what its lines lack."""
    lines = _lines(table.sums)
    unpriced = lines - sum(row["Priced"] for row in table.sums)
    unnamed = [row for row in table.sums if row["Currency"] is None]
    undated = [row for row in table.sums if row["Month"] is None]
    unknown = [row for row in table.sums if row["Month"] is not None and row["Hour"] is None]
    counts: tuple[tuple[Severity, str, int, str], ...] = (
        ("info", "currency_assumed", _lines(unnamed), f"name no currency; {currency} is assumed"),
        (
            "warning",
            "currency_not_usd",
            lines if currency != DOLLARS else 0,
            f"are in {currency} and totalled in {currency}; prices, commitments and budgets in US "
            "dollars cannot be held against them",
        ),
        ("warning", "missing_cost", unpriced, "have no BilledCost; it is unknown, not zero"),
        ("error", "undated_lines", _lines(undated), "say no time; they are in no figure"),
        ("warning", "time_unknown", _lines(unknown), "say no time; they stand on the month's first day"),
    )
    found = [
        Issue(
            severity=severity,
            code=code,
            message=f"{rows:,} line(s) {words}",
            file=table.name,
            rows=rows,
            set_aside=code == "undated_lines",
        )
        for severity, code, rows, words in counts
        if rows
    ]
    return (*(issue_of(values) for values in table.meta["issues"]), *found)


def _lines(rows: Sequence[Mapping[str, Any]]) -> int:
    return sum(row["Lines"] for row in rows)
