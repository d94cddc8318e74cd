"""Which budgets are there? The document ``budgets.json``, and what may become of it.

Beside the budgets it keeps what AWS Budgets has and this project does not track, and the budgets
deleted last, so that a deletion can be undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator

from finops.budget_manager.budget import AwsOrigin, Budget
from finops.budget_manager.thresholds import with_percentages
from finops.errors import BudgetError, UnknownBudget
from finops.storage import Migration, StoredDocument

BUDGETS_FILE = "budgets.json"
DELETED_KEPT = 100


class UntrackedBudget(BaseModel):
    """A budget that is kept as AWS Budgets wrote it, and is held against nothing.

    ``reason`` says why. ``place`` is where it stood among all budgets of its file, from 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = ""
    name: str
    reason: str
    place: int
    aws: AwsOrigin


Kept = Budget | UntrackedBudget


def _thresholds_on_actual_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had percentages on actual; that the forecast alerts at 100 % went without saying."""
    return {**document, "budgets": [with_percentages(budget) for budget in document["budgets"]]}


class BudgetBook(StoredDocument):
    """The budgets of ``budgets.json``, oldest first; ``deleted`` has the last 100, latest last."""

    newest_version: ClassVar[int] = 2
    migrations: ClassVar[Mapping[int, Migration]] = {1: _thresholds_on_actual_alone}

    budgets: tuple[Budget, ...] = ()
    untracked: tuple[UntrackedBudget, ...] = ()
    deleted: tuple[Kept, ...] = ()

    @model_validator(mode="after")
    def _each_has_its_own_id(self) -> Self:
        ids = [budget.id for budget in (*self.kept, *self.deleted)]
        if len(set(ids)) < len(ids) or "" in ids:
            raise ValueError("every budget needs an id of its own")
        return self

    @model_validator(mode="after")
    def _hierarchy_is_a_tree(self) -> Self:
        parents = {budget.id: budget.parent for budget in self.budgets}
        names = {budget.id: budget.name for budget in self.budgets}
        for budget in self.budgets:
            above: list[str] = [budget.id]
            while (parent := parents[above[-1]]) is not None:
                if parent not in parents:
                    raise ValueError(f"the parent of {names[above[-1]]!r}, {parent!r}, is no budget")
                if parent in above:
                    circle = " in ".join(repr(names[one]) for one in (*above, parent))
                    raise ValueError(f"a budget cannot be a part of itself: {circle}")
                above.append(parent)
        return self

    @property
    def kept(self) -> tuple[Kept, ...]:
        """Tracked and untracked."""
        return *self.budgets, *self.untracked

    def get(self, budget_id: str) -> Budget:
        """The budget of this id, or UnknownBudget."""
        found = self.find(budget_id)
        if isinstance(found, UntrackedBudget):
            raise BudgetError(
                f"{found.name!r} is kept as AWS Budgets wrote it and cannot be changed here: "
                f"{found.reason}; change it there and import it again"
            )
        return found

    def find(self, budget_id: str) -> Kept:
        """The budget of this id, tracked or not, or UnknownBudget."""
        found = next((budget for budget in self.kept if budget.id == budget_id), None)
        if found is None:
            known_ids = ", ".join(f"{budget.id} ({budget.name})" for budget in self.kept)
            raise UnknownBudget(f"no budget has the id {budget_id!r}; known: {known_ids or 'none'}")
        return found

    def children(self, budget_id: str) -> tuple[Budget, ...]:
        """The budgets that are directly a part of this one."""
        return tuple(budget for budget in self.budgets if budget.parent == budget_id)

    def added(self, budgets: Iterable[Kept]) -> BudgetBook:
        """The book with these at its end. Raises BudgetError for a name that is taken."""
        new = tuple(budgets)
        return self._with(
            budgets=(*self.budgets, *_tracked(new)), untracked=(*self.untracked, *_untracked(new))
        )

    def replaced(self, budget: Kept) -> BudgetBook:
        """The book with this one in place of that of its id."""
        old = self.find(budget.id)
        if type(old) is not type(budget):
            rest = self._with(
                budgets=tuple(one for one in self.budgets if one.id != old.id),
                untracked=tuple(one for one in self.untracked if one.id != old.id),
            )
            return rest.added((budget,))
        kept = [budget if one.id == budget.id else one for one in self.kept]
        return self._with(budgets=tuple(_tracked(kept)), untracked=tuple(_untracked(kept)))

    def without(self, budget_id: str) -> BudgetBook:
        """The book without this one, which is then among the deleted."""
        gone = self.find(budget_id)
        if parts := self.children(budget_id):
            raise BudgetError(
                f"{gone.name!r} has parts: {', '.join(repr(part.name) for part in parts)}; "
                "delete them first, or give them another parent"
            )
        return self._with(
            budgets=tuple(one for one in self.budgets if one.id != budget_id),
            untracked=tuple(one for one in self.untracked if one.id != budget_id),
            deleted=(*self.deleted, gone)[-DELETED_KEPT:],
        )

    def restored(self, budget_id: str) -> BudgetBook:
        """The book with a deleted budget back. Raises UnknownBudget, and BudgetError for its name."""
        back = next((one for one in self.deleted if one.id == budget_id), None)
        if back is None:
            gone = ", ".join(f"{one.id} ({one.name})" for one in self.deleted)
            raise UnknownBudget(f"no deleted budget has the id {budget_id!r}; deleted: {gone or 'none'}")
        rest = tuple(one for one in self.deleted if one.id != budget_id)
        return self._with(deleted=rest).added((back,))

    def _with(self, **changes: object) -> BudgetBook:
        fields = {name: getattr(self, name) for name in ("budgets", "untracked", "deleted")} | changes
        try:
            book = BudgetBook(**fields)
        except ValueError as error:
            raise BudgetError(_reason(error)) from error
        return book._refusing_taken_names()

    def _refusing_taken_names(self) -> BudgetBook:
        # AWS Budgets has one budget to a name, and an alert is read by its name. Case tells names
        # apart, as it tells the tag values Prod and PROD that they may be about.
        taken: dict[str, str] = {}
        for budget in self.kept:
            if budget.name in taken:
                raise BudgetError(
                    f"a budget named {budget.name!r} exists (id {taken[budget.name]}); "
                    "choose another name, or change that one"
                )
            taken[budget.name] = budget.id
        return self


def _tracked(budgets: Iterable[Kept]) -> Iterator[Budget]:
    return (one for one in budgets if isinstance(one, Budget))


def _untracked(budgets: Iterable[Kept]) -> Iterator[UntrackedBudget]:
    return (one for one in budgets if isinstance(one, UntrackedBudget))


def _reason(error: ValueError) -> str:
    errors = getattr(error, "errors", None)
    if errors is None:
        return str(error)
    return "; ".join(one["msg"].removeprefix("Value error, ") for one in errors(include_url=False))
