"""Which virtual tags has finance accepted? ``virtual_tags.json``.

Nothing is taken out of the document: a withdrawn one says by whom and when, so that what was in force
at a time can be told later. They are asked in its order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import ClassVar

from pydantic import model_validator

from finops.errors import StateTooNew, StateUnreadable, VirtualTagError
from finops.storage import JsonStore, StoredDocument, default_store
from finops.tagging.virtual_tags import Proposal, VirtualTag

VIRTUAL_FILE = "virtual_tags.json"
_SHOWN = 5
_NUMBER = re.compile(r"v([0-9]{1,18})")


class VirtualTags(StoredDocument):
    """``virtual_tags.json``: all that were ever accepted, in the order in which they are asked."""

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
        """The proposals as the last virtual tags. One that is in force already is not doubled.

        Raises VirtualTagError where one in force gives another value to a resource that a proposal
        names, or to all that it is for: the proposal would have no effect there.
        """
        if found := list(_obstacles(self.in_force(), proposals)):
            more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
            named = "; ".join(found[:_SHOWN])
            raise VirtualTagError(
                f"nothing was accepted: the first that fits counts, and {named}{more}. "
                "Withdraw what stands in the way first: `python -m finops tags withdraw ID --who NAME`"
            )
        known = {_meaning(one) for one in self.in_force()}
        number = self._last_number()
        new: list[VirtualTag] = []
        for proposal in proposals:
            if _meaning(proposal) not in known:
                known.add(_meaning(proposal))
                number += 1
                new.append(_accepted(proposal, number, by, at))
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

    def with_restored(self, ids: Sequence[str], by: str, at: datetime) -> VirtualTags:
        """The withdrawn ones with these ids once more, each right behind itself: where it stood.

        Raises VirtualTagError for an id that is not withdrawn, and for one that is in force again.
        """
        gone = {one.id: one for one in self.tags if one.withdrawn_at is not None}
        if strangers := sorted(set(ids) - gone.keys()):
            raise VirtualTagError(f"no withdrawn virtual tag has the id {', '.join(strangers)}")
        known = {_meaning(one): one.id for one in self.in_force()}
        if doubled := [
            f"{one} as {known[_meaning(gone[one])]}" for one in ids if _meaning(gone[one]) in known
        ]:
            raise VirtualTagError(f"in force again already: {', '.join(doubled)}; nothing was changed")
        number = self._last_number()
        tags: list[VirtualTag] = []
        for one in self.tags:
            tags.append(one)
            if one.id in ids:
                number += 1
                tags.append(_accepted(one, number, by, at))
        return VirtualTags(tags=tuple(tags))

    def _last_number(self) -> int:
        found = (_NUMBER.fullmatch(one.id) for one in self.tags)
        return max((int(one[1]) for one in found if one), default=0)


@dataclass(frozen=True, slots=True)
class VirtualTagBook:
    """The virtual tags of a state folder, by default the user's."""

    store: JsonStore = field(default_factory=default_store)

    def read(self) -> VirtualTags:
        """All of them. Raises StateUnreadable or StateTooNew, and writes nothing."""
        return self.store.read(VIRTUAL_FILE, VirtualTags).value

    def accept(self, proposals: Sequence[Proposal], by: str, at: datetime) -> tuple[VirtualTag, ...]:
        """Accept the proposals; the new ones. What is in force already is not among them.

        Raises VirtualTagError where one in force with another value leaves a proposal without effect.
        """
        who = _known(by)
        return self._added(lambda kept: kept.with_accepted(proposals, who, at))

    def withdraw(self, ids: Sequence[str], by: str, at: datetime) -> tuple[VirtualTag, ...]:
        """Withdraw these; they stay in the document. Raises VirtualTagError for one not in force."""
        who = _known(by)
        done = self.store.update(VIRTUAL_FILE, VirtualTags, lambda kept: kept.without(ids, who, at))
        return tuple(one for one in done.tags if one.id in ids)

    def restore(self, ids: Sequence[str], by: str, at: datetime) -> tuple[VirtualTag, ...]:
        """Accept withdrawn ones again, each where it stood; the new ones. Raises VirtualTagError."""
        who = _known(by)
        return self._added(lambda kept: kept.with_restored(ids, who, at))

    def _added(self, change: Callable[[VirtualTags], VirtualTags]) -> tuple[VirtualTag, ...]:
        before: set[str] = set()

        def noted(kept: VirtualTags) -> VirtualTags:
            # It is called again where somebody wrote in between: the last call counts.
            before.clear()
            before.update(one.id for one in kept.tags)
            return change(kept)

        done = self.store.update(VIRTUAL_FILE, VirtualTags, noted)
        return tuple(one for one in done.tags if one.id not in before)

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename a document that cannot be read; where it is now."""
        try:
            self.read()
        except (StateUnreadable, StateTooNew):
            return (self.store.reset(VIRTUAL_FILE, at),)
        return ()


def _accepted(proposal: Proposal, number: int, by: str, at: datetime) -> VirtualTag:
    fields = {name: getattr(proposal, name) for name in Proposal.model_fields}
    return VirtualTag(**fields, id=f"v{number}", accepted_by=by, accepted_at=at)


def _obstacles(in_force: Sequence[VirtualTag], proposals: Sequence[Proposal]) -> Iterator[str]:
    """What leaves a proposal, or a resource that it names, without effect: in words."""
    # Thousands are accepted by resource: they are found by it.
    named: dict[tuple[str, str], list[int]] = {}
    others: list[int] = []
    for place, one in enumerate(in_force):
        for resource in one.match.resource_ids:
            named.setdefault((resource, one.key), []).append(place)
        if not one.match.resource_ids:
            others.append(place)
    for part in (part for proposal in proposals for part in _by_resource(proposal)):
        by_name = (named.get((resource, part.key), ()) for resource in part.match.resource_ids)
        places = sorted([*chain.from_iterable(by_name), *others])
        first = next((in_force[at] for at in places if in_force[at].leaves_nothing_to(part)), None)
        if first is not None and first.value != part.value:
            yield f"{first.id} gives {first.key}={first.value} to {part.match.in_words()}"


def _by_resource(proposal: Proposal) -> Iterator[Proposal]:
    """The proposal for each resource that it names; itself where it names none."""
    if len(proposal.match.resource_ids) < 2:
        yield proposal
        return
    for resource in proposal.match.resource_ids:
        match = proposal.match.model_copy(update={"resource_ids": (resource,)})
        yield proposal.model_copy(update={"match": match})


def _meaning(one: Proposal) -> str:
    """What it says, without why."""
    return one.model_dump_json(include={"key", "value", "match", "starts", "ends"})


def _known(by: str) -> str:
    if not by.strip():
        raise VirtualTagError("a virtual tag needs the name of who accepts or withdraws it")
    return by.strip()
