"""The list adds up to what the simulator saves when all is done, on the sample and on made estates."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finops import Estate, load_estate
from finops.answers.actions import Action, Actions, ActionSettings, actions
from finops.answers.commitments import CommitmentSettings, as_commitments, recommend
from finops.answers.rightsizing import rightsizing
from finops.answers.simulation import SimulationSettings, simulate
from finops.errors import EmptyInput
from finops.insights.actions import changed, changes
from finops.schema import COMMITMENTS, EC2, METRICS, USAGE, concat

AS_OF = date(2026, 10, 18)
# (type, region, CPU peak, memory peak): idle, oversized, busy, and an old generation.
KINDS = (
    ("m5.2xlarge", "eu-central-1", 0.8, 5.0),
    ("r5.4xlarge", "eu-central-1", 9.0, 14.0),
    ("m6i.4xlarge", "eu-west-1", 70.0, 60.0),
    ("c5.2xlarge", "eu-west-1", 60.0, 70.0),
    ("m4.large", "us-east-1", 60.0, 70.0),
)


@pytest.fixture(scope="module")
def planted_estate(sample: Estate, tree: Path) -> Estate:
    """The sample with hourly metrics of its planted fleets: CPU 0.8 %; CPU 9 % and memory 14 %."""
    truths = json.loads((tree / "data" / "planted_truths.json").read_text())["truths"]
    fleets = {truth["kind"]: truth["resources"] for truth in truths}
    named = [(name, 0.8, 5.0) for name in fleets["idle_fleet"]]
    named += [(name, 9.0, 14.0) for name in fleets["oversized_fleet"]]
    return replace(sample, metrics=measured(named))


def measured(instances: list[tuple[str, float, float]], days: int = 14) -> pd.DataFrame:
    first = pd.Timestamp(AS_OF - timedelta(days=days - 1), tz="UTC")
    hours = pd.date_range(first, periods=days * 24, freq="h")
    rows = [
        pd.DataFrame({"InstanceId": name, "Hour": hours, "CpuMax": cpu, "CpuAvg": cpu, "MemMax": memory})
        for name, cpu, memory in instances
    ]
    return METRICS.conform(pd.concat(rows, ignore_index=True))


@pytest.fixture(scope="module")
def answer(planted_estate: Estate) -> Actions:
    return actions(planted_estate)


def test_rows_add_up_to_the_two_bills(answer: Actions) -> None:
    assert answer.annual_saving_usd == pytest.approx(
        sum(row.annual_saving_usd for row in answer.actions)
    )
    assert answer.before_usd - answer.after_usd == pytest.approx(answer.annual_saving_usd, abs=0.005)
    assert answer.days == 30


def test_bill_before_is_the_simulators(answer: Actions, sample: Estate) -> None:
    bill = simulate(sample, SimulationSettings(lookback_days=30, as_if_owned=True))
    assert answer.before_usd == pytest.approx(bill.total_usd / 720 * 8760)


def test_planted_fleets_come_first_with_their_dollars(answer: Actions) -> None:
    """Three quarters of 2,663.04 and all of 1,679.00 a month, × 12: nothing covers these fleets."""
    large, idle = answer.actions[:2]
    assert large.annual_saving_usd == pytest.approx(2663.04 * 0.75 * 12)
    assert idle.annual_saving_usd == pytest.approx(1679.00 * 12)
    assert (large.title, len(large.resources)) == (
        "3 × r5.4xlarge in eu-central-1 of 222233334444: change to r5.xlarge",
        3,
    )
    title = "5 × m5.2xlarge in eu-central-1 of 333344445555: stop"
    assert (idle.title, len(idle.resources)) == (title, 5)


def test_usage_is_put_right_before_it_is_committed_to(answer: Actions) -> None:
    steps = [row.step for row in answer.actions]
    assert steps == sorted(steps)
    for step in (1, 2):
        savings = [row.annual_saving_usd for row in answer.actions if row.step == step]
        assert savings == sorted(savings, reverse=True)
    assert {(row.step, row.link) for row in answer.actions} == {(1, "EC2"), (2, "Enterprise FinOps")}


def test_nothing_is_committed_to_that_stops(answer: Actions, planted_estate: Estate) -> None:
    """All m5 of eu-central-1 are the idle fleet: it would be bought for, if it did not stop."""

    def bought(rows: list[str]) -> list[str]:
        return [
            title
            for title in rows
            if "m5 · eu-central-1" in title or "m5.2xlarge · eu-central-1" in title
        ]

    asked = CommitmentSettings(lookback_days=30)
    alone = recommend(planted_estate, asked).report.recommendations
    assert len(bought([row.title for row in alone])) == 1
    assert bought([row.title for row in answer.actions]) == []


def test_without_metrics_candidates_are_in_no_row_and_named_beside_purchases(sample: Estate) -> None:
    listed = actions(sample)
    truth = {"i-0b188cd512fb0fb10", "i-04bad138c23eaf00a", "i-0839f3465903b804b"}
    assert not truth & {name for row in listed.actions for name in row.resources}
    [plan] = [row for row in listed.actions if "r5 · eu-central-1" in row.title]
    assert set(plan.look_first) == truth
    assert listed.candidates == rightsizing(sample).candidates


IDLE = ("m5.4xlarge", "c5.4xlarge")


def made(seed: int) -> Estate:
    """An estate of up to five fleets that run day and night or in some hours, some of it covered."""
    rng = np.random.default_rng(seed)
    days = int(rng.integers(3, 20))
    hours = pd.date_range(
        pd.Timestamp(AS_OF - timedelta(days=days - 1), tz="UTC"), periods=days * 24, freq="h"
    )
    instances, usage, named = [], [], []
    for kind, region, cpu, memory in KINDS:
        count = int(rng.integers(0, 5))
        awake = rng.random(len(hours)) < rng.choice([1.0, 0.6])
        usage.append(
            pd.DataFrame(
                {"Hour": hours, "Region": region, "InstanceType": kind, "Quantity": count * awake}
            )
        )
        for at in range(count):
            name = f"i-{kind}-{at}"
            instances.append(
                {"InstanceId": name, "Region": region, "InstanceType": kind, "State": "running"}
            )
            if rng.random() < 0.7:
                named.append((name, cpu, memory))
    owned = pd.DataFrame(
        {
            "CommitmentId": ["ri-1"],
            "Kind": ["reserved_instance"],
            "Scope": ["Region"],
            "Region": ["eu-central-1"],
            "InstanceType": [str(rng.choice(["m5.2xlarge", "r5.4xlarge"]))],
            "Quantity": [float(rng.integers(1, 4))],
            "TermYears": [1],
            "PaymentOption": ["No Upfront"],
            "OfferingClass": ["standard"],
            "UpfrontUSD": [0.0],
            "RecurringHourlyUSD": [0.5],
            "Start": ["2026-01-01"],
            "End": ["2027-01-01"],
        }
    )
    estate = load_estate()
    return replace(
        estate,
        ec2=EC2.conform(
            pd.DataFrame(instances, columns=["InstanceId", "Region", "InstanceType", "State"])
        ),
        s3=estate.s3.iloc[:0],
        costs=estate.costs.iloc[:0],
        billed=None,
        currency=None,
        usage=USAGE.conform(pd.concat(usage, ignore_index=True)),
        commitments=COMMITMENTS.conform(owned if seed % 2 else owned.iloc[:0]),
        metrics=measured(named) if named else METRICS.empty(),
    )


@pytest.mark.parametrize("seed", [0, 1, 4, 7])
def test_all_done_saves_what_the_list_says_on_made_estates(seed: int) -> None:
    """Everything is done here by hand, and the simulator asked: no row counts a dollar of another."""
    estate = made(seed)
    listed = actions(estate)
    one_year = SimulationSettings(lookback_days=30, as_if_owned=True)
    before = simulate(estate, one_year)
    done = estate
    for change in changes(rightsizing(estate).findings):
        if not any(note.startswith(change.title) for note in listed.not_applied):
            done = replace(done, usage=changed(done.usage, change, before.hours))
    advice = recommend(done, CommitmentSettings(lookback_days=30))
    owned = concat([done.commitments, as_commitments(advice, done)], COMMITMENTS)
    after = simulate(replace(done, commitments=owned), one_year)
    saved = (before.total_usd - after.total_usd) / before.hours * 8760
    assert listed.annual_saving_usd == pytest.approx(saved, abs=0.01)
    assert all(row.annual_saving_usd > 0 for row in listed.actions)


def test_all_idle_leaves_nothing_to_commit_to() -> None:
    estate = made(1)
    hours = estate.usage[estate.usage["InstanceType"].eq("m6i.4xlarge")]["Hour"]
    usage = USAGE.conform(
        pd.DataFrame(
            {"Hour": hours, "Region": "eu-west-1", "InstanceType": "m6i.4xlarge", "Quantity": 1.0}
        )
    )
    ec2 = EC2.conform(
        pd.DataFrame(
            [
                {
                    "InstanceId": "i-1",
                    "Region": "eu-west-1",
                    "InstanceType": "m6i.4xlarge",
                    "State": "running",
                }
            ]
        )
    )
    none = estate.commitments.iloc[:0]
    idle = replace(estate, usage=usage, ec2=ec2, commitments=none, metrics=measured([("i-1", 0.5, 5.0)]))
    listed = actions(idle)
    # eu-west-1: 0.856 dollars an hour × 8,760.
    assert [(row.title, row.step) for row in listed.actions] == [
        ("1 × m6i.4xlarge in eu-west-1: stop", 1)
    ]
    assert listed.annual_saving_usd == pytest.approx(0.856 * 8760)
    assert listed.after_usd == pytest.approx(0.0)


def test_a_change_whose_hours_are_not_in_the_usage_is_named() -> None:
    """Estate 4 has three oversized r5.4xlarge and two idle m5.2xlarge; here no hours of the latter."""
    estate = made(4)
    elsewhere = estate.usage["InstanceType"].ne("m5.2xlarge")
    listed = actions(replace(estate, usage=estate.usage[elsewhere].reset_index(drop=True)))
    assert listed.not_applied == (
        "2 × m5.2xlarge in eu-central-1: stop: the usage has no hours of them",
    )
    assert [len(row.resources) for row in listed.actions if row.step == 1] == [3]


def test_what_commitments_pay_for_anyway_is_no_action() -> None:
    """Estate 7 has Reserved Instances for the idle m5.2xlarge: to stop these saves nothing."""
    [reason] = actions(made(7)).not_applied
    assert (
        reason == "2 × m5.2xlarge in eu-central-1: stop: saves nothing, for commitments are paid anyway"
    )


def test_each_row_is_worth_what_is_shown_below_the_rows_above_it() -> None:
    """Two m5.4xlarge and two c5.4xlarge idle; a Reserved Instance pays for one of the former anyway.

    So the m5 save less than their list price, and the c5, which cost less, come first. $0.20 an hour of
    a Compute plan go to whatever is left: the first row leaves it to the second.
    """
    hours = pd.date_range("2026-09-19", periods=30 * 24, freq="h", tz="UTC")
    pools = [{"Region": "us-east-1", "InstanceType": kind, "Quantity": 2.0} for kind in IDLE]
    usage = pd.concat([pd.DataFrame({"Hour": hours} | pool) for pool in pools])
    names = [(f"i-{kind}-{at}", kind) for kind in IDLE for at in range(2)]
    owned = {
        "Kind": ["reserved_instance", "compute_savings_plan"],
        "Scope": ["Region", None],
        "Region": ["us-east-1", None],
        "InstanceType": ["m5.4xlarge", None],
        "OfferingClass": ["standard", None],
        "Quantity": [1.0, None],
        "HourlyCommitmentUSD": [None, 0.2],
        "RecurringHourlyUSD": [0.484, 0.2],
    }
    estate = replace(
        made(0),
        ec2=EC2.conform(
            pd.DataFrame(names, columns=["InstanceId", "InstanceType"]).assign(
                Region="us-east-1", State="running"
            )
        ),
        usage=USAGE.conform(usage),
        metrics=measured([(name, 0.5, 3.0) for name, _ in names]),
        commitments=COMMITMENTS.conform(
            pd.DataFrame(owned).assign(
                CommitmentId=["ri", "sp"],
                TermYears=1,
                PaymentOption="No Upfront",
                UpfrontUSD=0.0,
                Start="2026-01-01",
                End="2027-01-01",
            )
        ),
    )
    listed = actions(estate)
    rows = [row for row in listed.actions if row.step == 1]
    assert ["c5.4xlarge" in row.title for row in rows] == [True, False]
    year = SimulationSettings(lookback_days=30, as_if_owned=True)
    left, before = estate, listed.before_usd
    for kind, row in zip(("c5.4xlarge", "m5.4xlarge"), rows, strict=True):
        idle = left.usage["InstanceType"].eq(kind)
        left = replace(left, usage=left.usage.assign(Quantity=left.usage["Quantity"].where(~idle, 0.0)))
        bill = simulate(left, year)
        cost = bill.residual_usd + float(bill.by_commitment["cost_usd"].sum())
        after = cost / bill.hours * 8760
        assert before - after == pytest.approx(row.annual_saving_usd, abs=0.01)
        before = after


def test_many_changes_are_billed_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from finops.answers import actions as module

    apart = actions(made(4))
    monkeypatch.setattr(module, "ONE_BY_ONE", 0)
    listed = actions(made(4))
    [row] = [row for row in listed.actions if row.step == 1]
    assert (row.title, len(row.resources)) == ("2 smaller changes of instances", 5)
    assert listed.annual_saving_usd == pytest.approx(apart.annual_saving_usd, abs=0.01)


def test_without_usage_there_is_no_list(tree: Path) -> None:
    with pytest.raises(EmptyInput, match="ranked by the bill of hourly usage"):
        actions(load_estate(ec2=tree / "data" / "aws_resources_compute.csv"))


def test_settings_of_commitments_hold(planted_estate: Estate) -> None:
    asked = ActionSettings(commitments=CommitmentSettings(max_upfront_usd=0.0, term_years=1))
    listed = actions(planted_estate, asked)
    bought: list[Action] = [row for row in listed.actions if row.step == 2]
    assert bought
    assert {row.upfront_usd for row in bought} == {0.0}
    assert listed.before_usd - listed.after_usd == pytest.approx(listed.annual_saving_usd, abs=0.01)
