"""Which calls of AWS's tagging API put these tags right, and what is left to people?

``TagResources`` of the Resource Groups Tagging API takes at most 20 ARNs and 50 tags a call, and acts in
one account and region (API reference, "TagResources"). Limits of keys and values: AWS General
Reference, "Tag naming limits and requirements"; EC2 allows any character, S3 letters, digits, spaces
and ``_.:/=+-@``.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from finops.tagging.arns import arn_of
from finops.tagging.fixes import TagFix

MOST_ARNS = 20
LONGEST_KEY, LONGEST_VALUE = 128, 256
_SIGNS_OF_S3 = frozenset("_.:/=+-@")


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCall:
    """One call: the tags that all of these resources get, in one account and region.

    Where nobody knows the values, ``tags`` is empty and ``keys`` says which are wanted. Dollars are a
    month's, over the known costs.
    """

    service: str
    account: str
    region: str
    keys: tuple[str, ...]
    tags: Mapping[str, str]
    arns: tuple[str, ...]
    resource_ids: tuple[str, ...]
    monthly_cost_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """A resource that no script can tag, or a value that AWS does not take, and why."""

    resource_id: str
    what: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCalls:
    """``known`` set tags whose values are known, ``to_decide`` wait for somebody to say a value."""

    known: tuple[TagCall, ...]
    to_decide: tuple[TagCall, ...]
    by_hand: tuple[ByHand, ...]


def tag_calls(fixes: Sequence[TagFix]) -> TagCalls:
    """The calls for these fixes, the most dollars first; each fix is in one of the three lists.

    Takes the fixes of one resource one after the other, as ``tag_fixes`` gives them.
    """
    known: list[_Resource] = []
    to_decide: list[_Resource] = []
    by_hand: list[ByHand] = []
    for resource_id, of_one in groupby(fixes, key=lambda fix: fix.resource_id):
        every = list(of_one)
        first = every[0]
        try:
            arn = arn_of(first.service, resource_id, first.account, first.region)
        except ValueError as error:
            by_hand.append(ByHand(resource_id=resource_id, what=_keys(every), why=str(error)))
            continue
        refused = {fix.key: why for fix in every if (why := why_not(fix))}
        by_hand += [ByHand(resource_id=resource_id, what=key, why=why) for key, why in refused.items()]
        rest = [fix for fix in every if fix.key not in refused]
        if tags := {fix.key: fix.value for fix in rest if fix.value is not None}:
            known.append(_Resource(first, arn, tuple(tags), tags))
        if open_ := tuple(fix.key for fix in rest if fix.value is None):
            to_decide.append(_Resource(first, arn, open_, {}))
    return TagCalls(known=_calls(known), to_decide=_calls(to_decide), by_hand=tuple(by_hand))


def why_not(fix: TagFix) -> str | None:
    """Why AWS would not take this tag on this resource; None where it would, or has no value yet."""
    value = fix.value or ""
    if fix.key.casefold().startswith("aws:"):
        return "keys that begin with aws: are AWS's own"
    if len(fix.key) > LONGEST_KEY:
        return f"its key is longer than {LONGEST_KEY} characters"
    if len(value) > LONGEST_VALUE:
        return f"its value is longer than {LONGEST_VALUE} characters"
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in fix.key + value):
        return "its key or value has a control character"
    if fix.service == "S3" and not all(map(_taken_by_s3, fix.key + value)):
        return "S3 does not take a character of its key or value"
    return None


@dataclass(frozen=True, slots=True)
class _Resource:
    fix: TagFix
    arn: str
    keys: tuple[str, ...]
    tags: Mapping[str, str]


def _calls(resources: Iterable[_Resource]) -> tuple[TagCall, ...]:
    together: dict[tuple[object, ...], list[_Resource]] = {}
    for one in resources:
        fix = one.fix
        alike = (fix.account, fix.region, fix.service, one.keys, tuple(one.tags.items()))
        together.setdefault(alike, []).append(one)
    calls = [
        _call(alike[at : at + MOST_ARNS])
        for alike in together.values()
        for at in range(0, len(alike), MOST_ARNS)
    ]
    return tuple(sorted(calls, key=lambda call: (-call.monthly_cost_usd, call.arns)))


def _call(batch: Sequence[_Resource]) -> TagCall:
    first = batch[0]
    costs = [one.fix.monthly_cost_usd for one in batch]
    return TagCall(
        service=first.fix.service,
        account=first.fix.account,
        region=first.fix.region,
        keys=first.keys,
        tags=first.tags,
        arns=tuple(one.arn for one in batch),
        resource_ids=tuple(one.fix.resource_id for one in batch),
        monthly_cost_usd=math.fsum(cost for cost in costs if not math.isnan(cost)),
    )


def _keys(fixes: Iterable[TagFix]) -> str:
    return ", ".join(fix.key for fix in fixes)


def _taken_by_s3(char: str) -> bool:
    return char in _SIGNS_OF_S3 or unicodedata.category(char)[0] in "LNZ"
