"""What does each purchase save when all are billed together? The simulator's answer, row by row.

New commitments serve usage that owned Savings Plans would have served. The saving of all purchases
together is the On-Demand cost that disappears minus what they cost; each is credited with the
On-Demand cost of the hours that it serves, charged its own cost, and charged its part of what owned
commitments cover less. The parts add up to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.ri_engine.billing import hourly_budget, serve
from finops.ri_engine.claims import Lines, claims_on, lines_of
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.pools import Demand
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import owned_plan_rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Of N purchases, in dollars per mean hour: ``value`` of the hours served at On-Demand rates,
    ``cost``, ``effect`` on owned commitments (a loss is negative); ``utilization`` 0 to 1. ``residual``
    is what is left of demand, (L, T) instance-hours.
    """

    value: Floats
    cost: Floats
    effect: Floats
    utilization: Floats
    residual: Floats

    @property
    def saving(self) -> Floats:
        return self.value - self.cost + self.effect


@dataclass(frozen=True, slots=True)
class Beside:
    """Demand beside what is owned, looked at once for as many purchases as are asked for: its ``lines``,
    and the ``residual`` (L, T) that owned commitments alone leave of it."""

    lines: Lines
    residual: Floats

    @classmethod
    def of(cls, evidence: Evidence, demand: Demand) -> Beside:
        lines = lines_of(demand.lines, evidence.on_demand_usd, evidence.spec_of)
        return cls(lines, evidence.billed(demand).residual)


def attribute(
    evidence: Evidence,
    demand: Demand,
    beside: Beside,
    purchases: Sequence[Purchase],
    as_rows: pd.DataFrame | None = None,
) -> Attribution:
    """Bill ``demand`` under what is owned and the purchases together, and say what each purchase does.

    ``as_rows`` are the purchases as a ``commitments`` frame, for a caller who has it.
    """
    advice = as_commitments(purchases, evidence.as_of) if as_rows is None else as_rows
    owned, hours = len(evidence.commitments), demand.quantity.shape[1]
    both = pd.concat([evidence.commitments, advice], ignore_index=True)
    by_pool, _ = owned_plan_rates(advice, evidence.prices)
    plan_rates = np.vstack([evidence.plan_rates, by_pool[:, evidence.pools.of_line]])
    order = claims_on(beside.lines, both, plan_rates)
    budget = hourly_budget(both, hours)

    left, residual = budget.copy(), demand.quantity.astype(np.float64, copy=True)
    by_proposed = np.zeros_like(residual)
    for claim, served in serve(order, residual, left):
        if claim.commitment >= owned:
            by_proposed[claim.line] += served

    by_owned = demand.quantity - residual - by_proposed
    displaced = demand.quantity - beside.residual - by_owned
    lost = float(evidence.usd @ displaced.sum(axis=1))
    # The share of a served hour that an owned commitment served before.
    taken = np.divide(
        displaced.clip(min=0.0), by_proposed, out=np.zeros_like(displaced), where=by_proposed > 0
    )
    value, weight = np.zeros(len(advice)), np.zeros(len(advice))
    for claim, served in serve(order, demand.quantity.astype(np.float64, copy=True), budget.copy()):
        if claim.commitment >= owned:
            number, rate = claim.commitment - owned, evidence.usd[claim.line]
            value[number] += rate * served.sum()
            weight[number] += rate * (served @ taken[claim.line])
    effect = -lost * weight / weight.sum() if weight.sum() > 0 else np.zeros_like(weight)
    used, bought = (budget - left)[owned:].sum(axis=1), budget[owned:].sum(axis=1)
    return Attribution(
        value=value / hours,
        cost=np.array([one.hourly_usd for one in purchases], dtype=np.float64),
        effect=effect / hours,
        utilization=np.divide(used, bought, out=np.zeros_like(used), where=bought > 0),
        residual=residual,
    )
