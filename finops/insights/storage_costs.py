"""What does each bucket cost against AWS's list price, and which buckets stand out?

The list price is that of storage alone, a month of the size that the list states. What a bucket costs
above it is requests, transfer, old versions or another class than the list says; below it, a discount,
or a size that was another when the cost was recorded. It is something to look at, no saving.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from finops.errors import UnknownPrice
from finops.insights.storage_billing import RULES, STANDARD, list_costs, mean_object_kb
from finops.periods import utc
from finops.pricing import Catalogue
from finops.pricing.storage_tiers import Floats

# The same part by which an instance's price is called another than the list's.
TOLERANCE = 0.02
CENT = 0.01

ABOVE, AT, BELOW = "above list", "at list", "below list"
NOT_PRICED, NO_SIZE, NO_COST = "not priced", "no size", "no cost"

# A bucket stands out of its class by 3.5 robust standard deviations of the logarithm of its size (the
# limit of Iglewicz and Hoaglin), where five others are there to stand out of; or, of six buckets or
# more, by a tenth of all GB that is also three times an equal share of them.
OUTSIZED_Z, OUTSIZED_SHARE, OUTSIZED_TIMES, FEWEST = 3.5, 0.10, 3, 6
_MAD = 1.4826

AGES = ("under 1 year", "1 to 2 years", "2 to 3 years", "3 to 5 years", "5 years or more")
_AGE_EDGES = (1, 2, 3, 5)
NO_DATE = "no date"


def judged_buckets(s3: pd.DataFrame, catalogue: Catalogue | None, as_of: date) -> pd.DataFrame:
    """The ``s3`` frame without Tags, a row a bucket, and what is to be known of each.

    Without a catalogue nothing is priced.

    | column | what |
    |---|---|
    | object_kb | mean size of an object, size ÷ objects; NaN without either, or below a byte |
    | usd_per_gb | cost ÷ GB; NaN without either |
    | list_usd | a month of its size at list price, the bands counted over this bucket alone |
    | list_least_usd | the same with every GB in the cheapest band |
    | list_usd_per_gb | list_usd ÷ GB |
    | standard_usd | a month of its size in STANDARD at list price |
    | beyond_usd | cost − list_usd where above, cost − list_least_usd where below, else 0 |
    | reading | above, at or below list (within 2 % and a cent: at), not priced, no size, no cost |
    | share | of all GB, 0 to 1 |
    | size_z | of log GB in its class, in robust standard deviations; NaN where too few or all alike |
    | empty, outsized, small_objects, unencrypted, unversioned | flags; what is unknown is no flag |
    | age_years, age | of the bucket, from CreationDate to ``as_of``; its objects may be younger |

    AWS counts bands over all buckets of an organisation: the right list price lies between the two.
    ``small_objects``: the mean is below the smallest object that its class bills. ``outsized``: size_z
    of 3.5 or more; or, where six buckets or more have a size, a share of a tenth and 3 ÷ their number.
    """
    frame = s3.drop(columns="Tags")
    size, cost = frame["TotalSizeGB"], frame["MonthlyCostUSD"]
    objects = frame["ObjectCount"].astype("Float64").astype("float64")
    kb = mean_object_kb(size, objects)
    listed = _listed(frame, kb, catalogue)
    total = float(size[size > 0].sum())
    smallest_by_class = {name: rules.smallest_kb for name, rules in RULES.items()}
    smallest = frame["StorageClass"].map(smallest_by_class).astype("float64")
    age = _years(frame["CreationDate"], as_of)
    share = size.where(size > 0) / total if total > 0 else size * np.nan
    size_z = _size_z(size, frame["StorageClass"])
    return frame.assign(
        object_kb=kb,
        usd_per_gb=(cost / size).where(size > 0),
        **listed,
        list_usd_per_gb=(listed["list_usd"] / size).where(size > 0),
        **against(cost, size, listed["list_usd"], listed["list_least_usd"]),
        share=share,
        size_z=size_z,
        empty=((size == 0) | (objects == 0)).to_numpy(dtype=bool),
        outsized=((size_z >= OUTSIZED_Z) | _large_share(share)).to_numpy(dtype=bool),
        small_objects=(kb < smallest).to_numpy(dtype=bool),
        unencrypted=frame["Encryption"].eq("None").fillna(value=False).astype("bool"),
        unversioned=~frame["VersionEnabled"].fillna(value=True).astype("bool"),
        age_years=age,
        age=_age_names(age),
    )


def _listed(frame: pd.DataFrame, kb: pd.Series, catalogue: Catalogue | None) -> dict[str, pd.Series]:
    """What is stored at list price; NaN where no price or no size is known."""
    alone, least, standard = (np.full(len(frame), np.nan) for _ in range(3))
    sizes, means = frame["TotalSizeGB"].to_numpy("float64"), kb.to_numpy("float64")
    places = pd.Series(np.arange(len(frame)), index=frame.index)[sizes >= 0]
    for group, rows in places.groupby([frame["Region"], frame["StorageClass"]]):
        if catalogue is None:
            break
        region, storage_class = str(group[0]), str(group[1])
        at = rows.to_numpy()
        standard[at] = _priced(catalogue, region, STANDARD, sizes[at], np.full(len(at), np.nan))
        alone[at] = _priced(catalogue, region, storage_class, sizes[at], means[at])
        if not np.isnan(alone[at]).any():
            tiers = catalogue.storage_tiers(region, storage_class)
            cheapest = min(tier.usd_per_gb_month for tier in tiers)
            least[at] = alone[at] if len(tiers) == 1 else sizes[at] * cheapest
    listed = {"list_usd": alone, "list_least_usd": least, "standard_usd": standard}
    return {name: pd.Series(values, index=frame.index) for name, values in listed.items()}


def _priced(
    catalogue: Catalogue, region: str, storage_class: str, sizes: Floats, means: Floats
) -> Floats:
    """A month of each size at list price; NaN for all where the class is not priced there."""
    try:
        return list_costs(catalogue, region, storage_class, sizes, means)
    except UnknownPrice:
        return np.full(len(sizes), np.nan)


def against(
    cost: pd.Series, size: pd.Series, alone: pd.Series, least: pd.Series
) -> dict[str, pd.Series]:
    """``beyond_usd`` and ``reading`` of buckets or of groups of them: see ``judged_buckets``."""
    above = cost > alone * (1 + TOLERANCE) + CENT
    below = cost < least * (1 - TOLERANCE) - CENT
    reading = pd.Series(AT, index=cost.index, dtype="str")
    reading = reading.mask(above, ABOVE).mask(below, BELOW)
    reading = (
        reading.mask(alone.isna(), NOT_PRICED).mask(size.isna(), NO_SIZE).mask(cost.isna(), NO_COST)
    )
    beyond = pd.Series(0.0, index=cost.index).mask(above, cost - alone).mask(below, cost - least)
    return {"beyond_usd": beyond.mask(cost.isna() | alone.isna()), "reading": reading}


def _large_share(share: pd.Series) -> pd.Series:
    """A tenth of all GB and three times an equal share; of fewer than six none is large."""
    count = int(share.notna().sum())
    if count < FEWEST:
        return pd.Series(False, index=share.index)
    return share >= max(OUTSIZED_SHARE, OUTSIZED_TIMES / count)


def _size_z(size: pd.Series, storage_class: pd.Series) -> pd.Series:
    """Robust z of log GB in each class: (value − median) ÷ (1.4826 × median of absolute deviations)."""
    logs = np.log(size.where(size > 0))
    groups = storage_class.fillna("")
    away = logs - logs.groupby(groups).transform("median")
    scale = _MAD * away.abs().groupby(groups).transform("median")
    many = logs.groupby(groups).transform("count") >= FEWEST
    z: pd.Series = (away / scale).where(many & (scale > 0))
    return z


def _years(created: pd.Series, as_of: date) -> pd.Series:
    days = (utc(as_of) - created).dt.total_seconds() / 86_400
    years: pd.Series = (days / 365.25).clip(lower=0)
    return years


def _age_names(years: pd.Series) -> pd.Series:
    at = np.searchsorted(np.array(_AGE_EDGES), years.to_numpy(dtype="float64"), side="right")
    words = np.array(AGES, dtype=object)[np.minimum(at, len(AGES) - 1)]
    named = pd.Series(words, index=years.index, dtype="str")
    return named.mask(years.isna(), NO_DATE)
