"""The savings calculator: what would other limits save, cost at the start, and cover?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentAdvice, CommitmentSettings
from finops.answers.explanations import cash_of
from finops.answers.what_if import WhatIf, most_cash, what_if
from finops.dashboard import tables
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.commitment_choices import BEST, choose_payment, choose_term
from finops.dashboard.commitment_tables import SHORT_KINDS
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate

_STEP_USD = 1_000
_STEPS = 50
_PURCHASES = {
    "title": tables.text("What to buy"),
    "kind": tables.text("Kind"),
    "annual_savings_usd": tables.dollars("Savings a year", "Mean hourly saving × 8,760, net of unused"),
    "upfront_usd": tables.dollars("Upfront", "Paid at the start"),
    "monthly_usd": tables.dollars("Monthly", "Recurring, a month of 730 hours"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What the controls say. None is no limit, or the best of all."""

    term_years: int | None
    payment_option: str | None
    coverage_pct: int | None
    cash_usd: int | None
    caution: float

    def on(self, settings: CommitmentSettings) -> CommitmentSettings:
        """The settings with these in place of theirs."""
        return replace(
            settings,
            term_years=self.term_years,
            payment_option=self.payment_option,
            target_coverage=None if self.coverage_pct is None else self.coverage_pct / 100,
            max_upfront_usd=None if self.cash_usd is None else float(self.cash_usd),
            risk_aversion=self.caution,
        )


@st.fragment
def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the calculator. Only it runs again when a control is moved."""
    st.subheader(
        "Savings calculator",
        help="The same prices, evidence and kinds as the advice above, under other limits. Every "
        "position "
        "is a portfolio of its own, billed over all hours: found fast and near the best, not proven.",
    )
    left, right = st.columns([2, 3], gap="large")
    with left:
        tried = _controls(most_cash(estate, advice.settings))
    with right:
        try:
            with st.spinner("Buying under these limits …"):
                found = what_if(estate, tried.on(advice.settings))
        except FinOpsError as error:
            st.error(plain(error), icon=":material/error:")
            return
        _numbers(found, advice)
    _before_and_after(found, advice)
    _purchases(found)


def _controls(cash_usd: float) -> Tried:
    term = choose_term("try_term")
    payment = choose_payment("try_payment")
    coverage = st.slider(
        "Coverage up to, %",
        0,
        100,
        100,
        key="try_cap",
        persist_state="session",
        help="Of eligible On-Demand-equivalent dollars, what is owned included. 100: no limit.",
    )
    cash = _cash(cash_usd)
    caution = st.slider(
        "Caution",
        0.0,
        1.0,
        0.0,
        0.1,
        key="try_risk",
        persist_state="session",
        help="0: the largest mean saving. 1: the largest saving in the worst tenth of the scenarios.",
    )
    tried = Tried(
        term_years=term,
        payment_option=payment,
        coverage_pct=coverage if coverage < 100 else None,
        cash_usd=cash,
        caution=caution,
    )
    if st.button(
        "Advise with these limits",
        icon=":material/check:",
        on_click=_take,
        args=(tried,),
        help="Makes them the settings at the top of the page, for every view.",
    ):
        st.rerun()
    return tried


def _cash(cash_usd: float) -> int | None:
    """The most cash at the start; at its end the slider limits nothing."""
    step = _STEP_USD * max(1, round(cash_usd / _STEPS / _STEP_USD))
    most = step * (int(cash_usd / step) + 1)
    cash = st.slider(
        "Cash at the start up to, $",
        0,
        most,
        most,
        step,
        key=f"try_cash {most}",
        persist_state="session",
        format="dollar",
        help="Upfront payments of all rows together. At the right end: no limit.",
    )
    return cash if cash < most else None


def _take(tried: Tried) -> None:
    """The settings of the page become those of the calculator."""
    st.session_state["term"] = tried.term_years or 0
    st.session_state["payment"] = tried.payment_option or BEST
    st.session_state["cap"] = None if tried.coverage_pct is None else float(max(1, tried.coverage_pct))
    st.session_state["cash"] = None if tried.cash_usd is None else float(tried.cash_usd)
    st.session_state["risk"] = tried.caution


def _numbers(found: WhatIf, advice: CommitmentAdvice) -> None:
    report, cash = advice.report, cash_of(advice)
    show_cards(
        [
            Card(
                label="Would save a year",
                value=dollars(found.annual_savings_usd),
                change=f"advice: {dollars(report.annual_savings_usd)}",
                help=f"Net of what lies unused, of {dollars(found.on_demand_usd)} a year at On-Demand "
                "rates. Below: the advice at the top of the page.",
            ),
            Card(
                label="In the worst tenth",
                value=dollars(found.worst_savings_usd),
                help="What a year saves in the worst tenth of ten cases of what may become of demand. "
                "Caution raises it, at the price of the mean. Unknown on a snapshot.",
            ),
            Card(
                label="Would pay at the start",
                value=dollars(found.upfront_usd),
                change=f"advice: {dollars(cash.upfront_usd)}",
                help="Upfront payments of all rows together.",
            ),
            Card(
                label="And each month",
                value=dollars(found.monthly_usd),
                change=f"advice: {dollars(cash.monthly_usd)}",
                help="Recurring payments, a month of 730 hours.",
            ),
            Card(
                label="Would be covered",
                value=percent(found.coverage_after_pct),
                change=f"advice: {percent(report.coverage_after_pct)}",
                help="Of eligible On-Demand-equivalent dollars, what is owned included.",
            ),
            Card(
                label="Would be worth today",
                value=dollars(found.npv_savings_usd),
                change=f"advice: {dollars(report.npv_savings_usd)}",
                help="Present value of the savings of all terms, cash at the start deducted, at "
                f"{percent(report.discount_rate_pct)} a year.",
            ),
        ],
        per_row=2,
    )


def _before_and_after(found: WhatIf, advice: CommitmentAdvice) -> None:
    cash = cash_of(advice)
    frame = pd.DataFrame(
        {
            "name": ["Savings a year", "Cash at the start"],
            "cost_usd": [found.annual_savings_usd, found.upfront_usd],
            "previous_usd": [advice.report.annual_savings_usd, cash.upfront_usd],
        }
    )
    show_chart(
        charts.compared_bars(
            frame, now="with these limits", before="the advice above", rows="Figure", unit="USD"
        ),
        "Savings a year and cash at the start, with these limits and as advised above",
    )


def _purchases(found: WhatIf) -> None:
    if found.purchases.empty:
        st.caption("Nothing would be bought.")
        return
    with st.expander(f"What would be bought: {count(len(found.purchases), 'row')}"):
        shown = found.purchases.assign(kind=found.purchases["kind"].replace(SHORT_KINDS))
        tables.table(shown, _PURCHASES, alt="What would be bought under these limits")
