"""What may be bought of an option if every row must be used enough and break even soon enough?"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from finops.money import HOURS_PER_MONTH, HOURS_PER_YEAR
from finops.ri_engine.billing import serve
from finops.ri_engine.claims import Bools
from finops.ri_engine.optimum.dispatch import hourly_prices
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

_PASSES = 2

Weigh: TypeAlias = Callable[[Floats], float]


def within_row_limits(market: Market, limits: Limits, units: Floats, weigh: Weigh) -> Floats:
    """The units (K,) with every row lowered until it meets the limits, and filled up again.

    A row that is lowered leaves more to the others, which then are used more: so no row has to be
    lowered for the sake of another, and what is free is taken by the rows that gain most from it.
    ``weigh`` says what units cost, infinite where all rows together are beyond a limit.
    """
    units = _all_lowered(market, limits, units.copy())
    for _ in range(_PASSES):
        gain = hourly_prices(market, units)[len(market.owned) :] @ market.weight - market.cost
        for number in np.argsort(-gain / market.cost, kind="stable"):
            if gain[number] > 0:
                units = _raised(market, limits, units, int(number), weigh)
    return units


def held(limits: Limits) -> bool:
    """Whether rows are held to anything."""
    return limits.min_utilization_pct is not None or limits.max_break_even_months is not None


def _all_lowered(market: Market, limits: Limits, units: Floats) -> Floats:
    """Every row that misses a limit lowered to the most with which it meets it, the worst first."""
    while True:
        missing = _missing(market, limits, units)
        if missing.max(initial=0.0) <= 0:
            return units
        number = int(missing.argmax())
        units[number] = _most(market, limits, units, number)


def _most(market: Market, limits: Limits, units: Floats, number: int) -> float:
    """The most of one option, below what is bought, with which its row meets the limits."""
    low, high = 0, round(units[number] / market.step[number]) - 1
    trial = units.copy()
    while low < high:
        middle = (low + high + 1) // 2
        trial[number] = middle * market.step[number]
        met = _missing(market, limits, trial)[number] <= 0
        low, high = (middle, high) if met else (low, middle - 1)
    return float(low * market.step[number])


def _raised(market: Market, limits: Limits, units: Floats, number: int, weigh: Weigh) -> Floats:
    """The units with the most steps more of one option that save and keep all rows in the limits."""
    step = market.step[number]
    use = np.nan_to_num(market.use[len(market.owned) + number])
    room = float((use @ market.quantity).max(initial=0.0)) - units[number]
    low, high, least = 0, max(0, int(np.ceil(room / step))), weigh(units)
    trial = units.copy()
    while low < high:
        middle = (low + high + 1) // 2
        trial[number] = units[number] + middle * step
        fits: Bools = _missing(market, limits, trial) <= 0
        usd = weigh(trial) if fits.all() else np.inf
        better = usd < least
        low, high, least = (middle, high, usd) if better else (low, middle - 1, least)
    trial[number] = units[number] + low * step
    return trial


def _missing(market: Market, limits: Limits, units: Floats) -> Floats:
    """By how much each row (K,) misses a limit in the joint bill, as a share of it; 0 or below: met."""
    used, value = _by_option(market, units)
    bought = units > 0
    missing = np.zeros(len(units))
    if limits.min_utilization_pct is not None:
        share = np.divide(used, units, out=np.ones_like(used), where=bought) * 100
        missing = np.maximum(missing, limits.min_utilization_pct - 1e-9 - share)
    if limits.max_break_even_months is not None:
        term = np.array([option.term_years for option in market.options], dtype=np.float64)
        hourly = np.array(
            [o.upfront / (HOURS_PER_YEAR * o.term_years) + o.recurring for o in market.options]
        )
        total = hourly * units * HOURS_PER_YEAR * term
        most = limits.max_break_even_months * value * HOURS_PER_MONTH + 1e-9
        missing = np.maximum(missing, np.where(bought & (total > most), total / most - 1, 0.0))
    return np.where(bought, missing, 0.0)


def _by_option(market: Market, units: Floats) -> tuple[Floats, Floats]:
    """Used units and On-Demand dollars served, of each option (K,) in the mean hour."""
    amount = np.concatenate([market.owned, units])
    residual = market.quantity.copy()
    left = np.repeat(amount[:, None], residual.shape[1], axis=1)
    value = np.zeros(len(amount))
    order = [claim for claim in market.order if amount[claim.commitment] > 0]
    for claim, served in serve(order, residual, left):
        value[claim.commitment] += market.on_demand[claim.line] * float(served @ market.weight)
    used = amount - left @ market.weight
    return used[len(market.owned) :], value[len(market.owned) :]
