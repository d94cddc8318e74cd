"""Does spend stay inside its budgets, and which alerts does that raise?

Every function takes the manager whose store is asked, by default that of the state folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from finops.alerts import Alert
from finops.answers.budget_exchange import (
    BudgetExport,
    BudgetImport,
    export_file,
    export_text,
    import_file,
    import_text,
)
from finops.answers.budget_reports import (
    VarianceReport,
    YearEndOutlook,
    source_of,
    variance_report,
    year_end_outlook,
)
from finops.budget_manager import (
    BASES,
    KINDS,
    PERIODS,
    ROLLOVERS,
    SCOPE_TYPES,
    Allocation,
    Budget,
    BudgetBook,
    BudgetManager,
    BudgetStatus,
    PeriodVariance,
    TemplateOptions,
    Threshold,
    UntrackedBudget,
    YearEnd,
    allocations,
    budget_status,
    evaluate_alerts,
    known,
    read_thresholds,
    reported_by_aws,
    suggest_budgets,
)
from finops.errors import Issue, StateError, StateTooNew, StateUnreadable
from finops.estate import Estate

__all__ = [
    "BASES",
    "KINDS",
    "PERIODS",
    "ROLLOVERS",
    "SCOPE_TYPES",
    "Alert",
    "Allocation",
    "Budget",
    "BudgetBook",
    "BudgetCheck",
    "BudgetExport",
    "BudgetImport",
    "BudgetManager",
    "BudgetStatus",
    "PeriodVariance",
    "TemplateOptions",
    "Threshold",
    "UntrackedBudget",
    "VarianceReport",
    "YearEnd",
    "YearEndOutlook",
    "book",
    "check",
    "copy",
    "create",
    "create_all",
    "delete",
    "export_file",
    "export_text",
    "history",
    "import_file",
    "import_text",
    "listed",
    "pause",
    "read_thresholds",
    "reported_by_aws",
    "reset",
    "restore",
    "resume",
    "standing",
    "templates",
    "update",
    "variance_report",
    "year_end_outlook",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCheck:
    """Every budget on ``as_of`` and its active alerts. ``source`` is the bill or the lists.

    ``allocations`` has a line for each budget that has parts.
    """

    budgets: tuple[BudgetStatus, ...]
    alerts: tuple[Alert, ...]
    allocations: tuple[Allocation, ...]
    as_of: date
    source: str
    issues: tuple[Issue, ...]
    warnings: tuple[str, ...] = ()


def standing(estate: Estate, kept: tuple[Budget, ...]) -> BudgetCheck:
    """How budgets stand that have been read already. No state is read or written.

    Raises CurrencyError for a bill not in dollars.
    """
    facts = known(estate)
    statuses = tuple(budget_status(budget, facts) for budget in kept)
    return BudgetCheck(
        budgets=statuses,
        alerts=evaluate_alerts(statuses, estate.as_of),
        allocations=allocations(kept, facts),
        as_of=estate.as_of,
        source=source_of(estate),
        issues=estate.issues,
    )


def check(estate: Estate, manager: BudgetManager | None = None) -> BudgetCheck:
    """Evaluate every budget; alerts not seen before enter the history.

    Where the history cannot be written the answer stands, with a warning. Raises StateError where
    the documents cannot be read, and CurrencyError for a bill not in dollars.
    """
    keeper = manager or BudgetManager()
    answer = standing(estate, keeper.list_budgets())
    try:
        keeper.check_alerts(estate, statuses=answer.budgets)
    except (StateUnreadable, StateTooNew):
        raise
    except StateError as error:
        return replace(answer, warnings=(f"the alerts were not added to the history: {error}",))
    return answer


def book(manager: BudgetManager | None = None) -> BudgetBook:
    """All that is kept: ``budgets``, ``untracked`` ones of AWS with the reason, and ``deleted``."""
    return (manager or BudgetManager()).book()


def listed(manager: BudgetManager | None = None) -> tuple[Budget, ...]:
    """All budgets, oldest first."""
    return (manager or BudgetManager()).list_budgets()


def create(fields: Mapping[str, object], manager: BudgetManager | None = None) -> Budget:
    """Save a budget of these fields. Raises BudgetError for what makes no sense, and StateError."""
    return (manager or BudgetManager()).create_budget(**fields)  # type: ignore[arg-type]


def create_all(drafts: Iterable[Budget], manager: BudgetManager | None = None) -> tuple[Budget, ...]:
    """Save drafts, such as ``templates``, in one step: all of them or, with BudgetError, none."""
    return (manager or BudgetManager()).add_budgets(drafts)


def update(
    budget_id: str,
    changes: Mapping[str, object],
    base_revision: str | None = None,
    manager: BudgetManager | None = None,
) -> Budget:
    """Change fields of a budget and return it. Raises UnknownBudget, BudgetError and StateError.

    ``base_revision`` is the ``revision`` of the budget that the user saw: StateChanged, with nothing
    overwritten, where somebody has changed it since.
    """
    keeper = manager or BudgetManager()
    return keeper.update_budget(budget_id, base_revision=base_revision, **changes)


def copy(budget_id: str, name: str | None = None, manager: BudgetManager | None = None) -> Budget:
    """Save a copy, named ``NAME (copy)`` unless a name is given. Raises UnknownBudget."""
    return (manager or BudgetManager()).copy_budget(budget_id, name)


def pause(budget_id: str, manager: BudgetManager | None = None) -> Budget:
    """Stop the alerts of a budget. Raises UnknownBudget."""
    return (manager or BudgetManager()).pause_budget(budget_id)


def resume(budget_id: str, manager: BudgetManager | None = None) -> Budget:
    """Let a paused budget alert again. Raises UnknownBudget."""
    return (manager or BudgetManager()).resume_budget(budget_id)


def delete(
    budget_id: str, base_revision: str | None = None, manager: BudgetManager | None = None
) -> Budget | UntrackedBudget:
    """Delete a budget and return it; ``restore`` undoes that. Its alerts stay in the history.

    Raises UnknownBudget, BudgetError where others are a part of it, and StateChanged where it is not
    as it was at ``base_revision``.
    """
    return (manager or BudgetManager()).delete_budget(budget_id, base_revision=base_revision)


def restore(budget_id: str, manager: BudgetManager | None = None) -> Budget | UntrackedBudget:
    """Bring back a deleted budget. Raises UnknownBudget, and BudgetError where its name is taken."""
    return (manager or BudgetManager()).restore_budget(budget_id)


def history(manager: BudgetManager | None = None) -> tuple[Alert, ...]:
    """Every alert as it was when it was first seen, oldest first."""
    return (manager or BudgetManager()).alert_history()


def reset(manager: BudgetManager | None = None) -> tuple[Path, ...]:
    """Put documents that cannot be read out of the way; where they are now."""
    return (manager or BudgetManager()).reset()


def templates(estate: Estate, options: TemplateOptions | None = None) -> tuple[Budget, ...]:
    """Drafts whose amounts come from history: a preview, which ``create_all`` saves."""
    return suggest_budgets(known(estate), options or TemplateOptions())
