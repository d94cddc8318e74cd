"""Which rule takes a charge? The user's allocation rules: ``allocation_rules.json``, or a file.

The rules are read in order and a charge belongs to the first that fits it: a *tag*, *virtual tag*, *cost
category* or *account* rule names who pays, a *pool* collects cost that its targets share. So tax is
shared out before tags are looked at where its pool stands before the tag rule, and an ``untagged`` pool
stands last.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from finops.chargeback.report import UNALLOCATED, is_nobody
from finops.errors import AllocationError
from finops.money import exact_sum, is_written_out
from finops.storage import JsonStore, StoredDocument, each_key_once, reason_of

FILE_NAME = "allocation_rules.json"
SEPARATOR = "/"

Source: TypeAlias = Literal[
    "untagged", "tax", "support", "network", "commitment_waste", "services", "target"
]
Division: TypeAlias = Literal["proportional", "even", "fixed", "driver"]
Commitments: TypeAlias = Literal["users_benefit", "owner_keeps"]
AccountColumn: TypeAlias = Literal[
    "AccountId", "Name", "OU", "Owner", "CostCenter", "Team", "Environment", "Project"
]


class _Rule(BaseModel):
    """A rule holds for charges from ``starts`` to ``ends``, both inclusive (UTC). A resource list has
    no dates, so no rule with one holds for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1)
    starts: date | None = None
    ends: date | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> _Rule:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"the rule {self.name} ends on {self.ends}, before it starts")
        return self


class TagRule(_Rule):
    """Who pays is the value of a tag key, or the path of several: CostCenter/Team/Project.

    Without keys it is the key that the chargeback is asked for. A path ends before the first key that
    a charge lacks; without the first the rule does not fit. ``AccountId`` is the account.
    """

    kind: Literal["tag"]
    keys: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class VirtualTagRule(_Rule):
    """Who pays is the value of an accepted virtual tag, or the path of several keys.

    A level of the path is the resource's own tag where it has one. Virtual tags are asked after the tag
    rules wherever they are given (``with_virtual_tags``); a rule of the document takes their place.
    """

    kind: Literal["virtual_tag"]
    keys: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class AccountRule(_Rule):
    """Who pays is what the accounts file says of the account of the charge, in one or more columns.

    Without columns it is the one of the key that the chargeback is asked for.
    """

    kind: Literal["account"]
    columns: tuple[AccountColumn, ...] = ()


class CategoryRule(_Rule):
    """Who pays is the value of a cost category of AWS that the bill carries, or the path of several.

    Without ``categories`` it is the one with the name of the key that the chargeback is asked for. A
    bill without cost categories, and a resource list, have none: the rule then fits nothing.
    """

    kind: Literal["cost_category"]
    categories: tuple[Annotated[str, Field(min_length=1)], ...] = ()


class PoolRule(_Rule):
    """Cost that targets share: where it comes from, how it is divided, and among whom.

    ``names`` are the services of ``services`` and the targets of ``target``: what was assigned to
    them, or to a path below, is shared, and they take no part in any pool. ``among`` limits who
    takes part to these targets and the paths below; empty is everybody.
    """

    kind: Literal["pool"]
    source: Source
    split: Division = "proportional"
    names: tuple[str, ...] = ()
    shares: dict[str, Decimal] = {}
    driver: str = ""
    among: tuple[str, ...] = ()

    @field_validator("shares", mode="before")
    @classmethod
    def _name_each_once(cls, shares: object) -> object:
        """Names are stripped, and of two that are then equal only one would be left."""
        if isinstance(shares, Mapping) and len({str(name).strip() for name in shares}) < len(shares):
            raise ValueError("a target has two shares")
        return shares

    @model_validator(mode="after")
    def _can_be_followed(self) -> PoolRule:
        where = f"the pool {self.name}"
        if (self.source in {"services", "target"}) != bool(self.names):
            raise ValueError(
                f"{where}: names belong to the sources services and target, which need them"
            )
        if (self.split == "fixed") != bool(self.shares):
            raise ValueError(f"{where}: shares belong to the split fixed, which needs them")
        if (self.split == "driver") != bool(self.driver):
            raise ValueError(f"{where}: a driver belongs to the split driver, which needs it")
        if self.shares and self.among:
            raise ValueError(f"{where}: fixed shares say already among whom; leave out among")
        if not all(is_written_out(share) and share >= 0 for share in self.shares.values()):
            raise ValueError(f"{where}: shares lie between 0 and 1, with at most 30 decimals")
        if self.shares and (whole := exact_sum(self.shares.values())) != 1:
            raise ValueError(f"{where}: fixed shares must add up to 1; these add up to {whole}")
        if any(not name.strip() or is_nobody(name) for name in self.shares):
            raise ValueError(f"{where}: a share needs a target, and {UNALLOCATED} is none")
        return self


NamingRule: TypeAlias = TagRule | VirtualTagRule | CategoryRule | AccountRule
Rule: TypeAlias = NamingRule | PoolRule


class AllocationRules(StoredDocument):
    """The rules in their order. Without any, a charge goes to its tag of the key asked for.

    ``commitments`` says who has the discount of Reserved Instances and Savings Plans at effective
    cost: those whose charges they cover, or the account that bought them.
    """

    reset_command: ClassVar[str] = "python -m finops chargeback rules reset"

    rules: tuple[Annotated[Rule, Field(discriminator="kind")], ...] = ()
    commitments: Commitments = "users_benefit"

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> AllocationRules:
        names = [rule.name for rule in self.rules]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"each rule needs a name of its own; twice: {', '.join(twice)}")
        sources = [name for pool in self.pools if pool.source == "target" for name in pool.names]
        if twice := sorted({name for name in sources if sources.count(name) > 1}):
            raise ValueError(f"a source is shared once; twice: {', '.join(twice)}")
        for pool in self.pools:
            if taken := [name for name in pool.shares if is_under(name, sources)]:
                raise ValueError(f"the pool {pool.name}: {taken[0]} is a source and takes no share")
        if late := _after_the_rest(self.rules):
            raise ValueError(f"{late} stands after a pool of all untagged cost, which leaves it nothing")
        if self.rules and not any(isinstance(rule, NamingRule) for rule in self.rules):
            raise ValueError('no rule says who pays: add {"kind": "tag", "name": "Tag"} in its place')
        return self

    @property
    def pools(self) -> tuple[PoolRule, ...]:
        return tuple(rule for rule in self.rules if isinstance(rule, PoolRule))


def _after_the_rest(rules: Sequence[Rule]) -> str | None:
    """The name of a rule on who pays that comes after an ``untagged`` pool that always holds."""
    ended = False
    for rule in rules:
        if ended and isinstance(rule, NamingRule):
            return rule.name
        always = rule.starts is None and rule.ends is None
        ended |= isinstance(rule, PoolRule) and rule.source == "untagged" and always
    return None


def with_virtual_tags(document: AllocationRules) -> AllocationRules:
    """The rules with one for virtual tags after each run of tag rules, where they have none of it."""
    rules: tuple[Rule, ...] = document.rules or (TagRule(kind="tag", name="Tag"),)
    if any(isinstance(rule, VirtualTagRule) for rule in rules):
        return document
    names, ordered = {rule.name for rule in rules}, list[Rule]()
    waiting: list[Rule] = []
    for rule in rules:
        if not isinstance(rule, TagRule):
            ordered, waiting = [*ordered, *waiting], []
        ordered.append(rule)
        if isinstance(rule, TagRule):
            name = f"{rule.name} (virtual)"
            while name in names:
                name = f"{name} (virtual)"
            names.add(name)
            fields = rule.model_dump(exclude={"kind", "name"})
            waiting.append(VirtualTagRule(kind="virtual_tag", name=name, **fields))
    return AllocationRules(rules=(*ordered, *waiting), commitments=document.commitments)


def is_under(target: str, names: Sequence[str]) -> bool:
    """Whether the target is one of the names or a path below one, by whole segments.

    ``Book/Ads`` is under ``Book``; ``Bookkeeping`` is not.
    """
    return any(target == name or target.startswith(name + SEPARATOR) for name in names)


def rules_in_order(
    document: AllocationRules, shared: str, shares: Mapping[str, Decimal] | None
) -> tuple[Rule, ...]:
    """The rules of a chargeback: those of the document, then who pays for what they leave over."""
    rules: tuple[Rule, ...] = document.rules or (TagRule(kind="tag", name="Tag"),)
    if shared == "none":
        return rules
    rest = {"kind": "pool", "name": f"Untagged, shared: {shared}", "source": "untagged", "split": shared}
    # Shares are checked by then; a source that has one is refused here as in the document.
    last = PoolRule.model_validate({**rest, "shares": dict(shares or {})})
    try:
        return AllocationRules(rules=(*rules, last)).rules
    except ValidationError as error:
        raise AllocationError(reason_of(error)) from error


def parse_rules(text: str, where: str) -> AllocationRules:
    """The rules in a JSON text. Raises AllocationError naming ``where`` and what does not fit."""
    try:
        json.loads(text, object_pairs_hook=each_key_once)
        return AllocationRules.model_validate_json(text)
    except ValidationError as error:
        raise AllocationError(f"{where} holds no allocation rules: {reason_of(error)}") from error
    except (ValueError, RecursionError) as error:
        raise AllocationError(f"{where} holds no allocation rules: it is not JSON ({error})") from error


def stored_rules(store: JsonStore) -> AllocationRules:
    """The rules that the user keeps, empty without a file. Raises StateError where it cannot be used."""
    return store.read(FILE_NAME, AllocationRules).value
