"""Each model on days that can be worked out by hand, and none of them looks ahead."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.forecasting.daily import Calendar
from finops.forecasting.models import MODELS, Question
from finops.forecasting.month_shape import month_factors, month_slots

FIRST = date(2026, 1, 1)


def asked(usage, days: int, elapsed: int = 10, weeks: int = 4, origins=None) -> Question:
    usage = np.array(usage, dtype=float)
    calendar = Calendar.of(FIRST, len(usage) + days)
    at = np.array([len(usage)] if origins is None else origins)
    return Question.of(usage, calendar, at, days, elapsed, weeks)


def forecast(model: str, usage, days: int, **how) -> list[float]:
    return MODELS[model](asked(usage, days, **how))[0].tolist()


def test_weekday_profile_is_the_mean_of_four_weeks() -> None:
    # Days 1, 8, 15, 22 fall on one weekday: their mean is 11.5. After a week it comes again.
    assert forecast("weekday profile", range(1, 29), 8) == [*(11.5 + day for day in range(7)), 11.5]


def test_seasonal_naive_is_the_last_week() -> None:
    assert forecast("seasonal naive", range(1, 29), 8) == [22, 23, 24, 25, 26, 27, 28, 22]


def test_run_rate_is_the_mean_of_the_days_elapsed() -> None:
    assert forecast("run rate", range(1, 29), 2, elapsed=3) == [27, 27]


def test_a_smoothed_level_takes_a_twentieth_of_the_last_day() -> None:
    # 35 days of 10 and one of 20: level 10 + 0.05 × 10. The rhythm of the last four weeks has a mean of
    # (27 × 10 + 20) / 28; the coming weekday cost 10 in each, that of the jump (10 + 10 + 10 + 20) / 4.
    mean = 290 / 28
    found = forecast("exponential smoothing", [10] * 35 + [20], 7)
    assert found == pytest.approx([10.5 * 10 / mean] * 6 + [10.5 * 12.5 / mean])


def test_a_trend_goes_on_at_half_its_rate_and_fades() -> None:
    # From 10 to 20 is steeper than 1 % a day, which is the most; half of it, fading by 2 % a day.
    one, two, three = forecast("damped trend", [10] * 28 + [20] * 28, 3)
    assert two / one == pytest.approx(np.exp(0.005 * 0.98))
    assert three / two == pytest.approx(np.exp(0.005 * 0.98**2))


def test_last_days_of_months_are_told_from_the_others() -> None:
    # 20 on the last day, 10 on the others: 2 ÷ the mean of 32/31 or 31/30 is 1.94.
    calendar = Calendar.of(FIRST, 181)  # January to June
    costs = np.where(calendar.day == calendar.length, 20.0, 10.0)
    factors = month_factors(costs, calendar)
    assert factors[0].tolist() == factors[1].tolist() == [1.0] * 31  # one month is no agreement
    assert factors[6, 30] == pytest.approx(1.94, abs=0.02)
    assert factors[6, :30] == pytest.approx(0.97, abs=0.02)


def test_days_are_counted_from_the_months_start_and_from_its_end() -> None:
    february, march = Calendar.of(date(2026, 2, 1), 28), Calendar.of(date(2026, 3, 1), 31)
    assert month_slots(february).tolist() == [*range(16), *range(19, 31)]
    assert month_slots(march).tolist() == [*range(31)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("weeks", [4, 8])
def test_every_model_continues_what_never_changes(model: str, weeks: int) -> None:
    assert forecast(model, [10] * 120, 40, weeks=weeks) == pytest.approx([10] * 40)
    assert forecast(model, [0] * 120, 40, weeks=weeks) == [0] * 40


@pytest.mark.parametrize("model", [name for name in MODELS if name != "run rate"])
def test_rhythm_goes_on_even_where_weekends_cost_nothing(model: str) -> None:
    week = [5, 6, 7, 8, 9, 0, 0]
    assert forecast(model, week * 20, 14, weeks=8) == pytest.approx(week * 2, abs=0.3)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1e4, allow_subnormal=False), min_size=90, max_size=130), st.integers(1, 40))
def test_no_model_looks_ahead(model: str, usage: list[float], days: int) -> None:
    origin = 60
    with_later = forecast(model, usage, days, weeks=8, origins=[origin])
    assert with_later == pytest.approx(forecast(model, usage[:origin], days, weeks=8))
