"""Which hours stand for all? For an answer while somebody moves a slider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from finops.ri_engine.optimum.market import Market


def thinned(market: Market, hours: int) -> Market:
    """The market at ``hours`` of its hours: evenly spaced in the order of their On-Demand dollars.

    All weigh the same. A market of so few hours stays as it is.
    """
    count = market.quantity.shape[1]
    if count <= hours:
        return market
    order = np.argsort(market.on_demand @ market.quantity, kind="stable")
    at = np.sort(order[((np.arange(hours) + 0.5) * count / hours).astype(np.intp)])
    return replace(market, quantity=market.quantity[:, at], weight=np.full(hours, 1 / hours))
