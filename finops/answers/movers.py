"""What moved the bill between two spans, by how much, and why?

Every group's change is price + usage + new + gone + commitments, to the cent: the parts of a row,
rounded together, add up to its change. The lines behind them are kept, exact, so that each part can be
worked out again (``finops.insights.attribution`` says how).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pandas as pd

from finops.answers.cost_basis import BILL_KEYS, bill_month
from finops.estate import Estate
from finops.insights.attribution import PARTS, changed_lines, grouped
from finops.insights.cause import UNCHANGED, cause, signed
from finops.money import exact, from_cents, round_lines
from finops.periods import Month, Span
from finops.schema import NO_VALUE, total

__all__ = ["GROUPS", "PARTS", "UNCHANGED", "Movers", "last_days", "movers", "signed", "whole_month"]

GROUPS = (*BILL_KEYS, "resource")
OTHER = "Other"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Movers:
    """Dollars of ``basis`` (billed or effective) in the spans ``before`` and ``after``.

    ``parts`` has the dollars of each of PARTS, to the cent; they add up to ``change_usd``. ``groups``
    has a frame per word of GROUPS: name, before_usd, after_usd, change_usd, the parts (dollars to the
    cent), new_resources, gone_resources and ``cause``, a sentence; the largest change first, and what is
    not shown as one row at the end. ``lines`` are those of ``changed_lines``, exact, with names.
    """

    basis: str
    before: Span
    after: Span
    before_usd: Decimal
    after_usd: Decimal
    change_usd: Decimal
    parts: Mapping[str, Decimal]
    groups: Mapping[str, pd.DataFrame]
    lines: pd.DataFrame


def movers(
    estate: Estate, before: Span | None = None, after: Span | None = None, limit: int = 10
) -> Movers | None:
    """What changed: by default the last full month against the month before it.

    None without a bill in dollars, and where the bill does not hold every day of both spans.
    """
    counted = bill_month(estate)
    if counted is None or estate.billed is None:
        return None
    after = after or whole_month(counted.month)
    before = before or whole_month(Month.of(after.first).previous())
    if min(before.first, after.first) < estate.billed.first:
        return None
    if max(before.last, after.last) > estate.billed.last:
        return None
    names = {f"{key}_name": name(estate.costs) for key, name in BILL_KEYS.items()}
    lines = changed_lines(estate.costs, before, after, counted.column, names)
    parts = _to_cents([exact(total(lines[part])) for part in PARTS])
    return Movers(
        basis=counted.basis.basis,
        before=before,
        after=after,
        before_usd=total(lines["before_usd"]),
        after_usd=total(lines["after_usd"]),
        change_usd=sum(parts, Decimal(0)),
        parts=dict(zip(PARTS, parts, strict=True)),
        groups={by: _group(lines, _column(by), limit) for by in GROUPS},
        lines=lines,
    )


def last_days(estate: Estate, days: int) -> tuple[Span, Span] | None:
    """The days before the last ``days`` of the bill, as many, and those; None where it has fewer."""
    if estate.billed is None:
        return None
    last = estate.billed.last
    after = Span(last - timedelta(days=days - 1), last)
    before = Span(after.first - timedelta(days=days), after.first - timedelta(days=1))
    return (before, after) if before.first >= estate.billed.first else None


def whole_month(month: Month) -> Span:
    """The days of a calendar month."""
    return Span(month.start, month.end - timedelta(days=1))


def _column(by: str) -> str:
    return by if by == "resource" else f"{by}_name"


def _group(lines: pd.DataFrame, column: str, limit: int) -> pd.DataFrame:
    names = lines[column].astype("object").fillna(NO_VALUE)
    ranked = grouped(lines.assign(name=names), ["name"])["name"]
    shown = set(ranked if len(ranked) <= limit + 1 else ranked[:limit])
    rest = f"{OTHER} ({len(ranked) - len(shown)} more)"
    folded = lines.assign(name=names.where(names.isin(shown), rest))
    table = grouped(folded, ["name"])
    table = pd.concat([table[table["name"] != rest], table[table["name"] == rest]], ignore_index=True)
    why = {name: cause(of_group) for name, of_group in folded.groupby("name", sort=False)}
    return _in_cents(table).assign(cause=table["name"].map(why))


def _in_cents(table: pd.DataFrame) -> pd.DataFrame:
    parts = [
        _to_cents([exact(row[part]) for part in PARTS]) for row in table[list(PARTS)].to_dict("records")
    ]
    rounded = pd.DataFrame(parts, columns=list(PARTS), index=table.index, dtype="object")
    change = pd.Series([sum(row, Decimal(0)) for row in parts], index=table.index, dtype="object")
    return table.assign(**{part: rounded[part] for part in PARTS}, change_usd=change)


def _to_cents(amounts: list[Decimal]) -> list[Decimal]:
    return [from_cents(cents) for cents in round_lines(amounts)]
