"""What has just been done with a budget, what went wrong, and can it be undone?

What a button does is said on the run after it, above the views.
"""

from __future__ import annotations

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import Budget, UntrackedBudget
from finops.dashboard.notes import Notes
from finops.dashboard.wording import plain

VIEW = "budgets"
NOTES = Notes("budget", VIEW)
_DELETED = "budget deleted"
say, attempt = NOTES.say, NOTES.attempt


def delete(budget_id: str, name: str, revision: str | None) -> None:
    """Delete it unless somebody has changed it since it was shown, and offer to undo that."""
    if attempt(lambda: budgets.delete(budget_id, base_revision=revision), f"Deleted {name}"):
        st.session_state[_DELETED] = (budget_id, name)


def restore(budget: Budget | UntrackedBudget) -> None:
    """Bring back a deleted one."""
    _restore(budget.id, budget.name)


def show() -> None:
    """Say what was done, go where it leads, and offer to undo a deletion. Before the views are drawn."""
    NOTES.show()
    if (deleted := st.session_state.get(_DELETED)) is not None:
        _offer_undo(*deleted)


def _offer_undo(budget_id: str, name: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f":material/delete: **{plain(name)}** is deleted. Its alerts stay in the history.",
            width="stretch",
        )
        st.button(
            "Undo", icon=":material/undo:", on_click=_restore, args=(budget_id, name), key="undo delete"
        )
        st.button(
            "Dismiss",
            type="tertiary",
            on_click=_forget,
            key="undo dismiss",
            help="It can still be brought back under AWS and files.",
        )


def _restore(budget_id: str, name: str) -> None:
    back = attempt(lambda: budgets.restore(budget_id), f"{name} is back")
    if back and st.session_state.get(_DELETED, ("", ""))[0] == budget_id:
        _forget()


def _forget() -> None:
    st.session_state.pop(_DELETED, None)
