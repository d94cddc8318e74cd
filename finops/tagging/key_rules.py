"""What does a policy say of one key, and what is the policy when that changes?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from finops.errors import PolicyError
from finops.tagging.policy import TaggingPolicy
from finops.tagging.value_rules import AllowedValues, Format

_BY_KEY = ("allowed_values", "patterns", "formats", "spellings", "enforced_for")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRule:
    """A key, whether it is mandatory, which values it may have, and which other names mean it.

    Without ``values``, ``pattern`` and ``format`` any value that is not blank is good.
    """

    key: str
    required: bool
    values: tuple[str, ...] = ()
    case_sensitive: bool = False
    wildcards: bool = False
    pattern: str = ""
    format: Format | None = None
    spellings: tuple[str, ...] = ()


def rule_of(policy: TaggingPolicy, key: str) -> KeyRule:
    """What the policy says of its key for all resources. Raises PolicyError for a key it has not."""
    if key not in policy.keys:
        raise PolicyError(f"the policy has no key {key!r}; its keys are {', '.join(policy.keys)}")
    allowed = policy.allowed_values.get(key)
    return KeyRule(
        key=key,
        required=key in policy.required,
        values=() if allowed is None else allowed.values,
        case_sensitive=allowed is not None and allowed.case_sensitive,
        wildcards=allowed is not None and allowed.wildcards,
        pattern=policy.patterns.get(key, ""),
        format=policy.formats.get(key),
        spellings=tuple(policy.spellings.get(key, ())),
    )


def with_rule(policy: TaggingPolicy, rule: KeyRule, instead_of: str | None = None) -> TaggingPolicy:
    """The policy with this rule: for a new key, or in place of a key, which is renamed everywhere.

    Keys keep their order; one that is new among the mandatory or optional ones comes last. Raises
    PolicyError where the result makes no sense.
    """
    document = policy.model_dump()
    if instead_of is not None and instead_of != rule.key:
        document = _renamed(document, instead_of, rule.key)
    for name, holds in (("required", rule.required), ("optional", not rule.required)):
        others = tuple(key for key in document[name] if key != rule.key)
        stays = rule.key in document[name] and instead_of is not None
        document[name] = document[name] if holds and stays else (*others, rule.key) if holds else others
    if instead_of is None and rule.key in policy.keys:
        raise PolicyError(f"the policy has the key {rule.key} already; change that one")
    said: dict[str, object] = {
        "allowed_values": AllowedValues(
            values=rule.values, case_sensitive=rule.case_sensitive, wildcards=rule.wildcards
        )
        if rule.values
        else None,
        "patterns": rule.pattern or None,
        "formats": rule.format,
        "spellings": rule.spellings or None,
    }
    for name, value in said.items():
        rest = {key: one for key, one in document[name].items() if key != rule.key}
        document[name] = rest if value is None else rest | {rule.key: value}
    return TaggingPolicy(**document)


def without_key(policy: TaggingPolicy, key: str) -> TaggingPolicy:
    """The policy without a key and all that names it. Raises PolicyError for its last mandatory key.

    An exemption from this key alone goes too: without keys it would be one from all of them.
    """
    document = policy.model_dump()
    for name in ("required", "optional"):
        document[name] = _without(document[name], key)
    for name in _BY_KEY:
        document[name] = {one: rule for one, rule in document[name].items() if one != key}
    document["scoped"] = tuple(
        scope
        for scope in (_scope_without(one, key) for one in document["scoped"])
        if any(scope[name] for name in ("required", "not_required", *_BY_KEY[:3]))
    )
    document["exemptions"] = tuple(
        one | {"keys": _without(one["keys"], key)}
        for one in document["exemptions"]
        if not one["keys"] or _without(one["keys"], key)
    )
    return TaggingPolicy(**document)


def _scope_without(scope: Mapping[str, Any], key: str) -> dict[str, Any]:
    lists = {name: _without(scope[name], key) for name in ("required", "not_required")}
    rules = {
        name: {one: rule for one, rule in scope[name].items() if one != key} for name in _BY_KEY[:3]
    }
    return {**scope, **lists, **rules}


def _without(keys: Iterable[str], key: str) -> tuple[str, ...]:
    return tuple(one for one in keys if one != key)


def _renamed(document: dict[str, Any], old: str, new: str) -> dict[str, Any]:
    def keys(named: Iterable[str]) -> tuple[str, ...]:
        return tuple(new if key == old else key for key in named)

    def rules(by_key: Mapping[str, Any]) -> dict[str, Any]:
        return {new if key == old else key: rule for key, rule in by_key.items()}

    scoped = tuple(
        one
        | {name: keys(one[name]) for name in ("required", "not_required")}
        | {name: rules(one[name]) for name in _BY_KEY[:3]}
        for one in document["scoped"]
    )
    exemptions = tuple(one | {"keys": keys(one["keys"])} for one in document["exemptions"])
    return document | {
        **{name: keys(document[name]) for name in ("required", "optional")},
        **{name: rules(document[name]) for name in _BY_KEY},
        "scoped": scoped,
        "exemptions": exemptions,
    }
