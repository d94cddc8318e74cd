"""What does a tag policy of AWS Organizations say?

``read_aws_policy`` and ``document_of_aws`` are each other's inverse. The syntax is AWS's ("Tag policy
syntax and examples", "Inheritance operators", AWS Organizations User Guide): per policy key
``tag_key``, ``tag_value``, ``enforced_for`` and ``report_required_tag_for``, each with
value-setting operators (``@@assign``, ``@@append``, ``@@remove``) and the child control operator.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from finops.errors import PolicyError

ASSIGN, APPEND, REMOVE = "@@assign", "@@append", "@@remove"
CHILD_CONTROL = "@@operators_allowed_for_child_policies"
SETTING_OPERATORS = (ASSIGN, APPEND, REMOVE)
ALL, NONE = "@@all", "@@none"
TAG_KEY, TAG_VALUE = "tag_key", "tag_value"
RESOURCE_LISTS = ("enforced_for", "report_required_tag_for")
SETTINGS = (TAG_KEY, TAG_VALUE, *RESOURCE_LISTS)
_RESOURCE_TYPE = re.compile(r"[a-z0-9-]+:(?:\*|[A-Za-z0-9_./-]+)")
MAX_KEY, MAX_VALUE = 128, 256

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AwsSetting:
    """The operators of one setting, None where an operator is not used. A tag key is a tuple of one."""

    assign: Texts | None = None
    append: Texts | None = None
    remove: Texts | None = None
    allowed_for_children: Texts | None = None

    def operator(self, name: str) -> Texts | None:
        """What ``@@assign``, ``@@append`` or ``@@remove`` is followed by."""
        return {ASSIGN: self.assign, APPEND: self.append, REMOVE: self.remove}[name]


@dataclass(frozen=True, slots=True)
class AwsTagRule:
    """What a policy says about one policy key; None where it says nothing about a setting."""

    policy_key: str
    tag_key: AwsSetting | None = None
    tag_value: AwsSetting | None = None
    enforced_for: AwsSetting | None = None
    report_required_tag_for: AwsSetting | None = None
    allowed_for_children: Texts | None = None

    def setting(self, name: str) -> AwsSetting | None:
        """The setting of this name."""
        found: AwsSetting | None = getattr(self, name)
        return found


@dataclass(frozen=True, slots=True)
class AwsTagPolicy:
    """One policy document: a rule for each policy key, in the order of the document."""

    rules: tuple[AwsTagRule, ...] = ()
    allowed_for_children: Texts | None = None


def read_aws_policy(text: str, name: str) -> AwsTagPolicy:
    """The policy in a JSON text. Raises PolicyError, which names the document and the place in it.

    AWS's own page writes an ``enforced_for`` inside ``tag_value``; there it is read as its neighbour.
    """
    try:
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{name} is not readable as JSON: {error}") from error
    try:
        return _policy(document)
    except PolicyError as error:
        raise PolicyError(f"{name}: {error}") from error


def document_of_aws(policy: AwsTagPolicy) -> dict[str, Any]:
    """The policy as AWS writes it. ``json.dumps`` of it is read back as an equal policy."""
    rules = {
        rule.policy_key: _control(rule.allowed_for_children)
        | {
            name: _document_of_setting(name, setting)
            for name in SETTINGS
            if (setting := rule.setting(name)) is not None
        }
        for rule in policy.rules
    }
    return {"tags": _control(policy.allowed_for_children) | rules}


def _document_of_setting(name: str, setting: AwsSetting) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for operator in SETTING_OPERATORS:
        texts = setting.operator(operator)
        if texts is not None:
            shown[operator] = texts[0] if name == TAG_KEY else list(texts)
    return shown | _control(setting.allowed_for_children)


def _control(allowed: Texts | None) -> dict[str, Any]:
    return {} if allowed is None else {CHILD_CONTROL: list(allowed)}


def _policy(document: object) -> AwsTagPolicy:
    if not isinstance(document, dict) or set(document) != {"tags"}:
        received = sorted(document) if isinstance(document, dict) else type(document).__name__
        raise PolicyError(
            f'a tag policy is {{"tags": {{…}}}} and nothing beside it; received {received}'
        )
    tags = _object(document["tags"], "tags")
    allowed = _allowed(tags, "tags")
    rules = tuple(_rule(key, raw) for key, raw in tags.items() if key != CHILD_CONTROL)
    spellings: dict[str, str] = {}
    for rule in rules:
        first = spellings.setdefault(rule.policy_key.casefold(), rule.policy_key)
        if first != rule.policy_key:
            raise PolicyError(
                f"tags has the policy keys {first!r} and {rule.policy_key!r}, which are one: case does "
                "not tell policy keys apart"
            )
    return AwsTagPolicy(rules, allowed)


def _rule(policy_key: str, raw: object) -> AwsTagRule:
    where = f"tags.{policy_key}"
    if policy_key.startswith("@@"):
        raise PolicyError(f"tags has the operator {policy_key!r}; only {CHILD_CONTROL} stands there")
    _checked_text(policy_key, "the policy key", MAX_KEY)
    settings = _object(raw, where)
    settings = _unnested(settings, where)
    if strangers := sorted(set(settings) - {*SETTINGS, CHILD_CONTROL}):
        raise PolicyError(f"{where} has {', '.join(strangers)}; AWS knows {', '.join(SETTINGS)}")
    read = {
        name: _setting(name, settings[name], f"{where}.{name}") for name in SETTINGS if name in settings
    }
    key = read.get(TAG_KEY)
    if key is not None and key.assign is not None and key.assign[0].casefold() != policy_key.casefold():
        raise PolicyError(
            f"{where}.{TAG_KEY} is {key.assign[0]!r}; it may differ from the policy key "
            f"{policy_key!r} in case only"
        )
    return AwsTagRule(policy_key, **read, allowed_for_children=_allowed(settings, where))


def _unnested(settings: Mapping[str, Any], where: str) -> dict[str, Any]:
    value = settings.get(TAG_VALUE)
    inside = {name for name in RESOURCE_LISTS if isinstance(value, dict) and name in value}
    if twice := sorted(inside & set(settings)):
        raise PolicyError(f"{where} has {', '.join(twice)} beside and inside {TAG_VALUE}; keep one")
    if not inside:
        return dict(settings)
    return {
        **settings,
        TAG_VALUE: {name: one for name, one in settings[TAG_VALUE].items() if name not in inside},
        **{name: settings[TAG_VALUE][name] for name in inside},
    }


def _setting(name: str, raw: object, where: str) -> AwsSetting:
    operators = _object(raw, where)
    known = (ASSIGN,) if name == TAG_KEY else SETTING_OPERATORS
    if strangers := sorted(set(operators) - {*known, CHILD_CONTROL}):
        raise PolicyError(
            f"{where} has {', '.join(strangers)}; it takes {', '.join(known)} and {CHILD_CONTROL}"
        )
    read = {
        operator.removeprefix("@@"): _texts(name, operators[operator], f"{where}.{operator}")
        for operator in known
        if operator in operators
    }
    return AwsSetting(**read, allowed_for_children=_allowed(operators, where))


def _texts(name: str, raw: object, where: str) -> Texts:
    if name == TAG_KEY:
        if not isinstance(raw, str):
            raise PolicyError(f"{where} is {_short(raw)}; a tag key is one text")
        _checked_text(raw, where, MAX_KEY)
        return (raw,)
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise PolicyError(f"{where} is {_short(raw)}; AWS writes a list of texts")
    for text in raw:
        _checked_text(text, where, MAX_VALUE)
        if name == TAG_VALUE and text.count("*") > 1:
            raise PolicyError(f"{where} has {text!r}; a value may hold one * and not more")
        if name != TAG_VALUE and not _RESOURCE_TYPE.fullmatch(text):
            raise PolicyError(
                f"{where} has {text!r}; a resource type is service:type, service:* or "
                "service:ALL_SUPPORTED, such as ec2:instance"
            )
    return tuple(raw)


def _allowed(raw: Mapping[str, Any], where: str) -> Texts | None:
    if CHILD_CONTROL not in raw:
        return None
    allowed, known = raw[CHILD_CONTROL], (ALL, *SETTING_OPERATORS, NONE)
    if (
        not isinstance(allowed, list)
        or not allowed
        or not all(one in known for one in _hashable(allowed))
    ):
        raise PolicyError(
            f"{where}.{CHILD_CONTROL} is {_short(allowed)}; it is a list of {', '.join(known)}"
        )
    if len(set(allowed)) > 1 and {ALL, NONE} & set(allowed):
        raise PolicyError(f"{where}.{CHILD_CONTROL} has {ALL} or {NONE} beside others; keep it alone")
    return tuple(allowed)


def _hashable(raw: Iterable[object]) -> list[str]:
    return [one if isinstance(one, str) else "" for one in raw]


def _object(raw: object, where: str) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise PolicyError(f"{where} is {_short(raw)}; AWS writes an object")
    return raw


def _checked_text(text: str, where: str, limit: int) -> None:
    printable = all(char.isprintable() for char in text)
    if not text or text != text.strip() or not printable or len(text) > limit:
        raise PolicyError(
            f"{where} is {_short(text)}; it has 1 to {limit} printable characters without outer space"
        )


def _short(raw: object, limit: int = 60) -> str:
    shown = repr(raw)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(
            f"a key is repeated: {', '.join(sorted({k for k in keys if keys.count(k) > 1}))}"
        )
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
