"""What moved the bill between two spans, by how much, and why?

Every group's change is price + usage + new + gone + commitments, to the cent: what is shown adds up,
along each row and down each column. The lines behind it are kept, exact, so that each part can be
worked out again (``finops.insights.attribution`` says how).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pandas as pd

from finops.answers.cost_basis import BILL_KEYS, bill_month
from finops.estate import Estate
from finops.insights.attribution import PARTS, changed_lines, grouped
from finops.insights.cause import UNCHANGED, cause, signed
from finops.money import exact, fit_cents, fit_table, from_cents, round_lines, to_cents
from finops.periods import Month, Span
from finops.schema import NO_VALUE, total

__all__ = ["GROUPS", "PARTS", "UNCHANGED", "Movers", "last_days", "movers", "signed", "whole_month"]

GROUPS = (*BILL_KEYS, "resource")
OTHER = "Other"
_SIDES = ("before_usd", "after_usd")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Movers:
    """Dollars of ``basis`` (billed or effective) in the spans ``before`` and ``after``, to the cent.

    ``parts`` has the dollars of each of PARTS; they add up to ``change_usd``, and with ``before_usd``
    to ``after_usd``. ``groups`` has a frame per word of GROUPS: name, before_usd, after_usd,
    change_usd, the parts, new_resources, gone_resources and ``cause``, a sentence; the largest change
    first, and what is not shown as one row at the end. Rows add up as the whole does, and columns to
    the whole: both sides of a row are rounded with the others, and its parts between them. ``lines``
    are those of ``changed_lines``, exact, with names.
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


@dataclass(frozen=True, slots=True)
class _Whole:
    """The whole in cents: both sides, and the parts of the change between them."""

    before: int
    after: int
    parts: list[int]


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
    earlier, later = (to_cents(total(lines[side])) for side in _SIDES)
    parts = fit_cents([total(lines[part]) for part in PARTS], later - earlier)
    whole = _Whole(earlier, later, parts)
    return Movers(
        basis=counted.basis.basis,
        before=before,
        after=after,
        before_usd=from_cents(whole.before),
        after_usd=from_cents(whole.after),
        change_usd=from_cents(whole.after - whole.before),
        parts=_dollars_of(whole.parts),
        groups={by: _group(lines, _column(by), limit, whole) for by in GROUPS},
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


def _group(lines: pd.DataFrame, column: str, limit: int, whole: _Whole) -> pd.DataFrame:
    names = lines[column].astype("object").fillna(NO_VALUE)
    ranked = grouped(lines.assign(name=names), ["name"])["name"]
    shown = set(ranked if len(ranked) <= limit + 1 else ranked[:limit])
    rest = f"{OTHER} ({len(ranked) - len(shown)} more)"
    folded = lines.assign(name=names.where(names.isin(shown), rest))
    table = grouped(folded, ["name"])
    table = pd.concat([table[table["name"] != rest], table[table["name"] == rest]], ignore_index=True)
    in_cents = _in_cents(table, whole)
    of_name = dict(iter(folded.groupby("name", sort=False)))
    why = [
        cause(of_name[row["name"]], {part: row[part] for part in PARTS})
        for row in in_cents.to_dict("records")
    ]
    return in_cents.assign(cause=pd.Series(why, index=in_cents.index, dtype="str"))


def _in_cents(table: pd.DataFrame, whole: _Whole) -> pd.DataFrame:
    before, after = (
        round_lines([exact(amount) for amount in table[side]], cents)
        for side, cents in zip(_SIDES, (whole.before, whole.after), strict=True)
    )
    change = [then - now for now, then in zip(before, after, strict=True)]
    exactly = [[exact(row[part]) for part in PARTS] for row in table[list(PARTS)].to_dict("records")]
    parts = pd.DataFrame(
        fit_table(exactly, change, whole.parts), columns=list(PARTS), index=table.index, dtype="object"
    )
    cents = parts.assign(before_usd=before, after_usd=after, change_usd=change)
    table = table.copy()
    for name in cents:
        table[name] = cents[name].map(from_cents).astype("object")
    return table


def _dollars_of(parts: Sequence[int]) -> Mapping[str, Decimal]:
    return {name: from_cents(cents) for name, cents in zip(PARTS, parts, strict=True)}
