"""What would the same hours cost under another kind of commitment of the same term and payment?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.reasons.joint import JointBill

# From the least flexible to the most: of equal prices the later one is taken.
FLEXIBILITY: tuple[tuple[str, str | None], ...] = (
    (RI, "standard"),
    (RI, "convertible"),
    (EC2_PLAN, None),
    (COMPUTE_PLAN, None),
)
WORDS = {
    (RI, "standard"): "standard Reserved Instances",
    (RI, "convertible"): "convertible Reserved Instances",
    (EC2_PLAN, None): "EC2 Instance Savings Plans",
    (COMPUTE_PLAN, None): "a Compute Savings Plan",
}
# Upfronts and plan rates are published rounded: what differs by less is the same price.
SAME_PRICE = 0.002
KNOWN_BASES = ("recorded", "derived")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another kind for the same instance-hours at the same use.

    ``extra_usd`` is what it costs more a year (less when negative); ``more_flexible`` says whether it
    may follow demand further than the row.
    """

    kind: str
    offering_class: str | None
    extra_usd: float
    same_price: bool
    more_flexible: bool

    @property
    def name(self) -> str:
        return WORDS[self.kind, self.offering_class]


def alternatives(
    evidence: Evidence, bill: JointBill, one: Purchase, served: Floats
) -> tuple[Alternative, ...]:
    """The other kinds that are sold for all that the row serves: ``served`` (M,) instance-hours."""
    weight = np.where(served > 0, served, 0.0)
    own = _own_rates(bill, one)
    if not weight.any():
        return ()
    mine = FLEXIBILITY.index((one.kind, one.offering_class))
    found = []
    for rank, (kind, offering_class) in enumerate(FLEXIBILITY):
        if rank == mine:
            continue
        rates = [
            _rate(price.effective_usd_per_hour for price in of_line)
            for of_line in _prices(evidence, bill, one, kind, offering_class)
        ]
        other = np.array(rates, dtype=np.float64)
        if np.isnan(other[weight > 0]).any():
            continue
        ratio = float((weight @ np.nan_to_num(other)) / (weight @ np.nan_to_num(own)))
        found.append(
            Alternative(
                kind=kind,
                offering_class=offering_class,
                extra_usd=(ratio - 1) * one.hourly_usd * HOURS_PER_YEAR,
                same_price=abs(ratio - 1) <= SAME_PRICE,
                more_flexible=rank > mine,
            )
        )
    return tuple(found)


def uncertain_prices(
    evidence: Evidence, bill: JointBill, one: Purchase, served: Floats
) -> tuple[tuple[str, str], ...]:
    """(instance type, basis) of each price that the row rests on and that AWS did not publish so."""
    lines = evidence.history.lines["InstanceType"].iloc[bill.lines].to_numpy()
    of_line = _prices(evidence, bill, one, one.kind, one.offering_class)
    if one.kind == RI:
        pools = evidence.pools.keys["InstanceType"].to_numpy()[evidence.pools.of_line[bill.lines]]
        used = np.asarray(pools == one.instance_type, dtype=np.bool_)
    else:
        used = served > 0
    found = {
        (str(lines[at]), price.basis)
        for at in np.flatnonzero(used)
        for price in of_line[at]
        if price.basis not in KNOWN_BASES
    }
    return tuple(sorted(found))


def _own_rates(bill: JointBill, one: Purchase) -> Floats:
    """Dollars that an instance-hour of each line costs under the row, NaN where it may not serve."""
    if one.kind != RI:
        return bill.rate
    rates: Floats = bill.rate * one.hourly_usd / max(one.quantity or 0, 1)
    return rates


def _prices(
    evidence: Evidence, bill: JointBill, one: Purchase, kind: str, offering_class: str | None
) -> list[tuple[CommitmentPrice, ...]]:
    """The prices of that kind for each line of the bill, of the row's term and payment."""
    wanted = (kind, offering_class, one.term_years, one.payment_option)
    return [
        tuple(
            price
            for price in evidence.prices[pool]
            if (price.kind, price.offering_class, price.term_years, price.payment_option) == wanted
        )
        for pool in evidence.pools.of_line[bill.lines]
    ]


def _rate(rates: Iterator[float]) -> float:
    return next(rates, np.nan)
