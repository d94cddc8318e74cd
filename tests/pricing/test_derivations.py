"""Expected values are worked out in the comments; AWS's own figures are quoted where they exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.pricing import OFFERING_CLASSES, PAYMENT_OPTIONS, TERMS
from finops.pricing import derivations as rules

RATES = st.floats(min_value=0.0005, max_value=500)


@pytest.mark.parametrize(("term", "expected"), [(1, 0.42), (3, 0.441 / 1.08)])
def test_partial_upfront_divides_no_upfront_by_1_05_or_1_08(term: int, expected: float) -> None:
    assert rules.partial_upfront_rate(0.441, term) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("term", "offering_class", "expected"),
    [
        (1, "standard", 0.98),  # 1.05 ÷ 1.05 × 0.98
        (1, "convertible", 0.98),
        (3, "standard", 1.05 / 1.08 * 0.94),
        (3, "convertible", 1.05 / 1.08 * 0.98),
    ],
)
def test_all_upfront_is_a_share_of_partial(term: int, offering_class: str, expected: float) -> None:
    assert rules.all_upfront_rate(1.05, term, offering_class) == pytest.approx(expected, rel=1e-12)


def test_partial_upfront_pays_half_in_whole_dollars() -> None:
    # 0.12 an hour is 0.06 × 8,760 = $525.6 upfront, so $526, and 0.06 recurring.
    payment = rules.reserved_payment(0.12, 1, "Partial Upfront", 5)
    assert (payment.upfront, payment.recurring) == (526, 0.06)
    assert payment.effective == pytest.approx(526 / 8760 + 0.06, rel=1e-15)


def test_recurring_has_the_decimals_of_the_family() -> None:
    # Half of 0.0513 is 0.02565: 0.026 with three decimals, 0.0257 with four.
    assert rules.reserved_payment(0.0513, 1, "Partial Upfront", 3).recurring == 0.026
    assert rules.reserved_payment(0.0513, 1, "Partial Upfront", 4).recurring == 0.0257


def test_all_upfront_pays_everything_in_whole_dollars() -> None:
    # 0.05 × 26,280 = $1,314 for three years.
    payment = rules.reserved_payment(0.05, 3, "All Upfront", 3)
    assert (payment.upfront, payment.recurring, payment.effective) == (1314, 0, 1314 / 26280)


def test_no_upfront_is_the_published_rate_as_it_stands() -> None:
    payment = rules.reserved_payment(0.05623, 1, "No Upfront", 3)
    assert (payment.upfront, payment.recurring, payment.effective) == (0, 0.05623, 0.05623)


@pytest.mark.parametrize(
    ("option", "upfront", "recurring"),
    [("No Upfront", 0, 0.1), ("Partial Upfront", 438, 0.05), ("All Upfront", 876, 0)],
)
def test_a_plan_pays_its_share_upfront(option: str, upfront: float, recurring: float) -> None:
    payment = rules.plan_payment(0.10004, 1, option, 3)  # 0.1 with three decimals
    assert payment.effective == pytest.approx(0.1)
    assert (payment.upfront, payment.recurring) == (pytest.approx(upfront), pytest.approx(recurring))


def test_a_rate_is_never_rounded_to_nothing() -> None:
    assert rules.reserved_payment(0.0004, 1, "Partial Upfront", 3).recurring == 0.0002
    assert rules.plan_payment(0.0004, 1, "No Upfront", 3).effective == 0.0004


def test_a_licence_is_what_the_platform_adds() -> None:
    # 128 vCPU × 0.046
    assert rules.licence(33.412, 27.524) == pytest.approx(5.888)


@pytest.mark.parametrize(("term", "expected"), [(1, 0.735), (3, 0.507)])
def test_estimated_compute_plan(term: int, expected: float) -> None:
    assert rules.estimated_compute_plan_rate(1.0, term) == expected


def test_break_even_is_effective_over_on_demand() -> None:
    assert rules.break_even_utilization(0.06, 0.10) == pytest.approx(0.6)


@given(
    RATES,
    st.sampled_from(TERMS),
    st.sampled_from(PAYMENT_OPTIONS),
    st.integers(3, 6),
    st.sampled_from((rules.reserved_payment, rules.plan_payment)),
)
def test_effective_is_upfront_over_hours_plus_recurring(rate, term, option, places, charge) -> None:
    payment = charge(rate, term, option, places)
    assert payment.effective == pytest.approx(payment.upfront / (8760 * term) + payment.recurring)
    assert payment.upfront >= 0
    assert payment.recurring >= 0
    # Rounding moves a rate by half a dollar over the term and half a unit of the last decimal at most.
    assert abs(payment.effective - rate) <= 0.5 / (8760 * term) + 0.5 * 10**-places + 1e-12


@given(RATES, st.sampled_from(TERMS), st.sampled_from(OFFERING_CLASSES))
def test_more_upfront_costs_less(rate: float, term: int, offering_class: str) -> None:
    partial = rules.partial_upfront_rate(rate, term)
    assert rules.all_upfront_rate(rate, term, offering_class) < partial < rate
