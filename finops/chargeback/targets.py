"""Who is charged? The target of every charge, by a tag key or by account."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import pyarrow as pa

from finops import tags
from finops.chargeback.report import UNALLOCATED
from finops.errors import AllocationError

ACCOUNT_KEY = "AccountId"

_LOOKS_UNALLOCATED = re.compile(rf"{UNALLOCATED}( \(tag value\))*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Direct:
    """What one target is charged directly: the exact sum, and the distinct resources."""

    usd: Decimal
    resources: int


def targets(charges: pd.DataFrame, key: str) -> pd.Series:
    """The target of each charge: text, null where it has none.

    The value of the tag ``key`` – keys match exactly, as AWS's cost allocation tags do – or the
    account for ``AccountId``. Outer space is no part of a value and a blank value is none. A value
    that reads ``Unallocated`` becomes ``Unallocated (tag value)``, so that it never merges with the
    cost that has no target. Raises AllocationError for a blank key.
    """
    if not key.strip():
        raise AllocationError(f"a chargeback needs a tag key or {ACCOUNT_KEY}; received a blank one")
    values = charges[ACCOUNT_KEY] if key == ACCOUNT_KEY else tags.values(charges["Tags"], key)
    names = {value: target_name(value) for value in values.dropna().unique()}
    return values.astype("object").map(names).astype("str")


def target_name(value: str) -> str | None:
    """The line that a tag value is charged to. Two values have one line only if they differ in space."""
    name = value.strip()
    return f"{name} (tag value)" if _LOOKS_UNALLOCATED.fullmatch(name) else name or None


def direct_costs(charges: pd.DataFrame, targets_of_charges: pd.Series) -> Mapping[str | None, Direct]:
    """Exact cost and resources by target; None is the cost without one. Unknown costs are left out."""
    known = charges["Cost"].notna()
    table = pa.table(
        {
            "target": pa.array(targets_of_charges[known], type=pa.string(), from_pandas=True),
            "cost": pa.array(charges.loc[known, "Cost"]),
            "resource": pa.array(charges.loc[known, "ResourceId"], type=pa.string(), from_pandas=True),
        }
    )
    grouped = table.group_by("target").aggregate([("cost", "sum"), ("resource", "count_distinct")])
    return {
        row["target"]: Direct(row["cost_sum"], row["resource_count_distinct"])
        for row in grouped.to_pylist()
    }
