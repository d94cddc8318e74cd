"""What is wrong with one tag set? Each distinct set is judged once, however many resources carry it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops.tagging.policy import TaggingPolicy


@dataclass(frozen=True, slots=True)
class Verdict:
    """The violations of a tag set, by policy key.

    ``wrong_case`` maps a key to its spelling on the resource, ``invalid`` to ``spelling=value``.
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


def judge(tag_set: Mapping[str, str], policy: TaggingPolicy) -> Verdict:
    """Hold one tag set against the policy.

    A required key must be there in its own spelling with a value that is not blank; where only
    another case of it has one, that is a key with the wrong case. Allowed values are checked under
    either spelling, and for optional keys where they are present.
    """
    filled = {key: value for key, value in tag_set.items() if value.strip()}
    spellings: dict[str, str] = {}
    for key in sorted(filled):
        spellings.setdefault(key.casefold(), key)
    present = frozenset(key for key in rule_keys(policy) if key in filled)
    found = {
        key: key if key in present else spellings[key.casefold()]
        for key in rule_keys(policy)
        if key in present or (key in policy.required and key.casefold() in spellings)
    }
    return Verdict(
        present=present,
        missing=tuple(key for key in policy.required if key not in found),
        wrong_case={key: spelling for key, spelling in found.items() if key != spelling},
        invalid={
            key: f"{spelling}={filled[spelling]}"
            for key, spelling in found.items()
            if key in policy.allowed_values and not policy.allowed_values[key].allow(filled[spelling])
        },
    )


def rule_keys(policy: TaggingPolicy) -> tuple[str, ...]:
    """The keys that the policy says something about: the required, then optional ones with values."""
    return (*policy.required, *(key for key in policy.optional if key in policy.allowed_values))
