"""Why so many: every figure by hand, or by a plain bill of all that is owned and bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.ri_engine import RIRecommendationEngine
from finops.ri_engine.billing import bill
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum import Limits
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.rates import owned_plan_rates
from finops.ri_engine.reasons import HOUR_COLUMNS, STEP_COLUMNS, duration, reasons
from finops.schema import EC2

NOTHING = EC2.empty()
YEAR = 8760


@pytest.fixture
def engine(catalogue) -> RIRecommendationEngine:
    return RIRecommendationEngine(catalogue=catalogue)


def reserved(quantity: int, **changes: object) -> Purchase:
    """m5.large at $0.06 of $0.10 an hour, one year, No Upfront."""
    row = Purchase(
        kind="reserved_instance",
        account_id="111111111111",
        term_years=1,
        payment_option="No Upfront",
        offering_class="standard",
        region="us-east-1",
        instance_type="m5.large",
        instance_family="m5",
        platform="Linux/UNIX",
        tenancy="default",
        quantity=quantity,
        upfront_usd=0.0,
        recurring_hourly_usd=0.06 * quantity,
    )
    return replace(row, **changes)


def plan(dollars: float, kind: str = "compute_savings_plan", **changes: object) -> Purchase:
    """One year, No Upfront: $0.07 for a large of $0.10; an EC2 Instance plan $0.06."""
    row = Purchase(
        kind=kind,
        account_id="111111111111",
        term_years=1,
        payment_option="No Upfront",
        hourly_commitment_usd=dollars,
        upfront_usd=0.0,
        recurring_hourly_usd=dollars,
    )
    return replace(row, **changes)


def on(engine, usage, owned=None) -> Evidence:
    return engine._evidence(NOTHING, usage, owned if owned is not None else _none(), None)


def _none() -> pd.DataFrame:
    return as_commitments([], date(2026, 3, 31))


def step(found, amount: float) -> pd.Series:
    return found.steps.set_index("amount").loc[amount]


# 10 instances in 18 hours of the day and 6 in 6.
DAYS = [6.0] * 6 + [10.0] * 18


def test_why_ten_and_not_eleven(engine, hourly) -> None:
    evidence = on(engine, hourly(DAYS * 10))
    found = reasons(evidence, evidence.window, [reserved(10)], 0)
    assert list(found.steps.columns) == STEP_COLUMNS
    assert list(found.steps["amount"]) == [7, 8, 9, 10, 11, 12, 13]
    # Units 7 to 10 are used for 75 % of the hours: 0.075 − 0.06; the 11th never.
    assert list(found.steps["marginal_usd"]) == pytest.approx([0.015 * YEAR] * 4 + [-0.06 * YEAR] * 3)
    # The first 6 save 0.04 each.
    assert step(found, 10)["annual_savings_usd"] == pytest.approx((6 * 0.04 + 4 * 0.015) * YEAR)
    assert list(found.steps["state"]) == ["bought"] * 4 + ["next"] + ["further"] * 2
    assert list(found.steps["amount"][found.steps["chosen"]]) == [10]
    assert found.used_hours_pct == pytest.approx(75)
    assert found.last_unit_pct == pytest.approx(75)
    assert found.utilization_pct == pytest.approx(90)
    assert found.break_even_pct == pytest.approx(60)
    assert found.break_even_months == pytest.approx(12 * 0.6 / 0.9)
    assert found.saving_usd == pytest.approx(0.30 * YEAR)
    assert found.why[0] == (
        "10 and not 11: the last one saves $131.40 a year, one more would lose $525.60 a year. "
        "Of the steps shown this one has the lowest bill."
    )
    assert found.why[1] == (
        "The last one is used in full in 180 of 240 hours (75.0 %) and 75.0 % on average; the row must "
        "be used for 60.0 % of its term to pay, which is 8.0 of 12 months at the use measured."
    )


def test_the_hours_and_the_case_against(engine, hourly) -> None:
    evidence = on(engine, hourly(DAYS * 10))
    found = reasons(evidence, evidence.window, [reserved(10)], 0)
    hours = found.hours
    assert list(hours.columns) == HOUR_COLUMNS and len(hours) == 240
    first = hours.iloc[0]
    assert list(first[["demand", "available", "served", "on_demand", "unused"]]) == [6, 6, 6, 0, 4]
    assert first["saving_usd"] == pytest.approx(0.6 - 0.6)
    assert hours.iloc[6]["saving_usd"] == pytest.approx(1.0 - 0.6)
    # The first of the equal hours and weeks. A week of 7 × 24 hours has 42 hours with 4 unused.
    assert found.worst_hour.start == pd.Timestamp("2026-03-22", tz="UTC")
    assert (found.worst_hour.unused, found.worst_hour.unused_usd) == pytest.approx((4, 0.24))
    assert found.worst_week.hours == 168
    assert found.worst_week.unused == pytest.approx(168)
    assert found.worst_week.saving_usd == pytest.approx(126 * 0.4)
    # Of 6 and 10 at f of the demand: 0.1 × f × 9 = 0.6.
    assert found.fall_pct == pytest.approx(100 / 3, abs=0.01)
    assert found.case_against == (
        "In 60 of 240 hours (25.0 %) part of it lies unused: 10.0 % of what is paid for, 8,760 "
        "instance-hours and $525.60 a year.",
        "Its worst hour began on 2026-03-22 00:00 UTC: 4.0 of 10 instances unused ($0.24), and it "
        "saved $0.00.",
        "Its worst 7 days in a row began on 2026-03-22 00:00 UTC: $10.08 of it unused, and it saved "
        "$50.40.",
        "If all demand falls by more than 33.3 % at once and stays there for the whole term of 1 year, "
        "it is a loss.",
        "If what it serves ends before 8.0 of the 12 months have passed, it is a loss over its term.",
        "It binds for 1 year (365 days) on 10 days of evidence: 36 days of term for each day seen.",
        # Convertible and Compute at 0.07, EC2 Instance plans at 0.06.
        "Convertible Reserved Instances for the same hours, with more freedom to move, would cost "
        "$876.00 a year more.",
        "EC2 Instance Savings Plans for the same hours, with more freedom to move, would cost the same.",
        "A Compute Savings Plan for the same hours, with more freedom to move, would cost $876.00 a "
        "year more.",
    )


def test_the_duration_curve_falls_to_what_is_always_there(engine, hourly) -> None:
    evidence = on(engine, hourly(DAYS * 10))
    curve = duration(reasons(evidence, evidence.window, [reserved(10)], 0).hours)
    assert curve["available"].is_monotonic_decreasing and len(curve) == 240
    at_75 = curve[curve["share_pct"] <= 75]
    assert set(at_75["available"]) == {10.0} and curve["available"].iloc[-1] == 6
    assert curve["share_pct"].iloc[-1] == 100


def test_a_plan_in_tenths_of_a_cent(engine, hourly) -> None:
    # 10 and 6 large at 0.07: $0.70 and $0.42 of the plan. $0.42 pay always, more for 75 % of the hours.
    evidence = on(engine, hourly(DAYS * 10))
    found = reasons(evidence, evidence.window, [plan(0.7)], 0)
    assert list(found.steps["amount"]) == [0.665, 0.686, 0.693, 0.699, 0.7, 0.701, 0.707, 0.714, 0.735]
    # A dollar of the plan serves 1 ÷ 0.7 On-Demand dollars in the hours in which it serves.
    unit = 0.001 * (0.75 / 0.7 - 1) * YEAR
    assert step(found, 0.7)["marginal_usd"] == pytest.approx(unit)
    assert step(found, 0.665)["marginal_usd"] == pytest.approx(unit)
    assert step(found, 0.701)["marginal_usd"] == pytest.approx(-0.001 * YEAR)
    assert step(found, 0.735)["marginal_usd"] == pytest.approx(-0.001 * YEAR)
    assert found.break_even_pct == pytest.approx(70)
    assert found.hours["demand"].iloc[0] == pytest.approx(0.42)
    assert found.hours["unused"].iloc[0] == pytest.approx(0.28)
    assert found.why[0].startswith("$0.700 an hour and not $0.701 an hour: the last $0.001 saves $0.63")
    assert "Same price, less flexible: convertible Reserved Instances." in found.case_against
    # 0.063 × 10 ÷ 0.07 at the plan's rates; a standard Reserved Instance is at 0.06.
    assert any(
        text.startswith(
            "EC2 Instance Savings Plans, less flexible, would cost $876.00 a year less for the same"
        )
        for text in found.case_against
    )


def test_what_is_owned_is_named_where_it_loses_hours(engine, hourly, owned) -> None:
    # A Compute plan of $0.35 serves 5 of 10; 8 reserved leave it 2, $0.14 of it.
    have = owned({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.35, "CommitmentId": "a/plan"})
    evidence = on(engine, hourly([10.0] * 48), have)
    found = reasons(evidence, evidence.window, [reserved(8)], 0)
    [lost] = found.displaced
    assert (lost.commitment_id, lost.kind) == ("a/plan", "compute_savings_plan")
    assert lost.unused_pct == pytest.approx(60)
    assert lost.unused_usd == pytest.approx(0.21 * YEAR)
    # 5 more hours are served, and 8 are paid.
    assert found.saving_usd == pytest.approx((0.5 - 0.48) * YEAR)
    # The 6th reserved one takes an hour from the plan: it only costs.
    assert step(found, 6)["marginal_usd"] == pytest.approx(-0.06 * YEAR)
    assert any(
        "the owned Compute Savings Plan plan: 60.0 % of that, $1,839.60 a year, then lies idle" in text
        for text in found.case_against
    )
    assert "It is bought all the same" in found.why[0]


def test_a_row_that_loses_already(engine, hourly) -> None:
    evidence = on(engine, hourly([1.0, 0.0] * 24))
    found = reasons(evidence, evidence.window, [reserved(1)], 0)
    assert found.fall_pct == 0
    assert any(text.startswith("It saves nothing even if demand stays") for text in found.case_against)
    assert found.worst_week is None
    # From nothing on: no unit before the first.
    assert list(found.steps["amount"]) == [0, 1, 2, 3, 4]
    assert np.isnan(found.steps["marginal_usd"].iloc[0])


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(max_upfront_usd=100.0), "of $100.00 that may be paid at the start all rows take $60.00"),
        (Limits(target_coverage=0.2), "the advice is held to a coverage of 20 %"),
        (Limits(max_break_even_months=9), "the advice is held to a break-even within 9 months"),
        (Limits(risk_aversion=0.5, discount_rate=0.08), "a risk setting that weighs bad scenarios"),
        (Limits(min_utilization_pct=99), "the rows are the best together"),
        (Limits(), "the rows are the best together"),
    ],
)
def test_a_limit_is_named_where_more_would_save_more(engine, hourly, limits, words) -> None:
    evidence = on(engine, hourly([10.0] * 48))
    found = reasons(evidence, evidence.window, [reserved(1, upfront_usd=60.0)], 0, limits=limits)
    assert words in found.why[0]
    assert "one more would save" in found.why[0]


def test_a_minimum_utilization_is_named_with_what_one_more_would_have(engine, hourly) -> None:
    evidence = on(engine, hourly(DAYS * 10))
    found = reasons(evidence, evidence.window, [reserved(9)], 0, limits=Limits(min_utilization_pct=91))
    assert "the row would be used for 90.00 %, and 91 % is asked for" in found.why[0]


def test_a_snapshot_says_that_it_is_one(engine, instances) -> None:
    ec2 = instances(("m5.large", 4, "2025-01-01", "running"), ("m5.large", 1, "2026-03-22", "running"))
    evidence = engine._evidence(ec2, None, _none(), date(2026, 3, 31))
    found = reasons(evidence, evidence.window, [reserved(3)], 0, ec2=ec2)
    assert len(found.hours) == 1
    assert found.used_hours_pct is None and found.worst_hour is None and found.worst_week is None
    assert "advice on a snapshot stops at a share of the steady instances" in found.why[0]
    assert found.why[1].startswith("It rests on one hour of demand")
    # 4 of them all 90 days, one the last 10: (4 × 100 + 10 ÷ 90 × 100) ÷ 5.
    assert found.why[-1] == (
        "The 5 running instances that it may serve have a steadiness of 82 % on average: hours run of "
        "the last 90 days, by their launch dates, from 2025-01-01 to 2026-03-22."
    )
    assert any("on a single look at what runs" in text for text in found.case_against)
    assert found.fall_pct == pytest.approx((1 - 1.8 / 5) * 100, abs=0.01)


def test_estimated_prices_are_named(catalogue, hourly) -> None:
    class Guesses:
        on_demand, spec = catalogue.on_demand, catalogue.spec

        def commitment_prices(self, *key: str):
            return tuple(
                replace(price, basis="estimated") for price in catalogue.commitment_prices(*key)
            )

    evidence = on(RIRecommendationEngine(catalogue=Guesses()), hourly([2.0] * 48))
    found = reasons(evidence, evidence.window, [plan(0.1)], 0)
    assert found.uncertain_prices == (("m5.large", "estimated"),)
    assert any("Its price for m5.large is estimated" in text for text in found.case_against)


def test_nothing_to_give_reasons_for(engine, hourly) -> None:
    evidence = on(engine, hourly([2.0] * 48))
    with pytest.raises(ValueError, match="is of nothing"):
        reasons(evidence, evidence.window, [reserved(0)], 0)
    with pytest.raises(ValueError, match="no hours"):
        reasons(evidence, evidence.window.last(0), [reserved(1)], 0)
    with pytest.raises(IndexError):
        reasons(evidence, evidence.window, [reserved(1)], 1)


def test_a_row_that_may_serve_nothing(engine, hourly) -> None:
    evidence = on(engine, hourly([2.0] * 48, InstanceType="c5.large"))
    found = reasons(evidence, evidence.window, [reserved(2)], 0)
    assert found.break_even_pct is None and found.break_even_months is None
    assert found.saving_usd == pytest.approx(-0.12 * YEAR)
    assert found.alternatives == () and found.pools.empty


def plain_saving(evidence: Evidence, purchases: list[Purchase]) -> float:
    """$ a year that the purchases save beside what is owned: one bill of all."""
    demand, new = evidence.window, as_commitments(purchases, evidence.as_of)
    rates, _ = owned_plan_rates(new, evidence.prices)
    billed = bill(
        demand.lines,
        demand.quantity,
        pd.concat([evidence.commitments, new], ignore_index=True),
        on_demand_usd=evidence.on_demand_usd,
        plan_rates=np.vstack([evidence.plan_rates, rates[:, evidence.pools.of_line]]),
        spec_of=evidence.spec_of,
    )
    before = evidence.billed(demand).residual
    cost = sum(one.hourly_usd for one in purchases)
    return (float(evidence.usd @ (before - billed.residual).mean(axis=1)) - cost) * YEAR


def resized(one: Purchase, amount: float) -> Purchase:
    if one.quantity is not None:
        return reserved(int(amount), instance_type=one.instance_type)
    return replace(one, hourly_commitment_usd=amount, recurring_hourly_usd=amount)


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), number=st.integers(0, 3))
def test_every_step_is_a_plain_bill_of_all(catalogue, hourly, owned, seed: int, number: int) -> None:
    random = np.random.default_rng(seed)
    names = ("m5.large", "m5.xlarge", "c5.large")
    usage = [
        hourly(random.integers(0, 9, 30), InstanceType=name, AccountId=str(random.integers(1, 3)))
        for name in names
    ]
    have = owned(
        {"Quantity": 1.0, "InstanceType": "m5.xlarge", "AccountId": "1"},
        {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": float(random.uniform(0.1, 0.5))},
    )
    evidence = on(RIRecommendationEngine(catalogue=catalogue), pd.concat(usage), have)
    family = {"region": "us-east-1", "instance_family": "m5"}
    purchases = [
        reserved(int(random.integers(1, 6))),
        reserved(int(random.integers(1, 4)), instance_type="c5.large"),
        plan(round(float(random.uniform(0.05, 0.4)), 3), "ec2_instance_savings_plan", **family),
        plan(round(float(random.uniform(0.05, 0.4)), 3)),
    ]
    found = reasons(evidence, evidence.window, purchases, number)
    for row in found.steps.itertuples():
        others = [*purchases]
        others[number] = resized(purchases[number], row.amount)
        if row.amount == 0:
            del others[number]
        assert row.annual_savings_usd == pytest.approx(plain_saving(evidence, others), abs=0.01)
    without = [one for at, one in enumerate(purchases) if at != number]
    alone = plain_saving(evidence, purchases) - plain_saving(evidence, without)
    assert found.saving_usd == pytest.approx(alone, abs=0.01)
    hours = found.hours
    np.testing.assert_allclose(hours["served"], np.minimum(hours["available"], found.amount), atol=1e-9)
    assert (hours["demand"] >= hours["served"] + hours["on_demand"] - 1e-9).all()


def test_advice_of_the_sample_is_explained(sample) -> None:
    engine = RIRecommendationEngine()
    limits = Limits(kinds=("reserved_instance",), term_years=1, payment_option="No Upfront")
    report = engine.generate_recommendations(
        sample.ec2, sample.usage, commitments=sample.commitments, limits=limits
    )
    evidence = engine._evidence(sample.ec2, sample.usage, sample.commitments, None)
    purchases = [row.purchase for row in report.recommendations]
    for number in range(len(purchases)):
        found = reasons(evidence, evidence.window, purchases, number, limits=limits)
        chosen = found.steps[found.steps["chosen"]].iloc[0]
        # The steps are of the whole portfolio: the chosen one is what the report promises.
        assert chosen["annual_savings_usd"] == pytest.approx(report.annual_savings_usd, abs=0.02)
        assert found.steps["annual_savings_usd"].max() <= chosen["annual_savings_usd"] * 1.001
        assert "nan" not in " ".join([*found.why, *found.case_against]).lower().replace("instanc", "")
