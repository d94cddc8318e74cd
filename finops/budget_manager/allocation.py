"""Do the parts of a budget add up to no more than the budget?

A part counts with its amounts of the parent's present period: a monthly part of a quarter with three
of them, and a period that only overlaps with the share of its days inside. Periods before a part's
start or after its end are none of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import Period, is_in_force, period_at, periods_in
from finops.budget_manager.period_amount import amount_in
from finops.budget_manager.spend import Known, spend_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A parent in its present period, in dollars.

    ``unallocated_usd`` is the amount less that of its parts, and ``over_allocated_usd`` what they have
    too much; one of the two is 0. ``parts_actual_usd`` is what the parts have spent in the parent's
    period (a cost in two parts' scopes counts twice), None where that of one part is not known.
    """

    id: str
    name: str
    parts: tuple[str, ...]
    amount_usd: float
    allocated_usd: float
    unallocated_usd: float
    over_allocated_usd: float
    actual_usd: float | None
    parts_actual_usd: float | None


def allocations(budgets: Sequence[Budget], facts: Known) -> tuple[Allocation, ...]:
    """One record for each budget that has parts, in their order."""
    return tuple(
        _allocation(parent, parts, facts)
        for parent in budgets
        if (parts := [budget for budget in budgets if budget.parent == parent.id and parent.id])
    )


def _allocation(parent: Budget, parts: Sequence[Budget], facts: Known) -> Allocation:
    period = period_at(parent, facts.as_of)
    amount = amount_in(parent, facts, period).usd
    allocated = sum((amount_over(part, facts, period, in_force=True) for part in parts), Decimal(0))
    spent = [spend_in(part, facts, period).usd for part in parts]
    known = [usd for usd in spent if usd is not None]
    actual = spend_in(parent, facts, period).usd
    return Allocation(
        id=parent.id,
        name=parent.name,
        parts=tuple(part.id for part in parts),
        amount_usd=float(amount),
        allocated_usd=float(allocated),
        unallocated_usd=float(max(amount - allocated, Decimal(0))),
        over_allocated_usd=float(max(allocated - amount, Decimal(0))),
        actual_usd=None if actual is None else float(actual),
        parts_actual_usd=float(sum(known, Decimal(0))) if len(known) == len(spent) else None,
    )


def amount_over(budget: Budget, facts: Known, days: Period, *, in_force: bool = False) -> Decimal:
    """The budget's amounts over any days, to the cent; nothing is carried over from one to the next.

    With ``in_force``, periods in which the budget is not in force do not count.
    """
    total = Decimal(0)
    for period in periods_in(budget, days):
        if in_force and not is_in_force(budget, period):
            continue
        first, end = max(period.start, days.start), min(period.end, days.end)
        total += amount_in(budget, facts, period).base_usd * (end - first).days / period.days
    return total.quantize(Decimal("0.01"))
