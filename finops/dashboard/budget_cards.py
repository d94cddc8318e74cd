"""How does each budget stand? A card each: the status as a colour and a word, spend and forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import BudgetStatus
from finops.charts import theme
from finops.dashboard import tables
from finops.dashboard.wording import UNKNOWN, dollars, percent, plain
from finops.errors import FinOpsError

PER_ROW = 3
NOTE = "budget note"


@dataclass(frozen=True, slots=True)
class Word:
    """A status in a word, with an icon and the colours of badge and chart."""

    word: str
    icon: str
    badge: Literal["green", "orange", "red", "gray", "violet"]
    colour: str


WORDS: Mapping[str, Word] = {
    "ok": Word("On track", ":material/check_circle:", "green", theme.GOOD),
    "warning": Word("Warning", ":material/warning:", "orange", theme.WARNING),
    "exceeded": Word("Exceeded", ":material/error:", "red", theme.BAD),
    "forecast_exceeded": Word("Will exceed", ":material/trending_up:", "orange", theme.WARNING),
    "paused": Word("Paused", ":material/pause_circle:", "gray", theme.NEUTRAL),
    "no_match": Word("Matches no cost", ":material/search_off:", "violet", theme.NEUTRAL),
    "unknown": Word("Unknown", ":material/help:", "gray", theme.NEUTRAL),
}
SEVERITIES: Mapping[str, Word] = {
    "early_warning": Word("Early warning", ":material/info:", "orange", theme.WARNING),
    "action_required": Word("Action required", ":material/warning:", "orange", theme.WARNING),
    "exceeded": Word("Exceeded", ":material/error:", "red", theme.BAD),
    "forecast": Word("Forecast", ":material/trending_up:", "violet", theme.VIOLET),
    "pace": Word("Early burn", ":material/speed:", "orange", theme.WARNING),
}


def show(statuses: Sequence[BudgetStatus]) -> None:
    """One card a budget, in the order given."""
    for start in range(0, len(statuses), PER_ROW):
        columns = st.columns(PER_ROW)
        for column, status in zip(columns, statuses[start : start + PER_ROW], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(status)


def _card(status: BudgetStatus) -> None:
    word = WORDS[status.status]
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.markdown(f"**{plain(status.name)}**", help=_meaning(status))
        st.badge(word.word, icon=word.icon, color=word.badge)
    used = status.percent_used
    guessed = status.estimated and status.actual_usd is not None
    actual = dollars(status.actual_usd) + (" (estimated)" if guessed else "")
    st.markdown(f"**{actual}** of {dollars(status.amount_usd)}")
    st.progress(min(max((used or 0) / 100, 0.0), 1.0), text=f"{percent(used)} used")
    st.caption(
        f"{dollars(status.burn_rate_usd_per_day)} a day · forecast {dollars(status.forecast_usd)} "
        f"by {status.period_end}{_range(status)}"
    )
    if note := status.note or _NOTES.get(status.status):
        st.caption(plain(note))
    _delete(status)


_NOTES = {
    "no_match": "No cost at all is in its scope, which is another thing than $0.00: check the value.",
}


def _range(status: BudgetStatus) -> str:
    if status.forecast_low_usd is None or status.breach_probability is None:
        return ""
    return (
        f", 80 % between {dollars(status.forecast_low_usd)} and {dollars(status.forecast_high_usd)}; "
        f"chance to exceed {percent(status.breach_probability * 100, 0)}"
    )


def _meaning(status: BudgetStatus) -> str:
    scope = "everything" if status.scope_type == "total" else f"{status.scope_type} {status.scope_value}"
    thresholds = ", ".join(f"{threshold:g} %" for threshold in status.alert_thresholds)
    return (
        f"{plain(scope)}, {status.period}, {status.cost_basis} cost, {status.period_start} to "
        f"{status.period_end}; day {status.days_elapsed} of {status.days_total}. "
        f"Alerts at {thresholds}. Owner: {plain(status.owner or UNKNOWN)}. "
        f"Forecast: {status.forecast_method or 'none'}."
    )


def _delete(status: BudgetStatus) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"ask {status.id}"):
        st.markdown(f"Delete **{plain(status.name)}**? Its alerts stay in the history.")
        if st.button("Yes, delete it", key=f"delete {status.id}", type="primary"):
            try:
                budgets.delete(status.id)
            except FinOpsError as error:
                st.error(plain(error), icon=":material/error:")
                return
            st.session_state[NOTE] = f"Deleted {plain(status.name)}"
            st.rerun()


COLUMNS = {
    "name": tables.text("Budget"),
    "status": tables.text("Status"),
    "scope_type": tables.text("Scope"),
    "scope_value": tables.text("Value"),
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
