"""Who is charged? The target of every charge and the rule that chose it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from finops import tags
from finops.chargeback.report import UNALLOCATED
from finops.chargeback.rules import (
    SEPARATOR,
    AccountRule,
    CategoryRule,
    NamingRule,
    PoolRule,
    Rule,
    VirtualTagRule,
    is_under,
)
from finops.errors import AllocationError
from finops.periods import utc
from finops.schema import ACCOUNTS

ACCOUNT_KEY = "AccountId"
NO_RULE = -1

_LOOKS_UNALLOCATED = re.compile(rf"{UNALLOCATED}( \(tag value\))*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Direct:
    """What one target is charged directly: the exact sum, and the distinct resources."""

    usd: Decimal
    resources: int


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """For each charge its target (text, null in a pool or where no rule fits) and the position of
    the rule that took it (``NO_RULE`` where none fits); and the ``sources`` that take no share."""

    target: pd.Series
    rule: pd.Series
    sources: tuple[str, ...]


# What account rules look up: column of the accounts file -> account -> value.
AccountFacts: TypeAlias = Mapping[str, Mapping[str, str]]


def facts_looked_up(accounts: pd.DataFrame, key: str, rules: Sequence[Rule]) -> AccountFacts:
    """What the account rules among ``rules`` can look up in an ``accounts`` frame, and no more."""
    of_rules = [rule.columns or (key,) for rule in rules if isinstance(rule, AccountRule)]
    columns = dict.fromkeys(name for names in of_rules for name in names)
    facts = {name: dict(zip(accounts[ACCOUNT_KEY], accounts[name], strict=True)) for name in columns}
    return {
        name: {str(account): str(value) for account, value in of.items() if pd.notna(value)}
        for name, of in facts.items()
    }


def accounts_of(facts: AccountFacts) -> pd.DataFrame:
    """The ``accounts`` frame of such facts."""
    ids = sorted({account for of_column in facts.values() for account in of_column})
    columns = {name: [of.get(account) for account in ids] for name, of in facts.items()}
    return ACCOUNTS.conform(pd.DataFrame({**columns, ACCOUNT_KEY: ids}))


def assign(charges: pd.DataFrame, key: str, rules: Sequence[Rule], accounts: pd.DataFrame) -> Assigned:
    """Give every charge to the first rule that fits it, then what is shared of a target to its pool.

    Raises AllocationError for a blank key, and for an account rule about a column that is none.
    """
    if not key.strip():
        raise AllocationError(f"a chargeback needs a tag key or {ACCOUNT_KEY}; received a blank one")
    target = pd.Series([None] * len(charges), dtype="object")
    taken = pd.Series(np.full(len(charges), NO_RULE))
    for position, rule in enumerate(rules):
        is_free = taken.eq(NO_RULE) & _in_force(charges, rule)
        if isinstance(rule, PoolRule):
            fits = is_free & _selected(charges, rule)
        else:
            names = _names(charges, key, rule, accounts)
            fits = is_free & names.notna()
            target = target.where(~fits, names)
        taken = taken.where(~fits, position)
    sources: list[str] = []
    for position, rule in enumerate(rules):
        if isinstance(rule, PoolRule) and rule.source == "target":
            in_force = _in_force(charges, rule)
            if in_force.any():
                sources.extend(rule.names)
            below = {name for name in target.dropna().unique() if is_under(name, rule.names)}
            fits = target.isin(below) & in_force
            target, taken = target.where(~fits, None), taken.where(~fits, position)
    return Assigned(target.astype("str"), taken, tuple(sources))


def target_name(value: str) -> str | None:
    """The line that a tag value is charged to. Two values have one line only if they differ in space.

    Outer space is no part of a value and a blank value is none. A value that reads ``Unallocated``
    becomes ``Unallocated (tag value)``, so that it never merges with the cost without a target.
    """
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


def pool_costs(charges: pd.DataFrame, assigned: Assigned) -> Mapping[int, Decimal]:
    """Exact cost without a target by the position of its pool, ``NO_RULE`` where no pool takes it."""
    open_ = charges["Cost"].notna() & assigned.target.isna()
    table = pa.table(
        {"pool": pa.array(assigned.rule[open_]), "cost": pa.array(charges.loc[open_, "Cost"])}
    )
    grouped = table.group_by("pool").aggregate([("cost", "sum")])
    return {row["pool"]: row["cost_sum"] for row in grouped.to_pylist()}


def _in_force(charges: pd.DataFrame, rule: Rule) -> pd.Series:
    days = charges["Start"]
    holds = pd.Series(True, index=charges.index)
    if rule.starts:
        holds &= days.ge(utc(rule.starts))
    if rule.ends:
        holds &= days.lt(utc(rule.ends) + pd.Timedelta(days=1))
    return holds


def _selected(charges: pd.DataFrame, pool: PoolRule) -> pd.Series:  # noqa: PLR0911 - one a source
    """The charges of a source by FOCUS 1.2's own columns. AWS bills support as services of that name."""
    match pool.source:
        case "untagged":
            return pd.Series(True, index=charges.index)
        case "tax":
            return charges["ChargeCategory"].eq("Tax")
        case "support":
            name = charges["ServiceName"]
            return name.str.contains(r"\bsupport\b|AWSSupport", case=False, regex=True, na=False)
        case "network":
            is_transfer = charges["ServiceName"].isin(["AWS Data Transfer", "AWSDataTransfer"])
            return charges["ServiceCategory"].eq("Networking") | is_transfer
        case "commitment_waste":
            return charges["CommitmentDiscountStatus"].eq("Unused")
        case "services":
            return charges["ServiceName"].isin(pool.names)
        case "target":
            return pd.Series(False, index=charges.index)


def _names(charges: pd.DataFrame, key: str, rule: NamingRule, accounts: pd.DataFrame) -> pd.Series:
    if isinstance(rule, CategoryRule):
        names = rule.categories or (key,)
        return _path([tags.values(charges["CostCategory"], name) for name in names])
    if isinstance(rule, AccountRule):
        return _path([_of_account(charges, column, accounts) for column in rule.columns or (key,)])
    levels = [_of_tag(charges, level) for level in rule.keys or (key,)]
    if isinstance(rule, VirtualTagRule):
        virtual = [tags.values(charges["VirtualTags"], level) for level in rule.keys or (key,)]
        levels = [
            own.where(own.str.strip().fillna("").ne(""), other)
            for own, other in zip(levels, virtual, strict=True)
        ]
    return _path(levels)


def _of_tag(charges: pd.DataFrame, key: str) -> pd.Series:
    """Keys match exactly, as AWS's cost allocation tags do."""
    return charges[ACCOUNT_KEY] if key == ACCOUNT_KEY else tags.values(charges["Tags"], key)


def _of_account(charges: pd.DataFrame, column: str, accounts: pd.DataFrame) -> pd.Series:
    if column not in ACCOUNTS.columns:
        raise AllocationError(
            f"an account rule needs columns of the accounts file, and {column} is none; "
            f"choose among {', '.join(ACCOUNTS.columns)}"
        )
    of_account = dict(zip(accounts[ACCOUNT_KEY], accounts[column], strict=True))
    return charges[ACCOUNT_KEY].astype("object").map(of_account).astype("str")


def _path(levels: Sequence[pd.Series]) -> pd.Series:
    """The names of the levels joined to one, up to the first that is missing."""
    if len(levels) == 1:
        named = {value: target_name(value) for value in levels[0].dropna().unique()}
        return levels[0].astype("object").map(named)
    table = pd.concat([level.astype("object") for level in levels], axis="columns")
    table.columns = pd.RangeIndex(len(levels))
    rows = table.where(table.notna(), None)
    distinct = rows.drop_duplicates()
    joined = {row: _joined(row) for row in distinct.itertuples(index=False, name=None)}
    return pd.Series(
        [joined[row] for row in rows.itertuples(index=False, name=None)],
        index=levels[0].index,
        dtype="object",
    )


def _joined(levels: Sequence[str | None]) -> str | None:
    segments: list[str] = []
    for level in levels:
        if not (level or "").strip():
            break
        # A slash inside of a value would make a level of its own.
        segments.append(str(level).strip().replace("%", "%25").replace(SEPARATOR, "%2F"))
    return target_name(SEPARATOR.join(segments))
