"""The overview of budgets: a headline, a card each, how they nest, and all of them in one chart."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.budgets import BudgetStatus
from finops.dashboard import budget_cards, budget_notes, tables
from finops.dashboard.budget_cards import edit
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.budget_words import WORDS
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, plain


def show(page: BudgetPage) -> None:
    """Draw the view."""
    if not page.book.kept:
        empty()
        return
    shown = _in_families(_filtered(page.answer.budgets))
    budget_cards.show(shown, page.book)
    _hierarchy(page)
    if shown:
        _chart(shown)
    _untracked(page)


def headline(page: BudgetPage) -> None:
    """The figures that stand above every view."""
    answer = page.answer
    words = [status.status for status in answer.budgets]
    source = "the bill" if answer.source == "costs" else "the resource lists (estimated)"
    active = "–" if page.alerts is None else str(sum(one.state == "open" for one in page.alerts.active))
    show_cards(
        [
            Card(
                label="Budgets",
                value=str(len(words)),
                help=f"Held against {source} up to {answer.as_of}: the whole estate, unfiltered.",
            ),
            Card(label="On track", value=str(words.count("ok")), help=WORDS["ok"].meaning),
            Card(
                label="Exceeded or will be",
                value=str(sum(word in {"exceeded", "forecast_exceeded"} for word in words)),
                help="Spend has reached the amount, or is forecast to reach it.",
            ),
            Card(
                label="Open budget alerts",
                value=active,
                help="Thresholds reached in the current periods that nobody has acknowledged or "
                "snoozed.",
            ),
        ]
    )


def empty() -> None:
    """What stands where there is no budget: how to begin."""
    st.info(
        "There is no budget yet. Begin with a template: its amount is suggested from what was spent.",
        icon=":material/savings:",
    )
    with st.container(horizontal=True):
        st.button(
            "Begin with templates", type="primary", icon=":material/library_add:", on_click=_templates
        )
        st.button("Make one by hand", icon=":material/add:", on_click=edit, args=(None,))


def _templates() -> None:
    st.session_state[budget_notes.VIEW] = "Templates"


def _filtered(statuses: tuple[BudgetStatus, ...]) -> list[BudgetStatus]:
    """Draw the filter by status and give the budgets that it leaves."""
    words = [status.status for status in statuses]
    present = [word for word in WORDS if word in words]
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    chosen = left.pills(
        "Show",
        present,
        selection_mode="multi",
        key="budget words",
        persist_state="session",
        format_func=lambda word: f"{WORDS[word].icon} {WORDS[word].word}: {words.count(word)}",
        help="The budgets of these statuses; none chosen means all.",
    )
    right.button("New budget", icon=":material/add:", on_click=edit, args=(None,), width="stretch")
    return [status for status in statuses if not chosen or status.status in chosen]


def _in_families(statuses: list[BudgetStatus]) -> list[BudgetStatus]:
    """Each part after what it is a part of; what is in most trouble first."""
    order = list(WORDS)
    shown = {status.id for status in statuses}
    parts: dict[str | None, list[BudgetStatus]] = {}
    for status in sorted(statuses, key=lambda one: order.index(one.status)):
        parts.setdefault(status.parent if status.parent in shown else None, []).append(status)

    def below(parent: str | None) -> list[BudgetStatus]:
        return [one for part in parts.get(parent, []) for one in (part, *below(part.id))]

    return below(None)


def _hierarchy(page: BudgetPage) -> None:
    lines = page.answer.allocations
    if not lines:
        return
    st.subheader(
        "Budgets and their parts",
        help="A part counts with its amounts of the parent's present period: a monthly part of a "
        "quarter with three of them.",
    )
    for line in lines:
        if line.over_allocated_usd > 0:
            st.warning(
                f"**{plain(line.name)} is over-allocated**: its "
                f"{count(len(line.parts), 'part')} have {dollars(line.allocated_usd)}, "
                f"{dollars(line.over_allocated_usd)} more than its {dollars(line.amount_usd)}.",
                icon=":material/account_tree:",
            )
    names = {budget.id: budget.name for budget in page.book.budgets}
    frame = as_frame(lines, [name for name in _PARTS if name != "parts"])
    frame["parts"] = [", ".join(names.get(part, part) for part in line.parts) for line in lines]
    tables.table(frame, _PARTS, alt="Budgets with the amounts of their parts")


def _chart(statuses: list[BudgetStatus]) -> None:
    st.subheader(
        "Budget against actual",
        help="Bars: spent so far in the current period. Line: the budget. Diamond: the forecast for the "
        "end of the period. The colour of a bar is the status.",
    )
    frame = status_frame(statuses)
    colours = [WORDS[status.status].colour for status in statuses]
    show_chart(charts.budget_bars(frame, colours), "Actual and forecast against each budget")


def status_frame(statuses: list[BudgetStatus] | tuple[BudgetStatus, ...]) -> pd.DataFrame:
    """A row a budget; unknown dollars are NaN."""
    frame = as_frame(statuses, list(COLUMNS))
    money = [name for name in frame.columns if name.endswith("_usd")]
    return frame.astype(dict.fromkeys(money, "float64"))


def _untracked(page: BudgetPage) -> None:
    if not page.book.untracked:
        return
    st.subheader(
        "Kept as AWS wrote them",
        help="Budgets of AWS of kinds that are not followed here. An export holds them unchanged.",
    )
    frame = as_frame(page.book.untracked, list(_UNTRACKED))
    tables.table(frame, _UNTRACKED, alt="Budgets that are kept and not followed")


COLUMNS = {
    "name": tables.text("Budget"),
    "status": tables.text("Status"),
    "scope": tables.text("Scope"),
    "period": tables.text("Period"),
    "amount_usd": tables.dollars("Budget", "The amount of the period"),
    "actual_usd": tables.dollars("Actual", "Spent so far in the period"),
    "percent_used": tables.percent("Used", "Actual ÷ budget"),
    "variance_usd": tables.dollars("Variance", "Actual − budget; positive is over"),
    "burn_rate_usd_per_day": tables.dollars("A day", "Actual ÷ days elapsed"),
    "forecast_usd": tables.dollars("Forecast", "For the end of the period"),
    "forecast_low_usd": tables.dollars("Low", "80 % interval"),
    "forecast_high_usd": tables.dollars("High", "80 % interval"),
    "owner": tables.text("Owner"),
}
_PARTS = {
    "name": tables.text("Budget"),
    "parts": tables.text("Parts"),
    "amount_usd": tables.dollars("Amount", "Of its present period"),
    "allocated_usd": tables.dollars("Allocated", "The amounts of its parts in that period"),
    "unallocated_usd": tables.dollars("Not allocated", "Amount − allocated, where that is positive"),
    "over_allocated_usd": tables.dollars("Over-allocated", "What the parts have too much"),
    "actual_usd": tables.dollars("Actual", "Spent in its own scope"),
    "parts_actual_usd": tables.dollars(
        "Actual of the parts", "A cost in two parts' scopes counts twice"
    ),
}
_UNTRACKED = {"name": tables.text("Budget"), "reason": tables.text("Why it is not followed")}
