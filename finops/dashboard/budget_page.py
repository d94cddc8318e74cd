"""What do all views of the budgets look at? Read and worked out once a run."""

from __future__ import annotations

from dataclasses import dataclass

from finops.answers.alerts import AlertOverview
from finops.answers.budgets import BudgetBook, BudgetCheck
from finops.estate import Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPage:
    """The whole estate, all that is kept, how it stands, and its alerts.

    ``alerts`` is None where ``budget_alerts.json`` cannot be used; the rest stands without it.
    """

    estate: Estate
    book: BudgetBook
    answer: BudgetCheck
    alerts: AlertOverview | None
