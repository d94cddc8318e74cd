"""Which policy is kept, what would another one change, and how does it come into force?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from pydantic import ValidationError

from finops.answers.compliance import Compliance
from finops.errors import PolicyError
from finops.storage import reason_of
from finops.tagging import Exemption, PolicyBook, ScopedRules, TaggingPolicy, remediation_frame
from finops.tagging.key_rules import KeyRule, rule_of, with_rule, without_key
from finops.tagging.policy_changes import (
    exemption_words,
    merged,
    policy_differences,
    rule_words,
    scope_words,
)
from finops.tagging.scoped_rules import BUCKET, INSTANCE
from finops.tagging.value_rules import Format

__all__ = [
    "RESOURCE_TYPES",
    "Exemption",
    "Format",
    "KeptPolicy",
    "KeyRule",
    "PolicyPreview",
    "ScopedRules",
    "TaggingPolicy",
    "exemption_words",
    "kept_policy",
    "merged",
    "policy_differences",
    "preview",
    "rule_of",
    "rule_words",
    "save_policy",
    "scope_words",
    "with_exemption",
    "with_rule",
    "with_scope",
    "with_target",
    "without",
    "without_key",
]

RESOURCE_TYPES = (INSTANCE, BUCKET)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPolicy:
    """The policy in force, whether it is the default because none is stored, and the revision to save
    another one against."""

    policy: TaggingPolicy
    is_default: bool
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPreview:
    """Compliance under one policy and under another one, percentages 0–100 and dollars a month.

    ``changes`` says in words what differs. ``newly_failing`` and ``newly_passing`` are rows as in
    ``ComplianceReport.non_compliant`` with the lists as text: what the new policy finds wrong, and what
    the old one did. A resource that is exempt from now on passes.
    """

    compliant_before: int
    compliant: int
    resources_before: int
    resources: int
    compliance_before_pct: float | None
    compliance_pct: float | None
    compliance_by_cost_before_pct: float | None
    compliance_by_cost_pct: float | None
    changes: tuple[str, ...]
    newly_failing: pd.DataFrame
    newly_passing: pd.DataFrame


def preview(before: Compliance, after: Compliance) -> PolicyPreview:
    """What changes from one answer on an estate to another one on it."""
    was, now = before.report, after.report
    failed, fails = remediation_frame(was), remediation_frame(now)
    return PolicyPreview(
        compliant_before=was.compliant,
        compliant=now.compliant,
        resources_before=was.resources,
        resources=now.resources,
        compliance_before_pct=was.compliance_pct,
        compliance_pct=now.compliance_pct,
        compliance_by_cost_before_pct=was.compliance_by_cost_pct,
        compliance_by_cost_pct=now.compliance_by_cost_pct,
        changes=policy_differences(before.policy, after.policy),
        newly_failing=fails[~fails["resource_id"].isin(failed["resource_id"])],
        newly_passing=failed[~failed["resource_id"].isin(fails["resource_id"])],
    )


def kept_policy(book: PolicyBook | None = None) -> KeptPolicy:
    """The policy of ``tag_policy.json``, else the default one. Raises StateError."""
    document = (book or PolicyBook()).read()
    policy = document.value.policy
    return KeptPolicy(
        policy=policy or TaggingPolicy(), is_default=policy is None, revision=document.revision
    )


def save_policy(
    policy: TaggingPolicy | None, base_revision: str, book: PolicyBook | None = None
) -> KeptPolicy:
    """Put a policy in force, None for the default. Raises StateChanged where somebody was faster."""
    saved = (book or PolicyBook()).save(policy, base_revision)
    return KeptPolicy(
        policy=saved.value.policy or TaggingPolicy(), is_default=policy is None, revision=saved.revision
    )


def with_exemption(
    policy: TaggingPolicy,
    *,
    reason: str,
    until: date | None,
    resources: Iterable[str] = (),
    resource_types: Iterable[str] = (),
    accounts: Iterable[str] = (),
    keys: Iterable[str] = (),
) -> TaggingPolicy:
    """The policy with one exemption more. Raises PolicyError for one that makes no sense."""
    if not reason.strip():
        raise PolicyError("an exemption needs a reason")
    if until is None:
        raise PolicyError("an exemption needs the day on which it ends")
    exemption = Exemption(
        reason=reason.strip(),
        until=until,
        resources=tuple(resources),
        resource_types=tuple(resource_types),
        accounts=tuple(accounts),
        keys=tuple(keys),
    )
    return _changed(policy, exemptions=(*policy.exemptions, exemption))


def with_scope(
    policy: TaggingPolicy,
    *,
    resource_types: Iterable[str] = (),
    environments: Iterable[str] = (),
    required: Iterable[str] = (),
    not_required: Iterable[str] = (),
) -> TaggingPolicy:
    """The policy with rules for some types and environments more. Raises PolicyError."""
    scope = ScopedRules(
        resource_types=tuple(resource_types),
        environments=tuple(environments),
        required=tuple(required),
        not_required=tuple(not_required),
    )
    if not scope.keys:
        raise PolicyError("say which keys are mandatory there, or are not")
    return _changed(policy, scoped=(*policy.scoped, scope))


def without(
    policy: TaggingPolicy, *, exemptions: Iterable[Exemption] = (), scoped: Iterable[ScopedRules] = ()
) -> TaggingPolicy:
    """The policy without these."""
    gone, rules = list(exemptions), list(scoped)
    return _changed(
        policy,
        exemptions=tuple(one for one in policy.exemptions if one not in gone),
        scoped=tuple(one for one in policy.scoped if one not in rules),
    )


def with_target(policy: TaggingPolicy, target_pct: float) -> TaggingPolicy:
    """The policy with this target, 0–100. Raises PolicyError for another number."""
    return _changed(policy, target_pct=target_pct)


def _changed(policy: TaggingPolicy, **changes: Any) -> TaggingPolicy:
    fields: Mapping[str, Any] = {name: getattr(policy, name) for name in TaggingPolicy.model_fields}
    try:
        return TaggingPolicy(**{**fields, **changes})
    except ValidationError as error:
        raise PolicyError(reason_of(error)) from error
