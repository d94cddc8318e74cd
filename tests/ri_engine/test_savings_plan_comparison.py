"""RIs beside Savings Plans: each sized alone, a plan at its exact optimum."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.ri_engine import RIRecommendationEngine
from finops.ri_engine.plan_comparison import best_plan
from finops.schema import EC2

AS_OF = date(2026, 3, 31)


@pytest.fixture
def engine(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)


def option(report, kind: str, term: int, payment: str, offering_class: str | None = None) -> pd.Series:
    table = report.options
    same = (table["Kind"] == kind) & (table["TermYears"] == term) & (table["PaymentOption"] == payment)
    if offering_class:
        same &= table["OfferingClass"] == offering_class
    (_, row), *_ = table[same].iterrows()
    return row


def test_a_steady_fleet_by_hand(engine, hourly) -> None:
    report = engine.generate_savings_plan_comparison(EC2.empty(), hourly([10] * 90 * 24))
    standard = option(report, "reserved_instance", 1, "No Upfront", "standard")
    assert standard["AnnualSavingsUSD"] == pytest.approx(3504)  # 10 × 0.04 × 8,760
    assert standard["Units"] == 10
    compute = option(report, "compute_savings_plan", 1, "No Upfront")
    assert compute["HourlyCostUSD"] == pytest.approx(0.7)  # 10 × 0.07
    assert compute["AnnualSavingsUSD"] == pytest.approx(0.3 * 8760)
    assert compute["UtilizationPct"] == pytest.approx(100)
    assert compute["CoveragePct"] == pytest.approx(100)
    upfront = option(report, "compute_savings_plan", 3, "All Upfront")
    assert upfront["UpfrontUSD"] == pytest.approx(0.45 * 3 * 8760)
    assert report.options["AnnualSavingsUSD"].is_monotonic_decreasing
    assert report.on_demand_usd == pytest.approx(8760)
    assert any("never to be added" in note for note in report.notes)


def test_a_compute_plan_follows_load_that_moves_between_pools(engine, hourly) -> None:
    # Five m5.large by day, five c5.large by night: no RI is used in 60 % of the hours, a plan is.
    usage = pd.concat(
        [
            hourly(([5] * 12 + [0] * 12) * 30),
            hourly(([0] * 12 + [5] * 12) * 30, InstanceType="c5.large"),
        ]
    )
    report = engine.generate_savings_plan_comparison(EC2.empty(), usage)
    standard = option(report, "reserved_instance", 1, "No Upfront", "standard")
    assert standard["AnnualSavingsUSD"] == 0
    compute = option(report, "compute_savings_plan", 1, "No Upfront")
    # 0.35 $/h by day, 0.28 by night: 0.28 is always used and saves 3 ÷ 7 of a dollar on each, and
    # the 0.07 above it would be used half of the time: 0.05 On-Demand for 0.07.
    assert compute["HourlyCostUSD"] == pytest.approx(0.28)
    assert compute["AnnualSavingsUSD"] == pytest.approx(0.12 * 8760)


def test_owned_commitments_are_taken_out_first(engine, hourly, owned) -> None:
    usage = hourly([10] * 30 * 24)
    report = engine.generate_savings_plan_comparison(
        EC2.empty(), usage, commitments=owned({"Quantity": 10})
    )
    assert report.on_demand_usd == pytest.approx(0)
    assert (report.options["AnnualSavingsUSD"] == 0).all()


def test_without_usage_it_compares_what_snapshot_advice_would_buy(engine, instances) -> None:
    ec2 = instances(("m5.large", 10, "2025-01-01", "running"))
    report = engine.generate_savings_plan_comparison(ec2, as_of=AS_OF)
    assert report.evidence == "snapshot"
    assert option(report, "reserved_instance", 1, "No Upfront", "standard")["Units"] == 7


def test_a_type_without_ris_has_a_compute_plan(engine, hourly) -> None:
    usage = hourly([2] * 30 * 24, InstanceType="x9.large")
    report = engine.generate_savings_plan_comparison(EC2.empty(), usage)
    assert "reserved_instance" not in set(report.options["Kind"])
    assert option(report, "compute_savings_plan", 1, "No Upfront")["HourlyCostUSD"] == pytest.approx(0.7)


def saving(demand: np.ndarray, on_demand: np.ndarray, rate: np.ndarray, commitment: float) -> float:
    total = 0.0
    for hour in demand.T:
        left = commitment
        for pool in sorted(range(len(hour)), key=lambda p: (rate[p] / on_demand[p], rate[p])):
            used = min(left, hour[pool] * rate[pool])
            left -= used
            total += used * on_demand[pool] / rate[pool]
    return total / demand.shape[1] - commitment


@given(st.integers(0, 10_000))
def test_no_other_commitment_saves_more(seed: int) -> None:
    random = np.random.default_rng(seed)
    demand = random.integers(0, 5, (3, 12)).astype(float)
    on_demand = random.integers(2, 9, 3) / 10
    rate = np.round(on_demand * random.uniform(0.3, 0.95, 3), 3)
    chosen = best_plan(demand, on_demand, rate)
    grid = np.arange(0, 4.2, 0.05)
    best = max(saving(demand, on_demand, rate, level) for level in grid)
    mine = saving(demand, on_demand, rate, chosen.commitment)
    assert mine >= best - 1e-9
    assert chosen.covered_usd - chosen.commitment == pytest.approx(mine)
    assert 0 <= chosen.used_usd <= chosen.commitment + 1e-12


def test_no_plan_without_a_rate_or_a_saving() -> None:
    demand = np.ones((2, 3))
    nothing = best_plan(demand, np.array([1.0, 1.0]), np.array([np.nan, 1.5]))
    assert (nothing.commitment, nothing.covered_usd) == (0, 0)
