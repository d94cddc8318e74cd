"""RI & Savings Plans: what is covered, what to buy, on which evidence, and what else would save."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import (
    CommitmentAdvice,
    CommitmentSettings,
    CoverageReport,
    as_commitments,
    compare_plans,
    coverage,
    recommend,
)
from finops.dashboard import calculator, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.commitment_choices import choose_settings, filtered
from finops.dashboard.commitment_tables import (
    EXPIRING,
    KINDS,
    NOT_PRICED,
    OPTIONS,
    OWNED,
    RECOMMENDATIONS,
    STEADY,
    owned_names,
    recommendation_frame,
)
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.spreadsheet import csv_text

TOP = 10


def show(view: View) -> None:
    """Draw the section."""
    estate = view.shown
    if estate.ec2.empty and estate.usage.empty:
        st.info("No instance and no usage to judge. Upload an EC2 list, or clear a filter.")
        return
    settings = choose_settings()
    try:
        advice = answered(recommend, estate, settings)
        covered = answered(coverage, estate)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    _evidence(advice)
    if view.filters.teams or view.filters.environments:
        st.caption("Usage carries no tags: team and environment filters do not narrow hourly evidence.")
    show_cards(_cards(advice))
    _coverage(covered)
    _recommendations(advice, estate)
    calculator.show(advice)
    _steady(advice)
    _comparison(estate, settings)
    _expiring(advice)
    _not_priced(advice)


def _evidence(advice: CommitmentAdvice) -> None:
    report = advice.report
    if report.evidence == "snapshot":
        st.warning(
            "**Weak evidence: a snapshot.** There is no hourly usage, so the advice rests on which "
            "instances run today and since when. It has no confidence and no utilization, and covers "
            f"at most {percent(report.target_coverage_pct, 0)} of the steady instances. Upload hourly "
            "usage for advice that is tested against history.",
            icon=":material/warning:",
        )
    else:
        st.caption(
            f"Evidence: hourly usage of {count(report.evidence_hours, 'hour')}, {report.evidence_start} "
            f"to {report.as_of}. Confidence looks {report.horizon_days} days ahead."
        )
    st.caption("\n".join(f"- {plain(note)}" for note in report.notes))


def _cards(advice: CommitmentAdvice) -> list[Card]:
    report = advice.report
    return [
        Card(
            label="Annual savings",
            value=dollars(report.annual_savings_usd),
            help="The sum of the recommendations: mean hourly saving × 8,760, net of unused hours, "
            "undiscounted. Against On-Demand prices of the catalogue or the contracted rate.",
        ),
        Card(
            label="Of On-Demand",
            value=percent(report.savings_pct),
            help=f"Annual savings ÷ a year of eligible usage at On-Demand rates, "
            f"{dollars(report.on_demand_usd)}.",
        ),
        Card(
            label="Coverage now",
            value=percent(report.coverage_before_pct),
            help="Covered ÷ eligible On-Demand-equivalent dollars, with what is owned on the as-of "
            f"date. Target {percent(report.target_coverage_pct, 0)}.",
        ),
        Card(
            label="Coverage then",
            value=percent(report.coverage_after_pct),
            help="The same, if every recommendation is followed.",
        ),
    ]


def _coverage(covered: CoverageReport) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.markdown(
            "**Coverage**",
            help=f"Covered ÷ eligible On-Demand-equivalent dollars, {covered.start} to {covered.end}, "
            "each commitment in the hours in which it counted. The mark is the target.",
        )
        show_chart(
            charts.percent_gauge(covered.coverage_pct, covered.target_pct),
            f"Coverage {percent(covered.coverage_pct)}, target {percent(covered.target_pct, 0)}",
        )
        st.caption(
            f"{dollars(covered.covered_usd)} of {dollars(covered.eligible_usd)} covered. RIs alone: "
            f"{percent(covered.ri_coverage_pct_hours)} of the instance-hours, "
            f"{percent(covered.ri_coverage_pct_units)} of the normalized units."
        )
        st.caption(
            f"Effective savings rate {percent(covered.effective_savings_rate_pct)}; paid for hours that "
            f"nobody used: {dollars(covered.unused_usd)}. The cards above count what is owned on the "
            "as-of date as if it had been there all along."
        )
    with right:
        st.markdown("**Utilization of what is owned**", help="Used ÷ purchased, each commitment.")
        owned = covered.utilization
        if owned.empty:
            st.caption("No commitment counted in these hours.")
            return
        frame = pd.DataFrame({"name": owned_names(owned), "percent": owned["UtilizationPct"]})
        show_chart(
            charts.percent_bars(frame, target_pct=None, limit=44), "Utilization of each owned commitment"
        )
    with st.expander("What is owned"):
        tables.table(owned.replace({"Kind": KINDS}), OWNED, alt="Owned commitments and their use")


def _recommendations(advice: CommitmentAdvice, estate: Estate) -> None:
    st.subheader(
        f"Top {TOP} recommendations",
        help="The purchases that save most: type and region, quantity, term and payment, annual "
        "savings, and the confidence, from back-tests, that it costs no more than On-Demand.",
    )
    everything = recommendation_frame(advice.report.recommendations)
    if everything.empty:
        st.info("Nothing is worth committing to on this evidence, beyond what is owned.")
        return
    rows = filtered(everything)
    top = rows.head(TOP)
    tables.table(top, RECOMMENDATIONS, alt="The purchases that save most")
    with st.container(horizontal=True):
        tables.download_frame(
            "Download for procurement",
            rows.drop(columns="title"),
            "commitment_recommendations.csv",
            help_text=f"All {len(rows)} rows after the filters, with every figure.",
        )
        tables.download_text(
            "Download as commitments",
            lambda: csv_text(as_commitments(advice, estate)),
            "advice_as_commitments.csv",
            help_text="All advice in the form of the commitments file, to simulate it.",
        )
    bars = top.rename(columns={"title": "name", "annual_savings_usd": "cost_usd"})
    show_chart(charts.ranked_bars(bars, limit=48), "Annual savings of the top recommendations")


def _steady(advice: CommitmentAdvice) -> None:
    with st.expander("Steady instances"):
        st.caption(
            "What runs so evenly that it is worth a commitment. Hourly evidence: 5th percentile ÷ mean "
            "of the pool's hourly instances. Snapshot: running hours since launch ÷ days looked at."
        )
        tables.table(advice.report.steady_instances, STEADY, alt="Steady pools or instances")


def _comparison(estate: Estate, settings: CommitmentSettings) -> None:
    comparison = answered(
        compare_plans, estate, CommitmentSettings(lookback_days=settings.lookback_days)
    )
    st.subheader(
        "Reserved Instances or Savings Plans",
        help="Each row is sized alone on the same hours, what owned commitments leave of them. They are "
        "alternatives and never to be added.",
    )
    if comparison.options.empty:
        st.caption("No offer is priced for this usage.")
        return
    for note in comparison.notes:
        st.caption(plain(note[:1].upper() + note[1:]))
    options = comparison.options.replace({"Kind": KINDS})
    tables.table(options, OPTIONS, alt="Savings of each kind, class, term and payment")


def _expiring(advice: CommitmentAdvice) -> None:
    st.subheader("Expiring soon", help="Active commitments that end within 90 days of the as-of date.")
    if not advice.report.expiring:
        st.caption("None.")
        return
    frame = as_frame(advice.report.expiring, list(EXPIRING)).replace({"kind": KINDS})
    tables.table(frame, EXPIRING, alt="Commitments about to end")


def _not_priced(advice: CommitmentAdvice) -> None:
    if not advice.report.not_priced:
        return
    with st.expander(f"Without a price: {count(len(advice.report.not_priced), 'pool')}"):
        st.caption("No advice is given where a price is unknown; there is never a default price.")
        frame = as_frame(advice.report.not_priced, list(NOT_PRICED))
        tables.table(frame, NOT_PRICED, alt="Pools without a price")
