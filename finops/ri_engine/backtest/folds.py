"""What came of advice? Rolling origins: promised on the past, billed on the days after.

At each origin (``origins``) the portfolio is bought that advice would have named then, from the window
before it and beside what was owned. Three savings follow, in dollars of the fold's hours after it:

- **promised**: what the purchases save a mean hour of the window as it was, times those hours;
- **realised**: the bill of those hours under what was owned, less that under it and the purchases;
- **hindsight**: what the optimum of those very hours would have saved, from its lower bound on the bill.

What is owned at an origin counts in all hours of its fold, as in advice itself. Horizons of neighbouring
origins overlap: totals over the folds are for comparing the three, not dollars of one period.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from finops.money import share_pct
from finops.ri_engine.advice import without_losses
from finops.ri_engine.backtest.origins import (
    HORIZONS,
    came_after,
    check_history,
    history_days,
    horizon_days,
    known_at,
    origin_days,
)
from finops.ri_engine.backtest.sizing import Sized
from finops.ri_engine.billing import Bill
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.optimum import Limits, Portfolio, best_portfolio
from finops.ri_engine.optimum.portfolio import no_gap
from finops.ri_engine.pools import Demand
from finops.ri_engine.proposals import as_commitments, purchase_date
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import owned_plan_rates

# A search for a portfolio is short, and a longer one follows where its bill may be far from the best.
_BILLS, _MORE_BILLS = 600, 2_000
_NEAR_PCT = 0.5
# Dollars of a fold: what is less is a rounding of floats.
_NOTHING = 0.005

# What is bought for, given what was known.
Sizing = Callable[[Evidence], Sized]


@dataclass(frozen=True, slots=True, kw_only=True)
class LosingPool:
    """A pool whose hours under the purchases of a fold cost more than they would have On-Demand.

    ``served_usd`` is the On-Demand cost of the hours that the purchases served, ``cost_usd`` what they
    took for it, their unused part included: a Reserved Instance's goes to its own pool, a plan's to the
    pools in proportion to what it served there.
    """

    region: str
    instance_type: str
    platform: str
    tenancy: str
    served_usd: float
    cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One origin: ``purchase_on`` is the first day after what was known. See the module for the dollars.

    ``window_days`` are the days that were known of those asked for; ``on_demand_usd`` is the eligible
    demand of the fold's hours at On-Demand rates. ``pools`` counts those that the purchases served or
    were bought for. ``captured_pct`` is realised ÷ hindsight, None where nothing could be saved.
    """

    purchase_on: date
    window_days: int
    trend_adjusted: bool
    horizon_days: int
    purchases: int
    on_demand_usd: float
    promised_savings_usd: float
    realized_savings_usd: float
    hindsight_savings_usd: float
    captured_pct: float | None
    pools: int
    losing_pools: tuple[LosingPool, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """All folds, the earliest first, and their sums. ``captured_pct`` is realised ÷ hindsight of all.

    ``losing_pools_pct`` is the share of pools, fold by fold, that lost money.
    """

    folds: tuple[Fold, ...]
    horizon_days: int
    history_days: int
    promised_savings_usd: float
    realized_savings_usd: float
    hindsight_savings_usd: float
    captured_pct: float | None
    losing_pools_pct: float | None


def backtest(evidence: Evidence, owned: pd.DataFrame, limits: Limits, sizing: Sizing) -> Backtest:
    """The folds of the evidence's history. Raises EmptyInput where it is too short for one.

    ``owned`` are all commitments, whenever they count. ``sizing`` says what is bought for at an origin;
    what is promised is billed on the window as it was, whatever was bought for.
    """
    check_history(evidence)
    days = history_days(evidence)
    horizon = horizon_days(days) or HORIZONS[-1]
    folds = tuple(
        fold(known_at(evidence, owned, day), came_after(evidence, day, horizon), limits, sizing)
        for day in origin_days(days, horizon)
    )
    promised = sum(one.promised_savings_usd for one in folds)
    realized = sum(one.realized_savings_usd for one in folds)
    hindsight = sum(one.hindsight_savings_usd for one in folds)
    served = sum(one.pools for one in folds)
    return Backtest(
        folds=folds,
        horizon_days=horizon,
        history_days=days,
        promised_savings_usd=promised,
        realized_savings_usd=realized,
        hindsight_savings_usd=hindsight,
        captured_pct=share_pct(realized, hindsight),
        losing_pools_pct=share_pct(sum(len(one.losing_pools) for one in folds), served),
    )


def fold(known: Evidence, after: Demand, limits: Limits, sizing: Sizing) -> Fold:
    """Advice on what was ``known``, billed on the demand that came ``after``."""
    hours = after.quantity.shape[1]
    bought_for = sizing(known)
    known, window = bought_for.evidence, bought_for.evidence.window
    found = near_best(known, bought_for.demand, limits)
    advice = without_losses(known, window, found)
    purchases = advice.portfolio.purchases
    promised = float(advice.attribution.saving.sum()) * hours
    with_them = with_purchases(known, purchases)
    billed = with_them.billed(after)
    alone = known.billed(after).residual
    cost = sum(one.hourly_usd for one in purchases)
    realized = float(known.usd @ (alone - billed.residual).sum(axis=1)) - cost * hours
    best = hindsight_usd(known, after, alone, limits) * hours
    pools, losing = _losing(with_them, billed, len(known.commitments), purchases, hours)
    return Fold(
        purchase_on=purchase_date(known.as_of),
        window_days=len(window.hours) // HOURS_PER_DAY,
        trend_adjusted=bought_for.trend_adjusted,
        horizon_days=hours // HOURS_PER_DAY,
        purchases=len(purchases),
        on_demand_usd=float(known.usd @ after.quantity.sum(axis=1)),
        promised_savings_usd=promised,
        realized_savings_usd=realized,
        hindsight_savings_usd=max(best, realized),
        captured_pct=share_pct(realized, max(best, realized)),
        pools=pools,
        losing_pools=losing,
    )


def near_best(known: Evidence, demand: Demand, limits: Limits) -> Portfolio:
    """The cheapest portfolio for ``demand``, within half a percent where that is found soon.

    Under limits that leave no gap to go by, the longer search is made at once.
    """
    if no_gap(limits) is None:
        found = best_portfolio(known, demand, limits, bills=_BILLS)
        if found.gap_pct is not None and found.gap_pct <= _NEAR_PCT:
            return found
    return best_portfolio(known, demand, limits, bills=_MORE_BILLS)


def hindsight_usd(known: Evidence, after: Demand, alone: Floats, limits: Limits) -> float:
    """The most that purchases could have saved of a mean hour ``after``, in dollars.

    ``alone`` (L, T) is what the owned commitments leave of that demand.
    """
    best = near_best(known, after, limits)
    least = best.bill_usd if best.bound_usd is None else best.bound_usd
    return max(0.0, float(known.usd @ alone.mean(axis=1)) - least)


def with_purchases(evidence: Evidence, purchases: Sequence[Purchase]) -> Evidence:
    """The evidence beside which the purchases are owned, too: its last commitments."""
    bought = as_commitments(purchases, evidence.as_of)
    by_pool, _ = owned_plan_rates(bought, evidence.prices)
    return replace(
        evidence,
        commitments=pd.concat([evidence.commitments, bought], ignore_index=True),
        plan_rates=np.vstack([evidence.plan_rates, by_pool[:, evidence.pools.of_line]]),
    )


def _losing(
    evidence: Evidence, billed: Bill, owned: int, purchases: Sequence[Purchase], hours: int
) -> tuple[int, tuple[LosingPool, ...]]:
    """How many pools the purchases concern, and those of them that lost money."""
    value, cost = _by_pool(evidence, billed, owned, purchases, hours)
    concerned = (value > _NOTHING) | (cost > _NOTHING)
    keys = evidence.pools.keys
    lost = [
        LosingPool(
            region=keys["Region"][pool],
            instance_type=keys["InstanceType"][pool],
            platform=keys["Platform"][pool],
            tenancy=keys["Tenancy"][pool],
            served_usd=float(value[pool]),
            cost_usd=float(cost[pool]),
        )
        for pool in np.flatnonzero(concerned & (cost - value > _NOTHING))
    ]
    lost.sort(key=lambda one: one.served_usd - one.cost_usd)
    return int(concerned.sum()), tuple(lost)


def _by_pool(
    evidence: Evidence, billed: Bill, owned: int, purchases: Sequence[Purchase], hours: int
) -> tuple[Floats, Floats]:
    """What the purchases served in each pool and what that cost, both (P,), in dollars of all hours."""
    size, of_line = len(evidence.pools.keys), evidence.pools.of_line
    value, cost = np.zeros(size), np.zeros(size)
    keys = evidence.pools.keys
    for number, one in enumerate(purchases):
        mine = billed.claimant == owned + number
        pool, hourly = of_line[billed.line[mine]], one.hourly_usd
        spent = np.bincount(pool, billed.spent[mine], minlength=size)
        served = billed.served[mine] * evidence.usd[billed.line[mine]]
        value += np.bincount(pool, served, minlength=size)
        if one.instance_type is None:
            cost += hourly * hours * spent / max(float(spent.sum()), 1e-12)
            continue
        bought = (one.quantity or 0) * hours
        cost += hourly * hours * spent / bought
        own = (keys["Region"] == one.region) & (keys["InstanceType"] == one.instance_type)
        own &= (keys["Platform"] == one.platform) & (keys["Tenancy"] == one.tenancy)
        cost += own.to_numpy() * hourly * hours * (1 - float(spent.sum()) / bought)
    return value, cost
