"""What does a resource itself say of a key: the tag, another spelling of it, or a value near one?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops import tags
from finops.tagging.policy import TaggingPolicy
from finops.tagging.value_rules import folded
from finops.tagging.verdict import ENVIRONMENT, judge, value_of

Texts = npt.NDArray[np.object_]

# A part of a value says which value is meant only if it is not too short.
_SHORTEST_PART = 3


@dataclass(frozen=True, slots=True)
class Stated:
    """By resource, text or None: ``known`` is the value of the tag as the policy wants it; ``written``
    how a resource that lacks the key writes it all the same (``team=payments``), ``meant`` the one
    value that this is in another spelling, and ``near`` the one value that it is close to. ``lacks``
    says that the policy asks for the key and the resource does not have it so."""

    known: Texts
    lacks: npt.NDArray[np.bool_]
    written: Texts
    meant: Texts
    near: Texts


def stated(
    resources: pd.DataFrame, policy: TaggingPolicy, key: str, exempt: Iterable[frozenset[str]]
) -> Stated:
    """Read every distinct tag set once a resource type. ``exempt`` are the keys each is let off from."""
    sets, texts = pd.factorize(resources["tags"])
    types, names = pd.factorize(resources["resource_type"])
    combined, codes = np.unique(sets * max(len(names), 1) + types, return_inverse=True)
    read = [
        _read(tags.as_dict(texts[at // len(names)]), policy, str(names[at % len(names)]), key)
        for at in combined
    ]
    known = _spread([one.known for one in read], codes)
    values = _values(known, policy, key)
    plain = [None if one.value is None else folded(one.value) for one in read]
    let_off = np.array([key in keys for keys in exempt], dtype=np.bool_)
    return Stated(
        known=np.array([None if one is None else values[folded(one)] for one in known], dtype=object),
        lacks=_spread([one.lacks for one in read], codes).astype(np.bool_) & ~let_off,
        written=_spread([one.written for one in read], codes),
        meant=_spread(
            [
                None if text is None else values.get(text, one.allowed)
                for text, one in zip(plain, read, strict=True)
            ],
            codes,
        ),
        near=_spread([None if text is None else _near(text, values) for text in plain], codes),
    )


@dataclass(frozen=True, slots=True)
class _Read:
    """Of a tag set: the good value of a key, else ``value`` as it is ``written``, and as ``allowed``."""

    known: str | None = None
    lacks: bool = False
    value: str | None = None
    written: str | None = None
    allowed: str | None = None


def _read(tag_set: Mapping[str, str], policy: TaggingPolicy, resource_type: str, key: str) -> _Read:
    verdict = judge(tag_set, policy, resource_type)
    if not verdict.violates(key):
        return _Read(known=tag_set[key].strip() if key in verdict.present else None)
    value = value_of(tag_set, key, policy)
    if value is None:
        return _Read(lacks=True)
    spelling = key if key in verdict.present else verdict.wrong_case.get(key, key)
    _, rules = policy.rules_for(resource_type, value_of(tag_set, ENVIRONMENT, policy) or "")
    return _Read(
        lacks=True,
        value=value,
        written=f"{spelling}={value}",
        allowed=rules.respelled(key, value),
    )


def _values(known: Texts, policy: TaggingPolicy, key: str) -> Mapping[str, str]:
    """The values that a key can have by their text without case and separators.

    The spelling of the policy, else the most frequent, else the first by letter.
    """
    counted = sorted(Counter(one for one in known if one is not None).items())
    ordered = [value for value, _ in sorted(counted, key=lambda pair: -pair[1])]
    rule = policy.allowed_values.get(key)
    allowed = [one for one in rule.values if not (rule.wildcards and "*" in one)] if rule else []
    values: dict[str, str] = {}
    for value in (*allowed, *ordered):
        values.setdefault(folded(value), value)
    return values


def _near(text: str, values: Mapping[str, str]) -> str | None:
    """The only value that is one letter away from the text, or that has it as a part."""
    near = {
        value
        for other, value in values.items()
        if _one_apart(text, other) or (len(text) >= _SHORTEST_PART and text in other)
    }
    return near.pop() if len(near) == 1 else None


def _one_apart(one: str, other: str) -> bool:
    """Does one letter more, less or other make the one of the other? Or two that change places?"""
    if abs(len(one) - len(other)) > 1 or min(len(one), len(other)) < _SHORTEST_PART:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    rest, there = one[start:], other[start:]
    swapped = rest[1::-1] + rest[2:] if len(rest) > 1 else rest
    return rest[1:] == there[1:] or rest[1:] == there or rest == there[1:] or swapped == there


def _spread(per_set: Sequence[object], codes: npt.NDArray[np.intp]) -> Texts:
    cells = np.empty(len(per_set), dtype=object)
    cells[:] = per_set
    return cells[codes.ravel()]
