"""Where will the fiscal year end for a budget, against the amounts of all its periods?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finops.budget_manager.allocation import amount_over
from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import fiscal_year_at, period_at
from finops.budget_manager.outlook import outlook_of
from finops.budget_manager.spend import Known, spend_in


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEnd:
    """A budget over the fiscal year that holds ``as_of``, in dollars.

    ``amount_usd`` adds up the amounts of the year's periods. ``forecast_usd`` is the year's total at
    its end, with 80 % bounds, and ``variance_usd`` that − amount. All of them are None where the bill
    begins after the year does, or history is too short. ``year_end`` is the last day.
    """

    id: str
    name: str
    year_start: date
    year_end: date
    amount_usd: float
    actual_usd: float | None
    forecast_usd: float | None
    forecast_low_usd: float | None
    forecast_high_usd: float | None
    variance_usd: float | None
    breach_probability: float | None
    breach_day: date | None
    method: str
    estimated: bool
    note: str


def year_end(budget: Budget, facts: Known) -> YearEnd:
    """The outlook for the year. A custom budget comes once: its own days stand for the year."""
    custom = budget.period == "custom"
    year = period_at(budget, facts.as_of) if custom else fiscal_year_at(budget, facts.as_of)
    spend = spend_in(budget, facts, year)
    amount = amount_over(budget, facts, year)
    outlook = outlook_of(budget, spend, amount)
    forecast = outlook.total_usd
    return YearEnd(
        id=budget.id,
        name=budget.name,
        year_start=year.start,
        year_end=year.last_day,
        amount_usd=float(amount),
        actual_usd=None if spend.usd is None else float(spend.usd),
        forecast_usd=forecast,
        forecast_low_usd=outlook.low_usd,
        forecast_high_usd=outlook.high_usd,
        variance_usd=None if forecast is None else forecast - float(amount),
        breach_probability=outlook.breach_probability,
        breach_day=outlook.breach_day,
        method=outlook.method,
        estimated=spend.estimated,
        note=spend.note,
    )
