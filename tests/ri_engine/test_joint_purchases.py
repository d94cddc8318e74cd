"""Purchases that share hours: families, owned plans and caps."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.ri_engine import RIRecommendationEngine, as_commitments, best_quantity
from finops.schema import EC2

DAYS = 24
ONE_YEAR = {"term_years": 1, "payment_option": "No Upfront", "offering_class": "standard"}
NOTHING = EC2.empty()
TYPES = ("m5.large", "m5.xlarge", "c5.large")


@pytest.fixture
def engine(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)


def estate(seed: int, hourly, owned, *, plans: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three pools over two days, small quantities, day and night apart; something owned."""
    random = np.random.default_rng(seed)
    frames = []
    for name in TYPES:
        day, night = random.integers(0, 6, 2)
        levels = np.tile(np.repeat([day, night], 12), 2) + random.integers(0, 2, 2 * DAYS)
        frames.append(hourly(levels, InstanceType=name, AccountId=str(random.integers(1, 3))))
    rows = [{"InstanceType": "m5.xlarge", "Quantity": int(random.integers(0, 3)), "AccountId": "1"}]
    if plans:
        amount = float(random.uniform(0.05, 0.8))
        rows.append({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": amount, "AccountId": "2"})
    return pd.concat(frames, ignore_index=True), owned(*rows)


def test_a_family_by_hand(engine, hourly) -> None:
    # m5.large 10 and 0, m5.xlarge 2 and 4 in turn: 14 and 8 large-equivalents. A unit of the first 8 is
    # used always, of the next 6 half of the time, below the break-even of 60 %: 4 xlarge and no large.
    # Sized alone, two xlarge are used always and two half of the time.
    usage = pd.concat(
        [hourly([10, 0] * 120), hourly([2, 4] * 120, InstanceType="m5.xlarge")], ignore_index=True
    )
    report = engine.generate_ri_recommendations(NOTHING, usage, **ONE_YEAR)
    units = {row.instance_type: row.quantity for row in report.recommendations}
    assert units.get("m5.large", 0) + 2 * units["m5.xlarge"] == 8
    assert report.annual_savings_usd == pytest.approx(8 * 0.04 * 8760)
    # At 40 % (three years) all 14 pay, and the peak is 14: not 10 large and 4 xlarge.
    three = engine.generate_ri_recommendations(NOTHING, usage, **(ONE_YEAR | {"term_years": 3}))
    units = {row.instance_type: row.quantity for row in three.recommendations}
    assert units == {"m5.large": 6, "m5.xlarge": 4}
    assert three.annual_savings_usd == pytest.approx((8 * 0.06 + 6 * 0.01) * 8760)


def test_sizes_that_relieve_each_other_are_bought_for_together(engine, hourly) -> None:
    # Neither is used for more than half of the hours, the family always has 4 large-equivalents.
    usage = pd.concat(
        [hourly([4, 0] * 120), hourly([0, 2] * 120, InstanceType="m5.xlarge")], ignore_index=True
    )
    report = engine.generate_ri_recommendations(NOTHING, usage, **ONE_YEAR)
    assert report.annual_savings_usd == pytest.approx(4 * 0.04 * 8760)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000), cap=st.floats(0.05, 1.0))
def test_a_cap_that_is_passed_is_never_exceeded(seed: int, cap: float, engine_of, hourly, owned) -> None:
    usage, have = estate(seed, hourly, owned, plans=seed % 2 == 0)
    report = engine_of.generate_ri_recommendations(
        NOTHING, usage, commitments=have, target_coverage=cap, **ONE_YEAR
    )
    before, after = report.coverage_before_pct, report.coverage_after_pct
    if before is None:
        return
    if before > cap * 100:
        assert report.recommendations == ()
    assert after <= max(cap * 100, before) + 1e-4


@settings(max_examples=25, deadline=None)
@given(counts=st.lists(st.integers(0, 12), min_size=3, max_size=3), cap=st.sampled_from([0.3, 0.5, 0.8]))
def test_nor_is_it_on_snapshot_evidence(counts: list[int], cap: float, engine_of, instances) -> None:
    ec2 = instances(*((name, n, "2025-01-01", "running") for name, n in zip(TYPES, counts, strict=True)))
    report = engine_of.generate_ri_recommendations(
        ec2, as_of=date(2026, 3, 31), target_coverage=cap, **ONE_YEAR
    )
    if report.coverage_after_pct is not None:
        assert report.coverage_after_pct <= cap * 100 + 1e-4


@settings(max_examples=30, deadline=None)
@given(levels=st.lists(st.integers(0, 30), min_size=24, max_size=24))
def test_a_pool_alone_gets_the_closed_form(levels: list[int], engine_of, hourly) -> None:
    usage = hourly([*levels, *levels])
    rows = engine_of.generate_ri_recommendations(NOTHING, usage, **ONE_YEAR).recommendations
    assert sum(row.quantity for row in rows) == best_quantity(np.array(levels, dtype=float), 0.06, 0.10)


def test_advice_as_commitments(engine, hourly) -> None:
    usage = pd.concat(
        [hourly([3] * 30 * DAYS), hourly([2] * 30 * DAYS, InstanceType="c5.large")], ignore_index=True
    )
    report = engine.generate_ri_recommendations(
        NOTHING, usage, term_years=3, payment_option="All Upfront", offering_class="standard"
    )
    frame = as_commitments([row.purchase for row in report.recommendations], report.as_of).set_index(
        "InstanceType"
    )
    large = frame.loc["m5.large"]
    assert large["CommitmentId"] == (
        "advice-m5.large-us-east-1-linux-unix-default-standard-3yr-all-upfront-2026-04-01"
    )
    assert (large["State"], large["Kind"], large["Quantity"]) == ("queued", "reserved_instance", 3)
    assert large["UpfrontUSD"] == pytest.approx(3 * 0.10 * 0.4 * 0.9 * 26280)
    assert large["RecurringHourlyUSD"] == 0
    assert large["Start"] == pd.Timestamp("2026-04-01", tz="UTC")
    # 94,608,000 seconds, which the leap day of 2028 ends a day before the third anniversary.
    assert large["End"] == pd.Timestamp("2029-03-31", tz="UTC")
    assert frame["CommitmentId"].is_unique


def test_advice_that_was_appended_is_not_given_again_under_the_same_id(engine, hourly) -> None:
    usage = hourly([3] * 30 * DAYS)
    report = engine.generate_ri_recommendations(NOTHING, usage, **ONE_YEAR)
    first = as_commitments([row.purchase for row in report.recommendations], report.as_of)
    assert first["RecurringHourlyUSD"].tolist() == pytest.approx([0.18])
    again = engine.generate_ri_recommendations(NOTHING, usage, commitments=first, **ONE_YEAR)
    assert again.recommendations == ()
    assert again.coverage_before_pct == pytest.approx(100)
    taken = as_commitments(
        [row.purchase for row in report.recommendations], report.as_of, taken=set(first["CommitmentId"])
    )
    assert not set(taken["CommitmentId"]) & set(first["CommitmentId"])


@pytest.fixture(scope="session")
def engine_of(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)
