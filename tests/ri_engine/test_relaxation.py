"""The kept program: the answers of one put together anew, and of another solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from finops.ri_engine.optimum.cuts import Planes
from finops.ri_engine.optimum.master import Program, rows_of
from finops.ri_engine.optimum.relaxation import Relaxation

KINDS, BLOCKS = 4, 3


def planes(random: np.random.Generator, count: int) -> Planes:
    return Planes(
        block=random.integers(0, BLOCKS, count),
        base=random.uniform(1, 10, count),
        slope=random.uniform(0, 3, (count, KINDS)),
    )


def program(random: np.random.Generator, averse: float, cash: float | None, kept: float) -> Program:
    return Program(
        cost=random.uniform(0.2, 2, KINDS),
        most=np.where(random.random(KINDS) < 0.2, 0.0, random.uniform(1, 5, KINDS)),
        step=np.ones(KINDS),
        upfront=random.uniform(0, 100, KINDS),
        max_upfront_usd=cash,
        on_demand_weight=1.0,
        kept_usd=kept,
        risk_aversion=averse,
        scenario=np.arange(BLOCKS),
        share=np.full(BLOCKS, 1 / BLOCKS),
        on_demand=random.uniform(10, 20, BLOCKS),
    )


def least(of: Program, by: Planes) -> float:
    """By SciPy's own copy of a solver, from nothing."""
    rows = rows_of(of, by, np.ones(KINDS))
    bounds = np.column_stack([rows.lowest, rows.highest])
    return float(linprog(rows.objective, A_ub=-rows.matrix, b_ub=-rows.least, bounds=bounds).fun)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    averse=st.sampled_from([0.0, 0.5, 1.0]),
    cash=st.sampled_from([None, 0.0, 150.0]),
    kept=st.sampled_from([0.0, 4.0]),
)
def test_a_program_that_is_kept_answers_as_one_made_anew(
    seed: int, averse: float, cash: float | None, kept: float
) -> None:
    random = np.random.default_rng(seed)
    asked, first, more = program(random, averse, cash, kept), planes(random, 5), planes(random, 4)
    kept_program = Relaxation(asked, first)
    assert kept_program.solve().bound == pytest.approx(least(asked, first), abs=1e-7)
    kept_program.add(more)
    again, anew = kept_program.solve(), Relaxation(asked, first + more).solve()
    assert again.bound == pytest.approx(anew.bound, abs=1e-7)
    assert again.bound == pytest.approx(least(asked, first + more), abs=1e-7)
    assert (again.units <= asked.most + 1e-7).all()
    assert cash is None or again.units @ asked.upfront <= cash + 1e-6


def test_another_dollar_that_must_stay_costs_its_price() -> None:
    # One option at $0.25 an hour serves a dollar: of $10 all but $4 is served, at 0.25 a dollar, so the
    # bill is 6 × 0.25 + 4 = 5.50, and a dollar more that must stay costs 0.75.
    one = Planes(block=np.array([0]), base=np.array([10.0]), slope=np.array([[1.0]]))
    asked = Program(
        cost=np.array([0.25]),
        most=np.array([100.0]),
        step=np.ones(1),
        upfront=np.zeros(1),
        max_upfront_usd=None,
        on_demand_weight=1.0,
        kept_usd=4.0,
        risk_aversion=0.0,
        scenario=np.zeros(1, dtype=np.intp),
        share=np.ones(1),
        on_demand=np.array([10.0]),
    )
    found = Relaxation(asked, one).solve()
    assert (found.bound, found.kept_price) == (pytest.approx(5.5), pytest.approx(0.75))
    assert Relaxation(replace(asked, kept_usd=5.0), one).solve().bound == pytest.approx(6.25)


def test_limits_that_nothing_keeps_are_no_bound() -> None:
    random = np.random.default_rng(1)
    asked = replace(program(random, 0.0, 100.0, 0.0), max_upfront_usd=-1.0)
    found = Relaxation(asked, planes(random, 3)).solve()
    assert found.bound == -np.inf
    assert not found.units.any()
