"""Every status and every figure beside it, on charges that can be added up by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.budget_manager import BudgetStatus, budget_status, known, make_budget
from finops.errors import CurrencyError
from finops.schema import Frames
from tests.budget_manager.estates import FewRows, bill, buckets, daily, instances


def status(estate: Frames, amount: object = 1_000, **fields: object) -> BudgetStatus:
    budget = make_budget(**{"name": "x", "scope_type": "total", "amount": amount, **fields})
    return budget_status(budget, known(estate))


def spent(estate: Frames, scope_type: str, scope_value: str) -> float | None:
    return status(estate, scope_type=scope_type, scope_value=scope_value).actual_usd


# $10 a day: September 2026 whole, October up to the 18th.
AUTUMN = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-09-01", "2026-10-18")))


def test_ok_below_every_threshold() -> None:
    found = status(AUTUMN, 1_000)  # 180 of 1,000; forecast 310
    assert found.status == "ok"
    assert (found.actual_usd, found.percent_used, found.variance_usd) == (180, 18, -820)
    assert (found.burn_rate_usd_per_day, found.forecast_usd) == (10, 310)
    assert (found.period_start, found.period_end) == (date(2026, 10, 1), date(2026, 10, 31))
    assert (found.days_elapsed, found.days_total) == (18, 31)
    assert not found.estimated
    assert found.note == ""


# All of September at $10 a day.
SEPTEMBER = FewRows(as_of=date(2026, 9, 30), costs=bill(*daily("2026-08-01", "2026-09-30")))


def test_warning_from_the_first_threshold_that_asks_for_action() -> None:
    assert status(SEPTEMBER, 375).status == "warning"  # exactly 80 %
    assert status(SEPTEMBER, "375.01").status == "ok"
    assert status(AUTUMN, 360).status == "ok"  # 50 % in mid-period is an early warning, and no news


def test_forecast_exceeded_from_the_amount_on() -> None:
    assert status(AUTUMN, 310).status == "forecast_exceeded"
    assert status(AUTUMN, "310.01").status == "ok"


def test_exceeded_at_the_amount() -> None:
    assert status(AUTUMN, 180).status == "exceeded"
    assert status(AUTUMN, "180.01").status == "forecast_exceeded"


def test_paused_says_nothing_else() -> None:
    found = status(AUTUMN, 1, status="paused")
    assert (found.status, found.actual_usd) == ("paused", 180)


def test_a_scope_without_any_cost_is_no_match_and_not_zero_dollars() -> None:
    found = status(AUTUMN, scope_type="region", scope_value="mars-1")
    assert found.status == "no_match"
    assert (found.actual_usd, found.percent_used, found.forecast_usd, found.variance_usd) == (None,) * 4


def test_a_scope_whose_costs_ended_before_the_period_has_spent_nothing() -> None:
    gone = daily("2026-09-01", "2026-09-05", RegionId="eu-west-1")
    estate = FewRows(as_of=AUTUMN.as_of, costs=bill(*daily("2026-09-01", "2026-10-18"), *gone))
    found = status(estate, scope_type="region", scope_value="eu-west-1")
    assert (found.status, found.actual_usd, found.forecast_usd) == ("ok", 0, 0)


def test_unknown_where_the_bill_ends_before_the_period() -> None:
    late = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-08-01", "2026-09-30")))
    found = status(late)
    assert (found.status, found.actual_usd, found.days_elapsed) == ("unknown", None, 0)
    assert found.note == "the bill ends on 2026-09-30"


def test_unknown_where_the_bill_begins_after_as_of() -> None:
    assert status(FewRows(as_of=date(2026, 8, 15), costs=AUTUMN.costs)).status == "unknown"


def test_unknown_where_the_bill_begins_after_the_period() -> None:
    days = {"period": "custom", "start": date(2026, 7, 1), "end": date(2026, 8, 31)}
    found = status(AUTUMN, **days)
    assert (found.status, found.actual_usd, found.variance_usd) == ("unknown", None, None)
    assert found.note == "the bill begins on 2026-09-01, after the period's start"
    # One day later the bill knows a part of it.
    later = status(AUTUMN, **days | {"end": date(2026, 9, 1)})
    assert (later.status, later.actual_usd) == ("unknown", 10)


def test_a_bill_that_begins_inside_the_period_gives_a_lower_bound_only() -> None:
    estate = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-10-09", "2026-10-18")))
    found = status(estate, 1_000)
    assert (found.status, found.actual_usd, found.forecast_usd) == ("unknown", 100, None)
    assert found.note == "the bill begins on 2026-10-09, after the period's start"
    assert status(estate, 100).status == "exceeded"


def test_a_bill_of_the_whole_billing_period_is_whole_whenever_its_first_charge_was() -> None:
    rows = daily("2026-10-09", "2026-10-18", BillingPeriodStart="2026-10-01T00:00Z")
    assert status(FewRows(as_of=date(2026, 10, 18), costs=bill(*rows))).status == "ok"


def test_a_bill_that_ends_early_burns_over_the_days_that_it_has() -> None:
    estate = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-09-01", "2026-10-10")))
    found = status(estate)
    assert (found.actual_usd, found.days_elapsed, found.burn_rate_usd_per_day) == (100, 10, 10)
    assert found.note == "the bill ends on 2026-10-10"


def test_charges_after_as_of_do_not_count() -> None:
    estate = FewRows(as_of=date(2026, 10, 5), costs=AUTUMN.costs)
    assert status(estate).actual_usd == 50


def test_a_leap_february_of_a_bill() -> None:
    estate = FewRows(as_of=date(2028, 2, 29), costs=bill(*daily("2028-02-01", "2028-02-29")))
    found = status(estate, 290)
    assert (found.actual_usd, found.days_elapsed, found.days_total) == (290, 29, 29)
    assert (found.status, found.forecast_usd, found.breach_probability) == ("exceeded", 290, 0)


def test_a_quarter_over_a_leap_february() -> None:
    # January 31 + February 29 days of $10, then 31 days of March to come.
    estate = FewRows(as_of=date(2028, 2, 29), costs=bill(*daily("2028-01-01", "2028-02-29")))
    found = status(estate, 2_000, period="quarterly")
    assert (found.actual_usd, found.days_elapsed, found.days_total) == (600, 60, 91)
    assert found.forecast_usd == 910


def test_a_year() -> None:
    estate = FewRows(as_of=date(2026, 3, 31), costs=bill(*daily("2026-01-01", "2026-03-31")))
    found = status(estate, 3_650, period="annual")
    assert (found.actual_usd, found.forecast_usd, found.period_end) == (900, 3_650, date(2026, 12, 31))


def test_a_custom_period_before_within_and_after() -> None:
    days = {"period": "custom", "start": date(2026, 9, 21), "end": date(2026, 10, 10)}
    during = FewRows(as_of=date(2026, 10, 5), costs=AUTUMN.costs)
    found = status(during, **days)
    assert (found.actual_usd, found.days_elapsed, found.days_total) == (150, 15, 20)
    assert (found.forecast_usd, found.forecast_low_usd) == (200, None)
    after = status(AUTUMN, 200, **days)
    assert (after.actual_usd, after.forecast_usd, after.forecast_method) == (200, 200, "complete")
    before = status(FewRows(as_of=date(2026, 9, 20), costs=AUTUMN.costs), **days)
    assert (before.actual_usd, before.status, before.burn_rate_usd_per_day) == (0, "ok", None)
    assert before.note == "the period begins on 2026-09-21"


def test_effective_costs_and_charges_without_one() -> None:
    rows = [
        *daily("2026-10-01", "2026-10-03", EffectiveCost=4),
        {"ChargePeriodStart": "2026-10-03T00:00Z", "BilledCost": 7},
    ]
    estate = FewRows(as_of=date(2026, 10, 3), costs=bill(*rows))
    assert status(estate).actual_usd == 37
    found = status(estate, cost_basis="effective")
    assert found.actual_usd == 12
    assert found.note == "charges without EffectiveCost, left out: 1"
    nothing = FewRows(as_of=date(2026, 10, 3), costs=bill(*daily("2026-10-01", "2026-10-03")))
    assert status(nothing, cost_basis="effective").status == "unknown"


def test_sums_are_exact() -> None:
    estate = FewRows(
        as_of=date(2026, 10, 10), costs=bill(*daily("2026-10-01", "2026-10-10", Decimal("0.1")))
    )
    assert status(estate, 1).actual_usd == 1.0  # ten floats of 0.1 make 0.9999999999999999
    assert status(estate, 1).status == "exceeded"


def test_an_interval_and_a_probability_from_replays() -> None:
    # 48 days hold eight replays of 13 days, but not one after another.
    short = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-09-01", "2026-10-18")))
    assert status(short).forecast_low_usd is None
    assert status(short).breach_probability is None
    # 232 days: replays from day 63 to day 232 − 13, every third day. None of the 53 missed.
    long = FewRows(as_of=date(2026, 10, 18), costs=bill(*daily("2026-03-01", "2026-10-18")))
    found = status(long, 300)
    assert (found.forecast_low_usd, found.forecast_high_usd) == (310, 310)
    assert found.breach_probability == pytest.approx(1 - 0.5 / 54 / 2)
    assert status(long, 320).breach_probability == pytest.approx(0.5 / 54 / 2)


def test_another_currency_is_refused_by_name() -> None:
    euros = FewRows(
        as_of=date(2026, 10, 1), costs=bill(*daily("2026-10-01", "2026-10-01", BillingCurrency="EUR"))
    )
    with pytest.raises(CurrencyError, match="EUR"):
        status(euros)


SCOPES = FewRows(
    as_of=date(2026, 10, 2),
    costs=bill(
        *daily("2026-10-01", "2026-10-02", 1, ServiceName="Amazon Elastic Compute Cloud"),
        *daily("2026-10-01", "2026-10-02", 2, ServiceName="AmazonEC2", RegionId="us-east-1"),
        *daily("2026-10-01", "2026-10-02", 4, ServiceName="Amazon Simple Storage Service"),
        *daily("2026-10-01", "2026-10-02", 8, ServiceName="Amazon S3", SubAccountId="012345678901"),
        *daily(
            "2026-10-01", "2026-10-02", 16, ServiceName="AWS Lambda", Tags="Team=Atlas,Environment=Prod"
        ),
        *daily(
            "2026-10-01", "2026-10-02", 32, ServiceName="AWS Lambda", Tags="team=Atlas,Environment=prod"
        ),
    ),
)


@pytest.mark.parametrize(
    ("scope_type", "scope_value", "usd_a_day"),
    [
        ("total", "", 63),
        ("service", "EC2", 3),
        ("service", "ec2", 3),
        ("service", "Amazon Elastic Compute Cloud", 3),
        ("service", "s3", 12),
        ("service", "AmazonS3", 12),
        ("service", "Combined", 15),
        ("service", "AWS Lambda", 48),
        ("region", "US-East-1", 2),
        ("account", "012345678901", 8),
        ("team", "Atlas", 16),
        ("environment", "Prod", 16),
        ("environment", "prod", 32),
        ("tag", "team=Atlas", 32),
    ],
)
def test_scopes_of_a_bill(scope_type: str, scope_value: str, usd_a_day: float) -> None:
    assert spent(SCOPES, scope_type, scope_value) == 2 * usd_a_day


@pytest.mark.parametrize(
    ("scope_type", "scope_value"),
    [("account", "12345678901"), ("team", "atlas"), ("service", "Lambda"), ("tag", "Owner=Ada")],
)
def test_scopes_that_match_nothing(scope_type: str, scope_value: str) -> None:
    assert spent(SCOPES, scope_type, scope_value) is None


LISTS = FewRows(
    as_of=date(2026, 4, 20),
    ec2=instances(
        {"MonthlyCostUSD": 300, "LaunchTime": "2025-01-01", "Region": "us-east-1", "Tags": "Team=Atlas"},
        {"MonthlyCostUSD": 600, "LaunchTime": "2026-04-11", "Region": "eu-west-1", "State": "stopped"},
        {"MonthlyCostUSD": 900, "LaunchTime": "2026-05-01", "Region": "us-east-1", "AccountId": "1"},
    ),
    s3=buckets({"MonthlyCostUSD": 30, "Region": "us-east-1", "Tags": "Team=Atlas"}),
)


def test_the_resource_lists_give_an_estimate_by_elapsed_share() -> None:
    # 300 × 20/30 + 600 × 10/30 (launched on the 11th) + 0 (launched later) + 30 × 20/30.
    found = status(LISTS, 1_000)
    assert (found.actual_usd, found.estimated) == (200 + 200 + 0 + 20, True)
    assert found.forecast_usd == 730  # 300 + 600 × 20/30 + 0 + 30
    assert (found.forecast_low_usd, found.breach_probability) == (None, None)
    assert found.burn_rate_usd_per_day == 21


def test_launch_within_a_day_counts_from_its_hour() -> None:
    noon = instances({"MonthlyCostUSD": 300, "LaunchTime": "2026-04-11T12:00Z"})
    assert status(FewRows(as_of=date(2026, 4, 20), ec2=noon)).actual_usd == 95  # 9.5 of 30 days


@pytest.mark.parametrize(
    ("scope_type", "scope_value", "expected"),
    [
        ("service", "EC2", 400),
        ("service", "S3", 20),
        ("service", "combined", 420),
        ("service", "AWS Lambda", None),
        ("region", "us-east-1", 220),
        ("account", "1", 0),
        ("team", "Atlas", 220),
        ("team", "Borealis", None),
    ],
)
def test_scopes_of_the_resource_lists(scope_type: str, scope_value: str, expected: float | None) -> None:
    assert spent(LISTS, scope_type, scope_value) == expected


def test_longer_periods_of_the_resource_lists() -> None:
    # $365 a month for years. 2026 has 365 days: 12 × 365 × 100 ÷ 365 by 10 April.
    steady = FewRows(as_of=date(2026, 4, 10), ec2=instances({"MonthlyCostUSD": 365}))
    assert status(steady, 1e6, period="annual").actual_usd == 1_200
    # 10 of the 91 days from April to June, of 3 × 365.
    assert status(steady, 1e6, period="quarterly").actual_usd == pytest.approx(3 * 365 * 10 / 91)
    # A custom period goes by hours: $365 ÷ 730 h × 24 h = $12 a day.
    custom = {"period": "custom", "start": date(2026, 4, 1), "end": date(2026, 4, 20)}
    assert status(steady, 1e6, **custom).actual_usd == 120


def test_a_leap_february_of_the_resource_lists() -> None:
    steady = FewRows(as_of=date(2028, 2, 29), ec2=instances({"MonthlyCostUSD": 290}))
    assert status(steady).actual_usd == 290
    assert status(FewRows(as_of=date(2028, 2, 28), ec2=steady.ec2)).actual_usd == 280


def test_resources_without_a_cost_are_left_out_and_said() -> None:
    rows = instances({"MonthlyCostUSD": 30}, {"MonthlyCostUSD": None, "Region": "eu-west-1"})
    found = status(FewRows(as_of=date(2026, 4, 30), ec2=rows))
    assert (found.actual_usd, found.note) == (30, "resources without a cost, left out: 1")
    unknown = status(
        FewRows(as_of=date(2026, 4, 30), ec2=rows), scope_type="region", scope_value="eu-west-1"
    )
    assert (unknown.status, unknown.actual_usd) == ("unknown", None)


def test_nothing_loaded_matches_nothing() -> None:
    assert status(FewRows(as_of=date(2026, 4, 30))).status == "no_match"


def test_no_frame_is_changed() -> None:
    before = [AUTUMN.costs.copy(), LISTS.ec2.copy()]
    status(AUTUMN, 100)
    status(LISTS, 100)
    pd.testing.assert_frame_equal(AUTUMN.costs, before[0])
    pd.testing.assert_frame_equal(LISTS.ec2, before[1])


@settings(max_examples=30)
@given(
    st.lists(st.decimals("-50", "500", places=2), min_size=1, max_size=31),
    st.decimals("0.01", "9999", places=2),
)
def test_the_figures_of_a_status_agree_with_each_other(amounts: list[Decimal], amount: Decimal) -> None:
    rows = [
        {"ChargePeriodStart": f"2026-10-{day:02d}T00:00Z", "BilledCost": usd}
        for day, usd in enumerate(amounts, start=1)
    ]
    estate = FewRows(as_of=date(2026, 10, len(amounts)), costs=bill(*rows))
    found = status(estate, amount)
    assert found.actual_usd == float(sum(amounts))
    assert found.variance_usd == float(sum(amounts) - amount)
    assert (found.status == "exceeded") == (sum(amounts) >= amount)
    assert found.burn_rate_usd_per_day == pytest.approx(float(sum(amounts)) / len(amounts))
