"""Which tags has finance accepted for resources that do not carry them? ``virtual_tags.json``.

A virtual tag is a key and a value, what it matches, and who accepted it when. It is never written to
AWS, never stands over a tag that a resource carries, and makes no resource compliant. Nothing is taken
out of the document: a withdrawn one says by whom and when, so that what was in force at a time can be
told later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from finops.errors import StateTooNew, StateUnreadable, VirtualTagError
from finops.storage import JsonStore, StoredDocument, default_store

VIRTUAL_FILE = "virtual_tags.json"
_NUMBER = re.compile(r"v([0-9]{1,18})")

Name = Annotated[str, Field(min_length=1)]


class Match(BaseModel):
    """What a virtual tag is for. All that is given has to fit; of several values, one.

    ``names`` are patterns of resource ids with ``*`` and ``?``, compared without case. ``services`` are
    names as the bill or the resource lists have them (``EC2``). ``tags`` are tags that the resource
    itself carries, keys and values exact.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    resource_ids: tuple[Name, ...] = ()
    accounts: tuple[Name, ...] = ()
    regions: tuple[Name, ...] = ()
    services: tuple[Name, ...] = ()
    names: tuple[Name, ...] = ()
    tags: Mapping[Name, Name] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_for_something(self) -> Match:
        if not any(getattr(self, name) for name in type(self).model_fields):
            raise ValueError(
                "a virtual tag matches resource_ids, accounts, regions, services, names or tags; "
                "received none"
            )
        return self

    @property
    def only_resources(self) -> bool:
        """Is it for resources by name, and asks for nothing else?"""
        return self.model_dump(exclude_defaults=True).keys() == {"resource_ids"}

    def in_words(self) -> str:
        """What it is for, for a reader."""
        listed = {
            "resource": self.resource_ids,
            "account": self.accounts,
            "region": self.regions,
            "service": self.services,
            "name": self.names,
            "tag": tuple(f"{key}={value}" for key, value in self.tags.items()),
        }
        return "; ".join(f"{what} {', '.join(values)}" for what, values in listed.items() if values)


class Proposal(BaseModel):
    """A virtual tag before somebody accepts it. It holds from ``starts`` to ``ends``, both inclusive
    (UTC); a resource list has no dates, so that none with a date holds for it. ``probability`` is 0–1,
    None where a person knows; ``reason`` says why."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    key: Name
    value: Name
    match: Match
    starts: date | None = None
    ends: date | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    reason: str = ""

    @model_validator(mode="after")
    def _is_a_span(self) -> Proposal:
        if self.starts and self.ends and self.ends < self.starts:
            raise ValueError(f"{self.key}={self.value} ends on {self.ends}, before it starts")
        return self

    def holds_on(self, day: date) -> bool:
        """Is this one of its days?"""
        return (self.starts or day) <= day <= (self.ends or day)


class VirtualTag(Proposal):
    """An accepted virtual tag."""

    id: Name
    accepted_by: Name
    accepted_at: AwareDatetime
    withdrawn_by: str | None = None
    withdrawn_at: AwareDatetime | None = None

    def in_force(self, at: datetime | None = None) -> bool:
        """Did it count at that moment? Without one: does it count until further notice?"""
        if at is None:
            return self.withdrawn_at is None
        return self.accepted_at <= at and (self.withdrawn_at is None or at < self.withdrawn_at)


class VirtualTags(StoredDocument):
    """``virtual_tags.json``: all that were ever accepted, in that order."""

    reset_command: ClassVar[str] = "python -m finops tags reset"

    tags: tuple[VirtualTag, ...] = ()

    @model_validator(mode="after")
    def _can_be_told_apart(self) -> VirtualTags:
        ids = [one.id for one in self.tags]
        if len(set(ids)) < len(ids):
            raise ValueError("each virtual tag needs an id of its own")
        return self

    def in_force(self, at: datetime | None = None) -> tuple[VirtualTag, ...]:
        """Those that count, in the order in which they are asked: the first that fits counts."""
        return tuple(one for one in self.tags if one.in_force(at))

    def with_accepted(self, proposals: Sequence[Proposal], by: str, at: datetime) -> VirtualTags:
        """The proposals as the last virtual tags. One that is in force already is not doubled."""
        known = {_meaning(one) for one in self.in_force()}
        last = max(
            (int(found[1]) for one in self.tags if (found := _NUMBER.fullmatch(one.id))), default=0
        )
        new: list[VirtualTag] = []
        for proposal in proposals:
            if _meaning(proposal) not in known:
                known.add(_meaning(proposal))
                number = last + len(new) + 1
                fields = {name: getattr(proposal, name) for name in Proposal.model_fields}
                new.append(VirtualTag(**fields, id=f"v{number}", accepted_by=by, accepted_at=at))
        return VirtualTags(tags=(*self.tags, *new))

    def without(self, ids: Sequence[str], by: str, at: datetime) -> VirtualTags:
        """The same with these withdrawn. Raises VirtualTagError for an id that is not in force."""
        if strangers := sorted(set(ids) - {one.id for one in self.in_force()}):
            raise VirtualTagError(
                f"no virtual tag in force has the id {', '.join(strangers)}; "
                "`python -m finops tags virtual` lists them"
            )
        withdrawn = {"withdrawn_by": by, "withdrawn_at": at}
        return VirtualTags(
            tags=tuple(one.model_copy(update=withdrawn) if one.id in ids else one for one in self.tags)
        )


@dataclass(frozen=True, slots=True)
class VirtualTagBook:
    """The virtual tags of a state folder, by default the user's."""

    store: JsonStore = field(default_factory=default_store)

    def read(self) -> VirtualTags:
        """All of them. Raises StateUnreadable or StateTooNew, and writes nothing."""
        return self.store.read(VIRTUAL_FILE, VirtualTags).value

    def accept(self, proposals: Sequence[Proposal], by: str, at: datetime) -> tuple[VirtualTag, ...]:
        """Accept the proposals; those in force that mean the same as they do, old ones included."""
        meant = {_meaning(one) for one in proposals}
        who = _known(by)
        done = self.store.update(
            VIRTUAL_FILE, VirtualTags, lambda kept: kept.with_accepted(proposals, who, at)
        )
        return tuple(one for one in done.in_force() if _meaning(one) in meant)

    def withdraw(self, ids: Sequence[str], by: str, at: datetime) -> tuple[VirtualTag, ...]:
        """Withdraw these; they stay in the document. Raises VirtualTagError for one not in force."""
        who = _known(by)
        done = self.store.update(VIRTUAL_FILE, VirtualTags, lambda kept: kept.without(ids, who, at))
        return tuple(one for one in done.tags if one.id in ids)

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename a document that cannot be read; where it is now."""
        try:
            self.read()
        except (StateUnreadable, StateTooNew):
            return (self.store.reset(VIRTUAL_FILE, at),)
        return ()


def _meaning(one: Proposal) -> str:
    """What it says, without why."""
    return one.model_dump_json(include={"key", "value", "match", "starts", "ends"})


def _known(by: str) -> str:
    if not by.strip():
        raise VirtualTagError("a virtual tag needs the name of who accepts or withdraws it")
    return by.strip()
