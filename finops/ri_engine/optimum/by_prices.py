"""Which units are near the best, with a bound, where options are many? By hourly prices of plan dollars.

The relaxation (``dual``) gives each group of demand a quantity in dollars of commitment. Those become
whole Reserved Instances or whole steps of an EC2 Instance plan, and the Compute plan is sized anew on
what they leave, in AWS's order. Cash has a price, too, raised until the purchases can be paid.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from finops.ri_engine.claims import COMPUTE_PLAN, RI
from finops.ri_engine.optimum.blocks import Ints, blocks_of, groups_of
from finops.ri_engine.optimum.dispatch import dispatch, hourly_prices
from finops.ri_engine.optimum.dual import Relaxation, Relaxed
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

ROUNDS = 400
_TARGET = 3e-5
_CASH_ROUNDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """Whole ``units`` (K,), their ``usd`` of the mean hour and a lower ``bound``."""

    units: Floats
    usd: float
    bound: float


def by_prices(
    market: Market,
    max_upfront_usd: float | None,
    *,
    on_demand_weight: float = 1.0,
    rounds: int = ROUNDS,
) -> Rounded:
    """Units within the cash that is there, their cost, and a bound on that of all such units.

    Below an ``on_demand_weight`` of 1 less is covered than pays, and the bound is none on the bill.
    """
    market = replace(market, cost=market.cost / on_demand_weight)
    free = _at_cash_price(market, 0.0, rounds)
    if max_upfront_usd is None or float(market.upfront @ free.units) <= max_upfront_usd:
        return free
    low, high = 0.0, _dearest_cash(market)
    best = Rounded(units=np.zeros_like(market.cost), usd=market.on_demand_usd, bound=free.bound)
    for _ in range(_CASH_ROUNDS):
        price = (low + high) / 2
        now = _at_cash_price(market, price, rounds // 4)
        bound = max(best.bound, now.bound - price * max_upfront_usd)
        affordable = float(market.upfront @ now.units) <= max_upfront_usd
        low, high = (low, price) if affordable else (price, high)
        if affordable and now.usd < best.usd:
            best = now
        best = Rounded(units=best.units, usd=best.usd, bound=bound)
    return best


def _dearest_cash(market: Market) -> float:
    """A price of cash at which nothing with an upfront part pays: what a dollar of it costs an hour."""
    paid = market.upfront > 0
    return float((market.cost[paid] / market.upfront[paid]).max(initial=0.0)) * 2


def _at_cash_price(market: Market, cash: float, rounds: int) -> Rounded:
    cost = market.cost + cash * market.upfront
    compute = any(option.kind == COMPUTE_PLAN for option in market.options)
    merged = blocks_of(market, cost, merged=True)
    # Half the digits are enough to climb by, and twice as fast; the bound is taken with all of them.
    few = Relaxation(merged.in_single(), market.weight.astype(np.float32), market.owned, compute=compute)
    relaxed = few.climb(rounds, _TARGET)
    exact = blocks_of(market, cost, merged=False)
    bound = Relaxation(exact, market.weight, market.owned, compute=compute).split(relaxed.price).bound
    units = _with_level(market, _in_units(market, cost, relaxed), cost)
    usd = dispatch(market, units).usd
    return Rounded(units=units, usd=usd, bound=bound)


def _in_units(market: Market, cost: Floats, relaxed: Relaxed) -> Floats:
    """Each group's dollars as units of its options: one plan, or Reserved Instances of some sizes."""
    units = np.zeros(len(market.options))
    group = groups_of(market)
    use = market.use[len(market.owned) :]
    dollars = market.quantity @ market.weight
    members: dict[int, list[int]] = {}
    for number, option in enumerate(market.options):
        cells = np.flatnonzero(~np.isnan(use[number]))
        if option.kind != COMPUTE_PLAN and len(cells):
            members.setdefault(int(group[cells[0]]), []).append(number)
    for place, options in members.items():
        amount = float(relaxed.quantity[place]) if place < len(relaxed.quantity) else 0.0
        if amount <= 0:
            continue
        cells = np.flatnonzero(group == place)
        best = min(options, key=lambda k: (_dear(use[k, cells] * cost[k], dollars[cells]), k))
        if market.options[best].kind != RI:
            step = market.step[best]
            units[best] = float(np.rint(amount / float(cost[best]) / float(step))) * step
        else:
            reserved = np.array([k for k in options if market.options[k].kind == RI], dtype=np.intp)
            _reserve(units, reserved, amount, cost, use[:, cells])
    return units


def _dear(price: Floats, dollars: Floats) -> float:
    """Mean price of serving the cells, those that it does not serve being out of the question."""
    return float(np.where(np.isnan(price), 1e9, price) @ (dollars + 1e-12))


def _reserve(units: Floats, options: Ints, amount: float, cost: Floats, use: Floats) -> None:
    """Fill ``amount`` dollars with whole Reserved Instances, the cheapest for what it serves first."""
    dear = {k: round(float(cost[k] * np.nanmax(use[k])), 9) for k in options.tolist()}
    ranked = sorted(dear, key=lambda k: (dear[k], -cost[k], k))
    left = amount
    for number in ranked:
        whole = np.floor(left / cost[number] + 1e-9)
        units[number] += whole
        left -= whole * cost[number]
    smallest = min(ranked, key=lambda k: cost[k])
    if left > cost[smallest] / 2:
        units[smallest] += 1


def _with_level(market: Market, units: Floats, cost: Floats) -> Floats:
    """The units with the best whole commitment of a Compute plan, found by halving in AWS's order."""
    plans = [k for k, option in enumerate(market.options) if option.kind == COMPUTE_PLAN]
    if not plans:
        return units
    best = min(
        plans,
        key=lambda k: _dear(
            market.use[len(market.owned) + k] * cost[k], market.quantity @ market.weight
        ),
    )
    step, low = float(market.step[best]), 0
    use = np.nan_to_num(market.use[len(market.owned) + best])
    high = int(np.ceil(float((use @ market.quantity).max(initial=0.0)) / step))
    trial = units.copy()
    while low < high:
        middle = (low + high) // 2
        trial[best] = middle * step
        price = hourly_prices(market, trial)[len(market.owned) + best]
        low, high = (middle + 1, high) if float(price @ market.weight) > cost[best] else (low, middle)
    trial[best] = low * step
    return trial
