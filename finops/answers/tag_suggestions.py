"""Which values would the missing tags have, and which of them has finance accepted as virtual tags?

Nothing is applied by itself: ``suggest`` only tells, ``accept`` keeps what somebody has looked at, and
``withdraw`` takes it back. Virtual tags count in chargeback, after the tags that resources carry; no
resource becomes compliant by one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pandas as pd
from pydantic import ValidationError

from finops import tags
from finops.answers.compliance import Compliance, policy_in_force, resource_costs
from finops.errors import Issue, VirtualTagError
from finops.estate import Estate
from finops.money import share_pct
from finops.schema import Basis
from finops.storage import reason_of
from finops.tagging.calibration import Bin
from finops.tagging.evidence import described
from finops.tagging.fixes import violated
from finops.tagging.inference import Inference, KeyInference, infer
from finops.tagging.policy import TaggingPolicy
from finops.tagging.virtual_book import VirtualTagBook
from finops.tagging.virtual_tags import Proposal, VirtualTag
from finops.tagging.virtual_values import virtual_tags_of

__all__ = [
    "Bin",
    "KeyInference",
    "TagSuggestions",
    "VirtualCoverage",
    "VirtualTag",
    "VirtualTagBook",
    "accept",
    "accept_rule",
    "accepted_values",
    "chosen",
    "restore",
    "suggest",
    "virtual_coverage",
    "virtual_tags",
    "withdraw",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagSuggestions:
    """What is suggested, and how far to trust it.

    ``suggestions`` has a row a resource and key, dearest first: resource_id, service, account, region,
    key, value, kind (``inferred`` from resources that share the evidence, ``stated`` by the resource
    in another spelling), probability (0–1), reason (in words), monthly_cost_usd, and virtual_tag: the
    id of the virtual tag that gives this resource by name this key on ``as_of``, null without one.
    ``keys`` say of each key how many resources lack it, how many dollars have no suggestion, the
    expected precision by dollars, and the reliability table. The dollars of the totals are resource ×
    key: a resource that lacks two keys counts twice. ``abstained_pct`` is 0–100, null where nothing
    lacks a key or has dollars.
    """

    suggestions: pd.DataFrame
    keys: tuple[KeyInference, ...]
    lacking_usd: float
    suggested_usd: float
    abstained_pct: float | None
    basis: Basis
    as_of: date
    source: str
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualCoverage:
    """Resources that violate a key and have an accepted virtual tag for it; dollars a month."""

    key: str
    resources: int
    monthly_cost_usd: float


def suggest(
    estate: Estate,
    policy: TaggingPolicy | None = None,
    *,
    key: str | None = None,
    book: VirtualTagBook | None = None,
) -> TagSuggestions:
    """Suggestions for the resources that lack a required key (or this ``key``) of the policy in force.

    Learns from the tags of this estate only. Raises VirtualTagError for a key that the policy does not
    require, and StateError where policy or virtual tags cannot be read.
    """
    in_force = policy or policy_in_force()
    if key is not None and key not in in_force.required:
        raise VirtualTagError(
            f"the policy does not require {key}; it requires {', '.join(in_force.required)}"
        )
    costs, basis, _ = resource_costs(estate)
    resources = described(estate.ec2, estate.s3)
    if costs is not None:
        of_bill = resources["resource_id"].map(costs).astype("float64")
        resources = resources.assign(monthly_cost_usd=of_bill)
    told = infer(resources, in_force, estate.as_of, None if key is None else (key,))
    lacking = sum(one.lacking_usd for one in told.keys)
    suggested = sum(one.suggested_usd for one in told.keys)
    return TagSuggestions(
        suggestions=_with_virtual(
            told, [one for one in virtual_tags(book) if one.holds_on(estate.as_of)]
        ),
        keys=told.keys,
        lacking_usd=lacking,
        suggested_usd=suggested,
        abstained_pct=share_pct(lacking - suggested, lacking),
        basis=basis,
        as_of=estate.as_of,
        source=basis.source,
        issues=estate.issues,
    )


def chosen(answer: TagSuggestions, resources: Sequence[str]) -> pd.DataFrame:
    """The suggestions for these resources. Raises VirtualTagError where one of them has none."""
    rows = answer.suggestions
    if without := sorted(set(resources) - set(rows["resource_id"])):
        keys = ", ".join(one.key for one in answer.keys)
        raise VirtualTagError(
            f"nothing is suggested for {', '.join(without)} ({keys}); give the value with --value"
        )
    return rows[rows["resource_id"].isin(resources)]


def accept(
    suggestions: pd.DataFrame,
    *,
    by: str,
    at: datetime,
    note: str = "",
    starts: date | None = None,
    ends: date | None = None,
    book: VirtualTagBook | None = None,
) -> tuple[VirtualTag, ...]:
    """Accept rows of ``TagSuggestions.suggestions``, each as a virtual tag of its resource.

    With the probability and the reason that were shown, and the ``note`` of who accepts behind it. What
    is in force already stays as it is, and is not among those that are returned. Raises VirtualTagError
    for a blank ``by``, days in the wrong order, or where one in force with another value comes before.
    """
    proposals = [
        _proposal(
            {
                "key": row["key"],
                "value": row["value"],
                "match": {"resource_ids": (row["resource_id"],)},
                "starts": starts,
                "ends": ends,
                "probability": row["probability"],
                "reason": "; ".join(filter(None, (row["reason"], note.strip()))),
            }
        )
        for row in suggestions.to_dict(orient="records")
    ]
    return (book or VirtualTagBook()).accept(proposals, by, at)


def accept_rule(
    key: str,
    value: str,
    match: Mapping[str, object],
    *,
    by: str,
    at: datetime,
    starts: date | None = None,
    ends: date | None = None,
    reason: str = "",
    book: VirtualTagBook | None = None,
) -> VirtualTag:
    """Accept a virtual tag of one's own for whatever ``match`` names.

    Its fields, of which all given have to fit, are lists of text: resource_ids, accounts, regions,
    services, names (patterns of resource ids with ``*`` and ``?``); and tags, a mapping of the key to
    the value that the resource carries. Raises VirtualTagError for one that makes no sense, or
    would have no effect: it is in force already, or one with another value comes before it.
    """
    fields = {"key": key, "value": value, "match": match, "starts": starts, "ends": ends}
    proposal = _proposal({**fields, "reason": reason})
    for added in (book or VirtualTagBook()).accept([proposal], by, at):
        return added
    raise VirtualTagError(
        f"{key}={value} for {proposal.match.in_words()} is in force already: nothing was accepted; "
        "`python -m finops tags virtual` lists it"
    )


def withdraw(
    ids: Sequence[str], *, by: str, at: datetime, book: VirtualTagBook | None = None
) -> tuple[VirtualTag, ...]:
    """Withdraw virtual tags by id; they stay in the document with who did it when.

    Raises VirtualTagError for an id that is not in force.
    """
    return (book or VirtualTagBook()).withdraw(ids, by, at)


def restore(
    ids: Sequence[str], *, by: str, at: datetime, book: VirtualTagBook | None = None
) -> tuple[VirtualTag, ...]:
    """Undo a withdrawal: accept them again, each where it stood; the new ones.

    Raises VirtualTagError for an id that is not withdrawn, or one that says what is in force already.
    """
    return (book or VirtualTagBook()).restore(ids, by, at)


def virtual_tags(
    book: VirtualTagBook | None = None, *, withdrawn: bool = False
) -> tuple[VirtualTag, ...]:
    """Those in force, in the order in which they are asked; with ``withdrawn`` all that ever were."""
    kept = (book or VirtualTagBook()).read()
    return kept.tags if withdrawn else kept.in_force()


def virtual_coverage(
    answer: Compliance, book: VirtualTagBook | None = None
) -> tuple[VirtualCoverage, ...]:
    """Of the resources that violate a required key, those that an accepted virtual tag names, by key.

    Keys without any are left out. They violate it all the same.
    """
    in_force, rows = virtual_tags(book), answer.report.non_compliant
    listed = pd.DataFrame(
        {
            "ResourceId": rows["resource_id"],
            "ServiceName": rows["service"],
            "Region": rows["region"],
            "AccountId": rows["account"],
            "Tags": rows["tags"],
            "Start": pd.Series(pd.NaT, index=rows.index, dtype="datetime64[us, UTC]"),
        }
    )
    given = virtual_tags_of(listed, in_force)
    of_row = [violated(row, answer.policy) for row in rows.to_dict(orient="records")]
    lines = []
    for key in answer.policy.required:
        violates = np.array([key in keys for keys in of_row], dtype=np.bool_)
        here = rows.loc[violates & tags.values(given, key).notna(), "monthly_cost_usd"]
        if len(here):
            usd = math.fsum(here.dropna())
            lines.append(VirtualCoverage(key=key, resources=len(here), monthly_cost_usd=usd))
    return tuple(lines)


def accepted_values(as_of: date, book: VirtualTagBook | None = None) -> dict[tuple[str, str], str]:
    """The value by resource id and key of the virtual tags in force for resources by name.

    One that has ended by ``as_of``, or starts after it, is left out.
    """
    named = [one for one in virtual_tags(book) if one.match.only_resources and one.holds_on(as_of)]
    return {pair: one.value for pair, one in _by_resource(named).items()}


def _proposal(fields: Mapping[str, object]) -> Proposal:
    try:
        return Proposal.model_validate(fields)
    except ValidationError as error:
        raise VirtualTagError(f"no virtual tag: {reason_of(error)}") from error


def _by_resource(in_force: Sequence[VirtualTag]) -> dict[tuple[str, str], VirtualTag]:
    """The first virtual tag of each resource that is named by id, and key."""
    given: dict[tuple[str, str], VirtualTag] = {}
    for one in in_force:
        for resource in one.match.resource_ids:
            given.setdefault((resource, one.key), one)
    return given


def _with_virtual(told: Inference, in_force: Sequence[VirtualTag]) -> pd.DataFrame:
    given = {pair: one.id for pair, one in _by_resource(in_force).items()}
    rows = told.suggestions
    pairs = zip(rows["resource_id"], rows["key"], strict=True)
    ids = pd.array([given.get(pair) for pair in pairs], dtype="str")
    return rows.assign(virtual_tag=ids)
