"""What holds of every bill, whatever the case: on random fleets under random commitments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.examples import commitment, lines
from finops.ri_engine.pools import Demand, Pools
from finops.ri_engine.simulation import Simulation, simulate
from finops.ri_engine.sizes import family_of, size_of, units_of

RI, EC2_PLAN, COMPUTE_PLAN = "reserved_instance", "ec2_instance_savings_plan", "compute_savings_plan"
HOURS = 4
CENT = 0.005

TYPES = ("m5.large", "m5.xlarge", "m5.2xlarge", "c5.large", "g5.xlarge", "g5.2xlarge")
ACCOUNTS = ("1", "2", None)
ZONES = ("us-east-1a", "us-east-1b", None)
PLATFORMS = ("Linux/UNIX", "Linux/UNIX", "Windows")
LINES = st.lists(
    st.tuples(*(st.sampled_from(of) for of in (TYPES, ACCOUNTS, ZONES, PLATFORMS))),
    min_size=1,
    max_size=7,
    unique=True,
)
OWNED = st.lists(
    st.fixed_dictionaries(
        {
            "Kind": st.sampled_from([RI, RI, EC2_PLAN, COMPUTE_PLAN]),
            "InstanceType": st.sampled_from(TYPES),
            "AccountId": st.sampled_from(ACCOUNTS),
            "Scope": st.sampled_from(["Region", "Availability Zone"]),
            "AvailabilityZone": st.sampled_from(ZONES[:2]),
            "Platform": st.sampled_from(PLATFORMS),
            "Quantity": st.sampled_from([0.5, 1.0, 2.0, 3.0]),
            "HourlyCommitmentUSD": st.sampled_from([0.001, 1.5, 7.25]),
            "RecurringHourlyUSD": st.sampled_from([0.0, 0.0317, 1.1]),
            "UpfrontUSD": st.sampled_from([0.0, 365.0, 777.77]),
            "TermYears": st.sampled_from([1, 3]),
            "Sharing": st.booleans(),
            "Start": st.sampled_from(
                pd.date_range("2026-03-31", periods=3, freq="h", tz="UTC").to_list()
            ),
        }
    ),
    min_size=1,
    max_size=6,
)


@dataclass(frozen=True)
class Case:
    lines: pd.DataFrame
    quantity: np.ndarray
    owned: pd.DataFrame
    on_demand: np.ndarray
    plan_rates: np.ndarray

    def billed(self) -> Bill:
        return bill(
            self.lines,
            self.quantity,
            self.owned,
            on_demand_usd=self.on_demand,
            plan_rates=self.plan_rates,
        )

    def without(self, number: int) -> Case:
        others = [at for at in range(len(self.owned)) if at != number]
        return Case(
            self.lines,
            self.quantity,
            self.owned.iloc[others].reset_index(drop=True),
            self.on_demand,
            self.plan_rates[others],
        )

    def simulated(self) -> Simulation:
        """The record; commitments count from their Start, and lines without a price cost nothing."""
        hours = pd.date_range("2026-03-31", periods=HOURS, freq="h", tz="UTC")
        evidence = Evidence(
            kind="hourly",
            as_of=date(2026, 3, 31),
            history=Demand(lines=self.lines, hours=hours, quantity=self.quantity),
            window_hours=HOURS,
            pools=Pools.of(self.lines),
            on_demand_usd=self.on_demand,
            pool_rate=np.zeros(0),
            prices=[],
            commitments=self.owned,
            plan_rates=self.plan_rates,
            spec_of=None,
        )
        return simulate(evidence)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    of = pd.concat(
        [
            lines(("AmazonEC2", name)).assign(
                AccountId=account, AvailabilityZone=zone, Platform=platform
            )
            for name, account, zone, platform in draw(LINES)
        ],
        ignore_index=True,
    )
    owned = pd.concat([_one(at, row) for at, row in enumerate(draw(OWNED))], ignore_index=True)
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    quantity = random.integers(0, 5, (len(of), HOURS)) * random.choice([1.0, 0.37], (len(of), HOURS))
    on_demand = of["InstanceType"].map(units_of).to_numpy(dtype=float) * random.uniform(
        0.5, 1.5, len(of)
    )
    rates = on_demand * random.choice([0.3, 0.5, 0.5, 0.72, 0.95, np.nan], (len(owned), len(of)))
    rates[(owned["Kind"] == RI).to_numpy()] = np.nan
    return Case(of, quantity, owned, on_demand, rates)


def _one(at: int, row: dict[str, object]) -> pd.DataFrame:
    family = family_of(str(row["InstanceType"]))
    return commitment(CommitmentId=f"c-{at}", InstanceFamily=family, **row)


@settings(max_examples=60)
@given(cases())
def test_used_and_unused_are_the_commitment_and_nothing_is_covered_twice(case: Case) -> None:
    result = case.billed()
    np.testing.assert_allclose(result.used + result.unused, result.budget)
    assert (result.used >= 0).all()
    assert (result.used <= result.budget).all()
    assert (result.residual >= 0).all()
    assert (result.residual <= case.quantity).all()
    by_line = np.bincount(result.line, result.served, len(case.lines))
    np.testing.assert_allclose(by_line, (case.quantity - result.residual).sum(axis=1), atol=1e-9)
    by_commitment = np.bincount(result.claimant, result.spent, len(case.owned))
    np.testing.assert_allclose(by_commitment, result.used.sum(axis=1), atol=1e-9)


@settings(max_examples=60)
@given(cases())
def test_the_record_adds_up_to_the_cent(case: Case) -> None:
    found = case.simulated()
    cost = found.commitments_usd
    assert cost is not None
    assert abs(found.covered_usd + found.residual_usd - found.on_demand_usd) < CENT
    assert abs(cost + found.residual_usd - found.total_usd) < CENT
    assert abs(found.used_usd + found.unused_usd - cost) < CENT
    for frame in (found.by_hour, found.by_pool):
        for column in ("on_demand_usd", "covered_usd", "residual_usd", "used_usd"):
            assert abs(frame[column].sum() - getattr(found, column)) < CENT
    for column in ("commitments_usd", "unused_usd", "total_usd"):
        assert abs(found.by_hour[column].sum() - getattr(found, column)) < CENT
    assert abs(found.by_pool["total_usd"].sum() + found.unused_usd - found.total_usd) < CENT
    of = found.by_commitment
    assert abs(of["cost_usd"].sum() - cost) < CENT
    assert abs(of["covered_usd"].sum() - found.covered_usd) < CENT
    np.testing.assert_allclose(of["used"] + of["unused"], of["purchased"])
    np.testing.assert_allclose(of["used_usd"] + of["unused_usd"], of["cost_usd"], atol=1e-9)


@settings(max_examples=60)
@given(cases())
def test_the_bill_is_that_of_commitments_and_residual_hours(case: Case) -> None:
    """Paid = commitments + residual On-Demand, with nothing of the record but its total."""
    hours = pd.date_range("2026-03-31", periods=HOURS, freq="h", tz="UTC")
    paid = 0.0
    for one in case.owned.to_dict("records"):
        counted = sum(one["Start"] <= hour < one["End"] for hour in hours)
        recurring = one["UpfrontUSD"] / (8760 * one["TermYears"]) + one["RecurringHourlyUSD"]
        paid += counted * (recurring if one["Kind"] == RI else one["HourlyCommitmentUSD"])
    found = case.simulated()
    paid += float(case.on_demand @ found.bill.residual.sum(axis=1))
    assert abs(found.total_usd - paid) < CENT


@settings(max_examples=100)
@given(cases(), st.data())
def test_one_more_commitment_never_lowers_what_is_covered(case: Case, data: st.DataObject) -> None:
    """True of every line in every hour, hence of instance-hours and of dollars, whatever is added."""
    number = data.draw(st.integers(0, len(case.owned) - 1))
    fewer, more = case.without(number).billed(), case.billed()
    assert (more.residual <= fewer.residual + 1e-9).all()
    assert case.without(number).simulated().covered_usd <= case.simulated().covered_usd + 1e-9


def test_one_more_commitment_may_cost_more_than_it_saves() -> None:
    """What is not true: that the others keep their use, or that the bill falls.

    A Compute plan of 0.70 $/h serves the one instance of 1 $/h; an RI at 0.60 $/h takes it away, all of
    the plan lies idle, and 0.70 $ become 1.30 $. Covered dollars stay 1 $.
    """
    of = lines(("AmazonEC2", "m5.large"))
    plan = commitment(Kind=COMPUTE_PLAN, HourlyCommitmentUSD=0.7, CommitmentId="plan")
    reserved = commitment(Kind=RI, InstanceType="m5.large", Quantity=1, RecurringHourlyUSD=0.6)
    both = pd.concat([plan, reserved], ignore_index=True)
    case = Case(of, np.ones((1, HOURS)), both, np.ones(1), np.array([[0.7], [np.nan]]))
    alone, together = case.without(1).simulated(), case.simulated()
    assert (alone.total_usd, together.total_usd) == (pytest.approx(2.8), pytest.approx(5.2))
    assert alone.covered_usd == together.covered_usd == HOURS
    assert together.by_commitment.set_index("commitment_id")["used"].tolist() == [HOURS, 0]


@settings(max_examples=60)
@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case: Case, random) -> None:
    line, one = list(range(len(case.lines))), list(range(len(case.owned)))
    random.shuffle(line)
    random.shuffle(one)
    shuffled = Case(
        case.lines.iloc[line],
        case.quantity[line],
        case.owned.iloc[one],
        case.on_demand[line],
        case.plan_rates[np.ix_(one, line)],
    )
    first, second = case.billed(), shuffled.billed()
    np.testing.assert_allclose(second.residual, first.residual[line], atol=1e-12)
    np.testing.assert_allclose(second.used, first.used[one], atol=1e-12)


@settings(max_examples=100)
@given(cases())
def test_it_is_what_the_rules_say_hour_by_hour(case: Case) -> None:
    """The rules once more, in loops over one hour at a time, that share no code with the simulator."""
    result = case.billed()
    for hour in range(HOURS):
        residual = _by_the_rules(case, case.quantity[:, hour].tolist())
        np.testing.assert_allclose(result.residual[:, hour], residual, atol=1e-9)


def _by_the_rules(case: Case, left: list[float]) -> list[float]:
    owned, of = case.owned.to_dict("records"), case.lines.to_dict("records")
    budget = [one["Quantity"] if one["Kind"] == RI else one["HourlyCommitmentUSD"] for one in owned]
    turns = []
    for c, one in enumerate(owned):
        for at, line in enumerate(of):
            owner = pd.isna(line["AccountId"]) or pd.isna(one["AccountId"])
            owner = owner or line["AccountId"] == one["AccountId"]
            found = _turn(one, line, case.plan_rates[c][at], case.on_demand[at])
            if found is None or not (owner or one["Sharing"]):
                continue
            stage, key, rate = found
            # Two names settle what AWS leaves open: that of the line, then that of the commitment.
            place = tuple("~" if pd.isna(line[key]) else line[key] for key in _NAMES)
            stranger = one["Kind"] == RI and one["InstanceType"] != line["InstanceType"]
            turns.append(((stage, not owner, key, place, stranger, one["Start"], f"c-{c}"), c, at, rate))
    for _, c, at, rate in sorted(turns, key=lambda turn: turn[0]):
        served = min(left[at], budget[c] / rate)
        left[at] -= served
        budget[c] = max(0.0, budget[c] - served * rate)
    return left


_NAMES = ("Region", "InstanceType", "Platform", "Tenancy", "AccountId", "AvailabilityZone")


def _turn(
    one: dict, line: dict, plan_rate: float, on_demand: float
) -> tuple[int, tuple[float, ...], float] | None:
    """Stage, place in it, and what an instance-hour takes; None where the commitment does not apply."""
    mine, its = family_of(one["InstanceType"]), family_of(line["InstanceType"])
    if one["Kind"] != RI:
        if np.isnan(plan_rate) or (one["Kind"] == EC2_PLAN and mine != its):
            return None
        stage = 2 if one["Kind"] == EC2_PLAN else 3
        return stage, (-round(1 - plan_rate / on_demand, 9), plan_rate), plan_rate
    if one["Platform"] != line["Platform"]:
        return None
    same = one["InstanceType"] == line["InstanceType"]
    if one["Scope"] == "Availability Zone":
        here = pd.isna(line["AvailabilityZone"]) or line["AvailabilityZone"] == one["AvailabilityZone"]
        return (0, (0.0,), 1.0) if same and here else None
    if (mine == its == "m5" or mine == its == "c5") and one["Platform"] == "Linux/UNIX":
        units = {name: size_of(name).units for name in (one["InstanceType"], line["InstanceType"])}
        smaller = units[line["InstanceType"]]
        return 1, (smaller,), smaller / units[one["InstanceType"]]
    return (1, (0.0,), 1.0) if same else None
