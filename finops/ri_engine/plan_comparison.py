"""What would each kind of commitment save on its own? RIs beside Savings Plans, term by payment.

Every row is sized alone on the same demand, what owned commitments leave of it: RIs as they
are recommended (``choice``), a plan by its exact optimum, the hourly commitment at which the
next dollar saves no more than it costs. The rows are **alternatives and never to be added**: each would
serve the same hours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.choice import Choice, hourly_choice
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.evidence import Evidence, EvidenceKind
from finops.ri_engine.pools import Demand, Pools, pool_lines
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import Settings, offer_rates
from finops.ri_engine.sizes import family_of
from finops.ri_engine.sizing import reserved_offers
from finops.schema import COMMITMENTS

TERMS = (1, 3)
PAYMENTS = ("No Upfront", "Partial Upfront", "All Upfront")
# The share of a plan that is paid at its start. Source: Savings Plans user guide, payment options.
UPFRONT_SHARE = {"No Upfront": 0.0, "Partial Upfront": 0.5, "All Upfront": 1.0}
ALTERNATIVES = (
    "the rows are alternatives, each sized alone on the same hours: their savings are never to be added"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanComparison:
    """``options`` has a row per kind, class, term and payment that is sold, the largest saving first.

    Kind, OfferingClass (NaN for plans), TermYears, PaymentOption, HourlyCostUSD (amortised, of all
    units or of the plan's commitment), Units (RIs; NaN for plans), UpfrontUSD, AnnualSavingsUSD
    (mean hourly saving × 8,760, net of unused hours), UtilizationPct, CoveragePct (of the residual
    demand's On-Demand dollars). ``on_demand_usd`` is a year of that residual demand.
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


def compare(evidence: Evidence, demand: Floats) -> PlanComparison:
    """Every kind of commitment sized alone on ``demand``: residual instance-hours (P, T)."""
    rates = np.nan_to_num(evidence.pool_rate)
    mean = demand.mean(axis=1) if demand.shape[1] else np.zeros(len(rates))
    hourly = float(rates @ mean)
    rows = [row for row in (*_reserved(evidence, demand), *_plans(evidence, demand)) if row]
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

Row = dict[str, object]


def _row(key: tuple[str, str | None, int, str], cost: float, covered: float, used: float) -> Row:
    kind, offering_class, term, payment = key
    return {
        "Kind": kind,
        "OfferingClass": offering_class,
        "TermYears": term,
        "PaymentOption": payment,
        "Units": np.nan,
        "HourlyCostUSD": cost,
        "UpfrontUSD": cost * HOURS_PER_YEAR * term * UPFRONT_SHARE[payment],
        "AnnualSavingsUSD": (covered - cost) * HOURS_PER_YEAR,
        "UtilizationPct": used / cost * 100 if cost > 0 else np.nan,
        "CoveredUSD": covered,
    }


def _reserved(evidence: Evidence, demand: Floats) -> Iterator[Row]:
    alone = _without_owned(evidence, demand)
    for offering_class in ("standard", "convertible"):
        for term in TERMS:
            for payment in PAYMENTS:
                settings = Settings(
                    offering_class=offering_class, term_years=term, payment_option=payment
                )
                if any(reserved_offers(prices, settings) for prices in evidence.prices):
                    chosen = hourly_choice(alone, demand, settings, None)
                    yield _reserved_row(chosen, (RI, offering_class, term, payment))


def _without_owned(evidence: Evidence, demand: Floats) -> Evidence:
    """The same prices for demand (P, T) of pools, of no account, beside which nothing is owned."""
    keys = evidence.pools.keys
    history = Demand(lines=pool_lines(keys), hours=evidence.window.hours, quantity=demand)
    return replace(
        evidence,
        history=history,
        pools=Pools(keys, np.arange(len(keys))),
        on_demand_usd=evidence.pool_rate,
        commitments=COMMITMENTS.empty(),
        plan_rates=np.empty((0, len(keys))),
    )


def _reserved_row(chosen: Choice, key: tuple[str, str | None, int, str]) -> Row:
    """What RIs save that are billed together, spread over their families."""
    purchases, result = chosen.purchases, chosen.attribution
    row = _row(
        key,
        float(result.cost.sum()),
        float(result.value.sum()),
        float(result.cost @ result.utilization),
    )
    return row | {
        "Units": float(sum(one.quantity for one in purchases)),
        "UpfrontUSD": float(sum(one.offer.upfront_usd * one.quantity for one in purchases)),
    }


def _plans(evidence: Evidence, demand: Floats) -> Iterator[Row]:
    keys = evidence.pools.keys
    place = keys["InstanceType"].map(family_of) + " " + keys["Region"]
    everywhere = pd.Series("", keys.index)
    for kind, groups in ((EC2_PLAN, place), (COMPUTE_PLAN, everywhere)):
        for term in TERMS:
            for payment in PAYMENTS:
                rate = offer_rates(evidence.prices, kind, term, payment)
                if not np.isfinite(rate).any():
                    continue
                sizes = [
                    best_plan(demand[at], evidence.pool_rate[at], rate[at])
                    for at in groups.groupby(groups).indices.values()
                ]
                yield _row(
                    (kind, None, term, payment),
                    sum(size.commitment for size in sizes),
                    sum(size.covered_usd for size in sizes),
                    sum(size.used_usd for size in sizes),
                )
