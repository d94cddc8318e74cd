"""Which units cost least, as far as the planes tell? A linear program, in whole units where asked.

The answer is a lower bound on the cost of every portfolio within the limits, for the planes never
overstate a bill.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from finops.ri_engine.claims import Bools
from finops.ri_engine.optimum.cuts import Planes
from finops.ri_engine.quantity import Floats

# CVaR looks at the worst tenth of the scenarios.
TAIL = 0.1
# Of a search in whole units: what is not proven by then is not proven, and the bound still holds.
_MOST_NODES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What the units (K,) must keep to and what they are weighed by. Dollars are of the mean hour.

    ``cost`` and ``most`` (K,) of a unit and of units; ``step`` (K,) in which they are sold. ``upfront``
    (K,) adds up to at most ``max_upfront_usd``. A dollar that stays On-Demand is weighed
    ``on_demand_weight``: below 1 less is covered; ``kept_usd`` or more stays, and is paid even if it is
    not needed. ``scenario`` (B,) numbers the scenario of each block, ``share`` (S,) their weights and
    ``on_demand`` (S,) what each costs uncovered, in dollars of its own mean hour.
    """

    cost: Floats
    most: Floats
    step: Floats
    upfront: Floats
    max_upfront_usd: float | None
    on_demand_weight: float
    kept_usd: float
    risk_aversion: float
    scenario: np.ndarray[tuple[int], np.dtype[np.intp]]
    share: Floats
    on_demand: Floats


@dataclass(frozen=True, slots=True)
class Solved:
    """The best units (K,), a lower bound on what any units cost, and what it rises by for each dollar
    more that must stay On-Demand (0 where whole units are asked for)."""

    units: Floats
    bound: float
    kept_price: float = 0.0


@dataclass(frozen=True, slots=True)
class Rows:
    """A program in numbers: minimise ``objective`` (N,) over columns between ``lowest`` and ``highest``
    (N,), with ``matrix`` (M, N) · columns at least ``least`` (M,). Columns: units of what is sold, whole
    ones in steps; On-Demand cost by block; the tail's edge; cases beyond it. The rows of the limits come
    first, those of the planes last; ``kept`` is the row of what must stay On-Demand, -1 without."""

    objective: Floats
    lowest: Floats
    highest: Floats
    matrix: Floats
    least: Floats
    kept: int


def rows_of(program: Program, planes: Planes, scale: Floats) -> Rows:
    """The program in numbers, its units in multiples of ``scale`` (K,).

    With a risk aversion a the cost is (1 − a) × the mean + a × the mean of the worst tenth of cost −
    On-Demand cost over the scenarios.
    """
    kinds, blocks = len(program.cost), len(program.scenario)
    averse, unit = program.risk_aversion, program.cost * scale
    objective = np.concatenate(
        [
            (1 - averse) * unit,
            np.full(blocks, (1 - averse) * program.on_demand_weight),
            [averse],
            averse / TAIL * program.share,
        ]
    )
    columns, kept = len(objective), -1
    rows, low = [np.zeros((0, columns))], [np.zeros(0)]
    if program.max_upfront_usd is not None:
        row = np.zeros((1, columns))
        row[0, :kinds] = -program.upfront * scale
        rows.append(row)
        low.append(np.array([-program.max_upfront_usd]))
    if program.kept_usd > 0:
        kept = len(low) - 1
        row = np.zeros((1, columns))
        row[0, kinds : kinds + blocks] = 1
        rows.append(row)
        low.append(np.array([program.kept_usd]))
    if averse > 0:
        rows.append(_tail_rows(program, unit, columns))
        low.append(-program.on_demand_weight * program.on_demand)
    lowest, highest = np.zeros(columns), np.full(columns, np.inf)
    highest[:kinds] = program.most / scale
    if averse > 0:
        lowest[kinds + blocks] = -np.inf
    else:
        highest[kinds + blocks :] = 0.0
    rows.append(plane_rows(planes, scale, columns))
    low.append(planes.base)
    return Rows(objective, lowest, highest, np.concatenate(rows), np.concatenate(low), kept)


def solve(program: Program, planes: Planes, *, whole: Bools) -> Solved:
    """The least cost within the limits by the planes; ``whole`` (K,) units are multiples of their steps.

    Options of which there is nothing to buy are left out. For fractions alone see ``Relaxation``.
    """
    sold = program.most > 0
    if not sold.all():
        found = solve(sold_only(program, sold), planes.of(sold), whole=whole[sold])
        return replace(found, units=spread(found.units, sold))
    kinds, scale = len(program.cost), np.where(whole, program.step, 1.0)
    rows = rows_of(program, planes, scale)
    integrality = np.zeros(len(rows.objective))
    integrality[:kinds] = whole
    rows.highest[:kinds] = np.where(whole, np.ceil(rows.highest[:kinds] - 1e-9), rows.highest[:kinds])
    found = milp(
        rows.objective,
        constraints=LinearConstraint(rows.matrix, rows.least, np.inf),
        bounds=Bounds(rows.lowest, rows.highest),
        integrality=integrality,
        options={"node_limit": _MOST_NODES, "mip_rel_gap": 1e-9, "presolve": False},
    )
    if found.x is None:
        return Solved(np.zeros(kinds), -np.inf)
    steps = np.where(whole, np.round(found.x[:kinds]), found.x[:kinds])
    bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
    return Solved(np.maximum(steps, 0.0) * scale, float(bound))


def sold_only(program: Program, sold: Bools) -> Program:
    """The program without the options of which there is nothing to buy."""
    return replace(
        program,
        cost=program.cost[sold],
        most=program.most[sold],
        step=program.step[sold],
        upfront=program.upfront[sold],
    )


def spread(units: Floats, sold: Bools) -> Floats:
    """Units of what is sold, as units (K,) of all options."""
    every = np.zeros(len(sold))
    every[sold] = units
    return every


def plane_rows(planes: Planes, scale: Floats, columns: int) -> Floats:
    """On-Demand cost of the block + slope · units ≥ base, a row each plane."""
    kinds = len(scale)
    rows = np.zeros((len(planes.base), columns))
    rows[:, :kinds] = planes.slope * scale
    rows[np.arange(len(planes.base)), kinds + planes.block] = 1
    return rows


def _tail_rows(program: Program, unit: Floats, columns: int) -> Floats:
    """edge + beyond ≥ (cost of the units + On-Demand cost that remains) − On-Demand cost, by case."""
    kinds, blocks, cases = len(program.cost), len(program.scenario), len(program.share)
    rows = np.zeros((cases, columns))
    rows[:, :kinds] = -unit
    weight = program.on_demand_weight / program.share[program.scenario]
    rows[program.scenario, kinds + np.arange(blocks)] = -weight
    rows[:, kinds + blocks] = 1
    rows[np.arange(cases), kinds + blocks + 1 + np.arange(cases)] = 1
    return rows
