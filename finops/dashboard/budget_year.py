"""Where will the fiscal year end, against the amounts of all its periods?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from finops import charts
from finops.answers import budgets
from finops.answers.budgets import YearEnd
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.budget_words import WORDS
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import plain

_YEARS = {
    "name": tables.text("Budget"),
    "outlook": tables.text("Outlook", "The forecast against the year's amount"),
    "year_end": tables.day("Year to", "The last day of its fiscal year"),
    "amount_usd": tables.dollars("Budget", "The amounts of the year's periods"),
    "actual_usd": tables.dollars("Actual", "Spent so far in the year"),
    "forecast_usd": tables.dollars("Forecast", "For the end of the year"),
    "forecast_low_usd": tables.dollars("Low", "80 % interval"),
    "forecast_high_usd": tables.dollars("High", "80 % interval"),
    "variance_usd": tables.dollars("Variance", "Forecast − budget; positive is over"),
    "breach_pct": tables.percent("Chance to exceed", "That the year ends above its amount"),
    "breach_day": tables.day("Reaches it on"),
    "method": tables.text("Method"),
    "note": tables.text("Note"),
}


def show(page: BudgetPage) -> None:
    """Draw the view."""
    answer = answered(
        budgets.year_end_outlook, page.estate, page.book.budgets, progress="Looking to the year's end …"
    )
    st.subheader(
        "To the end of the fiscal year",
        help="Every budget over the fiscal year that holds the as-of date: what was spent, and what the "
        "rest of the year is forecast to cost, against the amounts of all its periods.",
    )
    lines = answer.budgets
    frame = as_frame(lines, [name for name in _YEARS if name not in {"outlook", "breach_pct"}])
    money = [name for name in frame.columns if name.endswith("_usd")]
    frame = frame.astype(dict.fromkeys(money, "float64"))
    frame["breach_pct"] = [
        None if line.breach_probability is None else line.breach_probability * 100 for line in lines
    ]
    words = [_outlook(line) for line in lines]
    frame["outlook"] = [WORDS[word].word for word in words]
    _headline(lines, words)
    show_chart(
        charts.budget_bars(frame, [WORDS[word].colour for word in words], "USD of the fiscal year"),
        "Spent this year and forecast for its end against each budget",
    )
    tables.table(frame, _YEARS, alt="Budgets with the outlook for the end of their fiscal year")
    tables.download_frame(
        "Download the outlook",
        frame,
        "budget_year_end.csv",
        help_text="The table above as CSV.",
    )


def _outlook(line: YearEnd) -> str:
    if line.actual_usd is not None and line.actual_usd >= line.amount_usd:
        return "exceeded"
    if line.forecast_usd is None:
        return "unknown"
    return "forecast_exceeded" if line.forecast_usd >= line.amount_usd else "ok"


def _headline(lines: Sequence[YearEnd], words: Sequence[str]) -> None:
    said = {
        word: ", ".join(plain(line.name) for line, one in zip(lines, words, strict=True) if one == word)
        for word in ("exceeded", "forecast_exceeded")
    }
    for word, names in said.items():
        if names:
            st.markdown(f"{WORDS[word].markdown} {names}")
    if not any(said.values()):
        st.caption("No budget is forecast to exceed its year.")
