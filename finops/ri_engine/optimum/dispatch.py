"""What does a portfolio cost? Units of every option, billed in AWS's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finops.ri_engine.billing import serve
from finops.ri_engine.claims import Bools, Claim
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

# Instance-hours or dollars: what is less is a rounding of floats.
_NOTHING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """The bill of ``units`` (K,): dollars of the mean hour, what stays On-Demand (I, T), and what is
    left unused of the owned plans and the options (J + K, T)."""

    usd: float
    residual: Floats
    left: Floats


def dispatch(market: Market, units: Floats) -> Dispatched:
    """Bill the market's demand under what is owned and ``units`` (K,) of the options."""
    amount = np.concatenate([market.owned, units])
    residual = market.quantity.copy()
    left = np.repeat(amount[:, None], residual.shape[1], axis=1)
    for _ in serve([claim for claim in market.order if amount[claim.commitment] > 0], residual, left):
        pass
    usd = float(market.cost @ units + market.on_demand @ (residual @ market.weight))
    return Dispatched(usd=usd, residual=residual, left=left)


def hourly_prices(market: Market, units: Floats) -> Floats:
    """What one more unit of each commitment is worth in each hour, (J + K, T), where ``units`` are held.

    From the last commitment in AWS's order to the first: the best demand that waits behind its claims,
    at the least that On-Demand or a later commitment asks for it. Any prices give a valid bound
    (``bound``); these are tight where AWS's order is the order that saves most.
    """
    amount = np.concatenate([market.owned, units])
    residual = market.quantity.copy()
    left = np.repeat(amount[:, None], residual.shape[1], axis=1)
    waiting: dict[int, list[tuple[Claim, Bools]]] = {}
    for by_reserved in (True, False):
        claims = [c for c in market.order if market.is_reserved(c.commitment) == by_reserved]
        after = []
        for claim in claims:
            demand, budget = residual[claim.line], left[claim.commitment]
            if amount[claim.commitment] > 0:
                served = np.minimum(demand, budget / claim.rate)
                demand -= served
                budget -= served * claim.rate
                np.maximum(budget, 0.0, out=budget)
            after.append(demand > _NOTHING)
        for claim, then in zip(claims, after, strict=True):
            # Reserved Instances of one family stand in for each other: what waits, waits for all.
            waits = residual[claim.line] > _NOTHING if by_reserved else then
            waiting.setdefault(claim.commitment, []).append((claim, waits))
    value = np.repeat(market.on_demand[:, None], residual.shape[1], axis=1)
    price = np.zeros_like(left)
    for number in reversed(waiting):
        own = price[number]
        for claim, waits in waiting[number]:
            np.maximum(own, np.where(waits, value[claim.line] / claim.rate, 0.0), out=own)
        for claim, _ in waiting[number]:
            np.minimum(value[claim.line], own * claim.rate, out=value[claim.line])
    return price


def worth(market: Market, price: Floats) -> Floats:
    """The least that an instance-hour of each cell costs at such prices, (I, T)."""
    least = np.repeat(market.on_demand[:, None], price.shape[1], axis=1)
    for claim in market.order:
        np.minimum(least[claim.line], price[claim.commitment] * claim.rate, out=least[claim.line])
    return least
