"""What is a virtual tag: what does it say, what is it for, and who accepted it when?

It is never written to AWS, never stands over a tag that a resource carries, and makes no resource
compliant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from finops.schema import resource_name

# The resource lists and the bill have two names for a service.
_SAME_SERVICE: Mapping[str, str] = {
    "ec2": "amazon elastic compute cloud",
    "amazonec2": "amazon elastic compute cloud",
    "s3": "amazon simple storage service",
    "amazons3": "amazon simple storage service",
}

Name = Annotated[str, Field(min_length=1)]
# An ARN without a resource stays what it is, and matches nothing.
ResourceName = Annotated[Name, AfterValidator(lambda text: resource_name(text) or text)]


class Match(BaseModel):
    """What a virtual tag is for. All that is given has to fit; of several values, one.

    An ARN among ``resource_ids`` is kept as the name of its resource, as the lists have it: charges are
    asked by that. ``names`` are patterns of resource ids with ``*`` and ``?``, compared without case.
    ``services`` are names as the bill or the resource lists have them (``EC2``). ``tags`` are tags that
    the resource itself carries, keys and values exact.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    resource_ids: tuple[ResourceName, ...] = ()
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

    def covers(self, other: Match) -> bool:
        """Does all that fits ``other`` fit this too, whatever the estate? Told from what they say."""
        services = [list(map(service_meant, one.services)) for one in (other, self)]
        patterns = [[text.casefold() for text in one.names] for one in (other, self)]
        return (
            _within(other.resource_ids, self.resource_ids)
            and _within(other.accounts, self.accounts)
            and _within(other.regions, self.regions)
            and _within(*services)
            and (
                _within(*patterns)
                or (bool(other.resource_ids) and all(map(self.is_like, other.resource_ids)))
            )
            and self.tags.items() <= other.tags.items()
        )

    def is_like(self, resource: str) -> bool:
        """Does one of the patterns fit this resource id?"""
        return any(fnmatchcase(resource.casefold(), one.casefold()) for one in self.names)

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

    def leaves_nothing_to(self, later: Proposal) -> bool:
        """Would a later one for the key never be asked, on any resource or day, because of this?"""
        days = (self.starts or date.min, self.ends or date.max)
        others = (later.starts or date.min, later.ends or date.max)
        return (
            self.key == later.key
            and days[0] <= others[0]
            and others[1] <= days[1]
            and self.match.covers(later.match)
        )


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


def service_meant(name: str) -> str:
    """One name for a service: the resource lists and the bill have two."""
    plain = name.strip().casefold()
    return _SAME_SERVICE.get(plain, plain)


def _within(inner: Sequence[str], outer: Sequence[str]) -> bool:
    """Does a list let through no more than another? An empty one lets all through."""
    return not outer or (bool(inner) and set(inner) <= set(outer))
