"""Which budget is being edited, from what it was when the form was opened?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from finops.answers.budgets import Budget
from finops.dashboard.budget_fields import Typed, typed_of

_EDITING = "budget editing"


@dataclass(frozen=True, slots=True)
class Editing:
    """The form that is open. ``began`` is what it showed at first, ``revision`` what it saves against
    and ``theirs`` what somebody else has saved since.

    ``number`` is another for every form, so that none inherits what was typed in an earlier one.
    """

    number: int
    budget_id: str | None
    name: str
    began: Typed
    revision: str | None
    theirs: Typed | None = None

    def key(self, field: str) -> str:
        """The key of a field's widget."""
        return f"budget {self.number} {field}"


def open_form(budget: Budget | None) -> None:
    """Begin anew: with this budget as it is now, or with an empty form."""
    before: Editing | None = st.session_state.get(_EDITING)
    st.session_state[_EDITING] = Editing(
        number=0 if before is None else before.number + 1,
        budget_id=None if budget is None else budget.id,
        name="" if budget is None else budget.name,
        began=Typed() if budget is None else typed_of(budget),
        revision=None if budget is None else budget.revision,
    )


def editing() -> Editing:
    """The form that is open, an empty one at first."""
    if _EDITING not in st.session_state:
        open_form(None)
    form: Editing = st.session_state[_EDITING]
    return form


def save_against(revision: str | None, theirs: Typed | None = None) -> None:
    """The form stays as it is; it saves against this revision, or with None as a new budget."""
    form = editing()
    budget_id = None if revision is None else form.budget_id
    st.session_state[_EDITING] = replace(form, budget_id=budget_id, revision=revision, theirs=theirs)
