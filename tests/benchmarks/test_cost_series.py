"""Synthetic costs: each kind has the habit that its name says, and breaks only after the cut-off."""

from __future__ import annotations

import pytest

from benchmarks.cost_series import (
    BREAKING,
    CUT_DAYS,
    EVALUATION_SEEDS,
    KINDS,
    STEADY,
    TUNING_SEEDS,
    cost_series,
)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_series(kind: str) -> None:
    one, again, other = cost_series(kind, 7), cost_series(kind, 7), cost_series(kind, 8)
    assert one.daily.equals(again.daily)
    assert not one.daily.equals(other.daily)
    assert (one.daily.to_numpy() >= 0).all()
    assert len(list(one.cuts())) == 12 * len(CUT_DAYS)


def test_seeds_of_tuning_and_of_evaluation_are_apart() -> None:
    assert not set(TUNING_SEEDS) & set(EVALUATION_SEEDS)
    assert len(STEADY) * len(EVALUATION_SEEDS) == 500


@pytest.mark.parametrize("kind", KINDS)
def test_only_breaking_kinds_break_and_only_after_the_cut(kind: str) -> None:
    series = cost_series(kind, 3)
    for month, day in series.cuts():
        known = series.known(month, day)
        assert known.index[-1].day == day
        rows = series.daily.index
        whole = series.daily[(rows.year == month.year) & (rows.month == month.month)].sum().sum()
        broken = series.month_end(month, day) != pytest.approx(whole)
        assert broken == (kind in BREAKING)


def test_a_fee_falls_on_one_day_of_each_month() -> None:
    for seed in TUNING_SEEDS[:10]:
        recurring = cost_series("mixed", seed).daily["recurring_usd"]
        assert len(set(recurring.index[recurring > 0].day)) == 1


def test_a_new_series_begins_shortly_before_it_is_forecast() -> None:
    for seed in TUNING_SEEDS[:10]:
        series = cost_series("new", seed)
        assert 3 <= (series.months[0].start - series.daily.index[0].date()).days <= 40
