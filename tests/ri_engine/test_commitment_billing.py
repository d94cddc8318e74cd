"""Commitments applied to demand: AWS's order, rule by rule."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

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


def _accounts(*names: str | None, of_type: str = "m5.large") -> pd.DataFrame:
    return pd.concat([lines((EC2, of_type)).assign(AccountId=name) for name in names], ignore_index=True)


def _together(*owned: pd.DataFrame) -> pd.DataFrame:
    named = [one.assign(CommitmentId=f"c-{at}") for at, one in enumerate(owned)]
    return pd.concat(named, ignore_index=True)


def test_one_bare_metal_ri_is_as_many_of_the_family_as_its_factor_says() -> None:
    # 192 units of c5.metal are 48 c5.large of 4; without a factor it serves bare metal only.
    of = lines((EC2, "c5.large"), (EC2, "c5.metal"))
    owned = commitment(Kind="reserved_instance", InstanceType="c5.metal", Quantity=1)
    known = {"c5.metal": 192.0, "c5.large": 4.0}
    rates = {"on_demand_usd": np.ones(2), "plan_rates": np.full((1, 2), np.nan)}
    result = bill(
        of,
        np.array([[40.0], [1.0]]),
        owned,
        **rates,
        spec_of=lambda name: SimpleNamespace(normalization_factor=known[name], size_flexible=True),
    )
    # 40 × 4 = 160 units first; the 32 that are left are a sixth of the bare metal.
    assert result.residual[:, 0].tolist() == [0, pytest.approx(1 - 32 / 192)]
    assert bill(of, np.array([[40.0], [1.0]]), owned, **rates).residual[:, 0].tolist() == [40, 0]


@pytest.mark.parametrize("family", ["g4dn", "g5", "inf1", "p5", "hpc7a"])
def test_a_family_that_is_not_size_flexible_serves_its_own_type_only(family: str) -> None:
    of = lines((EC2, f"{family}.xlarge"), (EC2, f"{family}.2xlarge"))
    owned = commitment(Kind="reserved_instance", InstanceType=f"{family}.2xlarge", Quantity=2)
    assert billed(of, [[1], [1]], owned).residual[:, 0].tolist() == [1, 0]


def test_an_ri_serves_part_of_an_hour() -> None:
    owned = commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1)
    result = billed(lines((EC2, "m5.large")), [[0.25, 1.75]], owned)
    assert result.residual.tolist() == [[0, 0.75]]
    assert result.unused.tolist() == [[0.75, 0]]


def test_all_sizes_of_the_owner_come_before_the_smallest_of_the_organisation() -> None:
    # 16 units: the owner's m5.4xlarge (32) takes them all, the other account's m5.large (4) none.
    of = pd.concat(
        [_accounts("2"), _accounts("1", of_type="m5.4xlarge")],
        ignore_index=True,
    )
    owned = commitment(Kind="reserved_instance", InstanceType="m5.2xlarge", Quantity=1, AccountId="1")
    assert billed(of, [[1], [1]], owned).residual[:, 0].tolist() == [1, 0.5]


def test_of_two_ris_the_owners_serves_its_own_account() -> None:
    of = _accounts("1", "2")
    one = {"Kind": "reserved_instance", "InstanceType": "m5.large", "Quantity": 1}
    owned = _together(commitment(**one, AccountId="2"), commitment(**one, AccountId="1", Sharing=False))
    result = billed(of, [[1], [2]], owned)
    assert result.residual[:, 0].tolist() == [0, 1]
    assert sorted(zip(result.claimant.tolist(), result.line.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_plan_serves_its_owner_first_although_others_save_more() -> None:
    of = _accounts("1", "2")
    owned = commitment(Kind="compute_savings_plan", HourlyCommitmentUSD=1.0, AccountId="1")
    # Account 1 saves 20 % at 0.8 $, account 2 70 % at 0.3 $: 0.2 $ are left for it.
    result = billed(of, [[1], [1]], owned, plan_rates=[[0.8, 0.3]])
    assert result.residual[:, 0].tolist() == [0, pytest.approx(1 - 0.2 / 0.3)]


def test_hours_of_no_known_account_are_the_owners() -> None:
    of = _accounts(None)
    alone = {"Kind": "reserved_instance", "InstanceType": "m5.large", "Sharing": False}
    assert billed(of, [[1]], commitment(**alone, Quantity=1)).residual[0, 0] == 0


def test_hours_of_no_known_zone_are_in_the_zone_of_a_zonal_ri() -> None:
    of = lines((EC2, "m5.large")).assign(AvailabilityZone=None)
    zonal = {"Scope": "Availability Zone", "AvailabilityZone": "us-east-1b"}
    owned = commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1, **zonal)
    assert billed(of, [[1]], owned).residual[0, 0] == 0
    elsewhere = of.assign(AvailabilityZone="us-east-1a")
    assert billed(elsewhere, [[1]], owned).residual[0, 0] == 1


@pytest.mark.parametrize(
    ("on_demand", "rates"),
    [
        ([1.0, 1.0], [0.5, 0.4]),  # 50 % and 60 % saved
        ([4.0, 1.0], [2.0, 0.5]),  # 50 % both: the lower plan rate
        ([1.0, 0.1], [0.9, 0.05]),  # the percentage counts, not the dollars
    ],
)
def test_a_plan_goes_where_it_saves_most_and_ties_go_to_the_lower_rate(
    on_demand: list[float], rates: list[float]
) -> None:
    of = lines((EC2, "c5.9xlarge"), (EC2, "m5.large"))
    owned = commitment(Kind="compute_savings_plan", HourlyCommitmentUSD=rates[1])
    result = billed(of, [[1], [1]], owned, on_demand=on_demand, plan_rates=[rates])
    assert result.residual[:, 0].tolist() == [1, 0]


def test_of_two_plans_the_one_that_saves_more_serves_first() -> None:
    of = lines((EC2, "m5.large"))
    one = {"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.5}
    owned = _together(commitment(**one, TermYears=1), commitment(**one, TermYears=3))
    # One instance at 0.7 $ under the first, 0.5 $ under the second, which takes all of it.
    result = billed(of, [[1]], owned, plan_rates=[[0.7], [0.5]])
    assert result.used[:, 0].tolist() == [0, 0.5]


def test_a_plan_is_charged_nothing_where_its_rate_is_unknown() -> None:
    of = lines((EC2, "m5.large"), ("AWSLambda", "GB-Second"))
    owned = commitment(Kind="compute_savings_plan", HourlyCommitmentUSD=10.0)
    assert billed(of, [[1], [1]], owned, plan_rates=[[np.nan, 0.5]]).residual[:, 0].tolist() == [1, 0]


def test_an_ri_of_another_region_or_without_any_serves_nothing() -> None:
    of = lines((EC2, "m5.large"))
    for region in ("eu-west-1", None):
        owned = commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=1, Region=region)
        assert billed(of, [[1]], owned).unused[0, 0] == 1


def test_no_lines_at_all_leave_everything_unused() -> None:
    owned = commitment(Kind="reserved_instance", InstanceType="m5.large", Quantity=2)
    none = lines((EC2, "m5.large")).iloc[:0]
    result = bill(
        none, np.zeros((0, 3)), owned, on_demand_usd=np.zeros(0), plan_rates=np.full((1, 0), np.nan)
    )
    assert result.unused.tolist() == [[2, 2, 2]]
    assert result.served.size == 0
