"""What is wrong with one tag set? Each distinct set is judged once, however many resources carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops.tagging.policy import TaggingPolicy

ENVIRONMENT = "Environment"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The violations of a tag set, by policy key.

    ``wrong_case`` maps a key to how the resource spells it, in another case or otherwise; ``invalid`` to
    ``spelling=value``.
    """

    present: frozenset[str]
    missing: tuple[str, ...]
    wrong_case: Mapping[str, str]
    invalid: Mapping[str, str]

    @property
    def compliant(self) -> bool:
        return not (self.missing or self.wrong_case or self.invalid)

    def violates(self, key: str) -> bool:
        return key in self.missing or key in self.wrong_case or key in self.invalid


def judge(
    tag_set: Mapping[str, str],
    policy: TaggingPolicy,
    resource_type: str = "",
    exempt: frozenset[str] = frozenset(),
) -> Verdict:
    """Hold one tag set against the policy, for a resource of this type, but for the exempt keys.

    A required key must be there in its own spelling with a value that is not blank; where only
    another case or spelling of it has one, that is a key in the wrong spelling. Values are checked under
    either spelling, and for optional keys where they are present. The environment of scoped rules is
    the value of Environment in whatever spelling.
    """
    filled = {key: value for key, value in tag_set.items() if value.strip()}
    spellings = _spellings(filled, policy)
    environment = filled.get(spellings.get(ENVIRONMENT, ""), "")
    required, rules = policy.rules_for(resource_type, environment)
    present = frozenset(key for key in rule_keys(policy) if key in filled)
    found = {
        key: key if key in present else spellings[key]
        for key in rule_keys(policy)
        if key not in exempt and (key in present or (key in required and key in spellings))
    }
    return Verdict(
        present=present,
        missing=tuple(key for key in required if key not in found and key not in exempt),
        wrong_case={key: spelling for key, spelling in found.items() if key != spelling},
        invalid={
            key: f"{spelling}={filled[spelling]}"
            for key, spelling in found.items()
            if not rules.allow(key, filled[spelling])
        },
    )


def value_of(tag_set: Mapping[str, str], key: str, policy: TaggingPolicy) -> str | None:
    """The value of a policy key under its own name, or under another spelling; None without one."""
    filled = {name: value for name, value in tag_set.items() if value.strip()}
    return filled.get(_spellings(filled, policy).get(key, key))


def _spellings(filled: Mapping[str, str], policy: TaggingPolicy) -> dict[str, str]:
    """How the tag set spells each key: as the policy does, else in another case, else otherwise."""
    spelled: dict[str, str] = {}
    for name in sorted(filled):
        key = policy.key_of(name)
        if key is None:
            continue
        other = spelled.get(key)
        if other is None or _distance(name, key) < _distance(other, key):
            spelled[key] = name
    return spelled


def _distance(name: str, key: str) -> int:
    return 0 if name == key else 1 if name.casefold() == key.casefold() else 2


def rule_keys(policy: TaggingPolicy) -> tuple[str, ...]:
    """The keys that the policy says something about: the required, then optional ones with rules."""
    ruled = policy.ruled_keys.union(*(one.keys for one in policy.scoped))
    return (*policy.required, *(key for key in policy.optional if key in ruled))
