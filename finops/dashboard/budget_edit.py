"""Make a budget or change one: which, and its form."""

from __future__ import annotations

import streamlit as st

from finops.answers.budgets import Budget
from finops.dashboard import budget_form
from finops.dashboard.budget_editing import editing, open_form
from finops.dashboard.budget_page import BudgetPage

_WHICH = "budget edited"
_NEW = "a new budget"


def show(page: BudgetPage) -> None:
    """Draw the view."""
    kept = {budget.id: budget for budget in page.book.budgets}
    form = editing()
    # What somebody else has deleted stays in its form until it is saved or left.
    names = {"": _NEW, **{one.id: one.name for one in kept.values()}}
    if form.budget_id is not None:
        names.setdefault(form.budget_id, f"{form.name} (deleted)")
    st.session_state[_WHICH] = form.budget_id or ""
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    left.selectbox(
        "Budget", list(names), key=_WHICH, format_func=lambda one: names.get(one, _NEW),
        on_change=_chosen, args=(kept,), help="Which budget the form below changes.",
    )  # fmt: skip
    right.button(
        "Start over", icon=":material/restart_alt:", width="stretch", on_click=open_form,
        args=(kept.get(form.budget_id or ""),), help="Forgets what was typed and shows what is saved.",
    )  # fmt: skip
    budget_form.show(page.estate, page.book)


def _chosen(kept: dict[str, Budget]) -> None:
    open_form(kept.get(st.session_state[_WHICH]))
