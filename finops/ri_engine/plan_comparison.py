"""What would each kind of commitment save on its own, and all of them together?

Every row is the best portfolio of some kinds, one class, term and payment on the same demand, what
owned commitments leave uncovered. The rows are **alternatives and never to be added**: each would serve
the same hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.attribution import Beside, attribute
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.evidence import Evidence, EvidenceKind
from finops.ri_engine.optimum import EVERY_KIND, Limits, best_portfolio
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats

TERMS = (1, 3)
PAYMENTS = ("No Upfront", "Partial Upfront", "All Upfront")
TOGETHER = "all_together"
ALTERNATIVES = (
    "the rows are alternatives, each sized alone on the same hours: their savings are never to be added"
)
_BILLS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanComparison:
    """``options`` has a row per kind, class, term and payment that is sold, the largest saving first.

    Kind (``all_together`` for the joint optimum), OfferingClass (NaN for plans), TermYears,
    PaymentOption, HourlyCostUSD (amortised, of all units and commitments), Units (RIs; NaN without),
    UpfrontUSD, AnnualSavingsUSD (mean hourly saving × 8,760, net of unused hours), UtilizationPct,
    CoveragePct (of the residual demand's On-Demand dollars). ``on_demand_usd`` is a year of that.
    """

    as_of: date
    evidence: EvidenceKind
    on_demand_usd: float
    options: pd.DataFrame = field(compare=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSize:
    """A plan's best ``commitment`` in $/h and what it then covers and uses in the mean hour, in $."""

    commitment: float
    covered_usd: float
    used_usd: float


def best_plan(demand: Floats, on_demand: Floats, plan_rate: Floats) -> PlanSize:
    """The commitment of one plan with the largest saving, of all that are whole $0.001 an hour.

    ``demand`` is (P, T) instance-hours, rates (P,) dollars per instance-hour; pools without a finite
    rate or without a saving are left out. In every hour the plan serves the highest saving percentage
    first, so a dollar at level S is worth the On-Demand ÷ plan rate of the pool that is served there: a
    falling step function, whose mean over the hours crosses 1 at the optimum; savings fall on both sides
    of it, so the best of the levels that are sold is the next below or the next above.
    """
    served = np.flatnonzero(np.isfinite(plan_rate) & (plan_rate > 0) & (plan_rate < on_demand))
    hours = demand.shape[1]
    if served.size == 0 or hours == 0:
        return PlanSize(0.0, 0.0, 0.0)
    worth = on_demand[served] / plan_rate[served]
    order = served[np.lexsort((plan_rate[served], -np.round(worth, 9)))]
    worth = on_demand[order] / plan_rate[order]
    stack = np.cumsum(demand[order] * plan_rate[order, None], axis=0)
    drop = np.repeat((worth - np.append(worth[1:], 0.0))[:, None], hours, axis=1) / hours
    levels = np.argsort(stack, axis=None, kind="stable")
    marginal = worth[0] - np.cumsum(drop.ravel()[levels])
    # The first level above which another dollar does not pay; the last always qualifies.
    at = int(np.argmax(marginal <= 1 + 1e-9))
    below = np.floor(float(stack.ravel()[levels[at]]) * 1000 + 1e-6)
    sizes = [_served_by(stack, worth, level / 1000) for level in (below, below + 1)]
    return max(sizes, key=lambda size: round(size.covered_usd - size.commitment, 9))


def _served_by(stack: Floats, worth: Floats, commitment: float) -> PlanSize:
    """What a commitment serves of stacked plan dollars, each worth so many On-Demand dollars."""
    used = np.minimum(stack, commitment)
    by_pool = np.diff(used, axis=0, prepend=0.0).mean(axis=1)
    return PlanSize(float(commitment), float(by_pool @ worth), float(by_pool.sum()))


def compare(evidence: Evidence, demand: Demand) -> PlanComparison:
    """Every kind of commitment on its own, and together, for ``demand`` of the evidence's lines."""
    residual = evidence.billed(demand).residual
    hourly = float(evidence.usd @ residual.mean(axis=1))
    rows = [row for limits in _alternatives() if (row := _row(evidence, demand, limits))]
    frame = pd.DataFrame(rows, columns=[*_COLUMNS, "CoveredUSD"])
    frame["CoveragePct"] = frame["CoveredUSD"] / hourly * 100 if hourly > 0 else np.nan
    frame = frame.sort_values(
        ["AnnualSavingsUSD", "Kind", "TermYears", "PaymentOption"],
        ascending=[False, True, True, True],
        kind="stable",
    )
    return PlanComparison(
        as_of=evidence.as_of,
        evidence=evidence.kind,
        on_demand_usd=hourly * HOURS_PER_YEAR,
        options=frame[[*_COLUMNS, "CoveragePct"]].reset_index(drop=True),
        notes=(*evidence.notes, *_estimated(evidence), ALTERNATIVES),
    )


def _estimated(evidence: Evidence) -> tuple[str, ...]:
    pools = sum(any(price.basis == "estimated" for price in prices) for prices in evidence.prices)
    if not pools:
        return ()
    return (
        f"{pools} of {len(evidence.prices)} pools have a plan rate that is an estimate, not AWS's own",
    )


_COLUMNS = [
    "Kind",
    "OfferingClass",
    "TermYears",
    "PaymentOption",
    "Units",
    "HourlyCostUSD",
    "UpfrontUSD",
    "AnnualSavingsUSD",
    "UtilizationPct",
]


def _alternatives() -> Iterator[Limits]:
    for term in TERMS:
        for payment in PAYMENTS:
            for offering_class in ("standard", "convertible"):
                yield Limits(
                    kinds=(RI,), offering_class=offering_class, term_years=term, payment_option=payment
                )
            for kinds in ((EC2_PLAN,), (COMPUTE_PLAN,), EVERY_KIND):
                yield Limits(kinds=kinds, term_years=term, payment_option=payment)


def _row(evidence: Evidence, demand: Demand, limits: Limits) -> dict[str, object] | None:
    if not any(limits.allows(price) for prices in evidence.prices for price in prices):
        return None
    bought = best_portfolio(evidence, demand, limits, bills=_BILLS).purchases
    result = attribute(evidence, demand, Beside.of(evidence, demand), bought)
    cost = float(result.cost.sum())
    reserved = [one.quantity for one in bought if one.quantity is not None]
    return {
        "Kind": limits.kinds[0] if len(limits.kinds) == 1 else TOGETHER,
        "OfferingClass": limits.offering_class,
        "TermYears": limits.term_years,
        "PaymentOption": limits.payment_option,
        "Units": float(sum(reserved)) if reserved or limits.kinds == (RI,) else np.nan,
        "HourlyCostUSD": cost,
        "UpfrontUSD": sum(one.upfront_usd for one in bought),
        "AnnualSavingsUSD": float(result.saving.sum()) * HOURS_PER_YEAR,
        "UtilizationPct": float(result.cost @ result.utilization) / cost * 100 if cost > 0 else np.nan,
        "CoveredUSD": float((result.value + result.effect).sum()),
    }
