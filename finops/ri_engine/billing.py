"""Who pays for an hour? Commitments applied to hourly demand in AWS's order.

Every hour stands alone, and zonal RIs, regional RIs, EC2 Instance and Compute plans are one rule. A
commitment has a budget per hour – instance-hours, or dollars – and a claim on a line says what one
instance-hour of it takes from that budget. Claims are served one after the other, in an order that
never depends on demand (``claims.py``): so one more commitment can only lower what is left on any
line, and used + unused is the budget by construction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.ri_engine.claims import RI, Bools, Claim, Ints, claims
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import SpecOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What commitments served. L lines, C commitments, T hours, in the order they came in.

    ``residual`` (L, T) and ``covered_by_ri`` (L, T) are instance-hours; ``budget`` and ``used``
    (C, T) are in the commitment's own unit: instance-hours of an RI's own type, plan dollars.
    Of the N claims that served anything, in their order, and in all hours together: ``served`` (N,) are
    instance-hours and ``spent`` (N,) what they took, of commitment ``claimant`` (N,) for ``line`` (N,).
    """

    residual: Floats
    covered_by_ri: Floats
    budget: Floats
    used: Floats
    claimant: Ints
    line: Ints
    served: Floats
    spent: Floats

    @property
    def unused(self) -> Floats:
        return self.budget - self.used


def bill(
    lines: pd.DataFrame,
    quantity: Floats,
    commitments: pd.DataFrame,
    *,
    on_demand_usd: Floats,
    plan_rates: Floats,
    active: Bools | None = None,
    spec_of: SpecOf | None = None,
) -> Bill:
    """Apply ``commitments`` (the frame of that name, C rows) to demand of shape (L, T).

    ``lines`` has L rows of LINE_KEYS. Rates are dollars per instance-hour: ``on_demand_usd`` (L,)
    ranks the savings, ``plan_rates`` (C, L) is what a plan is charged and NaN where it does not apply
    (and for RIs). ``active`` (C, T) says in which hours a commitment counts; by default in all.
    Instance-hours whose zone is unknown are taken to be in the zone of a zonal RI of their region, and
    those whose account is unknown to belong to the owner. The order of rows does not matter.

    One more commitment leaves no line with more On-Demand hours, in any hour: covered dollars never
    fall. It may leave less to do for the others, so that all of it costs more than before.
    """
    left = hourly_budget(commitments, quantity.shape[1], active)
    budget, residual = left.copy(), quantity.astype(np.float64, copy=True)
    covered_by_ri = np.zeros_like(residual)
    by_ri = (commitments["Kind"] == RI).to_numpy()
    order = claims(lines, commitments, on_demand_usd, plan_rates, spec_of)
    kept: list[tuple[int, int, float, float]] = []
    for claim, served in serve(order, residual, left):
        if by_ri[claim.commitment]:
            covered_by_ri[claim.line] += served
        hours = float(served.sum())
        kept.append((claim.commitment, claim.line, hours, hours * claim.rate))
    claimant, line, hours_served, spent = np.array(kept, dtype=np.float64).reshape(-1, 4).T
    return Bill(
        residual=residual,
        covered_by_ri=covered_by_ri,
        budget=budget,
        used=budget - left,
        claimant=claimant.astype(np.intp),
        line=line.astype(np.intp),
        served=hours_served,
        spent=spent,
    )


def hourly_budget(commitments: pd.DataFrame, hours: int, active: Bools | None = None) -> Floats:
    """What each commitment can serve in each hour, shape (C, hours): Quantity, or plan dollars."""
    plan = (commitments["Kind"] != RI).to_numpy()
    amount = np.where(
        plan,
        commitments["HourlyCommitmentUSD"].to_numpy(dtype=np.float64, na_value=0.0),
        commitments["Quantity"].to_numpy(dtype=np.float64, na_value=0.0),
    )
    budget = np.repeat(amount[:, None], hours, axis=1)
    return budget if active is None else np.where(active, budget, 0.0)


def serve(order: list[Claim], residual: Floats, left: Floats) -> Iterator[tuple[Claim, Floats]]:
    """Serve claims in order; yields the instance-hours (T,) of each claim that serves any.

    ``residual`` (L, T) and ``left`` (C, T) belong to the caller and are drawn down in place.
    """
    served_out: set[int] = set()
    spent: set[int] = set()
    for claim in order:
        if claim.line in served_out or claim.commitment in spent:
            continue
        demand, budget = residual[claim.line], left[claim.commitment]
        served = np.minimum(demand, budget / claim.rate)
        if not served.any():
            if not demand.any():
                served_out.add(claim.line)
            if not budget.any():
                spent.add(claim.commitment)
            continue
        demand -= served
        budget -= served * claim.rate
        np.maximum(budget, 0.0, out=budget)
        yield claim, served
