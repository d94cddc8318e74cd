"""Forecasts of an estate's scopes: from a bill, at the end of a period, and from the lists alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from finops import Estate, load_estate
from finops.answers.forecast import BASES, ForecastSettings, forecast
from finops.budget_manager import budget_status, known, make_budget
from finops.errors import BudgetError, CurrencyError, EmptyInput
from finops.money import to_cents
from finops.periods import Span
from finops.schema import COSTS

LISTS_AS_OF = date(2026, 10, 18)


@pytest.fixture
def bill(sample: Estate) -> Callable[..., Estate]:
    """An estate whose bill has $10 a day of EC2 and $2 of S3, and no files; with ``more``, half each."""

    def made(
        first: date,
        last: date,
        effective: float | None = 8.0,
        more: Mapping[date, float] | None = None,
    ) -> Estate:
        days = pd.date_range(first, last, freq="D", tz="UTC")
        rows = [
            {
                "ChargePeriodStart": day,
                "ChargePeriodEnd": day + pd.Timedelta(days=1),
                "BillingPeriodStart": day.replace(day=1),
                "BilledCost": billed + (more or {}).get(day.date(), 0.0) / 2,
                "EffectiveCost": effective,
                "BillingCurrency": "USD",
                "ChargeCategory": "Usage",
                "ChargeFrequency": "Usage-Based",
                "ServiceName": service,
            }
            for day in days
            for service, billed in (("Amazon EC2", 10.0), ("Amazon S3", 2.0))
        ]
        costs = COSTS.conform(pd.DataFrame(rows))
        return replace(sample, costs=costs, billed=Span(first, last), as_of=last, issues=())

    return made


def test_the_days_to_the_months_end(bill: Callable[..., Estate]) -> None:
    answer = forecast(bill(date(2026, 1, 1), date(2026, 10, 18)))
    assert answer.total_usd == answer.lower_80_usd == answer.upper_95_usd == 31 * 12
    assert answer.spent_usd == 18 * 12
    assert [point.date.day for point in answer.points] == list(range(19, 32))
    assert {point.mean_usd for point in answer.points} == {12.0}
    assert [point.mean_usd for point in answer.cumulative] == [12.0 * day for day in range(1, 32)]
    assert (answer.period_start, answer.period_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (answer.source, answer.basis, answer.estimated) == ("costs", "billed", False)
    assert (answer.history_days, answer.notes) == (291, ())


@pytest.mark.parametrize(
    ("settings", "total", "end"),
    [
        (ForecastSettings(to="quarter"), 92 * 12, date(2026, 12, 31)),
        (ForecastSettings(to="year"), 365 * 12, date(2026, 12, 31)),
        (ForecastSettings(days=10), 120, date(2026, 10, 28)),
        (ForecastSettings(scope_type="service", scope_value="S3"), 62, date(2026, 10, 31)),
        (ForecastSettings(basis="effective"), 31 * 16, date(2026, 10, 31)),
    ],
)
def test_other_ends_scopes_and_bases(
    bill: Callable[..., Estate], settings: ForecastSettings, total: float, end: date
) -> None:
    answer = forecast(bill(date(2026, 1, 1), date(2026, 10, 18)), settings)
    assert (answer.total_usd, answer.period_end) == (total, end)


def test_at_the_end_of_a_month_it_is_the_next_one(bill: Callable[..., Estate]) -> None:
    answer = forecast(bill(date(2026, 1, 1), date(2026, 9, 30)))
    assert (answer.period_start, answer.period_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (answer.total_usd, answer.spent_usd, len(answer.points)) == (372, 0, 31)


def test_a_bill_that_lacks_days_says_so(bill: Callable[..., Estate]) -> None:
    begun = bill(date(2026, 10, 4), date(2026, 10, 12))
    answer = forecast(replace(begun, as_of=date(2026, 10, 18)))
    assert answer.notes == (
        "the bill ends on 2026-10-12",
        "the bill begins on 2026-10-04, after 2026-10-01",
    )
    assert answer.total_usd == 28 * 12  # the 4th to the 31st
    assert answer.method == "run rate: too few days of history to back-test (9)"
    assert answer.lower_80_usd is None
    assert answer.points[0].date == date(2026, 10, 13)


@pytest.mark.parametrize(
    ("first", "spike", "method", "told"),
    [
        # 20 days: the mean of two Mondays has 140 of it, which 19 and 26 October are expected to have.
        (date(2026, 9, 29), date(2026, 10, 12), "weekday profile", "$280.00"),
        # The mean of ten days has 28 of it, and 13 days are left.
        (date(2026, 10, 9), date(2026, 10, 12), "run rate", "$364.00"),
    ],
)
def test_a_day_that_stands_out_of_a_short_bill_is_told(
    bill: Callable[..., Estate], first: date, spike: date, method: str, told: str
) -> None:
    answer = forecast(bill(first, date(2026, 10, 18), more={spike: 280.0}))
    assert answer.method.startswith(f"{method}: too few days")
    assert answer.notes[-1] == (
        f"one day stood out: {spike} cost $280.00 more than the days around it; if it does not come "
        f"back, the 13 coming days cost about {told} less"
    )


def test_a_day_that_no_coming_day_is_expected_by_is_not_told(bill: Callable[..., Estate]) -> None:
    """Of 20 days the first six are in no mean of two weeks; after a Sunday, one day is a Monday, and no
    Tuesday counts. A method that history has tested is told with what it missed."""
    days = (date(2026, 9, 29), date(2026, 10, 18))
    assert forecast(bill(*days, more={date(2026, 10, 1): 280.0})).notes == ()
    tuesday = bill(*days, more={date(2026, 10, 13): 280.0})
    assert forecast(tuesday, ForecastSettings(days=1)).notes == ()
    tested = bill(date(2026, 1, 1), date(2026, 10, 18), more={date(2026, 10, 12): 280.0})
    assert forecast(tested).notes == ()


def test_a_budget_of_the_scope_has_the_same_forecast(sample: Estate) -> None:
    for scope in (("total", ""), ("team", "Platform"), ("service", "S3")):
        budget = make_budget(name="one", scope_type=scope[0], scope_value=scope[1], amount=1)
        status = budget_status(budget, known(sample))
        answer = forecast(sample, ForecastSettings(scope_type=scope[0], scope_value=scope[1]))
        assert answer.total_usd == pytest.approx(status.forecast_usd, abs=0.00501)
        assert answer.lower_80_usd == pytest.approx(status.forecast_low_usd, abs=0.00501)
        assert answer.spent_usd == pytest.approx(status.actual_usd, abs=0.00501)


def test_days_add_up_to_the_cent_as_they_are_shown(sample: Estate) -> None:
    for basis in BASES:
        answer = forecast(sample, ForecastSettings(basis=basis, to="year"))
        shown = to_cents(answer.spent_usd)
        coming = answer.cumulative[len(answer.cumulative) - len(answer.points) :]
        for point, so_far in zip(answer.points, coming, strict=True):
            shown += to_cents(point.mean_usd)
            assert (so_far.date, so_far.mean_usd) == (point.date, shown / 100)
        assert answer.total_usd == shown / 100


@pytest.fixture
def lists_only() -> Estate:
    data = Path(__file__).parents[2] / "data"
    names = {"ec2": "aws_resources_compute.csv", "s3": "aws_resources_S3.csv"}
    return load_estate(**{kind: data / name for kind, name in names.items()}, as_of=LISTS_AS_OF)


def test_without_a_bill_it_is_the_run_rate(lists_only: Estate) -> None:
    answer = forecast(lists_only)
    monthly = lists_only.ec2["MonthlyCostUSD"].sum() + lists_only.s3["MonthlyCostUSD"].sum()
    assert (answer.estimated, answer.source, answer.basis) == (True, "inventory", "run_rate")
    assert answer.method == "run rate of the resource lists"
    assert [point.mean_usd for point in answer.points] == pytest.approx([monthly / 31] * 13, abs=0.01)
    assert answer.cumulative[-1].mean_usd == pytest.approx(
        answer.spent_usd + monthly * 13 / 31, abs=0.01
    )
    assert answer.lower_80_usd is answer.points[0].lower_95_usd is None
    budget = make_budget(name="all", scope_type="total", amount=1)
    assert answer.total_usd == pytest.approx(budget_status(budget, known(lists_only)).forecast_usd)


def test_what_cannot_be_forecast_says_why(
    bill: Callable[..., Estate], lists_only: Estate, sample: Estate
) -> None:
    unpriced = bill(date(2026, 9, 1), date(2026, 10, 18), effective=None)
    with pytest.raises(EmptyInput, match="no charge of total has EffectiveCost"):
        forecast(unpriced, ForecastSettings(basis="effective"))
    nobody = ForecastSettings(scope_type="team", scope_value="Nobody")
    with pytest.raises(EmptyInput, match="no charge of team Nobody is there"):
        forecast(sample, nobody)
    with pytest.raises(EmptyInput, match="no resource of team Nobody is there"):
        forecast(lists_only, nobody)
    with pytest.raises(BudgetError, match="Key=Value"):
        forecast(sample, ForecastSettings(scope_type="tag", scope_value="Team"))
    with pytest.raises(CurrencyError, match="EUR"):
        forecast(replace(sample, currency="EUR"))
