"""How does each budget stand? A card each: the status as a colour and a word, spend and forecast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import Budget, BudgetBook, BudgetStatus
from finops.dashboard import budget_course, budget_notes
from finops.dashboard.budget_editing import open_form
from finops.dashboard.budget_words import WORDS
from finops.dashboard.wording import UNKNOWN, dollars, percent, plain, sentence

PER_ROW = 3


def show(statuses: Sequence[BudgetStatus], book: BudgetBook) -> None:
    """One card a budget, in the order given."""
    kept = {budget.id: budget for budget in book.budgets}
    names = {budget.id: budget.name for budget in book.budgets}
    for start in range(0, len(statuses), PER_ROW):
        columns = st.columns(PER_ROW)
        for column, status in zip(columns, statuses[start : start + PER_ROW], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(status, names)
                _actions(kept[status.id])


def _card(status: BudgetStatus, names: Mapping[str, str]) -> None:
    word = WORDS[status.status]
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(f"**{plain(status.name)}**", help=_meaning(status))
        st.badge(word.word, icon=word.icon, color=word.badge)
    used = status.percent_used
    guessed = status.estimated and status.actual_usd is not None
    actual = dollars(status.actual_usd) + (" (estimated)" if guessed else "")
    st.markdown(f"**{actual}** of {dollars(status.amount_usd)}")
    pace = "" if status.pace_pct is None else f" · pace {percent(status.pace_pct, 0)}"
    st.progress(min(max((used or 0) / 100, 0.0), 1.0), text=f"{percent(used)} used{pace}")
    st.caption("  \n".join(_outlook(status)))
    for note in _notes(status, names):
        st.caption(plain(note))


def _outlook(status: BudgetStatus) -> list[str]:
    lines = [
        f"{dollars(status.burn_rate_usd_per_day)} a day · day {status.days_elapsed} of "
        f"{status.days_total}, {status.days_left} left",
        f"Forecast **{dollars(status.forecast_usd)}** by {status.period_end}",
    ]
    if status.forecast_low_usd is not None:
        lines.append(f"80 %: {dollars(status.forecast_low_usd)} to {dollars(status.forecast_high_usd)}")
    on = "" if status.breach_day is None else f" on **{status.breach_day}**"
    if status.status == "exceeded" and on:
        lines.append(f"Exceeded{on}")
    elif status.breach_probability is not None:
        lines.append(f"Chance to exceed {percent(status.breach_probability * 100, 0)}{on and ','}{on}")
    return lines


def _notes(status: BudgetStatus, names: Mapping[str, str]) -> list[str]:
    notes = []
    if status.parent is not None:
        notes.append(f"Part of {names.get(status.parent, 'a deleted budget')}.")
    if status.amount_source != "fixed" or status.carried_usd:
        carried = f", {status.carried_usd:+,.2f} USD carried over" if status.carried_usd else ""
        notes.append(f"Amount: {status.amount_source}{carried}.")
    if status.note:
        notes.append(sentence(status.note))
    elif status.status in {"no_match", "unknown", "paused"}:
        notes.append(WORDS[status.status].meaning)
    if status.reported_usd is not None:
        notes.append(
            f"AWS Budgets said {status.reported_usd:,.2f} USD, {percent(status.reported_pct, 2)} used."
        )
    return notes


def _meaning(status: BudgetStatus) -> str:
    scope = "everything" if status.scope == "total" else status.scope
    thresholds = ", ".join(map(str, status.thresholds)) or "nothing"
    return (
        f"{plain(scope)}, {status.period}, {status.cost_basis} cost, {status.period_start} to "
        f"{status.period_end}; day {status.days_elapsed} of {status.days_total}, "
        f"{status.days_left} left. Pace: spend ÷ a straight line to the amount. "
        f"Alerts at {plain(thresholds)}. Owner: {plain(status.owner or UNKNOWN)}. "
        f"Forecast: {plain(status.forecast_method or 'none')}."
    )


def _actions(budget: Budget) -> None:
    paused = budget.status == "paused"
    buttons: tuple[tuple[str, Callable[[Budget], None]], ...] = (
        ("Chart", _follow),
        ("Edit", edit),
        ("Copy", _copy),
        ("Resume", _resume) if paused else ("Pause", _pause),
    )
    # Words without icons, so that all of them stand on one line of a card.
    with st.container(horizontal=True, gap="xsmall"):
        for label, action in buttons:
            st.button(
                label, type="tertiary", key=f"{label} {budget.id}", on_click=action, args=(budget,)
            )
        with st.popover("Delete", type="tertiary", key=f"ask {budget.id}"):
            st.markdown(f"Delete **{plain(budget.name)}**? Its alerts stay in the history.")
            st.button(
                "Yes, delete it", key=f"delete {budget.id}", type="primary",
                on_click=budget_notes.delete, args=(budget.id, budget.name, budget.revision),
            )  # fmt: skip


def _follow(budget: Budget) -> None:
    """Open the chart of this budget."""
    st.session_state[budget_course.SHOWN] = budget.id
    st.session_state[budget_notes.VIEW] = "Chart"


def edit(budget: Budget | None) -> None:
    """Open the form with this budget, or an empty one."""
    open_form(budget)
    st.session_state[budget_notes.VIEW] = "Edit"


def _copy(budget: Budget) -> None:
    budget_notes.attempt(lambda: budgets.copy(budget.id), f"Copied {budget.name}")


def _pause(budget: Budget) -> None:
    budget_notes.attempt(lambda: budgets.pause(budget.id), f"Paused {budget.name}")


def _resume(budget: Budget) -> None:
    budget_notes.attempt(lambda: budgets.resume(budget.id), f"Resumed {budget.name}")
