"""What is better by a few whole steps? Many portfolios near one are billed at once.

Fractions that are taken down to whole steps leave room: cash that is not spent, coverage that is
allowed. Steps more of what saves most for what is scarce fill it, steps fewer make room for others. A
batch of portfolios is billed as one, over as many times the hours, which takes little longer than one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from finops.ri_engine.billing import serve
from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.by_planes import PlaneSearch
from finops.ri_engine.optimum.dispatch import hourly_prices
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.optimum.master import Program
from finops.ri_engine.quantity import Floats

_ROUNDS = 5
# How many options are raised in a round, those with the largest gain at the margin.
_RAISED = 12
_TAKEN = 16
# Moves of each kind, those that gain and those that make room, that a later round looks at again.
_AGAIN = 16
_RESERVED_STEPS = (1, 3)
# Of a plan: tenths of cents an hour, up to two dollars.
_PLAN_STEPS = (1, 16, 256, 2048)
_HAIR = 1e-9
# Of the cost: less than this is not looked for.
_WORTH_IT = 3e-4

Pairs: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.intp]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Dollars of ``market``'s mean hour that must stay On-Demand under a target coverage."""

    market: Market
    usd: float

    def room(self, units: Floats) -> Floats:
        """Dollars (C,) that ``units`` (C, K) leave beyond what must stay."""
        left: Floats = stays(self.market, units) @ self.market.weight - self.usd
        return left


def stays(market: Market, units: Floats) -> Floats:
    """On-Demand dollars of each hour, (C, T), under each of ``units`` (C, K), in AWS's order."""
    count, hours = len(units), market.quantity.shape[1]
    amount = np.concatenate([np.repeat(market.owned[None], count, axis=0), units], axis=1)
    held = set(np.flatnonzero(amount.max(axis=0) > 0).tolist())
    residual = np.tile(market.quantity, count)
    left = np.repeat(amount.T, hours, axis=1)
    for _ in serve([claim for claim in market.order if claim.commitment in held], residual, left):
        pass
    dollars: Floats = (market.on_demand @ residual).reshape(count, hours)
    return dollars


def polished(search: PlaneSearch, units: Floats, kept: Kept | None = None) -> Floats:
    """Whole units (K,) within the limits that cost no more than ``units`` as the search weighs them."""
    if kept is not None:
        units = _shed(search, units, kept)
    here = _weighed(search, units[None], kept)[0]
    fewer = -_steps(search, np.flatnonzero(units > 0), units)
    moves = np.concatenate([_steps(search, _worth_more(search, units)), fewer])
    for _ in range(_ROUNDS):
        moves = moves[(here.units + moves >= -_HAIR).all(axis=1)]
        better = _taken(search, here, moves, kept)
        if better is None:
            break
        here, moves = better
    return here.units


def _shed(search: PlaneSearch, units: Floats, kept: Kept) -> Floats:
    """The units without the steps that save least for what they cover, until enough stays On-Demand."""
    for _ in range(_ROUNDS):
        room = float(kept.room(units[None])[0])
        if room >= 0 or not units.any():
            break
        fewer = -_steps(search, np.flatnonzero(units > 0), units)
        covers = room - kept.room(units + fewer)
        loss = _values(search, units + fewer)
        each = (loss - _values(search, units[None])[0]) / np.maximum(-covers, _HAIR)
        order = np.argsort(each, kind="stable")
        together = _together(fewer[order], np.zeros(len(order)), covers[order], np.inf, np.inf)
        enough = np.flatnonzero(kept.room(units + together) >= 0)
        units = units + together[enough[0] if len(enough) else -1]
    return units


def _worth_more(search: PlaneSearch, units: Floats) -> list[int]:
    """Options of which another step gains at the margin, those that gain most first."""
    market, program = search.market, search.program
    price = hourly_prices(market, units)[len(market.owned) :]
    gain = program.on_demand_weight * (price @ market.weight) - program.cost
    ordered = np.argsort(-gain * program.step, kind="stable")
    return [int(at) for at in ordered[:_RAISED] if gain[at] > _HAIR]


def _steps(search: PlaneSearch, options: Iterable[int], most: Floats | None = None) -> Floats:
    """Several sizes of a step of each option, (M, K), up to ``most`` (K,)."""
    found = []
    for at in options:
        reserved = search.market.options[at].kind == RI
        for step in _RESERVED_STEPS if reserved else _PLAN_STEPS:
            far = step * search.program.step[at]
            if most is None or far <= most[at] + _HAIR:
                change = np.zeros(len(search.program.cost))
                change[at] = far
                found.append(change)
    return np.array(found).reshape(-1, len(search.program.cost))


@dataclass(frozen=True, slots=True)
class _Weighed:
    """Units (K,), their cost as the search weighs it, the dollars of its mean hour that stay On-Demand
    and those that may be covered yet."""

    units: Floats
    usd: float
    stays_usd: float
    room: float


def _weighed(search: PlaneSearch, units: Floats, kept: Kept | None) -> list[_Weighed]:
    on_demand = stays(search.market, units)
    usd, stay = search.values(units, on_demand @ search.blocks), on_demand @ search.market.weight
    room = np.full(len(units), np.inf) if kept is None else kept.room(units)
    return [
        _Weighed(*one) for one in zip(units, usd.tolist(), stay.tolist(), room.tolist(), strict=True)
    ]


def _taken(
    search: PlaneSearch, here: _Weighed, moves: Floats, kept: Kept | None
) -> tuple[_Weighed, Floats] | None:
    """What is better than ``here`` by the best of ``moves`` together, and the moves that are worth
    another look; None where no move is good.

    A move is steps more of an option, or fewer of one that is held. What it covers of the judging
    market is taken to be in proportion to what it covers of the searched one until moves are chosen.
    """
    if not len(moves):
        return None
    market, program = search.market, search.program
    on_demand = stays(market, here.units + moves)
    gain = here.usd - search.values(here.units + moves, on_demand @ search.blocks)
    cash, paid = _cash_left(program, here.units), moves @ program.upfront
    covers = np.zeros(len(moves))
    if kept is not None:
        covers = (here.stays_usd - on_demand @ market.weight) * kept.market.on_demand_usd
        covers /= max(market.on_demand_usd, _HAIR)
    scarce = covers if kept is not None else paid if np.isfinite(cash) else covers
    worth = np.where(scarce > _HAIR, gain / np.maximum(scarce, _HAIR), np.inf)
    order = [at for at in np.lexsort((-gain, -worth)) if gain[at] > _HAIR]
    together = _together(moves[order], paid[order], covers[order], cash, here.room)
    swaps = _swaps(gain, paid, covers, cash, here.room)
    trials = here.units + np.concatenate([together, moves[swaps[:, 0]] + moves[swaps[:, 1]]])
    if not len(trials):
        return None
    allowed = [one for one in _weighed(search, trials, kept) if one.room >= -_HAIR]
    best = min(allowed, key=lambda one: one.usd, default=here)
    if best.usd >= here.usd * (1 - _WORTH_IT):
        return None
    # What gains, and what makes room at the least loss: the rest changes little in a few steps.
    frees = np.where((gain <= _HAIR) & (scarce < -_HAIR), gain / np.maximum(-scarce, _HAIR), -np.inf)
    room = [at for at in np.argsort(-frees, kind="stable")[:_AGAIN] if np.isfinite(frees[at])]
    return best, moves[[*order[:_AGAIN], *room]]


def _cash_left(program: Program, units: Floats) -> float:
    most = program.max_upfront_usd
    return np.inf if most is None else most + 1e-6 - float(program.upfront @ units)


def _together(moves: Floats, paid: Floats, covers: Floats, cash: float, room: float) -> Floats:
    """The first move, the first two and so on, (N, K): one of each option, as far as they fit."""
    at, seen, found = np.zeros(moves.shape[1]), set(), []
    for move, money, cover in zip(moves, paid, covers, strict=True):
        option = int(np.abs(move).argmax())
        if option in seen or money > cash or cover > room + _HAIR:
            continue
        at, cash, room = at + move, cash - float(money), room - float(cover)
        seen.add(option)
        found.append(at)
        if len(found) == _TAKEN:
            break
    return np.array(found).reshape(-1, moves.shape[1])


def _swaps(gain: Floats, paid: Floats, covers: Floats, cash: float, room: float) -> Pairs:
    """Pairs (N, 2) of moves that gain most: one that gains but does not fit, one that makes room."""
    up = np.flatnonzero((gain > _HAIR) & ((paid > cash) | (covers > room + _HAIR)))
    down = np.flatnonzero((gain <= _HAIR) & ((paid < 0) | (covers < 0)))
    both = gain[up][:, None] + gain[down]
    fits = (paid[up][:, None] + paid[down] <= cash) & (covers[up][:, None] + covers[down] <= room)
    both = np.where(fits, both, -np.inf)
    best = np.argsort(-both, axis=None, kind="stable")[:_TAKEN]
    best = best[both.ravel()[best] > _HAIR]
    return np.column_stack([up[best // max(len(down), 1)], down[best % max(len(down), 1)]])


def _values(search: PlaneSearch, units: Floats) -> Floats:
    """What each of ``units`` (C, K) costs as the search weighs it."""
    return search.values(units, stays(search.market, units) @ search.blocks)
