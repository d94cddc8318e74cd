"""Where are budgets kept, and what does each say today?

``budgets.json`` holds the budgets, ``budget_alerts.json`` every alert once. A document that cannot
be read is never written over: reading and writing it raise, until ``reset`` has renamed it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Self
from uuid import uuid4

from pydantic import model_validator

from finops.alerts import Alert
from finops.budget_manager.alert_book import AlertBook
from finops.budget_manager.alert_history import ALERTS_FILE, AlertHistory
from finops.budget_manager.alerts import evaluate_alerts
from finops.budget_manager.budget import Budget, make_budget
from finops.budget_manager.spend import known, spend_so_far
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.templates import suggest_budgets
from finops.budget_manager.thresholds import with_percentages
from finops.errors import BudgetError, StateChanged, StateTooNew, StateUnreadable, UnknownBudget
from finops.schema import Frames
from finops.storage import JsonStore, Migration, StoredDocument, default_store

BUDGETS_FILE = "budgets.json"


def _thresholds_on_actual_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had percentages on actual; that the forecast alerts at 100 % went without saying."""
    return {**document, "budgets": [with_percentages(budget) for budget in document["budgets"]]}


class BudgetBook(StoredDocument):
    """The budgets of ``budgets.json``, oldest first."""

    newest_version: ClassVar[int] = 2
    migrations: ClassVar[Mapping[int, Migration]] = {1: _thresholds_on_actual_alone}

    budgets: tuple[Budget, ...] = ()

    @model_validator(mode="after")
    def _each_has_its_own_id(self) -> Self:
        ids = [budget.id for budget in self.budgets]
        if len(set(ids)) < len(ids) or "" in ids:
            raise ValueError("every budget needs an id of its own")
        return self

    def get(self, budget_id: str) -> Budget:
        """The budget of this id, or UnknownBudget."""
        found = next((budget for budget in self.budgets if budget.id == budget_id), None)
        if found is None:
            known_ids = ", ".join(f"{budget.id} ({budget.name})" for budget in self.budgets)
            raise UnknownBudget(f"no budget has the id {budget_id!r}; known: {known_ids or 'none'}")
        return found

    def added(self, budget: Budget) -> BudgetBook:
        self._refuse_taken_name(budget)
        return BudgetBook(budgets=(*self.budgets, budget))

    def replaced(self, budget: Budget) -> BudgetBook:
        self._refuse_taken_name(budget)
        return BudgetBook(budgets=tuple(budget if old.id == budget.id else old for old in self.budgets))

    def without(self, budget_id: str) -> BudgetBook:
        gone = self.get(budget_id)
        return BudgetBook(budgets=tuple(budget for budget in self.budgets if budget != gone))

    def _refuse_taken_name(self, budget: Budget) -> None:
        # AWS Budgets has one budget to a name, and an alert is read by its name. Case tells names
        # apart, as it tells the tag values Prod and PROD that they may be about.
        for other in self.budgets:
            if other.id != budget.id and other.name == budget.name:
                raise BudgetError(
                    f"a budget named {other.name!r} exists (id {other.id}); "
                    "choose another name, or change that one"
                )


class BudgetManager:
    """The budgets of one store, by default that of FINOPS_DATA_DIR or the repository's ``data/``."""

    def __init__(self, store: JsonStore | None = None) -> None:
        self.store = store if store is not None else default_store()

    def create_budget(  # noqa: PLR0917 - the order of these is public
        self,
        name: str,
        scope_type: str,
        scope_value: str | None,
        amount: float | str | Decimal,
        period: str = "monthly",
        owner: str = "",
        alert_thresholds: Sequence[float] = (50, 80, 100),
        *,
        cost_basis: str = "billed",
        start: date | None = None,
        end: date | None = None,
        created: date | None = None,
    ) -> Budget:
        """Save a budget of ``amount`` US dollars a period and return it with its new id.

        Raises BudgetError for fields that make no sense and for a name that is taken,
        and StateError where the budgets cannot be read or written.
        """
        return self.add_budget(
            make_budget(
                name=name,
                scope_type=scope_type,
                scope_value=scope_value or "",
                amount=amount,
                period=period,
                owner=owner,
                alert_thresholds=tuple(alert_thresholds),
                cost_basis=cost_basis,
                start=start,
                end=end,
                created=created,
            )
        )

    def add_budget(self, draft: Budget) -> Budget:
        """Save a draft, such as a template, under a new id."""
        budget = draft.model_copy(update={"id": uuid4().hex[:12]})
        self.store.update(BUDGETS_FILE, BudgetBook, lambda book: book.added(budget))
        return budget

    def list_budgets(self) -> tuple[Budget, ...]:
        """All budgets, oldest first."""
        return self._book().budgets

    def update_budget(
        self, budget_id: str, *, expected: Budget | None = None, **changes: object
    ) -> Budget:
        """Change fields of a budget and return it. Raises UnknownBudget and BudgetError.

        ``expected`` is the budget as the caller knows it: StateChanged where it is another by now.
        """
        if "id" in changes:
            raise BudgetError("the id of a budget stays; create another budget instead")

        def change(book: BudgetBook) -> BudgetBook:
            budget = book.get(budget_id)
            if expected is not None and budget != expected:
                raise StateChanged(
                    f"the budget {budget.name!r} has been changed by somebody else; "
                    "nothing was overwritten. Read it again and repeat the change"
                )
            return book.replaced(make_budget(**{**budget.model_dump(), **changes}))

        return self.store.update(BUDGETS_FILE, BudgetBook, change).get(budget_id)

    def delete_budget(self, budget_id: str) -> Budget:
        """Delete a budget and return it. Its alerts stay in the history. Raises UnknownBudget."""
        gone: list[Budget] = []

        def change(book: BudgetBook) -> BudgetBook:
            gone[:] = [book.get(budget_id)]
            return book.without(budget_id)

        self.store.update(BUDGETS_FILE, BudgetBook, change)
        return gone[0]

    def calculate_actual_spend(self, budget: Budget, estate: Frames) -> float | None:
        """Dollars spent in the budget's period up to ``estate.as_of``.

        None where the scope matches no cost at all or the cost is unknown: that is no spend of $0.
        """
        spent = spend_so_far(budget, known(estate)).usd
        return None if spent is None else float(spent)

    def check_budget_status(self, estate: Frames) -> tuple[BudgetStatus, ...]:
        """Every budget on ``estate.as_of``, oldest first. Writes nothing.

        Raises CurrencyError where the bill is not in US dollars.
        """
        budgets = self.list_budgets()
        facts = known(estate)
        return tuple(budget_status(budget, facts) for budget in budgets)

    def check_alerts(
        self,
        estate: Frames,
        record: bool = True,
        *,
        statuses: Sequence[BudgetStatus] | None = None,
    ) -> tuple[Alert, ...]:
        """The active alerts. With ``record``, those not seen before are added to the history.

        However often it is called, the history holds one alert per budget, threshold and period.
        ``statuses`` are those of ``check_budget_status``, where the caller has them already.
        """
        checked = self.check_budget_status(estate) if statuses is None else statuses
        alerts = evaluate_alerts(checked, estate.as_of)
        if record:
            AlertBook(self.store).record(alerts)
        return alerts

    def alert_history(self) -> tuple[Alert, ...]:
        """Every alert as it was when it was first seen, oldest first."""
        return tuple(record.alert for record in AlertBook(self.store).history().alerts)

    def create_budget_templates(self, estate: Frames) -> tuple[Budget, ...]:
        """Drafts to begin with; ``add_budget`` saves one."""
        return suggest_budgets(known(estate))

    def reset(self, at: datetime | None = None) -> tuple[Path, ...]:
        """Rename each document that cannot be used to ``NAME.broken-TIME``; where they are now.

        Documents that can be read are left alone: nothing is returned where both can.
        """
        broken = [name for name in (BUDGETS_FILE, ALERTS_FILE) if self._is_broken(name)]
        return tuple(self.store.reset(name, at) for name in broken)

    def _is_broken(self, name: str) -> bool:
        try:
            self.store.read(name, BudgetBook if name == BUDGETS_FILE else AlertHistory)
        except (StateUnreadable, StateTooNew):
            return True
        return False

    def _book(self) -> BudgetBook:
        return self.store.read(BUDGETS_FILE, BudgetBook).value
