"""What is a price? The records that the catalogue answers with, each with its date, source and basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

PriceBasis = Literal["recorded", "derived", "estimated", "secondary", "unverified"]
BASES: tuple[PriceBasis, ...] = ("recorded", "derived", "estimated", "secondary", "unverified")
PAYMENT_OPTIONS = ("No Upfront", "Partial Upfront", "All Upfront")
OFFERING_CLASSES = ("standard", "convertible")
TERMS = (1, 3)

RESERVED = "reserved_instance"
EC2_PLAN = "ec2_instance_savings_plan"
COMPUTE_PLAN = "compute_savings_plan"


class OfferKey(NamedTuple):
    """What tells the offers of one type, region and platform apart."""

    kind: str
    offering_class: str | None
    term_years: int
    payment_option: str


OFFER_KEYS = tuple(
    OfferKey(kind, offering_class, term, payment)
    for kind, offering_class in (
        *((RESERVED, name) for name in OFFERING_CLASSES),
        (EC2_PLAN, None),
        (COMPUTE_PLAN, None),
    )
    for term in TERMS
    for payment in PAYMENT_OPTIONS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An On-Demand price in dollars per instance-hour.

    ``basis``: recorded (AWS published it), derived (a validated rule on recorded figures),
    estimated (a typical ratio), secondary (a third party's table), unverified (nothing to check
    it against). ``as_of`` is the day of the source; where a source states only its month, the first of
    that month. ``source`` names it.
    """

    usd_per_hour: float
    basis: PriceBasis
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentPrice:
    """What one instance costs under one offer, for each hour of the term, used or not.

    ``effective_usd_per_hour`` = ``upfront_usd`` ÷ (8,760 × ``term_years``) + ``recurring_usd_per_hour``.
    For a Savings Plan the effective price is the plan's rate: what an hour of this instance takes
    from the hourly commitment; its upfront and recurring parts are those of a plan that
    covers exactly one instance. ``offering_class`` is standard or convertible for Reserved
    Instances and None for plans. ``basis``, ``source`` and ``as_of`` are as in Price.
    """

    kind: str
    offering_class: str | None
    term_years: int
    payment_option: str
    effective_usd_per_hour: float
    upfront_usd: float
    recurring_usd_per_hour: float
    basis: PriceBasis
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceSpec:
    """What an instance type is. ``normalization_factor`` in AWS's units (small = 1).

    ``memory_gib`` in GiB, None for the few new types whose memory is not known. ``size_flexible``:
    a regional Linux Reserved Instance of this type with default tenancy covers the other sizes of
    its family. ``ri_offered``: AWS's price files of April 2025 held a Reserved Instance of the
    type in some region; that says nothing of types launched since.
    """

    instance_type: str
    family: str
    size: str
    vcpu: int
    memory_gib: float | None
    arch: str
    category: str
    burstable: bool
    current_generation: bool
    normalization_factor: float
    size_flexible: bool
    ri_offered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageTier:
    """A price band of S3 storage: from ``start_gb`` up to ``end_gb`` (None: no end), $/GB-month."""

    start_gb: float
    end_gb: float | None
    usd_per_gb_month: float
    basis: PriceBasis
    source: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRate:
    """An S3 charge other than storage. ``rate`` ends in its unit, such as per_1000 or per_gb."""

    storage_class: str
    rate: str
    usd: float
    basis: PriceBasis
    source: str
    as_of: date
