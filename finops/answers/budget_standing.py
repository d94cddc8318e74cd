"""How do budgets stand that have been read already, and for which scopes can one be made?

No state is read or written here, so that a face reads the budgets once and may keep the answer.
"""

from __future__ import annotations

from collections.abc import Mapping

from finops.answers.budgets import Budget, BudgetCheck
from finops.budget_manager import budget_status, evaluate_alerts, known
from finops.estate import NO_VALUE, Estate

SERVICES = ("EC2", "S3", "combined")


def standing(estate: Estate, budgets: tuple[Budget, ...]) -> BudgetCheck:
    """As ``budgets.check``, for these budgets. Raises CurrencyError for a bill not in dollars."""
    facts = known(estate)
    statuses = tuple(budget_status(budget, facts) for budget in budgets)
    return BudgetCheck(
        budgets=statuses,
        alerts=evaluate_alerts(statuses, estate.as_of),
        as_of=estate.as_of,
        source="inventory" if estate.month is None else "costs",
        issues=estate.issues,
    )


def scope_values(estate: Estate) -> Mapping[str, tuple[str, ...]]:
    """The values that occur in the data, by scope type; ``total`` and ``tag`` have none to choose."""
    choices = estate.choices()
    accounts = {
        *estate.costs["SubAccountId"].dropna().unique(),
        *estate.accounts["AccountId"].dropna().unique(),
    }
    billed = sorted(estate.costs["ServiceName"].dropna().unique())
    return {
        "service": (*SERVICES, *billed),
        "region": _without_none(choices.regions),
        "account": tuple(sorted(map(str, accounts))),
        "team": _without_none(choices.teams),
        "environment": _without_none(choices.environments),
    }


def _without_none(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value for value in values if value != NO_VALUE)
