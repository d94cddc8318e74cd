"""Idle, oversized, old, burstable and stopped: by hand at catalogue prices, and the planted fleets."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate
from finops.insights.findings import Finding, Ran
from finops.insights.instance_lines import network_mbps
from finops.insights.rightsizing import rightsize, unknown
from finops.insights.sizing import Market, Need, holds, need
from finops.insights.utilization import busy
from finops.pricing import load_catalogue
from finops.schema import EC2, METRICS

AS_OF = date(2026, 10, 18)
CATALOGUE = load_catalogue()
NO_METRICS = METRICS.empty()


def instance(**fields: object) -> dict[str, object]:
    plain = {
        "InstanceId": "i-1",
        "Region": "eu-central-1",
        "InstanceType": "r5.4xlarge",
        "Platform": "Linux/UNIX",
        "State": "running",
        "MonthlyCostUSD": 887.68,
    }
    return plain | fields


def ec2_of(*rows: dict[str, object]) -> pd.DataFrame:
    return EC2.conform(pd.DataFrame(rows))


def hours_of(
    instance_id: str = "i-1",
    *,
    cpu: float | list[float] = 9.0,
    memory: float | None = None,
    network: float | None = None,
    days: int = 14,
    mean: float | None = None,
) -> pd.DataFrame:
    """Every hour of the days up to AS_OF, with one CPU figure or one an hour."""
    first = pd.Timestamp(AS_OF - timedelta(days=days - 1), tz="UTC")
    times = pd.date_range(first, periods=24 * days, freq="h")
    rows = {
        "InstanceId": instance_id,
        "Hour": times,
        "CpuMax": cpu,
        "CpuAvg": cpu if mean is None else mean,
        "MemMax": memory,
        "NetworkBps": network,
    }
    return METRICS.conform(pd.DataFrame(rows))


def only(ec2: pd.DataFrame, metrics: pd.DataFrame = NO_METRICS, **more: object) -> Finding | None:
    found = rightsize(ec2, metrics, CATALOGUE, AS_OF, **more)
    assert len(found) <= 1
    return found[0] if found else None


def test_prices_that_the_tests_rest_on() -> None:
    """On-Demand, eu-central-1, Linux, dollars an hour: `python -m finops prices show` prints them."""
    market = Market(CATALOGUE)
    prices = {
        name: market.price(name, "eu-central-1", "Linux/UNIX") for name in ("r5.4xlarge", "r5.xlarge")
    }
    assert prices == {"r5.4xlarge": 1.216, "r5.xlarge": 0.304}
    assert market.price("m5.2xlarge", "eu-central-1", "Linux/UNIX") == 0.46
    assert market.price("none.large", "eu-central-1", "Linux/UNIX") is None


# --- hourly metrics


def test_idle_is_fourteen_days_at_one_percent() -> None:
    """m5.2xlarge at 0.46 an hour × 730 hours = 335.80 a month."""
    ec2 = ec2_of(instance(InstanceType="m5.2xlarge"))
    found = only(ec2, hours_of(cpu=1.0))
    assert (found.kind, found.evidence, found.counts, found.options) == ("idle", "hourly", True, ())
    assert found.saving_usd == pytest.approx(335.80)
    # One hour above 1 % is no idle instance, but a small one would do: m5.large at 0.115.
    busier = only(ec2, hours_of(cpu=[1.0] * 335 + [1.1], memory=5.0))
    assert (busier.kind, busier.target.instance_type) == ("oversized", "m5.large")
    assert busier.saving_usd == pytest.approx((0.46 - 0.115) * 730)


@pytest.mark.parametrize("days", [1, 13])
def test_less_than_fourteen_days_prove_nothing(days: int) -> None:
    assert only(ec2_of(instance(InstanceType="m6i.2xlarge")), hours_of(cpu=0.5, days=days)) is None
    listed = only(ec2_of(instance(InstanceType="m6i.2xlarge", CPUUtilization=0.5)), hours_of(days=days))
    assert (listed.kind, listed.evidence, listed.counts) == ("idle", "snapshot", False)


def test_oversized_by_hand() -> None:
    """r5.4xlarge: 16 vCPU, 128 GiB. 9 % ÷ 0.8 = 1.8 vCPU, 14 % ÷ 0.8 = 22.4 GiB: r5.xlarge (4, 32).

    r5.large has 2 vCPU and 16 GiB, which is too little. (1.216 − 0.304) × 730 = 665.76.
    """
    found = only(ec2_of(instance()), hours_of(cpu=9.0, memory=14.0))
    assert (found.kind, found.counts, found.evidence) == ("oversized", True, "hourly")
    assert (found.target.instance_type, found.target.risk) == ("r5.xlarge", "low")
    assert found.saving_usd == pytest.approx(665.76)
    assert [option.risk for option in found.options] == ["low", "medium", "high"]
    prices = [option.usd_per_hour for option in found.options]
    assert prices == sorted(prices, reverse=True)
    assert found.options[2].line.maker == "Graviton"
    assert "P99.5 of CPU 9.0 %, memory 14.0 %" in found.reason


def test_without_memory_figures_the_memory_stays() -> None:
    """Nothing with 128 GiB and fewer vCPU costs less than r5.4xlarge but in its own or a newer line."""
    found = only(ec2_of(instance()), hours_of(cpu=9.0))
    for option in found.options:
        assert option.memory_gib >= 128
    assert found.kind == "old_generation"


def test_one_busy_hour_in_two_hundred_is_left_out() -> None:
    """P99.5 of 336 hours lies at place 333.325: one busy hour does not reach it, three do."""
    calm, three = [5.0] * 335 + [95.0], [5.0] * 333 + [95.0] * 3
    assert only(ec2_of(instance()), hours_of(cpu=calm, memory=14.0)).kind == "oversized"
    assert busy(hours_of(cpu=three), AS_OF).loc["i-1", "cpu_peak_pct"] == 95.0
    assert only(ec2_of(instance()), hours_of(cpu=three, memory=14.0)).kind == "old_generation"


def test_network_is_a_limit() -> None:
    """r5.xlarge: 4 × 187.5 = 750 Mbit/s, so 600 with a fifth to spare: 75 million bytes a second."""
    fits = only(ec2_of(instance()), hours_of(cpu=9.0, memory=14.0, network=75e6))
    assert fits.target.instance_type == "r5.xlarge"
    more = only(ec2_of(instance()), hours_of(cpu=9.0, memory=14.0, network=76e6))
    assert more.target.instance_type == "r5.2xlarge"


def test_hours_of_metrics_are_the_hours_of_a_month() -> None:
    """Eight hours of each of 14 days: a third of 730 hours."""
    metrics = hours_of(cpu=9.0, memory=14.0)
    office = metrics[metrics["Hour"].dt.hour.isin(range(8, 16))]
    found = only(ec2_of(instance()), office)
    assert found.hours == pytest.approx(730 / 3)
    assert found.saving_usd == pytest.approx(665.76 / 3)


def test_what_commitments_cover_is_no_saving() -> None:
    """Half of 365 hours: (1.216 − 0.304) × 365 × 0.5 = 166.44."""
    ran = {"i-1": Ran(365.0, 0.5)}
    found = only(ec2_of(instance()), hours_of(cpu=9.0, memory=14.0), ran=ran)
    assert found.saving_usd == pytest.approx(166.44)
    assert "commitments cover 50% of its hours" in found.reason
    whole = only(ec2_of(instance()), hours_of(cpu=9.0, memory=14.0), ran={"i-1": Ran(730.0, 1.0)})
    assert (whole.counts, whole.saving_usd, whole.covered_pct) == (False, None, 100.0)


# --- one figure of a list


def test_one_figure_is_a_candidate_two_sizes_down_at_most() -> None:
    found = only(ec2_of(instance(CPUUtilization=1.5, MemoryUtilization=2.0)))
    assert (found.kind, found.evidence, found.counts) == ("oversized", "snapshot", False)
    assert (found.target.instance_type, found.saving_usd) == ("r5.xlarge", pytest.approx(665.76))
    assert found.reason.endswith("one figure of a list proves nothing")
    above = only(ec2_of(instance(CPUUtilization=10.1, MemoryUtilization=2.0)))
    assert above.kind == "old_generation"


@pytest.mark.parametrize("state", ["terminated", None])
def test_only_running_instances_are_sized(state: str | None) -> None:
    assert only(ec2_of(instance(State=state, CPUUtilization=0.1))) is None


def test_stopped_with_cost_is_a_candidate() -> None:
    found = only(ec2_of(instance(State="stopped", CPUUtilization=0.0)))
    assert (found.kind, found.counts, found.saving_usd, found.target) == ("stopped", False, 887.68, None)
    assert only(ec2_of(instance(State="stopped", MonthlyCostUSD=0.0))) is None


def test_type_that_nobody_knows_is_named_and_not_judged() -> None:
    ec2 = ec2_of(
        instance(InstanceType="z9.huge", CPUUtilization=0.1),
        instance(InstanceId="i-2", Region="moon-1", CPUUtilization=50.0),
        instance(InstanceId="i-3", State="stopped", InstanceType="z9.huge", MonthlyCostUSD=0.0),
        instance(InstanceId="i-4", CPUUtilization=50.0),
    )
    assert [finding.instance_id for finding in rightsize(ec2, NO_METRICS, CATALOGUE, AS_OF)] == ["i-4"]
    assert list(unknown(ec2, CATALOGUE)["InstanceId"]) == ["i-1", "i-2"]


def test_idle_without_a_price_has_no_dollars() -> None:
    found = only(ec2_of(instance(Region="moon-1")), hours_of(cpu=0.5))
    assert (found.kind, found.saving_usd, found.counts) == ("idle", None, False)


# --- generations and burstable types


def test_old_generation_has_the_price_of_its_successor() -> None:
    """m4.large in us-east-1 costs 0.10; newer x86 types of its line and size cost less."""
    ec2 = ec2_of(instance(InstanceType="m4.large", Region="us-east-1", CPUUtilization=50.0))
    found = only(ec2, ran={"i-1": Ran(730, 0)})
    assert (found.kind, found.evidence, found.counts) == ("old_generation", "catalogue", True)
    assert found.target.usd_per_hour < found.usd_per_hour == 0.10
    assert (found.target.line.letter, found.target.line.maker) != ("m", "Graviton")
    assert found.saving_usd == pytest.approx((0.10 - found.target.usd_per_hour) * 730)
    assert found.target.instance_type.endswith(".large")
    # Without a bill, and where it does not name the instance, nobody knows what commitments cover.
    for bill in (None, {}, {"i-2": Ran(730, 0)}):
        unknown_cover = only(ec2, ran=bill)
        assert (unknown_cover.counts, unknown_cover.covered_pct) == (False, None)


def test_what_is_proposed_is_not_old_itself() -> None:
    """m5a.large costs least of what follows m4.large, and is three generations behind the newest."""
    for kind in ("m4.large", "m3.large", "c4.2xlarge", "r4.xlarge"):
        row = instance(InstanceType=kind, Region="us-east-1", CPUUtilization=50.0)
        found = only(ec2_of(row), ran={"i-1": Ran(730, 0)})
        assert found.kind == "old_generation"
        then = only(ec2_of(row | {"InstanceType": found.target.instance_type}), ran={"i-1": Ran(730, 0)})
        assert then is None, (kind, found.target.instance_type, then.target.instance_type)


def test_a_generation_that_is_not_old_has_no_finding() -> None:
    ec2 = ec2_of(instance(InstanceType="m7i.large", Region="us-east-1", CPUUtilization=50.0))
    assert only(ec2, ran={}) is None


def test_burstable_type_that_is_busy() -> None:
    """t3.large holds 30 % of its vCPU for ever."""
    ec2 = ec2_of(instance(InstanceType="t3.large", Region="us-east-1"))
    calm = only(ec2, hours_of(cpu=60.0, mean=30.0, memory=70.0))
    assert calm is None or calm.kind != "burstable"
    found = only(ec2, hours_of(cpu=60.0, mean=30.1, memory=70.0))
    assert (found.kind, found.counts, found.saving_usd, found.cpu_pct) == (
        "burstable",
        False,
        None,
        30.1,
    )
    spec = CATALOGUE.spec(found.target.instance_type)
    assert not spec.burstable
    assert (spec.arch, spec.vcpu >= 2, spec.memory_gib >= 8 * 0.7 / 0.8) == ("x86_64", True, True)


def test_smaller_burstable_type_must_hold_the_mean() -> None:
    """t3.2xlarge (8 vCPU, 40 %): a mean of 15 % is 1.2 vCPU; t3.large holds 0.6, t3.xlarge 1.6."""
    wanted = need(CATALOGUE.spec("t3.2xlarge"), 20.0, 10.0, mean_pct=15.0)
    assert wanted == Need(vcpu=2.0, memory_gib=4.0, network_mbps=0.0, mean_vcpu=1.2)
    held = {size: holds(CATALOGUE.spec(f"t3.{size}"), wanted) for size in ("large", "xlarge", "2xlarge")}
    assert held == {"large": False, "xlarge": True, "2xlarge": True}


@pytest.mark.parametrize("name", ["g4dn.xlarge", "m5d.large", "i3.large", "m5.metal", "p3.2xlarge"])
def test_accelerators_disks_and_metal_have_no_finding_by_size(name: str) -> None:
    assert only(ec2_of(instance(InstanceType=name, CPUUtilization=2.0, MemoryUtilization=2.0))) is None


def test_graviton_stays_graviton_and_windows_has_none() -> None:
    arm = only(ec2_of(instance(InstanceType="r6g.4xlarge")), hours_of(cpu=9.0, memory=14.0))
    assert {CATALOGUE.spec(option.instance_type).arch for option in arm.options} == {"arm64"}
    windows = only(ec2_of(instance(Platform="Windows")), hours_of(cpu=9.0, memory=14.0))
    assert {CATALOGUE.spec(option.instance_type).arch for option in windows.options} == {"x86_64"}


TYPES = (
    "m5.large",
    "m5.4xlarge",
    "c5.9xlarge",
    "r6g.2xlarge",
    "t3.2xlarge",
    "t2.micro",
    "m4.xlarge",
    "x1.32xlarge",
)
shares = st.floats(0, 100)


@given(st.sampled_from(TYPES), shares, st.one_of(st.none(), shares), st.floats(0, 3e9))
def test_what_is_proposed_holds_the_peak_and_costs_less(
    name: str, cpu: float, memory: float | None, network: float
) -> None:
    ec2 = ec2_of(instance(InstanceType=name, Region="us-east-1"))
    spec = CATALOGUE.spec(name)
    found = only(ec2, hours_of(cpu=cpu, memory=memory, network=network))
    if found is None or found.kind not in {"oversized", "idle"}:
        return
    assert found.saving_usd > 0
    assert found.saving_usd <= found.usd_per_hour * 730 + 1e-6
    for option in found.options:
        target = CATALOGUE.spec(option.instance_type)
        assert option.usd_per_hour < found.usd_per_hour
        assert target.vcpu * 0.8 >= spec.vcpu * cpu / 100 - 1e-9
        wanted = spec.memory_gib if memory is None else spec.memory_gib * memory / 100 / 0.8
        assert target.memory_gib >= wanted - 1e-9
        assert network_mbps(target) * 0.8 >= network * 8 / 1e6 - 1e-6


def test_no_instances_no_findings() -> None:
    assert rightsize(EC2.empty(), NO_METRICS, CATALOGUE, AS_OF) == ()
    assert len(unknown(EC2.empty(), CATALOGUE)) == 0


def test_frames_are_left_as_they_were() -> None:
    ec2, metrics = ec2_of(instance()), hours_of(cpu=9.0, memory=14.0)
    before = ec2.copy(), metrics.copy()
    rightsize(ec2, metrics, CATALOGUE, AS_OF)
    pd.testing.assert_frame_equal(ec2, before[0])
    pd.testing.assert_frame_equal(metrics, before[1])


# --- the planted fleets of the sample


@pytest.fixture(scope="module")
def planted(tree: Path) -> dict[str, dict]:
    truths = json.loads((tree / "data" / "planted_truths.json").read_text())["truths"]
    return {truth["kind"]: truth for truth in truths}


def metrics_of(planted: dict[str, dict]) -> pd.DataFrame:
    """What the truths say of the fleets: CPU at most 1 %; CPU up to 9 % and memory up to 14 %."""
    rng = np.random.default_rng(7)
    idle = [
        hours_of(name, cpu=list(rng.uniform(0.2, 1.0, 336)), memory=5.0)
        for name in planted["idle_fleet"]["resources"]
    ]
    large = [
        hours_of(name, cpu=list(rng.uniform(4, 9, 336)), memory=14.0)
        for name in planted["oversized_fleet"]["resources"]
    ]
    return pd.concat([*idle, *large], ignore_index=True)


def test_planted_fleets_are_found_with_their_dollars(sample: Estate, planted: dict[str, dict]) -> None:
    """With metrics: all that runs of the two fleets, nothing else by metrics, dollars within 10 %.

    The idle fleet saves its run rate. Two sizes down is a quarter of the price: the oversized one saves
    three quarters of its run rate.
    """
    found = rightsize(sample.ec2, metrics_of(planted), CATALOGUE, sample.as_of)
    for kind, truth, part in (("idle", "idle_fleet", 1.0), ("oversized", "oversized_fleet", 0.75)):
        mine = [finding for finding in found if finding.kind == kind and finding.counts]
        assert {finding.instance_id for finding in mine} == set(planted[truth]["resources"])
        saving = sum(finding.saving_usd for finding in mine)
        assert saving == pytest.approx(planted[truth]["run_rate_usd"] * part, rel=0.1)


def test_planted_fleets_are_candidates_of_the_list(sample: Estate, planted: dict[str, dict]) -> None:
    found = rightsize(sample.ec2, sample.metrics, CATALOGUE, sample.as_of)
    idle = [finding for finding in found if finding.kind == "idle"]
    large = [finding for finding in found if finding.kind == "oversized"]
    assert {finding.instance_id for finding in idle} == set(planted["idle_fleet"]["resources"])
    assert set(planted["oversized_fleet"]["resources"]) <= {finding.instance_id for finding in large}
    # The others are three bastions, t3.small at 3 to 7 % CPU.
    rest = [
        finding
        for finding in large
        if finding.instance_id not in planted["oversized_fleet"]["resources"]
    ]
    assert [finding.instance_type for finding in rest] == ["t3.small"] * 3
    assert not any(finding.counts for finding in (*idle, *large))
