"""What is worth committing to, what do the owned commitments cover, and how do plans compare?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from finops.answers.price_issues import price_issues
from finops.errors import CurrencyError, Issue
from finops.estate import DOLLARS, Estate
from finops.pricing import Catalogue, load_catalogue
from finops.ri_engine import (
    DEFAULT_TARGET_COVERAGE,
    CoverageReport,
    PlanComparison,
    Recommendation,
    RecommendationReport,
    RIRecommendationEngine,
)
from finops.ri_engine import as_commitments as proposed_commitments

__all__ = [
    "DEFAULT_LOOKBACK_DAYS",
    "DEFAULT_TARGET_COVERAGE",
    "CommitmentAdvice",
    "CommitmentSettings",
    "CoverageReport",
    "PlanComparison",
    "Recommendation",
    "RecommendationReport",
    "as_commitments",
    "compare_plans",
    "coverage",
    "recommend",
]

DEFAULT_LOOKBACK_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentSettings:
    """What may be bought, on how much evidence. None is no limit.

    ``target_coverage`` is a fraction; it caps what is bought on hourly evidence only where another
    than the default is given.
    """

    term_years: int | None = None
    payment_option: str | None = None
    offering_class: str | None = None
    lookback_days: int = DEFAULT_LOOKBACK_DAYS
    target_coverage: float = DEFAULT_TARGET_COVERAGE


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
    """Reserved Instances per pool, net of what is owned; on launch dates where no usage is given."""
    asked = settings or CommitmentSettings()
    report = _engine(asked, catalogue).generate_ri_recommendations(
        estate.ec2,
        usage=_usage(estate),
        target_coverage=asked.target_coverage,
        commitments=estate.commitments,
        as_of=estate.as_of,
        term_years=asked.term_years,
        payment_option=asked.payment_option,
        offering_class=asked.offering_class,
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
        estate.ec2, usage=_usage(estate), commitments=estate.commitments, as_of=estate.as_of
    )


def compare_plans(
    estate: Estate, settings: CommitmentSettings | None = None, catalogue: Catalogue | None = None
) -> PlanComparison:
    """Reserved Instances beside Savings Plans: alternatives, never to be added up."""
    asked = settings or CommitmentSettings()
    return _engine(asked, catalogue).generate_savings_plan_comparison(
        estate.ec2,
        usage=_usage(estate),
        commitments=estate.commitments,
        as_of=estate.as_of,
        target_coverage=asked.target_coverage,
    )


def as_commitments(advice: CommitmentAdvice, estate: Estate) -> pd.DataFrame:
    """The advice as a ``commitments`` frame, with ids that differ from those of what is owned."""
    owned = set(estate.commitments["CommitmentId"])
    return proposed_commitments(advice.report.recommendations, taken=owned)


def _engine(settings: CommitmentSettings, catalogue: Catalogue | None) -> RIRecommendationEngine:
    return RIRecommendationEngine(settings.lookback_days, catalogue=catalogue or load_catalogue())


def _usage(estate: Estate) -> pd.DataFrame | None:
    if estate.currency not in {None, DOLLARS} and estate.usage.empty and estate.ec2.empty:
        raise CurrencyError(
            f"the bill is in {estate.currency}, and prices are in US dollars: its instances cannot be "
            "priced; give a bill in USD, or hourly usage (--usage)"
        )
    return None if estate.usage.empty else estate.usage
