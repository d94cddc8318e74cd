"""What is worth committing to, what do the owned commitments cover, and how do plans compare?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from finops.answers.price_issues import price_issues
from finops.errors import CurrencyError, Issue
from finops.estate import DOLLARS, Estate
from finops.pricing import Catalogue, load_catalogue
from finops.ri_engine import (
    DEFAULT_TARGET_COVERAGE,
    EVERY_KIND,
    CoverageReport,
    Limits,
    PlanComparison,
    Recommendation,
    RecommendationReport,
    RIRecommendationEngine,
)
from finops.ri_engine import as_commitments as proposed_commitments
from finops.ri_engine.negotiated import negotiated

__all__ = [
    "DEFAULT_TARGET_COVERAGE",
    "EVERY_KIND",
    "CommitmentAdvice",
    "CommitmentSettings",
    "CoverageReport",
    "PlanComparison",
    "Recommendation",
    "RecommendationReport",
    "as_commitments",
    "compare_plans",
    "coverage",
    "prices_for",
    "recommend",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSettings:
    """What may be bought, on how much evidence. The defaults are no limit.

    ``lookback_days`` None: the window is chosen by back-test. ``target_coverage`` and ``discount_rate``
    (of a year) are fractions; the percentages are 0 to 100. ``negotiated_discount_pct`` is what a
    private agreement takes off On-Demand list prices where the usage names no rate of its own.
    """

    kinds: tuple[str, ...] = EVERY_KIND
    term_years: int | None = None
    payment_option: str | None = None
    offering_class: str | None = None
    lookback_days: int | None = None
    target_coverage: float | None = None
    max_upfront_usd: float | None = None
    min_utilization_pct: float | None = None
    max_break_even_months: float | None = None
    max_expiring_pct: float | None = None
    discount_rate: float = 0.0
    negotiated_discount_pct: float = 0.0
    risk_aversion: float = 0.0
    prefer_reserved: bool = False

    @property
    def limits(self) -> Limits:
        """The limits as the engine takes them."""
        return Limits(
            kinds=self.kinds,
            term_years=self.term_years,
            payment_option=self.payment_option,
            offering_class=self.offering_class,
            max_upfront_usd=self.max_upfront_usd,
            target_coverage=self.target_coverage,
            min_utilization_pct=self.min_utilization_pct,
            max_break_even_months=self.max_break_even_months,
            risk_aversion=self.risk_aversion,
            discount_rate=self.discount_rate,
            prefer_reserved=self.prefer_reserved,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentAdvice:
    """The advice, with what it rests on. ``source`` is the evidence: hourly usage or a snapshot."""

    report: RecommendationReport
    settings: CommitmentSettings
    as_of: date
    source: str
    issues: tuple[Issue, ...]


def recommend(
    estate: Estate, settings: CommitmentSettings | None = None, catalogue: Catalogue | None = None
) -> CommitmentAdvice:
    """The portfolio that costs least, net of what is owned; on launch dates where no usage is given."""
    asked = settings or CommitmentSettings()
    target = float(DEFAULT_TARGET_COVERAGE) if asked.target_coverage is None else asked.target_coverage
    report = _engine(asked, catalogue).generate_recommendations(
        estate.ec2,
        hourly_usage(estate),
        limits=asked.limits,
        target_coverage=target,
        commitments=estate.commitments,
        as_of=estate.as_of,
    )
    return CommitmentAdvice(
        report=report,
        settings=asked,
        as_of=estate.as_of,
        source=report.evidence,
        issues=(*estate.issues, *price_issues(estate, catalogue)),
    )


def coverage(estate: Estate, catalogue: Catalogue | None = None) -> CoverageReport:
    """What the owned commitments cover and how much of them is used."""
    return _engine(CommitmentSettings(), catalogue).calculate_current_coverage(
        estate.ec2, usage=hourly_usage(estate), commitments=estate.commitments, as_of=estate.as_of
    )


def compare_plans(
    estate: Estate, settings: CommitmentSettings | None = None, catalogue: Catalogue | None = None
) -> PlanComparison:
    """Reserved Instances beside Savings Plans, and both together: alternatives, never to be added up."""
    asked = settings or CommitmentSettings()
    engine = _engine(replace(asked, lookback_days=asked.lookback_days or 90), catalogue)
    return engine.generate_savings_plan_comparison(
        estate.ec2,
        usage=hourly_usage(estate),
        commitments=estate.commitments,
        as_of=estate.as_of,
        target_coverage=DEFAULT_TARGET_COVERAGE
        if asked.target_coverage is None
        else asked.target_coverage,
    )


def as_commitments(advice: CommitmentAdvice, estate: Estate) -> pd.DataFrame:
    """The advice as a ``commitments`` frame, with ids that differ from those of what is owned.

    It counts from the day after the last day of the evidence.
    """
    owned = set(estate.commitments["CommitmentId"])
    purchases = [row.purchase for row in advice.report.recommendations]
    return proposed_commitments(purchases, advice.report.as_of, taken=owned)


def prices_for(settings: CommitmentSettings, catalogue: Catalogue | None = None) -> Catalogue:
    """The catalogue with the discount that a private agreement takes off its On-Demand prices."""
    return negotiated(catalogue or load_catalogue(), settings.negotiated_discount_pct)


def hourly_usage(estate: Estate) -> pd.DataFrame | None:
    """The hourly usage, None without any. Raises CurrencyError for a bill in another currency alone."""
    if estate.currency not in {None, DOLLARS} and estate.usage.empty and estate.ec2.empty:
        raise CurrencyError(
            f"the bill is in {estate.currency}, and prices are in US dollars: its instances cannot be "
            "priced; give a bill in USD, or hourly usage (--usage)"
        )
    return None if estate.usage.empty else estate.usage


def _engine(settings: CommitmentSettings, catalogue: Catalogue | None) -> RIRecommendationEngine:
    return RIRecommendationEngine(settings.lookback_days, catalogue=prices_for(settings, catalogue))
