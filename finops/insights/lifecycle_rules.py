"""Which lifecycle is tried on a bucket, and what is assumed that no resource list tells?

What a rule may say is AWS's (S3 user guide, "Transitioning objects using Amazon S3 Lifecycle"): objects
go from warm to cold only; to STANDARD_IA and ONEZONE_IA after 30 days at the earliest, and on from there
30 days later at the earliest; from ONEZONE_IA never to GLACIER_IR.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from finops.errors import LifecycleError
from finops.insights.storage_billing import INTELLIGENT, KB_PER_GB, LEAST_KB, RULES

Ages = Literal["even", "equal"]
AGES: tuple[Ages, ...] = get_args(Ages)

# Objects smaller than this are moved by no rule, unless the rule says so (AWS's default since 2024).
LEAST_MOVED_KB = 128
MOST_MONTHS = 60
MOST_DAYS = 36_500
_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
_ORDER = {name: at for at, name in enumerate(RULES)}


@dataclass(frozen=True, slots=True)
class Step:
    """Objects of this age in days go to this class."""

    after_days: int
    storage_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What lies in a bucket: GB (1,024³ bytes) in so many objects, all of one class, in one region."""

    region: str
    storage_class: str
    size_gb: float
    objects: float

    @property
    def object_kb(self) -> float:
        """The mean size of an object."""
        return self.size_gb * KB_PER_GB / self.objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    """What decides about a lifecycle and stands in no list.

    ``ages``: "even", the data came in evenly over the last ``age_days``; "equal", all of it is
    ``age_days`` old. ``retrieved_share``: GB read a month ÷ GB stored, in each class alike; 2 reads all
    twice. ``gets_per_object``: GET requests for an object that is read once, ``puts_per_object``: those
    that write one. ``growth``: GB that come in a month ÷ GB at its start, over its days evenly, in
    objects of the present mean size. ``deleted_after_days``: the age at which objects are deleted, with
    the rule or without; None: never. ``months`` of 730 hours. ``small_objects``: the rule says that
    objects below 128 KB move, too.
    """

    age_days: float
    ages: Ages = "even"
    retrieved_share: float = 0.01
    gets_per_object: float = 1.0
    puts_per_object: float = 1.0
    growth: float = 0.0
    deleted_after_days: int | None = None
    months: int = 12
    small_objects: bool = False


def checked_steps(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of a rule in order of age. Raises LifecycleError for what AWS would refuse."""
    ordered = tuple(sorted(steps, key=lambda step: (step.after_days, _ORDER.get(step.storage_class, 0))))
    for step in ordered:
        if step.storage_class not in _ORDER or _ORDER[step.storage_class] == 0:
            raise LifecycleError(
                f"no rule moves objects to {step.storage_class}; it moves them to "
                f"{', '.join([*RULES][1:])}"
            )
        earliest = 30 if step.storage_class in _INFREQUENT else 0
        if not earliest <= step.after_days <= MOST_DAYS:
            raise LifecycleError(
                f"objects go to {step.storage_class} after {earliest} to {MOST_DAYS:,} days, "
                f"not after {step.after_days}"
            )
    for first, then in pairwise(ordered):
        _check_pair(first, then)
    return ordered


def _check_pair(first: Step, then: Step) -> None:
    names = f"{first.storage_class} after {first.after_days} days, then {then.storage_class}"
    if _ORDER[then.storage_class] <= _ORDER[first.storage_class]:
        raise LifecycleError(
            f"{names} after {then.after_days}: objects go from warm to cold only "
            f"({' → '.join(RULES)}); move {then.storage_class} before {first.storage_class}"
        )
    if (first.storage_class, then.storage_class) == ("ONEZONE_IA", "GLACIER_IR"):
        raise LifecycleError("AWS moves nothing from ONEZONE_IA to GLACIER_IR; leave one of them out")
    least = first.after_days + (30 if first.storage_class in _INFREQUENT else 1)
    if then.after_days < least:
        raise LifecycleError(f"{names} after {then.after_days}: {least} days at the earliest")


def checked(stored: Stored, assumptions: Assumptions) -> None:
    """Raises LifecycleError where what is stored or assumed makes no sense."""
    if stored.storage_class == INTELLIGENT:
        raise LifecycleError(f"{INTELLIGENT} moves its objects itself; no rule is tried on it")
    if stored.storage_class not in _ORDER:
        raise LifecycleError(f"no rule is tried on the class {stored.storage_class}")
    if not (math.isfinite(stored.size_gb) and stored.size_gb > 0 and stored.objects > 0):
        raise LifecycleError("a lifecycle needs a size and a number of objects, both above 0")
    if stored.object_kb < LEAST_KB:
        raise LifecycleError("objects of less than a byte on average: look at the size and the number")
    limits = {
        "age_days": (0, MOST_DAYS),
        "retrieved_share": (0, 1000),
        "gets_per_object": (0, 1e6),
        "puts_per_object": (0, 1e6),
        "growth": (0, 10),
        "months": (1, MOST_MONTHS),
    }
    for name, (least, most) in limits.items():
        value = getattr(assumptions, name)
        if not least <= value <= most:
            raise LifecycleError(f"{name} is from {least} to {most:g}, received {value!r}")
    if assumptions.ages not in AGES:
        raise LifecycleError(f"ages are {' or '.join(AGES)}, received {assumptions.ages!r}")
    deleted = assumptions.deleted_after_days
    if deleted is not None and not 1 <= deleted <= MOST_DAYS:
        raise LifecycleError(f"objects are deleted after 1 to {MOST_DAYS:,} days, received {deleted}")
    if deleted is not None and assumptions.ages == "equal" and assumptions.age_days >= deleted:
        raise LifecycleError(
            f"objects that are {assumptions.age_days:g} days old would be gone after {deleted}; "
            "raise the one or lower the other"
        )


def applicable(stored: Stored, steps: tuple[Step, ...], assumptions: Assumptions) -> tuple[Step, ...]:
    """The steps that move anything of what is stored: to colder classes, and not small objects."""
    if stored.object_kb < LEAST_MOVED_KB and not assumptions.small_objects:
        return ()
    here = _ORDER[stored.storage_class]
    colder = [step for step in steps if _ORDER[step.storage_class] > here]
    if stored.storage_class == "ONEZONE_IA":
        colder = [step for step in colder if step.storage_class != "GLACIER_IR"]
    return tuple(
        step
        for step in colder
        if assumptions.deleted_after_days is None or step.after_days < assumptions.deleted_after_days
    )
