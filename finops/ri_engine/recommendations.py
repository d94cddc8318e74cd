"""What should be bought? Reserved Instances per pool, net of what is owned, billed together.

1. Owned commitments that count from ``as_of`` on are applied to the whole evidence as if they had
   always been there: demand that a recent purchase serves is not bought twice.
2. For what is left each pool takes the offer and quantity with the largest saving (``sizing``).
3. All are billed together with what is owned, in AWS's order, and the quantities changed until no
   single change saves more (``joint_search``).
4. Each is credited with what it saves there (``attribution``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.money import (
    HOURS_PER_MONTH,
    HOURS_PER_YEAR,
    exact,
    exact_sum,
    from_cents,
    round_cents,
    round_lines,
)
from finops.ri_engine.attribution import Attribution
from finops.ri_engine.choice import hourly_choice, largest_accounts, snapshot_choice
from finops.ri_engine.claims import RI
from finops.ri_engine.confidence import HORIZON_DAYS, backtested_share_pct
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.not_priced import unpriced_pools
from finops.ri_engine.owned import EXPIRING_DAYS, Expiring, expiring
from finops.ri_engine.proposals import purchase_date
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import Settings
from finops.ri_engine.report import Recommendation, RecommendationReport
from finops.ri_engine.sizes import family_of
from finops.ri_engine.sizing import Purchase
from finops.ri_engine.steady_instances import Steady

STOPPED = (
    "owned plans tie so many pools together that the search for better quantities was stopped before "
    "its end: another unit of a row may save a little more"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked besides the evidence.

    ``cap`` is the share of eligible dollars (hourly evidence) that may be covered, or None for no cap;
    ``target`` the share that the report is held against, and that always caps snapshot evidence.
    ``owned`` are all commitments; ``ec2`` is a list of instances, for the dollars of unpriced pools.
    """

    settings: Settings
    target: float
    cap: float | None
    owned: pd.DataFrame
    ec2: pd.DataFrame


def recommend(evidence: Evidence, steady: Steady, question: Question) -> RecommendationReport:
    """Advice for the evidence. See the module for the steps and ``report`` for the figures."""
    demand = evidence.window
    billed = evidence.billed(evidence.history)
    residual = billed.residual[:, -evidence.window_hours :]
    pool_history = evidence.pools.total(billed.residual)
    eligible = float(evidence.usd @ demand.quantity.mean(axis=1))
    before = eligible - float(evidence.usd @ residual.mean(axis=1))

    room = None if question.cap is None else question.cap * eligible
    if evidence.kind == "snapshot":
        chosen = snapshot_choice(
            evidence,
            residual,
            question.settings,
            room,
            steady=steady.instances,
            target=question.target,
        )
    else:
        chosen = hourly_choice(evidence, residual, question.settings, room)
    result = chosen.attribution
    after = eligible - float(evidence.usd @ result.residual.mean(axis=1))
    rows = _rows(evidence, steady, pool_history, chosen.purchases, result)
    saving = float(exact_sum(exact(row.annual_savings_usd) for row in rows))
    on_demand = eligible * HOURS_PER_YEAR
    ending = expiring(question.owned, evidence.as_of)
    return RecommendationReport(
        as_of=evidence.as_of,
        evidence=evidence.kind,
        evidence_start=demand.hours[0].date() if len(demand.hours) else evidence.as_of,
        evidence_hours=evidence.window_hours,
        on_demand_usd=on_demand,
        annual_savings_usd=saving,
        savings_pct=_pct(saving, on_demand),
        coverage_before_pct=_pct(before, eligible),
        coverage_after_pct=_pct(after, eligible),
        target_coverage_pct=question.target * 100,
        horizon_days=HORIZON_DAYS,
        recommendations=rows,
        not_priced=unpriced_pools(evidence, question.ec2),
        expiring=ending,
        steady_instances=steady.listing,
        notes=(*_notes(evidence, len(rows), ending), *(() if chosen.complete else (STOPPED,))),
    )


def _notes(evidence: Evidence, rows: int, ending: Sequence[Expiring]) -> tuple[str, ...]:
    notes = list(evidence.notes)
    if rows:
        notes.append(
            "the account named has the largest demand in the pool; a Reserved Instance serves the whole "
            "organisation unless sharing is off"
        )
    if rows and evidence.kind == "hourly":
        notes.append(
            "confidence is the share of past purchases for the pool alone, by the quantile rule, that "
            f"paid over the {HORIZON_DAYS} days after them: back-tested, not calibrated. A year's "
            "saving and a term of one or three years are extrapolated from the hours of the evidence"
        )
    if ending:
        notes.append(
            f"owned commitments that end within {EXPIRING_DAYS} days: {len(ending)}; what they serve is "
            "not in this advice: renew them, or ask again when they have ended"
        )
    return tuple(notes)


def _rows(
    evidence: Evidence,
    steady: Steady,
    pool_history: Floats,
    purchases: Sequence[Purchase],
    result: Attribution,
) -> tuple[Recommendation, ...]:
    cents = round_lines([exact(float(saving)) for saving in result.saving * HOURS_PER_YEAR])
    accounts = largest_accounts(evidence, evidence.window)
    rows = [
        _row(
            evidence,
            one,
            account_id=accounts[one.pool],
            annual_savings_usd=float(from_cents(cents[number])),
            value=float(result.value[number]),
            effect=float(result.effect[number]),
            utilization=float(result.utilization[number]),
            steadiness=float(steady.pct[one.pool]),
            history=pool_history[one.pool],
        )
        for number, one in enumerate(purchases)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.annual_savings_usd, row.region, row.instance_type)))


def _row(
    evidence: Evidence,
    purchase: Purchase,
    *,
    account_id: str | None,
    annual_savings_usd: float,
    value: float,
    effect: float,
    utilization: float,
    steadiness: float,
    history: Floats,
) -> Recommendation:
    key, offer, quantity = evidence.pools.keys.iloc[purchase.pool], purchase.offer, purchase.quantity
    rate = float(evidence.pool_rate[purchase.pool])
    upfront = offer.upfront_usd * quantity
    recurring = offer.recurring_usd_per_hour * quantity
    monthly_relief = (value + effect - recurring) * HOURS_PER_MONTH
    total = upfront + recurring * HOURS_PER_YEAR * offer.term_years
    measured = evidence.kind == "hourly"
    return Recommendation(
        kind=RI,
        account_id=account_id,
        region=key["Region"],
        instance_type=key["InstanceType"],
        instance_family=family_of(key["InstanceType"]),
        platform=key["Platform"],
        tenancy=key["Tenancy"],
        quantity=quantity,
        hourly_commitment_usd=None,
        term_years=offer.term_years,
        payment_option=offer.payment_option,
        offering_class=offer.offering_class,
        upfront_usd=upfront,
        monthly_usd=recurring * HOURS_PER_MONTH,
        annual_savings_usd=annual_savings_usd,
        effect_on_owned_usd=float(round_cents(effect * HOURS_PER_YEAR)),
        payback_months=upfront / monthly_relief if monthly_relief > 0 else None,
        break_even_months=total / (value * HOURS_PER_MONTH) if value > 0 else None,
        utilization_pct=utilization * 100 if measured else None,
        steadiness_pct=None if np.isnan(steadiness) else steadiness,
        confidence_pct=backtested_share_pct(
            history, offer.effective_usd_per_hour, rate, evidence.window_hours
        )
        if measured
        else None,
        evidence=evidence.kind,
        purchase_on=purchase_date(evidence.as_of),
    )


def _pct(part: float, whole: float) -> float | None:
    return part / whole * 100 if whole > 0 else None
