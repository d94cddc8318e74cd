"""Charges by day and kind, and the calendar."""

from __future__ import annotations

from datetime import date

import pandas as pd

from finops.forecasting import daily_costs
from finops.forecasting.daily import Calendar, History
from finops.schema import COSTS


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
    history = History.of(daily)
    assert (history.first, history.last) == (date(2026, 10, 1), date(2026, 10, 3))
    assert history.every.tolist() == [7, 0, 24]


def test_no_charges_are_days_of_nothing() -> None:
    daily = daily_costs(charges(), "BilledCost", date(2026, 10, 1), date(2026, 10, 2))
    assert daily.to_numpy().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_calendar_knows_leap_years() -> None:
    calendar = Calendar.of(date(2028, 2, 28), 3)
    assert calendar.day.tolist() == [28, 29, 1]
    assert calendar.length.tolist() == [29, 29, 31]
    assert (calendar.month - calendar.month[0]).tolist() == [0, 0, 1]
