"""What does the joint bill say when one row of a portfolio is larger, smaller or absent?

Everything else stays in place: what is owned, and the other rows. Only lines and commitments that share
hours with the row, directly or through others, are billed again; the rest does not move.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.ri_engine.billing import hourly_budget, serve
from finops.ri_engine.claims import Bools, Claim, Ints, claims
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.owned import amortised_hourly_usd
from finops.ri_engine.pools import Demand
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import owned_plan_rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One bill: ``residual`` and ``by_row`` (M, T) are instance-hours, ``used`` (K,) is the mean hour's
    use of each commitment in its own unit (that of the row itself is in ``by_row``)."""

    residual: Floats
    by_row: Floats
    used: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class JointBill:
    """M lines and K commitments that share hours with the row number ``row`` of the commitments.

    ``lines`` (M,) are places in the demand's lines. ``budget`` (K,) is what each commitment can serve in
    an hour. ``rate`` (M,) is what an instance-hour takes of the row, NaN where it may not serve:
    instance-hours of its own type for a Reserved Instance, plan dollars for a plan. ``others_usd`` is
    what the other rows cost, ``base_usd`` what would stay On-Demand under owned commitments alone,
    ``elsewhere_usd`` what rows that share no hour with this one save: all in dollars of the mean hour.
    """

    lines: Ints
    quantity: Floats
    usd: Floats
    order: tuple[Claim, ...]
    budget: Floats
    rate: Floats
    row: int
    owned: Bools
    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    amortised_usd: Floats
    others_usd: float
    base_usd: float
    elsewhere_usd: float

    def run(self, amount: float, keep: float = 1.0) -> Run:
        """The bill with ``amount`` of the row and ``keep`` (a fraction) of all demand."""
        hours = self.quantity.shape[1]
        budget = self.budget.copy()
        budget[self.row] = amount
        left, residual = np.repeat(budget[:, None], hours, axis=1), self.quantity * keep
        by_row = np.zeros_like(residual)
        for claim, served in serve(list(self.order), residual, left):
            if claim.commitment == self.row:
                by_row[claim.line] += served
        finite = np.isfinite(budget)
        used = np.where(finite, budget, 0.0) - np.where(finite[:, None], left, 0.0).mean(axis=1)
        return Run(residual=residual, by_row=by_row, used=used)

    def on_demand_usd(self, amount: float, keep: float = 1.0) -> float:
        """What stays On-Demand in the mean hour, in dollars."""
        return float(self.usd @ self.run(amount, keep).residual.mean(axis=1))

    def saving_usd(self, amount: float, unit_usd: float) -> float:
        """What the whole portfolio saves in the mean hour with ``amount`` at ``unit_usd`` each."""
        here = self.base_usd - self.on_demand_usd(amount) - self.others_usd - amount * unit_usd
        return here + self.elsewhere_usd


def joint_bill(
    evidence: Evidence, demand: Demand, purchases: Sequence[Purchase], number: int
) -> JointBill:
    """The portfolio beside what is owned, as seen from purchase ``number``.

    ``demand`` is of the evidence's lines.
    """
    advice = as_commitments(purchases, evidence.as_of)
    both = pd.concat([evidence.commitments, advice], ignore_index=True)
    by_pool, _ = owned_plan_rates(advice, evidence.prices)
    rates = np.vstack([evidence.plan_rates, by_pool[:, evidence.pools.of_line]])
    order = claims(demand.lines, both, evidence.on_demand_usd, rates, evidence.spec_of)
    have, row = len(evidence.commitments), len(evidence.commitments) + number
    budget = hourly_budget(both, demand.quantity.shape[1])

    base = _left([one for one in order if one.commitment < have], demand, budget)
    rest = _left(order, demand, budget)
    near_lines, near = _connected(order, row)
    far = np.setdiff1d(np.arange(len(demand.lines)), near_lines)
    cost = np.concatenate([np.zeros(have), [one.hourly_usd for one in purchases]])
    others = np.setdiff1d(near, [row])
    line_at = {int(line): at for at, line in enumerate(near_lines)}
    at_of = {int(one): at for at, one in enumerate(near)}
    local = tuple(
        Claim(at_of[one.commitment], line_at[one.line], one.rate)
        for one in order
        if one.commitment in at_of
    )
    rate = np.full(len(near_lines), np.nan)
    for one in local:
        if one.commitment == at_of[row]:
            rate[one.line] = one.rate
    usd = evidence.usd
    return JointBill(
        lines=near_lines,
        quantity=demand.quantity[near_lines].astype(np.float64),
        usd=usd[near_lines],
        order=local,
        budget=budget[near].max(axis=1, initial=0.0),
        rate=rate,
        row=at_of[row],
        owned=near < have,
        ids=tuple(str(name) for name in both["CommitmentId"].iloc[near]),
        kinds=tuple(str(kind) for kind in both["Kind"].iloc[near]),
        amortised_usd=amortised_hourly_usd(both.iloc[near]),
        others_usd=float(cost[others].sum()),
        base_usd=float(usd[near_lines] @ base[near_lines]),
        elsewhere_usd=float(usd[far] @ (base[far] - rest[far]) - np.delete(cost, near).sum()),
    )


def _left(order: list[Claim], demand: Demand, budget: Floats) -> Floats:
    """Instance-hours of the mean hour that these claims leave on each line, (L,)."""
    residual = demand.quantity.astype(np.float64, copy=True)
    for _ in serve(order, residual, budget.copy()):
        pass
    mean: Floats = residual.mean(axis=1)
    return mean


def _connected(order: Sequence[Claim], row: int) -> tuple[Ints, Ints]:
    """The lines and the commitments that share demand with ``row``, directly or through others."""
    of_line: defaultdict[int, set[int]] = defaultdict(set)
    of_commitment: defaultdict[int, set[int]] = defaultdict(set)
    for claim in order:
        of_line[claim.line].add(claim.commitment)
        of_commitment[claim.commitment].add(claim.line)
    commitments, lines, ahead = {row}, set[int](), [row]
    while ahead:
        for line in of_commitment[ahead.pop()] - lines:
            lines.add(line)
            new = of_line[line] - commitments
            commitments |= new
            ahead.extend(new)
    return np.array(sorted(lines), dtype=np.intp), np.array(sorted(commitments), dtype=np.intp)
