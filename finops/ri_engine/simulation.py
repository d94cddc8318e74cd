"""What does demand cost under commitments? The bill as a record: per hour, per pool, per commitment.

On-Demand equivalent = covered + residual; total = what commitments cost, used or not, + residual. A
commitment costs its amortised fee in every hour in which it counts. Coverage % = covered ÷ On-Demand
equivalent, utilisation % = used ÷ purchased dollars, Effective Savings Rate = (On-Demand equivalent −
total) ÷ On-Demand equivalent. Source: AWS Cost Explorer guide, coverage and utilization reports; FinOps
Foundation, Effective Savings Rate. An unknown fee makes unknown what rests on it, and is never 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_MONTH, share_pct
from finops.periods import utc
from finops.ri_engine.billing import Bill
from finops.ri_engine.catalogue import Catalogue
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI, Bools
from finops.ri_engine.coverage import effective_savings_rate
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence, from_usage
from finops.ri_engine.owned import active_hours, amortised_hourly_usd, shield
from finops.ri_engine.pools import HOUR, POOL_KEYS, Demand, last_complete_day
from finops.ri_engine.quantity import Floats
from finops.ri_engine.report import NotPriced
from finops.ri_engine.sizes import family_of

_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The bill of ``hours`` hours from ``start`` to ``end``, both days inclusive. Dollars are theirs.

    ``commitments_usd`` = ``used_usd`` + ``unused_usd`` is None, and so are the total and what is a share
    of it, where the fee of a commitment that counts is unknown; percentages (0 to 100) also where there
    is nothing to divide by. Frames hold NaN in the same places; each adds up to the headline:
    ``by_hour`` (hour, on_demand_usd, covered_usd, residual_usd, commitments_usd, used_usd, unused_usd,
    total_usd), ``by_pool`` (the pool's keys, hours, covered_hours, ri_hours, on_demand_usd, covered_usd,
    residual_usd, used_usd, total_usd; unused commitments belong to no pool) and ``by_commitment``
    (commitment_id, kind, unit, purchased, used, unused in that unit, cost_usd, used_usd, unused_usd,
    covered_usd, utilization_pct), of those that count in any hour, in the order of their ids.
    ``not_priced`` demand is in no dollars. ``bill`` is the simulator's own, line by line.
    """

    start: date
    end: date
    hours: int
    on_demand_usd: float
    covered_usd: float
    residual_usd: float
    commitments_usd: float | None
    used_usd: float | None
    unused_usd: float | None
    total_usd: float | None
    coverage_pct: float | None
    utilization_pct: float | None
    effective_savings_rate_pct: float | None
    by_hour: pd.DataFrame = field(compare=False, repr=False)
    by_pool: pd.DataFrame = field(compare=False, repr=False)
    by_commitment: pd.DataFrame = field(compare=False, repr=False)
    not_priced: tuple[NotPriced, ...]
    notes: tuple[str, ...]
    bill: Bill = field(compare=False, repr=False)


def simulate_usage(
    usage: pd.DataFrame,
    commitments: pd.DataFrame,
    catalogue: Catalogue,
    *,
    as_of: date | None = None,
    lookback_days: int | None = None,
    as_if_owned: bool = False,
) -> Simulation:
    """The bill of a non-empty ``usage`` frame under ``commitments``, prices being the ``catalogue``'s.

    It covers the last ``lookback_days`` days up to ``as_of``, by default all whole days of the usage.
    Each commitment counts in its own hours; or, ``as_if_owned``, those that count on the day after count
    in all hours, as advice is sized (``owned.shield``): so what advice promises can be checked.
    """
    end = last_complete_day(usage) if as_of is None else min(as_of, last_complete_day(usage))
    past = (utc(end) + pd.Timedelta(days=1) - usage["Hour"].min()) // HOUR
    whole, rest = divmod(int(past), HOURS_PER_DAY)
    days = max(whole, 1) if lookback_days is None else lookback_days
    counting = shield(commitments, end) if as_if_owned else commitments
    evidence = from_usage(usage, counting, catalogue, as_of=as_of, lookback_days=days)
    found = simulate(evidence, as_if_owned=as_if_owned)
    notes = list(found.notes)
    if lookback_days is None and whole and rest:
        notes.append(f"the first {rest} hours of the usage are no whole day and are left out")
    gone = commitments[~commitments["CommitmentId"].isin(counting["CommitmentId"])]["CommitmentId"]
    if len(gone):
        why = "ended, retired, far ahead or renewing another"
        notes.append(_named(gone.tolist(), f"not standing after {end} ({why}): it is not billed"))
    return replace(found, notes=tuple(notes))


def simulate(
    evidence: Evidence, demand: Demand | None = None, *, as_if_owned: bool = False
) -> Simulation:
    """Bill ``demand`` (of the evidence's lines; by default its window) under the evidence's commitments.

    Each counts in the hours from its Start up to its End or, ``as_if_owned``, in all of them. Demand
    has one hour or more.
    """
    of = evidence.window if demand is None else demand
    owned = evidence.commitments
    every = np.ones((len(owned), len(of.hours)), dtype=np.bool_)
    active = every if as_if_owned else active_hours(owned, of.hours)
    billed = evidence.billed(of, active)
    fee = np.where(active.any(axis=1), amortised_hourly_usd(owned), 0.0)
    by_hour = _by_hour(evidence, of, billed, active, fee)
    by_commitment = _by_commitment(evidence, billed, active, fee)
    on_demand, residual = float(by_hour["on_demand_usd"].sum()), float(by_hour["residual_usd"].sum())
    cost, used = _sum(by_commitment["cost_usd"]), _sum(by_commitment["used_usd"])
    total = None if cost is None else cost + residual
    rate = None if total is None else effective_savings_rate(on_demand, total)
    return Simulation(
        start=of.hours[0].date(),
        end=of.hours[-1].date(),
        hours=len(of.hours),
        on_demand_usd=on_demand,
        covered_usd=on_demand - residual,
        residual_usd=residual,
        commitments_usd=cost,
        used_usd=used,
        unused_usd=_sum(by_commitment["unused_usd"]),
        total_usd=total,
        coverage_pct=share_pct(on_demand - residual, on_demand),
        utilization_pct=None if cost is None or used is None else share_pct(used, cost),
        effective_savings_rate_pct=None if rate is None else rate * 100,
        by_hour=by_hour,
        by_pool=_by_pool(evidence, of, billed, fee),
        by_commitment=by_commitment,
        not_priced=_not_priced(evidence, of, active),
        notes=(*evidence.notes, *_notes(owned, of, active, fee)),
        bill=billed,
    )


def _by_hour(evidence: Evidence, of: Demand, billed: Bill, active: Bools, fee: Floats) -> pd.DataFrame:
    on_demand, residual = evidence.usd @ of.quantity, evidence.usd @ billed.residual
    known = np.isfinite(fee)
    unknown = active[~known].any(axis=0)
    cost = np.where(unknown, np.nan, fee[known] @ active[known])
    used = np.where(unknown, np.nan, _unit_fee(billed, fee)[known] @ billed.used[known])
    return pd.DataFrame(
        {
            "hour": of.hours,
            "on_demand_usd": on_demand,
            "covered_usd": on_demand - residual,
            "residual_usd": residual,
            "commitments_usd": cost,
            "used_usd": used,
            "unused_usd": np.maximum(cost - used, 0.0),
            "total_usd": cost + residual,
        }
    )


def _by_pool(evidence: Evidence, of: Demand, billed: Bill, fee: Floats) -> pd.DataFrame:
    total, usd = evidence.pools.total, evidence.usd
    hours, left = of.quantity.sum(axis=1), billed.residual.sum(axis=1)
    spent = _unit_fee(billed, fee)[billed.claimant] * billed.spent
    used = np.bincount(billed.line, spent, len(usd)).astype(np.float64)
    paid, residual = total(used), total(left * usd)
    keys = evidence.pools.keys[POOL_KEYS].set_axis(
        ["region", "instance_type", "platform", "tenancy"], axis="columns"
    )
    return keys.assign(
        hours=total(hours),
        covered_hours=total(hours - left),
        ri_hours=total(billed.covered_by_ri.sum(axis=1)),
        on_demand_usd=total(hours * usd),
        covered_usd=total((hours - left) * usd),
        residual_usd=residual,
        used_usd=paid,
        total_usd=residual + paid,
    )


def _by_commitment(evidence: Evidence, billed: Bill, active: Bools, fee: Floats) -> pd.DataFrame:
    owned = evidence.commitments
    purchased, used = billed.budget.sum(axis=1), billed.used.sum(axis=1)
    value = billed.served * evidence.usd[billed.line]
    cost, used_usd = fee * active.sum(axis=1), _unit_fee(billed, fee) * used
    frame = pd.DataFrame(
        {
            "commitment_id": owned["CommitmentId"],
            "kind": owned["Kind"],
            "unit": np.where(owned["Kind"] == RI, "instance-hours", "USD"),
            "purchased": purchased,
            "used": used,
            "unused": purchased - used,
            "cost_usd": cost,
            "used_usd": used_usd,
            "unused_usd": np.maximum(cost - used_usd, 0.0),
            "covered_usd": np.bincount(billed.claimant, value, minlength=len(owned)),
            "utilization_pct": np.divide(
                used * 100, purchased, out=np.full(len(owned), np.nan), where=purchased > 0
            ),
        }
    )
    counted = frame.iloc[np.flatnonzero(active.any(axis=1))]
    return counted.sort_values(["commitment_id", "cost_usd"]).reset_index(drop=True)


def _unit_fee(billed: Bill, fee: Floats) -> Floats:
    """Dollars per unit of each commitment's own, shape (C,): what an hour of it costs ÷ its budget."""
    budget = billed.budget.max(axis=1, initial=0.0)
    unit: Floats = np.divide(fee, budget, out=np.zeros(len(fee)), where=budget > 0)
    return unit


def _not_priced(evidence: Evidence, of: Demand, active: Bools) -> tuple[NotPriced, ...]:
    """Pools with demand of which dollars are unknown, and those that a plan cannot be charged for."""
    hourly = of.quantity.sum(axis=1) / max(len(of.hours), 1)
    unknown = np.isnan(evidence.on_demand_usd)
    uncharged = ~unknown & _uncharged(evidence, of, active)
    return (
        *_pools_of(evidence, np.where(unknown, hourly, 0.0), "no On-Demand price is known"),
        *_pools_of(
            evidence,
            np.where(uncharged, hourly, 0.0),
            "no Savings Plan price is known: a plan that counts serves none of it here",
        ),
    )


def _uncharged(evidence: Evidence, of: Demand, active: Bools) -> Bools:
    """The lines, (L,), that a plan may serve but whose price under it is unknown."""
    found = np.zeros(len(of.lines), dtype=np.bool_)
    family = of.lines["InstanceType"].map(family_of)
    for number in np.flatnonzero(active.any(axis=1)):
        one = evidence.commitments.iloc[number]
        within = np.full(len(of.lines), one["Kind"] == COMPUTE_PLAN)
        if one["Kind"] == EC2_PLAN:
            within = (
                (family == one["InstanceFamily"]) & (of.lines["Region"] == one["Region"])
            ).to_numpy()
        found |= within & np.isnan(evidence.plan_rates[number])
    return found


def _pools_of(evidence: Evidence, hourly: Floats, reason: str) -> tuple[NotPriced, ...]:
    instances, dollars = evidence.pools.total(hourly), evidence.pools.total(hourly * evidence.usd)
    found = []
    for pool in np.flatnonzero(instances > 0):
        key = evidence.pools.keys.iloc[pool]
        known = bool(dollars[pool] > 0)
        found.append(
            NotPriced(
                region=key["Region"],
                instance_type=key["InstanceType"],
                platform=key["Platform"],
                tenancy=key["Tenancy"],
                instances=float(instances[pool]),
                monthly_usd=float(dollars[pool]) * HOURS_PER_MONTH if known else None,
                dollars="on_demand" if known else None,
                reason=reason,
            )
        )
    return tuple(found)


def _notes(owned: pd.DataFrame, of: Demand, active: Bools, fee: Floats) -> list[str]:
    counts: Bools = np.asarray(active.any(axis=1))
    retired = ((owned["State"] == "retired") & (owned["End"] > of.hours[-1])).to_numpy()
    said = {
        "whose fee is unknown: what it costs, and with it the total, is unknown": counts & np.isnan(fee),
        "outside its term in all of these hours: it is not billed": ~counts,
        "retired, with a term that goes on: it counts from its Start to its End": counts & retired,
    }
    ids = owned["CommitmentId"].to_numpy(dtype=object)
    notes = [_named(ids[which].tolist(), what) for what, which in said.items() if which.any()]
    return notes if of.quantity.any() else ["no hour of the usage is eligible for a commitment", *notes]


def _named(ids: list[str], what: str) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return f"{len(ids)} commitment(s) {what} ({', '.join(sorted(ids)[:_NAMED])}{more})"


def _sum(dollars: pd.Series) -> float | None:
    return None if dollars.isna().any() else float(dollars.sum())
