"""What is bought in the end? The optimum of the demand, without a row that loses money."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from finops.money import HOURS_PER_YEAR, split_cents
from finops.ri_engine.attribution import Attribution, Beside, attribute
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum import Limits, Portfolio, best_portfolio
from finops.ri_engine.optimum.buyers import Buyers
from finops.ri_engine.pools import Demand, Pools, pool_lines
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.quantity import Floats
from finops.schema import COMMITMENTS


@dataclass(frozen=True, slots=True)
class Advice:
    """What to buy, sized on ``sized``, and what each purchase saves in the joint bill of ``demand``.

    ``expected_usd`` is what the mean hour of the sized demand saves.
    """

    portfolio: Portfolio
    attribution: Attribution
    demand: Demand
    sized: Demand
    expected_usd: float


def hourly_advice(evidence: Evidence, sized: Demand, limits: Limits) -> Advice:
    """The best purchases for the ``sized`` demand (of the evidence's lines), billed on the window.

    The bill of the portfolio, and its gap, are those of the demand that was sized.
    """
    found = best_portfolio(evidence, sized, limits)
    advice = without_losses(evidence, evidence.window, found)
    kept = advice.portfolio.purchases
    ahead = attribute(evidence, sized, Beside.of(evidence, sized), kept)
    portfolio = _billed(evidence, advice.portfolio, ahead)
    return replace(advice, portfolio=portfolio, sized=sized, expected_usd=float(ahead.saving.sum()))


def snapshot_advice(evidence: Evidence, steady: Floats, limits: Limits, target: float) -> Advice:
    """The best purchases for the target's share of ``steady`` instances (P,), owned ones not counted.

    Over all pools that anything is sold for, at most ``target`` of the steady instances are covered,
    those already covered included, rounded down. The units are split over the pools in proportion to
    their uncovered steady instances by largest remainder, so that an estate of many small pools is not
    left without advice; equal remainders go to the larger saving.
    """
    demand = evidence.window
    alone = steady_only(evidence, steady, limits, target)
    found = best_portfolio(alone, alone.window, replace(limits, target_coverage=None))
    buyers = Buyers.of(evidence, demand)
    named = tuple(replace(one, account_id=buyers.account(one)) for one in found.purchases)
    found = replace(found, purchases=named, gap_pct=None, gap_reason=_SNAPSHOT)
    return without_losses(evidence, demand, found)


def steady_only(evidence: Evidence, steady: Floats, limits: Limits, target: float) -> Evidence:
    """Evidence of the instances that ``snapshot_advice`` buys for, beside which nothing is owned."""
    demand = evidence.window
    covered = evidence.pools.total(demand.quantity - evidence.billed(demand).residual)[:, 0]
    cap = target if limits.target_coverage is None else min(target, limits.target_coverage)
    return _without_owned(evidence, _target_of(evidence, steady, covered, limits, cap))


_SNAPSHOT = "advice on a snapshot is capped at a share of the steady instances: it is no cheapest bill"


def without_losses(
    evidence: Evidence, demand: Demand, found: Portfolio, beside: Beside | None = None
) -> Advice:
    """The portfolio without rows that are credited with less than half a cent a year in the joint bill.

    The one that loses most goes first, and the others are looked at again. What lies ``beside`` them is
    worked out where it is not given.
    """
    beside = beside or Beside.of(evidence, demand)
    purchases = list(found.purchases)
    rows = as_commitments(purchases, evidence.as_of)
    while True:
        result = attribute(evidence, demand, beside, purchases, rows)
        yearly = result.saving * HOURS_PER_YEAR
        if not yearly.size or yearly.min() >= 0.005:
            break
        least = int(yearly.argmin())
        del purchases[least]
        rows = rows.drop(index=least).reset_index(drop=True)
    kept = replace(found, purchases=tuple(purchases))
    saving = float(result.saving.sum())
    return Advice(_billed(evidence, kept, result), result, demand, demand, saving)


def _billed(evidence: Evidence, found: Portfolio, result: Attribution) -> Portfolio:
    """The portfolio with the simulator's bill of it, account by account, and the gap of that bill."""
    bill = float(result.cost.sum() + evidence.usd @ result.residual.mean(axis=1))
    if found.bound_usd is None or found.gap_reason is not None or found.bound_usd <= 0:
        return replace(found, bill_usd=bill)
    gap = max(0.0, (bill - found.bound_usd) / found.bound_usd * 100)
    return replace(found, bill_usd=bill, gap_pct=gap)


def _target_of(
    evidence: Evidence, steady: Floats, covered: Floats, limits: Limits, target: float
) -> Floats:
    """The instances (P,) to buy for."""
    saving = np.array([_best_saving(evidence, pool, limits) for pool in range(len(steady))])
    pools = [
        pool for pool in np.argsort(-saving, kind="stable") if saving[pool] > 0 and steady[pool] > 0
    ]
    taken = float(np.minimum(covered[pools], steady[pools]).sum())
    free = [int(np.floor(max(0.0, steady[pool] - covered[pool]) + 1e-9)) for pool in pools]
    cap = Fraction(str(target)) * int(steady[pools].sum())
    total = min(sum(free), max(0, int(np.floor(float(cap) - taken + 1e-9))))
    rate, wanted = np.nan_to_num(evidence.pool_rate), np.zeros(len(steady))
    most = np.inf if limits.target_coverage is None else _coverable(evidence, limits.target_coverage)
    while total > 0:
        wanted[pools] = split_cents(total, free)
        if float(rate @ wanted) <= most + 1e-9:
            return wanted
        total -= 1
    return np.zeros(len(steady))


def _coverable(evidence: Evidence, target: float) -> float:
    """On-Demand dollars of an hour that may be covered besides what owned commitments cover."""
    demand = evidence.window.quantity[:, 0]
    left = evidence.billed(evidence.window).residual[:, 0]
    return target * float(evidence.usd @ demand) - float(evidence.usd @ (demand - left))


def _best_saving(evidence: Evidence, pool: int, limits: Limits) -> float:
    """Dollars that the cheapest offer saves in an hour of full use."""
    rate = float(evidence.pool_rate[pool])
    allowed = [price.effective_usd_per_hour for price in evidence.prices[pool] if limits.allows(price)]
    return rate - min(allowed) if allowed and np.isfinite(rate) else 0.0


def _without_owned(evidence: Evidence, wanted: Floats) -> Evidence:
    """The same prices for ``wanted`` instances (P,) in one hour, beside which nothing is owned."""
    keys = evidence.pools.keys
    history = Demand(
        lines=pool_lines(keys), hours=evidence.window.hours[-1:], quantity=wanted.reshape(-1, 1)
    )
    return replace(
        evidence,
        history=history,
        window_hours=1,
        pools=Pools(keys, np.arange(len(keys))),
        on_demand_usd=evidence.pool_rate,
        commitments=COMMITMENTS.empty(),
        plan_rates=np.empty((0, len(keys))),
    )
