"""For which demand is advice sized? The window's, moved to where the fleet goes, each pool by its own.

1. **Trend**, where asked for: all demand is scaled to the level that the fleet's growth reaches
   ``LEAD_DAYS`` after the last hour. A term is longer: growth is not expected to last.
2. **Scenarios**, always: the days of the window are dealt out to ten cases of what becomes of single
   pools. Each pool has a factor of its own in each case, with a mean of 1 over its days; factors are
   dealt out as in a Latin square, so that in each case some pools do better and others worse. A
   Reserved Instance, which serves one family, is so bought with reserve; a plan follows demand from
   pool to pool and needs less of it.

The optimum of that demand is the least *expected* bill if pools go such ways, not an aversion to
risk. What is promised is billed on the window as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats
from finops.ri_engine.trend import fleet_growth, pool_spread

LEAD_DAYS = 90
# Pools leave the fleet's path further over a term than between the halves of a quarter.
SPREAD_OVER_TERM = 1.5
CASES = 10
# Of the normal distribution, one for the middle of each tenth.
_TENTHS = np.array([-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645])
# Shorter windows are repeated, so that each case has days of several kinds.
_FEWEST_DAYS = 30
# As a logarithm: sized at no less than half and no more than twice the window.
_MOST = 0.7
_DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """``evidence``, on whose window promises are billed, and the ``demand`` that is bought for."""

    evidence: Evidence
    demand: Demand
    trend_adjusted: bool


def of_window(evidence: Evidence, days: int) -> Evidence:
    """The evidence with the last ``days`` days of its history as its window, or all there are."""
    hours = min(days * HOURS_PER_DAY, len(evidence.history.hours))
    return replace(evidence, window_hours=hours)


def sized(evidence: Evidence, days: int, *, trend_adjusted: bool) -> Sized:
    """The demand to buy for, made from the last ``days`` days of the evidence's history.

    Its hours are those of the window, repeated where it is short; quantities may be fractional.
    """
    at = of_window(evidence, days)
    window, pools = at.window, evidence.pools
    factor = factors(
        pools.total(evidence.history.quantity),
        np.nan_to_num(evidence.pool_rate),
        len(window.hours),
        trend_adjusted=trend_adjusted,
    )
    copies = factor.shape[1] // max(len(window.hours), 1)
    demand = replace(
        window,
        hours=pd.DatetimeIndex(np.tile(window.hours, copies), tz=window.hours.tz),
        quantity=np.tile(window.quantity, copies) * factor[pools.of_line],
    )
    return Sized(evidence=at, demand=demand, trend_adjusted=trend_adjusted)


def factors(history: Floats, usd: Floats, hours: int, *, trend_adjusted: bool) -> Floats:
    """By what the last ``hours`` hours of ``history`` (P, T) are multiplied: (P, hours × copies).

    ``usd`` (P,) is what an instance-hour costs On-Demand.
    """
    growth = fleet_growth(history, usd) if trend_adjusted else 0.0
    ahead = growth * (hours / HOURS_PER_DAY / 2 + LEAD_DAYS) / _DAYS_PER_YEAR
    level = float(np.exp(np.clip(ahead, -_MOST, _MOST)))
    spread = SPREAD_OVER_TERM * pool_spread(history, usd)
    if spread == 0 or hours < HOURS_PER_DAY:
        return np.full((len(history), hours), level)
    copies = max(1, -(-_FEWEST_DAYS * HOURS_PER_DAY // hours))
    case = np.arange(hours * copies) // HOURS_PER_DAY % CASES
    path = np.exp(spread * _dealt(usd * history[:, -hours:].mean(axis=1)))[:, case]
    scaled: Floats = level * path / path.mean(axis=1, keepdims=True)
    return scaled


def _dealt(dollars: Floats) -> Floats:
    """The tenth of the normal distribution of each pool in each case, (P, CASES).

    Neighbours in ``dollars`` (P,) get different orders of the same ten: case c is c × k modulo 11.
    """
    rank = np.argsort(np.argsort(-dollars, kind="stable"))
    order = (1 + rank[:, None] % CASES) * np.arange(1, CASES + 1) % (CASES + 1)
    dealt: Floats = _TENTHS[order - 1]
    return dealt
