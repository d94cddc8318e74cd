"""Which tag policy is in effect for an account of AWS Organizations?

Policies come by level, from the root through the organizational units to the account, and in one
level in the order in which they were attached. The rules are AWS's ("Inheritance operators" and
"Inheritance examples", AWS Organizations User Guide):

- ``@@assign`` replaces what is inherited, ``@@append`` adds to it, ``@@remove`` takes away from it;
- an operator that a level above does not allow for a setting is ignored, and no lower level can
  allow it again; what policies of one level allow is the intersection;
- of several ``@@assign`` in one level, that of the policy attached first counts;
- a child control on a key, or on all tags, decides whether children may add to what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from finops.tagging.aws_policy import (
    ALL,
    APPEND,
    ASSIGN,
    NONE,
    REMOVE,
    RESOURCE_LISTS,
    SETTING_OPERATORS,
    SETTINGS,
    TAG_KEY,
    TAG_VALUE,
    AwsSetting,
    AwsTagPolicy,
    AwsTagRule,
    Texts,
)

Allowed = frozenset[str]
EVERYTHING: Allowed = frozenset(SETTING_OPERATORS)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveRule:
    """What holds for one tag key in an account. Without values every value is allowed."""

    policy_key: str
    tag_key: str
    tag_value: Texts = ()
    enforced_for: Texts = ()
    report_required_tag_for: Texts = ()


@dataclass(frozen=True, slots=True)
class _Inherited:
    """A setting on its way down: None where nobody has set it, and what may still change it."""

    texts: Texts | None = None
    allowed: Allowed = EVERYTHING


@dataclass(frozen=True, slots=True)
class _Key:
    policy_key: str
    settings: Mapping[str, _Inherited] = field(default_factory=dict)
    allowed: Allowed = EVERYTHING


def effective_policy(levels: Iterable[Sequence[AwsTagPolicy]]) -> tuple[EffectiveRule, ...]:
    """The rules in effect below these levels, in the order in which their keys were first met.

    Policy keys are told apart without case. A tag key that nobody assigns is the policy key in
    lower case, which is AWS's default case treatment. Setting a level to ``()`` changes nothing.
    """
    keys: dict[str, _Key] = {}
    may_add = EVERYTHING
    for level in levels:
        met: dict[str, list[AwsTagRule]] = {}
        for policy in level:
            for rule in policy.rules:
                met.setdefault(rule.policy_key.casefold(), []).append(rule)
        for folded, rules in met.items():
            known = keys.get(folded)
            here = known or _Key(rules[0].policy_key)
            merged = _merged(here, rules, EVERYTHING if known else may_add)
            if known or merged.settings:
                keys[folded] = merged
        may_add = may_add & _allowed(policy.allowed_for_children for policy in level)
    return tuple(_effective(key) for key in keys.values() if _says_something(key))


def document_of_effective(rules: Iterable[EffectiveRule]) -> dict[str, Any]:
    """As ``describe-effective-policy`` of AWS prints it: empty lists are left out."""
    return {
        "tags": {
            rule.policy_key: {TAG_KEY: rule.tag_key}
            | {
                name: list(texts)
                for name in (TAG_VALUE, *RESOURCE_LISTS)
                if (texts := getattr(rule, name))
            }
            for rule in rules
        }
    }


def _merged(key: _Key, rules: list[AwsTagRule], may_add: Allowed) -> _Key:
    settings = dict(key.settings)
    for name in SETTINGS:
        asked = [setting for rule in rules if (setting := rule.setting(name)) is not None]
        inherited = settings.get(name)
        here = inherited or _Inherited(allowed=may_add & key.allowed)
        merged = _set(here, asked)
        if asked and (inherited or merged.texts is not None or merged.allowed != here.allowed):
            # What barred an addition bars none of the children's changes once it is there.
            settings[name] = merged if inherited else replace(merged, allowed=_controls(asked))
    return replace(
        key,
        settings=settings,
        allowed=key.allowed & _allowed(rule.allowed_for_children for rule in rules),
    )


def _set(here: _Inherited, asked: list[AwsSetting]) -> _Inherited:
    texts = here.texts
    assigned = _asked(asked, ASSIGN, here.allowed)
    if assigned:
        texts = assigned[0]
    for appended in _asked(asked, APPEND, here.allowed):
        texts = (*(texts or ()), *appended)
    for removed in _asked(asked, REMOVE, here.allowed):
        texts = tuple(text for text in texts if text not in removed) if texts is not None else None
    if texts is not None:
        texts = tuple(dict.fromkeys(texts))
    return _Inherited(texts, here.allowed & _controls(asked))


def _asked(asked: list[AwsSetting], operator: str, allowed: Allowed) -> list[Texts]:
    if operator not in allowed:
        return []
    return [texts for one in asked if (texts := one.operator(operator)) is not None]


def _controls(asked: list[AwsSetting]) -> Allowed:
    return _allowed(one.allowed_for_children for one in asked)


def _allowed(controls: Iterable[Texts | None]) -> Allowed:
    allowed = EVERYTHING
    for control in controls:
        if control is not None and ALL not in control:
            allowed &= frozenset(control) - {NONE}
    return allowed


def _says_something(key: _Key) -> bool:
    return any(setting.texts is not None for setting in key.settings.values())


def _effective(key: _Key) -> EffectiveRule:
    texts = {name: setting.texts or () for name, setting in key.settings.items()}
    named = texts.pop(TAG_KEY, ())
    return EffectiveRule(
        policy_key=key.policy_key, tag_key=named[0] if named else key.policy_key.lower(), **texts
    )
