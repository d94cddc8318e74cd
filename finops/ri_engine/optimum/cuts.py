"""How low can a bill be? Valid lower bounds from hourly prices, as planes over what is bought.

For any hourly prices of a unit of each commitment, the On-Demand cost that remains is at least the
demand at the least that anybody asks for it, minus the price of everything that is held: weak duality
of serving each hour at least cost, in any order, AWS's included. Where the prices are those of a
portfolio (``dispatch.hourly_prices``) the plane touches the bill there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from finops.ri_engine.claims import Bools, Ints
from finops.ri_engine.optimum.dispatch import hourly_prices, worth
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

# More blocks of hours give tighter bounds and larger programs.
BLOCKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Planes:
    """N lower bounds: the On-Demand cost of ``block`` (N,) is at least ``base`` (N,) − ``slope`` (N, K)
    · units, in dollars of the mean hour, each block with its share of the hours' weight."""

    block: np.ndarray[tuple[int], np.dtype[np.intp]]
    base: Floats
    slope: Floats

    @classmethod
    def none(cls, options: int) -> Planes:
        return cls(block=np.zeros(0, dtype=np.intp), base=np.zeros(0), slope=np.zeros((0, options)))

    def last(self, most: int) -> Planes:
        """The latest ``most`` of them, which touch the bill nearest to the best units."""
        return Planes(block=self.block[-most:], base=self.base[-most:], slope=self.slope[-most:])

    def of(self, options: Bools | Ints) -> Planes:
        """The same where nothing but these options is bought."""
        return replace(self, slope=self.slope[:, options])

    def __add__(self, other: Planes) -> Planes:
        return Planes(
            block=np.concatenate([self.block, other.block]),
            base=np.concatenate([self.base, other.base]),
            slope=np.concatenate([self.slope, other.slope]),
        )


def blocks_of(
    market: Market, scenario: np.ndarray[tuple[int], np.dtype[np.intp]], most: int = BLOCKS
) -> Floats:
    """Which block each hour belongs to, as its weight in that block, (T, B).

    Blocks are of hours of like demand, about ``most`` of them, scenario by scenario (T,).
    """
    hours = len(market.weight)
    number = scenario
    dollars = market.on_demand @ market.quantity
    count = max(1, round(most / (int(number.max(initial=0)) + 1)))
    block = np.zeros(hours, dtype=np.intp)
    for one in range(int(number.max(initial=0)) + 1):
        at = np.flatnonzero(number == one)
        block[at[np.argsort(dollars[at], kind="stable")]] = one * count + np.arange(
            len(at)
        ) * count // len(at)
    weights = np.zeros((hours, int(block.max(initial=0)) + 1))
    weights[np.arange(hours), block] = market.weight
    return weights


def tangent(market: Market, units: Floats, blocks: Floats) -> Planes:
    """The planes that touch the bill at ``units`` (K,), one for each block."""
    price = hourly_prices(market, units)
    owned = len(market.owned)
    hourly = np.einsum("it,it->t", worth(market, price), market.quantity) - market.owned @ price[:owned]
    return Planes(
        block=np.arange(blocks.shape[1]),
        base=hourly @ blocks,
        slope=(price[owned:] @ blocks).T,
    )
