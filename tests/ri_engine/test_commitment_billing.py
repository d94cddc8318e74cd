"""Commitments applied to demand: AWS's worked cases, its order, and what holds whatever the case."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.examples import commitment, lines
from finops.ri_engine.sizes import Size, is_size_flexible, size_of, units_of

EC2 = "AmazonEC2"


def billed(of: pd.DataFrame, quantity: list[list[float]], owned: pd.DataFrame, **rates: object) -> Bill:
    on_demand = np.asarray(rates.get("on_demand", np.ones(len(of))), dtype=float)
    plan_rates = rates.get("plan_rates", np.full((len(owned), len(of)), np.nan))
    return bill(
        of,
        np.asarray(quantity, dtype=float),
        owned,
        on_demand_usd=on_demand,
        plan_rates=np.asarray(plan_rates, dtype=float),
    )


@pytest.mark.parametrize(
    ("instance_type", "units"),
    [("t3.nano", 0.25), ("t3.micro", 0.5), ("t3.small", 1), ("m5.large", 4), ("m5.24xlarge", 192)],
)
def test_normalization_units(instance_type: str, units: float) -> None:
    assert units_of(instance_type) == units


@pytest.mark.parametrize(
    "family",
    [
        *("g4ad", "g4dn", "g5", "g5g", "g6", "g6e", "g6f", "gr6", "gr6f"),
        *("hpc7a", "p5", "inf1", "inf2", "u7i-6tb", "u7i-8tb"),
    ],
)
def test_families_that_are_never_size_flexible(family: str) -> None:
    assert not is_size_flexible(size_of(f"{family}.xlarge"), "Linux/UNIX", "default")


@pytest.mark.parametrize(
    ("platform", "tenancy", "flexible"),
    [
        ("Linux/UNIX", "default", True),
        ("Linux/UNIX", "dedicated", False),
        ("Windows", "default", False),
        ("Red Hat Enterprise Linux", "default", False),
    ],
)
def test_flexibility_by_platform_and_tenancy(platform: str, tenancy: str, flexible: bool) -> None:
    assert is_size_flexible(size_of("m5.large"), platform, tenancy) is flexible


def test_metal_has_the_units_of_its_spec() -> None:
    assert units_of("c5.metal") is None
    assert not size_of("c5.metal").flexible_family
    spec = SimpleNamespace(normalization_factor=192.0, size_flexible=True)
    assert size_of("c5.metal", lambda _: spec) == Size("c5", 192.0, flexible_family=True)


def test_smallest_size_is_served_first() -> None:
    # One m5.xlarge is 8 units: the m5.large takes 4, the m5.2xlarge (16) gets 4 of its 16.
    of = lines((EC2, "m5.2xlarge"), (EC2, "m5.large"))
    owned = commitment(Kind="reserved_instance", InstanceType="m5.xlarge", Quantity=1)
    assert billed(of, [[1], [1]], owned).residual[:, 0].tolist() == [0.75, 0.0]


@pytest.mark.parametrize("columns", [{"Platform": "Windows"}, {"Tenancy": "dedicated"}])
def test_windows_and_dedicated_ris_serve_their_own_size_only(columns: dict[str, str]) -> None:
    of = lines((EC2, "m5.large"), (EC2, "m5.xlarge"), **columns)
    owned = commitment(Kind="reserved_instance", InstanceType="m5.xlarge", Quantity=1, **columns)
    assert billed(of, [[2], [1]], owned).residual[:, 0].tolist() == [2.0, 0.0]


def test_a_zonal_ri_serves_its_zone_and_its_size_before_a_regional_one() -> None:
    of = pd.concat(
        [lines((EC2, "m5.large")), lines((EC2, "m5.large"), AvailabilityZone="us-east-1b")],
        ignore_index=True,
    )
    zonal = {"Scope": "Availability Zone", "AvailabilityZone": "us-east-1b", "CommitmentId": "z"}
    owned = pd.concat(
        [
            commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1),
            commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1, **zonal),
        ],
        ignore_index=True,
    )
    result = billed(of, [[1], [1]], owned)
    assert result.residual.sum() == 0
    assert result.used[:, 0].tolist() == [1.0, 1.0]


def test_ris_come_before_plans_and_an_ec2_plan_before_a_compute_plan() -> None:
    of = lines((EC2, "m5.large"))
    owned = pd.concat(
        [
            commitment(Kind="compute_savings_plan", HourlyCommitmentUSD=10, CommitmentId="a"),
            commitment(
                Kind="ec2_instance_savings_plan",
                HourlyCommitmentUSD=0.5,
                InstanceFamily="m5",
                CommitmentId="b",
            ),
            commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1, CommitmentId="c"),
        ],
        ignore_index=True,
    )
    # 3 running: the RI takes one, 0.5 $/h at 0.5 $ another one, the Compute plan the third at 0.8 $.
    result = billed(of, [[3]], owned, plan_rates=[[0.8], [0.5], [np.nan]])
    assert result.used[:, 0].tolist() == pytest.approx([0.8, 0.5, 1.0])
    assert result.covered_by_ri[0, 0] == 1


def test_an_ec2_plan_serves_its_family_and_region_only() -> None:
    of = lines((EC2, "m5.large"), (EC2, "c5.large"), ("AmazonECS", "m5.Fargate"))
    owned = commitment(Kind="ec2_instance_savings_plan", HourlyCommitmentUSD=10, InstanceFamily="m5")
    result = billed(of, [[1], [1], [1]], owned, plan_rates=[[0.5, 0.5, 0.5]])
    assert result.residual[:, 0].tolist() == [0, 1, 1]


def test_the_owner_comes_first_and_without_sharing_alone() -> None:
    of = pd.concat(
        [lines((EC2, "m5.large"), AccountId="1"), lines((EC2, "m5.large"), AccountId="2")],
        ignore_index=True,
    )
    of_two = {"Kind": "reserved_instance", "InstanceType": "m5.large", "AccountId": "2"}
    shared = billed(of, [[1], [1]], commitment(**of_two, Quantity=1.5))
    assert shared.residual[:, 0].tolist() == [0.5, 0.0]
    alone = billed(of, [[1], [1]], commitment(**of_two, Quantity=1.5, Sharing=False))
    assert alone.residual[:, 0].tolist() == [1.0, 0.0]
    assert alone.unused[0, 0] == 0.5


def test_an_inactive_hour_has_no_budget() -> None:
    owned = commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1)
    result = bill(
        lines((EC2, "m5.large")),
        np.ones((1, 2)),
        owned,
        on_demand_usd=np.ones(1),
        plan_rates=np.full((1, 1), np.nan),
        active=np.array([[True, False]]),
    )
    assert result.residual.tolist() == [[0.0, 1.0]]
    assert result.budget.tolist() == [[1.0, 0.0]]


def test_nothing_owned_leaves_demand_as_it_is() -> None:
    nothing = commitment(Kind="reserved_instance").iloc[:0]
    assert billed(lines((EC2, "m5.large")), [[2, 3]], nothing).residual.tolist() == [[2, 3]]


TYPES = ("m5.large", "m5.xlarge", "m5.2xlarge", "c5.large", "g5.xlarge")
ACCOUNTS = ("1", "2")
CASES = st.fixed_dictionaries(
    {
        "lines": st.lists(
            st.tuples(st.sampled_from(TYPES), st.sampled_from(ACCOUNTS)),
            min_size=1,
            max_size=6,
            unique=True,
        ),
        "owned": st.lists(
            st.tuples(
                st.sampled_from(
                    ["reserved_instance", "zonal", "ec2_instance_savings_plan", "compute_savings_plan"]
                ),
                st.sampled_from(TYPES),
                st.sampled_from(ACCOUNTS),
                st.integers(1, 4),
                st.booleans(),
            ),
            min_size=1,
            max_size=5,
        ),
        "seed": st.integers(0, 10_000),
    }
)


def _built(
    case: dict[str, object],
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, np.ndarray, np.ndarray]:
    random = np.random.default_rng(case["seed"])
    of = pd.concat([lines((EC2, name), AccountId=account) for name, account in case["lines"]])
    of = of.reset_index(drop=True)
    quantity = random.integers(0, 5, (len(of), 4)) * random.choice([1.0, 0.5], (len(of), 4))
    owned = pd.concat([_owned(at, one) for at, one in enumerate(case["owned"])], ignore_index=True)
    on_demand = of["InstanceType"].map(units_of).to_numpy(dtype=float) * random.uniform(
        0.5, 1.5, len(of)
    )
    rates = on_demand * random.uniform(0.3, 0.95, (len(owned), len(of)))
    rates[(owned["Kind"] == "reserved_instance").to_numpy()] = np.nan
    return of, quantity, owned, on_demand, rates


def _owned(at: int, one: tuple[str, str, str, int, bool]) -> pd.DataFrame:
    kind, name, account, amount, shared = one
    zonal = {"Scope": "Availability Zone", "AvailabilityZone": "us-east-1a"} if kind == "zonal" else {}
    return commitment(
        CommitmentId=f"c-{at}",
        Kind="reserved_instance" if kind == "zonal" else kind,
        InstanceType=name,
        InstanceFamily=name.partition(".")[0],
        AccountId=account,
        Quantity=amount,
        HourlyCommitmentUSD=float(amount),
        Sharing=shared,
        **zonal,
    )


@settings(max_examples=50)
@given(CASES)
def test_used_and_unused_are_the_commitment_and_nothing_is_covered_twice(case) -> None:
    of, quantity, owned, on_demand, rates = _built(case)
    result = billed(of, quantity.tolist(), owned, on_demand=on_demand, plan_rates=rates)
    np.testing.assert_allclose(result.used + result.unused, result.budget)
    assert (result.used >= 0).all()
    assert (result.used <= result.budget).all()
    assert (result.residual >= 0).all()
    assert (result.residual <= quantity).all()
    # Paid = commitments + what stays On-Demand; covered + residual = On-Demand equivalent.
    covered = on_demand @ (quantity - result.residual)
    np.testing.assert_allclose(covered + on_demand @ result.residual, on_demand @ quantity)


@settings(max_examples=50)
@given(CASES)
def test_one_more_commitment_never_uncovers_a_line(case) -> None:
    of, quantity, owned, on_demand, rates = _built(case)
    without = billed(of, quantity.tolist(), owned.iloc[:-1], on_demand=on_demand, plan_rates=rates[:-1])
    result = billed(of, quantity.tolist(), owned, on_demand=on_demand, plan_rates=rates)
    assert (result.residual <= without.residual + 1e-9).all()


@settings(max_examples=50)
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(case, random) -> None:
    of, quantity, owned, on_demand, rates = _built(case)
    first = billed(of, quantity.tolist(), owned, on_demand=on_demand, plan_rates=rates)
    line, one = list(range(len(of))), list(range(len(owned)))
    random.shuffle(line)
    random.shuffle(one)
    second = billed(
        of.iloc[line],
        quantity[line].tolist(),
        owned.iloc[one],
        on_demand=on_demand[line],
        plan_rates=rates[np.ix_(one, line)],
    )
    np.testing.assert_allclose(second.residual, first.residual[line], atol=1e-12)
    np.testing.assert_allclose(second.used, first.used[one], atol=1e-12)
