"""In which sizes of a family are Reserved Instances bought, where all cost the same? In those that run.

Two m5.large serve what one m5.xlarge serves and cost the same. A reader looks for the types that run: so
every size gets what pays for its own demand, the largest first, and the smallest sizes take the rest.
"""

from __future__ import annotations

import numpy as np

from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.dispatch import dispatch
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats, Ladder

# Dollars an hour and units: a rounding of floats.
_HAIR = 1e-9


def in_own_sizes(market: Market, units: Floats) -> Floats:
    """The same units (K,) in other sizes of their families, where neither bill nor cash rises."""
    usd, cash = dispatch(market, units).usd, float(market.upfront @ units)
    for family in _families(market):
        if not units[family].any():
            continue
        trial = _respelled(market, units, family)
        billed = dispatch(market, trial).usd
        if billed <= usd + _HAIR and float(market.upfront @ trial) <= cash + _HAIR:
            units, usd = trial, billed
    return units


def _families(market: Market) -> list[list[int]]:
    """Reserved Instances that serve the same cells in one term, class and payment, several of each."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, option in enumerate(market.options):
        if option.kind == RI:
            served = ~np.isnan(market.use[len(market.owned) + number])
            terms = (option.term_years, option.offering_class, option.payment_option)
            groups.setdefault((*terms, served.tobytes()), []).append(number)
    return [members for members in groups.values() if len(members) > 1]


def _respelled(market: Market, units: Floats, family: list[int]) -> Floats:
    """The family's units with each size bought for its own demand, the largest first."""
    size = {number: _size(market, number) for number in family}
    left = sum(size[number] * units[number] for number in family)
    trial = units.copy()
    trial[family] = 0.0
    for number in sorted(family, key=lambda number: -size[number]):
        own = list(market.options[number].members)
        pays = Ladder.of(market.quantity[own].sum(axis=0)).quantity(
            float(market.cost[number]), float(market.on_demand[own].max(initial=0.0))
        )
        trial[number] = min(pays, np.floor(left / size[number] + _HAIR))
        left -= trial[number] * size[number]
    for number in sorted(family, key=lambda number: -size[number]):
        more = np.floor(left / size[number] + _HAIR)
        trial[number] += more
        left -= more * size[number]
    return trial


def _size(market: Market, number: int) -> float:
    """How many times a unit serves what the smallest use of it takes."""
    use = market.use[len(market.owned) + number]
    return float(1 / np.nanmin(use))
