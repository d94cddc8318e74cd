"""Where are budgets kept, and what does each say today?

``budgets.json`` holds the budgets, ``budget_alerts.json`` every alert once. A document that cannot
be read is never written over: reading and writing it raise, until ``reset`` has renamed it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

from finops.alerts import Alert
from finops.budget_manager.alert_book import AlertBook
from finops.budget_manager.alert_history import ALERTS_FILE, AlertHistory
from finops.budget_manager.alerts import evaluate_alerts
from finops.budget_manager.aws_import import ImportedBudget, imported_into
from finops.budget_manager.book import BUDGETS_FILE, BudgetBook, Kept
from finops.budget_manager.budget import Budget, make_budget
from finops.budget_manager.spend import known, spend_so_far
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.templates import USUAL, TemplateOptions, suggest_budgets
from finops.errors import BudgetError, StateChanged, StateTooNew, StateUnreadable
from finops.schema import Frames
from finops.storage import JsonStore, default_store


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
        **fields: object,
    ) -> Budget:
        """Save a budget of ``amount`` US dollars a period and return it with its new id.

        ``alert_thresholds`` are percentages on actual spend; ``thresholds`` among the further fields
        of Budget takes their place. Raises BudgetError for fields that make no sense and for a name
        that is taken, and StateError where the budgets cannot be read or written.
        """
        if "thresholds" not in fields:
            fields["alert_thresholds"] = tuple(alert_thresholds)
        return self.add_budget(
            make_budget(
                name=name,
                scope_type=scope_type,
                scope_value=scope_value or "",
                amount=amount,
                period=period,
                owner=owner,
                **fields,
            )
        )

    def add_budget(self, draft: Budget) -> Budget:
        """Save a draft, such as a template, under a new id."""
        return self.add_budgets([draft])[0]

    def add_budgets(self, drafts: Iterable[Budget]) -> tuple[Budget, ...]:
        """Save drafts under new ids, all in one step or, where one cannot be saved, none."""
        new = tuple(draft.model_copy(update={"id": new_id()}) for draft in drafts)
        self.store.update(BUDGETS_FILE, BudgetBook, lambda book: book.added(new))
        return new

    def list_budgets(self) -> tuple[Budget, ...]:
        """All budgets, oldest first."""
        return self.book().budgets

    def update_budget(
        self, budget_id: str, *, base_revision: str | None = None, **changes: object
    ) -> Budget:
        """Change fields of a budget and return it. Raises UnknownBudget and BudgetError.

        ``base_revision`` is the ``revision`` of the budget as the caller has read it: StateChanged
        where it is another by now.
        """
        if "id" in changes:
            raise BudgetError("the id of a budget stays; create another budget instead")

        def change(book: BudgetBook) -> BudgetBook:
            budget = book.get(budget_id)
            if base_revision is not None and budget.revision != base_revision:
                raise StateChanged(
                    f"the budget {budget.name!r} has been changed by somebody else; "
                    "nothing was overwritten. Read it again and repeat the change"
                )
            return book.replaced(make_budget(**{**budget.model_dump(), **changes}))

        return self.store.update(BUDGETS_FILE, BudgetBook, change).get(budget_id)

    def copy_budget(self, budget_id: str, name: str | None = None) -> Budget:
        """Save a copy under a new id, named ``NAME (copy)`` unless a name is given, and return it."""
        copy_id = new_id()

        def change(book: BudgetBook) -> BudgetBook:
            original = book.get(budget_id)
            wanted = name or _free_name(original.name, {budget.name for budget in book.kept})
            fields = original.model_dump() | {"id": copy_id, "name": wanted, "aws": None}
            return book.added((make_budget(**fields),))

        return self.store.update(BUDGETS_FILE, BudgetBook, change).get(copy_id)

    def pause_budget(self, budget_id: str) -> Budget:
        """Stop alerts of a budget and return it."""
        return self.update_budget(budget_id, status="paused")

    def resume_budget(self, budget_id: str) -> Budget:
        """Let a paused budget alert again and return it."""
        return self.update_budget(budget_id, status="active")

    def delete_budget(self, budget_id: str, *, base_revision: str | None = None) -> Kept:
        """Delete a budget and return it; ``restore_budget`` brings it back. Its alerts stay.

        Raises UnknownBudget, BudgetError where others are a part of it, and StateChanged where it is
        not as it was at ``base_revision``.
        """
        gone: list[Kept] = []

        def change(book: BudgetBook) -> BudgetBook:
            gone[:] = [book.find(budget_id)]
            if base_revision is not None and book.get(budget_id).revision != base_revision:
                raise StateChanged(
                    f"the budget {gone[0].name!r} has been changed by somebody else; "
                    "it was not deleted. Read it again"
                )
            return book.without(budget_id)

        self.store.update(BUDGETS_FILE, BudgetBook, change)
        return gone[0]

    def restore_budget(self, budget_id: str) -> Kept:
        """Bring back a deleted budget under its id. Raises UnknownBudget and BudgetError."""
        book = self.store.update(BUDGETS_FILE, BudgetBook, lambda book: book.restored(budget_id))
        return book.find(budget_id)

    def import_budgets(self, budgets: Sequence[Kept]) -> tuple[ImportedBudget, ...]:
        """Take over what ``read_aws_budgets`` gave, all in one step or, with BudgetError, nothing."""
        done: list[ImportedBudget] = []

        def change(book: BudgetBook) -> BudgetBook:
            changed, done[:] = imported_into(book, budgets, new_id)
            return changed

        self.store.update(BUDGETS_FILE, BudgetBook, change)
        return tuple(done)

    def book(self) -> BudgetBook:
        """All that is kept: the budgets, the untracked ones of AWS, and those deleted last."""
        return self.store.read(BUDGETS_FILE, BudgetBook).value

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

    def create_budget_templates(
        self, estate: Frames, options: TemplateOptions = USUAL
    ) -> tuple[Budget, ...]:
        """Drafts to begin with; ``add_budgets`` saves them."""
        return suggest_budgets(known(estate), options)

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


def new_id() -> str:
    """An id that no other budget has."""
    return uuid4().hex[:12]


def _free_name(name: str, taken: Set[str]) -> str:
    endings = (" (copy)", *(f" (copy {number})" for number in range(2, len(taken) + 3)))
    return next(free for end in endings if (free := name[: 100 - len(end)] + end) not in taken)
