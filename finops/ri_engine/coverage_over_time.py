"""How did coverage and utilisation develop? A row a day, week or month of what ``coverage`` measures.

Every hour is billed once; a period adds its hours up. Weeks begin on Monday. A period that the data
hold only a part of is that part: its Start, End and Hours say so.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from finops.ri_engine.billing import Bill
from finops.ri_engine.claims import RI, Bools, Ints
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.owned import active_hours, amortised_hourly_usd
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import family_of

Grain = Literal["day", "week", "month"]
Group = Literal["Region", "InstanceFamily", "AccountId"]
_PERIODS = {"day": "D", "week": "W-SUN", "month": "M"}


def coverage_over_time(
    evidence: Evidence, grain: Grain = "day", demand: Demand | None = None
) -> pd.DataFrame:
    """Coverage, utilisation and Effective Savings Rate of each period of ``demand``, oldest first.

    ``demand`` is of the evidence's lines, by default its window; ``evidence.history`` is all of it. Each
    commitment counts in its own hours, so the evidence must hold all that is or was owned. Columns:
    Start and End (days, both inclusive, midnight UTC), Hours, EligibleUSD, CoveredUSD, RICoveredUSD,
    PlanCoveredUSD, CoveragePct, RICoveragePct, PlanCoveragePct (all of eligible dollars: the two add
    up), CommitmentUSD (amortised cost, used or not), UsedUSD, UnusedUSD, UtilizationPct (of that cost),
    RIUtilizationPct (instance-hours of their own types), PlanUtilizationPct (dollars), ActualUSD
    (commitments and what stayed On-Demand), EffectiveSavingsRatePct. NaN is unknown: where a fee of a
    commitment that counts is, so are the dollars that rest on it; or there is nothing to divide by.
    """
    of = evidence.window if demand is None else demand
    active = active_hours(evidence.commitments, of.hours)
    billed = evidence.billed(of, active)
    hourly = _covered(evidence, of, billed).assign(**_paid(evidence, billed, active))
    frame = _periods(of, grain).join(hourly.groupby(_slot(of, grain), sort=True).sum(min_count=1))
    partial = hourly[_MAYBE_UNKNOWN].isna().groupby(_slot(of, grain)).any()
    frame[_MAYBE_UNKNOWN] = frame[_MAYBE_UNKNOWN].mask(partial)
    return _with_rates(frame).reset_index(drop=True)[_COLUMNS]


def group_coverage_over_time(
    evidence: Evidence, by: Group, grain: Grain = "day", demand: Demand | None = None
) -> pd.DataFrame:
    """Coverage of each period and region, family or account whose usage it is: one row each.

    Columns: Start, End, Hours, the group (null where the account is unknown), EligibleUSD, CoveredUSD,
    CoveragePct; as in ``coverage_over_time``, whose EligibleUSD and CoveredUSD the groups add up to.
    """
    of = evidence.window if demand is None else demand
    billed = evidence.billed(of, active_hours(evidence.commitments, of.hours))
    lines = of.lines.assign(InstanceFamily=of.lines["InstanceType"].map(family_of).astype("str"))
    groups: dict[Any, Ints] = lines.groupby(by, sort=True, dropna=False).indices  # type: ignore[assignment]
    slot = _slot(of, grain)
    found = []
    for name, at in sorted(groups.items(), key=lambda item: (pd.isna(item[0]), str(item[0]))):
        hourly = pd.DataFrame(
            {
                "EligibleUSD": evidence.usd[at] @ of.quantity[at],
                "CoveredUSD": evidence.usd[at] @ (of.quantity - billed.residual)[at],
            }
        )
        sums = _periods(of, grain).join(hourly.groupby(slot, sort=True).sum())
        found.append(sums.assign(**{by: name}))
    columns = ["Start", "End", "Hours", by, "EligibleUSD", "CoveredUSD"]
    if not found:
        return pd.DataFrame(columns=[*columns, "CoveragePct"])
    frame = pd.concat(found).sort_values("Start", kind="stable").reset_index(drop=True)[columns]
    return frame.assign(CoveragePct=_pct(frame["CoveredUSD"], frame["EligibleUSD"]))


_MAYBE_UNKNOWN = ["CommitmentUSD", "UsedUSD"]
_COLUMNS = [
    "Start",
    "End",
    "Hours",
    "EligibleUSD",
    "CoveredUSD",
    "RICoveredUSD",
    "PlanCoveredUSD",
    "CoveragePct",
    "RICoveragePct",
    "PlanCoveragePct",
    "CommitmentUSD",
    "UsedUSD",
    "UnusedUSD",
    "UtilizationPct",
    "RIUtilizationPct",
    "PlanUtilizationPct",
    "ActualUSD",
    "EffectiveSavingsRatePct",
]


def _slot(of: Demand, grain: Grain) -> pd.Index:
    return of.hours.tz_localize(None).to_period(_PERIODS[grain])


def _periods(of: Demand, grain: Grain) -> pd.DataFrame:
    days = pd.Series(of.hours.normalize(), name="Day")
    groups = days.groupby(_slot(of, grain), sort=True)
    return pd.DataFrame({"Start": groups.min(), "End": groups.max(), "Hours": groups.size()})


def _covered(evidence: Evidence, of: Demand, billed: Bill) -> pd.DataFrame:
    eligible, residual = evidence.usd @ of.quantity, evidence.usd @ billed.residual
    by_ri = evidence.usd @ billed.covered_by_ri
    return pd.DataFrame(
        {
            "EligibleUSD": eligible,
            "CoveredUSD": eligible - residual,
            "RICoveredUSD": by_ri,
            "PlanCoveredUSD": eligible - residual - by_ri,
        }
    )


def _paid(evidence: Evidence, billed: Bill, active: Bools) -> dict[str, Floats]:
    """What commitments cost and how much of it is used, hour by hour."""
    fee = np.where(active.any(axis=1), amortised_hourly_usd(evidence.commitments), 0.0)
    reserved = (evidence.commitments["Kind"] == RI).to_numpy()
    known = np.isfinite(fee)
    unknown = active[~known].any(axis=0)
    share = np.divide(
        billed.used, billed.budget, out=np.zeros_like(billed.used), where=billed.budget > 0
    )
    return {
        "CommitmentUSD": np.where(unknown, np.nan, fee[known] @ active[known]),
        "UsedUSD": np.where(unknown, np.nan, fee[known] @ (share * active)[known]),
        "RIBought": billed.budget[reserved].sum(axis=0),
        "RIUsed": billed.used[reserved].sum(axis=0),
        "PlanBought": billed.budget[~reserved].sum(axis=0),
        "PlanUsed": billed.used[~reserved].sum(axis=0),
    }


def _with_rates(frame: pd.DataFrame) -> pd.DataFrame:
    eligible, cost = frame["EligibleUSD"], frame["CommitmentUSD"]
    actual = cost + eligible - frame["CoveredUSD"]
    return frame.assign(
        CoveragePct=_pct(frame["CoveredUSD"], eligible),
        RICoveragePct=_pct(frame["RICoveredUSD"], eligible),
        PlanCoveragePct=_pct(frame["PlanCoveredUSD"], eligible),
        UnusedUSD=cost - frame["UsedUSD"],
        UtilizationPct=_pct(frame["UsedUSD"], cost),
        RIUtilizationPct=_pct(frame["RIUsed"], frame["RIBought"]),
        PlanUtilizationPct=_pct(frame["PlanUsed"], frame["PlanBought"]),
        ActualUSD=actual,
        EffectiveSavingsRatePct=_pct(eligible - actual, eligible),
    )


def _pct(part: pd.Series, whole: pd.Series) -> pd.Series:
    return part / whole.where(whole > 0) * 100
