"""Where will a period end, how likely above the amount, and on which day is the amount reached?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from finops.budget_manager.budget import Budget
from finops.budget_manager.spend import Spend, cost_column
from finops.forecasting import Projection, daily_costs, project_period
from finops.periods import between
from finops.schema import total


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """Dollars at the period's end with 80 % bounds. None where there is nothing to go by."""

    total_usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None
    breach_probability: float | None = None
    breach_day: date | None = None
    method: str = ""


def outlook_of(budget: Budget, spend: Spend, amount: Decimal) -> Outlook:
    """The end of the period that ``spend`` is of, against an amount for that period."""
    if spend.usd is None or not spend.whole or spend.days_elapsed == 0:
        return Outlook()
    if spend.run_rate_usd is not None:
        return Outlook(
            total_usd=float(spend.run_rate_usd), method="run rate of the resource lists to the end"
        )
    if spend.days_elapsed == spend.period.days:
        actual = float(spend.usd)
        return Outlook(
            total_usd=actual,
            low_usd=actual,
            high_usd=actual,
            breach_probability=float(spend.usd > amount),
            breach_day=_reached_on(budget, spend, amount),
            method="complete",
        )
    projection = projection_of(budget, spend)
    return Outlook(
        total_usd=projection.total_usd,
        low_usd=projection.lower_80_usd,
        high_usd=projection.upper_80_usd,
        breach_probability=projection.probability_above(float(amount)),
        breach_day=_reached_on(budget, spend, amount) or projection.breach_day(float(amount)),
        method=projection.method,
    )


def _reached_on(budget: Budget, spend: Spend, amount: Decimal) -> date | None:
    """The first day at whose end the period's charges come to the amount."""
    if spend.usd is None or spend.usd < amount:
        return None
    begun = spend.charges["ChargePeriodStart"]
    inside = spend.charges[between(begun, spend.period.start, spend.period.end)]
    spent = Decimal(0)
    for begins, usd in inside.groupby(inside["ChargePeriodStart"].dt.floor("D"))[cost_column(budget)]:
        spent += total(usd)
        if spent >= amount:
            return pd.Timestamp(str(begins)).date()
    return None


def projection_of(budget: Budget, spend: Spend) -> Projection:
    """The path of the period that ``spend`` is of; it has begun, and a bill holds some of its days."""
    first = spend.charges["ChargePeriodStart"].min().date()
    through = spend.period.start + timedelta(days=spend.days_elapsed - 1)
    daily = daily_costs(spend.charges, cost_column(budget), first, through)
    return project_period(daily, (spend.period.start, spend.period.end))
