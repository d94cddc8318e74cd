"""What if the limits were others? Near-best purchases while somebody moves a slider.

One market is searched again and again: at fewer hours, and with the planes of some searches at the
start, which hold under any cash, coverage and risk. They stay as they are: an answer does not depend on
what was asked before. Nothing is proven; what is found is billed over all hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from finops.ri_engine.claims import Ints
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.buyers import Buyers
from finops.ri_engine.optimum.by_planes import worst_tenth
from finops.ri_engine.optimum.dispatch import dispatch
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.market import Market, market_of, part_of
from finops.ri_engine.optimum.memory import Memory
from finops.ri_engine.optimum.own_sizes import in_own_sizes
from finops.ri_engine.optimum.portfolio import (
    Portfolio,
    Units,
    best_units,
    portfolio_of,
)
from finops.ri_engine.optimum.scenarios import in_cases
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats

# More cash than anybody asks for: offers with every payment stay in the market.
_ANY_CASH = 1e15
# Shares of the cash and target coverages that are searched at the start.
_LEARNED = ((None, None), (0.3, None), (0.05, None), (None, 0.75), (None, 0.5), (0.1, 0.8))


@dataclass(frozen=True, slots=True)
class Found:
    """A portfolio, and what its mean hour saves in the worst tenth of the cases of demand."""

    portfolio: Portfolio
    worst_saving_usd: float


class QuickSearch:
    """Searches for one demand and choice of offers, learned at the start and then left as it is."""

    def __init__(self, evidence: Evidence, demand: Demand, limits: Limits) -> None:
        self.evidence, self.demand = evidence, demand
        self._market = market_of(evidence, demand, replace(limits, max_upfront_usd=_ANY_CASH))
        self._buyers = Buyers.of(evidence, demand)
        self._cases = in_cases(self._market, evidence) if self._market.options else None
        # What is looked at after that: the options that any of those searches used.
        self._used, self._few = self._learn(limits)

    def _learn(self, limits: Limits) -> tuple[Ints, Market]:
        """Search at settings from one end to the other, thoroughly, so that any other is near one.

        The numbers of the options that were of use, and the market of these.
        """
        memory = Memory()
        free = self._learned(limits, memory)
        cash = float(self._market.upfront @ free.amount)
        for risk in (0.0, 1.0):
            for share, target in _LEARNED:
                asked = replace(
                    limits,
                    max_upfront_usd=None if share is None else share * cash,
                    target_coverage=target,
                    risk_aversion=risk,
                )
                self._learned(asked, memory)
        used = np.flatnonzero(np.zeros(0) if memory.used is None else memory.used)
        self._memory = memory.of(used)
        return used, part_of(self._market, used)

    def _learned(self, limits: Limits, memory: Memory) -> Units:
        return best_units(
            self._market, self.evidence, self.demand, limits, quick=True, learn=True, memory=memory
        )

    def _units(self, limits: Limits) -> Floats:
        """The units (K,) of all options."""
        memory, units = self._memory.copy(), np.zeros(len(self._market.options))
        found = best_units(self._few, self.evidence, self.demand, limits, quick=True, memory=memory)
        units[self._used] = found.amount
        return units

    def best(self, limits: Limits) -> Found:
        """Near-best purchases under these limits, which differ in cash, coverage and risk only."""
        named = Units(in_own_sizes(self._market, self._units(limits)), None)
        portfolio = portfolio_of(self._market, self.evidence, self.demand, limits, named, self._buyers)
        return Found(portfolio, self._worst_saving(named.amount))

    def _worst_saving(self, units: Floats) -> float:
        """Dollars of the mean hour of the worst tenth; below 0 the purchases lose money there."""
        if self._cases is None:
            return 0.0
        market, case = self._cases
        share = np.bincount(case, weights=market.weight).astype(np.float64)
        alone, held = (dispatch(market, held).residual for held in (np.zeros_like(units), units))
        lower = (market.on_demand @ (alone - held)) * market.weight
        saving = np.bincount(case, weights=lower) / share - float(market.cost @ units)
        return -float(worst_tenth(-saving[None], share)[0])
