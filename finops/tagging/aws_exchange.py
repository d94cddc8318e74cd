"""What does a tag policy of AWS Organizations come to here, and ours there?

AWS tells values apart by case, and requires a key only for the resource types of
``report_required_tag_for``. Patterns, formats, environments, exemptions and spellings have no place
there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from finops.tagging.aws_inheritance import EffectiveRule
from finops.tagging.aws_policy import AwsSetting, AwsTagPolicy, AwsTagRule
from finops.tagging.policy import TaggingPolicy
from finops.tagging.scoped_rules import BUCKET, INSTANCE, ScopedRules, is_of_type
from finops.tagging.value_rules import AllowedValues

JUDGED = (INSTANCE, BUCKET)


def with_aws_rules(policy: TaggingPolicy, rules: Iterable[EffectiveRule]) -> TaggingPolicy:
    """The policy with what AWS says of these keys in place of what it said of them.

    A key takes AWS's spelling. It is required where all resource types that are judged here report
    it, by scoped rules where some do, and else stays what it is; a new key is optional.
    Raises PolicyError where the result makes no sense.
    """
    document = policy.model_dump()
    for rule in rules:
        old = next((key for key in policy.keys if key.casefold() == rule.tag_key.casefold()), None)
        document = _without(document, old, rule.tag_key)
        asked = tuple(one for one in JUDGED if is_of_type(one, rule.report_required_tag_for))
        if rule.tag_key not in (*document["required"], *document["optional"]):
            document["optional"] = (*document["optional"], rule.tag_key)
        if asked == JUDGED:
            document = _required(document, rule.tag_key)
        elif asked and rule.tag_key not in document["required"]:
            scope = {"resource_types": rule.report_required_tag_for, "required": (rule.tag_key,)}
            document["scoped"] = (*document["scoped"], ScopedRules(**scope).model_dump())
        if rule.tag_value and "*" not in rule.tag_value:
            values = AllowedValues(values=rule.tag_value, case_sensitive=True, wildcards=True)
            document["allowed_values"] = document["allowed_values"] | {rule.tag_key: values}
        if rule.enforced_for:
            document["enforced_for"] = document["enforced_for"] | {rule.tag_key: rule.enforced_for}
    return TaggingPolicy(**document)


def as_aws_policy(policy: TaggingPolicy) -> tuple[AwsTagPolicy, tuple[str, ...]]:
    """The policy as one of AWS that nobody above restricts, and in words what is lost on the way."""
    rules = tuple(_rule(key, policy) for key in policy.keys)
    return AwsTagPolicy(rules), tuple(_lost(policy))


def _rule(key: str, policy: TaggingPolicy) -> AwsTagRule:
    allowed = policy.allowed_values.get(key)
    types = dict.fromkeys(one for scope in policy.scoped for one in _required_for(scope, key))
    asked = JUDGED if key in policy.required else tuple(types)
    return AwsTagRule(
        key.lower() if key.lower().casefold() == key.casefold() else key,
        tag_key=AwsSetting(assign=(key,)),
        tag_value=None if allowed is None else AwsSetting(assign=allowed.values),
        enforced_for=AwsSetting(assign=policy.enforced_for[key]) if key in policy.enforced_for else None,
        report_required_tag_for=AwsSetting(assign=asked) if asked else None,
    )


def _required_for(scope: ScopedRules, key: str) -> tuple[str, ...]:
    return scope.resource_types if key in scope.required and not scope.environments else ()


def _lost(policy: TaggingPolicy) -> Iterable[str]:
    """What AWS has no place for."""
    loose = [key for key, rule in policy.allowed_values.items() if not rule.case_sensitive]
    if loose:
        yield f"AWS compares values with case: {', '.join(loose)} was compared without"
    if lost := sorted({*policy.patterns, *policy.formats}):
        yield f"AWS has no patterns and formats: those of {', '.join(lost)} are left out"
    if any(scope.environments or scope.not_required or scope.ruled_keys for scope in policy.scoped):
        yield "AWS requires keys by resource type alone: other scoped rules are left out"
    if policy.exemptions:
        yield "AWS has no exemptions: they are left out"


def _required(document: dict[str, Any], key: str) -> dict[str, Any]:
    optional = tuple(one for one in document["optional"] if one != key)
    required = document["required"] if key in document["required"] else (*document["required"], key)
    return document | {"required": required, "optional": optional}


def _without(document: dict[str, Any], old: str | None, new: str) -> dict[str, Any]:
    """Without rules on the key's values, and the key in its new spelling wherever it is named."""
    if old is None:
        return document

    def renamed(keys: Iterable[str]) -> tuple[str, ...]:
        return tuple(new if key == old else key for key in keys)

    ruled = ("allowed_values", "patterns", "formats")
    scoped = [
        scope
        | {name: renamed(scope[name]) for name in ("required", "not_required")}
        | {
            name: {new if key == old else key: rule for key, rule in scope[name].items()}
            for name in ruled
        }
        for scope in document["scoped"]
    ]
    spelled = document["spellings"]
    return document | {
        "required": renamed(document["required"]),
        "optional": renamed(document["optional"]),
        "scoped": tuple(_no_longer_asking(scope, new) for scope in scoped),
        "exemptions": tuple(one | {"keys": renamed(one["keys"])} for one in document["exemptions"]),
        "spellings": {new if key == old else key: others for key, others in spelled.items()},
        **{
            name: {key: rule for key, rule in document[name].items() if key != old}
            for name in (*ruled, "enforced_for")
        },
    }


def _no_longer_asking(scope: dict[str, Any], key: str) -> dict[str, Any]:
    """A scope without environments says of this key only what AWS says of it anew."""
    if scope["environments"]:
        return scope
    return scope | {"required": tuple(one for one in scope["required"] if one != key)}
