"""Why is this bought, and why is that not? The reasons of a row of advice, and what stays On-Demand."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from finops.answers.commitments import CommitmentAdvice
from finops.errors import NotAvailable
from finops.estate import Estate
from finops.money import HOURS_PER_YEAR, exact, exact_sum
from finops.ri_engine.backtest.folds import with_purchases
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum import Limits
from finops.ri_engine.pools import POOL_KEYS, Demand
from finops.ri_engine.quantity import Floats
from finops.ri_engine.reasons import Reasons, duration, reasons
from finops.ri_engine.report import Basis
from finops.ri_engine.steadiness import hourly_steadiness

__all__ = ["Cash", "Reasons", "StaysOnDemand", "cash_of", "duration", "explain", "stays_on_demand"]

# A share of the demand: what is left over by less is a rounding of floats.
_LITTLE = 1e-6
_COLUMNS = [
    *POOL_KEYS,
    "Instances",
    "SteadinessPct",
    "OnDemandUSD",
    "OwnedPct",
    "AdvisedPct",
    "LeftPct",
    "LeftUSD",
    "UsedHoursPct",
    "BreakEvenPct",
    "Why",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cash:
    """What all rows of advice take: dollars paid at the start, and a month of 730 hours after that."""

    upfront_usd: float
    monthly_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StaysOnDemand:
    """``pools`` has a row a pool of which something stays On-Demand, the most dollars first.

    Instances (in the mean hour), SteadinessPct (5th percentile ÷ mean), OnDemandUSD (a year of all of
    it at On-Demand rates), OwnedPct, AdvisedPct and LeftPct (shares of it that what is owned and what
    is advised serve, and what is left), LeftUSD, UsedHoursPct (the hours in which the first instance
    that is left runs in full), BreakEvenPct (the hours that the cheapest offer allowed must be used to
    pay; NaN where nothing is sold) and Why. Percentages are 0 to 100; ``total_usd`` is a year's.
    """

    total_usd: float
    pools: pd.DataFrame


def cash_of(advice: CommitmentAdvice) -> Cash:
    """The cash that the advice takes, all rows together, to the cent."""
    rows = advice.report.recommendations
    return Cash(
        upfront_usd=float(exact_sum(exact(row.upfront_usd) for row in rows)),
        monthly_usd=float(exact_sum(exact(row.monthly_usd) for row in rows)),
    )


def explain(estate: Estate, advice: CommitmentAdvice, number: int) -> Reasons:
    """Why row ``number`` of the advice, why so much of it, and what speaks against it.

    All is of the demand that the row was sized for, but for ``hours`` and the worst of them: those are
    of the window as it was.
    Raises NotAvailable for advice that carries no basis, IndexError for a row that is not there.
    """
    basis, window = _basis(advice), advice.report.window
    measured = _reasons(estate, advice, number, basis.demand)
    if window is None or window.given:
        return measured
    wanted = _reasons(estate, advice, number, basis.sized)
    ahead = ", carried forward by the trend of the fleet" if window.trend_adjusted else ""
    sized = (
        f"The amount is sized for the last {window.days} days{ahead}, in ten cases of what may become "
        "of single pools; the figures of these sentences are those of that demand."
    )
    return replace(
        wanted,
        why=(*wanted.why, sized),
        hours=measured.hours,
        worst_hour=measured.worst_hour,
        worst_week=measured.worst_week,
    )


def _reasons(estate: Estate, advice: CommitmentAdvice, number: int, demand: Demand) -> Reasons:
    return reasons(
        _basis(advice).evidence,
        demand,
        tuple(row.purchase for row in advice.report.recommendations),
        number,
        limits=advice.settings.limits,
        ec2=estate.ec2,
        lookback_days=advice.settings.lookback_days or 90,
    )


def stays_on_demand(advice: CommitmentAdvice) -> StaysOnDemand:
    """What of the demand neither what is owned nor the advice serves, pool by pool, and why."""
    basis = _basis(advice)
    evidence, demand = basis.evidence, basis.demand
    purchases = [row.purchase for row in advice.report.recommendations]
    before = evidence.billed(demand).residual
    after = with_purchases(evidence, purchases).billed(demand).residual if purchases else before
    frame = _by_pool(evidence, demand, before, after, advice.settings.limits)
    left = frame[frame["LeftPct"] > _LITTLE].sort_values(
        ["LeftUSD", *POOL_KEYS], ascending=[False, *([True] * len(POOL_KEYS))], ignore_index=True
    )
    return StaysOnDemand(total_usd=float(left["LeftUSD"].sum()), pools=left[_COLUMNS])


def _by_pool(
    evidence: Evidence, demand: Demand, before: Floats, after: Floats, limits: Limits
) -> pd.DataFrame:
    pools = evidence.pools
    hourly, left = pools.total(demand.quantity), pools.total(after)
    total, of_before, of_after = (
        pools.total(evidence.usd * part.mean(axis=1)) for part in (demand.quantity, before, after)
    )
    frame = pools.keys.assign(
        Instances=hourly.mean(axis=1),
        SteadinessPct=[_or_nan(hourly_steadiness(hours)) for hours in hourly],
        OnDemandUSD=total * HOURS_PER_YEAR,
        OwnedPct=_pct(total - of_before, total),
        AdvisedPct=_pct(of_before - of_after, total),
        LeftPct=_pct(of_after, total),
        LeftUSD=of_after * HOURS_PER_YEAR,
        UsedHoursPct=(left >= 1 - _LITTLE).mean(axis=1) * 100,
        BreakEvenPct=[_break_even(evidence, pool, limits) for pool in range(len(pools.keys))],
    )
    hours = len(demand.hours) if evidence.kind == "hourly" else 0
    return frame.assign(Why=[_why(row, hours) for row in frame.to_dict("records")])


def _why(row: Mapping[Hashable, Any], hours: int) -> str:
    """In a few words; ``hours`` of evidence are 0 on a snapshot."""
    pays, used = float(row["BreakEvenPct"]), float(row["UsedHoursPct"])
    if np.isnan(pays):
        return "No commitment is sold for it within the settings"
    if not hours:
        return "Not steady enough, or beyond the share that a snapshot allows"
    if used < pays:
        return "It would run too rarely to pay: On-Demand is cheaper"
    return "It would pay alone: a limit, or what other rows serve, keeps it out"


def _break_even(evidence: Evidence, pool: int, limits: Limits) -> float:
    """The cheapest offer's price ÷ the On-Demand price, in percent."""
    rate = float(evidence.pool_rate[pool])
    allowed = [one.effective_usd_per_hour for one in evidence.prices[pool] if limits.allows(one)]
    return min(allowed) / rate * 100 if allowed and np.isfinite(rate) and rate > 0 else np.nan


def _pct(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0) * 100
    return share


def _or_nan(score: float | None) -> float:
    return np.nan if score is None else score


def _basis(advice: CommitmentAdvice) -> Basis:
    if advice.report.basis is None:
        raise NotAvailable("this advice carries no evidence to explain it; ask for it anew")
    return advice.report.basis
