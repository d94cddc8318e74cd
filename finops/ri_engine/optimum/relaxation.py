"""Which fractions of units cost least, as far as the planes tell? A linear program that is kept.

Each plane cuts off the answer before it and little else: the solver goes on from that answer, in a few
steps, where a program put together anew would cost some ten times as much.
"""

from __future__ import annotations

import highspy
import numpy as np

from finops.ri_engine.optimum.cuts import Planes
from finops.ri_engine.optimum.master import (
    Program,
    Rows,
    Solved,
    plane_rows,
    rows_of,
    sold_only,
    spread,
)
from finops.ri_engine.quantity import Floats


class Relaxation:
    """The best fractions under a program's limits; planes can be added between answers."""

    def __init__(self, program: Program, planes: Planes) -> None:
        self._sold = program.most > 0
        sold = sold_only(program, self._sold)
        self._scale = np.ones(len(sold.cost))
        rows = rows_of(sold, planes.of(self._sold), self._scale)
        self._kept, self._columns = rows.kept, len(rows.objective)
        self._solver = _solver_of(rows)

    def add(self, planes: Planes) -> None:
        """Bounds more, which hold from the next answer on."""
        matrix = plane_rows(planes.of(self._sold), self._scale, self._columns)
        _add_rows(self._solver, matrix, planes.base)

    def solve(self) -> Solved:
        """The least cost within the limits by the planes so far; a bound of −∞ where none is found."""
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return Solved(np.zeros(len(self._sold)), -np.inf)
        solution = self._solver.getSolution()
        units = np.maximum(np.array(solution.col_value[: len(self._scale)]), 0.0)
        price = 0.0 if self._kept < 0 else float(solution.row_dual[self._kept])
        bound = float(self._solver.getObjectiveValue())
        return Solved(spread(units, self._sold), bound, price)


def _solver_of(rows: Rows) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")
    solver.setOptionValue("threads", 1)
    count, none = len(rows.objective), np.zeros(0, dtype=np.int32)
    solver.addCols(count, rows.objective, rows.lowest, rows.highest, 0, none, none, np.zeros(0))
    _add_rows(solver, rows.matrix, rows.least)
    return solver


def _add_rows(solver: highspy.Highs, matrix: Floats, least: Floats) -> None:
    """Rows (M, N) of which the dot product with the columns is at least ``least`` (M,)."""
    row, column = np.nonzero(matrix)
    starts = np.searchsorted(row, np.arange(len(matrix))).astype(np.int32)
    most = np.full(len(least), np.inf)
    values = matrix[row, column]
    solver.addRows(len(least), least, most, len(values), starts, column.astype(np.int32), values)
