"""Synthetic costs with anomalies: what is put in is where it says, and nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.anomaly_series import (
    APART,
    DAYS,
    EVALUATION_SEEDS,
    KINDS,
    PLANNED_DAYS,
    TUNING_SEEDS,
    WARM_UP,
    anomaly_series,
)


def test_seeds_of_tuning_and_of_evaluation_are_apart_and_give_200_series() -> None:
    assert not set(TUNING_SEEDS) & set(EVALUATION_SEEDS)
    assert len(KINDS) * len(EVALUATION_SEEDS) == 200


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_series(kind: str) -> None:
    one, again, other = anomaly_series(kind, 7), anomaly_series(kind, 7), anomaly_series(kind, 8)
    assert one.daily.equals(again.daily)
    assert one.injected == again.injected
    assert not one.daily.equals(other.daily)


@pytest.mark.parametrize("kind", KINDS)
def test_anomalies_lie_apart_after_the_first_days(kind: str) -> None:
    for seed in TUNING_SEEDS:
        series = anomaly_series(kind, seed)
        assert len(series.daily) == DAYS
        assert len(series.injected) in {2, 3}
        starts = sorted(one.first for one in series.injected)
        if series.planned:
            assert len(series.planned) == PLANNED_DAYS
            starts = sorted([*starts, series.planned[0]])
        assert starts[0] >= WARM_UP
        assert (np.diff(starts) >= APART).all()
        assert starts[-1] + APART <= DAYS
        for one in series.injected:
            assert one.first <= one.last < one.first + APART
            assert one.excess_usd != 0


def test_only_missing_days_have_no_figure() -> None:
    for kind in KINDS:
        for seed in TUNING_SEEDS[:20]:
            series = anomaly_series(kind, seed)
            absent = set(np.flatnonzero(series.daily["usage_usd"].isna()))
            inside = {day for one in series.injected for day in range(one.first, one.last + 1)}
            assert absent <= (inside if kind == "missing" else set())


def test_excess_is_the_difference_that_the_anomaly_makes() -> None:
    # A spike multiplies a day by 4 at most: at most 1 − 1 ÷ 4 of its cost is excess.
    for seed in TUNING_SEEDS:
        series = anomaly_series("spike", seed)
        for one in series.injected:
            cost = series.daily["usage_usd"].iloc[one.first : one.last + 1].sum()
            assert one.excess_usd <= cost * 0.75 + 1e-6
            assert one.excess_usd > 0
