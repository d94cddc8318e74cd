"""May a tag have this value? By a list, by a pattern, or by a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cached_property, lru_cache
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from finops.errors import PolicyError

Format = Literal["date", "email", "cost_center"]

_SEPARATORS = str.maketrans("", "", " -_.")
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}")
_COST_CENTER = re.compile(r"([A-Za-z]{1,8}[-_ ]?)?[0-9]{2,10}")


class AllowedValues(BaseModel):
    """The values that a key may have, compared without case unless ``case_sensitive``.

    With ``wildcards`` a ``*`` in a value stands for any text, as in a tag policy of AWS. In a policy
    file a plain list of values stands for this record without case and wildcards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: tuple[str, ...] = Field(min_length=1)
    case_sensitive: bool = False
    wildcards: bool = False

    def allow(self, value: str) -> bool:
        """Is the value one of them? Outer space is not part of a value."""
        compared = self._compared(value)
        return compared in self._known or any(one(compared) for one in self._open)

    def spelled(self, value: str) -> str | None:
        """The one allowed value that this is but for case and separators; None without or with two."""
        meant = {one for one in self.values if folded(one) == folded(value.strip())}
        return meant.pop() if len(meant) == 1 else None

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(map(self._compared, self.values))

    @cached_property
    def _open(self) -> tuple[Callable[[str], bool], ...]:
        starred = [text for text in self._known if self.wildcards and "*" in text]
        return tuple(_around_the_star(text) for text in starred)

    def _compared(self, value: str) -> str:
        return value.strip() if self.case_sensitive else value.strip().casefold()


def _around_the_star(text: str) -> Callable[[str], bool]:
    first, *rest = (re.escape(part) for part in text.split("*"))
    whole = re.compile(".*".join([first, *rest]), re.DOTALL)
    return lambda value: whole.fullmatch(value) is not None


def folded(name: str) -> str:
    """The name without case and separators."""
    lower = name.casefold()
    return lower.translate(_SEPARATORS) or lower


def matches(value: str, pattern: str) -> bool:
    """Does the whole value match? Patterns are RE2's, whose time is linear in the value whatever
    the pattern, so that no policy file can hang a run."""
    return _matches(value.strip(), pattern)


@lru_cache(maxsize=65_536)
def _matches(value: str, pattern: str) -> bool:
    found = pc.match_substring_regex(pa.array([value]), f"\\A(?:{pattern})\\z")
    return bool(found[0].as_py())


def check_pattern(pattern: str) -> None:
    """Raise PolicyError where RE2 cannot read the pattern."""
    try:
        _matches("", pattern)
    except (pa.ArrowInvalid, UnicodeEncodeError) as error:
        raise PolicyError(f"{pattern!r} is no pattern of RE2: {error}") from error


def has_format(value: str, name: Format) -> bool:
    """``date``: a day as 2026-01-31. ``email``: name@host.domain. ``cost_center``: two to ten digits,
    with up to eight letters and a separator before them: 4711, CC-1001."""
    return _FORMATS[name](value.strip())


def _is_date(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


_FORMATS: Mapping[Format, Callable[[str], bool]] = {
    "date": _is_date,
    "email": lambda value: len(value) <= 254 and _EMAIL.fullmatch(value) is not None,
    "cost_center": lambda value: _COST_CENTER.fullmatch(value) is not None,
}


class ValueRules(BaseModel):
    """Rules on values by tag key. A value has to satisfy all that its key has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    allowed_values: Mapping[str, AllowedValues] = Field(default_factory=dict)
    patterns: Mapping[str, str] = Field(default_factory=dict)
    formats: Mapping[str, Format] = Field(default_factory=dict)

    @property
    def ruled_keys(self) -> frozenset[str]:
        """The keys that have a rule on their value."""
        return frozenset((*self.allowed_values, *self.patterns, *self.formats))

    def respelled(self, key: str, value: str) -> str | None:
        """The value as the rules of the key want it: itself where they allow it, else the allowed one
        that it is but for case and separators. None where that is not one that all of them allow."""
        if self.allow(key, value):
            return value.strip()
        meant = self.allowed_values[key].spelled(value) if key in self.allowed_values else None
        return meant if meant is not None and self.allow(key, meant) else None

    def allow(self, key: str, value: str) -> bool:
        """Does the value satisfy what is said about the key?"""
        return (
            (key not in self.allowed_values or self.allowed_values[key].allow(value))
            and (key not in self.patterns or matches(value, self.patterns[key]))
            and (key not in self.formats or has_format(value, self.formats[key]))
        )
