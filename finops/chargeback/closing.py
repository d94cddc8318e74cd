"""What was closed, and what has changed in it since?

A closed period keeps its lines, totals and hash. What a later bill says of it is a prior-period
adjustment of the periods after it, posted once: with the first that is closed then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal, TypeVar

from finops.chargeback.closed import (
    CLOSED_FILE,
    Adjustment,
    BillOwner,
    ClosedPeriod,
    ClosedPeriods,
    LogEntry,
    PeriodKey,
    Terms,
    totals_of,
)
from finops.chargeback.report import ChargebackLine, ChargebackReport
from finops.chargeback.trail import with_month_before
from finops.errors import AllocationError, StateError
from finops.money import exact_sum

_MONTH = re.compile(r"\d{4}-\d{2}")
_NOTHING = Decimal("0.00")

Kept = TypeVar("Kept", bound=ClosedPeriods)


def close(
    document: Kept,
    report: ChargebackReport,
    terms: Terms,
    adjustments: tuple[Adjustment, ...],
    *,
    owner: BillOwner,
    first_charge: date | None,
    at: datetime,
    who: str,
) -> Kept:
    """Freeze a report of a whole month of the bill. Raises AllocationError where that cannot be done."""
    if report.source != "costs" or not _MONTH.fullmatch(report.period):
        raise AllocationError(
            f"{report.period} is no whole month of a bill, which alone can be closed; "
            "name one with --period YYYY-MM"
        )
    if document.find(PeriodKey(report.period, report.by, report.basis, owner)):
        raise AllocationError(
            f"{report.period} by {report.by} at {report.basis} cost is closed already; reopen it first"
        )
    closed = ClosedPeriod(
        period=report.period,
        by=report.by,
        basis=report.basis,
        owner=owner,
        first_charge=first_charge,
        digest=report.digest,
        own_digest=report.own_digest,
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
    periods = sorted(
        [*document.periods, closed], key=lambda one: (*one.key[:3], one.owner.sample, one.owner.accounts)
    )
    return document.model_copy(
        update={
            "periods": tuple(periods),
            "log": (*document.log, _entry(closed, "closed", at, who)),
        }
    )


def reopen(document: Kept, key: PeriodKey, *, at: datetime, who: str, reason: str) -> Kept:
    """Let a period go. The log keeps its hash, who did it and why. Raises AllocationError where it is
    not closed, or without a reason."""
    closed = document.find(key)
    if closed is None:
        raise AllocationError(f"{key.period} by {key.by} at {key.basis} cost is not closed")
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
        if later.key.series == closed.key.series
        for one in later.adjustments
        if (one.period, one.owner) == (closed.period, closed.owner)
    ]
    was, is_now = totals_of(closed.lines), totals_of(now.lines)
    known = _sums(posted)
    names = sorted({*was, *is_now, *known})
    changes = {
        name: exact_sum([is_now.get(name, 0), -was.get(name, Decimal(0)), -known.get(name, Decimal(0))])
        for name in names
    }
    return tuple(
        Adjustment(period=closed.period, owner=closed.owner, allocated_to=name, usd=usd)
        for name, usd in changes.items()
        if usd
    )


def frozen(closed: ClosedPeriod, now: ChargebackReport) -> ChargebackReport:
    """The report as it was closed. Its difference to the input is then what the bill has changed by.

    Raises StateError where the bill is as it was and gives other lines than were kept.
    """
    if closed.is_of(now) and _own_figures(closed.lines) != _own_figures(now.lines):
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


def compared(report: ChargebackReport, before: ClosedPeriod) -> ChargebackReport:
    """The report with the month before as that was closed, whatever the bill says of it now."""
    was = {line.allocated_to: line.total_usd for line in before.lines if _has_figures(line)}
    own = [line for line in report.lines if _has_figures(line) or line.allocated_to in was]
    gone = [
        ChargebackLine(
            allocated_to=name,
            direct_usd=_NOTHING,
            shared_usd=_NOTHING,
            total_usd=_NOTHING,
            previous_usd=None,
            percent=0.0 if report.total_usd > 0 else None,
            resources=0,
        )
        for name in was.keys() - {line.allocated_to for line in own}
    ]
    lines = [replace(line, previous_usd=was.get(line.allocated_to, _NOTHING)) for line in (*own, *gone)]
    ordered = tuple(sorted(lines, key=lambda line: (-line.total_usd, line.allocated_to)))
    return replace(
        report,
        lines=ordered,
        previous_total_usd=before.total_usd,
        digest=with_month_before(report.own_digest, ordered),
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
        owner=closed.owner,
        digest=closed.digest,
        reason=reason,
    )


def _named(who: str) -> str:
    if not who.strip():
        raise AllocationError("say who closes or reopens a period; the log keeps it")
    return who.strip()


def _own_figures(lines: Iterable[ChargebackLine]) -> set[ChargebackLine]:
    """The lines without the month before, which alone knows a target of nothing."""
    return {replace(line, previous_usd=None) for line in lines if _has_figures(line)}


def _has_figures(line: ChargebackLine) -> bool:
    return bool(line.direct_usd or line.shared_usd or line.resources)


def _sums(adjustments: Iterable[Adjustment]) -> Mapping[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for one in adjustments:
        sums[one.allocated_to] = exact_sum([sums.get(one.allocated_to, 0), one.usd])
    return sums
