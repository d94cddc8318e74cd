"""Coverage and utilisation of what is owned, worked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.ri_engine import RIRecommendationEngine, effective_savings_rate
from finops.schema import EC2

AS_OF = date(2026, 3, 31)


@pytest.fixture
def engine(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)


def test_coverage_by_hand(engine, hourly, owned) -> None:
    # 30 days: 4 m5.large (0.40 $/h) and 1 c5.large (0.08 $/h). Owned: 2 m5.large at 0.06 $/h each.
    usage = pd.concat([hourly([4] * 40 * 24), hourly([1] * 40 * 24, InstanceType="c5.large")])
    report = engine.calculate_current_coverage(
        EC2.empty(), usage, owned({"Quantity": 2, "RecurringHourlyUSD": 0.12}), as_of=AS_OF
    )
    assert (report.hours, report.start, report.end) == (720, date(2026, 3, 2), AS_OF)
    assert report.eligible_usd == pytest.approx(0.48 * 720)
    assert report.covered_usd == pytest.approx(0.20 * 720)
    assert report.coverage_pct == pytest.approx(20 / 48 * 100)
    assert report.ri_coverage_pct_hours == pytest.approx(40)
    assert report.ri_coverage_pct_units == pytest.approx(40)  # all are large: 4 units each
    assert report.effective_savings_rate_pct == pytest.approx(0.08 / 0.48 * 100)
    assert report.unused_usd == pytest.approx(0)
    pct = report.by_family.set_index("InstanceFamily")["CoveragePct"]
    assert pct["m5"] == pytest.approx(50)
    assert pct["c5"] == 0
    assert report.by_region["EligibleHours"].tolist() == [5 * 720]
    assert report.target_pct == 70


def test_utilization_and_waste(engine, hourly, owned) -> None:
    have = owned(
        {"Quantity": 4, "UpfrontUSD": 8760.0, "RecurringHourlyUSD": 1.0},  # 2.00 $/h in all
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.10},
        {"Quantity": 9, "End": pd.Timestamp("2026-01-01", tz="UTC")},
    )
    report = engine.calculate_current_coverage(EC2.empty(), hourly([1] * 30 * 24), have)
    table = report.utilization.set_index("CommitmentId")
    assert list(table.index) == ["c-0", "c-1"]  # what ended before the window is not in it
    assert table["UtilizationPct"].tolist() == [pytest.approx(25), 0]
    assert table["UnusedUSD"].tolist() == [pytest.approx(1.5 * 720), pytest.approx(0.1 * 720)]
    assert table["Unit"].tolist() == ["instance-hours", "USD"]
    assert table["Purchased"].tolist() == [pytest.approx(4 * 720), pytest.approx(72)]


def test_a_commitment_counts_in_the_hours_between_start_and_end(engine, hourly, owned) -> None:
    have = owned(
        {"Quantity": 1, "Start": pd.Timestamp("2026-03-17", tz="UTC"), "RecurringHourlyUSD": 0.06}
    )
    report = engine.calculate_current_coverage(EC2.empty(), hourly([1] * 30 * 24), have)
    assert report.coverage_pct == pytest.approx(50)  # 15 of 30 days


def test_an_unknown_fee_makes_no_savings_rate(engine, hourly, owned) -> None:
    have = owned({"Quantity": 1, "UpfrontUSD": None, "RecurringHourlyUSD": None})
    report = engine.calculate_current_coverage(EC2.empty(), hourly([1] * 30 * 24), have)
    assert report.coverage_pct == pytest.approx(100)
    assert (report.effective_savings_rate_pct, report.unused_usd) == (None, None)


def test_an_unused_plan_costs_its_commitment(engine, hourly, owned) -> None:
    have = owned({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.14})  # two at 0.07
    report = engine.calculate_current_coverage(EC2.empty(), hourly([1] * 30 * 24), have)
    assert report.effective_savings_rate_pct == pytest.approx(-40)  # 0.14 paid for 0.10


def test_without_usage_it_is_that_of_the_running_instances(engine, instances, owned) -> None:
    ec2 = instances(("m5.large", 4, "2025-01-01", "running"), ("m5.large", 9, "2025-01-01", "stopped"))
    report = engine.calculate_current_coverage(ec2, None, owned({"Quantity": 3}), as_of=AS_OF)
    assert (report.evidence, report.hours) == ("snapshot", 1)
    assert report.coverage_pct == pytest.approx(75)


def test_nothing_owned_and_nothing_running(engine, hourly) -> None:
    assert engine.calculate_current_coverage(EC2.empty(), hourly([1] * 48)).coverage_pct == 0
    nothing = engine.calculate_current_coverage(EC2.empty(), as_of=AS_OF)
    assert (nothing.coverage_pct, nothing.ri_coverage_pct_hours) == (None, None)
    assert nothing.utilization.empty


@given(st.floats(0.01, 0.99), st.floats(0, 1), st.floats(0.05, 1))
def test_savings_rate_identity(discount: float, covered: float, utilization: float) -> None:
    # ESR = c · (1 − (1 − d) ÷ u), with On-Demand 1, c of it covered, commitments used to u.
    actual = (1 - covered) + (1 - discount) * covered / utilization
    expected = covered * (1 - (1 - discount) / utilization)
    assert effective_savings_rate(1.0, actual) == pytest.approx(expected, abs=1e-12)


def test_break_even_utilization_is_one_minus_the_discount() -> None:
    assert effective_savings_rate(1.0, 0.6 / 0.6) == 0
    assert effective_savings_rate(0.0, 5.0) is None
    assert not np.isnan(effective_savings_rate(2.0, 1.0))
