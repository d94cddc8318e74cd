"""Which commitment pays for which running hour? AWS's order, applied to every hour at once.

Regional Reserved Instances first, spent from the smallest size of the family to the largest, in the
owner's account and then in the others; EC2 Instance Savings Plans; Compute Savings Plans. A plan
serves its owner's account first, and in it the highest saving in percent first (ties: the lower
rate). Whatever is left of the running time is On-Demand. Source: AWS's user guides for Reserved
Instances ("How Reserved Instance discounts are applied") and Savings Plans ("How Savings Plans
apply to your AWS usage").

Amounts are pico-dollars, reserved capacity is in normalisation units × quarters of an hour. This
allocator serves the sample only, so that the sample can judge the package's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from scripts.demo_data.instances import Instance
from scripts.demo_data.owned import COMPUTE_PLAN, INSTANCE_PLAN, RESERVED, Commitment
from scripts.demo_data.prices import Prices, pico
from scripts.demo_data.timeline import HOURS, QUARTERS, Ints

# Rates have at most five decimal places; products of two amounts then stay within 64 bits.
_RATE_PLACES = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class Cover:
    """What one commitment paid for one instance, by hour.

    ``listed`` is the covered time at the On-Demand rate, ``paid`` the amortised cost of it, both in
    pico-dollars.
    """

    commitment: Commitment
    instance: Instance
    listed: Ints
    paid: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Allocation:
    """Every cover, and what each commitment had left in each hour, in pico-dollars."""

    covers: tuple[Cover, ...]
    unused: dict[str, Ints]


def allocate(instances: list[Instance], owned: list[Commitment], prices: Prices) -> Allocation:
    """Spend every commitment in every hour. Spot instances are never eligible."""
    eligible = [instance for instance in instances if not instance.fleet.spot]
    remaining = {instance.number: instance.quarters * instance.list_per_quarter for instance in eligible}
    covers: list[Cover] = []
    unused: dict[str, Ints] = {}
    for kind, spend in (
        (RESERVED, _spend_reserved),
        (INSTANCE_PLAN, _spend_plan),
        (COMPUTE_PLAN, _spend_plan),
    ):
        for commitment in (each for each in owned if each.kind == kind):
            found, left = spend(commitment, eligible, remaining, prices)
            for cover in found:
                remaining[cover.instance.number] = remaining[cover.instance.number] - cover.listed
            covers += found
            unused[commitment.id] = left
    return Allocation(covers=tuple(covers), unused=unused)


def _spend_reserved(
    commitment: Commitment, eligible: list[Instance], remaining: dict[int, Ints], prices: Prices
) -> tuple[list[Cover], Ints]:
    per_instance = prices.units(commitment.instance_type)
    capacity = commitment.quantity * per_instance * QUARTERS
    left = np.zeros(HOURS, dtype=np.int64)
    left[commitment.active()] = capacity
    fee, fee_left = commitment.fee_by_hour(), commitment.fee_by_hour()
    covers = []
    for instance in _in_reserved_order(commitment, eligible, prices):
        units = prices.units(instance.fleet.instance_type)
        per_unit = _exactly(instance.list_per_quarter, units)
        taken = np.minimum(left, remaining[instance.number] // per_unit)
        if not taken.any():
            continue
        left -= taken
        paid = np.where(left == 0, fee_left, _share(fee, taken, capacity))
        paid = np.where(taken > 0, paid, 0)
        fee_left -= paid
        covers.append(
            Cover(commitment=commitment, instance=instance, listed=taken * per_unit, paid=paid)
        )
    return covers, fee_left


def _in_reserved_order(
    commitment: Commitment, eligible: Iterable[Instance], prices: Prices
) -> list[Instance]:
    same_family = [
        instance
        for instance in eligible
        if instance.fleet.region == commitment.region
        and instance.fleet.instance_type.split(".")[0] == commitment.family
    ]
    return sorted(
        same_family,
        key=lambda instance: (
            instance.fleet.account != commitment.account,
            prices.units(instance.fleet.instance_type),
            instance.number,
        ),
    )


def _spend_plan(
    commitment: Commitment, eligible: list[Instance], remaining: dict[int, Ints], prices: Prices
) -> tuple[list[Cover], Ints]:
    left = np.zeros(HOURS, dtype=np.int64)
    left[commitment.active()] = pico(commitment.recurring)
    covers = []
    for instance, plan_rate in _in_plan_order(commitment, eligible, prices):
        list_rate, rate = _whole(instance.rate), _whole(plan_rate)
        wanted = remaining[instance.number] * rate // list_rate
        paid = np.minimum(left, wanted)
        if not paid.any():
            continue
        left -= paid
        listed = np.where(paid == wanted, remaining[instance.number], paid * list_rate // rate)
        listed = np.where(paid > 0, listed, 0)
        covers.append(Cover(commitment=commitment, instance=instance, listed=listed, paid=paid))
    return covers, left


def _in_plan_order(
    commitment: Commitment, eligible: Iterable[Instance], prices: Prices
) -> list[tuple[Instance, Decimal]]:
    rates: dict[tuple[str, str], Decimal] = {}
    found = []
    for instance in eligible:
        fleet = instance.fleet
        if commitment.kind == INSTANCE_PLAN and (
            fleet.region != commitment.region or fleet.instance_type.split(".")[0] != commitment.family
        ):
            continue
        key = (fleet.instance_type, fleet.region)
        if key not in rates:
            rates[key] = plan_rate(prices, commitment, *key)
        found.append((instance, rates[key]))
    return sorted(
        found,
        key=lambda pair: (
            pair[0].fleet.account != commitment.account,
            pair[1] / pair[0].rate,
            pair[1],
            pair[0].number,
        ),
    )


def plan_rate(prices: Prices, commitment: Commitment, instance_type: str, region: str) -> Decimal:
    """What an hour of the type costs under the plan, in dollars."""
    price = prices.committed(
        commitment.kind,
        instance_type,
        region,
        term_years=commitment.term_years,
        payment=commitment.payment,
    )
    return Decimal(str(price.effective_usd_per_hour))


def _share(fee: Ints, taken: Ints, capacity: int) -> Ints:
    """``fee × taken ÷ capacity``, rounded down, without leaving 64 bits."""
    whole, rest = np.divmod(fee, capacity)
    return whole * taken + rest * taken // capacity


def _exactly(amount: int, parts: int) -> int:
    whole, rest = divmod(amount, parts)
    if rest:
        raise ValueError(f"{amount} pico-dollars cannot be divided by {parts} exactly")
    return whole


def _whole(rate: Decimal) -> int:
    scaled = rate.scaleb(_RATE_PLACES)
    if scaled != int(scaled):
        raise ValueError(f"{rate} $/h has more than {_RATE_PLACES} decimal places")
    return int(scaled)
