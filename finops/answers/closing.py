"""Which months of a chargeback are closed, and what has the bill changed in them since?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeAlias

import pandas as pd
from pydantic import ValidationError, model_validator

from finops.answers.allocation import Chargeback, ChargebackSettings, chargeback, months_of
from finops.chargeback import (
    CLOSED_FILE,
    Adjustment,
    AllocationRules,
    BillOwner,
    ChargebackReport,
    ClosedPeriod,
    ClosedPeriods,
    PeriodKey,
    Terms,
    close,
    compared,
    facts_looked_up,
    frozen,
    outstanding,
    reopen,
    review,
)
from finops.errors import AllocationError
from finops.estate import Estate
from finops.periods import Month, between
from finops.storage import JsonStore, default_store, reason_of
from finops.tagging.virtual_tags import VirtualTag

__all__ = [
    "ClosedPeriods",
    "KeptPeriods",
    "Settled",
    "close_period",
    "closed_periods",
    "reopen_period",
    "settled",
    "unchanged",
]

# How a chargeback is worked out; a face that keeps answers gives its own way.
Work: TypeAlias = Callable[[Estate, ChargebackSettings], Chargeback]


# What a reader calls the terms.
_TERMS: Mapping[str, str] = {
    "rules": "rules",
    "shared": "sharing of untagged cost",
    "shares": "fixed shares",
    "drivers": "drivers",
    "virtual_tags": "virtual tags",
    "accounts": "accounts",
}


class KeptPeriods(ClosedPeriods):
    """The closed periods as they are read: the virtual tags of their terms are ones too."""

    @model_validator(mode="after")
    def _has_virtual_tags(self) -> KeptPeriods:
        for closed in self.periods:
            try:
                _virtual_tags(closed)
            except ValidationError as error:
                raise ValueError(
                    f"the virtual tags that {closed.period} was closed by: {reason_of(error)}"
                ) from error
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """A chargeback as it counts: as it was closed where it is closed, with the adjustments of earlier
    closed periods, beside the month before as that was closed. ``restated`` says that the bill of a
    closed period is not what it was, ``other_terms`` which of the terms that are asked for now it was
    closed without: they do not count."""

    answer: Chargeback
    adjustments: tuple[Adjustment, ...]
    closed_at: datetime | None = None
    closed_by: str | None = None
    restated: bool = False
    other_terms: tuple[str, ...] = ()


def closed_periods(store: JsonStore | None = None) -> ClosedPeriods:
    """What is closed, and the log of it. Raises StateError where that cannot be read."""
    return (store or default_store()).read(CLOSED_FILE, KeptPeriods).value


def settled(
    estate: Estate, settings: ChargebackSettings, store: JsonStore, work: Work = chargeback
) -> Settled:
    """The chargeback that is asked for, held against what is closed.

    A closed period is worked out by the rules that it was closed by. Raises what ``chargeback`` does,
    and StateError where the closed periods cannot be read.
    """
    document = closed_periods(store)
    answer = work(estate, settings)
    report = answer.report
    closed = document.find(_key(estate, report))
    if closed is None:
        answer = _against_closed(document, estate, answer, settings)
        return Settled(answer=answer, adjustments=_adjustments(document, estate, answer, work))
    now = _worked_out(estate, closed, work)
    kept = frozen(closed, now.report)
    return Settled(
        answer=replace(now, report=kept, review=review(kept, closed.terms.drivers)),
        adjustments=closed.adjustments,
        closed_at=closed.closed_at,
        closed_by=closed.closed_by,
        restated=not closed.is_of(now.report),
        other_terms=_other_terms(_terms(estate, settings, report), closed.terms),
    )


def close_period(
    estate: Estate, settings: ChargebackSettings, store: JsonStore, *, at: datetime, who: str
) -> Settled:
    """Freeze the chargeback and post the adjustments of earlier periods. Raises AllocationError where
    it is closed already or is no whole month of a bill."""
    answer = chargeback(estate, settings)
    terms = _terms(estate, settings, answer.report)
    store.update(
        CLOSED_FILE,
        KeptPeriods,
        lambda document: close(
            document,
            _against_closed(document, estate, answer, settings).report,
            terms,
            _adjustments(document, estate, answer, chargeback),
            owner=_owner(estate, answer.report.period),
            first_charge=_first_charge(estate, answer.report.period),
            at=at,
            who=who,
        ),
    )
    return settled(estate, settings, store)


def reopen_period(
    estate: Estate,
    settings: ChargebackSettings,
    store: JsonStore,
    *,
    at: datetime,
    who: str,
    reason: str,
) -> Settled:
    """Let a closed period go; the log says so. Raises AllocationError where it is not closed."""
    key = _key(estate, chargeback(estate, settings).report)
    store.update(
        CLOSED_FILE, KeptPeriods, lambda document: reopen(document, key, at=at, who=who, reason=reason)
    )
    return settled(estate, settings, store)


def unchanged(result: Settled) -> Chargeback:
    """The answer whose files may be written. Raises AllocationError where the bill has been restated."""
    if result.restated:
        report = result.answer.report
        raise AllocationError(
            f"{report.period} is closed under {report.digest[:12]} and its bill has been restated "
            "since: its files stay as they were, and what changed is an adjustment of the next period. "
            "--reopen REASON lets it go"
        )
    return result.answer


def _adjustments(
    document: ClosedPeriods, estate: Estate, answer: Chargeback, work: Work
) -> tuple[Adjustment, ...]:
    """Of the earlier closed periods that the bill still holds whole."""
    if answer.report.source != "costs":
        return ()
    return tuple(
        adjustment
        for closed in document.before(_key(estate, answer.report))
        if _holds(estate, closed)
        for adjustment in outstanding(document, closed, _worked_out(estate, closed, work).report)
    )


def _against_closed(
    document: ClosedPeriods, estate: Estate, answer: Chargeback, settings: ChargebackSettings
) -> Chargeback:
    """The answer beside the month before as it was closed, where it is."""
    report = answer.report
    if report.source != "costs":
        return answer
    key, month = _key(estate, report), str(Month.parse(report.period[:7]).previous())
    # A bill that lacks the month before is of whom it is of in its own.
    owner = _owner(estate, month) if len(_charges(estate, month)) else key.owner
    before = document.find(PeriodKey(month, key.by, key.basis, owner))
    if before is None:
        return answer
    beside = compared(report, before)
    return replace(answer, report=beside, review=review(beside, settings.drivers))


def _key(estate: Estate, report: ChargebackReport) -> PeriodKey:
    return PeriodKey(report.period, report.by, report.basis, _owner(estate, report.period))


def _owner(estate: Estate, period: str) -> BillOwner:
    named = _charges(estate, period)["BillingAccountId"].dropna().unique()
    return BillOwner(accounts=tuple(sorted(map(str, named))), sample=estate.is_sample)


def _holds(estate: Estate, closed: ClosedPeriod) -> bool:
    """Is the month in this bill, of the same billing accounts, from the day that it was closed with?"""
    if closed.period not in {str(month) for month in months_of(estate)}:
        return False
    first = _first_charge(estate, closed.period)
    return (
        first is not None
        and first <= (closed.first_charge or first)
        and _owner(estate, closed.period) == closed.owner
    )


def _first_charge(estate: Estate, period: str) -> date | None:
    charges = _charges(estate, period)
    return None if charges.empty else charges["ChargePeriodStart"].min().date()


def _charges(estate: Estate, period: str) -> pd.DataFrame:
    """The charges of a period of a bill; a run rate has none."""
    if estate.billed is None:
        return estate.costs.head(0)
    month = Month.parse(period[:7])
    return estate.costs[between(estate.costs["ChargePeriodStart"], month.start, month.end)]


def _terms(estate: Estate, settings: ChargebackSettings, report: ChargebackReport) -> Terms:
    facts = facts_looked_up(estate.accounts, settings.by, report.rules)
    return Terms(
        rules=settings.rules or AllocationRules(),
        shared=settings.shared,
        shares=None if settings.shares is None else dict(settings.shares),
        drivers=None
        if settings.drivers is None
        else {name: dict(quantities) for name, quantities in settings.drivers.items()},
        virtual_tags=tuple(one.model_dump(mode="json") for one in settings.virtual_tags),
        accounts={name: dict(of_column) for name, of_column in facts.items()},
    )


def _other_terms(asked: Terms, closed: Terms) -> tuple[str, ...]:
    return tuple(
        said
        for name, said in _TERMS.items()
        # What is kept of the accounts is what the rules look up: others keep others.
        if getattr(asked, name) != getattr(closed, name)
        and (name != "accounts" or asked.rules == closed.rules)
    )


def _virtual_tags(closed: ClosedPeriod) -> tuple[VirtualTag, ...]:
    return tuple(map(VirtualTag.model_validate, closed.terms.virtual_tags))


def _worked_out(estate: Estate, closed: ClosedPeriod, work: Work) -> Chargeback:
    """What the bill says now of a closed period, by the terms that it was closed by."""
    if closed.basis == "run_rate":
        raise AllocationError(f"{closed.period} is a run rate, which is never closed")
    return work(
        estate,
        ChargebackSettings(
            by=closed.by,
            shared=closed.terms.shared,
            basis=closed.basis,
            period=Month.parse(closed.period),
            shares=closed.terms.shares,
            rules=closed.terms.rules,
            drivers=closed.terms.drivers,
            virtual_tags=_virtual_tags(closed),
            accounts=closed.terms.accounts,
        ),
    )
