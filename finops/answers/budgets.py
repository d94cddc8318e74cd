"""Does spend stay inside its budgets, and which alerts does that raise?

Every function takes the manager whose store is asked, by default that of the state folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from finops.alerts import Alert
from finops.budget_manager import (
    PERIODS,
    SCOPE_TYPES,
    Budget,
    BudgetManager,
    BudgetStatus,
    UntrackedBudget,
    budget_status,
    evaluate_alerts,
    known,
)
from finops.errors import Issue, StateError, StateTooNew, StateUnreadable
from finops.estate import Estate

__all__ = [
    "PERIODS",
    "SCOPE_TYPES",
    "Alert",
    "Budget",
    "BudgetCheck",
    "BudgetManager",
    "BudgetStatus",
    "check",
    "create",
    "delete",
    "history",
    "listed",
    "reset",
    "standing",
    "templates",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetCheck:
    """Every budget on ``as_of`` and its active alerts. ``source`` is the bill or the lists."""

    budgets: tuple[BudgetStatus, ...]
    alerts: tuple[Alert, ...]
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
        as_of=estate.as_of,
        source="inventory" if estate.billed is None else "costs",
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


def listed(manager: BudgetManager | None = None) -> tuple[Budget, ...]:
    """All budgets, oldest first."""
    return (manager or BudgetManager()).list_budgets()


def create(fields: Mapping[str, object], manager: BudgetManager | None = None) -> Budget:
    """Save a budget of these fields. Raises BudgetError for what makes no sense, and StateError."""
    return (manager or BudgetManager()).create_budget(**fields)  # type: ignore[arg-type]


def delete(budget_id: str, manager: BudgetManager | None = None) -> Budget | UntrackedBudget:
    """Delete a budget and return it. Its alerts stay in the history. Raises UnknownBudget."""
    return (manager or BudgetManager()).delete_budget(budget_id)


def history(manager: BudgetManager | None = None) -> tuple[Alert, ...]:
    """Every alert as it was when it was first seen, oldest first."""
    return (manager or BudgetManager()).alert_history()


def reset(manager: BudgetManager | None = None) -> tuple[Path, ...]:
    """Put documents that cannot be read out of the way; where they are now."""
    return (manager or BudgetManager()).reset()


def templates(estate: Estate, manager: BudgetManager | None = None) -> tuple[Budget, ...]:
    """Drafts whose amounts come from history; saving one is up to the user."""
    return (manager or BudgetManager()).create_budget_templates(estate)
