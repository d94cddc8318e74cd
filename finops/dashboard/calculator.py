"""The savings calculator: one type in one region, so many instances, so many of their hours."""

from __future__ import annotations

import streamlit as st

from finops.answers.calculator import savings_by_offer
from finops.answers.commitments import CommitmentAdvice
from finops.dashboard import tables
from finops.dashboard.commitment_tables import KINDS
from finops.dashboard.wording import dollars, percent, plain
from finops.errors import FinOpsError

MOST = 500


@st.fragment
def show(advice: CommitmentAdvice) -> None:
    """Draw the calculator, beginning with the recommendations."""
    rows = advice.report.recommendations
    if not rows:
        return
    st.subheader(
        "Savings calculator",
        help="What if you buy more or fewer, or they run less? Prices of the catalogue, nothing else: a "
        "commitment is paid for every hour of its term, On-Demand only for the hours used.",
    )
    left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    at = left.selectbox(
        "Recommendation",
        range(len(rows)),
        format_func=lambda number: rows[number].title,
        key="calculator_row",
        persist_state="session",
        help="Gives the type, the region and the platform, and the quantity to begin with.",
    )
    chosen = rows[min(at, len(rows) - 1)]
    quantity = middle.number_input(
        "Instances",
        min_value=1,
        max_value=max(MOST, chosen.quantity),
        value=chosen.quantity,
        key=f"calculator_quantity {chosen.title}",
        persist_state="session",
        help="How many to commit to.",
    )
    used = right.slider(
        "Hours used, %",
        0,
        100,
        100,
        key="calculator_used",
        persist_state="session",
        help="The share of the hours in which they run.",
    )
    try:
        offers = savings_by_offer(
            chosen.instance_type, chosen.region, chosen.platform, int(quantity), float(used)
        )
    except FinOpsError as error:
        st.error(plain(error))
        return
    if offers.empty:
        st.caption("No commitment is priced for this type.")
        return
    best = offers.iloc[0]
    verb = "saves" if best["annual_savings_usd"] >= 0 else "loses"
    st.markdown(
        f"Best of all offers: **{KINDS[best['kind']]}**, {best['term_years']} yr, "
        f"{best['payment_option']} {verb} **{dollars(abs(best['annual_savings_usd']))} a year** and "
        f"breaks even at {percent(best['break_even_used_pct'])} of the hours."
    )
    tables.table(offers.replace({"kind": KINDS}), _OFFERS, alt="Savings of every offer")


_OFFERS = {
    "kind": tables.text("Kind"),
    "offering_class": tables.text("Class"),
    "term_years": tables.number("Years", "Term"),
    "payment_option": tables.text("Payment"),
    "annual_savings_usd": tables.dollars("Savings a year", "On-Demand of the hours used − committed"),
    "savings_pct": tables.percent("Savings", "Of the On-Demand cost of the hours used"),
    "on_demand_usd": tables.dollars("On-Demand a year", "Of the hours used"),
    "committed_usd": tables.dollars("Committed a year", "Of all hours, upfront spread over the term"),
    "break_even_used_pct": tables.percent("Break-even", "Share of the hours at which the saving is 0"),
    "upfront_usd": tables.dollars("Upfront", "Paid at the start"),
    "basis": tables.text("Price", "How the price is known: recorded by AWS, derived, estimated …"),
}
