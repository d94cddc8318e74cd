"""Ranked misses, stretched where they are few."""

from __future__ import annotations

import numpy as np
import pytest

from finops.forecasting.intervals import LEVELS, STRETCH, half_width, share_beyond, stretched

ELEVEN = np.arange(-5.0, 6.0)[:, None]  # absolute, ranked: 0 1 1 2 2 3 3 4 4 5 5


def test_an_interval_reaches_as_far_as_the_share_of_misses_that_it_holds() -> None:
    believed = stretched(ELEVEN, span=100, ahead=np.array([1]))
    (base_80, few_80), (base_95, few_95) = STRETCH
    # Rank 8 of 0 … 10 is 80 %; 95 % lies between the two of rank 9 and 10, both 5 and stretched by what
    # 90 and 100 % ask: two thirds of the way from 80 to 95, and the factor of 95.
    assert half_width(believed, 0.80) == pytest.approx(4 * (base_80 + few_80 / 100))
    at_80, at_95 = base_80 + few_80 / 100, base_95 + few_95 / 100
    at_90 = at_80 + (at_95 - at_80) * 2 / 3
    assert half_width(believed, 0.95) == pytest.approx(5 * (at_90 + at_95) / 2)


def test_few_misses_are_stretched_more() -> None:
    reaches = [half_width(stretched(ELEVEN, span, np.array([1])), 0.95)[0] for span in (1, 3, 100)]
    assert reaches == sorted(reaches, reverse=True)
    assert reaches[0] > reaches[-1] > 5


def test_levels_are_nested_for_every_number_of_days() -> None:
    rng = np.random.default_rng(0)
    believed = stretched(rng.normal(size=(40, 20)), 60, np.arange(1, 21))
    assert (half_width(believed, LEVELS[0]) <= half_width(believed, LEVELS[1])).all()


def test_without_room_for_one_replay_after_another_there_is_no_interval() -> None:
    missed = np.ones((9, 20))
    assert len(stretched(missed, span=19, ahead=np.arange(1, 21))) == 0
    assert len(stretched(missed, span=20, ahead=np.arange(1, 21))) == 9


def test_a_few_replays_never_say_0_or_1() -> None:
    ranked = np.array([1.0, 2.0, 3.0])
    assert share_beyond(ranked, 0.0) == 3.5 / 4
    assert share_beyond(ranked, 2.0) == 2.5 / 4
    assert share_beyond(ranked, 9.0) == 0.5 / 4
