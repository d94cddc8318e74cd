"""What is bought if no more than a share of demand may be covered? Coverage gets a price.

A dollar that stays On-Demand then weighs less than one that is committed, so much less that the cheapest
portfolio covers what it may. At that price several cost the same, from one that covers too much to one
that covers too little: what lies between and fits is taken. What room whole units leave is filled step
by step with what saves most for each dollar that it covers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from finops.ri_engine.optimum.dispatch import Dispatched, dispatch
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

_SEARCHES = 12
_HALVINGS = 16
# Nothing saves more than nineteen in twenty dollars: at this weight nothing is bought.
_LEAST_WEIGHT = 0.05
_HAIR = 1e-9


def by_weight(market: Market, kept_usd: float, search: Callable[[float], Floats]) -> Floats:
    """Units (K,) that leave ``kept_usd`` or more of the mean hour On-Demand.

    ``search`` gives the cheapest whole units for a weight (0 to 1) of the dollars that stay On-Demand.
    """
    best, low, high, weight = np.zeros(len(market.options)), _LEAST_WEIGHT, 1.0, 1.0
    for _ in range(_SEARCHES):
        units = search(weight)
        if leaves(market, units) >= kept_usd - _HAIR:
            best, low = units, weight
            if weight == 1.0:
                break
        else:
            high = weight
        weight = (low + high) / 2
    return best


def between(market: Market, kept_usd: float, high: Floats, low: Floats) -> Floats:
    """Whole units (K,) on the way from ``high`` by ``low`` to nothing that leave ``kept_usd``."""
    if leaves(market, _down(market, low)) < kept_usd - _HAIR:
        high, low = low, np.zeros_like(low)
    near, far = 0.0, 1.0
    if leaves(market, _down(market, high)) >= kept_usd - _HAIR:
        return _down(market, high)
    for _ in range(_HALVINGS):
        middle = (near + far) / 2
        units = _down(market, middle * low + (1 - middle) * high)
        fits = leaves(market, units) >= kept_usd - _HAIR
        near, far = (near, middle) if fits else (middle, far)
    return _down(market, far * low + (1 - far) * high)


def leaves(market: Market, units: Floats) -> float:
    """Dollars of the mean hour that ``units`` (K,) leave On-Demand."""
    return _stays(market, dispatch(market, units))


def _down(market: Market, units: Floats) -> Floats:
    whole: Floats = np.floor(units / market.step + 1e-6) * market.step
    return whole


def filled(market: Market, units: Floats, kept_usd: float, limits: Limits) -> Floats:
    """The units with as many steps more as fit and save, the best for its coverage first."""
    cash = np.inf if limits.max_upfront_usd is None else limits.max_upfront_usd
    billed = dispatch(market, units)
    worth = [_worth(market, units, number, billed) for number in range(len(units))]
    for number in np.argsort([-each for each in worth], kind="stable"):
        if worth[number] <= 0:
            break
        units = _raised(market, units, int(number), kept_usd, cash)
    return units


def _worth(market: Market, units: Floats, number: int, billed: Dispatched) -> float:
    """What one step more saves for each dollar that it covers."""
    more = dispatch(market, _stepped(market, units, number, 1))
    covered = _stays(market, billed) - _stays(market, more)
    return (billed.usd - more.usd) / covered if covered > _HAIR else 0.0


def _raised(market: Market, units: Floats, number: int, kept_usd: float, cash: float) -> Floats:
    """The units with the most steps more of one option that fit, save and can be paid."""
    use = np.nan_to_num(market.use[len(market.owned) + number])
    most = float((use @ market.quantity).max(initial=0.0)) - units[number]
    low, high = 0, max(0, int(np.ceil(most / market.step[number])))
    least = dispatch(market, units).usd
    while low < high:
        middle = (low + high + 1) // 2
        trial = _stepped(market, units, number, middle)
        billed = dispatch(market, trial)
        fits = _stays(market, billed) >= kept_usd - _HAIR
        paid = float(market.upfront @ trial) <= cash + 1e-6
        if fits and paid and billed.usd < least:
            low, least = middle, billed.usd
        else:
            high = middle - 1
    return _stepped(market, units, number, low)


def _stepped(market: Market, units: Floats, number: int, steps: int) -> Floats:
    trial = units.copy()
    trial[number] += steps * market.step[number]
    return trial


def _stays(market: Market, billed: Dispatched) -> float:
    """Dollars of the mean hour that stay On-Demand."""
    return float(market.on_demand @ (billed.residual @ market.weight))
