"""What does S3 bill for the objects of a class, beyond their bytes?

AWS's rules (S3 user guide, "Amazon S3 storage classes" and "Transitioning objects"; S3 pricing page):

| class | smallest billed object | added to each object | shortest billed stay |
|---|---|---|---|
| STANDARD | – | – | – |
| STANDARD_IA, ONEZONE_IA | 128 KB | – | 30 days |
| GLACIER_IR | 128 KB | – | 90 days |
| GLACIER | – | 32 KB, and 8 KB at the price of STANDARD | 90 days |
| DEEP_ARCHIVE | – | 32 KB, and 8 KB at the price of STANDARD | 180 days |

A GB is 1,024³ bytes and a KB 1,024, as S3 bills them. Of sizes only the mean is known: where it is
below the smallest billed object every object is taken to be of the mean size, which is the least that
AWS can bill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.errors import UnknownPrice
from finops.money import HOURS_PER_MONTH
from finops.pricing import Catalogue, StorageTier
from finops.pricing.storage_tiers import Floats, tiered_costs

KB_PER_GB = 1024**2
DAYS_PER_MONTH = HOURS_PER_MONTH / 24
# A byte: no object that anybody stores is smaller on average.
LEAST_KB = 1 / 1024

STANDARD = "STANDARD"
ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
INTELLIGENT = "INTELLIGENT_TIERING"


@dataclass(frozen=True, slots=True)
class ClassRules:
    """KB of the smallest billed object, KB added at its own and at STANDARD's price, days of stay."""

    smallest_kb: float = 0.0
    added_kb: float = 0.0
    added_standard_kb: float = 0.0
    days: float = 0.0


NO_RULES = ClassRules()
# From warm to cold: an object moves down this list only, by a lifecycle rule.
RULES: Mapping[str, ClassRules] = {
    STANDARD: NO_RULES,
    "STANDARD_IA": ClassRules(smallest_kb=128, days=30),
    "ONEZONE_IA": ClassRules(smallest_kb=128, days=30),
    "GLACIER_IR": ClassRules(smallest_kb=128, days=90),
    "GLACIER": ClassRules(added_kb=32, added_standard_kb=8, days=90),
    "DEEP_ARCHIVE": ClassRules(added_kb=32, added_standard_kb=8, days=180),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPrices:
    """What a class costs in a region. Dollars per GB-month, per GB and per 1,000 requests.

    ``put`` is None where the catalogue has no price of it; ``retrieval`` and ``restore`` are of the
    Standard speed, 0 where AWS charges none.
    """

    storage_class: str
    tiers: tuple[StorageTier, ...]
    transition: float
    retrieval: float
    restore: float
    get: float
    put: float | None


def class_prices(catalogue: Catalogue, region: str, storage_class: str) -> ClassPrices:
    """Every price of a class that a lifecycle needs. Raises UnknownPrice for one that is not known."""

    def rate(name: str) -> float:
        return catalogue.request_rate(storage_class, name, region).usd

    archive, standard = storage_class in ARCHIVES, storage_class == STANDARD
    return ClassPrices(
        storage_class=storage_class,
        tiers=catalogue.storage_tiers(region, storage_class),
        transition=0.0 if standard else rate("lifecycle_transition_per_1000"),
        retrieval=(
            0.0 if standard else rate("retrieval_standard_per_gb" if archive else "retrieval_per_gb")
        ),
        restore=rate("restore_standard_per_1000") if archive else 0.0,
        get=rate("get_per_1000"),
        put=_put(catalogue, region, storage_class),
    )


def _put(catalogue: Catalogue, region: str, storage_class: str) -> float | None:
    name = "put_copy_post_list_per_1000" if storage_class == STANDARD else "put_per_1000"
    try:
        return catalogue.request_rate(storage_class, name, region).usd
    except UnknownPrice:
        return None


def mean_object_kb(size_gb: pd.Series, objects: pd.Series) -> pd.Series:
    """The mean size of the objects of each bucket; NaN without objects, and below a byte."""
    kb = size_gb * KB_PER_GB / objects.where(objects > 0)
    return kb.where(kb >= LEAST_KB)


def billed_share(storage_class: str, object_kb: float) -> float:
    """GB billed at the class's price for each GB in objects of this mean size (above 0), 1 or more."""
    rules = RULES.get(storage_class, NO_RULES)
    return (max(object_kb, rules.smallest_kb) + rules.added_kb) / object_kb


def standard_share(storage_class: str, object_kb: float) -> float:
    """GB billed at STANDARD's price, besides, for each GB stored in an archive; else 0."""
    return RULES.get(storage_class, NO_RULES).added_standard_kb / object_kb


def list_costs(
    catalogue: Catalogue, region: str, storage_class: str, sizes_gb: Floats, object_kb: Floats
) -> Floats:
    """A month of each size at list price, its bands counted for itself, with what is billed besides.

    ``object_kb`` is the mean size of its objects; where it is NaN nothing is added. Raises UnknownPrice.
    """
    rules = RULES.get(storage_class, NO_RULES)
    kb = np.where(np.isnan(object_kb), np.inf, object_kb)
    share = np.maximum(rules.smallest_kb / kb, 1.0) + rules.added_kb / kb
    costs = tiered_costs(catalogue.storage_tiers(region, storage_class), sizes_gb * share)
    if rules.added_standard_kb:
        beside = sizes_gb * rules.added_standard_kb / kb
        costs += tiered_costs(catalogue.storage_tiers(region, STANDARD), beside)
    return costs
