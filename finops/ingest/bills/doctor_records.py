"""What does the doctor say of a bill? Its records, which answers and pages show as they are.

Amounts are exact and in the bill's currency, whatever the ``_usd`` of a name; None is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import pyarrow as pa

from finops.errors import Issue
from finops.money import usd

CommitmentVerdict = Literal["holds", "broken", "not checkable"]
Usable = Literal["yes", "partly", "no"]


def amount_text(amount: Decimal | None, currency: str | None) -> str:
    """The amount for a reader in its own currency, – where it is unknown: ``$1.50``, ``1.50 EUR``."""
    if amount is None or currency in {"USD", None}:
        return usd(amount)
    return f"{usd(amount).replace('$', '')} {currency}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFacts:
    """One part of a bill with its ``PART_FACTS`` and, where they were taken, its ``RAW_FACTS``.

    ``format`` is "CUR", "CUR 2.0" or "FOCUS", ``columns`` are the names in the file. ``left_out`` are
    the first days of the billing months whose lines another delivery replaces.
    """

    name: str
    format: str
    version: str | None = None
    rows: int = 0
    broken_rows: int = 0
    columns: tuple[str, ...] = ()
    facts: Mapping[str, pa.Table] = field(default_factory=dict)
    left_out: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTotal:
    """The lines of one type, as the report has them. ``unblended`` is gross of private discounts.

    ``effective`` is after blank plan fees were worked out, and leaves out ``unknown_effective_lines``.
    """

    line_item_type: str
    lines: int
    unblended: Decimal | None
    billed: Decimal | None
    effective: Decimal | None
    list: Decimal | None
    contracted: Decimal | None
    unknown_effective_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bases:
    """What the whole bill comes to on each basis."""

    billed: Decimal | None = None
    effective: Decimal | None = None
    list: Decimal | None = None
    contracted: Decimal | None = None
    gross: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTotals:
    """One file by line type. Its effective costs are as written where others share its months."""

    path: str
    format: str
    version: str | None
    rows: int
    broken_rows: int
    bases: Bases
    totals: tuple[LineTotal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTotals:
    """One billing month by line type."""

    month: date
    bases: Bases
    totals: tuple[LineTotal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTotal:
    """An account that used something, and the account that pays for it."""

    billing_account_id: str | None
    billing_account_name: str | None
    account_id: str | None
    account_name: str | None
    lines: int
    billed: Decimal | None
    effective: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentCheck:
    """FOCUS's invariant for one commitment: Σ purchases = Σ used + Σ unused.

    ``id`` is None for lines that name none. ``difference_usd`` is used + unused − purchased, None
    where that says nothing. ``utilization_pct`` is used ÷ (used + unused).
    """

    id: str | None
    type: str | None
    purchased_usd: Decimal | None
    used_usd: Decimal | None
    unused_usd: Decimal | None
    utilization_pct: float | None
    spans_term: bool
    difference_usd: Decimal | None
    verdict: CommitmentVerdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCover:
    """How much of the cost of resources carries a tag; ``key`` None is any tag of people."""

    key: str | None
    lines: int
    cost: Decimal
    cost_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """How the time of a bill is filled. Days are UTC; ``last_complete`` is the last whole one."""

    first: date | None = None
    last: date | None = None
    last_complete: date | None = None
    last_end: datetime | None = None
    days: int = 0
    hourly_days: int = 0
    daily_days: int = 0
    instance_lines: int = 0
    longer_instance_lines: int = 0
    missing_days: tuple[date, ...] = ()
    missing_hours: int = 0
    partial_last_hours: int | None = None

    @property
    def granularity(self) -> Literal["hourly", "daily", "mixed", "monthly", "none"]:
        if self.hourly_days and self.daily_days:
            return "mixed"
        if self.hourly_days:
            return "hourly"
        if self.daily_days:
            return "daily"
        return "monthly" if self.days else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a feature can work on this bill, and why, in words."""

    feature: str
    usable: Usable
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Everything the doctor says. Issues come with the most dollars first."""

    currency: str
    totals: tuple[LineTotal, ...]
    bases: Bases
    files: tuple[FileTotals, ...]
    months: tuple[MonthTotals, ...]
    accounts: tuple[AccountTotal, ...]
    commitments: tuple[CommitmentCheck, ...]
    tags: tuple[TagCover, ...]
    calendar: Calendar
    issues: tuple[Issue, ...]
    verdicts: tuple[Verdict, ...]

    def usable(self, feature: str) -> Usable | None:
        """The verdict on a feature; None for one that the doctor does not know."""
        found = (verdict.usable for verdict in self.verdicts if verdict.feature == feature)
        return next(found, None)
