"""Why is there no figure for a rule on a bucket, or less than at list price?"""

from __future__ import annotations

import math
from numbers import Real

import pandas as pd

from finops.insights.lifecycle import Lifecycle
from finops.insights.storage_costs import CENT, TOLERANCE
from finops.money import usd


def not_told(row: pd.Series, *, of_age: bool) -> str | None:
    """What a row of ``judged_buckets`` lacks for a rule to be tried; None where it lacks nothing.

    ``of_age``: the bucket's creation date is needed.
    """
    size, objects = figure(row["TotalSizeGB"]), figure(row["ObjectCount"])
    needed = {
        "region": text(row["Region"]),
        "storage class": text(row["StorageClass"]),
        "size": size,
        "number of objects": objects,
        "creation date": figure(row["age_years"]) if of_age else 0.0,
    }
    missing = [word for word, value in needed.items() if value is None]
    if missing:
        return f"the list states no {' and no '.join(missing)} of it"
    if size == 0 or objects == 0:
        return f"the list says {size:,.10g} GB in {objects:,.0f} objects: there is nothing to move"
    if figure(row["object_kb"]) is None:
        return (
            f"the list says {size:,.10g} GB in {objects:,.0f} objects: less than a byte each, so one of "
            "the two is wrong"
        )
    return None


def at_its_cost(row: pd.Series, result: Lifecycle | None) -> tuple[float | None, str]:
    """What the rule saves in dollars of the list, and why that is less than at list price, if it is.

    Where a bucket costs less than its list price by over 2 % and a cent, a saving is taken times cost ÷
    list price. None is above what the bucket costs over the months, its cost following its storage.
    """
    if result is None:
        return None, ""
    saving = result.saving_usd
    cost, listed = figure(row["MonthlyCostUSD"]), figure(row["list_usd"])
    if cost is None or listed is None or listed <= 0 or saving <= 0:
        return saving, ""
    part = max(cost, 0.0) / listed
    scale = part if cost < listed * (1 - TOLERANCE) - CENT else 1.0
    stored = sum(month.as_is.storage_usd for month in result.months)
    lower = min(saving * scale, stored * part)
    if lower >= saving - CENT:
        return lower, ""
    because = (
        f"the list says {usd(cost)} a month, AWS's list price is {usd(listed)}: the saving cannot be "
        "more than the cost"
    )
    return lower, because if scale == 1 else f"{because}, so it is taken times cost ÷ list price"


def figure(value: object) -> float | None:
    """A number of a list; None where it is unknown."""
    number = float(value) if isinstance(value, Real) else math.nan
    return None if math.isnan(number) else number


def text(value: object) -> str | None:
    """A word of a list; None where it is unknown."""
    return value if isinstance(value, str) and value else None
