"""What does each row of advice say? Its dollars, its use, when it pays back, how steady demand is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from finops.money import (
    HOURS_PER_MONTH,
    HOURS_PER_YEAR,
    exact,
    from_cents,
    round_cents,
    round_lines,
)
from finops.ri_engine.advice import Advice
from finops.ri_engine.attribution import Attribution
from finops.ri_engine.claims import EC2_PLAN, RI
from finops.ri_engine.confidence import confidence_of
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.limits import present_hours
from finops.ri_engine.proposals import purchase_date
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.report import Recommendation
from finops.ri_engine.sizes import family_of
from finops.ri_engine.steadiness import hourly_steadiness
from finops.ri_engine.steady_instances import Steady

# A year's cost of capital at which savings are compared where nobody gives one.
REPORT_DISCOUNT_RATE = 0.08


def rows_of(evidence: Evidence, steady: Steady, advice: Advice) -> tuple[Recommendation, ...]:
    """The rows, the largest saving first; their savings add up to that of the whole to the cent."""
    result, purchases = advice.attribution, advice.portfolio.purchases
    confidence = confidence_of(evidence, purchases)
    cents = round_lines([exact(float(saving)) for saving in result.saving * HOURS_PER_YEAR])
    rows = [
        _row(
            evidence,
            one,
            annual_savings_usd=float(from_cents(cents[number])),
            value=float(result.value[number]),
            effect=float(result.effect[number]),
            utilization=float(result.utilization[number]),
            steadiness=_steadiness(evidence, steady, advice, one),
            confidence=confidence[number],
        )
        for number, one in enumerate(purchases)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.annual_savings_usd, row.title)))


def present_value(
    purchases: Sequence[Purchase], result: Attribution, discount_rate: float
) -> float | None:
    """What the savings of all terms are worth at their start: dollars, None without purchases.

    Each row saves its mean hour's dollars for its whole term, and pays its upfront part at once.
    """
    if not purchases:
        return None
    total = 0.0
    for number, one in enumerate(purchases):
        hourly = float(result.value[number] + result.effect[number]) - one.recurring_hourly_usd
        total += hourly * present_hours(one.term_years, discount_rate) - one.upfront_usd
    return total


def _row(
    evidence: Evidence,
    one: Purchase,
    *,
    annual_savings_usd: float,
    value: float,
    effect: float,
    utilization: float,
    steadiness: float | None,
    confidence: float | None,
) -> Recommendation:
    monthly_relief = (value + effect - one.recurring_hourly_usd) * HOURS_PER_MONTH
    total = one.upfront_usd + one.recurring_hourly_usd * HOURS_PER_YEAR * one.term_years
    measured = evidence.kind == "hourly"
    return Recommendation(
        kind=one.kind,
        account_id=one.account_id,
        region=one.region,
        instance_type=one.instance_type,
        instance_family=one.instance_family,
        platform=one.platform,
        tenancy=one.tenancy,
        quantity=one.quantity,
        hourly_commitment_usd=one.hourly_commitment_usd,
        term_years=one.term_years,
        payment_option=one.payment_option,
        offering_class=one.offering_class,
        upfront_usd=one.upfront_usd,
        monthly_usd=one.recurring_hourly_usd * HOURS_PER_MONTH,
        annual_savings_usd=annual_savings_usd,
        effect_on_owned_usd=float(round_cents(effect * HOURS_PER_YEAR)),
        payback_months=one.upfront_usd / monthly_relief if monthly_relief > 0 else None,
        break_even_months=total / (value * HOURS_PER_MONTH) if value > 0 else None,
        utilization_pct=utilization * 100 if measured else None,
        steadiness_pct=steadiness,
        confidence_pct=confidence,
        evidence=evidence.kind,
        purchase_on=purchase_date(evidence.as_of),
    )


def _pool_of(evidence: Evidence, one: Purchase) -> int:
    keys = evidence.pools.keys
    same = (keys["Region"] == one.region) & (keys["InstanceType"] == one.instance_type)
    same &= (keys["Platform"] == one.platform) & (keys["Tenancy"] == one.tenancy)
    return int(np.flatnonzero(same.to_numpy())[0])


def _steadiness(evidence: Evidence, steady: Steady, advice: Advice, one: Purchase) -> float | None:
    """That of a Reserved Instance's pool, or of the On-Demand dollars that a plan may serve."""
    if one.kind == RI:
        score = float(steady.pct[_pool_of(evidence, one)])
        return None if np.isnan(score) else score
    if evidence.kind == "snapshot":
        known = steady.pct[np.isfinite(steady.pct)]
        return float(known.mean()) if known.size else None
    lines = advice.demand.lines
    reach = np.ones(len(lines), dtype=np.bool_)
    if one.kind == EC2_PLAN:
        family = lines["InstanceType"].map(family_of) == one.instance_family
        reach = (family & (lines["Region"] == one.region)).to_numpy()
    dollars: Floats = evidence.usd[reach] @ advice.demand.quantity[reach]
    return hourly_steadiness(dollars)
