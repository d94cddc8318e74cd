"""What do the allocation rules look like that are being edited? Rules as they were typed, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from finops.answers.allocation_rules import AllocationRules, made_rules
from finops.errors import AllocationError
from finops.storage import Document

SHARES = "shares_text"
_PERCENT = Decimal(100)
# Kind and default name of what the buttons add.
KINDS: Mapping[str, str] = {
    "pool": "Shared cost",
    "tag": "Tag",
    "virtual_tag": "Virtual tag",
    "cost_category": "Cost category",
    "account": "Account default",
}
_TAG_ALONE: Mapping[str, Any] = {"kind": "tag", "name": "Tag"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A rule as it was typed. ``number`` stays its own while it moves."""

    number: int
    fields: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.fields.get("name", "")).strip() or "(without a name)"


@dataclass(frozen=True, slots=True)
class Draft:
    """The rules being edited, and the revision that they are saved against.

    ``number`` is another for every draft, so that none inherits what was typed in an earlier one;
    ``began`` is what it showed at first, ``opened`` the entry whose fields are shown.
    """

    number: int
    entries: tuple[Entry, ...]
    commitments: str
    revision: str
    began: tuple[tuple[Mapping[str, Any], ...], str] = field(default=((), ""))
    opened: int | None = None

    @property
    def is_touched(self) -> bool:
        return (tuple(one.fields for one in self.entries), self.commitments) != self.began

    @property
    def entry(self) -> Entry | None:
        """The entry whose fields are shown."""
        return next((one for one in self.entries if one.number == self.opened), None)


def begun(document: Document[AllocationRules], number: int) -> Draft:
    """A draft that shows what is kept; without rules, the tag alone, which is what then holds."""
    kept = document.value
    typed = [_typed(rule.model_dump(mode="python")) for rule in kept.rules] or [dict(_TAG_ALONE)]
    entries = tuple(Entry(at, fields) for at, fields in enumerate(typed))
    return Draft(
        number=number,
        entries=entries,
        commitments=kept.commitments,
        revision=document.revision,
        began=(tuple(typed), kept.commitments),
    )


def added(draft: Draft, kind: str) -> Draft:
    """With one more rule of this kind, opened, under a name that no other has.

    It stands at the end; one that says who pays before a pool of all untagged cost, which comes last.
    """
    number = max((one.number for one in draft.entries), default=-1) + 1
    names = {one.name for one in draft.entries}
    name, again = KINDS[kind], 1
    while name in names:
        again += 1
        name = f"{KINDS[kind]} {again}"
    fields: dict[str, Any] = {"kind": kind, "name": name}
    if kind == "pool":
        fields |= {"source": "untagged", "split": "proportional"}
    entries = list(draft.entries)
    rest = [at for at, one in enumerate(entries) if one.fields.get("source") == "untagged"]
    entries.insert(rest[0] if rest and kind != "pool" else len(entries), Entry(number, fields))
    return replace(draft, entries=tuple(entries), opened=number)


def opened(draft: Draft, number: int) -> Draft:
    """With the fields of the rule of this number shown."""
    return replace(draft, opened=number)


def removed(draft: Draft, number: int) -> Draft:
    """Without the rule of this number."""
    entries = tuple(one for one in draft.entries if one.number != number)
    return replace(draft, entries=entries, opened=None if draft.opened == number else draft.opened)


def moved(draft: Draft, number: int, by: int) -> Draft:
    """With the rule ``by`` places later, -1 for earlier; at an end it stays."""
    entries = list(draft.entries)
    at = next(at for at, one in enumerate(entries) if one.number == number)
    to = min(max(at + by, 0), len(entries) - 1)
    entries.insert(to, entries.pop(at))
    return replace(draft, entries=tuple(entries))


def typed_in(draft: Draft, number: int, fields: Mapping[str, Any]) -> Draft:
    """With other fields of the rule of this number."""
    entries = tuple(Entry(number, fields) if one.number == number else one for one in draft.entries)
    return replace(draft, entries=entries)


def rules_of(draft: Draft) -> AllocationRules:
    """The rules that it says. Raises AllocationError: what is wrong with them."""
    return made_rules(
        {
            "rules": [_meant(one.fields) for one in draft.entries],
            "commitments": draft.commitments,
        }
    )


def shares_of(text: str) -> dict[str, Decimal]:
    """Shares by target of lines such as ``Core 60``, percents. Raises AllocationError: which line."""
    shares: dict[str, Decimal] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, number = line.strip().removesuffix("%").rstrip().rpartition(" ")
        try:
            percent = Decimal(number)
        except InvalidOperation:
            percent = Decimal("NaN")
        if not name.strip() or not percent.is_finite() or name.strip() in shares:
            raise AllocationError(
                f"a line of shares is a target of its own and its percent, such as Core 60; "
                f"received {line.strip()!r}"
            )
        shares[name.strip()] = percent / _PERCENT
    return shares


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    """As the form has it: without what is empty, shares as text."""
    kept = {name: value for name, value in fields.items() if value not in (None, "", (), {})}
    if shares := kept.pop("shares", None):
        kept[SHARES] = "\n".join(
            f"{name} {(share * _PERCENT).normalize():f}" for name, share in shares.items()
        )
    return {
        name: list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
        for name, value in kept.items()
    }


def _meant(fields: Mapping[str, Any]) -> dict[str, Any]:
    meant = dict(fields)
    if (text := meant.pop(SHARES, "")) and meant.get("split") == "fixed":
        meant["shares"] = shares_of(text)
    return meant
