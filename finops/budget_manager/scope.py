"""Which charges, instances and buckets belong to a budget's scope?

Regions are compared without case, accounts, tag keys and tag values exactly: a wrong value is the
matter of tag compliance, not something that a budget repairs in silence. A service is ``EC2``,
``S3``, ``combined`` (both), or a ServiceName of the bill.
"""

from __future__ import annotations

import pandas as pd

from finops import tags
from finops.budget_manager.budget import Budget

# The names under which bills and Cost Explorer know the two services.
_EC2 = frozenset(
    {
        "ec2",
        "amazonec2",
        "amazon ec2",
        "ec2 - other",
        "amazon elastic compute cloud",
        "amazon elastic compute cloud - compute",
    }
)
_S3 = frozenset({"s3", "amazons3", "amazon s3", "amazon simple storage service"})
_COMBINED = frozenset({"combined", "ec2+s3", "ec2 + s3"})


def services(scope_value: str) -> frozenset[str]:
    """The service names, in lower case, that a service scope stands for."""
    word = scope_value.strip().casefold()
    if word in _COMBINED:
        return _EC2 | _S3
    return next((names for names in (_EC2, _S3) if word in names), frozenset({word}))


def charges(budget: Budget, costs: pd.DataFrame) -> pd.Series:
    """Which rows of ``costs`` are in scope: one bool per row."""
    match budget.scope_type:
        case "total":
            return pd.Series(True, index=costs.index)
        case "service":
            return costs["ServiceName"].str.casefold().isin(services(budget.scope_value))
        case "region":
            return _same_region(costs["RegionId"], budget)
        case "account":
            return costs["SubAccountId"].eq(budget.scope_value)
        case _:
            return _tagged(costs["Tags"], budget)


def resources(budget: Budget, inventory: pd.DataFrame, service: str) -> pd.Series:
    """Which rows of the ec2 or s3 frame are in scope; ``service`` is ``ec2`` or ``s3``."""
    match budget.scope_type:
        case "total":
            return pd.Series(True, index=inventory.index)
        case "service":
            return pd.Series(service in services(budget.scope_value), index=inventory.index)
        case "region":
            return _same_region(inventory["Region"], budget)
        case "account":
            return inventory["AccountId"].eq(budget.scope_value)
        case _:
            return _tagged(inventory["Tags"], budget)


def _same_region(regions: pd.Series, budget: Budget) -> pd.Series:
    return regions.str.casefold().eq(budget.scope_value.casefold())


def _tagged(tag_sets: pd.Series, budget: Budget) -> pd.Series:
    key, value = budget.tag
    # Asked once of each distinct set: a bill has thousands of rows to one of them.
    return tag_sets.isin([text for text in tag_sets.unique() if tags.as_dict(text).get(key) == value])
