"""What should be bought? A portfolio of Reserved Instances and Savings Plans, net of what is owned.

1. Owned commitments that count from ``as_of`` on are applied to the whole evidence as if they had
   always been there: demand that a recent purchase serves is not bought twice.
2. The portfolio that costs least beside them is found (``optimum``), or, on a snapshot, the one for a
   share of the steady instances (``advice``).
3. All is billed together in AWS's order, and each row credited with what it saves there
   (``attribution``); a row that would lose is not bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from finops.money import HOURS_PER_YEAR, exact, exact_sum, share_pct
from finops.ri_engine.advice import Advice, hourly_advice, snapshot_advice
from finops.ri_engine.backtest import WindowChoice
from finops.ri_engine.claims import RI
from finops.ri_engine.confidence import confidence_horizon
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.not_priced import unpriced_pools
from finops.ri_engine.optimum import Limits
from finops.ri_engine.owned import EXPIRING_DAYS, Expiring, expiring
from finops.ri_engine.pools import Demand
from finops.ri_engine.report import Basis, Recommendation, RecommendationReport
from finops.ri_engine.rows import REPORT_DISCOUNT_RATE, present_value, rows_of
from finops.ri_engine.steady_instances import Steady


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked besides the evidence.

    ``target`` is the share that the report is held against, and that always caps snapshot evidence.
    ``owned`` are all commitments; ``ec2`` is a list of instances, for the dollars of unpriced pools.
    ``window`` says why the evidence's window is what it is, None on a snapshot.
    """

    limits: Limits
    target: float
    owned: pd.DataFrame
    ec2: pd.DataFrame
    window: WindowChoice | None = None


def recommend(
    evidence: Evidence, steady: Steady, question: Question, demand: Demand | None = None
) -> RecommendationReport:
    """Advice for the evidence. See the module for the steps and ``report`` for the figures.

    ``demand`` (of the evidence's lines) is what is bought for, by default that of the window as it was;
    what is promised is billed on the window in any case.
    """
    wanted = evidence.window if demand is None else demand
    if evidence.kind == "snapshot":
        advice = snapshot_advice(evidence, steady.instances, question.limits, question.target)
    else:
        advice = hourly_advice(evidence, wanted, question.limits)
    return report_of(evidence, steady, question, advice)


def report_of(
    evidence: Evidence, steady: Steady, question: Question, advice: Advice
) -> RecommendationReport:
    """The advice with its figures: those of the mean hour of the demand that it is billed on."""
    demand, found = advice.demand, advice.portfolio
    residual = evidence.billed(demand).residual
    eligible = float(evidence.usd @ demand.quantity.mean(axis=1))
    before = eligible - float(evidence.usd @ residual.mean(axis=1))
    after = eligible - float(evidence.usd @ advice.attribution.residual.mean(axis=1))
    rows = rows_of(evidence, steady, advice)
    saving = float(exact_sum(exact(row.annual_savings_usd) for row in rows))
    on_demand = eligible * HOURS_PER_YEAR
    ending = expiring(question.owned, evidence.as_of)
    rate = question.limits.discount_rate or REPORT_DISCOUNT_RATE
    return RecommendationReport(
        as_of=evidence.as_of,
        evidence=evidence.kind,
        evidence_start=demand.hours[0].date() if len(demand.hours) else evidence.as_of,
        evidence_hours=len(demand.hours),
        on_demand_usd=on_demand,
        annual_savings_usd=saving,
        expected_savings_usd=advice.expected_usd * HOURS_PER_YEAR,
        savings_pct=share_pct(saving, on_demand),
        npv_savings_usd=present_value(found.purchases, advice.attribution, rate),
        discount_rate_pct=rate * 100,
        optimality_gap_pct=found.gap_pct,
        optimality_gap_reason=found.gap_reason,
        coverage_before_pct=share_pct(before, eligible),
        coverage_after_pct=share_pct(after, eligible),
        target_coverage_pct=question.target * 100,
        horizon_days=confidence_horizon(evidence),
        window=question.window,
        recommendations=rows,
        not_priced=unpriced_pools(evidence, question.ec2, question.limits.kinds),
        expiring=ending,
        steady_instances=steady.listing,
        notes=_notes(evidence, question, rows, ending),
        basis=Basis(evidence, demand, advice.sized),
    )


def _notes(
    evidence: Evidence, question: Question, rows: Sequence[Recommendation], ending: Sequence[Expiring]
) -> tuple[str, ...]:
    notes = list(evidence.notes)
    if question.window is not None and rows:
        adjusted = ", and where demand is heading" if question.window.trend_adjusted else ""
        notes.append(
            f"sized on the last {question.window.days} days{adjusted} ({question.window.note}); what is "
            "promised is billed on these days as they were"
        )
    if any(row.kind == RI for row in rows):
        notes.append(
            "the account of a Reserved Instance has the largest demand that it can serve; it serves the "
            "whole organisation unless sharing is off"
        )
    if any(row.kind != RI and row.account_id is None for row in rows):
        notes.append(
            "buy plans without an account in one that runs nothing eligible, such as the management "
            "account: a plan serves its owner first, and only then whatever saves most"
        )
    if rows and evidence.kind == "hourly":
        notes.append(_horizon(confidence_horizon(evidence)))
    if ending:
        notes.append(
            f"owned commitments that end within {EXPIRING_DAYS} days: {len(ending)}; what they serve is "
            "not in this advice: renew them, or ask again when they have ended"
        )
    return tuple(notes)


def _horizon(days: int | None) -> str:
    extrapolated = "a year's saving and the terms are extrapolated from the hours of the evidence"
    if days is None:
        return f"less than 90 days of hours: no confidence is stated; {extrapolated}"
    return (
        f"confidence is that of the {days} days after the purchase, the longest tested; {extrapolated}"
    )
