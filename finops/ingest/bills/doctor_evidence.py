"""What do the small tables of all parts and months say together? Exact sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

import pyarrow as pa

from finops.ingest.bills.doctor_records import (
    AccountTotal,
    Bases,
    FileTotals,
    LineTotal,
    MonthTotals,
    PartFacts,
    TagCover,
    amount_text,
)
from finops.money import exact_sum

Row = Mapping[str, Any]
Key = TypeVar("Key")
Months = Mapping[str, Mapping[str, pa.Table]]
NO_TYPE = "(none)"
_ASSUMED_CURRENCY = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The counted rows of every fact. ``written`` are the lines as written, ``settled`` after it.

    ``counted_parts`` are those of which a month counts.
    """

    parts: tuple[PartFacts, ...]
    counted_parts: tuple[PartFacts, ...]
    currency: str
    written: tuple[Row, ...]
    settled: tuple[Row, ...]
    standard: tuple[Row, ...]
    accounts: tuple[Row, ...]
    days: tuple[Row, ...]
    tagged: tuple[Row, ...]
    commitments: tuple[Row, ...]
    repeated: tuple[Row, ...]
    unreadable: tuple[Row, ...]

    def worded(self, amount: Decimal | None) -> str:
        """The amount in the bill's own currency."""
        return amount_text(amount, self.currency)

    def dollars(self, amount: Decimal | None) -> float | None:
        """The amount on an issue; None where the bill is in another currency than US dollars."""
        return float(amount) if amount is not None and self.currency == "USD" else None


def evidence(parts: Sequence[PartFacts], months: Months) -> Evidence:
    """The rows of all tables, without the months of a part that are not counted."""
    written = _of_parts(parts, "totals")
    counted_files = {row["File"] for row in written}
    return Evidence(
        parts=tuple(parts),
        counted_parts=tuple(part for part in parts if part.name in counted_files),
        currency=_currency(written),
        written=written,
        settled=_of_months(months, "settled_totals"),
        standard=_of_parts(parts, "pay_as_you_go"),
        accounts=_of_months(months, "accounts"),
        days=_of_months(months, "days"),
        tagged=_of_months(months, "tagged"),
        commitments=_of_months(months, "commitments"),
        repeated=_of_months(months, "repeated"),
        unreadable=tuple(
            row for row in _of_parts(parts, "unreadable_cells") if row["File"] in counted_files
        ),
    )


def _currency(written: Sequence[Row]) -> str:
    """The bill's one currency; a bill that names none is in US dollars, as everywhere here."""
    found = sorted({str(row["BillingCurrency"]).upper() for row in written if row["BillingCurrency"]})
    return " and ".join(found) or _ASSUMED_CURRENCY


def _of_parts(parts: Sequence[PartFacts], name: str) -> tuple[Row, ...]:
    return tuple(
        row | {"File": part.name, "Format": part.format}
        for part in parts
        if name in part.facts
        for row in part.facts[name].to_pylist()
        if row.get("Month") is None or row["Month"].date() not in part.left_out
    )


def _of_months(months: Months, name: str) -> tuple[Row, ...]:
    return tuple(row for facts in months.values() if name in facts for row in facts[name].to_pylist())


def summed(rows: Iterable[Row], column: str) -> Decimal | None:
    """The exact sum of what is known; None where nothing is."""
    known = [row[column] for row in rows if row[column] is not None]
    return exact_sum(known) if known else None


def counted(rows: Iterable[Row], column: str) -> int:
    return sum(int(row[column] or 0) for row in rows)


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """The rows of each key, in the order in which they come."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def type_of(row: Row) -> str:
    return str(row["LineItemType"] or NO_TYPE)


def month_of(row: Row) -> date | None:
    month: datetime | None = row["Month"]
    return None if month is None else month.date()


def bases_of(written: Sequence[Row], settled: Sequence[Row]) -> Bases:
    return Bases(
        billed=summed(written, "BilledCost"),
        effective=summed(settled, "EffectiveCost"),
        list=summed(written, "ListCost"),
        contracted=summed(written, "ContractedCost"),
        gross=summed(written, "GrossBilledCost"),
    )


def line_totals(written: Sequence[Row], settled: Sequence[Row]) -> tuple[LineTotal, ...]:
    """By line type, most dollars first; a refund counts by its size."""
    after = grouped(settled, type_of)
    totals = [
        LineTotal(
            line_item_type=name,
            lines=counted(rows, "Lines"),
            unblended=summed(rows, "GrossBilledCost"),
            billed=summed(rows, "BilledCost"),
            effective=summed(after.get(name, ()), "EffectiveCost"),
            list=summed(rows, "ListCost"),
            contracted=summed(rows, "ContractedCost"),
            unknown_effective_lines=counted(after.get(name, ()), "UnknownEffectiveCost"),
        )
        for name, rows in grouped(written, type_of).items()
    ]
    return tuple(
        sorted(totals, key=lambda total: (-abs(total.unblended or Decimal(0)), total.line_item_type))
    )


def file_totals(found: Evidence) -> tuple[FileTotals, ...]:
    by_file = grouped(found.written, lambda row: str(row["File"]))
    return tuple(_file_totals(part, by_file.get(part.name, []), found) for part in found.parts)


def _file_totals(part: PartFacts, written: list[Row], found: Evidence) -> FileTotals:
    """Blank plan fees can be settled for the file where its months are in no other."""
    months = {month_of(row) for row in written}
    others = {month_of(row) for row in found.written if row["File"] != part.name}
    alone = not months & others
    settled = [row for row in found.settled if month_of(row) in months] if alone else written
    return FileTotals(
        path=part.name,
        format=part.format,
        version=part.version,
        rows=part.rows,
        broken_rows=part.broken_rows,
        bases=bases_of(written, settled),
        totals=line_totals(written, settled),
    )


def month_totals(found: Evidence) -> tuple[MonthTotals, ...]:
    settled = grouped(found.settled, month_of)
    return tuple(
        MonthTotals(
            month=month,
            bases=bases_of(rows, settled.get(month, [])),
            totals=line_totals(rows, settled.get(month, [])),
        )
        for month, rows in sorted(
            ((month, rows) for month, rows in grouped(found.written, month_of).items() if month),
            key=lambda item: item[0],
        )
    )


def account_totals(rows: Sequence[Row]) -> tuple[AccountTotal, ...]:
    """By account over all months, most dollars first."""
    totals = [
        AccountTotal(
            billing_account_id=payer,
            billing_account_name=_last(group, "BillingAccountName"),
            account_id=account,
            account_name=_last(group, "SubAccountName"),
            lines=counted(group, "Lines"),
            billed=summed(group, "BilledCost"),
            effective=summed(group, "EffectiveCost"),
        )
        for (payer, account), group in grouped(
            rows, lambda row: (row["BillingAccountId"], row["SubAccountId"])
        ).items()
    ]
    return tuple(sorted(totals, key=lambda one: (-(one.billed or Decimal(0)), one.account_id or "")))


def _last(rows: Sequence[Row], column: str) -> str | None:
    return next((row[column] for row in reversed(rows) if row[column] is not None), None)


def tag_covers(rows: Sequence[Row], *, by_effective: bool) -> tuple[TagCover, ...]:
    """The cover of any tag first, then of each key, most dollars first."""
    cost = "EffectiveCost" if by_effective else "BilledCost"
    whole = summed(rows, f"{cost}All") or Decimal(0)
    by_key: dict[str, list[tuple[int, Decimal]]] = {}
    for row in rows:
        numbers = [name.removeprefix("Key") for name in row if name.startswith("Key")]
        for number in numbers:
            seen = (row[f"Lines{number}"] or 0, row[f"{cost}{number}"] or Decimal(0))
            by_key.setdefault(row[f"Key{number}"], []).append(seen)
    covers = [
        _cover(key, sum(lines for lines, _ in seen), exact_sum(dollars for _, dollars in seen), whole)
        for key, seen in by_key.items()
    ]
    covers = [cover for cover in covers if cover.lines]
    total = _cover(None, counted(rows, "LinesAny"), summed(rows, f"{cost}Any") or Decimal(0), whole)
    return (total, *sorted(covers, key=lambda cover: (-cover.cost, cover.key or ""))) if rows else ()


def _cover(key: str | None, lines: int, cost: Decimal, whole: Decimal) -> TagCover:
    return TagCover(
        key=key, lines=lines, cost=cost, cost_pct=float(100 * cost / whole) if whole > 0 else None
    )
