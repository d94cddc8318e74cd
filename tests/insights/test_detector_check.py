"""Planted spikes: found where they stand out, and not where the rule cannot tell them either."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from finops.insights.daily_scopes import daily_scopes
from finops.insights.detector_check import SIZES_PCT, DetectorCheck, check_detector
from finops.insights.week_level import LEARNT
from finops.periods import Span

from .made_costs import DAYS, FIRST, Amount, Resource, bill, span


def check(usd: Amount, days: int = DAYS) -> DetectorCheck | None:
    return check_detector(
        daily_scopes(bill(Resource("i-1", usd), days=days), "EffectiveCost", span(days))
    )


def test_every_spike_of_an_even_cost_is_found_without_an_alarm() -> None:
    """$100 a day: 25 % more is $125, beyond $106.75 (4.5 × 1.5 %) and beyond 1.2 × the mean of $100.

    The total, and one service, account, region and team: five scopes. A spike stands at least three
    days from the 29th day and from the last, and three weeks from the next: three to four in 72 days.
    """
    found = check(100.0)
    assert found is not None
    assert (found.scopes, found.days) == (5, DAYS - LEARNT)
    assert (found.alarms, found.rule_alarms) == (0, 0)
    assert [row.size_pct for row in found.planted] == list(SIZES_PCT)
    for row in found.planted:
        assert 5 <= row.spikes <= 5 * 4
        assert row.found == row.spikes == row.rule_found


def test_weekdays_alarm_the_rule_each_week_and_a_small_spike_at_a_weekend_escapes_it() -> None:
    """$140 on workdays, $50 at weekends: a mean of $114.29, × 1.2 = $137.14. Each Monday begins a run of
    alarms: 10 weeks in the 72 days after the first 28, of 72 ÷ 30.4375 months. A weekend day at + 100 %
    is $100, which the rule never sees, and on workdays it is alarmed anyway: it finds none."""
    found = check(lambda at: 50.0 if at % 7 >= 5 else 140.0)
    assert found is not None
    assert found.alarms == 0
    assert [row.rule_found for row in found.planted] == [0, 0, 0]
    assert all(row.found == row.spikes > 0 for row in found.planted)
    mondays = sum((FIRST + timedelta(days=at)).weekday() == 0 for at in range(LEARNT, DAYS))
    assert found.rule_alarms == pytest.approx(mondays / (72 / 30.4375))


def test_where_nothing_is_expected_nothing_is_planted() -> None:
    assert check(lambda at: 0.0) is None
    assert check(100.0, days=30) is None


def test_the_same_bill_gives_the_same_spikes() -> None:
    noise = np.random.default_rng(3).normal(0, 3, DAYS)
    first, second = (check(lambda at: 100 + float(noise[at])) for _ in range(2))
    assert first == second
    assert first is not None
    assert first.planted[-1].found == first.planted[-1].spikes


def test_days_without_a_figure_are_left_alone() -> None:
    """A hole of three days is missing data; no spike is planted within three days of it."""
    costs = bill(Resource("i-1", lambda at: None if 60 <= at < 63 else 100.0))
    found = check_detector(daily_scopes(costs, "EffectiveCost", Span(FIRST, span().last)))
    assert found is not None
    assert all(row.found == row.spikes for row in found.planted)
