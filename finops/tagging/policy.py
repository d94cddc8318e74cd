"""Which tags must a resource carry, and which values are allowed?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from finops.errors import NotAvailable, PolicyError

POLICY_VERSION = 1
REQUIRED_KEYS = ("Owner", "Environment", "Team", "CostCenter", "Project")
OPTIONAL_KEYS = ("ExpirationDate", "BackupPolicy", "Compliance", "Application")
ENVIRONMENTS = (
    "Prod",
    "Production",
    "Stage",
    "Staging",
    "Test",
    "QA",
    "Dev",
    "Development",
    "Sandbox",
)


class AllowedValues(BaseModel):
    """The values that a key may have, compared without case unless ``case_sensitive``.

    In a policy file a plain list of values stands for this record without case.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[str, ...] = Field(min_length=1)
    case_sensitive: bool = False

    def allow(self, value: str) -> bool:
        """Is the value one of them? Outer space is not part of a value."""
        return self._compared(value) in self._known

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(map(self._compared, self.values))

    def _compared(self, value: str) -> str:
        return value.strip() if self.case_sensitive else value.strip().casefold()


class TaggingPolicy(BaseModel):
    """Keys that must be present and not blank, and values that are allowed.

    By default Owner, Environment, Team, CostCenter and Project are required, Environment is one of
    nine names compared without case, and no other value is restricted. Keys match exactly, as AWS's
    cost allocation tags do. ``target_pct`` is the share of compliant resources aimed at, 0–100.
    Raises PolicyError for keys that are blank or repeated (also in another case), and for value
    rules of a key that is neither required nor optional.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: tuple[str, ...] = REQUIRED_KEYS
    optional: tuple[str, ...] = OPTIONAL_KEYS
    allowed_values: Mapping[str, AllowedValues] = Field(
        default_factory=lambda: {"Environment": AllowedValues(values=ENVIRONMENTS)}
    )
    target_pct: float = Field(default=95.0, ge=0, le=100)

    @classmethod
    def from_json(cls, text: str, name: str) -> TaggingPolicy:
        """The policy in a JSON document; ``name`` says in messages which document it is.

        A field that is absent has its default, so ``{}`` is the default policy. Raises PolicyError
        where the text is no such document, and NotAvailable for an AWS Organizations tag policy.
        """
        document = _read_object(text, name)
        if isinstance(document.get("tags"), dict):
            raise NotAvailable(
                f"{name} is an AWS Organizations tag policy, which this version does not read; "
                f"write a policy with the fields {', '.join(cls.model_fields)} instead"
            )
        version = document.pop("version", POLICY_VERSION)
        if version != POLICY_VERSION:
            raise PolicyError(
                f"{name} has version {version!r}; this program reads version {POLICY_VERSION}. "
                "Use the program that wrote it, or remove the field"
            )
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            raise PolicyError(f"{name} is no tag policy: {_in_words(error)}") from error
        except PolicyError as error:
            raise PolicyError(f"{name}: {error}") from error

    @field_validator("allowed_values", mode="before")
    @classmethod
    def _lists_are_rules(cls, rules: object) -> object:
        if not isinstance(rules, Mapping):
            return rules
        return {key: {"values": rule} if isinstance(rule, list) else rule for key, rule in rules.items()}

    @model_validator(mode="after")
    def _makes_sense(self) -> TaggingPolicy:
        known = (*self.required, *self.optional)
        if not self.required:
            raise PolicyError("a tag policy needs at least one required key; received none")
        if blank := [key for key in known if key != key.strip() or not key]:
            raise PolicyError(f"tag keys are not blank and have no outer space; received {blank}")
        if repeated := _repeated(known):
            raise PolicyError(f"each key may stand once, in one spelling; repeated: {repeated}")
        if strangers := sorted(set(self.allowed_values) - set(known)):
            raise PolicyError(
                f"allowed_values names {', '.join(strangers)}, which is neither required nor optional; "
                f"known keys are {', '.join(known)}"
            )
        return self


def _read_object(text: str, name: str) -> dict[str, object]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PolicyError(f"{name} is not readable as JSON: {error}") from error
    if not isinstance(document, dict):
        raise PolicyError(
            f"{name} holds {type(document).__name__}; a tag policy is a JSON object with the fields "
            f"{', '.join(TaggingPolicy.model_fields)}"
        )
    return document


def _repeated(keys: Iterable[str]) -> str:
    spellings: dict[str, list[str]] = {}
    for key in keys:
        spellings.setdefault(key.casefold(), []).append(key)
    return ", ".join("/".join(same) for same in spellings.values() if len(same) > 1)


def _in_words(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(map(str, problem['loc'])) or 'the document'}: {problem['msg']}"
        for problem in error.errors(include_url=False)
    )
