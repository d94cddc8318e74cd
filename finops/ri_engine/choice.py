"""What is bought in the end? The first guess of each pool, made the best of all together.

A cap is a share of eligible dollars that owned and new commitments may cover together, in the joint
bill. Where more is covered already nothing is bought.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.attribution import Attribution, attribute
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.joint_bill import TOLERANCE, JointBill
from finops.ri_engine.joint_search import improve
from finops.ri_engine.pools import Demand
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import Settings
from finops.ri_engine.sizes import size_of
from finops.ri_engine.sizing import (
    Purchase,
    capped,
    hourly_purchases,
    one_of_each,
    snapshot_purchases,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to buy, what each purchase saves, and whether the search for better came to its end."""

    purchases: list[Purchase]
    attribution: Attribution
    complete: bool = True


_HALVINGS = 12


def hourly_choice(
    evidence: Evidence, residual: Floats, settings: Settings, room: float | None
) -> Choice:
    """Purchases of which no single change saves more, and what each saves.

    ``residual`` (L, T) is what owned commitments leave of the window. ``room`` caps the On-Demand
    dollars an hour that are covered, owned commitments included.
    """
    demand, by_pool = evidence.window, evidence.pools.total(residual)
    accounts = largest_accounts(evidence, demand)
    alone = hourly_purchases(evidence, by_pool, settings)
    candidates = one_of_each(evidence, alone, settings)
    joint = JointBill(evidence, demand, candidates, accounts)
    if room is None:
        buy(joint, candidates, alone)
    elif not _fits(joint, candidates, room, lambda usd: capped(alone, evidence, by_pool, usd)):
        return Choice([], attribute(evidence, demand, residual, [], accounts))
    sizes = unit_sizes(evidence, candidates)
    barred: frozenset[int] = frozenset()
    while True:
        complete = improve(joint, sizes, barred, np.inf if room is None else room)
        kept = bought(joint, candidates)
        result = attribute(evidence, demand, residual, kept, accounts)
        loses = _dearest(result)
        if loses is None:
            return Choice(kept, result, complete)
        # What it is credited with is below what it costs: it goes, and the others are searched again.
        number = [one.pool for one in candidates].index(kept[loses].pool)
        joint.set_units({number: 0})
        barred |= {number}


def snapshot_choice(
    evidence: Evidence,
    residual: Floats,
    settings: Settings,
    room: float | None,
    *,
    steady: Floats,
    target: float,
) -> Choice:
    """The target's share of ``steady`` instances (P,), and no more than ``room`` as above."""
    demand = evidence.window
    covered = evidence.pools.total(demand.quantity - residual)[:, 0]
    accounts = largest_accounts(evidence, demand)
    kept = snapshot_purchases(evidence, steady, covered, settings, target)
    if room is not None:
        candidates = one_of_each(evidence, [], settings)
        joint = JointBill(evidence, demand, candidates, accounts)
        full = max(room - joint.covered, TOLERANCE)

        def guess(usd: float) -> list[Purchase]:
            return snapshot_purchases(evidence, steady, covered, settings, target * usd / full)

        _fits(joint, candidates, room, guess)
        kept = bought(joint, candidates)
    while True:
        result = attribute(evidence, demand, residual, kept, accounts)
        loses = _dearest(result)
        if loses is None:
            return Choice(kept, result)
        del kept[loses]


def _dearest(result: Attribution) -> int | None:
    """The purchase that loses most, if any saves less than half a cent a year."""
    yearly = result.saving * HOURS_PER_YEAR
    return int(yearly.argmin()) if yearly.size and yearly.min() < 0.005 else None


def _fits(
    joint: JointBill,
    candidates: Sequence[Purchase],
    room: float,
    guess: Callable[[float], Sequence[Purchase]],
) -> bool:
    """Buy the largest guess that the joint bill lets in; False when owned commitments fill the room.

    ``guess`` answers with purchases for dollars of own coverage; they may cover more of a family.
    """
    if joint.covered > room + TOLERANCE:
        return False
    low, high = 0.0, max(0.0, room - joint.covered)
    dollars = high
    for _ in range(_HALVINGS):
        buy(joint, candidates, guess(dollars))
        if joint.covered > room + TOLERANCE:
            high = dollars
        elif dollars == high:
            return True
        else:
            low = dollars
        dollars = (low + high) / 2
    buy(joint, candidates, guess(low) if low > 0 else [])
    return True


def buy(joint: JointBill, candidates: Sequence[Purchase], purchases: Sequence[Purchase]) -> None:
    """Set the quantities of ``joint`` to those of the purchases, and of all others to none."""
    quantity = {one.pool: one.quantity for one in purchases}
    joint.set_units({number: quantity.get(one.pool, 0) for number, one in enumerate(candidates)})


def bought(joint: JointBill, candidates: Sequence[Purchase]) -> list[Purchase]:
    """The purchases that ``joint`` holds."""
    return [
        Purchase(pool=one.pool, offer=one.offer, quantity=int(units))
        for one, units in zip(candidates, joint.units, strict=True)
        if units
    ]


def unit_sizes(evidence: Evidence, candidates: Sequence[Purchase]) -> list[float]:
    """Normalization units of each candidate, 0 where unknown."""
    types = evidence.pools.keys["InstanceType"]
    return [size_of(str(types.iloc[one.pool]), evidence.spec_of).units or 0.0 for one in candidates]


def largest_accounts(evidence: Evidence, demand: Demand) -> list[str | None]:
    """For each pool the account with the largest demand; None where accounts are unknown."""
    lines = demand.lines.assign(pool=evidence.pools.of_line, amount=demand.quantity.sum(axis=1))
    known = lines.dropna(subset="AccountId")
    sums = known.groupby(["pool", "AccountId"])[["amount"]].sum().reset_index()
    first = sums.sort_values(["amount", "AccountId"], ascending=[False, True]).drop_duplicates("pool")
    by_pool = dict(zip(first["pool"], first["AccountId"], strict=True))
    return [by_pool.get(pool) for pool in range(len(evidence.pools.keys))]
