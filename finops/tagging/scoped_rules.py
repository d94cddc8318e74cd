"""For which resources does the policy say something else, and which are let off until when?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fnmatch import fnmatchcase

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from finops.errors import PolicyError
from finops.tagging.value_rules import ValueRules

INSTANCE, BUCKET = "ec2:instance", "s3:bucket"
_WHOLE_SERVICE = ("*", "ALL_SUPPORTED")


class ScopedRules(ValueRules):
    """What holds besides for some resource types (``ec2:instance``, ``s3:*``) and environments.

    ``required`` keys are required there as well, ``not_required`` are not; a rule on values replaces
    that of the policy for its key. Without resource types it is for all, without environments for all.
    """

    resource_types: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    not_required: tuple[str, ...] = ()

    @field_validator("allowed_values", mode="before")
    @classmethod
    def _lists_are_rules(cls, rules: object) -> object:
        return lists_as_rules(rules)

    @model_validator(mode="after")
    def _is_for_something(self) -> ScopedRules:
        if not (self.resource_types or self.environments):
            raise PolicyError(
                "scoped rules need resource_types or environments; what is for all is above"
            )
        if both := sorted(set(self.required) & set(self.not_required)):
            raise PolicyError(f"scoped rules have {', '.join(both)} in required and in not_required")
        return self

    @property
    def keys(self) -> frozenset[str]:
        """Every key that is named."""
        return self.ruled_keys | {*self.required, *self.not_required}

    def hold_for(self, resource_type: str, environment: str) -> bool:
        """Are they for a resource of this type and environment (compared without case)?"""
        return (not self.resource_types or is_of_type(resource_type, self.resource_types)) and (
            not self.environments
            or environment.strip().casefold() in {one.casefold() for one in self.environments}
        )


class Exemption(BaseModel):
    """Resources that need not carry ``keys`` (all, without any) up to and on the day ``until``.

    Resources are named by id, with ``*`` and ``?``, by resource type, and by account; all that is
    given has to fit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=1)
    until: date
    resources: tuple[str, ...] = ()
    resource_types: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _is_for_something(self) -> Exemption:
        if not (self.resources or self.resource_types or self.accounts):
            raise PolicyError(
                f"the exemption {self.reason!r} needs resources, resource_types or accounts; "
                "received none"
            )
        return self

    def lets_off(self, resource_id: str, resource_type: str, account_id: str, as_of: date) -> bool:
        """Is this resource exempt on that day?"""
        return (
            as_of <= self.until
            and (not self.resources or any(fnmatchcase(resource_id, one) for one in self.resources))
            and (not self.resource_types or is_of_type(resource_type, self.resource_types))
            and (not self.accounts or account_id in self.accounts)
        )


def is_of_type(resource_type: str, named: Iterable[str]) -> bool:
    """Is ``ec2:instance`` one of the types named, or of a service that is named whole?"""
    service = resource_type.partition(":")[0]
    return any(
        one == resource_type or one in {f"{service}:{all_}" for all_ in _WHOLE_SERVICE} for one in named
    )


def lists_as_rules(rules: object) -> object:
    """A plain list of values is the record of values compared without case."""
    if not isinstance(rules, dict):
        return rules
    return {key: {"values": rule} if isinstance(rule, list) else rule for key, rule in rules.items()}
