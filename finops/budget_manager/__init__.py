"""Does spend stay inside its budgets?"""

from __future__ import annotations

from finops.budget_manager.alert_book import AlertBook
from finops.budget_manager.alert_history import ALERTS_FILE, AlertHistory, AlertRecord, Delivery
from finops.budget_manager.alerts import evaluate_alerts, severity_of
from finops.budget_manager.allocation import Allocation, allocations
from finops.budget_manager.aws_budgets import read_aws_budgets, write_aws_budgets
from finops.budget_manager.aws_calculated import reported_by_aws
from finops.budget_manager.aws_import import ImportedBudget
from finops.budget_manager.book import BUDGETS_FILE, BudgetBook, UntrackedBudget
from finops.budget_manager.budget import PERIODS, ROLLOVERS, SCOPE_TYPES, Budget, make_budget
from finops.budget_manager.deliveries import is_pending
from finops.budget_manager.manager import BudgetManager
from finops.budget_manager.spend import known
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.templates import BASES, KINDS, TemplateOptions, suggest_budgets
from finops.budget_manager.thresholds import Threshold, read_thresholds
from finops.budget_manager.variance import PeriodVariance, variances
from finops.budget_manager.year_end import YearEnd, year_end

__all__ = [
    "ALERTS_FILE",
    "BASES",
    "BUDGETS_FILE",
    "KINDS",
    "PERIODS",
    "ROLLOVERS",
    "SCOPE_TYPES",
    "AlertBook",
    "AlertHistory",
    "AlertRecord",
    "Allocation",
    "Budget",
    "BudgetBook",
    "BudgetManager",
    "BudgetStatus",
    "Delivery",
    "ImportedBudget",
    "PeriodVariance",
    "TemplateOptions",
    "Threshold",
    "UntrackedBudget",
    "YearEnd",
    "allocations",
    "budget_status",
    "evaluate_alerts",
    "is_pending",
    "known",
    "make_budget",
    "read_aws_budgets",
    "read_thresholds",
    "reported_by_aws",
    "severity_of",
    "suggest_budgets",
    "variances",
    "write_aws_budgets",
    "year_end",
]
