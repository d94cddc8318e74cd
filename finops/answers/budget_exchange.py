"""Which budgets does a file of AWS Budgets bring, and how do ours get there?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from finops.budget_manager import BudgetManager, ImportedBudget, read_aws_budgets, write_aws_budgets
from finops.errors import FileUnreadable
from finops.files import write_whole


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetImport:
    """What became of each budget of a file, in its order."""

    file: str
    budgets: tuple[ImportedBudget, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetExport:
    """Every budget as AWS Budgets JSON, and what AWS has no place for."""

    text: str
    budgets: int
    warnings: tuple[str, ...]


def import_file(path: Path, manager: BudgetManager | None = None) -> BudgetImport:
    """Take over every budget of a file, or none. Raises FileUnreadable, BudgetError and StateError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise FileUnreadable(f"cannot read the budgets in {path}: {reason}") from error
    return import_text(text, str(path), manager)


def import_text(text: str, source: str, manager: BudgetManager | None = None) -> BudgetImport:
    """The same of a text, such as an upload, whose name ``source`` messages give."""
    found = read_aws_budgets(text, source)
    done = (manager or BudgetManager()).import_budgets(found.budgets)
    return BudgetImport(file=source, budgets=done, warnings=found.warnings)


def export_text(manager: BudgetManager | None = None) -> BudgetExport:
    """All budgets, those that are not tracked included, as ``import_text`` reads them."""
    document, warnings = write_aws_budgets((manager or BudgetManager()).book())
    text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return BudgetExport(text=text, budgets=len(document["Budgets"]), warnings=warnings)


def export_file(path: Path, manager: BudgetManager | None = None) -> BudgetExport:
    """Write them to a file. Raises OutputError; what stood there before then still does."""
    answer = export_text(manager)
    write_whole(path, answer.text.encode())
    return answer
