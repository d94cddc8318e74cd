"""The bill as a record, worked by hand on one day, and what it says of what it cannot know."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from finops.ri_engine import RIRecommendationEngine
from finops.ri_engine.evidence import from_usage
from finops.ri_engine.optimum import Limits
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.simulation import Simulation, simulate, simulate_usage
from finops.schema import COMMITMENTS, EC2, concat

AS_OF = date(2026, 3, 31)
DAY = 24
ON_31 = pd.Timestamp("2026-03-31", tz="UTC")


@pytest.fixture
def bill_of(catalogue):
    def answer(usage: pd.DataFrame, owned: pd.DataFrame, **asked: object) -> Simulation:
        return simulate_usage(usage, owned, catalogue, as_of=AS_OF, **asked)

    return answer


def test_a_day_by_hand(bill_of, hourly, owned) -> None:
    # A day of 3 m5.large and 1 c5.large: 0.38 $/h. Owned: 2 m5.large at 0.06 $/h each and a Compute plan
    # of 0.14 $/h, at 70 % of On-Demand: 0.056 for the c5.large, 0.07 for the third m5.large. Both save
    # 30 %, the lower rate first; of the plan 0.014 $/h are left.
    usage = pd.concat([hourly([3] * DAY), hourly([1] * DAY, InstanceType="c5.large")])
    have = owned(
        {"Quantity": 2, "RecurringHourlyUSD": 0.12},
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.14},
    )
    found = bill_of(usage, have)
    assert (found.hours, found.start, found.end) == (DAY, AS_OF, AS_OF)
    assert found.on_demand_usd == pytest.approx(0.38 * DAY)
    assert found.covered_usd == pytest.approx(0.38 * DAY)
    assert found.residual_usd == pytest.approx(0)
    assert found.commitments_usd == pytest.approx(0.26 * DAY)
    assert found.used_usd == pytest.approx(0.246 * DAY)
    assert found.unused_usd == pytest.approx(0.014 * DAY)
    assert found.total_usd == pytest.approx(0.26 * DAY)
    assert found.coverage_pct == pytest.approx(100)
    assert found.utilization_pct == pytest.approx(0.246 / 0.26 * 100)
    assert found.effective_savings_rate_pct == pytest.approx(0.12 / 0.38 * 100)

    of = found.by_commitment.set_index("commitment_id")
    assert of["unit"].tolist() == ["instance-hours", "USD"]
    assert of["purchased"].tolist() == pytest.approx([2 * DAY, 0.14 * DAY])
    assert of["unused"].tolist() == pytest.approx([0, 0.014 * DAY])
    assert of["cost_usd"].tolist() == pytest.approx([0.12 * DAY, 0.14 * DAY])
    assert of["covered_usd"].tolist() == pytest.approx([0.20 * DAY, 0.18 * DAY])
    assert of["utilization_pct"].tolist() == pytest.approx([100, 90])

    pools = found.by_pool.set_index("instance_type")
    assert pools["used_usd"].to_dict() == pytest.approx(
        {"c5.large": 0.056 * DAY, "m5.large": 0.19 * DAY}
    )
    assert pools["ri_hours"].to_dict() == {"c5.large": 0, "m5.large": 2 * DAY}
    assert found.by_hour["total_usd"].tolist() == pytest.approx([0.26] * DAY)
    assert found.by_hour["hour"].iloc[0] == ON_31


def test_a_commitment_counts_between_its_start_and_its_end(bill_of, hourly, owned) -> None:
    have = owned(
        {
            "RecurringHourlyUSD": 0.06,
            "Start": ON_31 + pd.Timedelta(hours=6),
            "End": ON_31 + pd.Timedelta(hours=18),
        }
    )
    found = bill_of(hourly([1] * DAY), have)
    assert found.commitments_usd == pytest.approx(0.06 * 12)
    assert found.total_usd == pytest.approx(0.06 * 12 + 0.10 * 12)
    costs = found.by_hour["commitments_usd"]
    assert costs.tolist() == pytest.approx([0.0] * 6 + [0.06] * 12 + [0.0] * 6)


def test_an_unknown_fee_is_unknown_and_not_nothing(bill_of, hourly, owned) -> None:
    have = owned(
        {"UpfrontUSD": None, "Start": ON_31 + pd.Timedelta(hours=12)},
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.07},
    )
    found = bill_of(hourly([2] * DAY), have)
    nothing = (found.commitments_usd, found.used_usd, found.unused_usd, found.total_usd)
    assert nothing == (None, None, None, None)
    assert (found.utilization_pct, found.effective_savings_rate_pct) == (None, None)
    assert found.covered_usd == pytest.approx(0.10 * 12 + 0.20 * 12)
    assert found.by_hour["total_usd"].notna().sum() == 12  # the hours before it begins are known
    of = found.by_commitment.set_index("commitment_id")
    assert np.isnan(of.loc["c-0", "cost_usd"])
    assert of.loc["c-0", "utilization_pct"] == 100
    assert of.loc["c-1", "cost_usd"] == pytest.approx(0.07 * DAY)
    assert any("fee is unknown" in note and "c-0" in note for note in found.notes)


def test_a_commitment_outside_its_term_is_not_billed_and_named(bill_of, hourly, owned) -> None:
    have = owned({"Start": pd.Timestamp("2026-04-01", tz="UTC"), "UpfrontUSD": None})
    found = bill_of(hourly([1] * DAY), have)
    assert found.total_usd == pytest.approx(0.10 * DAY)
    assert found.by_commitment.empty
    assert any("outside its term" in note and "c-0" in note for note in found.notes)


def test_as_if_owned_counts_in_all_hours_what_counts_on_the_day_after(bill_of, hourly, owned) -> None:
    have = owned(
        {"Start": pd.Timestamp("2026-04-01", tz="UTC"), "RecurringHourlyUSD": 0.06},
        {"End": pd.Timestamp("2026-04-01", tz="UTC")},
        {"State": "retired"},
    )
    found = bill_of(hourly([1] * DAY), have, as_if_owned=True)
    assert found.by_commitment["commitment_id"].tolist() == ["c-0"]
    assert found.total_usd == pytest.approx(0.06 * DAY)
    assert any("c-1, c-2" in note for note in found.notes)


def test_a_retired_commitment_whose_term_goes_on_is_named(bill_of, hourly, owned) -> None:
    have = owned({"State": "retired", "RecurringHourlyUSD": 0.06})
    found = bill_of(hourly([1] * DAY), have)
    assert found.covered_usd == pytest.approx(0.10 * DAY)
    assert any("retired" in note for note in found.notes)


def test_all_whole_days_or_the_last_ones(bill_of, hourly, owned) -> None:
    nothing = owned()
    # 53 hours up to midnight: two days and the five hours before, that are no day.
    found = bill_of(hourly([1] * 53), nothing)
    assert (found.hours, found.start) == (48, date(2026, 3, 30))
    assert any("first 5 hours" in note for note in found.notes)
    assert bill_of(hourly([1] * 48), nothing).notes == ()
    assert bill_of(hourly([1] * 53), nothing, lookback_days=1).hours == DAY
    assert bill_of(hourly([1] * 5), nothing).hours == 5  # less than a day is all there is


def test_demand_without_a_price_is_named_and_in_no_dollars(bill_of, hourly, owned) -> None:
    usage = pd.concat([hourly([1] * DAY), hourly([2] * DAY, InstanceType="z9.huge")])
    found = bill_of(usage, owned({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 1.0}))
    assert found.on_demand_usd == pytest.approx(0.10 * DAY)
    (pool,) = found.not_priced
    assert (pool.instance_type, pool.instances, pool.monthly_usd) == ("z9.huge", 2, None)


def test_a_pool_that_a_plan_cannot_be_charged_for_is_named_with_its_dollars(
    bill_of, hourly, owned
) -> None:
    usage = hourly([2] * DAY, Tenancy="dedicated", OnDemandRateUSD=0.5)
    compute = {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 1.0}
    of_c5 = {
        "Kind": "ec2_instance_savings_plan",
        "HourlyCommitmentUSD": 1.0,
        "InstanceFamily": "c5",
        "Region": "us-east-1",
    }
    (pool,) = bill_of(usage, owned(compute)).not_priced
    assert pool.monthly_usd == pytest.approx(2 * 0.5 * 730)
    assert bill_of(usage, owned(of_c5)).not_priced == ()  # a plan of another family never serves it


def test_nothing_owned_is_all_on_demand(bill_of, hourly, owned) -> None:
    found = bill_of(hourly([1] * DAY), owned())
    assert found.total_usd == found.residual_usd == found.on_demand_usd
    assert (found.commitments_usd, found.coverage_pct, found.utilization_pct) == (0, 0, None)
    assert found.effective_savings_rate_pct == 0


def test_spot_alone_leaves_commitments_unused(bill_of, hourly, owned) -> None:
    found = bill_of(hourly([1] * DAY, PurchaseOption="spot"), owned({"RecurringHourlyUSD": 0.06}))
    assert (found.on_demand_usd, found.coverage_pct) == (0, None)
    assert found.total_usd == found.unused_usd == pytest.approx(0.06 * DAY)
    assert any("eligible" in note for note in found.notes)


def test_demand_other_than_the_window_can_be_billed(catalogue, hourly, owned) -> None:
    evidence = from_usage(
        hourly([1] * DAY + [2] * DAY), owned({}), catalogue, as_of=AS_OF, lookback_days=2
    )
    assert simulate(evidence).on_demand_usd == pytest.approx(0.30 * DAY)
    assert simulate(evidence, evidence.window.last(DAY)).on_demand_usd == pytest.approx(0.20 * DAY)


@pytest.mark.parametrize("has_owned", [False, True])
@pytest.mark.parametrize(
    "kinds",
    [
        ("reserved_instance",),
        ("reserved_instance", "ec2_instance_savings_plan", "compute_savings_plan"),
    ],
)
def test_advice_keeps_its_promise(catalogue, hourly, owned, kinds, has_owned) -> None:
    day = [1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 4, 3, 2, 2, 2, 2, 1, 1, 1]
    usage = pd.concat(
        [
            hourly(day * 10),
            hourly(day[::-1] * 10, InstanceType="c5.large", AccountId="222222222222"),
            hourly([2, 0, 3] * 80, InstanceType="x9.large"),
        ]
    )
    rows = [
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.14},
        {"RecurringHourlyUSD": 0.06},
        {"End": pd.Timestamp("2026-03-28", tz="UTC")},
    ]
    have = owned(*rows) if has_owned else owned()
    engine = RIRecommendationEngine(7, catalogue=catalogue)
    report = engine.generate_recommendations(
        EC2.empty(), usage, limits=Limits(kinds=kinds), commitments=have, as_of=AS_OF
    )
    assert report.annual_savings_usd > 0
    advice = as_commitments([row.purchase for row in report.recommendations], AS_OF)
    asked = {"as_of": AS_OF, "lookback_days": 7, "as_if_owned": True}
    before = simulate_usage(usage, have, catalogue, **asked)
    after = simulate_usage(usage, concat([have, advice], COMMITMENTS), catalogue, **asked)
    saved = (before.total_usd - after.total_usd) / after.hours * 8760
    assert saved == pytest.approx(report.annual_savings_usd, abs=0.01)
    assert after.coverage_pct == pytest.approx(report.coverage_after_pct)
