"""Does what was bought equal what was used and left over? FOCUS's invariant, per commitment.

Over the life of a commitment Σ EffectiveCost(Usage) = Σ BilledCost(Purchase) = Σ Used + Σ Unused
(FOCUS 1.2, CommitmentDiscountId). A bill that does not span the term can be held against the fees of
its own hours, as long as nothing was paid upfront; otherwise it says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from finops.ingest.bills.doctor_evidence import Row, counted, grouped, summed
from finops.ingest.bills.doctor_records import CommitmentCheck, CommitmentVerdict

_CENT = Decimal("0.01")
_ROUNDING = Decimal("1e-6")
_LEAST_TERM_DAYS = 300


def tolerance(amount: Decimal | None) -> Decimal:
    """A cent, and a millionth of the amount: lines are rounded one by one."""
    return _CENT + abs(amount or Decimal(0)) * _ROUNDING


def commitment_checks(rows: Sequence[Row]) -> tuple[CommitmentCheck, ...]:
    """One check a commitment, and one a type for the lines that name none; the dearest first."""
    groups = grouped(rows, lambda row: (row["Id"], row["Type"] if row["Id"] is None else None))
    checks = [_check(_Commitment(key[0], tuple(group))) for key, group in groups.items()]
    return tuple(sorted(checks, key=lambda one: (-_size(one), one.id or "", one.type or "")))


def _size(check: CommitmentCheck) -> Decimal:
    return max(check.purchased_usd or Decimal(0), (check.used_usd or Decimal(0)))


@dataclass(frozen=True, slots=True)
class _Commitment:
    id: str | None
    rows: tuple[Row, ...]

    @property
    def type(self) -> str | None:
        return next((row["Type"] for row in self.rows if row["Type"] is not None), None)

    @property
    def purchases(self) -> list[Row]:
        return [row for row in self.rows if row["ChargeCategory"] == "Purchase"]

    @property
    def upfront(self) -> list[Row]:
        return [row for row in self.purchases if row["ChargeFrequency"] == "One-Time"]

    @property
    def usage(self) -> list[Row]:
        return [row for row in self.rows if row["Status"] is not None]

    def cost(self, status: str) -> Decimal | None:
        """None where it is unknown on a line; 0 where there is no line but others say how it is used."""
        rows = [row for row in self.usage if row["Status"] == status]
        if counted(rows, "UnknownEffective") or not self.usage or (self.unknown_lines and not rows):
            return None
        return summed(rows, "EffectiveCost") or Decimal(0)

    @property
    def gross_cost(self) -> Decimal:
        """Used and unused before private discounts, as AWS's commitments are."""
        return summed(self.usage, "GrossEffectiveCost") or Decimal(0)

    @property
    def unknown_lines(self) -> int:
        return counted(self.usage, "UnknownEffective")

    @property
    def amortised_fee(self) -> Decimal | None:
        """What the fee lines commit for their hours, upfront share included; None unless all tell."""
        fees = [row for row in self.purchases if row["ChargeFrequency"] == "Recurring"]
        if not fees or counted(fees, "UnknownTotal"):
            return None
        return summed(fees, "CommitmentTotal")

    @property
    def term(self) -> tuple[datetime, datetime] | None:
        starts = [row["TermStart"] for row in self.rows if row["TermStart"]]
        ends = [row["TermEnd"] for row in self.rows if row["TermEnd"]]
        if starts and ends:
            return min(starts), max(ends)
        paid = [row for row in self.upfront if row["FirstStart"] and row["LastEnd"]]
        if not paid:
            return None
        return min(row["FirstStart"] for row in paid), max(row["LastEnd"] for row in paid)

    def spans_term(self) -> bool:
        """Whether the usage of this bill begins and ends with the term."""
        starts = [row["FirstStart"] for row in self.usage if row["FirstStart"]]
        ends = [row["LastEnd"] for row in self.usage if row["LastEnd"]]
        if self.term is None or not starts or not ends:
            return False
        start, end = self.term
        whole = (end - start).days >= _LEAST_TERM_DAYS
        return whole and min(starts) <= start and max(ends) >= end

    @property
    def fees_outlast_usage(self) -> bool:
        fees = [row["LastEnd"] for row in self.purchases if row["LastEnd"]]
        ends = [row["LastEnd"] for row in self.usage if row["LastEnd"]]
        return bool(fees and ends) and max(fees) > max(ends)


def _check(one: _Commitment) -> CommitmentCheck:
    used, unused = one.cost("Used"), one.cost("Unused")
    spent = None if used is None or unused is None else used + unused
    purchased = summed(one.purchases, "BilledCost")
    difference, verdict, reason = _judged(one, spent, purchased)
    return CommitmentCheck(
        id=one.id,
        type=one.type,
        purchased_usd=purchased,
        used_usd=used,
        unused_usd=unused,
        utilization_pct=float(100 * used / spent) if spent and used is not None else None,
        spans_term=one.spans_term(),
        difference_usd=difference,
        verdict=verdict,
        reason=reason,
    )


def _judged(
    one: _Commitment, spent: Decimal | None, purchased: Decimal | None
) -> tuple[Decimal | None, CommitmentVerdict, str]:
    if spent is None or purchased is None:
        return None, "not checkable", _what_is_absent(one, spent)
    if one.spans_term():
        return _held(spent, purchased, "what was bought for the whole term")
    if one.amortised_fee is not None:
        return _held(one.gross_cost, one.amortised_fee, "the commitment of the hours in the bill")
    reason = _why_fees_say_nothing(one, spent - purchased > tolerance(purchased))
    if reason is not None:
        return None, "not checkable", reason
    return _held(spent, purchased, "the fees of the hours in the bill")


def _what_is_absent(one: _Commitment, spent: Decimal | None) -> str:
    if one.unknown_lines:
        return f"the effective cost of {one.unknown_lines:,} lines is unknown"
    if spent is None:
        return "the bill holds its purchase and none of its use"
    return "the bill holds its use and no purchase or fee of it"


def _why_fees_say_nothing(one: _Commitment, costs_more: bool) -> str | None:
    if one.upfront:
        return "it was paid upfront, and the bill does not span its term"
    if one.fees_outlast_usage:
        return "its fee is for more time than the bill shows the use of"
    if costs_more and not _no_upfront(one):
        return "part of it may have been paid upfront, before this bill"
    return None


def _no_upfront(one: _Commitment) -> bool:
    return any((row["PaymentOption"] or "").lower().replace(" ", "") == "noupfront" for row in one.rows)


def _held(
    spent: Decimal, expected: Decimal, against: str
) -> tuple[Decimal | None, CommitmentVerdict, str]:
    difference = spent - expected
    if abs(difference) <= tolerance(expected):
        return difference, "holds", f"used + unused = {against}"
    return difference, "broken", f"used + unused is not {against}"
