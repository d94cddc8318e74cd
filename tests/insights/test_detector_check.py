"""Planted spikes: found where they stand out, and not where the rule cannot tell them either."""

from __future__ import annotations

import numpy as np
import pytest

from finops.insights.daily_scopes import daily_scopes
from finops.insights.detector_check import (
    RULE_FACTOR,
    SIZES_PCT,
    DetectorCheck,
    Planted,
    _equal_factor,
    check_detector,
)
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
    assert (found.rule_factor, found.verdict) == (1.2, "as_good")


def test_weekdays_need_a_higher_rule_and_a_spike_at_a_weekend_escapes_it() -> None:
    """$140 on workdays, $50 at weekends: a mean of $800 ÷ 7 = $114.29, × 1.2 = $137.14, so that each
    Monday would begin a run of alarms. We have none; the rule has none from 140 ÷ 114.29 = 1.225 on. It
    then finds the spikes on workdays, $175 and more, and none at weekends, $100 and less."""
    found = check(lambda at: 50.0 if at % 7 >= 5 else 140.0)
    assert found is not None
    assert found.rule_factor == pytest.approx(1.225)
    assert (found.alarms, found.rule_alarms) == (0, 0)
    assert all(row.found == row.spikes > row.rule_found > 0 for row in found.planted)
    assert len({row.rule_found for row in found.planted}) == 1
    assert found.verdict == "better"


def test_a_rhythm_that_we_do_not_know_hides_what_the_rule_finds() -> None:
    """$80 and $125 in turn: a mean of $102.50, and 125 ÷ 102.5 = 1.2195 is the highest day. We expect
    one figure of about $100 that each day misses by a fifth, and 4.5 such misses are beyond + 50 %. The
    rule finds low days, too: with a half of about $100 more they cost $130, beyond 1.2195 × 102.5."""
    found = check(lambda at: 125.0 if at % 2 else 80.0)
    assert found is not None
    assert found.rule_factor == pytest.approx(125 / 102.5)
    assert (found.alarms, found.rule_alarms) == (0, 0)
    half = found.planted[1]
    assert (half.found, half.rule_found) == (0, half.spikes)
    assert found.verdict == "worse"


@pytest.mark.parametrize(
    ("found", "verdict"),
    [((10, 10, 10), "better"), ((9, 9, 10), "as_good"), ((3, 9, 10), "as_good"), ((9, 9, 8), "worse")],
)
def test_the_rule_is_better_where_it_finds_a_tenth_of_all_dollars_more(
    found: tuple[int, ...], verdict: str
) -> None:
    """Of $1,750 the rule finds $1,675, and we $1,750, as many, $1,525 and $1,475."""
    planted = tuple(
        Planted(size, 10, ours, rule)
        for size, ours, rule in zip(SIZES_PCT, found, (9, 9, 10), strict=True)
    )
    one = DetectorCheck(
        planted=planted, alarms=0.1, rule_alarms=0.1, rule_factor=1.2, scopes=1, days=100
    )
    assert one.rule_found_pct == pytest.approx(1675 / 1750 * 100)
    assert one.verdict == verdict


@pytest.mark.parametrize(("alarms", "factor"), [(3, 1.2), (2, 1.2), (1, 1.4), (0, 1.4)])
def test_the_rule_is_raised_until_it_alarms_no_more_often(alarms: int, factor: float) -> None:
    """Alarms begin at 1.5 and 1.4: two at 1.2. At 1.3 they are still two, and at 1.4 the first alone is
    one. One is allowed where we have none."""
    times = np.array([[0.0, 1.5, 1.3, 1.1, 1.4, 1.0]])
    assert _equal_factor(times, alarms) == factor


def test_a_noisy_bill_favours_nobody_for_alarming_more() -> None:
    """Lognormal days of sigma 0.25: at 1.2 the rule would have 3 alarms and more a month and scope."""
    noise = np.random.default_rng(1).lognormal(np.log(100), 0.25, 200)
    found = check(lambda at: float(noise[at]), days=200)
    assert found is not None
    assert found.rule_factor > RULE_FACTOR
    assert 0 < found.rule_alarms <= found.alarms


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
