"""Does spend stay inside its budgets?"""

from __future__ import annotations

from finops.budget_manager.alerts import ALERTS_FILE, Alert, AlertHistory, evaluate_alerts, severity_of
from finops.budget_manager.budget import PERIODS, SCOPE_TYPES, Budget, make_budget
from finops.budget_manager.manager import BUDGETS_FILE, BudgetBook, BudgetManager
from finops.budget_manager.spend import known
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.thresholds import Threshold

__all__ = [
    "ALERTS_FILE",
    "BUDGETS_FILE",
    "PERIODS",
    "SCOPE_TYPES",
    "Alert",
    "AlertHistory",
    "Budget",
    "BudgetBook",
    "BudgetManager",
    "BudgetStatus",
    "Threshold",
    "budget_status",
    "evaluate_alerts",
    "known",
    "make_budget",
    "severity_of",
]
