"""Budgets: what stands above, and one view of them at a time.

Budgets are held against the whole estate: the filters of the sidebar do not apply to them. A file of
them that cannot be used is said in a banner, with a button that puts it out of the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import streamlit as st

from finops.answers import alerts, budgets
from finops.answers.alerts import AlertOverview
from finops.answers.budgets import BudgetCheck, standing
from finops.dashboard import (
    broken_state,
    budget_alerts,
    budget_course,
    budget_edit,
    budget_files,
    budget_notes,
    budget_overview,
    budget_templates,
    budget_variance,
    budget_year,
)
from finops.dashboard.answered import answered
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View
from finops.dashboard.wording import plain
from finops.errors import FinOpsError, StateError

# Each has an address of its own; only the open one is worked out.
VIEWS: Mapping[str, Callable[[BudgetPage], None]] = {
    "Overview": budget_overview.show,
    "Chart": budget_course.show,
    "Variance": budget_variance.show,
    "Year end": budget_year.show,
    "Alerts": budget_alerts.show,
    "Templates": budget_templates.show,
    "Edit": budget_edit.show,
    "AWS and files": budget_files.show,
}
_NEED_A_BUDGET = frozenset({"Chart", "Variance", "Year end"})


def show(view: View) -> None:
    """Draw the section."""
    budget_notes.show()
    try:
        book = budgets.book()
    except StateError as error:
        _broken(error)
        return
    try:
        answer = answered(standing, view.whole, book.budgets)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    page = BudgetPage(estate=view.whole, book=book, answer=answer, alerts=_alerts(answer))
    if book.budgets:
        budget_overview.headline(page)
    if view.is_filtered:
        st.caption("Budgets are held against the whole estate: the filters do not apply to them.")
    empty = _NEED_A_BUDGET if not book.budgets else frozenset()
    views = {name: _no_budget if name in empty else draw for name, draw in VIEWS.items()}
    show_open(views, budget_notes.VIEW, page)


def _no_budget(_page: BudgetPage) -> None:
    budget_overview.empty()


def _broken(error: StateError) -> None:
    broken_state.show(error, budget_notes.NOTES, budgets.reset)


def _alerts(answer: BudgetCheck) -> AlertOverview | None:
    """The alerts of budgets; None, with a banner, where their record cannot be used.

    Looking records nothing: the history is everybody's, and is sent.
    """
    try:
        return alerts.overview(answer.alerts, datetime.now(UTC))
    except StateError as error:
        _broken(error)
        return None
