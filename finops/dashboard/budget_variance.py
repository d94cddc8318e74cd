"""How did each period end against its amount? A report by period, and files for finance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers import budgets
from finops.answers.budget_workbook import budgets_workbook, status_csv, variance_csv
from finops.answers.budgets import Budget, VarianceReport
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.budget_course import choose_one
from finops.dashboard.budget_overview import COLUMNS, status_frame
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.budget_words import WORDS
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count
from finops.estate import Estate

_PERIODS = {
    "period_start": tables.day("From"),
    "period_end": tables.day("To", "Inclusive"),
    "state": tables.text("Period"),
    "amount_usd": tables.dollars("Budget", "The amount of the period"),
    "actual_usd": tables.dollars("Actual", "Spent in it"),
    "variance_usd": tables.dollars("Variance", "Actual − budget; positive is over"),
    "variance_pct": tables.percent("Variance, %", "(Actual − budget) ÷ budget"),
    "percent_used": tables.percent("Used", "Actual ÷ budget"),
    "note": tables.text("Note"),
}


def show(page: BudgetPage) -> None:
    """Draw the view."""
    _by_period(page)
    _today(page)
    _files(page)


@st.fragment
def _by_period(page: BudgetPage) -> None:
    st.subheader(
        "By period",
        help="The present period and those before it that the bill holds. Variance = actual − budget: "
        "positive is over. Red: over; green: kept; grey: not over yet.",
    )
    kept = {budget.id: budget for budget in page.book.budgets}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = choose_one(left, kept, key="variance of")
    periods = right.number_input(
        "Periods, at most", 1, 60, 12, key="variance periods", persist_state="session",
        help="The present one included.",
    )  # fmt: skip
    report = variance_of(page.estate, kept[chosen], int(periods))
    lines = report.periods
    whole = [line for line in lines if line.complete and line.variance_usd is not None]
    over = sum((line.variance_usd or 0) > 0 for line in whole)
    st.caption(
        f"Of {count(len(whole), 'whole period')}, {over} ended over the budget."
        if whole
        else "No whole period is known so far."
    )
    frame = as_frame(lines, [name for name in _PERIODS if name != "state"])
    frame["state"] = [_state(line.complete, line.estimated) for line in lines]
    _bars(frame)
    shown = frame if frame["note"].any() else frame.drop(columns="note")
    tables.table(shown, _PERIODS, alt="Each period with budget, actual and variance")
    tables.download_text(
        "This budget as CSV",
        lambda: variance_csv(report),
        "budget_variance.csv",
        help_text="The table above, with every figure. Safe to open in a spreadsheet.",
    )


def variance_of(estate: Estate, budget: Budget, periods: int) -> VarianceReport:
    """The report of one budget: each is worked out once, whatever becomes of the others."""
    return answered(
        budgets.variance_report, estate, (budget,), periods, progress="Adding the periods up …"
    )


def _state(complete: bool, estimated: bool) -> str:
    if estimated:
        return "estimated"
    return "whole" if complete else "so far"


def _bars(frame: pd.DataFrame) -> None:
    drawn = pd.DataFrame(
        {
            "period": [str(day) for day in frame["period_start"]],
            "amount_usd": frame["amount_usd"].astype("float64"),
            "actual_usd": frame["actual_usd"].astype("float64"),
        }
    )
    over = drawn["actual_usd"] > drawn["amount_usd"]
    # What has not ended is neither kept nor missed yet, unless it is over already.
    whole = frame["state"] == "whole"
    words = [
        "exceeded" if bad else "ok" if done else "unknown" for bad, done in zip(over, whole, strict=True)
    ]
    colours = [WORDS[word].colour for word in words]
    show_chart(charts.variance_bars(drawn, colours), "Actual of each period against its budget")


def _today(page: BudgetPage) -> None:
    st.subheader("All budgets today", help="Each in its present period.")
    frame = status_frame(page.answer.budgets)
    shown = frame.assign(status=[WORDS[word].word for word in frame["status"]])
    tables.table(shown, COLUMNS, alt="Budgets with actual, variance and forecast")


def _files(page: BudgetPage) -> None:
    with st.container(horizontal=True):
        tables.download_text(
            "Status as CSV",
            lambda: status_csv(page.answer),
            "budget_status.csv",
            help_text="Every budget with actual, variance, burn rate and forecast.",
        )
        tables.download_bytes(
            "Everything as workbook",
            lambda: _workbook(page),
            "budgets.xlsx",
            help_text="Sheets: status, variance of the last 12 periods, year end, active alerts. It is "
            "worked out when you press, which takes some seconds for many budgets.",
            mime=tables.XLSX,
        )


def _workbook(page: BudgetPage) -> bytes:
    kept = page.book.budgets
    return budgets_workbook(
        page.answer,
        budgets.variance_report(page.estate, kept),
        budgets.year_end_outlook(page.estate, kept),
    )
