"""Dollars: exact sums, one rounding, and splits that add up."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.money import (
    exact,
    exact_sum,
    fit_cents,
    fit_table,
    from_cents,
    round_cents,
    round_in_turn,
    round_lines,
    share_pct,
    split_cents,
    to_cents,
    usd,
)

cents = st.integers(-(10**15), 10**15)
amounts = st.one_of(
    st.decimals(-(10**12), 10**12, places=12, allow_nan=False),
    st.sampled_from(
        [Decimal(text) for text in ("0", "-0.005", "0.005", "1e-11", "-1e-11", "1e12", "0.015")]
    ),
)
weights = st.lists(st.decimals(-100, 10**12, places=6), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("total", "parts", "expected"),
    [
        (10000, [1, 1, 1], [3334, 3333, 3333]),
        (1000, [2, 1], [667, 333]),
        (-1000, [2, 1], [-667, -333]),
        (100, [-5, 1], [0, 100]),
        (5, [0, -1], [3, 2]),
        (0, [1, 2], [0, 0]),
        (7, [], []),
    ],
)
def test_cents_are_split_by_largest_remainder(total: int, parts: list[int], expected: list[int]) -> None:
    assert split_cents(total, parts) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["0.335", "0.335", "0.335"], [34, 33, 33]),  # 1.005 is 1.00, half to even
        (["0.333", "0.333", "0.334"], [33, 33, 34]),
        (["-0.335", "-0.335"], [-33, -34]),
        (["1.00", "-1.00"], [100, -100]),
        ([], []),
    ],
)
def test_lines_are_rounded_to_their_rounded_sum(lines: list[str], expected: list[int]) -> None:
    assert round_lines([Decimal(line) for line in lines]) == expected


def test_lines_that_cannot_reach_the_total_are_refused() -> None:
    with pytest.raises(ValueError, match="500 cents"):
        round_lines([Decimal("1.00")], 500)


def dollars(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_amounts_in_turn_add_up_to_the_rounded_sum_at_every_place() -> None:
    # 0.333, 0.666, 0.999, 1.332 are 33, 67, 100, 133 cents.
    assert round_in_turn([0.333] * 4) == [33, 34, 33, 33]
    assert round_in_turn([]) == []


@given(st.lists(amounts, max_size=30))
def test_the_first_so_many_in_turn_add_up(lines: list[Decimal]) -> None:
    in_turn = round_in_turn(lines)
    for count in range(len(lines) + 1):
        assert sum(in_turn[:count]) == to_cents(exact_sum(lines[:count]))


@pytest.mark.parametrize(
    ("lines", "total", "expected"),
    [
        (["1.004", "0.004", "0"], 102, [101, 1, 0]),
        (["1.004", "0.004", "0"], 100, [100, 0, 0]),
        (["1.00", "0"], 101, [101, 0]),  # the side before ended with half a cent, and the other did not
        (["-0.01", "0.01"], -1, [-2, 1]),
        (["0", "0"], 1, [1, 0]),
        ([], 0, []),
    ],
)
def test_amounts_are_fitted_to_a_total(lines: list[str], total: int, expected: list[int]) -> None:
    assert fit_cents(dollars(*lines), total) == expected


def test_a_table_adds_up_along_rows_and_columns() -> None:
    # Rounded alone the first column would be 0 + 0 + 1, the second 2 + 1 + 1.
    rows = [dollars("0.004", "0.016"), dollars("0.004", "0.006"), dollars("0.006", "0.014")]
    table = fit_table(rows, [2, 1, 2], [1, 4])
    assert table == [[0, 2], [0, 1], [1, 1]]
    assert fit_table(rows, [2, 1, 2], [2, 3]) == [[1, 1], [0, 1], [1, 1]]
    # What is zero stays so: the second row alone can give a cent from one column to the other.
    assert fit_table([dollars("0.02", "0"), dollars("0.01", "0.01")], [2, 2], [4, 0]) == [[2, 0], [2, 0]]
    assert fit_table([], [], [0, 0]) == []
    with pytest.raises(ValueError, match="rows of 2 cents and columns of 3"):
        fit_table([dollars("0.02")], [2], [3])


@given(
    st.integers(1, 5).flatmap(
        lambda wide: st.lists(st.lists(amounts, min_size=wide, max_size=wide), min_size=1, max_size=8)
    )
)
def test_tables_of_any_amounts_add_up_and_lie_near(rows: list[list[Decimal]]) -> None:
    row_cents = round_lines([exact_sum(row) for row in rows])
    columns = [exact_sum(column) for column in zip(*rows, strict=True)]
    column_cents = fit_cents(columns, sum(row_cents))
    table = fit_table(rows, row_cents, column_cents)
    assert [sum(row) for row in table] == row_cents
    assert [sum(column) for column in zip(*table, strict=True)] == column_cents
    for row, cents in zip(rows, table, strict=True):
        for amount, whole in zip(row, cents, strict=True):
            assert abs(Fraction(amount) * 100 - whole) <= len(rows) + 1


@given(cents, weights)
def test_parts_add_up_and_each_is_within_a_cent_of_its_share(total: int, parts: list[Decimal]) -> None:
    split = split_cents(total, parts)
    assert sum(split) == total
    positive = [max(Fraction(part), Fraction(0)) for part in parts]
    if sum(positive):
        for part, weight in zip(split, positive, strict=True):
            assert abs(part - total * weight / sum(positive)) < 1


@given(cents, weights)
def test_a_credit_is_split_like_the_charge_it_takes_back(total: int, parts: list[Decimal]) -> None:
    assert [-part for part in split_cents(total, parts)] == split_cents(-total, parts)


@given(st.lists(amounts, max_size=30))
def test_rounded_lines_add_up_and_none_moves_by_a_cent(lines: list[Decimal]) -> None:
    rounded = round_lines(lines)
    assert sum(rounded) == to_cents(exact_sum(lines))
    for line, whole in zip(lines, rounded, strict=True):
        assert abs(Fraction(line) * 100 - whole) < 1


@given(st.lists(amounts, max_size=30), st.randoms())
def test_the_order_of_a_sum_does_not_matter(lines: list[Decimal], random: object) -> None:
    shuffled = sorted(lines, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert exact_sum(lines) == exact_sum(shuffled) == sum(map(Fraction, lines))


@given(st.floats(-1e12, 1e12))
def test_a_float_is_taken_as_it_is_written(amount: float) -> None:
    assert float(exact(amount)) == amount
    assert abs(Fraction(round_cents(amount)) - Fraction(exact(amount))) <= Fraction(1, 200)


@given(cents)
def test_cents_and_dollars_are_two_ways_to_write_one_amount(amount: int) -> None:
    assert to_cents(from_cents(amount)) == amount
    assert from_cents(amount).as_tuple().exponent == -2


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1234.5, "$1,234.50"),
        (-3, "-$3.00"),
        (-0.001, "$0.00"),
        (Decimal("0.125"), "$0.12"),
        (None, "–"),
        (float("nan"), "–"),
        (Decimal("1e12"), "$1,000,000,000,000.00"),
    ],
)
def test_dollars_for_a_reader(amount: float | Decimal | None, text: str) -> None:
    assert usd(amount) == text


def test_rounding_to_nothing_is_no_negative_zero() -> None:
    assert str(round_cents(Decimal("-0.004"))) == "0.00"


def test_a_share_of_nothing_is_unknown() -> None:
    assert share_pct(1.0, 4.0) == 25
    assert share_pct(0.0, 4.0) == 0
    assert share_pct(1.0, 0.0) is None
