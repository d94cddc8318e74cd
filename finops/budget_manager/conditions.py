"""Which costs is a budget about? Those that satisfy all of its conditions."""

from __future__ import annotations

from typing import Annotated, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

NarrowScope = Literal[
    "service", "region", "account", "team", "environment", "cost_center", "project", "tag"
]
ScopeType = Literal[
    "total", "service", "region", "account", "team", "environment", "cost_center", "project", "tag"
]
ScopeValue = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]

SCOPE_TYPES: tuple[str, ...] = get_args(ScopeType)
# Scopes that go by one of the mandatory tags.
NAMED_TAGS = {
    "team": "Team",
    "environment": "Environment",
    "cost_center": "CostCenter",
    "project": "Project",
}
_EXAMPLE = {
    "service": "EC2, S3 or combined",
    "region": "us-east-1",
    "account": "123456789012",
    "team": "Platform",
    "environment": "Prod",
    "cost_center": "CC-100",
    "project": "Atlas",
    "tag": "Project=Atlas",
}


class Condition(BaseModel):
    """Any one of ``values`` or, with ``exclude``, none of them. A tag's values are ``Key=Value``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scope_type: NarrowScope
    values: Annotated[tuple[ScopeValue, ...], Field(min_length=1, max_length=1000)]
    exclude: bool = False

    @model_validator(mode="after")
    def _values_say_something(self) -> Self:
        for value in self.values:
            refuse_empty(self.scope_type, value)
        if self.scope_type == "tag" and len({tag_of("tag", value)[0] for value in self.values}) > 1:
            raise ValueError(
                f"the values of a tag condition have one key; received {', '.join(self.values)}; "
                "make a condition for each key"
            )
        return self

    def __str__(self) -> str:
        negation = "not " if self.exclude else ""
        return f"{negation}{self.scope_type} {' or '.join(self.values)}"


def refuse_empty(scope_type: str, value: str) -> None:
    """Raise ValueError for a value that says nothing, with an example of one that does."""
    if not value:
        raise ValueError(f"the scope {scope_type} needs a scope_value, such as {_EXAMPLE[scope_type]}")
    key, equals, wanted = value.partition("=")
    if scope_type == "tag" and not (key.strip() and equals and wanted.strip()):
        raise ValueError(f"a tag scope is Key=Value, such as Project=Atlas; received {value!r}")


def tag_of(scope_type: str, value: str) -> tuple[str, str]:
    """Key and value of a scope that goes by a tag."""
    if scope_type in NAMED_TAGS:
        return NAMED_TAGS[scope_type], value
    key, _, wanted = value.partition("=")
    return key.strip(), wanted.strip()
