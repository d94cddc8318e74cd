"""Which table of a bill holds the same lines as another once more, and which of both counts?

AWS rewrites a month until it is final, and a month may come as two kinds of report. Tables of one
delivery hold different lines; a later delivery holds the same ones again, with other costs and ids
perhaps, and they are counted once, in the hours and of the accounts that the better table holds. Lines
are compared, without costs, in an hour that both hold; what only looks alike counts and is told.
A month told by the hour and by the day has no line in common: there the totals are compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from finops.errors import Issue
from finops.ingest.bills.formats import FOCUS
from finops.ingest.bills.surveyed import DOLLARS, Block, Replaced, TableMonth
from finops.money import exact_sum, usd

if TYPE_CHECKING:
    import pyarrow as pa

Pair = tuple[int, int]
ENOUGH = 0.5  # of the lines of the smaller table in the hour
_CLOSE = Decimal("0.01")  # of the larger total: an early and a final report differ a little
_NAMED = 3
_SAMPLE = 20  # lines of an hour that say enough
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


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


def same_lines(
    months: Sequence[TableMonth], chosen: Mapping[Pair, datetime], keys: pa.Table
) -> tuple[set[Pair], set[Pair]]:
    """The pairs of tables that hold the same lines, and those that may, by ``engine.key_lines``.

    Lines are the same by their ids, whoever pays, or by all that a report says of them but the costs.
    Where only what and how much was used agrees, nobody can tell.
    """
    rows: dict[tuple[int, datetime], list[dict[str, object]]] = {}
    for row in keys.to_pylist():
        rows.setdefault((row["Place"], row["Hour"].replace(tzinfo=UTC)), []).append(row)
    same: set[Pair] = set()
    possible: set[Pair] = set()
    for (i, j), hour in chosen.items():
        formats = {months[i].format, months[j].format}
        pair = [rows.get((i, hour), []), rows.get((j, hour), [])]
        # FOCUS has other words for a line item type, and every format for services, regions and tags.
        kind = "ChargeCategory" if len(formats) > 1 and FOCUS in formats else "LineItemType"
        item = "UsageType" if all(_has(one, "UsageType") for one in pair) else "SkuId"
        what = ("ChargePeriodStart", "ChargePeriodEnd", "ResourceId", item, "Operation", kind)
        whose = ["BillingAccountId", "SubAccountId"]
        if len(formats) == 1:
            whose += ["ServiceName", "RegionId", "AvailabilityZone", "TagSetId"]
        elif all(_has(one, "SubAccountId") for one in pair):
            whose = ["SubAccountId"]  # two kinds of report are of one organisation where accounts agree
        ids = len(formats) == 1 and all(_has(one, "LineItemId") for one in pair)
        if (ids and _overlap(pair, (*what, "LineItemId"))) or _overlap(
            pair, (*what, "ConsumedQuantity", *whose)
        ):
            same.add((i, j))
        elif _overlap(pair, (*what, "ConsumedQuantity")):
            possible.add((i, j))
    return same, possible


def _has(rows: Sequence[Mapping[str, object]], name: str) -> bool:
    return any(row[name] is not None for row in rows)


def _overlap(pair: Sequence[Sequence[Mapping[str, object]]], names: Sequence[str]) -> bool:
    """Whether half of the smaller table's lines stand in the other, each as often."""
    one, other = (_counted(rows, names) for rows in pair)
    least = ENOUGH * min(one.total(), other.total())
    return bool(least) and (one & other).total() >= least


def _counted(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> Counter[tuple[object, ...]]:
    counts: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        counts[tuple(_rounded(row[name]) for name in names)] += int(str(row["Lines"]))
    return counts


def _rounded(value: object) -> object:
    return f"{value:.9g}" if isinstance(value, float) else value


def replaced(months: Sequence[TableMonth], same: set[Pair]) -> dict[int, Replaced]:
    """The place of each table that a better one holds the lines of, and what of it that one replaces.

    Final is better than not final, then what was delivered later, then more lines, then the later name.
    """
    order = sorted(range(len(months)), key=lambda place: _rank(months[place]), reverse=True)
    found: dict[int, Replaced] = {}
    for at, place in enumerate(order):
        better = [one for one in order[:at] if (min(one, place), max(one, place)) in same]
        if better:
            blocks = tuple(_block(months[place], months[one]) for one in better)
            found[place] = Replaced(by=better[0], blocks=blocks)
    return found


def wholly(month: TableMonth, by: int) -> Replaced:
    """That all of a table's month is replaced."""
    return Replaced(by=by, blocks=(Block(hours=frozenset(month.hours), accounts=month.accounts),))


def _block(worse: TableMonth, better: TableMonth) -> Block:
    """What the better table holds, whatever the account where the two write all of them otherwise."""
    hours = frozenset(worse.hours.keys() & better.hours.keys())
    common = worse.accounts & better.accounts
    return Block(hours=hours, accounts=common or worse.accounts)


def not_counted(months: Sequence[TableMonth], found: Mapping[int, Replaced]) -> dict[int, int]:
    """The place of each table of which no line counts, and of the one that counts instead.

    Of what is left the finer counts where a month is told by the hour and by longer times.
    """
    dropped = {place: one.by for place, one in found.items() if one.covers(months[place])}
    coarser = _told_by_the_hour_too(
        months, [place for place in range(len(months)) if place not in dropped]
    )
    last = {place: _last(dropped, by) for place, by in dropped.items()}
    return {place: coarser.get(by, by) for place, by in last.items()} | coarser


def _last(dropped: Mapping[int, int], place: int) -> int:
    while place in dropped:
        place = dropped[place]
    return place


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
    """Whether both come to the same dollars, within 1 %, for the same payers and accounts."""
    amounts = [[one.billed for one in several if one.billed is not None] for several in (fine, coarse)]
    if [len(known) for known in amounts] != [len(fine), len(coarse)] or not all(amounts):
        return False
    if len({one.currencies for one in (*fine, *coarse) if one.currencies}) > 1:
        return False
    payers = [frozenset[str]().union(*(one.payers for one in several)) for several in (fine, coarse)]
    if all(payers) and payers[0].isdisjoint(payers[1]):
        return False
    accounts = [{own for one in several for _, own in one.accounts if own} for several in (fine, coarse)]
    if all(accounts) and accounts[0] != accounts[1]:
        return False
    one, other = (exact_sum(known) for known in amounts)
    return abs(one - other) < _CLOSE * max(abs(one), abs(other))


def _rank(one: TableMonth) -> tuple[bool, datetime, int, str]:
    return one.final, one.delivered or _LONG_AGO, one.lines, one.name


def redelivered(dropped: TableMonth, kept: TableMonth, rest: TableMonth | None = None) -> Issue:
    """What is not counted, and why; ``rest`` still counts of a table that is replaced in part."""
    lines, billed = dropped.lines, dropped.billed
    if rest is not None:
        lines -= rest.lines
        billed = None if billed is None else exact_sum([billed, -(rest.billed or Decimal(0))])
    some = "" if rest is None else f", the other {rest.lines:,} count"
    return Issue(
        severity="warning",
        code="redelivered_report",
        message=f"{dropped.name} holds lines of {dropped.month} that {kept.name} holds as well: "
        f"{lines:,} line(s){_amount(billed, dropped.currencies)} are not counted again{some}; "
        f"{kept.name} counts because {_reason(dropped, kept)}",
        file=dropped.name,
        rows=lines,
        cost_usd=_dollars(billed, dropped.currencies),
        set_aside=True,
    )


def possibly_redelivered(several: Iterable[TableMonth]) -> Issue:
    """What is to be said of tables of a month that look alike and all count."""
    tables = sorted(several, key=lambda one: (one.lines, one.name))
    again = tables[:-1]
    known = [one.billed for one in again if one.billed is not None]
    billed = exact_sum(known) if known else None
    currencies = tuple(sorted({code for one in tables for code in one.currencies}))
    lines = sum(one.lines for one in again)
    return Issue(
        severity="error",
        code="possible_redelivery",
        message=f"{tables[0].month}: {_some(sorted(one.name for one in tables))} tell the same usage, "
        "but not of the same payer, account, service or tags, so all of them count; if they are "
        f"deliveries of one report, {lines:,} line(s){_amount(billed, currencies)} count twice: "
        "give one delivery only, or reports with the same line ids",
        file=again[0].name,
        rows=lines,
        cost_usd=_dollars(billed, currencies),
    )


def _amount(billed: Decimal | None, currencies: Sequence[str]) -> str:
    if billed is None:
        return ""
    dollars = _dollars(billed, currencies)
    return f", {billed:f} {' and '.join(currencies)}" if dollars is None else f", {usd(billed)}"


def _dollars(billed: Decimal | None, currencies: Sequence[str]) -> float | None:
    return float(billed) if billed is not None and tuple(currencies) in {(), (DOLLARS,)} else None


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
