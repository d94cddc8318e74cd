"""Projections that a reader can add up: flat days, weekday rhythm, fees of every kind, replays."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.forecasting import Projection, daily_costs, project_period
from finops.periods import Month
from finops.schema import COSTS

OCTOBER = (date(2026, 10, 1), date(2026, 11, 1))


def days(first: date, last: date, usage=10.0, recurring=0.0, one_time=0.0) -> pd.DataFrame:
    """Daily costs; each amount is a number or a function of the day."""
    index = pd.date_range(first, last, freq="D", tz="UTC")

    def column(amount):
        return [float(amount(stamp.date()) if callable(amount) else amount) for stamp in index]

    return pd.DataFrame(
        {
            "usage_usd": column(usage),
            "recurring_usd": column(recurring),
            "one_time_usd": column(one_time),
        },
        index=index,
    )


def months_before(month: Month, count: int) -> list[tuple[date, date]]:
    found = []
    for _ in range(count):
        month = month.previous()
        found.append((month.start, month.end))
    return found


def test_flat_days_go_on() -> None:
    projection = project_period(days(date(2026, 8, 1), date(2026, 10, 18)), OCTOBER)
    assert projection.total_usd == 310  # 31 days × $10
    assert projection.method == "weekday profile of the last 28 days"
    assert projection.history_days == 79


def test_weekends_are_told_from_workdays() -> None:
    # Up to Friday, 30 October 2026; only Saturday the 31st, at $1, remains.
    def rhythm(day: date) -> float:
        return 1.0 if day.weekday() >= 5 else 10.0

    projection = project_period(days(date(2026, 8, 1), date(2026, 10, 30), usage=rhythm), OCTOBER)
    assert projection.total_usd == 22 * 10 + 9 * 1  # October 2026: 22 workdays, 9 weekend days


def test_below_28_days_it_is_the_run_rate_without_an_interval() -> None:
    # 10 + 20 + 30 in three days is 20 a day; 28 days remain.
    ramp = days(date(2026, 10, 1), date(2026, 10, 3), usage=lambda day: 10 * day.day)
    projection = project_period(ramp, OCTOBER, months_before(Month(2026, 10), 12))
    assert projection.total_usd == 60 + 28 * 20
    assert projection.method == "run rate"
    assert (projection.lower_80_usd, projection.upper_95_usd) == (None, None)
    assert projection.probability_above(1.0) is None


def test_a_month_start_fee_is_counted_once() -> None:
    def fee(day: date) -> float:
        return 500.0 if day.day == 1 else 0.0

    with_history = days(date(2026, 8, 1), date(2026, 10, 18), recurring=fee)
    assert project_period(with_history, OCTOBER).total_usd == 310 + 500
    for last in (1, 2, 3, 10):
        alone = days(date(2026, 10, 1), date(2026, 10, last), recurring=fee)
        assert project_period(alone, OCTOBER).total_usd == 310 + 500


def test_a_quarter_has_each_of_its_month_start_fees() -> None:
    def fee(day: date) -> float:
        return 500.0 if day.day == 1 else 0.0

    quarter = (date(2026, 10, 1), date(2027, 1, 1))
    daily = days(date(2026, 8, 1), date(2026, 10, 18), recurring=fee)
    assert project_period(daily, quarter).total_usd == 92 * 10 + 3 * 500


def test_a_fee_of_every_day_goes_on() -> None:
    for first in (date(2026, 8, 1), date(2026, 10, 1)):
        daily = days(first, date(2026, 10, 18), recurring=5.0)
        assert project_period(daily, OCTOBER).total_usd == 31 * 15


def test_a_one_time_charge_is_not_expected_again() -> None:
    def purchase(day: date) -> float:
        return 900.0 if day == date(2026, 9, 25) else 0.0

    daily = days(date(2026, 8, 1), date(2026, 10, 18), one_time=purchase)
    assert project_period(daily, OCTOBER).total_usd == 310


def test_a_complete_period_is_known() -> None:
    projection = project_period(days(date(2026, 10, 1), date(2026, 10, 31)), OCTOBER)
    assert projection.total_usd == projection.lower_80_usd == projection.upper_95_usd == 310
    assert projection.method == "complete"
    assert (projection.probability_above(309), projection.probability_above(310)) == (1.0, 0.0)


def test_replays_miss_as_the_earlier_months_did() -> None:
    # $10 a day, and $20 on the last day of each month. At 30 October one
    # day remains and each of the 7 replayable months (March to September: 28 days before the last
    # day lie in the history from 1 February) expected $10 and had $20: an error of +100 %.
    def last_day_doubles(day: date) -> float:
        return 20.0 if (day + timedelta(days=1)).day == 1 else 10.0

    daily = days(date(2026, 2, 1), date(2026, 10, 30), usage=last_day_doubles)
    # Its own last 28 days are all $10 but 30 September lies before them: 3 to 30 October.
    projection = project_period(daily, OCTOBER, months_before(Month(2026, 10), 12))
    assert projection.total_usd == 310
    assert len(projection.replays_usd) == 7
    assert projection.replays_usd == pytest.approx([320] * 7)
    assert projection.probability_above(315) == pytest.approx(7.5 / 8)
    # ceil(8 × 0.80) = 7 of 7 errors exist; ceil(8 × 0.95) = 8 does not.
    assert (projection.lower_80_usd, projection.upper_80_usd) == (300, 320)
    assert (projection.lower_95_usd, projection.upper_95_usd) == (None, None)


def test_with_five_earlier_months_there_is_no_interval() -> None:
    daily = days(date(2026, 4, 1), date(2026, 10, 18))
    projection = project_period(daily, OCTOBER, months_before(Month(2026, 10), 5))
    assert projection.lower_80_usd is None
    assert projection.probability_above(0) is None


def test_nineteen_earlier_months_give_95_percent() -> None:
    daily = days(date(2025, 1, 1), date(2026, 10, 18))
    projection = project_period(daily, OCTOBER, months_before(Month(2026, 10), 24))
    assert len(projection.replays_usd) == 20  # February 2025 to September 2026
    assert (projection.lower_95_usd, projection.upper_95_usd) == (310, 310)


def test_a_replay_knows_nothing_of_what_came_later() -> None:
    def doubled_after_the_cut(day: date) -> float:
        return 20.0 if day.day > 18 else 10.0

    flat = days(date(2026, 1, 1), date(2026, 10, 18))
    changed = days(date(2026, 1, 1), date(2026, 10, 18), usage=doubled_after_the_cut)
    replays = [
        project_period(daily, OCTOBER, months_before(Month(2026, 10), 12)).replays_usd
        for daily in (flat, changed)
    ]
    assert max(replays[0]) == 310
    assert min(replays[1]) > 310


def test_the_last_day_lies_in_the_period() -> None:
    with pytest.raises(ValueError, match="is not in"):
        project_period(days(date(2026, 9, 1), date(2026, 9, 30)), OCTOBER)


@given(
    st.lists(st.floats(0, 1e6, allow_subnormal=False), min_size=70, max_size=110),
    st.integers(1, 31),
)
def test_more_is_never_expected_to_cost_less_and_bounds_are_ordered(amounts, last: int) -> None:
    index = pd.date_range(end=pd.Timestamp(2026, 10, last, tz="UTC"), periods=len(amounts), freq="D")
    daily = pd.DataFrame({"usage_usd": amounts, "recurring_usd": 0.0, "one_time_usd": 0.0}, index=index)
    projection: Projection = project_period(daily, OCTOBER, months_before(Month(2026, 10), 3))
    spent = daily.loc["2026-10-01":, "usage_usd"].sum()
    assert projection.total_usd >= spent - 1e-5
    doubled = project_period(daily * 2, OCTOBER)
    assert doubled.total_usd == pytest.approx(2 * projection.total_usd, abs=1e-5)


def charges(*rows: tuple[str, str | None, str | None, float | None]) -> pd.DataFrame:
    names = ["ChargePeriodStart", "ChargeFrequency", "ChargeCategory", "BilledCost"]
    return COSTS.conform(pd.DataFrame(rows, columns=names))


def test_charges_are_split_by_their_frequency() -> None:
    costs = charges(
        ("2026-09-30T23:00Z", "Usage-Based", "Usage", 99),  # before the first day
        ("2026-10-01T05:00Z", "Usage-Based", "Usage", 1),
        ("2026-10-01T06:00Z", None, "Usage", 2),
        ("2026-10-01T00:00Z", "Recurring", "Purchase", 4),
        ("2026-10-03T00:00Z", "One-Time", "Purchase", 8),
        ("2026-10-03T00:00Z", None, "Purchase", 16),
        ("2026-10-03T00:00Z", "Usage-Based", "Usage", None),
        ("2026-10-04T00:00Z", "Usage-Based", "Usage", 99),  # after the last
    )
    daily = daily_costs(costs, "BilledCost", date(2026, 10, 1), date(2026, 10, 3))
    assert daily["usage_usd"].tolist() == [3, 0, 0]
    assert daily["recurring_usd"].tolist() == [4, 0, 0]
    assert daily["one_time_usd"].tolist() == [0, 0, 24]


def test_no_charges_are_days_of_nothing() -> None:
    daily = daily_costs(charges(), "BilledCost", date(2026, 10, 1), date(2026, 10, 2))
    assert daily.to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]
