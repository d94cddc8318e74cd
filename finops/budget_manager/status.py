"""Does a budget hold? Actual, forecast and the word for both, for one budget or for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from finops.budget_manager.aws_calculated import reported_by_aws
from finops.budget_manager.budget import Budget
from finops.budget_manager.outlook import outlook_of
from finops.budget_manager.period_amount import amount_in
from finops.budget_manager.spend import Known, Spend, spend_so_far
from finops.budget_manager.thresholds import Threshold
from finops.money import exact

# From here on a threshold asks for action; one below it is an early warning, and no news in mid-period.
ACTION_PCT = 80

Word = Literal["ok", "warning", "exceeded", "forecast_exceeded", "paused", "no_match", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """A budget in its current period. Dollars are of the budget's cost basis.

    ``amount_usd`` is ``base_amount_usd`` (``amount_source`` says whether it is fixed, planned or
    adjusted) + ``carried_usd`` of earlier periods. ``variance_usd`` is actual − amount: positive is
    over. ``burn_rate_usd_per_day`` is actual ÷ days elapsed, and ``run_rate_usd`` that × days total.
    ``pace_pct`` is actual as a percentage of the straight line to date, amount × days elapsed ÷ days
    total: above 100 money goes too fast. ``forecast_low_usd`` and ``forecast_high_usd`` bound 80 %,
    and ``breach_probability`` (0–1) says how likely the period ends above the amount; all three are
    None where history is too short to back-test and always without a bill. ``breach_day`` is the day
    on which spend reached the amount, or is expected to. ``period_end`` is the last day of the
    period. ``estimated`` says that the actual is a share of run rates, not a sum of charges.
    ``reported_usd`` and ``reported_pct`` are what AWS Budgets had calculated for an imported budget.
    ``note`` says in words what the figures lack.
    """

    id: str
    name: str
    scope_type: str
    scope_value: str
    scope: str
    period: str
    amount_usd: float
    base_amount_usd: float
    carried_usd: float
    amount_source: str
    actual_usd: float | None
    estimated: bool
    percent_used: float | None
    burn_rate_usd_per_day: float | None
    pace_pct: float | None
    forecast_usd: float | None
    forecast_low_usd: float | None
    forecast_high_usd: float | None
    run_rate_usd: float | None
    variance_usd: float | None
    breach_probability: float | None
    breach_day: date | None
    status: Word
    period_start: date
    period_end: date
    days_elapsed: int
    days_left: int
    days_total: int
    owner: str
    parent: str | None
    cost_basis: str
    alert_thresholds: tuple[float, ...]
    thresholds: tuple[Threshold, ...]
    forecast_method: str
    reported_usd: float | None
    reported_pct: float | None
    note: str


def budget_status(budget: Budget, facts: Known) -> BudgetStatus:
    """The budget on the day of ``facts.as_of``."""
    spend = spend_so_far(budget, facts)
    counted = amount_in(budget, facts, spend.period)
    outlook = outlook_of(budget, spend, counted.usd)
    actual, amount, elapsed = spend.usd, counted.usd, spend.days_elapsed
    reported = reported_by_aws(budget)
    return BudgetStatus(
        id=budget.id,
        name=budget.name,
        scope_type=budget.scope_type,
        scope_value=budget.scope_value,
        scope=budget.scope,
        period=budget.period,
        amount_usd=float(amount),
        base_amount_usd=float(counted.base_usd),
        carried_usd=float(counted.carried_usd),
        amount_source=counted.source,
        actual_usd=None if actual is None else float(actual),
        estimated=spend.estimated,
        percent_used=None if actual is None else float(actual * 100 / amount),
        burn_rate_usd_per_day=float(actual / elapsed) if actual is not None and elapsed else None,
        pace_pct=_pace(actual, amount, elapsed, spend.period.days),
        forecast_usd=outlook.total_usd,
        forecast_low_usd=outlook.low_usd,
        forecast_high_usd=outlook.high_usd,
        run_rate_usd=_run_rate(actual, elapsed, spend.period.days),
        variance_usd=None if actual is None else float(actual - amount),
        breach_probability=outlook.breach_probability,
        breach_day=outlook.breach_day,
        status=_word(budget, spend, counted.usd, outlook.total_usd),
        period_start=spend.period.start,
        period_end=spend.period.last_day,
        days_elapsed=elapsed,
        days_left=spend.period.days - elapsed,
        days_total=spend.period.days,
        owner=budget.owner,
        parent=budget.parent,
        cost_basis=budget.cost_basis,
        alert_thresholds=budget.alert_thresholds,
        thresholds=budget.thresholds,
        forecast_method=outlook.method,
        reported_usd=reported.usd,
        reported_pct=reported.percent_used,
        note="; ".join(filter(None, (spend.note, counted.note))),
    )


def _run_rate(actual: Decimal | None, elapsed: int, days: int) -> float | None:
    return float(actual * days / elapsed) if actual is not None and elapsed else None


def _pace(actual: Decimal | None, amount: Decimal, elapsed: int, days: int) -> float | None:
    return float(actual * 100 * days / (amount * elapsed)) if actual is not None and elapsed else None


def reached(actual_usd: float | Decimal, threshold_pct: float, amount_usd: float | Decimal) -> bool:
    """Whether spend is at or above the percentage of the amount. Exact: 80.00 % has reached 80 %."""
    return exact(actual_usd) * 100 >= exact(amount_usd) * exact(threshold_pct)


def _word(budget: Budget, spend: Spend, amount: Decimal, forecast: float | None) -> Word:
    if budget.status == "paused":
        return "paused"
    if spend.usd is None:
        return "unknown" if spend.matched else "no_match"
    if reached(spend.usd, 100, amount):
        return "exceeded"
    # Below the amount, a sum that lacks the period's first days says nothing.
    if not spend.whole:
        return "unknown"
    if forecast is not None and reached(forecast, 100, amount):
        return "forecast_exceeded"
    acting = [
        threshold.amount_usd(amount)
        for threshold in budget.thresholds
        if threshold.on == "actual" and threshold.percent_of(amount) >= ACTION_PCT
    ]
    return "warning" if any(spend.usd >= dollars for dollars in acting) else "ok"
