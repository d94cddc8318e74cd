"""Which features can work on this bill, and why not the others?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from finops.ingest.bills.doctor_commitments import tolerance
from finops.ingest.bills.doctor_evidence import Row, counted, summed
from finops.ingest.bills.doctor_records import (
    Bases,
    Calendar,
    CommitmentCheck,
    LineTotal,
    TagCover,
    Usable,
    Verdict,
)
from finops.money import exact_sum

_CANCELLING = ("SavingsPlanCoveredUsage", "SavingsPlanNegation")
# AWS recommends on 7, 30 or 60 days; a weekday profile needs two weeks.
LEAST_COMMITMENT_DAYS = 7
LEAST_FORECAST_DAYS = 14
# Below, most of a chargeback would be its line Unallocated.
MOSTLY_TAGGED_PCT = 50.0
# Effective costs that differ from the billed ones by less are rounded, not damaged.
_ROUNDED_SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the verdicts rest on."""

    currency: str
    bases: Bases
    totals: tuple[LineTotal, ...]
    calendar: Calendar
    commitments: tuple[CommitmentCheck, ...]
    standard: tuple[Row, ...]
    tags: tuple[TagCover, ...]

    @property
    def lines(self) -> int:
        return sum(total.lines for total in self.totals)

    @property
    def unknown_effective(self) -> int:
        return sum(total.unknown_effective_lines for total in self.totals)

    def with_tags(self, tags: tuple[TagCover, ...]) -> Findings:
        return replace(self, tags=tags)


def is_damaged(standard: Sequence[Row]) -> bool:
    """Whether EffectiveCost contradicts BilledCost on pay-as-you-go lines by more than rounding."""
    billed = summed(standard, "BilledCost") or Decimal(0)
    apart = summed(standard, "AbsoluteDifference") or Decimal(0)
    return apart > abs(billed) * _ROUNDED_SHARE


def uncancelled(totals: Sequence[LineTotal]) -> Decimal:
    """What SavingsPlanNegation leaves of SavingsPlanCoveredUsage; nothing in a whole report."""
    pair = [total for total in totals if total.line_item_type in _CANCELLING]
    return exact_sum(total.unblended for total in pair if total.unblended is not None)


def effective_is_usable(found: Findings) -> bool:
    return found.bases.effective is not None and not is_damaged(found.standard)


def verdicts_of(found: Findings) -> tuple[Verdict, ...]:
    """One a feature, in the order of the dashboard."""
    answers = {
        "overview": _overview(found),
        "effective cost": _effective(found),
        "list cost": _list_cost(found),
        "commitments": _commitments(found),
        "budgets": _budgets(found),
        "forecast": _forecast(found),
        "tags": _tags(found),
        "chargeback": _chargeback(found),
    }
    return tuple(
        Verdict(feature=name, usable=usable, reason=reason) for name, (usable, reason) in answers.items()
    )


Answer = tuple[Usable, str]


def _days(number: int) -> str:
    return f"{number:,} day{'' if number == 1 else 's'}"


def _overview(found: Findings) -> Answer:
    if found.bases.billed is None:
        return "no", "no line has a billed cost"
    left = uncancelled(found.totals)
    if abs(left) > tolerance(found.bases.billed):
        return "partly", "covered usage of Savings Plans is not cancelled: billed is not what was paid"
    lines = f"{found.lines:,} line{'' if found.lines == 1 else 's'}"
    days = found.calendar
    if days.missing_days or days.missing_hours:
        return "partly", f"{lines}, and hours or days in the middle are missing"
    return "yes", f"{lines}, {_days(days.days)}"


def _effective(found: Findings) -> Answer:
    if found.bases.effective is None:
        return "no", "no line has an effective cost"
    if is_damaged(found.standard):
        lines = counted(found.standard, "DifferingLines")
        return "no", f"EffectiveCost contradicts BilledCost on {lines:,} pay-as-you-go lines"
    if found.unknown_effective:
        return "partly", f"it is unknown on {found.unknown_effective:,} of {found.lines:,} lines"
    return "yes", "known on every line"


def _list_cost(found: Findings) -> Answer:
    if found.bases.list is None:
        return "no", "no line has a list cost"
    without = [total.line_item_type for total in found.totals if total.list is None]
    if without:
        return "partly", f"no list cost on lines of type {', '.join(without)}"
    return "yes", "savings can be measured against list prices"


def _commitments(found: Findings) -> Answer:
    days = found.calendar
    dollars = _needs_dollars(found)
    if dollars is not None:
        return dollars
    if not days.hourly_days:
        word = "has no times" if days.granularity == "none" else f"is {days.granularity}"
        return "no", f"the report {word}; recommendations need hours"
    if not days.instance_lines:
        return "no", "no hourly line names an instance that ran"
    flaws = _flaws_of_hours(found)
    hours = f"hourly, {_days(days.hourly_days)}"
    return ("partly", f"{hours}; {flaws[0]}") if flaws else ("yes", hours)


def _flaws_of_hours(found: Findings) -> list[str]:
    days = found.calendar
    broken = sum(check.verdict == "broken" for check in found.commitments)
    flaws = {
        f"{broken} commitment(s) cost another amount than was bought": broken,
        f"at least {LEAST_COMMITMENT_DAYS} are needed": days.hourly_days < LEAST_COMMITMENT_DAYS,
        "hours in the middle are missing": days.missing_days or days.missing_hours,
        f"{_days(days.daily_days)} without hours": days.daily_days,
    }
    return [flaw for flaw, is_so in flaws.items() if is_so]


def _needs_dollars(found: Findings) -> Answer | None:
    if found.currency == "USD":
        return None
    return "no", f"the bill is in {found.currency}, prices and amounts are in US dollars"


def _budgets(found: Findings) -> Answer:
    dollars = _needs_dollars(found)
    if dollars is not None:
        return dollars
    days = found.calendar
    if not days.first:
        return "partly", "the report has months and no days: only whole months can be compared"
    if days.missing_days or days.missing_hours:
        return "partly", f"{_days(days.days)}, with some missing: spend is understated"
    return "yes", f"{_days(days.days)}, the last whole one {days.last_complete or days.last}"


def _forecast(found: Findings) -> Answer:
    days = found.calendar
    if not days.first:
        return "no", "the report has no days"
    if days.missing_days:
        return "partly", f"{_days(len(days.missing_days))} in the middle are missing"
    if days.days < LEAST_FORECAST_DAYS:
        return "partly", f"only {_days(days.days)}; a weekday profile needs {LEAST_FORECAST_DAYS}"
    return "yes", _days(days.days)


def _tags(found: Findings) -> Answer:
    keys = [cover.key for cover in found.tags if cover.key is not None]
    if not keys:
        return "no", "no tags in this report"
    shown = ", ".join(keys[:5]) + (", …" if len(keys) > 5 else "")
    return "yes", f"{len(keys)} key{'' if len(keys) == 1 else 's'}: {shown}"


def _chargeback(found: Findings) -> Answer:
    cover = next((cover for cover in found.tags if cover.key is None), None)
    if cover is None or not cover.lines:
        return "no", "no tags in this report"
    if cover.cost_pct is None:
        return "partly", "the cost of resources is not positive, so that no share of it is tagged"
    reason = f"{cover.cost_pct:.0f} % of the cost of resources is tagged"
    return ("yes" if cover.cost_pct >= MOSTLY_TAGGED_PCT else "partly"), reason
