"""What does an import from AWS Budgets change? New budgets are made, known ones brought up to date.

A budget is known by its name, as AWS knows it. What AWS says of it is taken over; what AWS has no
place for (owner, parent, notes, rollover, fiscal year, pause) stays as it is here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from finops.budget_manager.aws_calculated import reported_by_aws
from finops.budget_manager.book import BudgetBook, Kept, UntrackedBudget
from finops.budget_manager.budget import Budget, make_budget
from finops.errors import BudgetError

_OURS = ("id", "owner", "parent", "notes", "rollover", "fiscal_year_start", "created", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedBudget:
    """What became of one budget of the file.

    ``reason`` says why it is not tracked (None: it is). ``reported_usd``, its forecast and the
    percentage of the limit are what AWS had calculated, None where the file says nothing.
    """

    id: str
    name: str
    action: Literal["created", "updated", "unchanged"]
    tracked: bool
    reason: str | None
    reported_usd: float | None
    reported_forecast_usd: float | None
    reported_pct: float | None


def imported_into(
    book: BudgetBook, budgets: Sequence[Kept], new_id: Callable[[], str]
) -> tuple[BudgetBook, tuple[ImportedBudget, ...]]:
    """The book with these budgets, and what became of each. Raises BudgetError where one cannot be."""
    known = {budget.name: budget for budget in book.kept}
    done: list[ImportedBudget] = []
    added: list[Kept] = []
    for draft in budgets:
        reported = reported_by_aws(draft)
        old = known.get(draft.name)
        if old is None:
            new: Kept = draft.model_copy(update={"id": new_id()})
            added.append(new)
        else:
            new = _brought_up_to_date(old, draft)
            book = book if new == old else book.replaced(new)
        done.append(
            ImportedBudget(
                id=new.id,
                name=new.name,
                action="created" if old is None else "unchanged" if new == old else "updated",
                tracked=isinstance(new, Budget),
                reason=new.reason if isinstance(new, UntrackedBudget) else None,
                reported_usd=reported.usd,
                reported_forecast_usd=reported.forecast_usd,
                reported_pct=reported.percent_used,
            )
        )
    return (book.added(added) if added else book), tuple(done)


def _brought_up_to_date(old: Kept, draft: Kept) -> Kept:
    if isinstance(draft, UntrackedBudget):
        place = old.place if isinstance(old, UntrackedBudget) else draft.place
        return draft.model_copy(update={"id": old.id, "place": place})
    if isinstance(old, UntrackedBudget):
        return draft.model_copy(update={"id": old.id})
    told = draft.aws is not None and draft.aws.notifications is not None
    stays = {name: getattr(old, name) for name in (_OURS if told else (*_OURS, "thresholds"))}
    if draft.aws is not None and not told and old.aws is not None:
        stays["aws"] = draft.aws.model_copy(update={"notifications": old.aws.notifications})
    try:
        return make_budget(**draft.model_dump() | stays)
    except BudgetError as error:
        raise BudgetError(f"{old.name!r} cannot be brought up to date: {error}") from error
