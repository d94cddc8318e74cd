"""Promised, realised, hindsight: worked by hand on levels, and what must hold for any demand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from finops.errors import EmptyInput
from finops.ri_engine.backtest import (
    Backtest,
    backtest,
    choose_window,
    given_window,
    sized_for,
)
from finops.ri_engine.backtest.origins import horizon_days, known_at, origin_days
from finops.ri_engine.backtest.sizing import factors, sized
from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.optimum import Limits
from finops.ri_engine.trend import fleet_growth, pool_spread
from finops.schema import COMMITMENTS

AS_OF = date(2026, 3, 31)
DAY, MONTH = 24, 720
# Standard RIs at 60 % of On-Demand: an m5.large costs 0.06 $/h and saves 0.04.
ONE_YEAR = Limits(
    kinds=("reserved_instance",),
    term_years=1,
    payment_option="No Upfront",
    offering_class="standard",
)


@pytest.fixture
def evidence_of(catalogue):
    def make(usage: pd.DataFrame) -> Evidence:
        return from_usage(usage, COMMITMENTS.empty(), catalogue, as_of=AS_OF, lookback_days=90)

    return make


def _tested(evidence: Evidence, owned: pd.DataFrame | None = None, days: int = 60) -> Backtest:
    return backtest(
        evidence,
        COMMITMENTS.empty() if owned is None else owned,
        ONE_YEAR,
        lambda known: sized_for(known, given_window(days)),
    )


def test_constant_demand_keeps_every_promise(evidence_of, hourly) -> None:
    # 3 m5.large: 0.12 $/h saved; 120 days leave origins after 60 to 90 days, each a week apart or more.
    found = _tested(evidence_of(hourly([3] * 120 * DAY)))
    assert found.horizon_days == 30
    assert len(found.folds) == 5
    for fold in found.folds:
        assert fold.promised_savings_usd == pytest.approx(0.12 * MONTH)
        assert fold.realized_savings_usd == pytest.approx(0.12 * MONTH)
        assert fold.hindsight_savings_usd == pytest.approx(0.12 * MONTH)
        assert fold.on_demand_usd == pytest.approx(0.30 * MONTH)
        assert fold.losing_pools == ()
    assert found.captured_pct == pytest.approx(100)
    assert found.promised_savings_usd == pytest.approx(5 * 0.12 * MONTH)
    assert found.folds[-1].purchase_on == date(2026, 3, 2)


def test_demand_that_halves_after_the_purchase(evidence_of, hourly) -> None:
    # 10 are bought at 0.60 $/h; of the 5 that are left 0.50 $/h are served. 5 would have saved 0.20 $/h.
    [fold] = _tested(evidence_of(hourly([10] * 60 * DAY + [5] * 30 * DAY))).folds
    assert fold.promised_savings_usd == pytest.approx(0.40 * MONTH)
    assert fold.realized_savings_usd == pytest.approx(-0.10 * MONTH)
    assert fold.hindsight_savings_usd == pytest.approx(0.20 * MONTH)
    assert fold.captured_pct == pytest.approx(-50)
    [lost] = fold.losing_pools
    assert (lost.instance_type, fold.pools) == ("m5.large", 1)
    assert lost.served_usd == pytest.approx(0.50 * MONTH)
    assert lost.cost_usd == pytest.approx(0.60 * MONTH)


def test_demand_that_doubles_after_the_purchase(evidence_of, hourly) -> None:
    [fold] = _tested(evidence_of(hourly([5] * 60 * DAY + [10] * 30 * DAY))).folds
    assert fold.realized_savings_usd == pytest.approx(fold.promised_savings_usd)
    assert fold.captured_pct == pytest.approx(50)


def test_a_plan_that_idles_costs_the_pools_it_serves(evidence_of, hourly) -> None:
    # A Compute plan at 70 %: 0.70 $/h for 10 m5.large, of which 5 stay: 0.50 $/h served for 0.70.
    limits = Limits(kinds=("compute_savings_plan",), term_years=1, payment_option="No Upfront")
    evidence = evidence_of(hourly([10] * 60 * DAY + [5] * 30 * DAY))
    found = backtest(
        evidence, COMMITMENTS.empty(), limits, lambda known: sized_for(known, given_window(60))
    )
    [lost] = found.folds[0].losing_pools
    assert lost.served_usd == pytest.approx(0.50 * MONTH)
    assert lost.cost_usd == pytest.approx(0.70 * MONTH)
    assert found.realized_savings_usd == pytest.approx(-0.20 * MONTH)
    assert found.losing_pools_pct == 100


def test_only_what_was_owned_at_the_origin_is_beside_it(evidence_of, hourly, owned) -> None:
    # Of 4 instances 1 was covered on the day of the origin, 2026-03-02; the other came ten days later.
    have = owned(
        {"RecurringHourlyUSD": 0.06, "Start": pd.Timestamp("2026-01-01", tz="UTC")},
        {"RecurringHourlyUSD": 0.06, "Start": pd.Timestamp("2026-07-12", tz="UTC")},
    )
    [fold] = _tested(evidence_of(hourly([4] * 90 * DAY)), have).folds
    assert fold.realized_savings_usd == pytest.approx(3 * 0.04 * MONTH)
    known = known_at(evidence_of(hourly([4] * 90 * DAY)), have, 60)
    assert (known.as_of, len(known.commitments)) == (date(2026, 3, 1), 1)
    assert len(known.history.hours) == 60 * DAY


def test_too_little_history_says_how_much_there_is(evidence_of, hourly) -> None:
    with pytest.raises(EmptyInput, match=r"needs 90 days.*there are 45"):
        _tested(evidence_of(hourly([3] * 45 * DAY)))


@pytest.mark.parametrize(
    ("days", "horizon", "origins"),
    [
        (89, None, ()),
        (90, 30, (60,)),
        (120, 30, (60, 67, 75, 82, 90)),
        (150, 60, (60, 67, 75, 82, 90)),
        (270, 180, (60, 67, 75, 82, 90)),
        (400, 180, (60, 92, 124, 156, 188, 220)),
    ],
)
def test_when_one_could_have_bought(days: int, horizon: int | None, origins: tuple[int, ...]) -> None:
    assert horizon_days(days) == horizon
    if horizon is not None:
        assert origin_days(days, horizon) == origins


@pytest.mark.parametrize("seed", range(4))
def test_nobody_does_better_than_hindsight(evidence_of, hourly, seed: int) -> None:
    rng = np.random.default_rng(seed)
    hours = np.arange(100 * DAY)
    frames = [
        hourly(
            np.maximum(
                0, 6 + 3 * np.sin(hours / 4) + np.cumsum(rng.normal(0, 0.05, len(hours)))
            ).round(),
            InstanceType=name,
        )
        for name in ("m5.large", "m5.xlarge", "c5.large")
    ]
    evidence = evidence_of(pd.concat(frames))
    limits = Limits(term_years=1, payment_option="No Upfront")
    found = backtest(
        evidence,
        COMMITMENTS.empty(),
        limits,
        lambda known: sized_for(known, choose_window(known, limits)),
    )
    for fold in found.folds:
        assert fold.realized_savings_usd <= fold.hindsight_savings_usd + 1e-9
        assert fold.hindsight_savings_usd <= fold.on_demand_usd


def test_growth_is_read_off_the_weeks() -> None:
    # Demand that doubles in a year, without any noise: nothing draws the line towards no growth.
    demand = 8.0 * 2 ** (np.arange(91 * DAY) / (365 * DAY))
    assert fleet_growth(demand[None, :], np.ones(1)) == pytest.approx(np.log(2), rel=1e-4)
    assert fleet_growth(demand[None, : 41 * DAY], np.ones(1)) == 0


def test_noise_is_no_growth() -> None:
    weeks = np.repeat(np.random.default_rng(0).normal(10, 3, 13), 7 * DAY)
    plain = np.polyfit(np.arange(13) * 7 / 365, np.log(weeks[:: 7 * DAY]), 1)[0]
    assert abs(fleet_growth(weeks[None, :], np.ones(1))) < abs(plain) / 4


def test_spread_is_how_pools_leave_the_fleet() -> None:
    # From 2 and 2 to 1 and 3: the fleet stays, one pool halves, the other is half as large again.
    half = 13 * 7 * DAY // 2
    demand = np.array([[2.0] * half + [1.0] * half, [2.0] * half + [3.0] * half])
    root = np.sqrt([3.0, 5.0])
    by_hand = np.sqrt(root @ np.log([0.5, 1.5]) ** 2 / root.sum())
    assert pool_spread(demand, np.ones(2)) == pytest.approx(by_hand)
    assert pool_spread(np.full((2, 91 * DAY), 5.0), np.ones(2)) == 0


def test_constant_demand_is_sized_as_it_is(evidence_of, hourly) -> None:
    evidence = evidence_of(hourly([3] * 100 * DAY))
    found = sized(evidence, 30, trend_adjusted=True)
    assert found.demand.quantity.shape == (1, 30 * DAY)
    assert found.demand.quantity == pytest.approx(3)
    assert found.evidence.window_hours == 30 * DAY


def test_a_growing_fleet_is_sized_ahead() -> None:
    # From the middle of the window to 90 days after it: 45 + 90 days at a doubling a year.
    demand = 8.0 * 2 ** (np.arange(91 * DAY) / (365 * DAY))[None, :]
    ahead = factors(demand, np.ones(1), 90 * DAY, trend_adjusted=True)
    assert ahead == pytest.approx(2 ** (135 / 365), rel=1e-3)
    assert factors(demand, np.ones(1), 90 * DAY, trend_adjusted=False) == pytest.approx(1)


def test_scenarios_leave_each_pool_its_mean() -> None:
    rng = np.random.default_rng(1)
    demand = rng.uniform(1, 9, (12, 1)) * np.repeat(rng.uniform(0.5, 2, (12, 2)), 46 * DAY, axis=1)
    path = factors(demand, np.ones(12), 90 * DAY, trend_adjusted=False)
    assert path.mean(axis=1) == pytest.approx(1)
    assert path.std(axis=1).min() > 0.2
    # A week is repeated until every case has days of its own.
    assert factors(demand, np.ones(12), 7 * DAY, trend_adjusted=False).shape[1] == 5 * 7 * DAY


def test_the_default_stands_where_nothing_tells_windows_apart(evidence_of, hourly) -> None:
    limits = Limits()
    choice = choose_window(evidence_of(hourly([3] * 150 * DAY)), limits)
    assert (choice.days, choice.trend_adjusted, choice.given) == (60, True, False)
    assert len(choice.candidates) == 10
    assert [one.regret_pct for one in choice.candidates] == pytest.approx([0] * 10)
    short = choose_window(evidence_of(hourly([3] * 50 * DAY)), limits)
    assert (short.days, short.candidates) == (60, ())
    assert "50 days" in short.note


def test_a_given_window_is_taken_as_it_was(evidence_of, hourly) -> None:
    levels = np.repeat(np.arange(100), DAY)
    found = sized_for(evidence_of(hourly(levels)), given_window(14))
    assert found.demand.quantity[0].tolist() == levels[-14 * DAY :].tolist()
    assert not found.trend_adjusted
