"""In which words do two policies differ, and what are two people's changes of one policy together?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from finops.tagging.policy import TaggingPolicy
from finops.tagging.scoped_rules import Exemption, ScopedRules
from finops.tagging.value_rules import AllowedValues

T = TypeVar("T")
_BY_KEY = {
    "allowed_values": "allowed values",
    "patterns": "pattern",
    "formats": "format",
    "spellings": "other spellings",
    "enforced_for": "enforced by AWS for",
}


def policy_differences(before: TaggingPolicy, after: TaggingPolicy) -> tuple[str, ...]:
    """A line in words for each thing in which ``after`` differs; none for equal policies."""
    return tuple(_lines(before, after))


def merged(began: TaggingPolicy, mine: TaggingPolicy, theirs: TaggingPolicy) -> TaggingPolicy:
    """``theirs`` with what ``mine`` has changed since both were ``began``; of one thing, mine counts.

    Raises PolicyError where the two do not go together.
    """
    document: dict[str, Any] = {
        name: _tuple_merged(getattr(began, name), getattr(mine, name), getattr(theirs, name))
        for name in ("required", "optional", "scoped", "exemptions")
    }
    # A key that one made mandatory and the other optional is mandatory.
    document["optional"] = tuple(key for key in document["optional"] if key not in document["required"])
    for name in _BY_KEY:
        document[name] = _mapping_merged(
            getattr(began, name), getattr(mine, name), getattr(theirs, name)
        )
    changed = mine.target_pct != began.target_pct
    return TaggingPolicy(**document, target_pct=mine.target_pct if changed else theirs.target_pct)


def rule_words(rule: object) -> str:
    """A rule on values, spellings or types for a reader."""
    match rule:
        case AllowedValues():
            how = [
                *(["with case"] if rule.case_sensitive else []),
                *(["* is any text"] if rule.wildcards else []),
            ]
            return ", ".join(rule.values) + (f" ({', '.join(how)})" if how else "")
        case tuple() | list():
            return ", ".join(map(str, rule))
        case _:
            return str(rule).replace("_", " ")


def exemption_words(one: Exemption) -> str:
    """Who need not carry what until when."""
    who = "; ".join(
        f"{what} {', '.join(names)}"
        for what, names in (
            ("resources", one.resources),
            ("types", one.resource_types),
            ("accounts", one.accounts),
        )
        if names
    )
    return f"{one.reason}: {who}, {', '.join(one.keys) or 'all keys'}, up to {one.until}"


def scope_words(one: ScopedRules) -> str:
    """What holds besides, and for what."""
    where = "; ".join(
        f"{what} {', '.join(names)}"
        for what, names in (("types", one.resource_types), ("environments", one.environments))
        if names
    )
    said = [
        *([f"mandatory {', '.join(one.required)}"] if one.required else []),
        *([f"not mandatory {', '.join(one.not_required)}"] if one.not_required else []),
        *(
            f"{key}: {label} {rule_words(rule)}"
            for name, label in list(_BY_KEY.items())[:3]
            for key, rule in getattr(one, name).items()
        ),
    ]
    return f"{where}: {'; '.join(said) or 'nothing'}"


def _lines(before: TaggingPolicy, after: TaggingPolicy) -> Iterator[str]:
    for key in dict.fromkeys((*before.keys, *after.keys)):
        was, now = _standing(before, key), _standing(after, key)
        if was != now:
            yield f"{key}: {was} → {now}"
    for name, label in _BY_KEY.items():
        old, new = getattr(before, name), getattr(after, name)
        for key in dict.fromkeys((*old, *new)):
            if old.get(key) != new.get(key):
                yield f"{key}: {label}: {_said(old.get(key))} → {_said(new.get(key))}"
    for added, sign in ((after, "added"), (before, "removed")):
        other = before if added is after else after
        for one in added.scoped:
            if one not in other.scoped:
                yield f"rules by type and environment {sign}: {scope_words(one)}"
        for exemption in added.exemptions:
            if exemption not in other.exemptions:
                yield f"exemption {sign}: {exemption_words(exemption)}"
    if before.target_pct != after.target_pct:
        yield f"target: {before.target_pct:g} % → {after.target_pct:g} %"


def _standing(policy: TaggingPolicy, key: str) -> str:
    if key in policy.required:
        return "mandatory"
    return "optional" if key in policy.optional else "not in the policy"


def _said(rule: object) -> str:
    return "none" if rule is None else rule_words(rule)


def _tuple_merged(began: Iterable[T], mine: tuple[T, ...], theirs: tuple[T, ...]) -> tuple[T, ...]:
    first = tuple(began)
    kept = [one for one in theirs if one in mine or one not in first]
    return (*kept, *(one for one in mine if one not in first and one not in kept))


def _mapping_merged(
    began: Mapping[str, T], mine: Mapping[str, T], theirs: Mapping[str, T]
) -> dict[str, T]:
    found: dict[str, T] = {}
    for key in dict.fromkeys((*theirs, *mine)):
        chosen = theirs if mine.get(key) == began.get(key) else mine
        if key in chosen:
            found[key] = chosen[key]
    return found
