"""How much of what could be covered is covered, and how much of what is owned is used?

Coverage % = covered ÷ eligible On-Demand-equivalent dollars, RI coverage in instance-hours and in
normalization units beside it. Utilisation % = used ÷ purchased, instance-hours of an RI and dollars of
a plan. Effective Savings Rate = (On-Demand equivalent − actual) ÷ On-Demand equivalent, actual being
the amortised cost of commitments, unused hours included, and what stayed On-Demand. Source: AWS Cost
Explorer guide, coverage and utilization reports; FinOps Foundation, Effective Savings Rate and the
maturity targets of commitment coverage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from finops.money import share_pct
from finops.ri_engine.billing import Bill
from finops.ri_engine.claims import RI, Bools
from finops.ri_engine.evidence import Evidence, EvidenceKind
from finops.ri_engine.owned import active_hours, amortised_hourly_usd
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import SpecOf, family_of, size_of

TARGET_PCT = 70.0
TARGETS: tuple[tuple[str, float], ...] = (("crawl", TARGET_PCT), ("walk", 80.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTarget:
    """A maturity stage's target in percent; ``reached`` is None where there is nothing to cover.

    ``missing_usd`` is what more would have to be covered, in On-Demand dollars of the report's hours.
    """

    stage: str
    target_pct: float
    reached: bool | None
    missing_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """Coverage in ``hours`` hours from ``start`` to ``end``, both days inclusive. Dollars are theirs.

    Percentages are 0 to 100 and None where there is nothing to cover; hours and units count demand
    whose price is unknown too, dollars do not. ``by_pool``, ``by_region``, ``by_family`` and
    ``by_account`` (whose usage it is, null where unknown) have EligibleHours, CoveredHours, EligibleUSD,
    CoveredUSD, CoveragePct. ``utilization`` has a row per commitment that counted in any of the hours:
    Unit, Purchased, Used, Unused, UtilizationPct, UnusedUSD (NaN where its fee is unknown).
    ``unused_usd`` and ``effective_savings_rate_pct`` are None when any fee is unknown.
    """

    evidence: EvidenceKind
    start: date
    end: date
    hours: int
    coverage_pct: float | None
    eligible_usd: float
    covered_usd: float
    ri_coverage_pct_hours: float | None
    ri_coverage_pct_units: float | None
    target_pct: float
    targets: tuple[CoverageTarget, ...]
    effective_savings_rate_pct: float | None
    unused_usd: float | None
    by_pool: pd.DataFrame = field(compare=False)
    by_region: pd.DataFrame = field(compare=False)
    by_family: pd.DataFrame = field(compare=False)
    by_account: pd.DataFrame = field(compare=False)
    utilization: pd.DataFrame = field(compare=False)
    notes: tuple[str, ...] = ()


def effective_savings_rate(on_demand_usd: float, actual_usd: float) -> float | None:
    """(On-Demand equivalent − actual) ÷ On-Demand equivalent, as a fraction; None without usage."""
    return (on_demand_usd - actual_usd) / on_demand_usd if on_demand_usd > 0 else None


def coverage(evidence: Evidence, target_pct: float = TARGET_PCT) -> CoverageReport:
    """Coverage of the evidence's window by its commitments, each in the hours in which it counted.

    On snapshot evidence the window is the last hour of ``as_of``.
    """
    demand = evidence.window
    active = active_hours(evidence.commitments, demand.hours)
    billed = evidence.billed(demand, active)
    by_line = covered_by_line(evidence, demand, billed)
    by_pool = _by_pool(evidence, by_line)
    eligible, covered = float(by_pool["EligibleUSD"].sum()), float(by_pool["CoveredUSD"].sum())
    units = _units(demand.lines, evidence.spec_of)
    in_hours = float(demand.quantity.sum())
    in_units = float(units @ demand.quantity.sum(axis=1))
    fees = np.where(active.any(axis=1), amortised_hourly_usd(evidence.commitments), 0.0)
    actual = float((fees * active.sum(axis=1)).sum()) + eligible - covered
    rate = effective_savings_rate(eligible, actual)
    utilization = _utilization(evidence, billed, active)
    unused = float(utilization["UnusedUSD"].sum())
    known = bool(np.isfinite(fees).all() and utilization["UnusedUSD"].notna().all())
    return CoverageReport(
        evidence=evidence.kind,
        start=demand.hours[0].date() if len(demand.hours) else evidence.as_of,
        end=evidence.as_of,
        hours=len(demand.hours),
        coverage_pct=share_pct(covered, eligible),
        eligible_usd=eligible,
        covered_usd=covered,
        ri_coverage_pct_hours=share_pct(float(billed.covered_by_ri.sum()), in_hours),
        ri_coverage_pct_units=share_pct(float(units @ billed.covered_by_ri.sum(axis=1)), in_units),
        target_pct=target_pct,
        targets=targets_reached(covered, eligible),
        effective_savings_rate_pct=rate * 100 if rate is not None and known else None,
        unused_usd=unused if known else None,
        by_pool=by_pool,
        by_region=summed(by_line, ["Region"]),
        by_family=summed(by_line, ["InstanceFamily"]),
        by_account=summed(by_line, ["AccountId"]),
        utilization=utilization,
        notes=evidence.notes,
    )


def targets_reached(covered_usd: float, eligible_usd: float) -> tuple[CoverageTarget, ...]:
    """Which of the targets, 70 % (crawl) and 80 % (walk), so much coverage reaches."""
    missing = [max(0.0, eligible_usd * target / 100 - covered_usd) for _, target in TARGETS]
    return tuple(
        CoverageTarget(
            stage=stage,
            target_pct=target,
            # A hair is forgiven, so that 70 % of a sum of floats reaches 70 % of it.
            reached=short <= eligible_usd * 1e-12 if eligible_usd > 0 else None,
            missing_usd=short,
        )
        for (stage, target), short in zip(TARGETS, missing, strict=True)
    )


_SUMS = ["EligibleHours", "CoveredHours", "EligibleUSD", "CoveredUSD"]


def covered_by_line(evidence: Evidence, demand: Demand, billed: Bill) -> pd.DataFrame:
    """A row per line of ``demand``: its keys, InstanceFamily, and hours and dollars in all its hours."""
    hours = demand.quantity.sum(axis=1)
    covered = hours - billed.residual.sum(axis=1)
    return demand.lines.assign(
        InstanceFamily=demand.lines["InstanceType"].map(family_of).astype("str"),
        EligibleHours=hours,
        CoveredHours=covered,
        EligibleUSD=hours * evidence.usd,
        CoveredUSD=covered * evidence.usd,
    )


def summed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Hours and dollars of ``covered_by_line`` rows by ``keys``, in their order, with CoveragePct."""
    sums = rows.groupby(keys, sort=True, dropna=False)[_SUMS].sum().reset_index()
    return _with_pct(sums)


def _by_pool(evidence: Evidence, by_line: pd.DataFrame) -> pd.DataFrame:
    sums = {name: evidence.pools.total(by_line[name].to_numpy(dtype=np.float64)) for name in _SUMS}
    family = evidence.pools.keys["InstanceType"].map(family_of).astype("str")
    return _with_pct(evidence.pools.keys.assign(InstanceFamily=family, **sums))


def _with_pct(frame: pd.DataFrame) -> pd.DataFrame:
    share = frame["CoveredUSD"] / frame["EligibleUSD"].where(frame["EligibleUSD"] > 0)
    return frame.assign(CoveragePct=share * 100)


def _units(lines: pd.DataFrame, spec_of: SpecOf) -> Floats:
    known = {str(name): size_of(str(name), spec_of).units for name in lines["InstanceType"].unique()}
    return np.array([known[str(name)] or 0.0 for name in lines["InstanceType"]], dtype=np.float64)


_IDENTITY = [
    "CommitmentId",
    "Kind",
    "AccountId",
    "Region",
    "InstanceType",
    "InstanceFamily",
    "TermYears",
    "PaymentOption",
    "Quantity",
    "HourlyCommitmentUSD",
    "Start",
    "End",
]


def _utilization(evidence: Evidence, billed: Bill, active: Bools) -> pd.DataFrame:
    purchased, used = billed.budget.sum(axis=1), billed.used.sum(axis=1)
    share = np.divide(used, purchased, out=np.full(len(used), np.nan), where=purchased > 0)
    fee = amortised_hourly_usd(evidence.commitments) * active.sum(axis=1)
    frame = evidence.commitments[_IDENTITY].assign(
        Unit=np.where(evidence.commitments["Kind"] == RI, "instance-hours", "USD"),
        Purchased=purchased,
        Used=used,
        Unused=purchased - used,
        UtilizationPct=share * 100,
        UnusedUSD=fee * (1 - share),
    )
    return (
        frame.iloc[np.flatnonzero(active.any(axis=1))].sort_values("CommitmentId").reset_index(drop=True)
    )
