"""Which tag does each resource need, and is its value known?

A value is known where the resource has it already under another spelling of the key, where it is an
allowed value but for case and separators, or where somebody has accepted it. Nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from finops import tags
from finops.tagging.policy import TaggingPolicy
from finops.tagging.scoped_rules import BUCKET, INSTANCE
from finops.tagging.verdict import ENVIRONMENT, value_of

Kind = Literal["missing", "wrong_case", "invalid"]
Origin = Literal["spelling of the key", "spelling of the value", "accepted suggestion"]
# (resource id, key) -> value
Accepted = Mapping[tuple[str, str], str]
RESOURCE_TYPES = {"EC2": INSTANCE, "S3": BUCKET}


@dataclass(frozen=True, slots=True, kw_only=True)
class TagFix:
    """A tag that a resource has to get. ``value`` is None where nobody knows it, ``origin`` says how it
    is known. ``present`` is what the resource has now under the key or a spelling of it."""

    resource_id: str
    service: str
    account: str
    region: str
    key: str
    kind: Kind
    present: str | None
    value: str | None
    origin: Origin | None
    monthly_cost_usd: float


def tag_fixes(
    non_compliant: pd.DataFrame, policy: TaggingPolicy, accepted: Accepted | None = None
) -> tuple[TagFix, ...]:
    """One fix a resource and violated key: resources in the order of the rows, keys of the policy.

    Takes ``ComplianceReport.non_compliant`` or some of its rows. A key in a wrong spelling whose value
    is not allowed either is one fix. Accepted values that the policy does not allow are not used.
    """
    return tuple(
        fix
        for row in non_compliant.to_dict(orient="records")
        for fix in _fixes(row, policy, accepted or {})
    )


def _fixes(row: Mapping[Any, Any], policy: TaggingPolicy, accepted: Accepted) -> Iterator[TagFix]:
    tag_set = tags.as_dict(str(row["tags"]))
    resource_id, service = str(row["resource_id"]), str(row["service"])
    environment = value_of(tag_set, ENVIRONMENT, policy) or ""
    _, rules = policy.rules_for(RESOURCE_TYPES[service], environment)
    for key, (kind, spelling) in sorted(
        violated(row, policy).items(), key=lambda one: policy.keys.index(one[0])
    ):
        present = None if spelling is None else tag_set[spelling]
        value = None if present is None else rules.respelled(key, present)
        origin: Origin | None = None
        if value is not None:
            origin = "spelling of the key" if spelling != key else "spelling of the value"
        elif (offered := accepted.get((resource_id, key))) is not None and rules.allow(key, offered):
            value, origin = offered, "accepted suggestion"
        yield TagFix(
            resource_id=resource_id,
            service=service,
            account=str(row["account"]),
            region=str(row["region"]),
            key=key,
            kind=kind,
            present=None if spelling is None else f"{spelling}={present}",
            value=value,
            origin=origin,
            monthly_cost_usd=float(row["monthly_cost_usd"]),
        )


def violated(row: Mapping[Any, Any], policy: TaggingPolicy) -> dict[str, tuple[Kind, str | None]]:
    """The violated keys of a row of ``non_compliant``: the first kind of violation, and how the resource
    spells the key."""
    tag_set = tags.as_dict(str(row["tags"]))
    missing, wrong_case, invalid = (row[kind] for kind in ("missing", "wrong_case", "invalid"))
    pairs = {f"{name}={value}": name for name, value in tag_set.items()}
    found: dict[str, tuple[Kind, str | None]] = {
        policy.key_of(pairs[pair]) or pairs[pair]: ("invalid", pairs[pair]) for pair in invalid
    }
    for name in wrong_case:
        found[policy.key_of(name) or name] = ("wrong_case", name)
    for key in missing:
        found[key] = ("missing", None)
    return found
