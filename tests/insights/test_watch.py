"""Days out of the ordinary: each rule on days that a reader can work out, and what holds for any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.insights.watch import SPIKE, Watched, watch
from finops.insights.week_level import LEARNT

DAYS = 120


def watched(days: np.ndarray, fees: np.ndarray | None = None, accepted: slice | None = None) -> Watched:
    one = days.reshape(1, -1)
    allowed = np.zeros(one.shape, dtype=bool)
    if accepted is not None:
        allowed[0, accepted] = True
    no_fees = np.zeros(one.shape) if fees is None else fees.reshape(1, -1)
    return watch(one, no_fees, np.array([0.01]), allowed)


def flat(change: Callable[[np.ndarray], None] = lambda days: None) -> np.ndarray:
    """$100 a day, changed."""
    days = np.full(DAYS, 100.0)
    change(days)
    return days


def out_of(found: Watched) -> list[int]:
    return np.flatnonzero(found.beyond[0]).tolist()


def test_usual_days_are_usual_and_expected_to_the_dollar() -> None:
    found = watched(flat())
    assert out_of(found) == []
    assert not found.told.any()
    assert found.expected[0, LEARNT:] == pytest.approx(100)
    assert np.isnan(found.expected[0, :LEARNT]).all()


def test_weekends_are_no_drop() -> None:
    week = np.tile([100.0, 100, 100, 100, 100, 40, 30], 18)[:DAYS]
    found = watched(week)
    assert out_of(found) == []
    assert found.expected[0, LEARNT:] == pytest.approx(week[LEARNT:])


def test_a_spike_is_measured_in_usual_misses_and_moves_no_later_day() -> None:
    days = flat()
    days[70] = 160
    found = watched(days)
    assert out_of(found) == [70]
    # Days that never miss are given a usual miss of 1.5 % of the day: $60 ÷ $1.50.
    assert found.z[0, 70] == pytest.approx(40)
    assert found.expected[0, 70:] == pytest.approx(100)
    assert np.flatnonzero(found.told[0]).tolist() == [70]


def test_what_has_lasted_twenty_days_is_the_new_level() -> None:
    days = flat()
    days[60:] = 130
    found = watched(days)
    assert out_of(found) == list(range(60, 80))
    assert found.expected[0, 60:80] == pytest.approx(100)
    assert found.expected[0, 80:] == pytest.approx(130)
    assert np.flatnonzero(found.told[0]).tolist() == [60]


def test_a_shift_too_small_for_one_day_adds_up_and_begins_where_it_began() -> None:
    # Days differ by up to $8, the median miss is $4 and the usual one 1.4826 × that; the shift is $14.
    days = 100 + np.random.default_rng(5).uniform(-8, 8, DAYS)
    days[70:] += 14
    found = watched(days)
    assert (np.abs(found.z[0, 70:76]) < SPIKE).all()
    told = int(np.flatnonzero(found.told[0])[0])
    assert 70 < told < 84
    assert out_of(found)[0] in range(69, 73)


def test_a_drift_is_told_although_the_level_follows_it() -> None:
    days = flat()
    days[60:90] *= 1.01 ** np.arange(1, 31)
    days[90:] *= 1.01**30
    found = watched(days)
    assert 60 < np.flatnonzero(found.told[0])[0] < 75
    assert 60 <= out_of(found)[0] < 70


def test_four_weekends_are_a_new_habit() -> None:
    week = np.tile([100.0, 100, 100, 100, 100, 40, 40], 18)[:DAYS]
    begin = 75  # the first of these two days of the week
    at = np.arange(DAYS)
    week[(at >= begin) & (at % 7 >= 5)] = 100
    found = watched(week)
    assert out_of(found) == [75, 76, 82, 83, 89, 90, 96, 97]
    assert found.expected[0, 103:105] == pytest.approx(100)


def test_a_day_without_a_figure_is_missing_and_not_learnt() -> None:
    days = flat()
    days[[70, 71]] = np.nan
    found = watched(days)
    assert out_of(found) == [70, 71]
    assert np.isnan(found.z[0, 70:72]).all()
    assert found.expected[0, 70:] == pytest.approx(100)
    assert np.flatnonzero(found.told[0]).tolist() == [70]


def test_accepted_days_are_learnt_as_they_are() -> None:
    days = flat()
    days[60:] = 130
    found = watched(days, accepted=slice(60, 74))
    assert out_of(found) == []
    assert found.expected[0, 74:] == pytest.approx(130)


@pytest.mark.parametrize(
    ("level", "length", "late"),
    [(300.0, 12, 0), (300.0, 12, 3), (150.0, 5, 0), (40.0, 14, 0), (40.0, 14, 3), (300.0, 35, 0)],
)
def test_a_planned_change_that_ends_leaves_no_trace(level: float, length: int, late: int) -> None:
    days = flat()
    days[60 : 60 + length + late] = level
    found = watched(days, accepted=slice(60, 60 + length))
    assert out_of(found) == []
    # $100 a day are back, and at most three days late.
    assert found.expected[0, 60 + length + late :] == pytest.approx(100)
    days[-1] = level
    assert out_of(watched(days, accepted=slice(60, 60 + length))) == [DAYS - 1]


def test_a_planned_change_that_ends_early_leaves_no_trace() -> None:
    days = flat()
    days[60:64] = 300
    found = watched(days, accepted=slice(60, 74))
    assert out_of(found) == []
    assert found.expected[0, 74:] == pytest.approx(100)


def test_after_a_planned_change_that_stays_an_outage_is_a_fall_and_no_end() -> None:
    days = flat()
    days[60:] = 250
    days[75] = 0  # the second day after the planned ones
    found = watched(days, accepted=slice(60, 74))
    assert out_of(found) == [75]
    assert found.expected[0, 76:] == pytest.approx(250)


def test_a_second_plan_in_the_week_after_the_first_is_one_more_change() -> None:
    days = flat()
    days[60:70] = days[73:83] = 300
    one = days.reshape(1, -1)
    accepted = (one == 300).astype(bool)
    found = watch(one, np.zeros(one.shape), np.array([0.01]), accepted)
    assert out_of(found) == []
    assert found.expected[0, 83:] == pytest.approx(100)


def test_a_fee_may_miss_by_more_than_usage() -> None:
    # $1,000 are expected and $1,100 come: $100 away, and 4 % of the fee + $1.50 are a usual miss.
    fees = np.zeros(DAYS)
    fees[70] = 1000
    days = flat()
    days[70] = 200  # without the fee that is expected
    found = watched(days, fees)
    assert found.z[0, 70] == pytest.approx(100 / 41.5)
    assert out_of(found) == []


def test_too_few_days_tell_nothing() -> None:
    found = watched(flat()[:20])
    assert np.isnan(found.z).all()
    assert not found.beyond.any()


@st.composite
def costs(draw: st.DrawFn) -> np.ndarray:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    days = rng.uniform(1, 1000) * np.exp(rng.normal(0, rng.uniform(0.01, 0.2), (3, 70)))
    at = draw(st.lists(st.integers(0, 69), max_size=4))
    days[:, at] *= draw(st.floats(0, 5))
    if draw(st.booleans()):
        days[0, draw(st.integers(30, 69))] = np.nan
    return days


@given(costs(), st.integers(30, 70))
def test_what_is_told_is_told_by_the_days_before_alone(days: np.ndarray, until: int) -> None:
    floor, fees = np.full(3, 0.01), np.zeros_like(days)
    known = watch(days[:, :until], fees[:, :until], floor)
    assert (known.told == watch(days, fees, floor).told[:, :until]).all()


@given(costs())
def test_each_scope_is_judged_by_itself_and_in_its_own_size(days: np.ndarray) -> None:
    floor, fees = np.full(3, 0.01), np.zeros_like(days)
    every = watch(days, fees, floor)
    for row in range(3):
        one = slice(row, row + 1)
        alone = watch(days[one] * 8, fees[one], floor[one] * 8)
        assert (alone.beyond[0] == every.beyond[row]).all()
        assert alone.expected[0] == pytest.approx(every.expected[row] * 8, nan_ok=True)


@given(costs())
def test_twice_as_sensitive_tells_no_later(days: np.ndarray) -> None:
    floor, fees = np.full(3, 0.01), np.zeros_like(days)
    first = [np.argmax(one) for one in watch(days, fees, floor).told if one.any()]
    keen = watch(days, fees, floor, sensitivity=2.0).told
    assert keen.any(axis=1).sum() >= len(first)
