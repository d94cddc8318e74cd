"""How many units of each purchase are bought in which month, so that expiries are spread?

Whole units, by a mixed-integer program (HiGHS) in two steps: first the least dollars by which months
are over the cap, then, with no more than those, the least savings forgone by waiting. Both are linear
in the units: those bought on a day stand from then on, and end one, two … terms after it. Months that
come again after the longest term share what they are over, or who ends twice would count double.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack

from finops.ri_engine.claims import Bools
from finops.ri_engine.ladder_months import MONTHS_PER_YEAR, Window, options
from finops.ri_engine.quantity import Floats

Counts = npt.NDArray[np.int64]
# $ an hour below which a month is not over the cap: the program's own precision.
TOLERANCE_USD = 1e-5
# Of equal savings, the fewer dollar-hours that wait: a saved dollar counts a million times as much.
_WAITING_WEIGHT = 1e-6
# Branches after which the best schedule so far is taken, as not proven to be the cheapest.
_MOST_BRANCHES = 300
# Where a search may stop, and what is proven: no schedule is better by more than a thousandth.
_GAP, _PROOF = 1e-4, 1e-3
_FEW_LOTS = 12
# Units up to this (plans, in tenths of a cent) fill what whole instances leave.
_FINE_USD = 0.001
_NEARLY = 1e-6
_WHOLE, _COARSE, _ANY = "all", "coarse", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A purchase in ``units``: $ an hour that one costs, and $ an hour that one saves (0 or more)."""

    units: int
    unit_usd: float
    unit_saving_usd: float
    term_years: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Units of each lot by day of purchase (K,), and whether nothing cheaper is possible."""

    units: tuple[Counts, ...]
    proven: bool


@dataclass(frozen=True, slots=True)
class _Options:
    """All choices of all lots, one after the other (V,): lot, day, hours to wait, and (V, M) units that
    stand and end."""

    lot: npt.NDArray[np.intp]
    hours: Floats
    stands: Floats
    ends: Floats


def at_once(lots: Sequence[Lot], window: Window) -> Schedule:
    """Everything on the first day."""
    units = []
    for lot in lots:
        counts = np.zeros(len(window.purchase_days(lot.term_years)), dtype=np.int64)
        counts[0] = lot.units
        units.append(counts)
    return Schedule(tuple(units), proven=True)


def spread(lots: Sequence[Lot], window: Window, owned: tuple[Floats, Floats], cap: float) -> Schedule:
    """The cheapest schedule whose months keep under ``cap`` (a fraction) wherever that is possible.

    ``owned`` is $ an hour (M,) that stand and that end without the purchases. A month that no schedule
    brings under the cap, because of what is owned, gets no further end where that can be avoided.
    """
    now = at_once(lots, window)
    if not lots:
        return now
    choice = _options(lots, window)
    limits, room = _limits(lots, choice, owned, cap)
    first = np.concatenate(now.units).astype(np.float64)
    if (limits @ first - room <= TOLERANCE_USD).all():
        return now
    program, cost = _Program.of(lots, choice, limits, room), _cost(lots, choice)
    found = _cheapest(program, cost)
    if found is None:
        return Schedule(now.units, proven=False)
    sizes = np.cumsum([len(counts) for counts in now.units])[:-1]
    return Schedule(tuple(np.split(found.units.astype(np.int64), sizes)), found.proven)


def _cheapest(program: _Program, cost: Floats) -> _Solution | None:
    """The best of what is tried, held against the bound that parts of units give."""
    bound = program.cheapest(cost, _ANY)
    few = program.lots <= _FEW_LOTS
    if bound is None:
        return None
    first = (program if few else program.keeping(bound.units)).cheapest(cost, _WHOLE)
    if first is not None and few and first.proven:
        return first
    most_over = program.over(bound.units) * (1 + _PROOF) + TOLERANCE_USD
    most_cost = cost @ bound.units * (1 + _PROOF) + TOLERANCE_USD
    found = [] if first is None else [first.units]
    if not found or program.over(found[0]) > most_over:
        second = program.tightened().cheapest(cost, _COARSE)
        found += [] if second is None else [program.rounded(second.units)]
    if not found:
        return None
    best = min(found, key=lambda units: (round(program.over(units), 5), float(cost @ units)))
    return _Solution(best, proven=bool(program.over(best) <= most_over and cost @ best <= most_cost))


@dataclass(frozen=True, slots=True)
class _Solution:
    units: Floats
    proven: bool


@dataclass(frozen=True, slots=True)
class _Program:
    """V numbers of units between ``least`` and ``most``, and R dollars by which months are over.

    ``bought`` (N, V) adds the choices of each lot up to its ``wanted`` units; ``recurs`` (M, R) says
    which of the R months of the longest term each month is. ``fine`` (N,) are lots of tiny units.
    """

    limits: Floats
    room: Floats
    recurs: csr_matrix
    bought: csr_matrix
    wanted: Floats
    fine: Bools
    least: Floats
    most: Floats

    @classmethod
    def of(cls, lots: Sequence[Lot], choice: _Options, limits: Floats, room: Floats) -> _Program:
        number = np.arange(len(choice.lot))
        bought = csr_matrix((np.ones(len(number)), (choice.lot, number)))
        wanted = np.array([lot.units for lot in lots], dtype=np.float64)
        month = np.arange(len(room))
        period = MONTHS_PER_YEAR * max(lot.term_years for lot in lots)
        recurs = csr_matrix((np.ones(len(month)), (month, month % period)))
        fine = np.array([lot.unit_usd <= _FINE_USD for lot in lots], dtype=np.bool_)
        none = np.zeros(len(number))
        return cls(limits, room, recurs, bought, wanted, fine, none, wanted[choice.lot])

    @property
    def lots(self) -> int:
        return len(self.wanted)

    def over(self, units: Floats) -> float:
        """$ an hour by which months are over their limit, added up; of months that recur the most."""
        over = np.maximum(self.limits @ units - self.room, 0.0)
        return float(self.recurs.T.multiply(over).max(axis=1).sum())

    def keeping(self, units: Floats) -> _Program:
        """The program in which lots keep whole units that they have, but for those of fine ones."""
        whole = np.abs(units - np.rint(units)) < _NEARLY
        split = self.bought @ (~whole).astype(np.float64) > 0
        free = self.bought.T @ (split | self.fine).astype(np.float64) > 0
        kept = np.rint(units)
        return replace(
            self, least=np.where(free, self.least, kept), most=np.where(free, self.most, kept)
        )

    def tightened(self) -> _Program:
        """The program with so much less room that rounding fine units takes no month over."""
        return replace(self, room=self.room - _FINE_USD * self.fine.sum())

    def rounded(self, units: Floats) -> Floats:
        """Whole units by largest remainder, so that each lot keeps its number."""
        whole = np.floor(units + _NEARLY)
        missing = np.rint(self.wanted - self.bought @ whole).astype(np.int64)
        for lot in np.flatnonzero(missing > 0):
            own = self.bought.indices[self.bought.indptr[lot] : self.bought.indptr[lot + 1]]
            order = np.argsort(whole[own] - units[own], kind="stable")
            whole[own[order[: missing[lot]]]] += 1
        return whole

    def cheapest(self, cost: Floats, whole: str) -> _Solution | None:
        """The units (V,) of least cost among those that are least over; None where none are found.

        ``whole`` says which units are whole numbers: all, those of lots that are not fine, or none.
        """
        nothing = np.zeros_like(cost)
        first = self._solve(nothing, np.inf, whole)
        if first is None:
            return None
        second = self._solve(cost, self.over(first.units), whole)
        if second is None:
            return _Solution(first.units, proven=False)
        return _Solution(second.units, proven=first.proven and second.proven)

    def _solve(self, cost: Floats, most_over: float, whole: str) -> _Solution | None:
        """The least dollars over for no cost, else the least cost with at most so many dollars over."""
        units, months = len(cost), self.recurs.shape[1]
        costly = bool(cost.any())
        never = costly and most_over <= TOLERANCE_USD
        rules = [
            LinearConstraint(hstack([csr_matrix(self.limits), -self.recurs]), -np.inf, self.room),
            LinearConstraint(
                hstack([self.bought, csr_matrix((self.lots, months))]), self.wanted, self.wanted
            ),
        ]
        if costly and not never:
            total = csr_matrix(np.concatenate([np.zeros(units), np.ones(months)]))
            rules.append(LinearConstraint(total, -np.inf, most_over + TOLERANCE_USD))
        slack = np.full(months, TOLERANCE_USD / 2 if never else np.inf)
        aim = cost / cost.max() if costly else cost
        found = milp(
            np.concatenate([aim, np.full(months, 0.0 if costly else 1.0)]),
            integrality=np.concatenate([self._integral(whole), np.zeros(months)]),
            bounds=Bounds(
                np.concatenate([self.least, np.zeros(months)]), np.concatenate([self.most, slack])
            ),
            constraints=rules,
            options={"node_limit": _MOST_BRANCHES, "mip_rel_gap": _GAP},
        )
        if found.x is None:
            return None
        some = np.asarray(found.x[:units], dtype=np.float64)
        return _Solution(np.rint(some) if whole == _WHOLE else some, proven=bool(found.status == 0))

    def _integral(self, whole: str) -> Floats:
        coarse = self.bought.T @ (~self.fine).astype(np.float64)
        chosen: Floats = {_WHOLE: np.ones_like(coarse), _ANY: np.zeros_like(coarse)}.get(whole, coarse)
        return chosen


def _options(lots: Sequence[Lot], window: Window) -> _Options:
    by_term = {lot.term_years: options(window, lot.term_years) for lot in lots}
    hours = {
        term: np.array([(day - window.first).days * 24.0 for day in window.purchase_days(term)])
        for term in by_term
    }
    sizes = [len(hours[lot.term_years]) for lot in lots]
    return _Options(
        lot=np.repeat(np.arange(len(lots)), sizes),
        hours=np.concatenate([hours[lot.term_years] for lot in lots]),
        stands=np.vstack([by_term[lot.term_years][0] for lot in lots]),
        ends=np.vstack([by_term[lot.term_years][1] for lot in lots]),
    )


def _limits(
    lots: Sequence[Lot], choice: _Options, owned: tuple[Floats, Floats], cap: float
) -> tuple[Floats, Floats]:
    """$ an hour (M, V) that a unit puts over the cap, and the room (M,) that there is for them."""
    stand, end = owned
    unit = np.array([lot.unit_usd for lot in lots])[choice.lot]
    over = unit[:, None] * (choice.ends - cap * choice.stands)
    room = cap * stand - end
    hopeless = _cannot(lots, choice, over, room)
    limits = np.where(hopeless, unit[:, None] * choice.ends, over)
    return np.ascontiguousarray(limits.T), np.where(hopeless, 0.0, room)


def _cannot(lots: Sequence[Lot], choice: _Options, over: Floats, room: Floats) -> Bools:
    """The months (M,) that are over the cap even with the best day for each purchase."""
    starts = np.flatnonzero(np.diff(choice.lot, prepend=-1))
    best = np.minimum.reduceat(over, starts, axis=0)
    units = np.array([lot.units for lot in lots], dtype=np.float64)
    cannot: Bools = units @ best - room > TOLERANCE_USD
    return cannot


def _cost(lots: Sequence[Lot], choice: _Options) -> Floats:
    """$ that a unit forgoes by each choice, and next to nothing for the dollars that wait."""
    saving = np.array([lot.unit_saving_usd for lot in lots])[choice.lot]
    unit = np.array([lot.unit_usd for lot in lots])[choice.lot]
    cost: Floats = (saving + _WAITING_WEIGHT * unit) * choice.hours
    return cost
