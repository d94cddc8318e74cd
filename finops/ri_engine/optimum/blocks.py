"""Which demand shares what can be bought for it alone? Large estates taken apart, but for the plans.

Cells that one Reserved Instance or EC2 Instance plan may serve form a *group*; only Compute plans and
owned plans tie groups together. Inside a group demand is counted in dollars of commitment: what it
would cost to serve it there, at the cheapest option, so that a group has one quantity to choose.
Cells of a group that all commitments value alike are one *block*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from finops.ri_engine.claims import COMPUTE_PLAN
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats

Ints = npt.NDArray[np.intp]
# Blocks of a group differ by more than this share in what they are worth to somebody.
_ALIKE = 0.004


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """Q blocks in G groups over T hours.

    ``demand`` (Q, T) in dollars of commitment of the block's own ``group`` (Q,), or in On-Demand dollars
    where nothing is sold for the group (``sold`` (G,) is False). Per such dollar: ``on_demand`` (Q,) and
    ``rate`` (Q, J + 1) of the owned plans and of a new Compute plan, infinite where it does not serve.
    """

    group: Ints
    sold: npt.NDArray[np.bool_]
    demand: Floats
    on_demand: Floats
    rate: Floats

    def in_single(self) -> Blocks:
        """The same in single precision."""
        return replace(
            self,
            demand=self.demand.astype(np.float32),
            on_demand=self.on_demand.astype(np.float32),
            rate=self.rate.astype(np.float32),
        )


def cheapest(market: Market, cost: Floats) -> tuple[Floats, Floats]:
    """What an instance-hour of each cell costs under the cheapest option of its group and under the
    cheapest Compute plan, (I,) each, at ``cost`` (K,) of a unit; infinite where there is none."""
    use = market.use[len(market.owned) :] * cost[:, None]
    use = np.where(np.isnan(use), np.inf, use)
    compute = np.array([option.kind == COMPUTE_PLAN for option in market.options], dtype=np.bool_)
    none = np.full(len(market.cells), np.inf)
    own = use[~compute].min(axis=0, initial=np.inf) if (~compute).any() else none
    everywhere = use[compute].min(axis=0, initial=np.inf) if compute.any() else none
    return own, everywhere


def groups_of(market: Market) -> Ints:
    """The group (I,) of each cell: cells that an option other than a Compute plan may serve alike."""
    group = np.arange(len(market.cells))
    for number, option in enumerate(market.options):
        if option.kind == COMPUTE_PLAN:
            continue
        members = np.flatnonzero(~np.isnan(market.use[len(market.owned) + number]))
        joined = np.isin(group, group[members])
        group[joined] = group[members].min(initial=len(group))
    return np.unique(group, return_inverse=True)[1].astype(np.intp)


def blocks_of(market: Market, cost: Floats, *, merged: bool) -> Blocks:
    """The blocks at ``cost`` (K,) of a unit; a block per cell unless ``merged``.

    Merged blocks are an approximation, a block per cell is exact but for what ``cheapest`` takes from
    several options at once: the least of their prices.
    """
    own, compute = cheapest(market, cost)
    group = groups_of(market)
    sold = np.zeros(int(group.max(initial=-1)) + 1, dtype=np.bool_)
    sold[group[np.isfinite(own) & (own < market.on_demand)]] = True
    dear = ~(np.isfinite(own) & sold[group])
    # What nothing is sold for makes groups of its own.
    unit = np.where(dear, market.on_demand, own)
    group = np.where(dear, len(sold) + np.arange(len(group)), group)
    names, group = np.unique(group, return_inverse=True)
    sold = names < len(sold)
    owned = market.use[: len(market.owned)]
    rates = np.vstack([np.where(np.isnan(owned), np.inf, owned), compute[None, :]]).T
    worth = np.column_stack([market.on_demand[:, None], rates]) / unit[:, None]
    alike = np.round(np.log(worth) / _ALIKE) if merged else np.arange(len(group))[:, None]
    keys = np.column_stack([group, np.nan_to_num(alike, posinf=1e9)])
    block = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    count = int(block.max(initial=-1)) + 1
    demand = np.zeros((count, market.quantity.shape[1]))
    np.add.at(demand, block, market.quantity * unit[:, None])
    weight = market.quantity @ market.weight * unit + 1e-12
    total = np.bincount(block, weights=weight, minlength=count)
    mean = np.zeros((count, worth.shape[1]))
    np.add.at(mean, block, np.where(np.isinf(worth), 0.0, worth) * weight[:, None])
    served = np.zeros((count, worth.shape[1]), dtype=np.bool_)
    np.logical_or.at(served, block, np.isfinite(worth))
    mean = np.where(served, mean / total[:, None], np.inf)
    of_block = np.zeros(count, dtype=np.intp)
    of_block[block] = group
    return Blocks(group=of_block, sold=sold, demand=demand, on_demand=mean[:, 0], rate=mean[:, 1:])
