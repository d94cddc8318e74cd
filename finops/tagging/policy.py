"""Which tags must a resource carry, and which values are allowed?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from finops.errors import NotAvailable, PolicyError
from finops.tagging.scoped_rules import Exemption, ScopedRules, lists_as_rules
from finops.tagging.value_rules import AllowedValues, ValueRules, check_pattern, folded

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


SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Owner": ("Owners", "OwnedBy", "Ownr"),
    "Environment": ("Env", "Enviroment", "Environement", "Envrionment", "Environmnet"),
    "Team": ("Teams", "TeamName"),
    "CostCenter": ("CostCentre", "CC", "CostCentr", "CostCentar"),
    "Project": ("Proj", "Projects", "ProjectName"),
    "ExpirationDate": ("Expiration", "ExpiryDate", "Expiry"),
    "BackupPolicy": ("Backup",),
    "Application": ("App", "AppName", "ApplicationName"),
}


class TaggingPolicy(ValueRules):
    """Keys that must be present and not blank, and values that are allowed.

    By default Owner, Environment, Team, CostCenter and Project are required, Environment is one of
    nine names compared without case, and no other value is restricted. Keys match exactly, as AWS's
    cost allocation tags do. ``spellings`` says which other names mean a key: together with other case
    and separators (``cost_center``) they are a wrong spelling, not a missing key. ``scoped`` adds to
    this for resource types and environments, ``exemptions`` take from it for a time. ``enforced_for``
    are the resource types for which AWS enforces a key: kept for it, and judged by nobody here.
    ``target_pct`` is the share of compliant resources aimed at, 0–100.

    Raises PolicyError for keys that are blank or repeated (also in another case), for rules on a key
    that is neither required nor optional, and for a spelling that would mean two keys.
    """

    required: tuple[str, ...] = REQUIRED_KEYS
    optional: tuple[str, ...] = OPTIONAL_KEYS
    allowed_values: Mapping[str, AllowedValues] = Field(
        default_factory=lambda: {"Environment": AllowedValues(values=ENVIRONMENTS)}
    )
    spellings: Mapping[str, tuple[str, ...]] = Field(default_factory=lambda: dict(SPELLINGS))
    scoped: tuple[ScopedRules, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    enforced_for: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    target_pct: float = Field(default=95.0, ge=0, le=100)

    @property
    def keys(self) -> tuple[str, ...]:
        """The required keys, then the optional ones."""
        return (*self.required, *self.optional)

    def key_of(self, name: str) -> str | None:
        """The key that a tag of this name means: itself, or that of which it is another spelling."""
        return name if name in self.keys else self._meant.get(folded(name))

    def rules_for(self, resource_type: str, environment: str) -> tuple[tuple[str, ...], ValueRules]:
        """The required keys and the rules on values for such a resource."""
        here = [one for one in self.scoped if one.hold_for(resource_type, environment)]
        if not here:
            return self.required, self
        required = list(self.required)
        for one in here:
            required = [key for key in required if key not in one.not_required]
            required += [key for key in one.required if key not in required]
        ruled = {key: one for one in here for key in one.ruled_keys}

        def merged(name: str) -> dict[str, Any]:
            own = {key: rule for key, rule in getattr(self, name).items() if key not in ruled}
            return own | {key: rule for one in here for key, rule in getattr(one, name).items()}

        # Each part has been validated with its own record.
        rules = ValueRules.model_construct(
            allowed_values=merged("allowed_values"),
            patterns=merged("patterns"),
            formats=merged("formats"),
        )
        return tuple(required), rules

    @cached_property
    def _meant(self) -> dict[str, str]:
        named = {folded(key): key for key in self.keys}
        others = {
            folded(spelling): key
            for key in self.keys
            for spelling in self.spellings.get(key, ())
            if folded(spelling) not in named
        }
        return others | named

    @classmethod
    def from_json(cls, text: str, name: str) -> TaggingPolicy:
        """The policy in a JSON document; ``name`` says in messages which document it is.

        A field that is absent has its default, so ``{}`` is the default policy. Raises PolicyError
        where the text is no such document, and NotAvailable for an AWS Organizations tag policy.
        """
        document = _read_object(text, name)
        if isinstance(document.get("tags"), dict):
            raise NotAvailable(
                f"{name} is an AWS Organizations tag policy, which has no place for all of "
                "a policy; take it over with `python -m finops tags import`, or write one with the "
                f"fields {', '.join(cls.model_fields)}"
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
        return lists_as_rules(rules)

    @model_validator(mode="after")
    def _makes_sense(self) -> TaggingPolicy:
        known = (*self.required, *self.optional)
        if not self.required:
            raise PolicyError("a tag policy needs at least one required key; received none")
        if blank := [key for key in known if key != key.strip() or not key]:
            raise PolicyError(f"tag keys are not blank and have no outer space; received {blank}")
        if repeated := _repeated(known):
            raise PolicyError(f"each key may stand once, in one spelling; repeated: {repeated}")
        for name, keys in self._named_keys():
            if strangers := sorted(set(keys) - set(known)):
                raise PolicyError(
                    f"{name} names {', '.join(strangers)}, which is neither required nor optional; "
                    f"known keys are {', '.join(known)}"
                )
        for rules in (self, *self.scoped):
            for pattern in rules.patterns.values():
                check_pattern(pattern)
        self._means_one_key_each()
        return self

    def _named_keys(self) -> Iterator[tuple[str, Iterable[str]]]:
        for name in ("allowed_values", "patterns", "formats", "enforced_for"):
            yield name, getattr(self, name)
        yield "scoped", [key for one in self.scoped for key in one.keys]
        yield "exemptions", [key for one in self.exemptions for key in one.keys]

    def _means_one_key_each(self) -> None:
        meant: dict[str, str] = {}
        for key in self.keys:
            for spelling in self.spellings.get(key, ()):
                other = meant.setdefault(folded(spelling), key)
                if other != key:
                    raise PolicyError(f"spellings has {spelling!r} for {other} and for {key}; keep one")


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
