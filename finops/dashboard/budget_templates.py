"""With which budgets to begin? Suggested amounts, of which those that are ticked are made at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import BASES, KINDS, Budget, TemplateOptions
from finops.dashboard import budget_notes, tables
from finops.dashboard.answered import answered
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, plain, sentence
from finops.errors import FinOpsError

_BASES = {"mean": "their mean", "highest": "the highest of them", "latest": "the latest of them"}
_KINDS = {"total": "Everything", "service": "Services", "environment": "Environments", "team": "Teams"}
_COLUMNS = {
    "name": tables.text("Budget"),
    "scope": tables.text("Scope"),
    "period": tables.text("Period"),
    "amount": tables.dollars("Suggested amount", "For a month, rounded up to whole tens of dollars"),
}


@st.fragment
def show(page: BudgetPage) -> None:
    """Draw the view."""
    st.subheader(
        "Templates",
        help="Monthly budgets whose amounts come from the full months of the bill in which the scope "
        "was charged, or without a full month from the run rate of the resource lists.",
    )
    try:
        drafts = answered(budgets.templates, page.estate, _options(), progress="Looking at history …")
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    if not drafts:
        st.info("Nothing was spent that a budget could be suggested for.", icon=":material/info:")
        return
    taken = {budget.name for budget in page.book.kept}
    free = [draft for draft in drafts if draft.name not in taken]
    if len(free) < len(drafts):
        st.caption(
            f"{count(len(drafts) - len(free), 'template')} left out: a budget has that name already."
        )
    if free:
        _choose(free, page)


def _options() -> TemplateOptions:
    """Draw how amounts are suggested, and read it."""
    basis_column, months_column, growth_column, headroom_column = st.columns(4)
    basis = basis_column.selectbox(
        "Amount from", BASES, key="template_basis", persist_state="session",
        format_func=_BASES.__getitem__, help="Of the full months that the bill holds.",
    )  # fmt: skip
    months = months_column.number_input(
        "Full months, at most", 1, 60, 12, key="template_months", persist_state="session",
        help="How far back to look.",
    )  # fmt: skip
    growth = growth_column.number_input(
        "Expected growth, %", -99.0, 1000.0, 0.0, 5.0, key="template_growth", persist_state="session",
        help="On top of history; negative for a saving that is due.",
    )  # fmt: skip
    headroom = headroom_column.number_input(
        "Headroom, %", -99.0, 1000.0, 10.0, 5.0, key="template_headroom", persist_state="session",
        help="On top of that, so that an ordinary month stays inside.",
    )  # fmt: skip
    return TemplateOptions(
        basis=basis, months=int(months), growth_pct=float(growth), headroom_pct=float(headroom)
    )


def _choose(free: Sequence[Budget], page: BudgetPage) -> None:
    with st.expander(f"Preview: {count(len(free), 'template')} as a table", icon=":material/table:"):
        tables.table(as_frame(free, list(_COLUMNS)), _COLUMNS, alt="Templates with suggested amounts")
    with st.form("templates", border=False):
        ticked = _boxes(free)
        if st.form_submit_button(
            "Create the ticked budgets", type="primary", icon=":material/library_add:"
        ):
            _create([draft for draft in free if ticked[draft.name]], page)


def _boxes(free: Sequence[Budget]) -> Mapping[str, bool]:
    ticked: dict[str, bool] = {}
    for kind, group in groupby(sorted(free, key=_order), key=lambda draft: draft.scope_type):
        st.markdown(f"**{_KINDS[kind]}**")
        columns = st.columns(2)
        for at, draft in enumerate(group):
            ticked[draft.name] = columns[at % 2].checkbox(
                f"{plain(draft.name)}: {dollars(draft.amount, 0)}",
                value=draft.scope_type == "total",
                key=f"template {draft.name}",
            )
    return ticked


def _order(draft: Budget) -> int:
    return KINDS.index(draft.scope_type)


def _create(chosen: Sequence[Budget], page: BudgetPage) -> None:
    if not chosen:
        st.error("Nothing is ticked: tick the budgets to make.", icon=":material/error:")
        return
    dated = [draft.model_copy(update={"created": page.estate.as_of}) for draft in chosen]
    try:
        made = budgets.create_all(dated)
    except FinOpsError as error:
        st.error(f"Nothing was made. {plain(sentence(str(error)))}", icon=":material/error:")
        return
    names = made[0].name if len(made) == 1 else count(len(made), "budget")
    budget_notes.say(f"Created {names}", view="Overview")
    st.rerun()
