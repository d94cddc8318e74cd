"""How did budgets end period by period, and where will the fiscal year end?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finops.budget_manager import Budget, PeriodVariance, YearEnd, known, variances, year_end
from finops.errors import Issue
from finops.estate import Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class VarianceReport:
    """A line for each budget and period, the periods of a budget oldest first."""

    periods: tuple[PeriodVariance, ...]
    as_of: date
    source: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndOutlook:
    """A line for each budget, in its fiscal year."""

    budgets: tuple[YearEnd, ...]
    as_of: date
    source: str
    issues: tuple[Issue, ...]


def variance_report(estate: Estate, kept: tuple[Budget, ...], periods: int = 12) -> VarianceReport:
    """At most so many periods of each budget. Raises CurrencyError for a bill not in dollars."""
    facts = known(estate)
    return VarianceReport(
        periods=tuple(line for budget in kept for line in variances(budget, facts, periods)),
        as_of=estate.as_of,
        source=source_of(estate),
        issues=estate.issues,
    )


def year_end_outlook(estate: Estate, kept: tuple[Budget, ...]) -> YearEndOutlook:
    """Each budget's year. Raises CurrencyError for a bill not in dollars."""
    facts = known(estate)
    return YearEndOutlook(
        budgets=tuple(year_end(budget, facts) for budget in kept),
        as_of=estate.as_of,
        source=source_of(estate),
        issues=estate.issues,
    )


def source_of(estate: Estate) -> str:
    """Where the actuals come from: ``costs`` (the bill) or ``inventory`` (the resource lists)."""
    return "inventory" if estate.billed is None else "costs"
