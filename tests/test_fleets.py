"""Fleets on which advice is tried, the simple rules that it has to beat, and their comparison."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks import simple_rules, value
from benchmarks.fleets import (
    CHANGES,
    EVALUATION_SEEDS,
    GENERATORS,
    TUNING_SEEDS,
    Fleet,
    fleet,
    large_fleet,
)
from finops.pricing import packaged_catalogue
from finops.ri_engine import evidence as evidences
from finops.ri_engine.claims import COMPUTE_PLAN, RI
from finops.ri_engine.pools import LINE_KEYS, POOL_KEYS
from finops.ri_engine.quantity import Floats
from finops.schema import COMMITMENTS, USAGE

# AWS's prices of m5.large in us-east-1, dollars an hour: On-Demand and one year No Upfront, standard.
ON_DEMAND, RESERVED = 0.096, 0.06


def made(by_type: dict[str, Floats], hours: pd.DatetimeIndex) -> Fleet:
    """A pool per type of Linux in us-east-1, bought for after 100 hours."""
    keys = [
        ["us-east-1", name, "Linux/UNIX", "default", "111111111111", None, "AmazonEC2"]
        for name in by_type
    ]
    lines = pd.DataFrame(keys, columns=LINE_KEYS).astype("str").assign(OnDemandRateUSD=np.nan)
    return Fleet(
        generator="by hand",
        change="unchanged",
        seed=0,
        purchase_at=100,
        lines=lines,
        hours=hours,
        quantity=np.array(list(by_type.values())),
    )


@pytest.fixture
def one_pool() -> Fleet:
    """100 hours and the same again: 4 m5.large always, 8 in 70 hours, 12 in 50."""
    hourly = np.full(100, 4.0)
    hourly[:70] += 4
    hourly[:50] += 4
    hours = pd.date_range("2025-01-01", periods=200, freq="h", tz="UTC")
    return made({"m5.large": np.tile(hourly, 2)}, hours)


def bought(one: Fleet, rule: simple_rules.Rule) -> dict[str, float]:
    rows = rule(value.evidence_of(one), one.history)
    return {row.kind: row.quantity or row.hourly_commitment_usd or 0.0 for row in rows}


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_fleet_is_the_same_whenever_it_is_made_and_another_with_another_seed(generator: str) -> None:
    first, again, other = (fleet(generator, "shock", seed) for seed in (3, 3, 4))
    assert first == again
    assert np.array_equal(first.quantity, again.quantity)
    assert first.lines.equals(again.lines)
    assert not np.array_equal(first.quantity, other.quantity)


@pytest.mark.parametrize("generator", GENERATORS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_fleet_has_months_of_whole_instances_in_pools_that_can_be_bought_for(
    generator: str, change: str
) -> None:
    one = fleet(generator, change, 1)
    assert one.quantity.shape == (40, 270 * 24)
    assert len(one.history.hours) == 90 * 24
    assert len(one.horizon.hours) == 180 * 24
    assert (one.quantity >= 0).all()
    assert np.array_equal(one.quantity * 4, np.round(one.quantity * 4))
    assert not one.lines.duplicated(POOL_KEYS).any()
    assert one.lines.equals(one.lines.sort_values(LINE_KEYS, ignore_index=True))
    assert one.lines["Region"].nunique() >= 3
    seen = value.evidence_of(one)
    assert all(any(price.kind == RI for price in prices) for prices in seen.prices)


@pytest.mark.parametrize("generator", GENERATORS)
def test_trends_are_under_way_when_one_buys_and_surprises_are_not(generator: str) -> None:
    made = {change: fleet(generator, change, 2) for change in CHANGES}
    before = {change: one.history.quantity for change, one in made.items()}
    after = {change: one.horizon.quantity for change, one in made.items()}
    for surprise in ("step_up", "step_down", "shock"):
        assert np.array_equal(before[surprise], before["unchanged"])
    assert (after["step_up"] >= after["unchanged"]).all()
    assert (after["step_down"] <= after["unchanged"]).all()
    assert (before["growth"] <= before["unchanged"]).all()
    assert (after["growth"] >= after["unchanged"]).all()
    assert (before["decline"] >= before["unchanged"]).all()
    assert (after["decline"] <= after["unchanged"]).all()
    for change in CHANGES[1:]:
        assert not np.array_equal(after[change], after["unchanged"])


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_shock_passes(generator: str) -> None:
    shocked, calm = (fleet(generator, change, 5).horizon.quantity for change in ("shock", "unchanged"))
    differs = np.flatnonzero((shocked != calm).any(axis=0))
    assert 0 < differs[-1] - differs[0] <= 21 * 24


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_usage_frame_of_a_fleet_is_its_demand(generator: str) -> None:
    one = fleet(generator, "growth", 1, pools=12, days_before=10, days_after=10)
    usage = one.usage
    pd.testing.assert_frame_equal(usage, USAGE.conform(usage))
    read = evidences.from_usage(
        usage, COMMITMENTS.empty(), packaged_catalogue(), as_of=None, lookback_days=20
    )
    assert np.array_equal(read.history.quantity, one.quantity)
    pd.testing.assert_frame_equal(read.history.lines, one.lines)


def test_the_rules_are_tuned_and_judged_on_different_seeds() -> None:
    assert set(TUNING_SEEDS).isdisjoint(EVALUATION_SEEDS)
    assert len(EVALUATION_SEEDS) == 20


def test_a_large_fleet_has_as_many_pools_and_hours_as_asked() -> None:
    one = large_fleet(200, 48, 1)
    assert one.history.quantity.shape == (200, 48)
    assert len(one.horizon.hours) == 0
    assert not one.lines.duplicated(POOL_KEYS).any()


def test_each_simple_rule_buys_what_it_says(one_pool: Fleet) -> None:
    """Break-even is 0.06 ÷ 0.096 = 62.5 % of hours: units up to 8 run in 70 %, those above in 50 %.

    The Compute plan breaks even between 70 and 100 %, so it covers the four that always run.
    """
    plan = packaged_catalogue().commitment_price(
        COMPUTE_PLAN, "m5.large", "us-east-1", "Linux/UNIX", 1, "No Upfront"
    )
    assert 0.7 < plan.effective_usd_per_hour / ON_DEMAND < 1
    four = pytest.approx(4 * plan.effective_usd_per_hour, abs=0.001)
    # The mean is 4 + 4 × 0.7 + 4 × 0.5 = 8.8, and 70 % of it 6.16; 70 % of the four is 2.8.
    expected = {
        "nothing": {},
        "RI quantile": {RI: 8},
        "70 % of steady instances": {RI: 3},
        "70 % of the mean": {RI: 6},
        "Compute plan alone": {COMPUTE_PLAN: four},
        "independent RI and plan": {RI: 8, COMPUTE_PLAN: four},
        "RI quantile, then plan": {RI: 8},
    }
    assert {name: bought(one_pool, rule) for name, rule in simple_rules.RULES.items()} == expected


def test_a_plan_after_reserved_instances_is_sized_on_what_they_leave() -> None:
    """Two m5.large always run, and four more take turns with four c5.large: no RI pays for those.

    A plan serves either, so it is worth what the cheaper four cost; the two are left to their RIs.
    """
    hours = pd.date_range("2025-01-01", periods=100, freq="h", tz="UTC")
    m5, c5 = np.full(100, 2.0), np.zeros(100)
    m5[:50] += 4
    c5[50:] += 4
    one = made({"c5.large": c5, "m5.large": m5}, hours)
    price = packaged_catalogue().commitment_price
    plan = price(COMPUTE_PLAN, "c5.large", "us-east-1", "Linux/UNIX", 1, "No Upfront")
    four = pytest.approx(4 * plan.effective_usd_per_hour, abs=0.001)
    assert bought(one, simple_rules.reserved_then_plan) == {RI: 2, COMPUTE_PLAN: four}


def test_the_bill_is_the_price_of_what_is_bought_and_of_what_it_leaves(one_pool: Fleet) -> None:
    """Eight Reserved Instances leave four instances in half of the hours."""
    seen = value.evidence_of(one_pool)
    eight = simple_rules.reserved_by_quantile(seen, one_pool.history)
    assert value.paid_usd(seen, one_pool.horizon, ()) == pytest.approx(8.8 * ON_DEMAND)
    paid = value.paid_usd(seen, one_pool.horizon, eight)
    assert paid == pytest.approx(8 * RESERVED + 2 * ON_DEMAND)


def test_shares_and_regrets_follow_from_the_bills(one_pool: Fleet) -> None:
    """On-Demand costs 0.8448, eight RIs 0.672, hindsight shall be 0.64: 0.1728 of 0.2048 saved."""
    rules = {value.OURS: simple_rules.reserved_by_quantile, "nothing": simple_rules.nothing}
    rows = list(value.outcomes([one_pool], rules, lambda seen, demand: 0.64))
    table = value.summary(rows).set_index(["generator", "change", "rule"])
    for group in (("by hand", "unchanged"), ("all", "all")):
        ours = table.loc[(*group, value.OURS)]
        assert ours["captured_in_pct"] == pytest.approx(84.375)
        assert ours["captured_out_pct"] == pytest.approx(84.375)
        assert ours["regret_pct"] == pytest.approx(5.0)
        assert table.loc[(*group, "nothing"), "regret_pct"] == pytest.approx(32.0)
    beside = value.against_best_rule(rows)
    assert set(beside["best_rule"]) == {"nothing"}
    assert beside["ours_above_pct"].to_numpy() == pytest.approx(-27.0)


def test_advice_never_sees_what_comes_after_the_purchase() -> None:
    asked = []

    def rule(evidence: evidences.Evidence, demand: value.Demand) -> simple_rules.Purchases:
        asked.append((len(evidence.history.hours), len(demand.hours)))
        return ()

    fleets = [fleet("web", change, 1, pools=4) for change in ("unchanged", "shock", "growth")]
    rows = list(value.outcomes(fleets, {value.OURS: rule}, lambda seen, demand: 1.0))
    # The shock has the history of the unchanged fleet: it is asked about once.
    assert asked == [(2160, 2160), (2160, 2160)]
    assert [row.change for row in rows] == ["unchanged", "shock", "growth"]


def test_the_stand_in_bills_what_it_buys(one_pool: Fleet) -> None:
    ours = value.stand_in()
    rows = list(value.outcomes([one_pool], {value.OURS: ours.advise}, ours.hindsight))
    assert rows[0].before.paid == pytest.approx(rows[0].before.hindsight)


def test_the_optimum_is_within_a_thousandth_of_its_bound(one_pool: Fleet) -> None:
    """An EC2 Instance plan costs what the eight Reserved Instances cost: 0.672."""
    ours = value.optimum()
    rows = list(value.outcomes([one_pool], {value.OURS: ours.advise}, ours.hindsight))
    assert rows[0].before.paid == pytest.approx(8 * RESERVED + 2 * ON_DEMAND, abs=0.0005)
    assert rows[0].before.hindsight == pytest.approx(rows[0].before.paid, rel=0.001)
