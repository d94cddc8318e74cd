"""The path of a budget's period: what was spent day by day, what is to come, and the thresholds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from finops import Estate
from finops.answers.budget_path import budget_path
from finops.answers.budgets import Budget, read_thresholds, standing
from finops.budget_manager import make_budget


def budget(**fields: object) -> Budget:
    return make_budget(**{"name": "x", "scope_type": "total", "amount": 70000} | fields)


def test_days_add_up_to_the_status_of_the_command_line(sample: Estate) -> None:
    path = budget_path(sample, budget())
    [status] = standing(sample, (budget(),)).budgets
    assert path.status == status
    assert [day.date for day in path.past] == [date(2026, 10, day) for day in range(1, 19)]
    assert sum(day.day_usd for day in path.past) == pytest.approx(status.actual_usd)
    assert path.past[-1].to_date_usd == pytest.approx(status.actual_usd)
    assert path.cumulative[-1].date == status.period_end
    assert path.cumulative[-1].mean_usd == pytest.approx(status.forecast_usd)
    assert path.cumulative[-1].lower_80_usd == pytest.approx(status.forecast_low_usd)


def test_coming_days_lead_from_what_is_spent_to_the_forecast(sample: Estate) -> None:
    path = budget_path(sample, budget())
    coming = sum(point.mean_usd for point in path.coming)
    assert path.past[-1].to_date_usd + coming == pytest.approx(path.cumulative[-1].mean_usd, abs=0.001)
    assert [point.date for point in path.coming] == [point.date for point in path.cumulative]
    for point in path.cumulative:
        assert point.lower_95_usd <= point.lower_80_usd <= point.mean_usd
        assert point.mean_usd <= point.upper_80_usd <= point.upper_95_usd


def test_thresholds_are_dollars_and_pace_has_no_line(sample: Estate) -> None:
    asked = read_thresholds("50, $12345, forecast 90, pace 120")
    lines = budget_path(sample, budget(thresholds=asked)).thresholds
    # 50 % and 90 % of $70,000.
    assert [(line.text, line.usd) for line in lines] == [
        ("50%", 35000),
        ("$12345", 12345),
        ("forecast 90%", 63000),
    ]


def test_a_period_that_is_over_has_no_coming_day(sample: Estate) -> None:
    ended = budget(period="custom", start=date(2026, 9, 1), end=date(2026, 9, 30))
    path = budget_path(sample, ended)
    assert len(path.past) == 30
    assert (path.coming, path.cumulative) == ((), ())
    assert path.past[-1].to_date_usd == pytest.approx(path.status.actual_usd)


@pytest.mark.parametrize(
    "fields",
    [
        {"period": "custom", "start": date(2027, 1, 1), "end": date(2027, 1, 31)},
        {"scope_type": "team", "scope_value": "Nobody"},
    ],
)
def test_where_nothing_is_known_there_is_no_day(sample: Estate, fields: dict[str, object]) -> None:
    path = budget_path(sample, budget(**fields))
    assert (path.past, path.coming) == ((), ())


def test_a_period_that_begins_before_the_bill_has_no_forecast(sample: Estate) -> None:
    first = sample.costs["ChargePeriodStart"].min().date()
    early = budget(period="custom", start=date(first.year - 1, 1, 1), end=date(2026, 12, 31))
    path = budget_path(sample, early)
    assert path.past[0].date == first
    assert path.coming == ()


def test_resource_lists_spread_evenly(sample: Estate) -> None:
    lists = replace(sample, costs=sample.costs.iloc[:0], billed=None)
    path = budget_path(lists, budget())
    status = path.status
    assert status.estimated
    assert {round(day.day_usd, 6) for day in path.past} == {round(status.actual_usd / 18, 6)}
    assert path.cumulative[-1].mean_usd == pytest.approx(status.forecast_usd)
    assert path.cumulative[-1].upper_80_usd is None
