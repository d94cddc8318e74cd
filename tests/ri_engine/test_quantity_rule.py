"""The quantile rule is the brute-force optimum, and its ladder says what each unit is used for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.ri_engine.quantity import Ladder, best_quantity

LEVELS = st.lists(st.integers(0, 24).map(lambda quarter: quarter / 4), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("levels", "rate", "expected"),
    [
        ([2, 2, 2, 2], 0.6, 2),  # always two
        ([0, 0, 0, 0], 0.6, 0),
        ([], 0.6, 0),
        ([3, 0, 0, 0], 0.6, 0),  # a quarter of the hours is less than 60 %
        ([1, 2, 2, 3], 0.6, 2),  # unit 2 is used in 75 % of the hours, unit 3 in 25 %
        ([1, 2, 2, 3], 0.75, 1),  # unit 2 only breaks even and is not bought
        ([1.5, 1.5], 0.4, 2),  # half of unit 2 is used in every hour
        ([1.5, 1.5], 0.6, 1),
        ([5, 5], 1.0, 0),  # no discount
        ([5, 5], 1.2, 0),
    ],
)
def test_quantity(levels: list[float], rate: float, expected: int) -> None:
    assert best_quantity(np.array(levels, dtype=float), rate, 1.0) == expected


def bill(levels: np.ndarray, quantity: int, rate: float, on_demand: float) -> float:
    return rate * quantity + on_demand * float(np.maximum(levels - quantity, 0).mean())


@given(LEVELS, st.integers(1, 99))
def test_no_other_quantity_is_cheaper(levels: list[float], rate: int) -> None:
    demand = np.array(levels)
    chosen = best_quantity(demand, rate / 100, 1.0)
    bills = [bill(demand, quantity, rate / 100, 1.0) for quantity in range(int(max(levels)) + 3)]
    assert bills[chosen] <= min(bills) + 1e-9
    # Of equally cheap quantities the smallest is chosen.
    assert all(one > bills[chosen] + 1e-10 for one in bills[:chosen])


@given(LEVELS)
def test_unit_k_is_used_for_the_share_of_the_rule(levels: list[float]) -> None:
    demand = np.array(levels)
    share = [np.clip(demand - k + 1, 0, 1).mean() for k in range(1, int(np.ceil(max(levels))) + 1)]
    np.testing.assert_allclose(Ladder.of(demand).share, share, atol=1e-12)


@given(LEVELS, st.integers(1, 99), st.integers(0, 8))
def test_saving_is_what_the_bill_falls_by(levels: list[float], rate: int, quantity: int) -> None:
    demand = np.array(levels)
    saving = Ladder.of(demand).saving(quantity, rate / 100, 1.0)
    assert saving == pytest.approx(demand.mean() - bill(demand, quantity, rate / 100, 1.0))
