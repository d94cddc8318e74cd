"""Does a budget hold? Actual, forecast and the word for both, for one budget or for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import Period, periods_before
from finops.budget_manager.spend import Known, Spend, cost_column, spend_so_far
from finops.budget_manager.thresholds import Threshold
from finops.forecasting import Projection, daily_costs, project_period
from finops.money import exact

# From here on a threshold asks for action; one below it is an early warning, and no news in mid-period.
ACTION_PCT = 80

Word = Literal["ok", "warning", "exceeded", "forecast_exceeded", "paused", "no_match", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """A budget in its current period. Dollars are of the budget's cost basis.

    ``variance_usd`` is actual − amount: positive is over. ``burn_rate_usd_per_day`` is actual ÷ days
    elapsed. ``pace_pct`` is actual as a percentage of the straight line to date, amount × days
    elapsed ÷ days total: above 100 money goes too fast. ``forecast_low_usd`` and
    ``forecast_high_usd`` bound 80 %, and ``breach_probability`` (0–1) says how likely the period ends
    above the amount; all three are None where history is too short to back-test and always without a
    bill. ``period_end`` is the last day of the period. ``estimated`` says that the actual is a share
    of run rates, not a sum of charges. ``note`` says in words what the figures lack.
    """

    id: str
    name: str
    scope_type: str
    scope_value: str
    period: str
    amount_usd: float
    actual_usd: float | None
    estimated: bool
    percent_used: float | None
    burn_rate_usd_per_day: float | None
    forecast_usd: float | None
    forecast_low_usd: float | None
    forecast_high_usd: float | None
    variance_usd: float | None
    breach_probability: float | None
    status: Word
    period_start: date
    period_end: date
    days_elapsed: int
    days_total: int
    owner: str
    cost_basis: str
    alert_thresholds: tuple[float, ...]
    thresholds: tuple[Threshold, ...]
    pace_pct: float | None
    forecast_method: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outlook:
    total_usd: float | None = None
    low_usd: float | None = None
    high_usd: float | None = None
    breach_probability: float | None = None
    method: str = ""


def budget_status(budget: Budget, facts: Known) -> BudgetStatus:
    """The budget on the day of ``facts.as_of``."""
    spend = spend_so_far(budget, facts)
    outlook = _outlook(budget, spend)
    actual, amount, elapsed = spend.usd, budget.amount, spend.days_elapsed
    return BudgetStatus(
        id=budget.id,
        name=budget.name,
        scope_type=budget.scope_type,
        scope_value=budget.scope_value,
        period=budget.period,
        amount_usd=float(amount),
        actual_usd=None if actual is None else float(actual),
        estimated=spend.estimated,
        percent_used=None if actual is None else float(actual * 100 / amount),
        burn_rate_usd_per_day=float(actual / elapsed) if actual is not None and elapsed else None,
        forecast_usd=outlook.total_usd,
        forecast_low_usd=outlook.low_usd,
        forecast_high_usd=outlook.high_usd,
        variance_usd=None if actual is None else float(actual - amount),
        breach_probability=outlook.breach_probability,
        status=_word(budget, spend, outlook.total_usd),
        period_start=spend.period.start,
        period_end=spend.period.last_day,
        days_elapsed=elapsed,
        days_total=spend.period.days,
        owner=budget.owner,
        cost_basis=budget.cost_basis,
        alert_thresholds=budget.alert_thresholds,
        thresholds=budget.thresholds,
        pace_pct=_pace(actual, amount, elapsed, spend.period.days),
        forecast_method=outlook.method,
        note=spend.note,
    )


def _pace(actual: Decimal | None, amount: Decimal, elapsed: int, days: int) -> float | None:
    return float(actual * 100 * days / (amount * elapsed)) if actual is not None and elapsed else None


def reached(actual_usd: float | Decimal, threshold_pct: float, amount_usd: float | Decimal) -> bool:
    """Whether spend is at or above the percentage of the amount. Exact: 80.00 % has reached 80 %."""
    return exact(actual_usd) * 100 >= exact(amount_usd) * exact(threshold_pct)


def _word(budget: Budget, spend: Spend, forecast: float | None) -> Word:
    if budget.status == "paused":
        return "paused"
    if spend.usd is None:
        return "unknown" if spend.matched else "no_match"
    if reached(spend.usd, 100, budget.amount):
        return "exceeded"
    # Below the amount, a sum that lacks the period's first days says nothing.
    if not spend.whole:
        return "unknown"
    if forecast is not None and reached(forecast, 100, budget.amount):
        return "forecast_exceeded"
    acting = [threshold for threshold in budget.alert_thresholds if threshold >= ACTION_PCT]
    return "warning" if any(reached(spend.usd, pct, budget.amount) for pct in acting) else "ok"


def _outlook(budget: Budget, spend: Spend) -> _Outlook:
    if spend.usd is None or not spend.whole or spend.days_elapsed == 0:
        return _Outlook()
    if spend.run_rate_usd is not None:
        return _Outlook(
            total_usd=float(spend.run_rate_usd), method="run rate of the resource lists to the end"
        )
    if spend.days_elapsed == spend.period.days:
        actual, over = float(spend.usd), float(spend.usd > budget.amount)
        return _Outlook(
            total_usd=actual, low_usd=actual, high_usd=actual, breach_probability=over, method="complete"
        )
    projection = _projection(budget, spend)
    return _Outlook(
        total_usd=projection.total_usd,
        low_usd=projection.lower_80_usd,
        high_usd=projection.upper_80_usd,
        breach_probability=projection.probability_above(float(budget.amount)),
        method=projection.method,
    )


def _projection(budget: Budget, spend: Spend) -> Projection:
    first = spend.charges["ChargePeriodStart"].min().date()
    through = spend.period.start + timedelta(days=spend.days_elapsed - 1)
    daily = daily_costs(spend.charges, cost_column(budget), first, through)
    earlier = _days(periods_before(budget, spend.period, back_to=first))
    return project_period(daily, (spend.period.start, spend.period.end), earlier)


def _days(periods: Iterable[Period]) -> list[tuple[date, date]]:
    return [(period.start, period.end) for period in periods]
