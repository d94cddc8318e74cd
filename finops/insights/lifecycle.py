"""What would a lifecycle rule save on a bucket, month by month, and when does it stop saving?

Both ways are billed at AWS's list price by one function: storage by class in its bands, with the
smallest billed object and what is added to each (``storage_billing``), a fee for each object that the
rule moves, the rest of the shortest stay of what leaves a class early, and reading and writing.
How old the objects are, and what of them is read, stands in no resource list: so the result is a
candidate, and no part of any sum. Not in it: the copy that a restore from an archive keeps in STANDARD,
listings, transfer, and old versions that the list's size leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from finops.errors import UnknownPrice
from finops.insights.lifecycle_course import Course, Floats, course
from finops.insights.lifecycle_rules import Assumptions, Step, Stored, applicable, checked, checked_steps
from finops.insights.storage_billing import (
    STANDARD,
    ClassPrices,
    billed_share,
    class_prices,
    standard_share,
)
from finops.pricing import Catalogue
from finops.pricing.storage_tiers import tiered_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """Dollars of one month: storage, objects moved, stays cut short, reading (GB, requests), writing."""

    storage_usd: float
    moves_usd: float
    early_usd: float
    reads_usd: float
    writes_usd: float

    @property
    def total_usd(self) -> float:
        return self.storage_usd + self.moves_usd + self.early_usd + self.reads_usd + self.writes_usd


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfBoth:
    """One month from 1: both bills, and the GB at its end by class under the rule."""

    number: int
    as_is: Bill
    with_rule: Bill
    gb: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    """A rule against none, on one bucket, over the months of the assumptions.

    ``steps`` are those that move anything here. ``saving_usd`` = all of as is − all with the rule, below
    0 where the rule costs more. ``breaks_even_month``: the first month from whose end on the sum of the
    savings stays at or above 0; None where it is below 0 at the end, or nothing moves. ``stops_at``: the
    share of GB read a month at which the saving is 0, all else equal: above it the rule costs more.
    None: at no share; 0: the rule saves nothing even where nothing is read.
    """

    stored: Stored
    steps: tuple[Step, ...]
    assumptions: Assumptions
    months: tuple[MonthOfBoth, ...]
    stops_at: float | None

    @property
    def as_is_usd(self) -> float:
        return sum(month.as_is.total_usd for month in self.months)

    @property
    def with_rule_usd(self) -> float:
        return sum(month.with_rule.total_usd for month in self.months)

    @property
    def saving_usd(self) -> float:
        return self.as_is_usd - self.with_rule_usd

    @property
    def breaks_even_month(self) -> int | None:
        if not self.steps:
            return None
        saved = np.cumsum([month.as_is.total_usd - month.with_rule.total_usd for month in self.months])
        behind = np.flatnonzero(saved < -1e-9)
        first = int(behind[-1]) + 2 if len(behind) else 1
        return first if first <= len(self.months) else None


def simulate(
    stored: Stored, steps: tuple[Step, ...], assumptions: Assumptions, catalogue: Catalogue
) -> Lifecycle:
    """Both ways for one bucket.

    Raises LifecycleError for a rule that AWS would refuse or assumptions that make no sense, and
    UnknownPrice where the catalogue lacks a price that is needed: requests outside us-east-1.
    """
    checked(stored, assumptions)
    moving = applicable(stored, checked_steps(steps), assumptions)
    names = dict.fromkeys((stored.storage_class, *(step.storage_class for step in moving), STANDARD))
    prices = {name: class_prices(catalogue, stored.region, name) for name in names}
    plain, ruled = (course(stored, which, assumptions) for which in ((), moving))
    as_is = bills(plain, stored, assumptions, prices)
    with_rule = bills(ruled, stored, assumptions, prices) if moving else as_is
    return Lifecycle(
        stored=stored,
        steps=moving,
        assumptions=assumptions,
        months=tuple(
            MonthOfBoth(
                number=at + 1,
                as_is=as_is[at],
                with_rule=with_rule[at],
                gb=dict(zip(ruled.classes, ruled.end_gb[at].tolist(), strict=True)),
            )
            for at in range(assumptions.months)
        ),
        stops_at=_stops_at(
            as_is, with_rule, _read_all(plain, ruled, stored, assumptions, prices), assumptions
        ),
    )


def bills(
    of: Course, stored: Stored, assumptions: Assumptions, prices: Mapping[str, ClassPrices]
) -> tuple[Bill, ...]:
    """A course in dollars, month by month."""
    kb = stored.object_kb
    a_gb = stored.objects / stored.size_gb
    reads = _reading(of, stored, assumptions, prices)
    put = prices[stored.storage_class].put
    if put is None and of.arrived_gb.any() and assumptions.puts_per_object:
        raise UnknownPrice(
            f"requests that write to {stored.storage_class} are not priced; try it without growth"
        )
    billed = np.array([billed_share(name, kb) for name in of.classes])
    moves = np.array([prices[name].transition for name in of.classes]) / 1000
    early = np.array([prices[name].tiers[0].usd_per_gb_month for name in of.classes]) * billed
    return tuple(
        Bill(
            storage_usd=_storage(of.classes, of.mean_gb[at], kb, prices),
            moves_usd=float(of.moved_gb[at] @ moves) * a_gb,
            early_usd=float(of.early_gb_months[at] @ early),
            reads_usd=float(reads[at]) * assumptions.retrieved_share,
            writes_usd=float(of.arrived_gb[at])
            * a_gb
            * assumptions.puts_per_object
            * (put or 0.0)
            / 1000,
        )
        for at in range(assumptions.months)
    )


def _storage(
    classes: tuple[str, ...], gb: Floats, kb: float, prices: Mapping[str, ClassPrices]
) -> float:
    """Each class in its bands; what archives add at STANDARD's price counts with what lies there."""
    billed = {STANDARD: 0.0}
    for name, stored in zip(classes, gb.tolist(), strict=True):
        billed[name] = billed.get(name, 0.0) + stored * billed_share(name, kb)
        billed[STANDARD] += stored * standard_share(name, kb)
    return sum(tiered_cost(prices[name].tiers, size) for name, size in billed.items())


def _reading(
    of: Course, stored: Stored, assumptions: Assumptions, prices: Mapping[str, ClassPrices]
) -> Floats:
    """Dollars a month if all that is stored were read once in it: GB, GET requests and restores."""
    a_gb = stored.objects / stored.size_gb
    of_class = [prices[name] for name in of.classes]
    a_read = np.array(
        [
            price.retrieval + a_gb * (price.get * assumptions.gets_per_object + price.restore) / 1000
            for price in of_class
        ]
    )
    read: Floats = of.mean_gb @ a_read
    return read


def _read_all(
    plain: Course,
    ruled: Course,
    stored: Stored,
    assumptions: Assumptions,
    prices: Mapping[str, ClassPrices],
) -> float:
    """By how much reading everything once a month costs more under the rule, over all months."""
    dearer = _reading(ruled, stored, assumptions, prices) - _reading(plain, stored, assumptions, prices)
    return float(dearer.sum())


def _stops_at(
    as_is: tuple[Bill, ...], with_rule: tuple[Bill, ...], dearer: float, assumptions: Assumptions
) -> float | None:
    """Reading is in proportion to the share read, everything else does not depend on it."""
    saved = sum(one.total_usd - other.total_usd for one, other in zip(as_is, with_rule, strict=True))
    unread = saved + assumptions.retrieved_share * dearer
    if unread <= 0:
        return 0.0
    return unread / dearer if dearer > 0 else None
