"""Does spend stay inside its budgets?"""

from __future__ import annotations

from finops.budget_manager.alert_book import AlertBook
from finops.budget_manager.alert_history import ALERTS_FILE, AlertHistory, AlertRecord, Delivery
from finops.budget_manager.alerts import evaluate_alerts, severity_of
from finops.budget_manager.book import BUDGETS_FILE, BudgetBook, UntrackedBudget
from finops.budget_manager.budget import PERIODS, SCOPE_TYPES, Budget, make_budget
from finops.budget_manager.deliveries import is_pending
from finops.budget_manager.manager import BudgetManager
from finops.budget_manager.spend import known
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.thresholds import Threshold

__all__ = [
    "ALERTS_FILE",
    "BUDGETS_FILE",
    "PERIODS",
    "SCOPE_TYPES",
    "AlertBook",
    "AlertHistory",
    "AlertRecord",
    "Budget",
    "BudgetBook",
    "BudgetManager",
    "BudgetStatus",
    "Delivery",
    "Threshold",
    "UntrackedBudget",
    "budget_status",
    "evaluate_alerts",
    "is_pending",
    "known",
    "make_budget",
    "severity_of",
]
