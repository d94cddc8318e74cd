"""Projections that a reader can add up: flat days, weekday rhythm, fees of every kind, bounds."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.forecasting import Projection, project_days, project_period
from tests.forecasting.made import daily, on_day, workdays

OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))
AUGUST_ON, TODAY = date(2026, 8, 1), date(2026, 10, 18)


def test_flat_days_go_on() -> None:
    projection = project_period(daily(AUGUST_ON, TODAY), OCTOBER)
    assert projection.total_usd == 310  # 31 days × $10
    assert projection.method == "weekday profile"
    assert projection.history_days == 79


def test_weekends_are_told_from_workdays() -> None:
    # Up to Friday, 30 October 2026; only Saturday the 31st, at $1, remains.
    rhythm = daily(AUGUST_ON, date(2026, 10, 30), usage=workdays(10.0, weekend=1.0))
    assert project_period(rhythm, OCTOBER).total_usd == 22 * 10 + 9 * 1  # 22 workdays, 9 weekend days


def test_below_two_weeks_it_is_the_run_rate_without_an_interval() -> None:
    # 10 + 20 + 30 in three days is 20 a day; 28 days remain.
    ramp = daily(date(2026, 10, 1), date(2026, 10, 3), usage=lambda day: 10 * day.day)
    projection = project_period(ramp, OCTOBER)
    assert projection.total_usd == 60 + 28 * 20
    assert projection.method == "run rate: too few days of history to back-test (3)"
    assert (projection.lower_80_usd, projection.upper_95_usd) == (None, None)
    assert projection.probability_above(1.0) is None


@pytest.mark.parametrize("label", ["recurring", "usage"])
def test_a_month_start_fee_is_counted_once(label: str) -> None:
    amounts = {"recurring": 0.0, "usage": 10.0}
    amounts[label] = on_day(1, amounts[label] + 500, otherwise=amounts[label])
    assert project_period(daily(AUGUST_ON, TODAY, **amounts), OCTOBER).total_usd == 310 + 500


@pytest.mark.parametrize("last", [1, 2, 3, 10])
def test_a_month_start_fee_is_counted_once_without_history(last: int) -> None:
    alone = daily(date(2026, 10, 1), date(2026, 10, last), recurring=on_day(1, 500.0))
    assert project_period(alone, OCTOBER).total_usd == 310 + 500


def test_a_quarter_has_each_of_its_month_start_fees() -> None:
    quarter = (date(2026, 10, 1), date(2027, 1, 1))
    known = daily(AUGUST_ON, TODAY, recurring=on_day(1, 500.0))
    assert project_period(known, quarter).total_usd == 92 * 10 + 3 * 500


@pytest.mark.parametrize("first", [AUGUST_ON, date(2026, 10, 1)])
def test_a_fee_of_every_day_goes_on(first: date) -> None:
    assert project_period(daily(first, TODAY, recurring=5.0), OCTOBER).total_usd == 31 * 15


def test_a_one_time_charge_is_not_expected_again() -> None:
    def purchase(day: date) -> float:
        return 900.0 if day in {date(2026, 9, 25), date(2026, 10, 2)} else 0.0

    # That of October is spent; that of September is over.
    assert project_period(daily(AUGUST_ON, TODAY, one_time=purchase), OCTOBER).total_usd == 310 + 900


def test_a_complete_period_is_known() -> None:
    projection = project_period(daily(date(2026, 10, 1), date(2026, 10, 31)), OCTOBER)
    assert projection.total_usd == projection.lower_80_usd == projection.upper_95_usd == 310
    assert projection.method == "complete"
    assert (projection.probability_above(309), projection.probability_above(310)) == (1.0, 0.0)
    assert projection.days == ()


def test_the_path_cumulates_the_days_and_is_certain_of_the_past() -> None:
    projection = project_period(daily(date(2025, 10, 1), TODAY), OCTOBER)
    assert [point.mean_usd for point in projection.path] == [10.0 * day for day in range(1, 32)]
    assert projection.path[0].date == date(2026, 10, 1)
    assert projection.path[-1].date == date(2026, 10, 31)
    past = projection.path[17]
    assert (past.date, past.lower_95_usd, past.upper_95_usd) == (TODAY, 180, 180)
    assert [point.date.day for point in projection.days] == list(range(19, 32))
    assert {point.mean_usd for point in projection.days} == {10.0}


def test_the_path_reaches_an_amount_on_a_day() -> None:
    projection = project_period(daily(date(2025, 10, 1), TODAY), OCTOBER)
    assert projection.breach_day(100) == date(2026, 10, 10)
    assert projection.breach_day(205) == date(2026, 10, 21)
    assert projection.breach_day(310) == date(2026, 10, 31)
    assert projection.breach_day(310.01) is None


def test_days_ahead_begin_at_nothing() -> None:
    projection = project_days(daily(AUGUST_ON, TODAY, usage=workdays(10.0, weekend=1.0)), 7)
    assert projection.total_usd == 5 * 10 + 2 * 1
    assert [point.date for point in projection.path] == [point.date for point in projection.days]
    assert projection.path[0].date == date(2026, 10, 19)


def noisy(last: date = TODAY, days: int = 300, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    known = daily(last - timedelta(days=days - 1), last, recurring=on_day(1, 400.0))
    return known.assign(usage_usd=100 * np.exp(rng.normal(0, 0.1, days)))


def test_bounds_and_probabilities_agree() -> None:
    projection = project_period(noisy(), OCTOBER)
    assert projection.upper_80_usd is not None
    assert projection.lower_80_usd is not None
    # A tenth of the cases lies on each side of 80 %, in steps of one replay of 60 halved.
    assert projection.probability_above(projection.upper_80_usd) == pytest.approx(0.1, abs=0.01)
    assert projection.probability_above(projection.lower_80_usd) == pytest.approx(0.9, abs=0.01)
    assert projection.probability_above(projection.total_usd) == pytest.approx(0.5, abs=0.01)
    spent = projection.path[17].mean_usd
    assert projection.probability_above(spent - 1) == 1.0


def test_where_days_can_be_negative_spend_is_no_floor() -> None:
    known = noisy()
    known.iloc[-40, 0] = -2000.0
    projection = project_period(known, OCTOBER)
    assert projection.floor_usd is None
    spent = projection.path[17].mean_usd
    assert projection.lower_95_usd is not None
    assert projection.probability_above(spent - 1) != 1.0


def test_the_last_day_lies_in_the_period() -> None:
    with pytest.raises(ValueError, match="is not in"):
        project_period(daily(date(2026, 9, 1), date(2026, 9, 30)), OCTOBER)


def figures(projection: Projection) -> np.ndarray:
    rows = [
        [p.mean_usd, p.lower_80_usd, p.upper_80_usd, p.lower_95_usd, p.upper_95_usd]
        for p in (*projection.path, *projection.days)
    ]
    return np.array(rows, dtype=float)


amounts = st.floats(0, 1e4, allow_subnormal=False)
histories = st.lists(amounts, min_size=20, max_size=200)


def of_usage(usage: list[float], last: date) -> pd.DataFrame:
    index = pd.date_range(end=pd.Timestamp(last, tz="UTC"), periods=len(usage), freq="D")
    return pd.DataFrame({"usage_usd": usage, "recurring_usd": 0.0, "one_time_usd": 0.0}, index=index)


@settings(max_examples=60, deadline=None)
@given(histories, st.integers(1, 31))
def test_bounds_are_nested_and_nothing_spent_comes_back(usage: list[float], last: int) -> None:
    projection = project_period(of_usage(usage, date(2026, 10, last)), OCTOBER)
    spent = sum(usage[-last:])
    for point in projection.path[min(last, len(usage)) :]:
        assert point.mean_usd >= spent - 1e-5
    for point in (*projection.path, *projection.days):
        bounds = (point.lower_95_usd, point.lower_80_usd, point.upper_80_usd, point.upper_95_usd)
        if None not in bounds:
            low_95, low_80, high_80, high_95 = bounds
            assert low_95 <= low_80 <= point.mean_usd <= high_80 <= high_95
    last_point = projection.path[-1]
    assert last_point.lower_95_usd is None or last_point.lower_95_usd >= spent - 1e-5


@settings(max_examples=40, deadline=None)
@given(histories, st.integers(1, 31), st.sampled_from([0.25, 2.0, 1024.0]))
def test_all_dollars_scale_together(usage: list[float], last: int, factor: float) -> None:
    known = of_usage(usage, date(2026, 10, last))
    one, scaled = project_period(known, OCTOBER), project_period(known * factor, OCTOBER)
    assert one.method == scaled.method
    assert figures(scaled) == pytest.approx(
        figures(one) * factor, abs=1e-5 * max(factor, 1), nan_ok=True
    )


@settings(max_examples=20, deadline=None)
@given(histories, st.integers(1, 31))
def test_the_same_calendar_gives_the_same_projection(usage: list[float], last: int) -> None:
    # 1461 weeks are 28 years, after which every date falls on its weekday again.
    later = (date(2054, 10, 1), date(2054, 11, 1))
    now = project_period(of_usage(usage, date(2026, 10, last)), OCTOBER)
    then = project_period(of_usage(usage, date(2054, 10, last)), later)
    assert figures(then) == pytest.approx(figures(now), nan_ok=True)
    assert [point.date.replace(year=2054) for point in now.days] == [point.date for point in then.days]
