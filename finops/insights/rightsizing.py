"""Which instances are idle, too large, of an old generation, or of the wrong kind, and what is it worth?

    stopped         the list carries a cost for an instance that does not run
    idle            CPU at most 1 %: the highest of 14 days (Cost Explorer), or the figure of a list
    oversized       a smaller type holds P99.5 of CPU, memory and network of 14 days with 20 % headroom
                    (Compute Optimizer); or those of a list with CPU ≤ 10 % (Trusted Advisor)
    burstable       CPU above what the type can hold for ever: the mean of 14 days, or the list's
    old_generation  AWS calls it previous, a newer one costs less, or it is three generations behind

An instance has one finding, the first of these. Metrics count where each of the 14 days has some. One
CPU figure proves nothing, so such a finding is a *candidate* whose dollars do not count, and it proposes
a quarter of the present vCPU and memory at least. What a list carries for a stopped instance is one,
too, and an old generation where no bill tells what is covered: what a commitment covers is paid whether
the instance is there or not. Dollars are a month's, at On-Demand prices of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from finops.insights.findings import Evidence, Finding, Kind, Ran, Seen
from finops.insights.instance_lines import baseline_pct, can_be_sized, line_of
from finops.insights.observed import figure, observed, platform_of, text_of
from finops.insights.sizing import RISKS, Market, Option, need
from finops.insights.utilization import busy
from finops.money import HOURS_PER_MONTH, usd
from finops.pricing import Catalogue

IDLE_PCT = 1.0
LOW_PCT = 10.0
LEAST_PART = 0.25  # of vCPU and memory, from one figure: two sizes down
GENERATIONS_BEHIND = 3


def rightsize(
    ec2: pd.DataFrame,
    metrics: pd.DataFrame,
    catalogue: Catalogue,
    as_of: date,
    ran: Mapping[str, Ran] | None = None,
) -> tuple[Finding, ...]:
    """The findings on an ``ec2`` frame, those that count first, then by saving, largest first.

    ``metrics`` may be empty. ``ran`` is what a bill has of each InstanceId, None without a bill; of what
    it does not name nobody knows what is covered. Instances of a type or region that the catalogue does
    not know (``unknown``) and terminated ones have no finding.
    """
    market = Market(catalogue)
    found = [*_stopped(ec2, market)]
    for seen in observed(ec2, busy(metrics, as_of), market, ran):
        finding = _judged(seen, market)
        if finding is not None:
            found.append(finding)
    return tuple(sorted(found, key=_rank))


def unknown(ec2: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The running instances that cannot be judged: the catalogue has no price of their type there."""
    market = Market(catalogue)
    return _running_where(
        ec2, lambda kind, region, platform: not _is_priced(market, kind, region, platform)
    )


def one_of_a_kind(ec2: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The running instances with a price whose size is not judged: accelerators, disks, metal."""
    market = Market(catalogue)

    def unseen(kind: str, region: str, platform: str) -> bool:
        spec = market.spec(kind)
        return spec is not None and _is_priced(market, kind, region, platform) and not can_be_sized(spec)

    return _running_where(ec2, unseen)


def _is_priced(market: Market, kind: str, region: str, platform: str) -> bool:
    return market.spec(kind) is not None and market.price(kind, region, platform) is not None


def _running_where(ec2: pd.DataFrame, holds: Callable[[str, str, str], bool]) -> pd.DataFrame:
    """The running instances of which that is true of type, region and platform; each is asked once."""
    running = ec2[ec2["State"].eq("running").fillna(value=False)]
    names = ["InstanceType", "Region", "Platform"]
    kinds = running.groupby(names, dropna=False, sort=False).ngroup()
    first = ~kinds.duplicated()
    found = [
        holds(str(kind), str(region), platform_of(platform))
        for kind, region, platform in running.loc[first, names].itertuples(index=False, name=None)
    ]
    return running[kinds.isin(kinds[first][found])]


def _rank(finding: Finding) -> tuple[bool, float, str]:
    return (not finding.counts, -(finding.saving_usd or 0.0), finding.instance_id)


def _stopped(ec2: pd.DataFrame, market: Market) -> Iterator[Finding]:
    costly = ec2["State"].eq("stopped").fillna(value=False) & (ec2["MonthlyCostUSD"] > 0)
    for row in ec2[costly].to_dict("records"):
        cost, kind, region = float(row["MonthlyCostUSD"]), str(row["InstanceType"]), str(row["Region"])
        platform = platform_of(row["Platform"])
        yield Finding(
            instance_id=str(row["InstanceId"]),
            account_id=text_of(row["AccountId"]),
            region=region,
            platform=platform,
            instance_type=kind,
            kind="stopped",
            evidence="snapshot",
            counts=False,
            hours=float(HOURS_PER_MONTH),
            covered_pct=None,
            usd_per_hour=market.price(kind, region, platform),
            saving_usd=cost,
            cpu_pct=figure(row["CPUUtilization"]),
            memory_pct=figure(row["MemoryUtilization"]),
            options=(),
            reason=f"stopped, and the list carries {usd(cost)} a month. AWS charges no hours of what is "
            "stopped: look for its volumes and addresses, or terminate it",
        )


def _judged(seen: Seen, market: Market) -> Finding | None:
    judges = (_idle, _oversized, _burstable, _old_generation)
    return next((finding for judge in judges if (finding := judge(seen, market))), None)


def _finding(
    seen: Seen, kind: Kind, saving: float | None, reason: str, options: tuple[Option, ...] = ()
) -> Finding:
    saves = saving is not None and saving > 0
    evidence: Evidence = "hourly" if seen.hourly else "snapshot"
    proven = seen.hourly
    if kind == "old_generation":
        evidence, proven = "catalogue", seen.covered is not None
    doubt = "" if evidence != "snapshot" else "; one figure of a list proves nothing"
    if seen.covered:
        doubt = (
            f"; commitments cover {seen.covered:.0%} of its hours and cost the same without it{doubt}"
        )
    return Finding(
        instance_id=seen.instance_id,
        account_id=seen.account_id,
        region=seen.region,
        platform=seen.platform,
        instance_type=seen.spec.instance_type,
        kind=kind,
        evidence=evidence,
        counts=proven and saves,
        hours=seen.hours,
        covered_pct=None if seen.covered is None else seen.covered * 100,
        usd_per_hour=seen.usd_per_hour,
        saving_usd=saving if saves else None,
        cpu_pct=seen.cpu_mean_pct if kind == "burstable" else seen.cpu_peak_pct,
        memory_pct=seen.memory_peak_pct,
        options=options,
        reason=f"{reason}{doubt}",
    )


def _idle(seen: Seen, market: Market) -> Finding | None:
    if seen.cpu_max_pct is None or seen.cpu_max_pct > IDLE_PCT:
        return None
    saving = None if seen.usd_per_hour is None else seen.month(seen.usd_per_hour)
    what = "highest CPU of 14 days" if seen.hourly else "CPU"
    return _finding(seen, "idle", saving, f"{what} {seen.cpu_max_pct:.2f} %, at most {IDLE_PCT:g} %")


def _oversized(seen: Seen, market: Market) -> Finding | None:
    if seen.cpu_peak_pct is None or seen.usd_per_hour is None:
        return None
    if not seen.hourly and seen.cpu_peak_pct > LOW_PCT:
        return None
    options = _smaller(seen, seen.usd_per_hour, market)
    if not options:
        return None
    target = options[0]
    memory = "not measured" if seen.memory_peak_pct is None else f"{seen.memory_peak_pct:.1f} %"
    return _finding(
        seen,
        "oversized",
        seen.month(seen.usd_per_hour - target.usd_per_hour),
        f"{'P99.5 of CPU' if seen.hourly else 'CPU'} {seen.cpu_peak_pct:.1f} %, memory {memory}: "
        f"{target.instance_type} holds it with 20 % to spare ({RISKS[target.risk]})",
        options,
    )


def _smaller(seen: Seen, price: float, market: Market) -> tuple[Option, ...]:
    """The cheaper types with less vCPU or memory that hold what is needed."""
    spec, memory = seen.spec, seen.spec.memory_gib or 0.0
    wanted = need(
        spec, seen.cpu_peak_pct or 0.0, seen.memory_peak_pct, seen.network_mbps, seen.cpu_mean_pct
    )
    if not seen.hourly:
        wanted = replace(
            wanted,
            vcpu=max(wanted.vcpu, spec.vcpu * LEAST_PART),
            memory_gib=max(wanted.memory_gib, memory * LEAST_PART),
        )
    found = market.options(spec, seen.region, seen.platform, wanted)
    return tuple(
        option
        for option in found
        if option.usd_per_hour < price and (option.vcpu < spec.vcpu or option.memory_gib < memory)
    )


def _burstable(seen: Seen, market: Market) -> Finding | None:
    baseline, mean = baseline_pct(seen.spec), seen.cpu_mean_pct
    if baseline is None or mean is None or mean <= baseline:
        return None
    # What it would use if nothing slowed it down, nobody knows: it keeps its vCPU.
    wanted = replace(
        need(seen.spec, mean, seen.memory_peak_pct, seen.network_mbps), vcpu=float(seen.spec.vcpu)
    )
    options = market.options(seen.spec, seen.region, seen.platform, wanted)
    # A larger burstable type has the same drawback: it is proposed where nothing else runs the same.
    if any(option.risk == "medium" for option in options):
        options = tuple(option for option in options if option.risk != "low")
    price = usd(seen.usd_per_hour, 4)
    instead = [f"{option.instance_type} at {usd(option.usd_per_hour, 4)}" for option in options]
    what = "mean CPU of 14 days" if seen.hourly else "CPU"
    return _finding(
        seen,
        "burstable",
        None,
        f"{what} {mean:.1f} %, and {seen.spec.instance_type} ({price} an hour) can hold {baseline:g} % "
        "of its vCPU: it is slowed down, or surplus credits are charged, whose price is not in the "
        f"catalogue. Instead: {', '.join(instead) or 'nothing in the catalogue'}",
        options,
    )


def _old_generation(seen: Seen, market: Market) -> Finding | None:
    here, price = line_of(seen.spec.family), seen.usd_per_hour
    if here is None or price is None:
        return None
    newer = market.newer(seen.spec, seen.region, seen.platform)
    successors = [option for option in newer if option.risk == "medium"]
    if not successors:
        return None
    newest = max(_generation(option) for option in successors)
    behind = newest - here.generation
    # What will be old itself is no advice: the newest never is.
    target = next(one for one in successors if newest - _generation(one) < GENERATIONS_BEHIND)
    saves = target.usd_per_hour < price
    if seen.spec.current_generation and not saves and behind < GENERATIONS_BEHIND:
        return None
    graviton = [option for option in newer if option.risk == "high"][:1]
    return _finding(
        seen,
        "old_generation",
        seen.month(price - target.usd_per_hour),
        f"generation {here.generation} where {newest} is the newest; {target.instance_type} costs "
        f"{usd(target.usd_per_hour, 4)} an hour, {seen.spec.instance_type} {usd(price, 4)} "
        f"({RISKS[target.risk]})",
        (target, *(option for option in graviton if option.usd_per_hour < target.usd_per_hour)),
    )


def _generation(option: Option) -> int:
    return option.line.generation if option.line else 0
