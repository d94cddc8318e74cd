"""Which table of a bill holds the same lines as another once more, and which of both counts?

AWS rewrites a month until it is final, and a month may come as two kinds of report. Tables of one
delivery hold different lines; a later delivery holds the same ones again, with other costs perhaps,
and they are counted once. Lines are compared, without costs and accounts, in an hour that both hold.
A month told by the hour and by the day has no line in common: there the totals are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from finops.errors import Issue
from finops.ingest.bills.surveyed import DOLLARS, TableMonth
from finops.money import exact_sum, usd

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

Pair = tuple[int, int]
ENOUGH = 0.5  # of the lines of the smaller table in the hour
_CLOSE = Decimal("0.01")  # of the larger total: an early and a final report differ a little
_NAMED = 3
_SAMPLE = 20  # lines of an hour that say enough
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The distinct lines of a table in an hour, with and without their ids, and who pays for them."""

    lines: frozenset[tuple[object, ...]]
    of_resources: frozenset[tuple[object, ...]]
    with_ids: frozenset[tuple[object, ...]]
    accounts: frozenset[object]


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

    Final over not final, then what was delivered later, then more lines, then the later name. Of what
    is left the finer counts where a month is told by the hour and by longer times.
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
    coarser = _told_by_the_hour_too(months, sorted(kept))
    return {place: coarser.get(instead, instead) for place, instead in dropped.items()} | coarser


def _told_by_the_hour_too(months: Sequence[TableMonth], places: Sequence[int]) -> dict[int, int]:
    """The tables by longer times that come to what an hourly one does, each or all of them together."""
    fine = [place for place in places if months[place].by_the_hour]
    coarse = [place for place in places if months[place].by_longer_times]
    told: dict[int, int] = {}
    for place in coarse:
        left = (one for one in fine if one not in told.values())
        same = next((one for one in left if _agree([months[one]], [months[place]])), None)
        if same is not None:
            told[place] = same
    if not told and _agree([months[one] for one in fine], [months[one] for one in coarse]):
        return dict.fromkeys(coarse, fine[0])
    return told


def mixed_granularity(months: Sequence[TableMonth]) -> tuple[Issue, ...]:
    """What is to be said where tables of a month that all count are by the hour and by longer times."""
    fine = [one.name for one in months if one.by_the_hour]
    coarse = [one for one in months if one.by_longer_times]
    if not fine or not coarse:
        return ()
    longer = sorted(one.name for one in coarse)
    return (
        Issue(
            severity="warning",
            code="mixed_granularity",
            message=f"{coarse[0].month}: {_some(longer)} tell usage by the day or the month, "
            f"{_some(sorted(fine))} by the hour; both count, for their totals differ; "
            "if both hold the same usage, give one of them",
            file=longer[0],
            rows=sum(one.lines for one in coarse),
        ),
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _agree(fine: Sequence[TableMonth], coarse: Sequence[TableMonth]) -> bool:
    """Whether both come to the same dollars, within 1 %, for the same payers."""
    amounts = [[one.billed for one in several if one.billed is not None] for several in (fine, coarse)]
    if [len(known) for known in amounts] != [len(fine), len(coarse)] or not all(amounts):
        return False
    if len({one.currencies for one in (*fine, *coarse) if one.currencies}) > 1:
        return False
    payers = [frozenset[str]().union(*(one.payers for one in several)) for several in (fine, coarse)]
    if all(payers) and payers[0].isdisjoint(payers[1]):
        return False
    one, other = (exact_sum(known) for known in amounts)
    return abs(one - other) < _CLOSE * max(abs(one), abs(other))


def _rank(one: TableMonth) -> tuple[bool, datetime, int, str]:
    return one.final, one.delivered or _LONG_AGO, one.lines, one.name


def redelivered(dropped: TableMonth, kept: TableMonth) -> Issue:
    """What is not counted, and why."""
    dollars = dropped.billed if dropped.currencies in ((), (DOLLARS,)) else None
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
    if kept.by_the_hour and dropped.by_longer_times:
        return "it tells by the hour what comes to the same there"
    if kept.final and not dropped.final:
        return "its lines name an invoice: it is final"
    delivered = kept.delivered or _LONG_AGO
    if delivered > (dropped.delivered or _LONG_AGO):
        moment = delivered - timedelta(microseconds=delivered.microsecond)
        return f"it was delivered later ({moment:%Y-%m-%d %H:%M:%S} UTC)"
    if kept.lines > dropped.lines:
        return f"it has more lines ({kept.lines:,})"
    return "its name comes later"
