"""The Overview tab: what is spent, on what, how it moves, and how the lists become the bill."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.allocation import ChargebackSettings, chargeback, kept_rules
from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.compliance import compliance, policy_in_force
from finops.answers.overview import Overview, overview
from finops.answers.ranking import top_and_rest, top_series
from finops.answers.reconciliation import Reconciliation
from finops.answers.tag_suggestions import virtual_tags
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, basis_text, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.schema import NO_VALUE

SHOWN = 8


def show(view: View) -> None:
    """Draw the tab."""
    estate = view.shown
    answer = answered(overview, estate)
    if estate.ec2.empty and estate.s3.empty and estate.costs.empty:
        st.info("Nothing is left to show. Clear a filter, or upload a resource list in the sidebar.")
        return
    show_cards([*_cost_cards(answer), *_decision_cards(estate)])
    _over_time(answer)
    _where_it_goes(answer)
    if answer.reconciliation is not None:
        _reconciliation(answer.reconciliation)
    else:
        st.caption(
            "With a bill and a resource list together, the steps from the run rate of the list to the "
            "bill are shown here."
        )


def _cost_cards(answer: Overview) -> list[Card]:
    run_rate = Card(
        label="Run rate",
        value=dollars(answer.run_rate_usd),
        help="What every listed resource costs in a month of 730 hours, whatever its state: "
        f"EC2 {dollars(answer.ec2_run_rate_usd)}, S3 {dollars(answer.s3_run_rate_usd)}. "
        "The total of the resource lists.",
    )
    not_running = Card(
        label="Not running",
        value=dollars(answer.not_running_usd),
        help="The part of the run rate that stopped and terminated instances carry in the EC2 list. "
        "It is shown, and never evidence for a commitment.",
    )
    if answer.basis.source == "inventory":
        return [run_rate, not_running]
    cost = Card(
        label=f"Cost {answer.basis.period}",
        value=dollars(answer.cost_usd),
        change=percent(answer.change_pct) if answer.change_pct is not None else None,
        against="vs month before" if answer.change_pct is not None else None,
        rising_is="bad",
        help=f"The last full month: {basis_text(answer.basis)}. Upfront payments are spread over their "
        f"term. Billed in that month: {dollars(answer.billed_usd)}; the month before: "
        f"{dollars(answer.previous_usd)}.",
    )
    to_date = Card(
        label="Month to date",
        value=dollars(answer.month_to_date_usd),
        help="Effective cost of the current month, up to and including the as-of date.",
    )
    return [cost, to_date, run_rate, not_running]


def _decision_cards(estate: Estate) -> list[Card]:
    return [*_commitment_cards(estate), _tags_card(estate), _allocation_card(estate)]


def _tags_card(estate: Estate) -> Card:
    label = "Tag compliance"
    try:
        tags = answered(compliance, estate, policy_in_force())
    except FinOpsError as error:
        return Card(label=label, value=UNKNOWN, help=f"Not worked out: {plain(error)}")
    return Card(
        label=label,
        value=percent(tags.report.compliance_pct),
        help=f"{tags.report.compliant} of {tags.report.resources} taggable resources carry every "
        f"mandatory tag with an allowed value. Target {percent(tags.report.target_pct, 0)}. By "
        f"cost: {percent(tags.report.compliance_by_cost_pct)} ({basis_text(tags.basis)}).",
    )


def _allocation_card(estate: Estate) -> Card:
    label = "Not allocated to a team"
    try:
        settings = ChargebackSettings(basis="effective", rules=kept_rules(), virtual_tags=virtual_tags())
        shares = answered(chargeback, estate, settings)
    except FinOpsError as error:
        return Card(label=label, value=UNKNOWN, help=f"Not worked out: {plain(error)}")
    return Card(
        label=label,
        value=dollars(shares.report.unallocated_usd),
        help="Cost without a Team tag or an accepted virtual one, of "
        f"{dollars(shares.report.total_usd)} in all "
        f"({shares.report.basis} cost, {shares.report.period}).",
    )


def _commitment_cards(estate: Estate) -> list[Card]:
    try:
        advice = answered(recommend, estate, CommitmentSettings()).report
    except FinOpsError as error:
        reason = f"Not worked out: {plain(error)}"
        return [Card(label="Savings found, a year", value=UNKNOWN, help=reason)]
    weak = " Weak evidence: no hourly usage was given." if advice.evidence == "snapshot" else ""
    savings = Card(
        label="Savings found, a year",
        value=dollars(advice.annual_savings_usd),
        help="What the recommended commitments would save in a year, net of what would go unused."
        f"{weak} Details under Enterprise FinOps.",
    )
    covered = Card(
        label="Coverage by commitments",
        value=percent(advice.coverage_before_pct),
        help="Covered ÷ eligible On-Demand-equivalent dollars, with what is owned on the as-of date. "
        f"Then {percent(advice.coverage_after_pct)} with the recommendations; target "
        f"{percent(advice.target_coverage_pct, 0)}.",
    )
    return [savings, covered]


def _over_time(answer: Overview) -> None:
    if answer.monthly.empty:
        return
    st.subheader("Cost over time", help="Effective cost by service, from the bill.")
    by = st.radio(
        "Grain",
        ["Months", "Days"],
        key="grain",
        horizontal=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    if by == "Days":
        daily, services = top_series(answer.daily, "date")
        show_chart(charts.daily_lines(daily, services), "Effective cost a day, one line a service")
    else:
        monthly, services = top_series(answer.monthly, "month")
        show_chart(
            charts.stacked_months(monthly, services), "Effective cost a month, stacked by service"
        )


def _where_it_goes(answer: Overview) -> None:
    st.subheader("Where it goes", help=f"{basis_text(answer.basis)}; the {SHOWN} largest and the rest.")
    pairs = (
        ("By service", answer.by_service),
        ("By region", answer.by_region),
        ("By team", answer.by_team),
        ("By account", answer.by_account),
    )
    for left, right in (pairs[:2], pairs[2:]):
        for column, (title, ranked) in zip(st.columns(2, gap="large"), (left, right), strict=True):
            with column:
                _ranked(title, ranked, answer)


def _ranked(title: str, ranked: pd.DataFrame, answer: Overview) -> None:
    st.markdown(f"**{title}**")
    if list(ranked["name"]) == [NO_VALUE]:
        st.caption("The data do not say.")
        return
    shown, what = top_and_rest(ranked, SHOWN), title.removeprefix("By ").capitalize()
    if answer.previous_usd is None:
        figure = charts.ranked_bars(shown, rows=what)
    else:
        figure = charts.compared_bars(shown, now=answer.basis.period, before="month before", rows=what)
    show_chart(figure, f"Cost {title.lower()}, most expensive first")


def _reconciliation(steps: Reconciliation) -> None:
    st.subheader(
        "From run rate to bill",
        help="The resource lists say what everything would cost if it ran for 730 hours; the bill says "
        "what was charged. Every row of the bill is in exactly one step, so the steps add up.",
    )
    relative = [(line.line, float(line.usd)) for line in steps.lines]
    show_chart(
        charts.waterfall(
            ("Run rate of the lists", float(steps.run_rate_usd)),
            relative,
            (f"Effective cost of {steps.period}", float(steps.effective_usd)),
        ),
        "Steps from the run rate of the resource lists to the effective cost of the bill",
    )
    with st.expander("The steps as a table"):
        _steps_table(steps)


def _steps_table(steps: Reconciliation) -> None:
    rows = [
        ("Run rate of the resource lists", steps.run_rate_usd, "730 hours, every state"),
        *((line.line, line.usd, line.explanation) for line in steps.lines),
        (f"Effective cost of {steps.period}", steps.effective_usd, "the sum of the lines above"),
        (
            "Paid at another time than used",
            steps.billed_minus_effective_usd,
            "upfront payments and fees, on their cash date",
        ),
        (f"Billed cost of {steps.period}", steps.billed_usd, "the invoice"),
    ]
    frame = pd.DataFrame(rows, columns=["step", "usd", "why"]).astype({"usd": "float64"})
    columns = {
        "step": tables.text("Step"),
        "usd": tables.dollars("USD", "Dollars; a minus takes away"),
        "why": tables.text("Why"),
    }
    tables.table(frame, columns, alt="Steps from the run rate to the bill")
    tables.download_frame(
        "Download the steps", frame, "run_rate_to_bill.csv", help_text="The table above as CSV."
    )
