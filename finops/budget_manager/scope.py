"""Which charges, instances and buckets belong to a budget's scope?

Regions are compared without case, accounts, tag keys and tag values exactly: a wrong value is the
matter of tag compliance, not something that a budget repairs in silence. A service is ``EC2``,
``S3``, ``combined`` (both), or a ServiceName of the bill.
"""

from __future__ import annotations

import pandas as pd

from finops import tags
from finops.budget_manager.budget import Budget
from finops.budget_manager.conditions import Condition, tag_of

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
    counted = ~costs["ChargeCategory"].isin(budget.leave_out)
    for condition in budget.conditions:
        counted &= _holds(condition, _charged(condition, costs))
    return counted


def resources(budget: Budget, inventory: pd.DataFrame, service: str) -> pd.Series:
    """Which rows of the ec2 or s3 frame are in scope; ``service`` is ``ec2`` or ``s3``."""
    counted = pd.Series(True, index=inventory.index)
    for condition in budget.conditions:
        counted &= _holds(condition, _listed(condition, inventory, service))
    return counted


def _holds(condition: Condition, found: pd.Series) -> pd.Series:
    return ~found if condition.exclude else found


def _charged(condition: Condition, costs: pd.DataFrame) -> pd.Series:
    match condition.scope_type:
        case "service":
            return costs["ServiceName"].str.casefold().isin(_services(condition))
        case "region":
            return _same_region(costs["RegionId"], condition)
        case "account":
            return costs["SubAccountId"].isin(condition.values)
        case _:
            return _tagged(costs["Tags"], condition)


def _listed(condition: Condition, inventory: pd.DataFrame, service: str) -> pd.Series:
    match condition.scope_type:
        case "service":
            return pd.Series(service in _services(condition), index=inventory.index)
        case "region":
            return _same_region(inventory["Region"], condition)
        case "account":
            return inventory["AccountId"].isin(condition.values)
        case _:
            return _tagged(inventory["Tags"], condition)


def _services(condition: Condition) -> frozenset[str]:
    return frozenset().union(*map(services, condition.values))


def _same_region(regions: pd.Series, condition: Condition) -> pd.Series:
    return regions.str.casefold().isin([value.casefold() for value in condition.values])


def _tagged(tag_sets: pd.Series, condition: Condition) -> pd.Series:
    wanted = {tag_of(condition.scope_type, value) for value in condition.values}
    # Asked once of each distinct set: a bill has thousands of rows to one of them.
    held = [text for text in tag_sets.unique() if not wanted.isdisjoint(tags.as_dict(text).items())]
    return tag_sets.isin(held)
