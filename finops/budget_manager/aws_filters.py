"""Which costs does a budget of AWS count, and how does AWS write what one of ours counts?

``CostFilters`` joins keys by "and" and the values of a key by "or"; ``FilterExpression`` says both
itself. Services, linked accounts, regions and tags are conditions here, and record types of tax and
credits are left out. Anything else gives a reason in words why the budget is not tracked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from finops.budget_manager.budget import Budget, LeftOut
from finops.budget_manager.conditions import NAMED_TAGS, Condition, NarrowScope, tag_of
from finops.errors import BudgetError

# What a part of a filter comes to: a condition, a category to leave out, or why it is not tracked.
_Part: TypeAlias = "Condition | _LeaveOut | str"

_BY_FILTER: Mapping[str, NarrowScope] = {
    "Service": "service",
    "LinkedAccount": "account",
    "Region": "region",
    "SERVICE": "service",
    "LINKED_ACCOUNT": "account",
    "REGION": "region",
}
_FILTERS = {"service": "Service", "account": "LinkedAccount", "region": "Region"}
_DIMENSIONS = {"service": "SERVICE", "account": "LINKED_ACCOUNT", "region": "REGION"}
_RECORD_TYPES: Mapping[LeftOut, tuple[str, ...]] = {"Tax": ("Tax",), "Credit": ("Credit", "Refund")}
_AWS_NAMES = {
    "ec2": ("Amazon Elastic Compute Cloud - Compute",),
    "s3": ("Amazon Simple Storage Service",),
    "combined": ("Amazon Elastic Compute Cloud - Compute", "Amazon Simple Storage Service"),
}
_SCOPES_OF_TAGS: Mapping[str, NarrowScope] = {
    "Team": "team",
    "Environment": "environment",
    "CostCenter": "cost_center",
    "Project": "project",
}
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_EXACT_MATCHES = frozenset({"EQUALS", "CASE_SENSITIVE"})


@dataclass(frozen=True, slots=True)
class _LeaveOut:
    categories: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a budget counts, and why it cannot be held against a bill here (none: it can)."""

    conditions: tuple[Condition, ...] = ()
    leave_out: tuple[LeftOut, ...] = ()
    reasons: tuple[str, ...] = ()


def filters_of(raw: Mapping[str, Any]) -> Filters:
    """The filters of a budget as AWS writes it. Raises BudgetError where they have another form."""
    parts = [*_of_cost_filters(raw.get("CostFilters")), *_of_expression(raw.get("FilterExpression"))]
    left_out = {one for part in parts if isinstance(part, _LeaveOut) for one in part.categories}
    return Filters(
        conditions=tuple(part for part in parts if isinstance(part, Condition)),
        leave_out=tuple(sorted(left_out)),
        reasons=tuple(part for part in parts if isinstance(part, str)),
    )


def filters_in_aws(budget: Budget) -> dict[str, Any]:
    """``CostFilters``, or a ``FilterExpression`` where that cannot say it; {} for everything."""
    conditions = budget.conditions
    keys = [_subject(condition) for condition in conditions]
    if len(set(keys)) == len(keys) and not any(condition.exclude for condition in conditions):
        return {"CostFilters": _as_cost_filters(conditions)} if conditions else {}
    leaves = [_as_expression(condition) for condition in conditions]
    leaves += [
        {"Not": _dimension("RECORD_TYPE", _RECORD_TYPES[category])} for category in budget.leave_out
    ]
    return {"FilterExpression": leaves[0] if len(leaves) == 1 else {"And": leaves}}


def _of_cost_filters(raw: object) -> Iterator[_Part]:
    for key, values in _mapping(raw, "CostFilters").items():
        found = _texts(values, f"CostFilters.{key}")
        if key == "TagKeyValue":
            yield from _of_tags(found)
        elif found:
            yield _of_dimension(key, found)


def _of_tags(texts: Sequence[str]) -> Iterator[_Part]:
    by_key: dict[str, list[str]] = {}
    for text in texts:
        key, dollar, value = text.partition("$")
        if not dollar or not key.removeprefix("user:").strip():
            raise BudgetError(f"CostFilters.TagKeyValue has {text!r}; AWS writes user:Key$Value")
        by_key.setdefault(key.removeprefix("user:"), []).append(value)
    for key, values in by_key.items():
        yield _tag(key, values)


def _of_expression(raw: object, where: str = "FilterExpression") -> Iterator[_Part]:
    said = {key: value for key, value in _mapping(raw, where).items() if value not in (None, [], {})}
    if len(said) > 1:
        raise BudgetError(f"{where} has {', '.join(said)}; an expression of AWS has one of them")
    for key, value in said.items():
        inside = f"{where}.{key}"
        match key:
            case "And":
                for at, one in enumerate(_list(value, inside)):
                    yield from _of_expression(one, f"{inside}.{at}")
            case "Or":
                yield _any_of(
                    [
                        part
                        for at, one in enumerate(_list(value, inside))
                        for part in _of_expression(one, f"{inside}.{at}")
                    ]
                )
            case "Not":
                yield _negated(list(_of_expression(value, inside)), value)
            case "Dimensions" | "Tags":
                yield _of_leaf(key, _mapping(value, inside), inside)
            case _:
                yield f"its filter is about {key}"


def _of_leaf(kind: str, raw: Mapping[str, Any], where: str) -> _Part:
    key, values = raw.get("Key"), _texts(raw.get("Values", []), f"{where}.Values")
    matches = _texts(raw.get("MatchOptions") or [], f"{where}.MatchOptions")
    if not isinstance(key, str):
        raise BudgetError(f"{where}.Key is {key!r}; AWS writes a text")
    if set(matches) - _EXACT_MATCHES or not values:
        return f"its filter on {key} matches by {', '.join(matches) or 'no value'}"
    return _of_dimension(key, values) if kind == "Dimensions" else _tag(key, values)


def _of_dimension(key: str, values: Sequence[str]) -> _Part:
    scope = _BY_FILTER.get(key)
    if key == "AZ" and all(_REGION.fullmatch(value) for value in values):
        scope = "region"  # AWS's own example filters AZ by us-east-1
    if scope is None:
        return f"its filter is about {key}, which bills are not reduced by here"
    return Condition(scope_type=scope, values=tuple(values))


def _tag(key: str, values: Sequence[str]) -> _Part:
    name = key.removeprefix("user:").strip()
    if any(not value.strip() for value in values):
        return f"its filter is about resources without the tag {name}"
    scope = _SCOPES_OF_TAGS.get(name, "tag")
    if scope == "tag" and "=" in name:
        return f"its filter is about the tag {name}, whose name has an equals sign"
    written = tuple(f"{name}={value}" if scope == "tag" else value for value in values)
    return Condition(scope_type=scope, values=written)


def _any_of(parts: Sequence[_Part]) -> _Part:
    conditions = [part for part in parts if isinstance(part, Condition) and not part.exclude]
    if len(conditions) < len(parts) or len({_subject(one) for one in conditions}) != 1:
        return "its filter joins different things by or"
    values = tuple(value for one in conditions for value in one.values)
    return Condition(scope_type=conditions[0].scope_type, values=values)


def _negated(parts: Sequence[_Part], raw: object) -> _Part:
    if record_types := _record_types(raw):
        return record_types
    if len(parts) == 1 and isinstance(part := parts[0], Condition):
        return part.model_copy(update={"exclude": not part.exclude})
    return "its filter negates several things" if len(parts) != 1 else parts[0]


def _record_types(raw: object) -> _LeaveOut | None:
    leaf = raw.get("Dimensions") if isinstance(raw, dict) else None
    if not isinstance(leaf, dict) or leaf.get("Key") != "RECORD_TYPE":
        return None
    values = set(_texts(leaf.get("Values", []), "RECORD_TYPE"))
    categories = tuple(one for one, types in _RECORD_TYPES.items() if values.issuperset(types))
    whole = {name for one in categories for name in _RECORD_TYPES[one]}
    return _LeaveOut(categories) if values and values == whole else None


def _subject(condition: Condition) -> tuple[str, str]:
    """What a condition is about: its kind and, for a tag, the key."""
    if condition.scope_type == "tag" or condition.scope_type in NAMED_TAGS:
        return "tag", tag_of(condition.scope_type, condition.values[0])[0]
    return condition.scope_type, ""


def _as_cost_filters(conditions: Iterable[Condition]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for condition in conditions:
        kind, key = _subject(condition)
        name = _FILTERS.get(kind, "TagKeyValue")
        prefix = "" if name != "TagKeyValue" else key if key.startswith("aws:") else f"user:{key}"
        values = _aws_values(condition)
        filters.setdefault(name, []).extend(f"{prefix}${one}" if prefix else one for one in values)
    return filters


def _as_expression(condition: Condition) -> dict[str, Any]:
    kind, key = _subject(condition)
    values = _aws_values(condition)
    leaf = (
        _dimension(_DIMENSIONS[kind], values)
        if kind in _DIMENSIONS
        else {"Tags": {"Key": key, "Values": list(values), "MatchOptions": ["EQUALS"]}}
    )
    return {"Not": leaf} if condition.exclude else leaf


def _dimension(key: str, values: Iterable[str]) -> dict[str, Any]:
    return {"Dimensions": {"Key": key, "Values": list(values), "MatchOptions": ["EQUALS"]}}


def _aws_values(condition: Condition) -> tuple[str, ...]:
    if condition.scope_type == "service":
        return tuple(
            name for value in condition.values for name in _AWS_NAMES.get(value.casefold(), (value,))
        )
    if condition.scope_type == "tag":
        return tuple(tag_of("tag", value)[1] for value in condition.values)
    return condition.values


def _mapping(raw: object, where: str) -> Mapping[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise BudgetError(f"{where} is {raw!r}; AWS writes an object")
    return raw


def _list(raw: object, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise BudgetError(f"{where} is {raw!r}; AWS writes a list")
    return raw


def _texts(raw: object, where: str) -> list[str]:
    found = _list(raw, where)
    if not all(isinstance(one, str) for one in found):
        raise BudgetError(f"{where} is {found!r}; AWS writes a list of texts")
    return found
