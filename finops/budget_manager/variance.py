"""How did each period of a budget end against its amount, and how does the present one stand?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice

from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import Period, period_at, periods_before
from finops.budget_manager.period_amount import amount_in
from finops.budget_manager.spend import Known, spend_in

PERIODS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodVariance:
    """One period of a budget, in dollars of its cost basis.

    ``variance_usd`` is actual − amount (positive is over) and ``variance_pct`` that ÷ amount.
    ``complete`` says that every day of the period has passed and is in the bill; ``period_end`` is
    its last day. Actual and variance are None where the cost is not known.
    """

    id: str
    name: str
    period_start: date
    period_end: date
    amount_usd: float
    actual_usd: float | None
    variance_usd: float | None
    variance_pct: float | None
    percent_used: float | None
    complete: bool
    estimated: bool
    note: str


def variances(budget: Budget, facts: Known, periods: int = PERIODS_SHOWN) -> tuple[PeriodVariance, ...]:
    """The present period and those before it that the bill holds, at most ``periods``, oldest first.

    A period before the budget's start or after its end is none of it. The resource lists know the
    present period alone.
    """
    present = period_at(budget, facts.as_of)
    earlier: list[Period] = []
    if facts.first is not None:
        in_force = date.min if budget.start is None else period_at(budget, budget.start).start
        back_to = max(facts.first, in_force)
        earlier = list(islice(periods_before(budget, present, back_to), max(periods - 1, 0)))
    return tuple(_variance(budget, facts, period) for period in [*earlier[::-1], present])


def _variance(budget: Budget, facts: Known, period: Period) -> PeriodVariance:
    spend = spend_in(budget, facts, period)
    counted = amount_in(budget, facts, period)
    actual, amount = spend.usd, counted.usd
    return PeriodVariance(
        id=budget.id,
        name=budget.name,
        period_start=period.start,
        period_end=period.last_day,
        amount_usd=float(amount),
        actual_usd=None if actual is None else float(actual),
        variance_usd=None if actual is None else float(actual - amount),
        variance_pct=None if actual is None else float((actual - amount) * 100 / amount),
        percent_used=None if actual is None else float(actual * 100 / amount),
        complete=spend.whole and not spend.estimated and spend.days_elapsed == period.days,
        estimated=spend.estimated,
        note="; ".join(filter(None, (spend.note, counted.note))),
    )
