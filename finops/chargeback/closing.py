"""What was closed, and what has changed in it since? ``closed_periods.json``.

A closed period keeps its lines, totals and hash. What a later bill says of it is a prior-period
adjustment of the periods after it, posted once: with the first that is closed then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from finops.chargeback.report import (
    UNALLOCATED,
    ChargebackLine,
    ChargebackReport,
    CostBasis,
    Shared,
)
from finops.chargeback.rules import AllocationRules
from finops.errors import AllocationError, StateError
from finops.money import exact_sum
from finops.periods import Month
from finops.storage import StoredDocument

CLOSED_FILE = "closed_periods.json"

_MONTH = re.compile(r"\d{4}-\d{2}")


def _a_month(text: str) -> str:
    if str(Month.parse(text)) != text:
        raise ValueError(f"{text} is not written YYYY-MM")
    return text


MonthText = Annotated[str, AfterValidator(_a_month)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Adjustment(_Record):
    """What the bill of a closed ``period`` has changed for a target since, in dollars to the cent."""

    period: MonthText
    allocated_to: str
    usd: Decimal


class Terms(_Record):
    """By which rules and virtual tags (their JSON) a period was closed: it is compared with later bills
    by these alone."""

    rules: AllocationRules = AllocationRules()
    shared: Shared = "none"
    shares: dict[str, Decimal] | None = None
    drivers: dict[str, dict[str, Decimal]] | None = None
    virtual_tags: tuple[dict[str, Any], ...] = ()


class ClosedPeriod(_Record):
    """The frozen figures of one month, key and basis. ``adjustments`` of earlier periods were posted
    with it. What does not add up was not closed so, and is refused."""

    period: MonthText
    by: str
    basis: CostBasis
    digest: str
    total_usd: Decimal
    allocated_usd: Decimal
    unallocated_usd: Decimal
    untagged_usd: Decimal
    allocated_pct: float | None
    previous_total_usd: Decimal | None
    lines: tuple[ChargebackLine, ...]
    terms: Terms
    adjustments: tuple[Adjustment, ...]
    closed_at: datetime
    closed_by: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.period, self.by, self.basis

    @model_validator(mode="after")
    def _adds_up(self) -> ClosedPeriod:
        totals = _totals(self.lines)
        sums = {
            "lines": (exact_sum(line.total_usd for line in self.lines), self.total_usd),
            "direct and shared dollars": (
                exact_sum(line.direct_usd + line.shared_usd for line in self.lines),
                self.total_usd,
            ),
            "dollars without a target": (totals.get(UNALLOCATED, Decimal(0)), self.unallocated_usd),
            "allocated dollars and the others": (
                self.allocated_usd + self.unallocated_usd,
                self.total_usd,
            ),
        }
        for what, (is_, closed) in sums.items():
            if is_ != closed:
                raise ValueError(f"the {what} of {self.period} come to {is_}, and {closed} was closed")
        if len(totals) < len(self.lines):
            raise ValueError(f"two lines of {self.period} have one name")
        return self


class LogEntry(_Record):
    """Who closed or reopened what, when and why, and the hash of what was closed."""

    at: datetime
    who: str
    action: Literal["closed", "reopened"]
    period: MonthText
    by: str
    basis: CostBasis
    digest: str
    reason: str = ""


class ClosedPeriods(StoredDocument):
    """The closed periods, oldest first, and everything that was done, in its order."""

    reset_command: ClassVar[str] = "python -m finops chargeback rules reset"

    periods: tuple[ClosedPeriod, ...] = ()
    log: tuple[LogEntry, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> ClosedPeriods:
        if len({one.key for one in self.periods}) < len(self.periods):
            raise ValueError("a period is closed twice")
        return self

    def find(self, period: str, by: str, basis: str) -> ClosedPeriod | None:
        """The closed period of this month, key and basis, or None."""
        return next((one for one in self.periods if one.key == (period, by, basis)), None)

    def before(self, period: str, by: str, basis: str) -> tuple[ClosedPeriod, ...]:
        """The closed periods of the same key and basis before this month."""
        return tuple(
            one for one in self.periods if (one.by, one.basis) == (by, basis) and one.period < period
        )


Kept = TypeVar("Kept", bound=ClosedPeriods)


def close(
    document: Kept,
    report: ChargebackReport,
    terms: Terms,
    adjustments: tuple[Adjustment, ...],
    *,
    at: datetime,
    who: str,
) -> Kept:
    """Freeze a report of a whole month of the bill. Raises AllocationError where that cannot be done."""
    if report.source != "costs" or not _MONTH.fullmatch(report.period):
        raise AllocationError(
            f"{report.period} is no whole month of a bill, which alone can be closed; "
            "name one with --period YYYY-MM"
        )
    if document.find(report.period, report.by, report.basis):
        raise AllocationError(
            f"{report.period} by {report.by} at {report.basis} cost is closed already; reopen it first"
        )
    closed = ClosedPeriod(
        period=report.period,
        by=report.by,
        basis=report.basis,
        digest=report.digest,
        total_usd=report.total_usd,
        allocated_usd=report.allocated_usd,
        unallocated_usd=report.unallocated_usd,
        untagged_usd=report.untagged_usd,
        allocated_pct=report.allocated_pct,
        previous_total_usd=report.previous_total_usd,
        lines=report.lines,
        terms=terms,
        adjustments=adjustments,
        closed_at=at,
        closed_by=_named(who),
    )
    periods = sorted([*document.periods, closed], key=lambda one: one.key)
    return document.model_copy(
        update={
            "periods": tuple(periods),
            "log": (*document.log, _entry(closed, "closed", at, who)),
        }
    )


def reopen(document: Kept, key: tuple[str, str, str], *, at: datetime, who: str, reason: str) -> Kept:
    """Let a period go. The log keeps its hash, who did it and why. Raises AllocationError where it is
    not closed, or without a reason."""
    closed = document.find(*key)
    if closed is None:
        raise AllocationError(f"{key[0]} by {key[1]} at {key[2]} cost is not closed")
    if not reason.strip():
        raise AllocationError("say why the period is reopened; the log keeps it")
    entry = _entry(closed, "reopened", at, who, reason.strip())
    periods = tuple(one for one in document.periods if one.key != key)
    return document.model_copy(update={"periods": periods, "log": (*document.log, entry)})


def outstanding(
    document: ClosedPeriods, closed: ClosedPeriod, now: ChargebackReport
) -> tuple[Adjustment, ...]:
    """What ``now`` says of a closed period more than it did, less what later periods have posted.

    By target, in the order of names; what is zero is left out.
    """
    posted = [
        one
        for later in document.periods
        if (later.by, later.basis) == (closed.by, closed.basis)
        for one in later.adjustments
        if one.period == closed.period
    ]
    was, is_now = _totals(closed.lines), _totals(now.lines)
    known = _sums(posted)
    names = sorted({*was, *is_now, *known})
    changes = {
        name: exact_sum([is_now.get(name, 0), -was.get(name, Decimal(0)), -known.get(name, Decimal(0))])
        for name in names
    }
    return tuple(
        Adjustment(period=closed.period, allocated_to=name, usd=usd)
        for name, usd in changes.items()
        if usd
    )


def frozen(closed: ClosedPeriod, now: ChargebackReport) -> ChargebackReport:
    """The report as it was closed. Its difference to the input is then what the bill has changed by.

    Raises StateError where the bill is as it was and gives other lines than were kept.
    """
    if closed.digest == now.digest and set(closed.lines) != set(now.lines):
        raise StateError(
            f"the lines of {closed.period} by {closed.by} in {CLOSED_FILE} are not those that were "
            f"closed under {closed.digest[:12]}: put a copy of the file back, or set it aside with "
            f"`{ClosedPeriods.reset_command}`"
        )
    return replace(
        now,
        digest=closed.digest,
        total_usd=closed.total_usd,
        allocated_usd=closed.allocated_usd,
        unallocated_usd=closed.unallocated_usd,
        untagged_usd=closed.untagged_usd,
        allocated_pct=closed.allocated_pct,
        previous_total_usd=closed.previous_total_usd,
        lines=closed.lines,
        reconciliation_difference_usd=closed.total_usd - now.total_usd,
    )


def _entry(
    closed: ClosedPeriod,
    action: Literal["closed", "reopened"],
    at: datetime,
    who: str,
    reason: str = "",
) -> LogEntry:
    return LogEntry(
        at=at,
        who=_named(who),
        action=action,
        period=closed.period,
        by=closed.by,
        basis=closed.basis,
        digest=closed.digest,
        reason=reason,
    )


def _named(who: str) -> str:
    if not who.strip():
        raise AllocationError("say who closes or reopens a period; the log keeps it")
    return who.strip()


def _totals(lines: Iterable[ChargebackLine]) -> Mapping[str, Decimal]:
    return {line.allocated_to: line.total_usd for line in lines}


def _sums(adjustments: Iterable[Adjustment]) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in adjustments:
        sums[one.allocated_to] = exact_sum([sums.get(one.allocated_to, 0), one.usd])
    return sums
