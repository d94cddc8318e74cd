"""How many dollars an hour of a plan? The exact optimum for demand that is left to it."""

from __future__ import annotations

import numpy as np

from finops.ri_engine.optimum.blocks import Blocks
from finops.ri_engine.quantity import Floats


def compute_level(
    left: Floats, blocks: Blocks, owned: Floats, weight: Floats, layers: int
) -> tuple[float, float, Floats]:
    """The best commitment of a new Compute plan for ``left`` (Q, T) of the blocks, the On-Demand cost
    that then remains in the mean hour, and what one more plan dollar is worth in each hour (L, T).

    Owned plans serve first, each the highest saving first; then the new plan, level by level: a dollar
    at level S is worth what is served there, a falling step function; its mean is 1 at the optimum.
    """
    rest = left.copy()
    worth = np.zeros((layers, left.shape[1]))
    for number, amount in enumerate(owned):
        worth[number] = _serve(
            rest, blocks.on_demand, blocks.rate[:, number], np.full(left.shape[1], amount)
        )
    if layers == len(owned):
        return 0.0, float(blocks.on_demand @ (rest @ weight)), worth
    rate = blocks.rate[:, -1]
    served = np.flatnonzero(np.isfinite(rate) & (rate < blocks.on_demand))
    ratio = blocks.on_demand[served] / rate[served]
    order = served[np.argsort(-ratio, kind="stable")]
    ratio = blocks.on_demand[order] / rate[order]
    level = 0.0
    if len(order):
        stack = np.cumsum(rest[order] * rate[order, None], axis=0)
        drop = (ratio - np.append(ratio[1:], 0.0))[:, None] * weight
        levels = np.argsort(stack, axis=None, kind="stable")
        after = ratio[0] * weight.sum() - np.cumsum(drop.ravel()[levels])
        level = float(stack.ravel()[levels[int(np.argmax(after <= 1 + 1e-12))]])
        worth[-1] = _serve(rest, blocks.on_demand, rate, np.full(left.shape[1], level))
    return level, float(blocks.on_demand @ (rest @ weight)), worth


def _serve(rest: Floats, on_demand: Floats, rate: Floats, budget: Floats) -> Floats:
    """Serve ``rest`` in place, the highest saving first; what the next dollar would be worth, (T,)."""
    may = np.flatnonzero(np.isfinite(rate) & (rate < on_demand))
    worth = np.zeros(len(budget))
    for one in may[np.argsort(-on_demand[may] / rate[may], kind="stable")]:
        served = np.minimum(rest[one], budget / rate[one])
        rest[one] -= served
        budget = np.maximum(budget - served * rate[one], 0.0)
        worth = np.where((worth == 0) & (rest[one] > 1e-12), on_demand[one] / rate[one], worth)
    return worth
