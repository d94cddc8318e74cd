"""RI & Savings Plans: the settings, the headline of the advice, and one view of it at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.answers.commitments import CommitmentAdvice, recommend
from finops.answers.explanations import cash_of
from finops.dashboard import (
    backtest_view,
    calculator,
    compare_view,
    coverage_view,
    frontiers_panel,
    owned_view,
    purchase_view,
    recommendations_view,
)
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.commitment_choices import choose_settings
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View
from finops.dashboard.wording import at_most, count, dollars, percent, plain, sentence
from finops.errors import FinOpsError
from finops.estate import Estate


def show(view: View) -> None:
    """Draw the section."""
    estate = view.shown
    if estate.ec2.empty and estate.usage.empty:
        st.info("No instance and no usage to judge. Upload an EC2 list, or clear a filter.")
        return
    settings = choose_settings()
    try:
        advice = answered(recommend, estate, settings, progress="Looking for the cheapest portfolio …")
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if advice.report.evidence == "snapshot":
        _weak(advice)
    show_cards(_cards(advice), per_row=3)
    _evidence(advice, view)
    show_open(VIEWS, "view", advice, estate)


def _calculate(advice: CommitmentAdvice, estate: Estate) -> None:
    calculator.show(advice, estate)
    frontiers_panel.show(estate, advice.settings)


def _compare(advice: CommitmentAdvice, estate: Estate) -> None:
    compare_view.show(estate, advice.settings)


def _backtest(advice: CommitmentAdvice, estate: Estate) -> None:
    backtest_view.show(estate, advice.settings)


# Each has an address of its own; only the open one is worked out.
VIEWS: Mapping[str, Callable[[CommitmentAdvice, Estate], None]] = {
    "Recommendations": recommendations_view.show,
    "Coverage": coverage_view.show,
    "Calculator": _calculate,
    "Compare": _compare,
    "Owned": owned_view.show,
    "Back-test": _backtest,
    "Purchase": purchase_view.show,
}


def _weak(advice: CommitmentAdvice) -> None:
    st.warning(
        "**Weak evidence: a snapshot.** There is no hourly usage, so the advice rests on which "
        "instances run today and since when. It has no confidence and no utilisation, and covers "
        f"at most {percent(advice.report.target_coverage_pct, 0)} of the steady instances. Upload "
        "hourly "
        "usage for advice that is tested against history.",
        icon=":material/warning:",
    )


def _evidence(advice: CommitmentAdvice, view: View) -> None:
    report = advice.report
    parts = []
    if report.evidence == "hourly":
        parts.append(
            f"Evidence: hourly usage of {count(report.evidence_hours, 'hour')}, {report.evidence_start} "
            f"to {report.as_of}{_sizing(advice)}."
        )
    if report.evidence == "hourly" and report.horizon_days is not None:
        parts.append(f"Confidence looks {report.horizon_days} days ahead.")
    if report.optimality_gap_pct is not None:
        sized = report.window is not None and not report.window.given
        heading = "Where demand is heading, it saves " if sized else "It saves "
        parts.append(
            f"{heading}{dollars(report.expected_savings_usd)} a year, and the bill is "
            f"{at_most(report.optimality_gap_pct)} above the least possible one for that demand: "
            "proven, not guessed."
        )
    if view.filters.teams or view.filters.environments:
        parts.append(
            "Usage carries no tags: team and environment filters do not narrow hourly evidence."
        )
    said, more = st.columns([6, 1], vertical_alignment="center")
    said.caption(" ".join(parts))
    if report.notes:
        with more.popover(count(len(report.notes), "note"), width="stretch", key="notes"):
            st.markdown("\n".join(f"- {plain(sentence(note))}" for note in report.notes))


def _sizing(advice: CommitmentAdvice) -> str:
    window = advice.report.window
    if window is None or window.given:
        return ""
    ahead = ", carried forward by the trend of the fleet" if window.trend_adjusted else ""
    return f"; the window is chosen by back-test{ahead}"


def _cards(advice: CommitmentAdvice) -> list[Card]:
    report = advice.report
    cash = cash_of(advice)
    rows = count(len(report.recommendations), "row")
    return [
        Card(
            label="Annual savings",
            value=dollars(report.annual_savings_usd),
            help=f"The sum of the {rows} of the advice: mean hourly saving × 8,760, net of what lies "
            "unused, "
            "undiscounted. Against On-Demand prices of the catalogue or the contracted rate.",
        ),
        Card(
            label="Of On-Demand",
            value=percent(report.savings_pct),
            help=f"Annual savings ÷ a year of eligible usage at On-Demand rates, "
            f"{dollars(report.on_demand_usd)}.",
        ),
        Card(
            label="Coverage, now → then",
            value=f"{percent(report.coverage_before_pct)} → {percent(report.coverage_after_pct)}",
            help="Covered ÷ eligible On-Demand-equivalent dollars: with what is owned on the as-of "
            "date, as "
            "if it had been there all along, and with every recommendation besides. Target "
            f"{percent(report.target_coverage_pct, 0)}.",
        ),
        Card(
            label="Cash at the start",
            value=dollars(cash.upfront_usd),
            change=f"and {dollars(cash.monthly_usd)} a month",
            help="Upfront payments of all rows together, and their recurring payments a month of 730 "
            "hours. "
            "Set Payment or a limit of cash to change it.",
        ),
        Card(
            label="Worth today (NPV)",
            value=dollars(report.npv_savings_usd),
            help="What the savings of all terms are worth on the day of purchase, cash at the start "
            f"deducted, at {percent(report.discount_rate_pct)} a year.",
        ),
        Card(
            label="Above the least possible bill",
            value=at_most(report.optimality_gap_pct),
            help="Optimality gap: (bill under the advice − a proven lower bound of any bill) ÷ that "
            "bound. "
            + (
                f"Not known: {report.optimality_gap_reason}."
                if report.optimality_gap_pct is None and report.optimality_gap_reason
                else "For the demand that was sized for, no purchase of these offers can be cheaper by "
                "more than this."
            ),
        ),
    ]
