"""Budgets: how each stands, what it alerts about, and how to make one.

Budgets are held against the whole estate: the filters of the sidebar do not apply to them.
"""

from __future__ import annotations

import streamlit as st

from finops import charts
from finops.answers import budgets
from finops.answers.budgets import Alert, Budget, BudgetCheck, standing
from finops.dashboard import budget_cards, budget_form, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.sidebar import AS_OF
from finops.dashboard.view import View
from finops.dashboard.wording import dollars, plain
from finops.errors import FinOpsError, StateError

NOTE = "budget note"


def show(view: View) -> None:
    """Draw the section."""
    if note := st.session_state.pop(NOTE, None):
        st.toast(note, icon=":material/check:")
    try:
        kept = budgets.listed()
        history = budgets.history()
    except StateError as error:
        _broken(error)
        return
    try:
        answer = answered(standing, view.whole, kept)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    history = _recorded(view, answer, history)
    if kept:
        _overview(answer)
    else:
        st.info("There is no budget yet. Create one below, or begin with a template.")
    budget_form.show(view.whole)
    _templates(view, kept)
    _history(history)


def _broken(error: StateError) -> None:
    st.error(plain(error), icon=":material/error:")
    st.caption(
        "Nothing was overwritten, and everything else on this dashboard works. Repair the file, or put "
        "it out of the way: it is renamed, not deleted, and a new one is begun."
    )
    if st.button("Put the broken file out of the way", icon=":material/drive_file_move:"):
        moved = budgets.reset()
        st.session_state[NOTE] = "Renamed: " + ", ".join(plain(path.name) for path in moved)
        st.rerun()


def _recorded(view: View, answer: BudgetCheck, history: tuple[Alert, ...]) -> tuple[Alert, ...]:
    known = {alert.key for alert in history}
    # The history is everybody's: what one reader uploads, or asks of another day, is not news.
    if not view.whole.is_sample or AS_OF in st.query_params:
        return history
    if all(alert.key in known for alert in answer.alerts):
        return history
    try:
        for warning in budgets.check(view.whole).warnings:
            st.warning(plain(warning), icon=":material/warning:")
        return budgets.history()
    except StateError as error:
        st.warning(plain(error), icon=":material/warning:")
        return history


def _overview(answer: BudgetCheck) -> None:
    words = [status.status for status in answer.budgets]
    over = sum(word in {"exceeded", "forecast_exceeded"} for word in words)
    source = "the bill" if answer.source == "costs" else "the resource lists (estimated)"
    show_cards(
        [
            Card(
                label="Budgets",
                value=str(len(words)),
                help=f"Held against {source} up to {answer.as_of}: the whole estate, unfiltered.",
            ),
            Card(
                label="On track",
                value=str(words.count("ok")),
                help="No threshold is reached, and the forecast stays inside the budget.",
            ),
            Card(
                label="Exceeded or will be",
                value=str(over),
                help="Spend has reached the amount, or is forecast to reach it.",
            ),
            Card(
                label="Active alerts",
                value=str(len(answer.alerts)),
                help="Thresholds reached in the current periods, and forecasts that reach the amount.",
            ),
        ]
    )
    budget_cards.show(answer.budgets)
    _chart(answer)
    _alerts(answer)


def _chart(answer: BudgetCheck) -> None:
    st.subheader(
        "Budget against actual",
        help="Bars: spent so far in the current period. Line: the budget. Diamond: the forecast for the "
        "end of the period. The colour of a bar is the status.",
    )
    frame = as_frame(answer.budgets, list(budget_cards.COLUMNS))
    money = [name for name in frame.columns if name.endswith("_usd")]
    frame = frame.astype(dict.fromkeys(money, "float64"))
    colours = [budget_cards.WORDS[status.status].colour for status in answer.budgets]
    show_chart(charts.budget_bars(frame, colours), "Actual and forecast against each budget")
    with st.expander("Variance report"):
        shown = frame.assign(status=[budget_cards.WORDS[word].word for word in frame["status"]])
        tables.table(shown, budget_cards.COLUMNS, alt="Budgets with actual, variance and forecast")
        tables.download_frame(
            "Download the variance report",
            shown,
            "budget_variance.csv",
            help_text="Every budget with actual, variance, burn rate and forecast.",
        )


def _alerts(answer: BudgetCheck) -> None:
    st.subheader("Active alerts", help="In the current period of each budget.")
    if not answer.alerts:
        st.caption("None.")
        return
    for alert in answer.alerts:
        word = _SEVERITIES[alert.severity]
        st.markdown(f":{word.badge}-badge[{word.icon} {word.word}] {plain(alert.message)}")


def _templates(view: View, kept: tuple[Budget, ...]) -> None:
    with st.expander("Templates for a quick start"):
        taken = {budget.name for budget in kept}
        drafts = [draft for draft in answered(budgets.templates, view.whole) if draft.name not in taken]
        st.caption(
            "Amounts are the mean of the full months in the bill (without one: the run rate) with 10 % "
            "headroom, rounded up to whole tens of dollars."
        )
        if not drafts:
            st.caption("Every template is a budget already.")
            return
        frame = as_frame(drafts, list(_DRAFTS))
        tables.table(frame, _DRAFTS, alt="Budget templates")
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        draft = left.selectbox(
            "Template",
            drafts,
            format_func=lambda one: f"{one.name}: {dollars(one.amount, 0).replace(chr(92), '')}",
            key="template",
            help="Made with one click; change nothing, or delete it again.",
        )
        if right.button("Create from template", icon=":material/add:", width="stretch"):
            _create_from(draft)


def _create_from(draft: Budget) -> None:
    fields = {
        "name": draft.name,
        "scope_type": draft.scope_type,
        "scope_value": draft.scope_value,
        "amount": draft.amount,
        "period": draft.period,
        "alert_thresholds": draft.alert_thresholds,
        "cost_basis": draft.cost_basis,
    }
    try:
        budgets.create(fields)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.session_state[NOTE] = f"Created {plain(draft.name)}"
    st.rerun()


def _history(history: tuple[Alert, ...]) -> None:
    with st.expander(f"Alert history: {len(history)}"):
        if not history:
            st.caption("No alert was raised so far.")
            return
        frame = as_frame(reversed(history), list(_HISTORY))
        frame = frame.assign(severity=[_SEVERITIES[word].word for word in frame["severity"]])
        tables.table(frame, _HISTORY, alt="Every alert as it was when it was first seen")
        tables.download_frame(
            "Download the history", frame, "alert_history.csv", help_text="The table above as CSV."
        )


_SEVERITIES = budget_cards.SEVERITIES
_DRAFTS = {
    "name": tables.text("Name"),
    "scope_type": tables.text("Scope"),
    "scope_value": tables.text("Value"),
    "amount": tables.dollars("Amount", "A month"),
    "period": tables.text("Period"),
}
_HISTORY = {
    "raised_on": tables.day("Raised"),
    "severity": tables.text("Severity"),
    "budget_name": tables.text("Budget"),
    "message": tables.text("What"),
    "actual_usd": tables.dollars("Actual", "Spent when it was raised"),
    "forecast_usd": tables.dollars("Forecast", "For the end of the period"),
    "amount_usd": tables.dollars("Budget", "The amount"),
    "period_start": tables.day("Period from"),
}
