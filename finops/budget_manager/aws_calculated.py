"""What had AWS Budgets calculated for a budget when its file was written?"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from finops.budget_manager.book import Kept


@dataclass(frozen=True, slots=True)
class Reported:
    """Dollars, and the percentage of the limit that they are; None where the file says nothing."""

    usd: float | None = None
    forecast_usd: float | None = None
    percent_used: float | None = None


def reported_by_aws(budget: Kept) -> Reported:
    """``CalculatedSpend`` of the budget as it was imported, against the limit of that time."""
    if budget.aws is None:
        return Reported()
    raw = budget.aws.budget
    calculated = raw.get("CalculatedSpend")
    actual = _dollars(calculated, "ActualSpend")
    limit = _dollars(raw, "BudgetLimit")
    return Reported(
        usd=None if actual is None else float(actual),
        forecast_usd=_as_float(_dollars(calculated, "ForecastedSpend")),
        percent_used=float(actual * 100 / limit) if actual is not None and limit else None,
    )


def _dollars(record: Any, name: str) -> Decimal | None:
    spend = record.get(name) if isinstance(record, dict) else None
    if not isinstance(spend, dict) or spend.get("Unit") != "USD":
        return None
    try:
        amount = Decimal(str(spend.get("Amount")))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def _as_float(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)
