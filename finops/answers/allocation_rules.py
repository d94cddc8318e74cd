"""Which allocation rules are kept, what would a change of them do, and how are they saved?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pydantic import ValidationError

from finops.answers.allocation import Chargeback, read_rules
from finops.answers.closing import KeptPeriods
from finops.chargeback import (
    CLOSED_FILE,
    FILE_NAME,
    SOURCES,
    SPLITS,
    AccountColumn,
    AccountRule,
    AllocationRules,
    CategoryRule,
    Drivers,
    PoolRule,
    TagRule,
    in_words,
)
from finops.errors import AllocationError, StateTooNew, StateUnreadable
from finops.money import exact_sum
from finops.storage import Document, JsonStore, StoredDocument, default_store, reason_of

__all__ = [
    "SOURCES",
    "SPLITS",
    "AccountColumn",
    "AccountRule",
    "AllocationRules",
    "CategoryRule",
    "Drivers",
    "LineChange",
    "PoolRule",
    "RulesPreview",
    "TagRule",
    "changed_by",
    "import_rules",
    "in_words",
    "kept_document",
    "made_rules",
    "reset",
    "save_rules",
]

_DOCUMENTS: Mapping[str, type[StoredDocument]] = {
    FILE_NAME: AllocationRules,
    CLOSED_FILE: KeptPeriods,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A line under the rules in force and under others, in dollars; one that is not there is $0.00."""

    allocated_to: str
    before_usd: Decimal
    after_usd: Decimal
    change_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesPreview:
    """What other rules would change. ``lines`` add up to the same total before and after.

    ``difference_usd`` = Σ lines after − the input: 0.00. ``unallocated_…`` are without an owner.
    """

    lines: tuple[LineChange, ...]
    total_usd: Decimal
    difference_usd: Decimal
    unallocated_before_usd: Decimal
    unallocated_after_usd: Decimal


def kept_document(store: JsonStore | None = None) -> Document[AllocationRules]:
    """The rules that are kept, and the revision to save against. Raises StateError."""
    return (store or default_store()).read(FILE_NAME, AllocationRules)


def made_rules(value: Mapping[str, object]) -> AllocationRules:
    """Rules of what a form says (``rules``, ``commitments``). Raises AllocationError: what is wrong."""
    try:
        return AllocationRules.model_validate(value)
    except ValidationError as error:
        raise AllocationError(reason_of(error)) from error


def save_rules(
    rules: AllocationRules, base_revision: str, store: JsonStore | None = None
) -> Document[AllocationRules]:
    """Keep them, if those that were read are still there. Raises StateChanged where they are not."""
    return (store or default_store()).save(FILE_NAME, rules, base_revision)


def import_rules(path: Path, store: JsonStore | None = None) -> AllocationRules:
    """Keep the rules of a file instead of those before.

    Raises FileUnreadable or AllocationError, naming the file, and StateError.
    """
    rules = read_rules(path)
    return (store or default_store()).update(FILE_NAME, AllocationRules, lambda _: rules)


def reset(store: JsonStore | None = None) -> tuple[Path, ...]:
    """Put documents that cannot be read – rules, closed periods – out of the way; where they are now."""
    kept = store or default_store()
    moved: list[Path] = []
    for name, model in _DOCUMENTS.items():
        try:
            kept.read(name, model)
        except (StateUnreadable, StateTooNew):
            moved.append(kept.reset(name))
    return tuple(moved)


def changed_by(before: Chargeback, after: Chargeback) -> RulesPreview:
    """The lines of two chargebacks of one period side by side, the largest change first."""
    was = {line.allocated_to: line.total_usd for line in before.report.lines}
    now = {line.allocated_to: line.total_usd for line in after.report.lines}
    nothing = Decimal("0.00")
    lines = [
        LineChange(
            allocated_to=name,
            before_usd=was.get(name, nothing),
            after_usd=now.get(name, nothing),
            change_usd=now.get(name, nothing) - was.get(name, nothing),
        )
        for name in {**now, **was}
    ]
    report = after.report
    return RulesPreview(
        lines=tuple(sorted(lines, key=lambda line: (-abs(line.change_usd), line.allocated_to))),
        total_usd=exact_sum(line.after_usd for line in lines),
        difference_usd=report.reconciliation_difference_usd,
        unallocated_before_usd=before.report.unallocated_usd,
        unallocated_after_usd=report.unallocated_usd,
    )
