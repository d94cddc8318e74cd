"""What do the instances cost, day by day, and what do the commitments?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

import numpy as np

from finops.money import HOURS_PER_YEAR
from scripts.demo_data.allocation import Allocation, Cover
from scripts.demo_data.charge_rows import EC2, PLANS, Charges, last_day_of
from scripts.demo_data.instances import Instance
from scripts.demo_data.owned import COMPUTE_PLAN, Commitment, days_active
from scripts.demo_data.prices import PICO, pico
from scripts.demo_data.tag_texts import tag_text
from scripts.demo_data.timeline import Ints, by_day, day_number, months

# The Spot price of the sample, as a fraction of On-Demand: an assumption, Spot has no list price.
SPOT_FRACTION = Decimal("0.4")
_QUANTITY_PLACES = 9


def instance_charges(instances: list[Instance], allocation: Allocation) -> Iterator[Charges]:
    """One row per day × instance × commitment, and one for what no commitment covers."""
    covers: dict[int, list[Cover]] = {instance.number: [] for instance in instances}
    for cover in allocation.covers:
        covers[cover.instance.number].append(cover)
    for instance in instances:
        text = instance_tags(instance)
        rest = instance.quarters_by_day() * instance.list_per_quarter
        for cover in covers[instance.number]:
            listed = by_day(cover.listed)
            rest = rest - listed
            yield _covered(instance, cover, listed, by_day(cover.paid), text)
        if rest.any():
            yield _uncovered(instance, rest, text)


def instance_tags(instance: Instance) -> str:
    fleet = instance.fleet
    return tag_text(instance.id, fleet.account, fleet.team, fleet.project, fleet.environment)


def _covered(instance: Instance, cover: Cover, listed: Ints, paid: Ints, text: str) -> Charges:
    commitment = cover.commitment
    at = np.flatnonzero(listed)
    hours = _hours(instance, listed[at])
    return Charges(
        account=instance.fleet.account,
        service=EC2,
        category="Compute",
        region=instance.fleet.region,
        resource=instance.id,
        sku=f"BoxUsage:{instance.fleet.instance_type}",
        description=f"{instance.fleet.instance_type} Linux/UNIX, covered by {_in_words(commitment)}",
        pricing="Committed",
        days=at,
        billed=np.zeros(len(at), dtype=np.int64),
        effective=paid[at],
        listed=listed[at],
        quantity=hours,
        unit="Hours",
        commitment=commitment.id,
        commitment_type=_type(commitment),
        commitment_status="Used",
        commitment_quantity=_committed_quantity(cover, at),
        commitment_unit=_unit(commitment),
        tag_text=text,
    )


def _uncovered(instance: Instance, rest: Ints, text: str) -> Charges:
    at = np.flatnonzero(rest)
    spot = instance.fleet.spot
    charged = rest[at] * int(SPOT_FRACTION * 10) // 10 if spot else rest[at]
    instance_type = instance.fleet.instance_type
    return Charges(
        account=instance.fleet.account,
        service=EC2,
        category="Compute",
        region=instance.fleet.region,
        resource=instance.id,
        sku=f"SpotUsage:{instance_type}" if spot else f"BoxUsage:{instance_type}",
        description=f"{'Spot' if spot else 'On-Demand'} {instance_type} Linux/UNIX",
        pricing="Dynamic" if spot else "Standard",
        days=at,
        billed=charged,
        effective=charged,
        listed=rest[at],
        quantity=_hours(instance, rest[at]),
        unit="Hours",
        tag_text=text,
    )


def _hours(instance: Instance, listed: Ints) -> np.ndarray:
    return np.round(listed / pico(instance.rate), _QUANTITY_PLACES)


def commitment_charges(owned: Iterable[Commitment], allocation: Allocation) -> Iterator[Charges]:
    """Purchases, recurring fees, and what was paid for and not used.

    A purchase has no EffectiveCost, since the covered and unused rows carry the amortised cost.
    """
    for commitment in owned:
        if commitment.upfront and day_number(commitment.start) >= 0:
            yield _upfront_fee(commitment)
        if commitment.is_plan:
            yield _plan_fee(commitment)
        elif commitment.recurring:
            yield from _monthly_fees(commitment)
        unused = by_day(allocation.unused[commitment.id])
        if unused.any():
            yield _unused(commitment, unused)


def _upfront_fee(commitment: Commitment) -> Charges:
    at = np.array([day_number(commitment.start)])
    return _purchase(
        commitment,
        at,
        np.array([pico(commitment.upfront) * commitment.copies]),
        np.array([float(commitment.quantity)]),
        "Upfront fee",
        frequency="One-Time",
        unit="Quantity",
        committed=np.array([float(commitment.quantity * HOURS_PER_YEAR * commitment.term_years)]),
    )


def _monthly_fees(commitment: Commitment) -> Iterator[Charges]:
    for month in months():
        hours = commitment.active_hours(month)
        if hours:
            first = max(day_number(month.start), day_number(commitment.start))
            yield _purchase(
                commitment,
                np.array([first]),
                np.array([pico(commitment.recurring) * commitment.copies * hours]),
                np.array([float(commitment.copies * hours)]),
                f"{hours} hours of the month",
                last_day=last_day_of(month),
            )


def _plan_fee(commitment: Commitment) -> Charges:
    at = np.array(days_active(commitment))
    day_fee = pico(commitment.recurring) * 24
    return _purchase(
        commitment,
        at,
        np.full(len(at), day_fee),
        np.full(len(at), day_fee / PICO),
        f"{commitment.recurring} USD an hour",
        unit="USD",
    )


def _purchase(
    commitment: Commitment,
    at: Ints,
    billed: Ints,
    quantity: np.ndarray,
    what: str,
    *,
    frequency: str = "Recurring",
    unit: str = "Hours",
    committed: np.ndarray | None = None,
    last_day: date | None = None,
) -> Charges:
    """``committed`` is what it buys in the commitment's own unit, where that is not ``quantity``."""
    nothing = np.zeros(len(at), dtype=np.int64)
    return Charges(
        account=commitment.account,
        service=PLANS if commitment.is_plan else EC2,
        category="Compute",
        region=None if commitment.kind == COMPUTE_PLAN else commitment.region,
        resource=commitment.id,
        sku=f"{'Fee' if commitment.is_plan else 'HeavyUsage'}:{commitment.name}",
        description=f"{_in_words(commitment)}, {what}",
        charge_category="Purchase",
        frequency=frequency,
        days=at,
        billed=billed,
        effective=nothing,
        listed=nothing,
        quantity=quantity,
        unit=unit,
        commitment=commitment.id,
        commitment_type=_type(commitment),
        commitment_quantity=quantity if committed is None else committed,
        commitment_unit=_unit(commitment),
        last_day=last_day,
    )


def _unused(commitment: Commitment, unused: Ints) -> Charges:
    at = np.flatnonzero(unused)
    nothing = np.zeros(len(at), dtype=np.int64)
    fee = by_day(commitment.fee_by_hour())[at]
    bought = float(commitment.recurring) if commitment.is_plan else float(commitment.quantity)
    left = np.round(unused[at] / fee * bought * 24, _QUANTITY_PLACES)
    return Charges(
        account=commitment.account,
        service=PLANS if commitment.is_plan else EC2,
        category="Compute",
        region=None if commitment.kind == COMPUTE_PLAN else commitment.region,
        resource=commitment.id,
        sku=f"Unused:{commitment.name}",
        description=f"{_in_words(commitment)}, unused",
        pricing="Committed",
        days=at,
        billed=nothing,
        effective=unused[at],
        listed=nothing,
        quantity=left,
        unit=_unit(commitment),
        commitment=commitment.id,
        commitment_type=_type(commitment),
        commitment_status="Unused",
        commitment_quantity=left,
        commitment_unit=_unit(commitment),
    )


def _committed_quantity(cover: Cover, at: Ints) -> np.ndarray:
    """What the covered time took of the commitment: dollars of a plan, instance-hours of an RI."""
    paid = by_day(cover.paid)[at]
    if cover.commitment.is_plan:
        return np.round(paid / PICO, _QUANTITY_PLACES)
    fee = by_day(cover.commitment.fee_by_hour())[at]
    return np.round(paid / fee * cover.commitment.quantity * 24, 6)


def _in_words(commitment: Commitment) -> str:
    if commitment.is_plan:
        kind = "Compute Savings Plan" if commitment.kind == COMPUTE_PLAN else "EC2 Instance Savings Plan"
        return f"{kind}, {commitment.term_years} year, {commitment.payment}"
    return (
        f"{commitment.quantity} × {commitment.instance_type} Reserved Instances, "
        f"{commitment.term_years} year, {commitment.payment}"
    )


def _type(commitment: Commitment) -> str:
    return "Savings Plan" if commitment.is_plan else "Reserved Instance"


def _unit(commitment: Commitment) -> str:
    return "USD" if commitment.is_plan else "Hours"
