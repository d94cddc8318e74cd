"""The published billing cases, each with its own rates, through the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.examples import commitment, lines
from finops.ri_engine.owned import amortised_hourly_usd
from finops.ri_engine.pools import Demand, Pools
from finops.ri_engine.simulation import simulate

RI, COMPUTE_PLAN = "reserved_instance", "compute_savings_plan"


@pytest.fixture(scope="module")
def golden(conformance_data: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((conformance_data / "golden_commitments.json").read_text())
    return found


def _under_one_ri(instance_type: str, running: Mapping[str, float]) -> Bill:
    of = lines(*(("AmazonEC2", name) for name in running))
    owned = commitment(Kind=RI, InstanceType=instance_type, Quantity=1)
    return bill(
        of,
        np.array([[count] for count in running.values()]),
        owned,
        on_demand_usd=np.ones(len(of)),
        plan_rates=np.full((1, len(of)), np.nan),
    )


def test_one_ri_covers_each_published_mix_of_sizes_exactly(golden: Mapping[str, Any]) -> None:
    mixes = golden["ri_budget"]["c4.8xlarge RI covers"]
    assert len(mixes) == 5
    for mix in mixes:
        running = {name: float(count) for count, name in re.findall(r"(\d+)x (\S+)", mix)}
        billed = _under_one_ri("c4.8xlarge", running)
        assert (billed.residual.sum(), billed.unused.sum()) == (0, 0), mix
        # One more of any size, and that is what stays On-Demand.
        more = running | {"c4.8xlarge": running.get("c4.8xlarge", 0.0) + 1}
        assert _under_one_ri("c4.8xlarge", more).residual.sum() == 1, mix


def test_half_of_a_larger_instance_is_covered(golden: Mapping[str, Any]) -> None:
    assert golden["ri_partial"]["out"] == "50% covered, 50% on-demand"
    billed = _under_one_ri("c4.large", {"c4.xlarge": 1.0})
    assert (billed.residual[0, 0], billed.used[0, 0]) == (0.5, 1.0)


# How the case's names are lines: service, type, platform, tenancy.
_PLAN_LINES = {
    "c5.9xlarge Linux": ("AmazonEC2", "c5.9xlarge", "Linux/UNIX", "default"),
    "c5.24xlarge Windows dedicated": ("AmazonEC2", "c5.24xlarge", "Windows", "dedicated"),
    "Fargate vCPU": ("AmazonECS", "Fargate vCPU", "Linux/UNIX", "default"),
    "Fargate GB": ("AmazonECS", "Fargate GB", "Linux/UNIX", "default"),
}


def _plan_evidence(usage: list[list[Any]], hourly_usd: float) -> Evidence:
    of = pd.concat(
        [
            lines((service, name), Platform=platform, Tenancy=tenancy)
            for service, name, platform, tenancy in (_PLAN_LINES[row[0]] for row in usage)
        ],
        ignore_index=True,
    )
    _, quantity, on_demand, rate = (list(column) for column in zip(*usage, strict=True))
    hour = pd.DatetimeIndex(["2026-03-31"], tz="UTC")
    demand = Demand(lines=of, hours=hour, quantity=np.array(quantity, dtype=float).reshape(-1, 1))
    return Evidence(
        kind="hourly",
        as_of=date(2026, 3, 31),
        history=demand,
        window_hours=1,
        pools=Pools.of(of),
        on_demand_usd=np.array(on_demand),
        pool_rate=np.zeros(0),
        prices=[],
        commitments=commitment(Kind=COMPUTE_PLAN, HourlyCommitmentUSD=hourly_usd),
        plan_rates=np.array([rate]),
        spec_of=None,
    )


@pytest.mark.parametrize("hourly_usd", [25.00, 19.60])
def test_the_savings_plan_example_costs_what_is_published(
    golden: Mapping[str, Any], hourly_usd: float
) -> None:
    case = golden["sp_apply"]
    published = case[f"commit_{hourly_usd:.2f}"]
    found = simulate(_plan_evidence(case["usage"], hourly_usd))
    assert found.total_usd == pytest.approx(published["total_hour_cost"], abs=1e-9)
    assert found.commitments_usd == hourly_usd
    assert found.unused_usd == pytest.approx(0, abs=1e-9)
    assert found.residual_usd == pytest.approx(published.get("od_remainder", 0.0), abs=1e-9)
    assert found.on_demand_usd == 39.0  # 4 + 10 + 10 × 1.5 + 5 × 2


def test_the_savings_plan_example_is_served_in_the_published_order(golden: Mapping[str, Any]) -> None:
    case = golden["sp_apply"]
    order = case["commit_19.60"]["order"]
    assert order[0] == "Fargate GB 5.00"
    assert order[-1] == "c5.24xl 2.60 of 8.00"
    billed = simulate(_plan_evidence(case["usage"], 19.60)).bill
    names = [case["usage"][line][0] for line in billed.line]
    assert names == ["Fargate GB", "c5.9xlarge Linux", "Fargate vCPU", "c5.24xlarge Windows dedicated"]
    dollars = [float(re.findall(r" (\d+\.\d\d)", text)[0]) for text in order]
    assert billed.spent.tolist() == pytest.approx(dollars, abs=1e-9)


def test_an_upfront_fee_is_a_dollar_a_day(golden: Mapping[str, Any]) -> None:
    year = commitment(Kind=RI, TermYears=1, UpfrontUSD=365.0, RecurringHourlyUSD=0.0)
    a_day = float(amortised_hourly_usd(year)[0]) * 24
    assert a_day == pytest.approx(golden["amortise"]["out_per_day"], abs=1e-12)
