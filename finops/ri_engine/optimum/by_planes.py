"""Which units are best, proven by planes? For estates of few options, with any limit.

Planes that touch the bill at one portfolio after the other close in on it from below (Kelley 1960;
Benders 1962), each taken between the best portfolio so far and the program's answer, which keeps them
from swinging. First in fractions, then in whole Reserved Instances; plans are then taken down to whole
steps and up again where a step pays. What is returned has been billed in AWS's order.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.cuts import Planes, tangent
from finops.ri_engine.optimum.dispatch import Dispatched, dispatch, hourly_prices
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.optimum.master import TAIL, Program, Solved, solve
from finops.ri_engine.optimum.relaxation import Relaxation
from finops.ri_engine.quantity import Floats

_TOWARDS = 0.3
# Rounds in whole units without a better bound: what is left is the difference that AWS's order makes.
_PATIENCE = 6
_EXACT = 3e-8
# What a round of planes counts for in bills; a round in whole units counts ten times as much.
_PLANE_BILLS = 5
_NEAR = 1e-5
_IN_SIGHT = 3e-4
# Rounds of planes: an estate of few options meets its bound in some forty.
_MOST_ROUNDS, _QUICK_ROUNDS = 100, 12
# Of a weight: enough to tell units that cover more from those that cover less.
_LESS = 2e-3
# Pairs of moves are tried for so many options.
_FEW = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The best ``units`` (K,), their ``usd`` of the mean hour as the program weighs it, a lower
    ``bound`` on that of every portfolio within the limits, and planes, which hold under others, too."""

    units: Floats
    usd: float
    bound: float
    planes: Planes


class PlaneSearch:
    """The search for the best units of a market under a program: at most so many ``bills``, so that the
    answer depends on no clock. ``blocks`` is (T, B)."""

    def __init__(
        self, market: Market, program: Program, blocks: Floats, planes: Planes | None, bills: float
    ) -> None:
        self.market, self.program, self.blocks = market, program, blocks
        self.planes = planes or Planes.none(len(market.options))
        self.bound = -np.inf
        self.units = np.zeros(len(market.options))
        self.usd = np.inf
        # Options of which a last answer in fractions takes something.
        self.used = np.zeros(len(market.options), dtype=np.bool_)
        self._left = bills

    @property
    def late(self) -> bool:
        return self._left <= 0

    def run(self, *, thorough: bool, quick: bool = False, learn: bool = False) -> Found:
        """Search; ``thorough`` goes on until the bound is met, ``quick`` stops when it is in sight."""
        near = _EXACT if thorough else _IN_SIGHT if quick else _NEAR
        relaxed = self._relaxed(near, _QUICK_ROUNDS if quick and not learn else _MOST_ROUNDS)
        if quick:
            whole = self._down(relaxed.units)
            self._take(whole, self.weigh(whole))
        else:
            self.try_units(self._down(relaxed.units))
        self.bound = max(self.bound, 0.0) if np.isinf(self.bound) else self.bound
        if not quick:
            self._whole(near, every=False)
        if thorough and len(self.market.options) <= 12:
            self._whole(near, every=True)
        if not quick:
            self._neighbours()
        return Found(units=self.units, usd=self.usd, bound=self.bound, planes=self.planes)

    def around_coverage(self, kept_usd: float, *, quick: bool) -> tuple[Floats, Floats]:
        """Units in fractions that leave about ``kept_usd`` or less On-Demand, and some that leave more:
        both are the cheapest at the price that coverage then has, and so is all between them."""
        free = self.program
        self.program = replace(free, kept_usd=kept_usd)
        high = self._relaxed(_IN_SIGHT, _QUICK_ROUNDS if quick else _MOST_ROUNDS)
        weight = max(free.on_demand_weight - high.kept_price - _LESS, 0.0)
        self.program = replace(free, on_demand_weight=weight)
        low = Relaxation(self.program, self.planes).solve()
        self.program = free
        return high.units, low.units

    def _relaxed(self, near: float, rounds: int) -> Solved:
        """Fractions: raise the bound until the planes and what they touch meet, or so many times."""
        centre, touching = np.zeros(len(self.market.options)), np.inf
        program = Relaxation(self.program, self.planes)
        solved = program.solve()
        at = solved.units if len(self.planes.base) else centre
        for _ in range(rounds):
            self._left -= _PLANE_BILLS
            planes = tangent(self.market, at, self.blocks)
            self.planes = self.planes + planes
            program.add(planes)
            value = self._value(at, self._blocks_of(planes, at))
            if value < touching:
                centre, touching = at, value
            solved = program.solve()
            self.bound = max(self.bound, solved.bound)
            if touching - self.bound <= near * max(abs(self.bound), _EXACT) or self.late:
                break
            at = _TOWARDS * solved.units + (1 - _TOWARDS) * centre
        self.used |= solved.units > 0
        return solved

    def _whole(self, near: float, *, every: bool) -> None:
        """Whole Reserved Instances, and plans in whole steps where ``every`` says so."""
        reserved = np.array([option.kind == RI for option in self.market.options], dtype=np.bool_)
        whole = np.ones_like(reserved) if every else reserved
        touching, stale = np.inf, 0
        while not self.late and stale < _PATIENCE:
            solved = solve(self.program, self.planes, whole=whole)
            stale = 0 if solved.bound > self.bound * (1 + _EXACT) else stale + 1
            self.bound = max(self.bound, solved.bound)
            self._left -= 10 * _PLANE_BILLS
            planes = tangent(self.market, solved.units, self.blocks)
            value = self._value(solved.units, self._blocks_of(planes, solved.units))
            touching = min(touching, value)
            self.try_units(self._down(solved.units))
            met = touching - self.bound <= near * max(self.bound, _EXACT)
            if met or self.usd - self.bound <= near * max(self.bound, _EXACT):
                break
            self.planes = self.planes + planes

    def try_units(self, units: Floats) -> None:
        """Take these units, with more of each as far as that pays, if they are the best so far."""
        usd = self.weigh(units)
        again = np.isfinite(usd)
        while again and not self.late:
            again = False
            gain = self._gains(units)
            for number in np.argsort(-gain, kind="stable"):
                if gain[number] > _EXACT:
                    step = np.where(np.arange(len(units)) == number, self.program.step, 0.0)
                    units, less = self._gone_far(units, usd, step)
                    again, usd = again or less < usd - _EXACT * max(usd, 1.0), less
        self._take(units, usd)

    def _gone_far(self, units: Floats, usd: float, step: Floats) -> tuple[Floats, float]:
        """Units that are less dear in one direction, and their cost: twice as far each time it pays."""
        far = 1
        while far and not self.late:
            there = units + far * step
            less = np.inf if there.min(initial=0.0) < -_EXACT else self.weigh(there)
            if less < usd - 1e-12:
                units, usd, far = there, less, far * 2
            else:
                far //= 2
        return units, usd

    def _gains(self, units: Floats) -> Floats:
        """What another step of each option saves at the margin, dollars of the mean hour and unit."""
        price = hourly_prices(self.market, units)[len(self.market.owned) :]
        stays = self.program.on_demand_weight
        gain: Floats = stays * (price @ self.market.weight) - self.program.cost
        return gain

    def _neighbours(self) -> None:
        """Change one quantity as far as it pays, or two by a step, in AWS's order, until none pays."""
        kinds = len(self.market.options)
        steps = [sign * np.eye(kinds)[at] * self.program.step for at in range(kinds) for sign in (1, -1)]
        pairs = [a + b for i, a in enumerate(steps) for b in steps[:i]] if kinds <= _FEW else []
        again = True
        while again and not self.late:
            moved = [self._moved(step) for step in steps]
            again = any(moved) or any(self._moved(pair) for pair in pairs)

    def _moved(self, step: Floats) -> bool:
        """Whether the best units became better in one direction."""
        return self._take(*self._gone_far(self.units, self.usd, step))

    def _take(self, units: Floats, usd: float) -> bool:
        better = usd < self.usd - 1e-12
        if better:
            self.units, self.usd = np.maximum(units, 0.0), usd
        return better

    def _down(self, units: Floats) -> Floats:
        """Whole steps below: what is too little is raised again."""
        return np.floor(units / self.program.step + 1e-6) * self.program.step

    def weigh(self, units: Floats) -> float:
        """The cost of the units as the program weighs it, infinite beyond a limit."""
        program = self.program
        self._left -= 1
        most = np.inf if program.max_upfront_usd is None else program.max_upfront_usd + 1e-6
        if float(program.upfront @ units) > most:
            return np.inf
        return self._value(units, self._on_demand(dispatch(self.market, units)))

    def _on_demand(self, billed: Dispatched) -> Floats:
        return (self.market.on_demand @ billed.residual) @ self.blocks

    def _blocks_of(self, planes: Planes, units: Floats) -> Floats:
        return planes.base - planes.slope @ units

    def _value(self, units: Floats, stays: Floats) -> float:
        return float(self.values(units[None], stays[None])[0])

    def values(self, units: Floats, stays: Floats) -> Floats:
        """The program's objective (C,) for units (C, K) and the On-Demand cost (C, B) that stays."""
        program = self.program
        cost, kept = units @ program.cost, np.maximum(stays.sum(axis=1), program.kept_usd)
        mean: Floats = cost + kept * program.on_demand_weight
        if program.risk_aversion == 0:
            return mean
        by_case = np.zeros((len(units), len(program.share)))
        np.add.at(by_case.T, program.scenario, stays.T * program.on_demand_weight)
        loss = cost[:, None] + by_case / program.share - program.on_demand_weight * program.on_demand
        tail = worst_tenth(loss, program.share)
        return (1 - program.risk_aversion) * mean + program.risk_aversion * tail


def worst_tenth(loss: Floats, share: Floats) -> Floats:
    """The mean (C,) of the largest losses of (C, S) that make up a tenth of the weight (S,)
    (conditional value at risk)."""
    order = np.argsort(-loss, axis=1)
    weight = share[order]
    before = np.cumsum(weight, axis=1) - weight
    taken = np.clip(TAIL - before, 0.0, weight)
    mean: Floats = (taken * np.take_along_axis(loss, order, axis=1)).sum(axis=1) / TAIL
    return mean
