"""What do purchases save when all are billed with what is owned, and what would one change do?

A Reserved Instance is spread over its size-flexible family and serves before owned Savings Plans, so
the saving of a quantity depends on the other quantities. Reserved Instances of one family and region
never touch another's lines: to try another quantity only that *group* of lines is billed again, then
the plans, and of those only the claims that the change reaches.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.ri_engine.billing import hourly_budget, serve
from finops.ri_engine.claims import RI, Claim, claims
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.pools import Demand
from finops.ri_engine.proposals import proposed
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizing import Purchase

# Dollars an hour: what is less is a rounding of floats (a thousandth of a dollar a year).
TOLERANCE = 1e-7
# Instance-hours.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines that share Reserved Instances, and the ``candidates`` that could be bought for them.

    ``order`` holds their claims by place in ``lines`` and in ``members``, which numbers commitments.
    """

    candidates: tuple[int, ...]
    lines: list[int]
    members: list[int]
    order: list[Claim]


class JointBill:
    """The bill of some hours under owned commitments and a changing number of each candidate.

    ``candidates`` are N purchases of one unit, of pools that all differ; ``units`` (N,) says how many
    of each are bought, at first none, ``cost`` (N,) what one costs, and ``covered`` the On-Demand
    dollars that they and the owned commitments cover. Dollars are those of the mean hour. ``work``
    counts the hours × claims of plans that have been billed.
    """

    def __init__(
        self,
        evidence: Evidence,
        demand: Demand,
        candidates: Sequence[Purchase],
        accounts: Sequence[str | None],
    ) -> None:
        frame = proposed(candidates, evidence.pools.keys, accounts, evidence.as_of)
        both = pd.concat([evidence.commitments, frame], ignore_index=True)
        unpriced = np.full((len(frame), len(demand.lines)), np.nan)
        order = claims(
            demand.lines,
            both,
            evidence.on_demand_usd,
            np.vstack([evidence.plan_rates, unpriced]),
            evidence.spec_of,
        )
        by_ri = (both["Kind"] == RI).to_numpy()
        self.cost = np.array([one.offer.effective_usd_per_hour for one in candidates])
        self.units = np.zeros(len(candidates), dtype=np.int64)
        self.work = 0
        self._owned = len(evidence.commitments)
        self._usd = evidence.usd
        self._demand = demand.quantity.astype(np.float64)
        self._amount = hourly_budget(both, 1)[:, 0]
        self._plans = [claim for claim in order if not by_ri[claim.commitment]]
        self.groups = _groups([c for c in order if by_ri[c.commitment]], self._owned)
        self.group_of = {one: group for group in self.groups for one in group.candidates}
        self._first = {claim.line: at for at, claim in reversed(list(enumerate(self._plans)))}
        self._claims_on: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for claim in self._plans:
            self._claims_on[claim.line].append((claim.commitment, claim.rate))
        self._after_ri = self._demand.copy()
        for group in self.groups:
            self._after_ri[group.lines] = self._reserved(group, {})
        shape = (len(self._plans), self._demand.shape[1])
        self._unmet, self._left, self._served = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        tied = [line for group in self.groups if self.has_plans(group) for line in group.lines]
        self._tied = np.zeros(len(demand.lines))
        self._tied[[*tied, *self._first]] = self._usd[[*tied, *self._first]]
        self._apply_plans()

    def has_plans(self, group: Group) -> bool:
        """Whether owned plans may serve any line of the group: then it is tied to other groups."""
        return any(line in self._first for line in group.lines)

    def try_units(self, group: Group, units: Mapping[int, int]) -> tuple[float, float]:
        """What another number of some candidates of the group changes: (saving, covered dollars).

        Where plans reach, a saving that cannot be above TOLERANCE may come back as any number that is
        not.
        """
        cost = sum(self.cost[one] * (count - self.units[one]) for one, count in units.items())
        change = self._reserved(group, units) - self._after_ri[group.lines]
        change[np.abs(change) < _ROUNDING] = 0.0
        dollars = -self._usd[group.lines] @ change
        if self.has_plans(group):
            more = all(count >= self.units[one] for one, count in units.items())
            # More purchases serve no more of an hour than what is left of it.
            at_most = float(np.minimum(dollars, self._at_most).mean()) if more else np.inf
            if at_most - cost <= TOLERANCE:
                return at_most - cost, at_most
            dollars = self._behind_plans(group, change)
        covered = float(dollars.mean())
        return covered - float(cost), covered

    def estimate_units(self, group: Group, units: Mapping[int, int]) -> float:
        """The saving of that change if what a plan dollar is worth in each hour stays as it is.

        Quick, and seldom below the truth: plan dollars that are set free go to ever lesser uses.
        """
        cost = sum(self.cost[one] * (count - self.units[one]) for one, count in units.items())
        change = self._reserved(group, units) - self._after_ri[group.lines]
        return self._at_current_worth(group, change) - float(cost)

    def set_units(self, units: Mapping[int, int]) -> None:
        """Buy that many of these candidates."""
        for one, count in units.items():
            self.units[one] = count
        changed = {id(group): group for group in (self.group_of[one] for one in units)}.values()
        for group in changed:
            before, after = self._after_ri[group.lines], self._reserved(group, {})
            self._after_ri[group.lines] = after
            self.covered += float(self._usd[group.lines] @ (before - after).mean(axis=1))
        if any(self.has_plans(group) for group in changed):
            self._apply_plans()

    def _reserved(self, group: Group, units: Mapping[int, int]) -> Floats:
        """What Reserved Instances leave of the group's lines."""
        residual = self._demand[group.lines]
        left = np.empty((len(group.members), residual.shape[1]))
        for place, number in enumerate(group.members):
            one = number - self._owned
            count = units.get(one, int(self.units[one])) if one >= 0 else 1
            left[place] = self._amount[number] * count
        bought = np.any(left > 0, axis=1)
        for _ in serve([claim for claim in group.order if bought[claim.commitment]], residual, left):
            pass
        return residual

    def _apply_plans(self) -> None:
        """Serve what is left from the owned plans, and note the state before each of their claims."""
        self.work += self._served.size
        residual = self._after_ri.copy()
        left = np.repeat(self._amount[: self._owned, None], residual.shape[1], axis=1)
        for at, claim in enumerate(self._plans):
            self._unmet[at], self._left[at] = residual[claim.line], left[claim.commitment]
            served = np.minimum(self._unmet[at], self._left[at] / claim.rate)
            self._served[at] = served
            residual[claim.line] -= served
            left[claim.commitment] = np.maximum(self._left[at] - served * claim.rate, 0.0)
        self.covered = float(self._usd @ (self._demand - residual).mean(axis=1))
        self._at_most = self._tied @ residual
        self._worth = np.zeros_like(left)
        for at in reversed(range(len(self._plans))):
            claim = self._plans[at]
            if self._usd[claim.line] > 0:
                wanting = self._unmet[at] > self._served[at] + _ROUNDING
                self._worth[claim.commitment][wanting] = self._usd[claim.line] / claim.rate
        self._full = np.all(self._unmet <= self._served, axis=1)
        self._idle = np.all(self._served <= 0, axis=1)

    def _at_current_worth(self, group: Group, change: Floats) -> float:
        """The dollars covered more if a plan dollar that is set free goes to the first unmet line."""
        dollars = np.zeros(change.shape[1])
        for line, delta in zip(group.lines, change, strict=True):
            rate = np.full(len(delta), self._usd[line])
            for commitment, per_hour in self._claims_on[line]:
                rate = np.minimum(rate, self._worth[commitment] * per_hour)
            dollars -= rate * delta
        return float(dollars.mean())

    def _behind_plans(self, group: Group, change: Floats) -> Floats:
        """On-Demand dollars (T,) that are covered more when demand on the plans changes like this."""
        unmet = {line: delta for line, delta in zip(group.lines, change, strict=True) if delta.any()}
        less, more = bool((change <= 0).all()), bool((change >= 0).all())
        left: dict[int, Floats] = {}
        first = min(
            (self._first[line] for line in unmet if line in self._first), default=len(self._plans)
        )
        for at in range(first, len(self._plans)):
            claim = self._plans[at]
            here, budget = unmet.get(claim.line), left.get(claim.commitment)
            if here is None:
                # Budget that is set free finds nothing unmet here; budget that is gone was not used.
                if budget is None or (less and self._full[at]) or (more and self._idle[at]):
                    continue
                here = np.zeros(change.shape[1])
            self.work += len(here)
            now = self._left[at] if budget is None else self._left[at] + budget
            served = np.minimum(self._unmet[at] + here, np.maximum(now, 0.0) / claim.rate)
            extra = served - self._served[at]
            if not extra.any():
                continue
            unmet[claim.line] = here - extra
            left[claim.commitment] = (0.0 if budget is None else budget) - extra * claim.rate
        return -sum(
            (self._usd[line] * delta for line, delta in unmet.items()), np.zeros(change.shape[1])
        )


def _groups(order: Sequence[Claim], owned: int) -> list[Group]:
    """Lines and Reserved Instances that claims connect; those without a candidate too."""
    root: dict[int, int] = {}

    def find(line: int) -> int:
        while root.setdefault(line, line) != line:
            line = root[line]
        return line

    first: dict[int, int] = {}
    for claim in order:
        root[find(claim.line)] = find(first.setdefault(claim.commitment, claim.line))
    parts: dict[int, list[Claim]] = defaultdict(list)
    for claim in order:
        parts[find(claim.line)].append(claim)
    return [_group(part, owned) for part in parts.values()]


def _group(part: list[Claim], owned: int) -> Group:
    lines = sorted({claim.line for claim in part})
    members = sorted({claim.commitment for claim in part})
    line_at = {line: place for place, line in enumerate(lines)}
    member_at = {number: place for place, number in enumerate(members)}
    return Group(
        candidates=tuple(number - owned for number in members if number >= owned),
        lines=lines,
        members=members,
        order=[Claim(member_at[c.commitment], line_at[c.line], c.rate) for c in part],
    )
