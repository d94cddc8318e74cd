"""How does the bill leave in FOCUS 1.2, and which rules of the specification does it break?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from finops.errors import EmptyInput, Issue
from finops.estate import Estate
from finops.focus import Derived, Violation, write_focus

__all__ = ["FocusFile", "Violation", "focus_export"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FocusFile:
    """The file that was written, with its exact sums, what rules it breaks and where the bill came from.

    A sum is in ``currency``, and None where no row has that cost. ``derived`` counts the rows that got
    a value which the bill lacks; ``not_filled`` are columns of FOCUS 1.2 that the file does not have.
    """

    path: str
    rows: int
    currency: str | None
    billed_cost: Decimal | None
    effective_cost: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    violations: tuple[Violation, ...]
    derived: tuple[Derived, ...]
    not_filled: tuple[str, ...]
    as_of: date
    source: str
    issues: tuple[Issue, ...]


def focus_export(estate: Estate, path: Path) -> FocusFile:
    """Write the charges of the bill up to ``as_of`` as FOCUS 1.2, and say how far they conform.

    Raises EmptyInput without a bill, and OutputError where the file cannot be written.
    """
    if estate.costs.empty:
        raise EmptyInput(
            "there is no bill to export: received no charge up to "
            f"{estate.as_of}, expected at least one; give a bill (--billing)"
        )
    written = write_focus(estate.costs, path)
    totals: Mapping[str, Decimal | None] = written.totals
    return FocusFile(
        path=str(path),
        rows=written.rows,
        currency=estate.currency,
        billed_cost=totals["BilledCost"],
        effective_cost=totals["EffectiveCost"],
        list_cost=totals["ListCost"],
        contracted_cost=totals["ContractedCost"],
        violations=written.violations,
        derived=written.derived,
        not_filled=written.not_filled,
        as_of=estate.as_of,
        source=", ".join(file.path for file in estate.files if file.kind == "costs"),
        issues=estate.issues,
    )
