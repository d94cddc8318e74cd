"""Advice on Reserved Instances: on hourly usage, net of what is owned, and on launch dates alone."""

from __future__ import annotations

import inspect
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.errors import NotAvailable
from finops.money import exact_sum
from finops.ri_engine import DEFAULT_TARGET_COVERAGE, RIRecommendationEngine
from finops.schema import EC2

AS_OF = date(2026, 3, 31)
DAYS = 24
ONE_YEAR = {"term_years": 1, "payment_option": "No Upfront", "offering_class": "standard"}
NO_INSTANCES = EC2.empty()


@pytest.fixture
def engine(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)


def test_public_signature() -> None:
    method = inspect.signature(RIRecommendationEngine.generate_ri_recommendations)
    assert list(method.parameters)[1:5] == ["ec2", "usage", "min_uptime_pct", "target_coverage"]
    assert method.parameters["min_uptime_pct"].default == 80.0
    assert method.parameters["target_coverage"].default == 0.70 == DEFAULT_TARGET_COVERAGE
    assert inspect.signature(RIRecommendationEngine).parameters["lookback_days"].default == 90


def test_one_steady_pool_worked_by_hand(engine, hourly) -> None:
    # Ten m5.large at 0.10 $/h in every hour of 90 days; 1 yr No Upfront standard costs 0.06.
    report = engine.generate_ri_recommendations(NO_INSTANCES, hourly([10] * 90 * DAYS), **ONE_YEAR)
    (row,) = report.recommendations
    assert row.title == "m5.large · us-east-1 · 10 × 1 yr No Upfront"
    assert row.annual_savings_usd == 3504.00  # 10 × 0.04 × 8,760
    assert row.monthly_usd == pytest.approx(438.00)  # 10 × 0.06 × 730
    assert row.upfront_usd == 0
    assert row.payback_months == 0
    assert row.break_even_months == pytest.approx(7.2)  # 12 × (1 − 0.4)
    assert row.utilization_pct == pytest.approx(100)
    assert row.steadiness_pct == pytest.approx(100)
    assert row.confidence_pct == pytest.approx(99, abs=0.5)  # demand never moved
    assert (row.evidence, row.account_id, row.hourly_commitment_usd) == ("hourly", "111111111111", None)
    assert row.purchase_on == date(2026, 4, 1)
    assert report.on_demand_usd == pytest.approx(8760)
    assert report.savings_pct == pytest.approx(40)
    assert (report.coverage_before_pct, report.coverage_after_pct) == (0, pytest.approx(100))
    assert (report.optimality_gap_pct, report.horizon_days) == (pytest.approx(0, abs=1e-9), 30)
    # 3,504 ÷ 8,760 in each of 8,760 hours, at 8 % a year: 0.4 × (1 − 1.08⁻¹) ÷ (1.08^(1/8760) − 1).
    assert report.npv_savings_usd == pytest.approx(3372.54, abs=0.01)


def test_upfront_and_payback(engine, hourly) -> None:
    settings = ONE_YEAR | {"payment_option": "All Upfront"}
    report = engine.generate_ri_recommendations(NO_INSTANCES, hourly([1] * 90 * DAYS), **settings)
    (row,) = report.recommendations
    assert row.upfront_usd == pytest.approx(473.04)  # 0.054 × 8,760
    assert row.monthly_usd == 0
    assert row.payback_months == pytest.approx(473.04 / 73)  # 0.10 × 730 disappears each month
    assert row.annual_savings_usd == 402.96  # 876 − 473.04


def test_the_best_offer_is_chosen_and_settings_limit_it(engine, hourly) -> None:
    usage = hourly([4] * 90 * DAYS)
    (best,) = engine.generate_ri_recommendations(NO_INSTANCES, usage).recommendations
    assert (best.term_years, best.payment_option, best.offering_class) == (3, "All Upfront", "standard")
    (limited,) = engine.generate_ri_recommendations(
        NO_INSTANCES, usage, term_years=1, offering_class="convertible"
    ).recommendations
    assert (limited.term_years, limited.offering_class) == (1, "convertible")


def test_office_hours_are_not_bought_where_they_do_not_pay(engine, hourly) -> None:
    # 12 of 24 hours run: 50 % is below the break-even of 60 %; at 40 % (3 years) it pays.
    usage = hourly(([5] * 12 + [0] * 12) * 90)
    assert engine.generate_ri_recommendations(NO_INSTANCES, usage, **ONE_YEAR).recommendations == ()
    three = engine.generate_ri_recommendations(
        NO_INSTANCES, usage, **(ONE_YEAR | {"term_years": 3})
    ).recommendations[0]
    assert three.quantity == 5
    assert three.utilization_pct == pytest.approx(50)
    assert three.annual_savings_usd == pytest.approx(5 * (0.05 - 0.04) * 8760)


def test_only_the_lookback_up_to_as_of_is_evidence(engine, hourly) -> None:
    usage = hourly([50] * 100 * DAYS + [2] * 90 * DAYS)
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, **ONE_YEAR, as_of=AS_OF)
    assert report.recommendations[0].quantity == 2
    assert report.evidence_start == date(2026, 1, 1)
    before = engine.generate_ri_recommendations(
        NO_INSTANCES, usage, **ONE_YEAR, as_of=date(2025, 12, 31)
    )
    assert before.recommendations[0].quantity == 50
    assert before.as_of == date(2025, 12, 31)


def test_hours_without_a_row_are_hours_without_demand(engine, hourly) -> None:
    usage = hourly([5] * 90 * DAYS)
    half = usage[usage["Hour"].dt.hour < 12]
    half = pd.concat([half, usage.tail(1)])
    assert engine.generate_ri_recommendations(NO_INSTANCES, half, **ONE_YEAR).recommendations == ()


def test_an_incomplete_last_day_is_left_out(engine, hourly) -> None:
    usage = hourly([5] * 30 * DAYS)
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage.iloc[:-3], **ONE_YEAR)
    assert report.as_of == date(2026, 3, 30)
    assert report.evidence_hours == 29 * DAYS


def test_spot_and_other_services_are_never_eligible(engine, hourly) -> None:
    usage = pd.concat(
        [
            hourly([5] * 60 * DAYS, PurchaseOption="spot"),
            hourly([5] * 60 * DAYS, Service="AmazonRDS"),
        ]
    )
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage)
    assert (report.recommendations, report.on_demand_usd, report.savings_pct) == ((), 0, None)


def test_the_contracted_rate_is_the_baseline(engine, hourly) -> None:
    # At a contracted 0.05 $/h an RI of 0.06 saves nothing; the price list's 0.10 is not asked.
    usage = hourly([5] * 60 * DAYS, OnDemandRateUSD=0.05)
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, **ONE_YEAR)
    assert report.recommendations == ()
    assert report.on_demand_usd == pytest.approx(5 * 0.05 * 8760)


def test_what_is_owned_is_not_bought_again_even_when_bought_yesterday(engine, hourly, owned) -> None:
    usage = hourly([10] * 90 * DAYS)
    recent = owned({"Quantity": 4, "Start": pd.Timestamp("2026-03-31", tz="UTC")})
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, commitments=recent, **ONE_YEAR)
    assert report.recommendations[0].quantity == 6
    assert report.coverage_before_pct == pytest.approx(40)
    assert report.coverage_after_pct == pytest.approx(100)


def test_advice_that_was_followed_leaves_nothing_to_buy(engine, hourly, owned) -> None:
    usage = hourly([10] * 90 * DAYS)
    bought = owned({"Quantity": 10, "State": "queued", "Start": pd.Timestamp("2026-04-01", tz="UTC")})
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, commitments=bought, **ONE_YEAR)
    assert report.recommendations == ()


def test_ended_and_retired_commitments_do_not_count(engine, hourly, owned) -> None:
    gone = owned(
        {"Quantity": 4, "End": pd.Timestamp("2026-03-01", tz="UTC")}, {"Quantity": 4, "State": "retired"}
    )
    report = engine.generate_ri_recommendations(
        NO_INSTANCES, hourly([10] * 90 * DAYS), commitments=gone, **ONE_YEAR
    )
    assert report.recommendations[0].quantity == 10


def test_a_renewal_does_not_count_beside_what_it_renews(engine, hourly, owned) -> None:
    end = pd.Timestamp("2026-05-01", tz="UTC")
    both = owned({"Quantity": 4, "End": end}, {"Quantity": 4, "State": "queued", "Start": end})
    report = engine.generate_ri_recommendations(
        NO_INSTANCES, hourly([10] * 90 * DAYS), commitments=both, **ONE_YEAR
    )
    assert report.recommendations[0].quantity == 6
    (ending,) = report.expiring
    assert (ending.commitment_id, ending.end, ending.days_left) == ("c-0", date(2026, 5, 1), 31)


def test_savings_are_those_of_all_purchases_billed_with_an_owned_plan(engine, hourly, owned) -> None:
    # A Compute plan of 0.35 $/h serves 5 m5.large (0.07 each) in every hour; half of the hours have 10,
    # half 5. The new RIs serve first and push the plan to hours that have nothing else for it.
    usage = hourly(([10] * 18 + [5] * 6) * 90)
    plan = owned({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.35})
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, commitments=plan, **ONE_YEAR)
    (row,) = report.recommendations
    # What the plan leaves is 5 instances in 18 of 24 hours: 75 % is above the break-even of 60 %.
    assert row.quantity == 5
    # By day all 10 are served. By night the RIs serve the 5 and the plan is idle: 0.50 $ On-Demand less.
    assert row.effect_on_owned_usd == pytest.approx(-0.5 * 6 / 24 * 8760)
    assert row.annual_savings_usd == pytest.approx((0.5 * 18 / 24 - 5 * 0.06) * 8760)
    assert row.utilization_pct == pytest.approx(100)


def test_what_has_no_price_is_listed_with_its_dollars(engine, hourly, instances) -> None:
    usage = pd.concat(
        [
            hourly([2] * 30 * DAYS, InstanceType="x9.large"),
            hourly([3] * 30 * DAYS, InstanceType="z1.large"),
            hourly([1] * 30 * DAYS, Tenancy="dedicated", OnDemandRateUSD=0.2),
        ]
    )
    ec2 = instances(("z1.large", 3, "2025-01-01", "running"))
    report = engine.generate_ri_recommendations(ec2, usage)
    assert report.recommendations == ()
    dollars = {one.instance_type: (one.monthly_usd, one.dollars) for one in report.not_priced}
    assert dollars == {
        "x9.large": (pytest.approx(730), "on_demand"),  # 2 × 0.50 × 730
        "z1.large": (pytest.approx(219), "recorded"),  # 3 × 73.00 in the list
        "m5.large": (pytest.approx(146), "on_demand"),  # 1 × 0.20 × 730, dedicated
    }


def test_an_explicit_target_caps_the_purchase_and_the_default_does_not(engine, hourly) -> None:
    usage = hourly([10] * 90 * DAYS)
    capped = engine.generate_ri_recommendations(NO_INSTANCES, usage, target_coverage=0.70, **ONE_YEAR)
    assert capped.recommendations[0].quantity == 7
    assert capped.coverage_after_pct == pytest.approx(70)
    assert engine.generate_ri_recommendations(NO_INSTANCES, usage, **ONE_YEAR).target_coverage_pct == 70


def test_the_cap_goes_to_what_saves_most_per_dollar(engine, hourly) -> None:
    usage = pd.concat(
        [
            hourly([10] * 60 * DAYS),  # 1.00 $/h, saves 40 % in every hour
            hourly(([25] * 18 + [0] * 6) * 60, InstanceType="c5.large"),  # 1.50 $/h, 75 % of the hours
        ]
    )
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, target_coverage=0.5, **ONE_YEAR)
    bought = {row.instance_type: row.quantity for row in report.recommendations}
    # 1.25 $/h may be covered: all ten m5.large, then four c5.large (0.24 $/h of the 0.25 left).
    assert bought == {"m5.large": 10, "c5.large": 4}


def test_the_account_with_the_largest_demand_buys(engine, hourly) -> None:
    usage = pd.concat([hourly([1] * 30 * DAYS, AccountId="1"), hourly([3] * 30 * DAYS, AccountId="2")])
    (row,) = engine.generate_ri_recommendations(NO_INSTANCES, usage, **ONE_YEAR).recommendations
    assert (row.account_id, row.quantity) == ("2", 4)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000))
def test_rows_add_up_promises_are_the_bill_and_order_is_irrelevant(
    seed: int, catalogue, hourly, owned
) -> None:
    random = np.random.default_rng(seed)
    types = ("m5.large", "m5.xlarge", "c5.large")
    frames = [
        hourly(random.integers(0, 8, 10 * DAYS), InstanceType=name, AccountId=account)
        for name in types
        for account in ("1", "2")
    ]
    usage = pd.concat(frames, ignore_index=True)
    have = owned(
        {"InstanceType": "m5.xlarge", "Quantity": int(random.integers(1, 4))},
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": float(random.uniform(0.05, 0.8))},
    )
    engine = RIRecommendationEngine(catalogue=catalogue)
    report = engine.generate_ri_recommendations(NO_INSTANCES, usage, commitments=have)
    rows = report.recommendations
    assert report.annual_savings_usd == float(exact_sum(row.annual_savings_usd for row in rows))
    assert all(row.annual_savings_usd > 0 for row in rows)
    covered = report.coverage_after_pct - report.coverage_before_pct
    cost = sum(row.upfront_usd / row.term_years + row.monthly_usd * 12 for row in rows)
    promised = covered / 100 * report.on_demand_usd - cost
    assert report.annual_savings_usd == pytest.approx(promised, abs=0.01)
    shuffled = usage.sample(frac=1, random_state=seed).reset_index(drop=True)
    again = engine.generate_ri_recommendations(NO_INSTANCES, shuffled, commitments=have.iloc[::-1])
    assert [row.title for row in again.recommendations] == [row.title for row in rows]
    assert again.annual_savings_usd == pytest.approx(report.annual_savings_usd, abs=0.01)


# ── snapshot evidence ──


def test_snapshot_buys_the_target_share_of_steady_instances(engine, instances) -> None:
    ec2 = instances(
        ("m5.large", 10, "2025-01-01", "running"),  # steady
        ("m5.large", 5, "2026-03-22", "running"),  # 10 of 90 days: 11 %
        ("m5.large", 5, "2025-01-01", "stopped"),
    )
    report = engine.generate_ri_recommendations(ec2, as_of=AS_OF, **ONE_YEAR)
    (row,) = report.recommendations
    assert (row.quantity, row.evidence, row.confidence_pct, row.utilization_pct) == (
        7,
        "snapshot",
        None,
        None,
    )
    assert row.steadiness_pct == pytest.approx(100)
    assert row.annual_savings_usd == 2452.80  # 7 × 0.04 × 8,760: not scaled down
    assert report.on_demand_usd == pytest.approx(15 * 0.1 * 8760)  # all that run
    assert len(report.steady_instances) == 10


def test_snapshot_spreads_the_units_over_small_pools(engine, instances) -> None:
    ec2 = instances(
        ("m5.xlarge", 1, "2025-01-01", "running"),
        ("m5.large", 1, "2025-01-01", "running"),
        ("c5.large", 1, "2025-01-01", "running"),
    )
    report = engine.generate_ri_recommendations(ec2, as_of=AS_OF)
    # 0.7 × 3 = 2.1: two, and equal remainders go to the larger savings.
    assert {row.instance_type for row in report.recommendations} == {"m5.xlarge", "m5.large"}


def test_snapshot_counts_what_is_owned(engine, instances, owned) -> None:
    ec2 = instances(("m5.large", 10, "2025-01-01", "running"))
    report = engine.generate_ri_recommendations(
        ec2, as_of=AS_OF, commitments=owned({"Quantity": 4}), **ONE_YEAR
    )
    assert report.recommendations[0].quantity == 3  # 7 less the 4 that are covered
    assert report.coverage_before_pct == pytest.approx(40)


def test_snapshot_without_as_of_takes_the_latest_launch(engine, instances) -> None:
    ec2 = instances(("m5.large", 10, "2025-01-01", "running"), ("m5.large", 1, "2026-03-31", "stopped"))
    report = engine.generate_ri_recommendations(ec2, **ONE_YEAR)
    assert report.as_of == AS_OF
    assert any("as_of was not given" in note for note in report.notes)


def test_a_minimum_uptime_of_zero_lets_every_running_instance_count(engine, instances) -> None:
    ec2 = instances(("m5.large", 10, "2026-03-31", "running"))
    assert engine.generate_ri_recommendations(ec2, as_of=AS_OF).recommendations == ()
    report = engine.generate_ri_recommendations(
        ec2, None, 0.0, 1.0, as_of=AS_OF, offering_class="standard"
    )
    assert report.recommendations[0].quantity == 10


def test_nothing_at_all(engine) -> None:
    report = engine.generate_ri_recommendations(NO_INSTANCES, as_of=AS_OF)
    assert (report.recommendations, report.annual_savings_usd, report.coverage_after_pct) == (
        (),
        0,
        None,
    )


# ── bad calls ──


def test_bad_calls_say_what_to_do(engine, instances) -> None:
    ec2 = instances(("m5.large", 1, "2025-01-01", "running"))
    with pytest.raises(ValueError, match="fraction"):
        engine.generate_ri_recommendations(ec2, target_coverage=70)
    with pytest.raises(ValueError, match="percentage"):
        engine.generate_ri_recommendations(ec2, min_uptime_pct=101)
    with pytest.raises(NotAvailable, match="pass as_of"):
        engine.generate_ri_recommendations(NO_INSTANCES)
    with pytest.raises(ValueError, match="lookback_days"):
        RIRecommendationEngine(0)


def test_no_frame_is_changed(engine, hourly, instances, owned) -> None:
    frames = (
        instances(("m5.large", 2, "2025-01-01", "running")),
        hourly([2] * 30 * DAYS),
        owned({"Quantity": 1}),
    )
    copies = [frame.copy(deep=True) for frame in frames]
    ec2, usage, have = frames
    engine.generate_ri_recommendations(ec2, usage, commitments=have)
    engine.calculate_current_coverage(ec2, usage, have)
    engine.generate_savings_plan_comparison(ec2, usage, commitments=have)
    for frame, copy in zip(frames, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
