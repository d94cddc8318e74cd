"""What is wrong with the costs of a bill, on how many lines, and how many dollars is that?"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from finops.errors import Issue, Severity
from finops.ingest.bills.doctor_commitments import tolerance
from finops.ingest.bills.doctor_evidence import (
    Evidence,
    Row,
    counted,
    grouped,
    month_of,
    summed,
    type_of,
)
from finops.ingest.bills.doctor_records import Calendar, CommitmentCheck
from finops.ingest.bills.doctor_shape import shape_issues
from finops.ingest.bills.doctor_verdicts import is_damaged
from finops.money import exact_sum

_COVERED, _NEGATION, _PLAN_FEE = (
    "SavingsPlanCoveredUsage",
    "SavingsPlanNegation",
    "SavingsPlanRecurringFee",
)
_RESERVED = ("DiscountedUsage", "RIFee")
_SHOWN = 5
_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


def issues_of(
    found: Evidence, days: Calendar, commitments: Sequence[CommitmentCheck]
) -> tuple[Issue, ...]:
    """Every issue, most dollars first, those without dollars by severity."""
    issues = [
        *_ri_cost_unknown(found),
        *_plan_fees_blank(found),
        *_negation_missing(found),
        *_effective_inconsistent(found),
        *_net_gross(found),
        *_repeated(found),
        *_unreadable(found),
        *_invariant(found, commitments),
        *shape_issues(found, days),
    ]
    return tuple(
        sorted(
            issues, key=lambda one: (-abs(one.cost_usd or 0), _SEVERITIES.index(one.severity), one.code)
        )
    )


def _ri_cost_unknown(found: Evidence) -> list[Issue]:
    rows = [row for row in found.written if type_of(row) in _RESERVED]
    blank = counted(rows, "UnknownEffectiveCost")
    if not blank:
        return []
    all_blank = all(row["UnknownEffectiveCost"] in {0, row["Lines"]} for row in rows)
    listed = summed([row for row in rows if row["UnknownEffectiveCost"]], "ListCost")
    worth = (
        "" if listed is None or not all_blank else f"; On-Demand they would cost {found.worded(listed)}"
    )
    return [
        Issue(
            severity="warning",
            code="ri_cost_unknown",
            message=f"RI cost unknown: the reservation cost of {blank:,} reserved line(s) is blank. "
            f"It is unknown, not 0, and in no effective total{worth}",
            rows=blank,
        )
    ]


def _plan_fees_blank(found: Evidence) -> list[Issue]:
    fees = [row for row in found.written if type_of(row) == _PLAN_FEE]
    blank = counted(fees, "UnknownEffectiveCost")
    if not blank:
        return []
    return [
        Issue(
            severity="info",
            code="plan_fee_cells_blank",
            message=f"the used and total commitment of {blank:,} Savings Plan fee line(s) are blank; "
            "what is unused was worked out as fee − covered usage, per plan and hour",
            rows=blank,
        )
    ]


def _negation_missing(found: Evidence) -> list[Issue]:
    lines, excess, months = 0, Decimal(0), []
    for month, rows in sorted(grouped(found.written, month_of).items(), key=lambda item: str(item[0])):
        covered = [row for row in rows if type_of(row) == _COVERED]
        negated = [row for row in rows if type_of(row) == _NEGATION]
        charged = summed(covered, "GrossBilledCost") or Decimal(0)
        left = charged + (summed(negated, "GrossBilledCost") or Decimal(0))
        if abs(left) > tolerance(charged):
            lines += counted(covered, "Lines")
            excess += left
            months.append(f"{month:%Y-%m}" if month else "no month")
    if not lines:
        return []
    way = "overstated" if excess > 0 else "understated"
    return [
        Issue(
            severity="error",
            code="negation_missing",
            message=f"SavingsPlanCoveredUsage and SavingsPlanNegation do not cancel in "
            f"{', '.join(months)}: the billed cost is {way} by {found.worded(abs(excess))}; "
            "export the report again, with all line item types",
            rows=lines,
            cost_usd=found.dollars(abs(excess)),
        )
    ]


def _effective_inconsistent(found: Evidence) -> list[Issue]:
    differing = counted(found.standard, "DifferingLines")
    if not differing:
        return []
    apart = summed(found.standard, "AbsoluteDifference") or Decimal(0)
    less = summed(found.standard, "Difference") or Decimal(0)
    rounded = not is_damaged(found.standard)
    return [
        Issue(
            severity="info" if rounded else "error",
            code="effective_cost_inconsistent",
            message=f"EffectiveCost contradicts BilledCost on {differing:,} of "
            f"{counted(found.standard, 'Lines'):,} pay-as-you-go lines, where both are the same by "
            f"FOCUS: {found.worded(apart)} apart, {found.worded(less)} too low in "
            "all" + ("; this is rounding" if rounded else "; use the billed cost of this bill"),
            rows=differing,
            cost_usd=found.dollars(apart),
        )
    ]


def _net_gross(found: Evidence) -> list[Issue]:
    issues = []
    for rows in grouped(found.written, month_of).values():
        net, gross = summed(rows, "BilledCost"), summed(rows, "GrossBilledCost")
        if net is None or gross is None or abs(gross - net) <= tolerance(gross):
            continue
        issues.append(
            Issue(
                severity="warning",
                code="net_gross_difference",
                message=f"{_named(rows)}: gross cost and discount lines come to "
                f"{found.worded(gross)}, the net cost to {found.worded(net)}; the "
                "net figures count",
                rows=counted(rows, "Lines"),
                cost_usd=found.dollars(abs(gross - net)),
            )
        )
    return issues


def _named(rows: Sequence[Row]) -> str:
    month = month_of(rows[0])
    return "lines without a month" if month is None else f"{month:%Y-%m}"


def _repeated(found: Evidence) -> list[Issue]:
    lines = counted(found.repeated, "Lines")
    issues = []
    if lines:
        cost = summed(found.repeated, "BilledCost")
        issues.append(
            Issue(
                severity="warning",
                code="repeated_lines",
                message=f"{lines:,} line(s) repeat another with the same id, time, type, resource and "
                f"costs, {found.worded(cost)} in all; they are counted, as bills do repeat "
                "lines: compare the total with the invoice",
                rows=lines,
                cost_usd=found.dollars(cost),
            )
        )
    if any(not row["Searched"] for row in found.repeated):
        issues.append(
            Issue(
                severity="info",
                code="repetition_not_searched",
                message="a month has too many lines to be searched for repeated ones",
            )
        )
    return issues


def _unreadable(found: Evidence) -> list[Issue]:
    broken = [row for row in found.unreadable if row["Cells"]]
    issues = []
    for column, rows in grouped(broken, lambda row: str(row["Column"])).items():
        cells = counted(rows, "Cells")
        files = list(dict.fromkeys(str(row["File"]) for row in rows))
        issues.append(
            Issue(
                severity="warning",
                code="unreadable_cells",
                message=f"{cells:,} cell(s) of {column} hold no number, such as "
                f"{_short(rows[0]['Example'])}; they are unknown, not 0",
                file=", ".join(files[:_SHOWN]),
                rows=cells,
            )
        )
    return issues


def _short(text: object) -> str:
    words = str(text)
    return repr(words if len(words) <= 40 else words[:39] + "…")


def _invariant(found: Evidence, commitments: Sequence[CommitmentCheck]) -> list[Issue]:
    broken = [check for check in commitments if check.verdict == "broken"]
    if not broken:
        return []
    amount = exact_sum(abs(check.difference_usd or Decimal(0)) for check in broken)
    names = [f"{check.id or 'without an id'} ({check.reason})" for check in broken[:_SHOWN]]
    more = f" and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
    return [
        Issue(
            severity="error",
            code="invariant_broken",
            message=f"{len(broken)} commitment(s) cost another amount than was bought, "
            f"{found.worded(amount)} in all: {'; '.join(names)}{more}",
            rows=len(broken),
            cost_usd=found.dollars(amount),
        )
    ]
