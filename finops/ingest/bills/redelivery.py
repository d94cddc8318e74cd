"""What does each table of a bill hold of which month, and which holds the same lines once more?

AWS rewrites a month until it is final, and a month may come as two kinds of report. Tables of one
delivery hold different lines; a later delivery holds the same ones again, with other costs perhaps,
and they are counted once. Lines are compared, without costs and accounts, in an hour that both hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING, Any

from finops.errors import CurrencyError, Issue, Severity
from finops.ingest.bills.cache import issue_of
from finops.ingest.bills.parts import Part
from finops.ingest.provenance import FileInfo
from finops.money import exact_sum, usd

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

Pair = tuple[int, int]
ENOUGH = 0.5  # of the lines of the smaller table in the hour
_SAMPLE = 20  # lines of an hour that say enough
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_DOLLARS = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableMonth:
    """What one table holds of one billing month. ``hours`` has its lines by hour of their start (UTC).

    ``invoiced`` lines name an invoice; ``billed`` is None where the ``currencies`` are two.
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

    @property
    def final(self) -> bool:
        """Whether AWS has closed it: one purchase with an invoice of its own does not say so."""
        return self.invoiced * 2 > self.lines


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedTable:
    """A table of a part: how it was read, its ``hourly_sums`` and the doctor's facts.

    ``id`` is the part's fingerprint and the table's place in it. ``meta`` has name, format, version,
    rows, broken_rows, columns, issues and the first broken rows.
    """

    id: str
    part: Part
    meta: Mapping[str, Any]
    sums: tuple[Mapping[str, Any], ...]
    facts: Mapping[str, pa.Table]
    months: Mapping[str, TableMonth]

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
        known = [row[name] for row in self.sums if row[name] is not None]
        return exact_sum(known) if known else None


def surveyed(
    part: Part, place: int, meta: Mapping[str, Any], facts: Mapping[str, pa.Table]
) -> SurveyedTable:
    """The record of a table; ``facts`` hold the rows of ``hourly_sums`` under "hours"."""
    sums = tuple(row | {"Hour": _utc(row["Hour"])} for row in facts["hours"].to_pylist())
    by_month: dict[str, list[Mapping[str, Any]]] = {}
    for row in sums:
        if row["Month"] is not None:
            by_month.setdefault(f"{row['Month']:%Y-%m}", []).append(row)
    return SurveyedTable(
        id=f"{part.fingerprint}.{place}",
        part=part,
        meta=meta,
        sums=sums,
        facts={name: table for name, table in facts.items() if name != "hours"},
        months={month: _month(part, meta, month, rows) for month, rows in sorted(by_month.items())},
    )


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)


def _month(
    part: Part, meta: Mapping[str, Any], month: str, rows: Sequence[Mapping[str, Any]]
) -> TableMonth:
    currencies = {row["Currency"] for row in rows if row["Currency"]}
    billed = [row["Billed"] for row in rows if row["Billed"] is not None]
    hours: dict[datetime, int] = {}
    for row in rows:
        if row["Hour"] is not None:
            hours[row["Hour"]] = hours.get(row["Hour"], 0) + row["Lines"]
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
    )


@dataclass(frozen=True, slots=True)
class _Keys:
    """The distinct lines of a table in an hour, with and without their ids, and who pays for them."""

    lines: frozenset[tuple[object, ...]]
    of_resources: frozenset[tuple[object, ...]]
    with_ids: frozenset[tuple[object, ...]]
    accounts: frozenset[object]


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
    return min(files, default=_DOLLARS)


def file_info(table: SurveyedTable) -> FileInfo:
    """The record of the whole table, its totals as written."""
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
        set_aside_rows=table.meta["broken_rows"],
        currency=min(codes, default=_DOLLARS) if is_one else None,
        billed_cost=table.summed("Billed") if is_one else None,
        effective_cost=table.summed("Effective") if is_one else None,
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
            lines if currency != _DOLLARS else 0,
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


def hours_to_compare(months: Sequence[TableMonth]) -> dict[Pair, datetime]:
    """For each two tables of a month an hour that both hold; none where they share no hour.

    Of those with enough lines the hour that most tables hold, so that few hours are read in all.
    """
    held: dict[datetime, list[int]] = {}
    for one in months:
        for hour, lines in one.hours.items():
            held.setdefault(hour, []).append(lines)
    chosen: dict[Pair, datetime] = {}
    for i, j in combinations(range(len(months)), 2):
        first, second = months[i].hours, months[j].hours
        common = first.keys() & second.keys()
        if common:
            chosen[i, j] = max(
                common,
                key=lambda hour: (
                    min(first[hour], second[hour], _SAMPLE),
                    len(held[hour]),
                    sum(held[hour]),
                    -hour.timestamp(),
                ),
            )
    return chosen


def key_lines(tables: Sequence[ibis.Table], hours: Sequence[datetime]) -> ibis.Table:
    """What tells the lines of these hours apart, of every table (its place is column Place)."""
    import ibis  # noqa: PLC0415 – a bill that is cached needs no engine

    # Naive, as the lines are: an engine would shift a time with a zone.
    starts = [ibis.timestamp(hour.replace(tzinfo=None)) for hour in hours]
    several = []
    for place, lines in enumerate(tables):
        hour = lines.ChargePeriodStart.truncate("h")
        narrow = lines.filter(hour.isin(starts))
        several.append(
            narrow.select(
                Place=ibis.literal(place, "int64"),
                Hour=narrow.ChargePeriodStart.truncate("h"),
                **{name: narrow[name] for name in _KEY_COLUMNS},
            ).distinct()
        )
    return several[0] if len(several) == 1 else ibis.union(*several)


_KEY_COLUMNS = (
    *("ChargePeriodStart", "ChargePeriodEnd", "ResourceId", "UsageType", "SkuId", "Operation"),
    *("LineItemType", "ChargeCategory", "ConsumedQuantity", "LineItemId", "SubAccountId"),
)


def same_lines(
    months: Sequence[TableMonth], chosen: Mapping[Pair, datetime], keys: pa.Table
) -> set[Pair]:
    """The pairs of tables that hold the same lines, by the rows of ``key_lines``."""
    rows: dict[tuple[int, datetime], list[dict[str, object]]] = {}
    for row in keys.to_pylist():
        rows.setdefault((row["Place"], row["Hour"].replace(tzinfo=UTC)), []).append(row)
    same: set[Pair] = set()
    for (i, j), hour in chosen.items():
        formats = {months[i].format, months[j].format}
        pair = [rows.get((i, hour), []), rows.get((j, hour), [])]
        # Ids are of one report; FOCUS has other words for a line item type.
        ids = len(formats) == 1 and all(_has(one, "LineItemId") for one in pair)
        category = "ChargeCategory" if len(formats) > 1 and "FOCUS" in formats else "LineItemType"
        item = "UsageType" if all(_has(one, "UsageType") for one in pair) else "SkuId"
        if _overlap(*(_keys(one, category, item) for one in pair), ids=ids):
            same.add((i, j))
    return same


def _has(rows: Sequence[Mapping[str, object]], name: str) -> bool:
    return any(row[name] is not None for row in rows)


def _keys(rows: Sequence[Mapping[str, object]], category: str, item: str) -> _Keys:
    lines, of_resources, with_ids = set(), set(), set()
    for row in rows:
        quantity = row["ConsumedQuantity"]
        key = (
            row["ChargePeriodStart"],
            row["ChargePeriodEnd"],
            row["ResourceId"],
            row[item],
            row["Operation"],
            row[category],
            None if quantity is None else f"{quantity:.9g}",
        )
        lines.add(key)
        with_ids.add((*key, row["LineItemId"]))
        if row["ResourceId"] is not None:
            of_resources.add(key)
    accounts = frozenset(row["SubAccountId"] for row in rows)
    return _Keys(frozenset(lines), frozenset(of_resources), frozenset(with_ids), accounts)


def _overlap(one: _Keys, other: _Keys, *, ids: bool) -> bool:
    """Whether half of the smaller table's lines stand in the other.

    Equal ids or resources prove it. Lines without either are alike in every account and in every row of
    a price list, so they prove it only within an account, and not where ids tell them apart.
    """
    least = ENOUGH * min(len(one.lines), len(other.lines))
    if not least:
        return False
    if ids and len(one.with_ids & other.with_ids) >= ENOUGH * min(
        len(one.with_ids), len(other.with_ids)
    ):
        return True
    if len(one.of_resources & other.of_resources) >= least:
        return True
    return not ids and bool(one.accounts & other.accounts) and len(one.lines & other.lines) >= least


def not_counted(months: Sequence[TableMonth], same: set[Pair]) -> dict[int, int]:
    """The place of each table whose month is not counted, and of the one that counts instead.

    Final over not final, then what was delivered later, then more lines, then the later name.
    """
    order = sorted(range(len(months)), key=lambda place: _rank(months[place]), reverse=True)
    kept: list[int] = []
    dropped: dict[int, int] = {}
    for place in order:
        instead = next((k for k in kept if (min(k, place), max(k, place)) in same), None)
        if instead is None:
            kept.append(place)
        else:
            dropped[place] = instead
    return dropped


def _rank(one: TableMonth) -> tuple[bool, datetime, int, str]:
    return one.final, one.delivered or _LONG_AGO, one.lines, one.name


def redelivered(dropped: TableMonth, kept: TableMonth) -> Issue:
    """What is not counted, and why."""
    dollars = dropped.billed if dropped.currencies in ((), (_DOLLARS,)) else None
    amount = ""
    if dropped.billed is not None:
        words = f"{dropped.billed:f} {dropped.currencies[0]}" if dollars is None else usd(dollars)
        amount = f", {words}"
    return Issue(
        severity="warning",
        code="redelivered_report",
        message=f"{dropped.name} holds the lines of {dropped.month} that {kept.name} holds as well: "
        f"{dropped.lines:,} line(s){amount} are not counted again; {kept.name} counts because "
        f"{_reason(dropped, kept)}",
        file=dropped.name,
        rows=dropped.lines,
        cost_usd=None if dollars is None else float(dollars),
        set_aside=True,
    )


def _reason(dropped: TableMonth, kept: TableMonth) -> str:
    if kept.final and not dropped.final:
        return "its lines name an invoice: it is final"
    delivered = kept.delivered or _LONG_AGO
    if delivered > (dropped.delivered or _LONG_AGO):
        moment = delivered - timedelta(microseconds=delivered.microsecond)
        return f"it was delivered later ({moment:%Y-%m-%d %H:%M:%S} UTC)"
    if kept.lines > dropped.lines:
        return f"it has more lines ({kept.lines:,})"
    return "its name comes later"
