"""The course of a scope: what find_anomalies expected, day by day, with its band."""

from __future__ import annotations

import pytest

from finops.insights.anomalies import find_anomalies
from finops.insights.daily_scopes import TOTAL, daily_scopes
from finops.insights.expectations import CourseDay, courses
from finops.insights.week_level import LEARNT

from .made_costs import DAYS, Resource, bill, on, span

SPIKE_DAY = 80


def steady(at: int) -> float:
    """$100 a day, and $400 on one."""
    return 400.0 if at == SPIKE_DAY else 100.0


@pytest.fixture(scope="module")
def days() -> tuple[CourseDay, ...]:
    daily = daily_scopes(bill(Resource("i-1", steady)), "EffectiveCost", span())
    return courses(daily, [(TOTAL, "")])[TOTAL, ""]


def test_nothing_is_expected_of_the_first_four_weeks(days: tuple[CourseDay, ...]) -> None:
    assert len(days) == DAYS
    assert all(day.expected_usd is None and day.upper_usd is None for day in days[:LEARNT])
    assert all(day.expected_usd is not None for day in days[LEARNT:])
    assert [day.date for day in days[:2]] == [on(0), on(1)]


def test_a_steady_day_is_expected_and_a_spike_is_beyond_the_band(days: tuple[CourseDay, ...]) -> None:
    """The least usual miss of $100 is 1.5 %: $1.50. 4.5 of them to either side are $93.25 to $106.75."""
    day = days[50]
    assert (day.actual_usd, day.expected_usd) == (pytest.approx(100), pytest.approx(100))
    assert (day.lower_usd, day.upper_usd) == (pytest.approx(93.25), pytest.approx(106.75))
    spike = days[SPIKE_DAY]
    assert spike.expected_usd == pytest.approx(100)
    assert spike.upper_usd is not None
    assert spike.actual_usd == 400 > spike.upper_usd


def test_the_course_has_the_days_of_the_anomaly() -> None:
    """A scope that is watched alone expects what it expects among all others."""
    costs = bill(
        Resource("i-1", steady, account="222222222222"),
        Resource("i-2", lambda at: 50.0 + 10 * (at % 7 > 4), service="Amazon S3"),
    )
    daily = daily_scopes(costs, "EffectiveCost", span())
    [found] = find_anomalies(daily).anomalies
    place = (found.dimension, found.value)
    by_day = {day.date: day for day in courses(daily, [place])[place]}
    for day in found.days:
        theirs = by_day[day.date]
        assert (theirs.actual_usd, theirs.expected_usd) == (day.actual_usd, day.expected_usd)


def test_a_scope_that_has_no_charge_has_no_days() -> None:
    daily = daily_scopes(bill(Resource("i-1", 10.0)), "EffectiveCost", span())
    assert courses(daily, [("team", "Nobody")]) == {}


def test_a_short_bill_expects_nothing() -> None:
    daily = daily_scopes(bill(Resource("i-1", 10.0), days=20), "EffectiveCost", span(20))
    assert [day.expected_usd for day in courses(daily, [(TOTAL, "")])[TOTAL, ""]] == [None] * 20
