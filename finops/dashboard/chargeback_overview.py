"""The overview of the chargeback: the figures above, the lines, how far they reach, and what to do."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.allocation import Chargeback, chargeback_csv
from finops.answers.chargeback_export import summary_name
from finops.answers.ranking import top_and_rest
from finops.dashboard import tables
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.chargeback_page import ChargebackPage
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, percent, plain

SHOWN = 12


def headline(page: ChargebackPage) -> None:
    """What stands above every view: whose rules, whether it is closed, and four figures."""
    result, report = page.result, page.answer.report
    assert result is not None
    if page.settings.rules is not None:
        st.caption("Allocated by the rules that are kept in allocation_rules.json.")
    if result.closed_at is not None:
        changed = (
            "; its bill has been restated since, and what that changes is an adjustment of a later month"
            if result.restated
            else ""
        )
        if result.other_terms:
            changed += (
                ". What it was closed by counts, and not what is asked for now: "
                f"{', '.join(result.other_terms)}"
            )
        st.info(
            f"{report.period} by {plain(report.by)} at {report.basis} cost was closed on "
            f"{result.closed_at:%Y-%m-%d} by {plain(result.closed_by)}: these are the frozen "
            f"lines{changed}.",
            icon=":material/lock:",
        )
    show_cards(_cards(page))


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    answer = page.answer
    _charts(answer)
    _lines(page)
    left, right = st.columns(2, gap="large")
    with left:
        _statement(answer, restated=page.result is not None and page.result.restated)
    with right:
        _coverage(answer)
    _advice(answer)


def _cards(page: ChargebackPage) -> list[Card]:
    report = page.answer.report
    period = f"{report.period}, {report.basis.replace('_', ' ')} cost"
    unknown = (
        f" {count(report.unknown_cost_resources, 'resource')} of unknown cost not counted."
        if report.unknown_cost_resources
        else ""
    )
    return [
        Card(
            label="Total",
            value=dollars(report.total_usd),
            help=f"All cost of EC2, S3 and whatever else the bill has: {period}. The lines add up to it "
            f"to the cent.{unknown}",
        ),
        Card(
            label="Allocated",
            value=dollars(report.allocated_usd),
            help=f"Cost that somebody pays for: {percent(report.allocated_pct)} of the total.",
        ),
        Card(
            label="Unallocated",
            value=dollars(report.unallocated_usd),
            help=f"Cost without a target, {period}. Before sharing: {dollars(report.untagged_usd)}.",
        ),
        Card(
            label="Month before",
            value=dollars(report.previous_total_usd),
            help="The total of the month before as it was closed, else under the same rules; – where "
            "the bill does not have it.",
        ),
    ]


def lines_frame(answer: Chargeback) -> pd.DataFrame:
    """A row a line; unknown figures are NaN."""
    frame = as_frame(answer.report.lines, list(LINES))
    return frame.astype({"previous_usd": "float64", "percent": "float64"})


def _charts(answer: Chargeback) -> None:
    report = answer.report
    frame = lines_frame(answer)
    named = frame[["allocated_to", "total_usd", "previous_usd"]].rename(
        columns={"allocated_to": "name", "total_usd": "cost_usd"}
    )
    shown = top_and_rest(named, SHOWN)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**Cost by {report.by}**", help=f"{report.period}, {report.basis} cost.")
        if report.previous_total_usd is None:
            figure = charts.ranked_bars(shown, rows=report.by)
        else:
            figure = charts.compared_bars(
                shown, now=report.period, before="month before", rows=report.by
            )
        show_chart(figure, f"Chargeback lines by {report.by}")
    with right:
        st.markdown("**Share of the total**", help="Area in proportion to dollars.")
        show_chart(
            charts.cost_treemap(shown, name="name", value="cost_usd"),
            f"Shares of the total by {report.by}",
        )


def _lines(page: ChargebackPage) -> None:
    answer = page.answer
    report = answer.report
    st.subheader("Lines", help="Direct + shared = total on every line; the lines add up to the total.")
    tables.table(lines_frame(answer), LINES, alt=f"Chargeback lines by {report.by}")
    tables.download_text(
        "Download for finance",
        lambda: chargeback_csv(answer),
        summary_name(answer, page.mode),
        help_text="The lines to the cent, as the command line writes them; safe in a spreadsheet.",
    )


def _statement(answer: Chargeback, *, restated: bool) -> None:
    report = answer.report
    st.subheader("Reconciliation", help="The lines, added up apart from the input.")
    rows = [
        ("Sum of the lines", float(report.total_usd)),
        (
            f"Input, {report.period}, {report.basis.replace('_', ' ')}",
            float(report.total_usd - report.reconciliation_difference_usd),
        ),
        ("Difference", float(report.reconciliation_difference_usd)),
    ]
    frame = pd.DataFrame(rows, columns=["what", "usd"])
    columns = {"what": tables.text("What"), "usd": tables.dollars("USD", "To the cent")}
    tables.table(frame, columns, alt="Reconciliation of the chargeback with its input")
    if restated:
        st.warning(
            "The bill has been restated since the month was closed: the lines are those of the bill as "
            "it was then.",
            icon=":material/history:",
        )
    elif report.reconciliation_difference_usd == 0:
        st.success(f"Difference {dollars(0)}: the lines are the bill.", icon=":material/check:")
    else:
        st.error("The lines do not add up to the input.", icon=":material/error:")


def _coverage(answer: Chargeback) -> None:
    report, review = answer.report, answer.review
    st.subheader("Coverage", help="The allocated share of the total, against its target.")
    show_chart(
        charts.percent_gauge(report.allocated_pct, review.target_pct),
        f"Allocated {percent(report.allocated_pct)} of the total; the target is {review.target_pct} %",
    )
    if review.to_target_usd is None:
        st.caption("The total is not above zero, so there is no share of it.")
    elif review.to_target_usd:
        st.markdown(
            f"**{dollars(review.to_target_usd)}** more must find an owner for the target of "
            f"{review.target_pct} %."
        )
    else:
        st.markdown(f"The target of {review.target_pct} % is reached.")


def _advice(answer: Chargeback) -> None:
    st.subheader(
        "How to allocate more", help="Most dollars first. They overlap: their dollars do not add up."
    )
    frame = as_frame(answer.report.advice, list(_ADVICE))
    if frame.empty:
        st.caption("Everything has an owner.")
        return
    tables.table(frame, _ADVICE, alt="Advice to improve the allocation")


LINES = {
    "allocated_to": tables.text("Allocated to"),
    "direct_usd": tables.dollars("Direct", "Cost that a rule gives to it"),
    "shared_usd": tables.dollars("Shared", "Its share of pools"),
    "total_usd": tables.dollars("Total", "Direct + shared"),
    "previous_usd": tables.dollars("Month before", "As it was closed, else under the same rules"),
    "percent": tables.percent("Share", "Of the total"),
    "resources": tables.number("Resources", "Distinct resources charged directly"),
}
_ADVICE = {
    "action": tables.text("What to do"),
    "usd": tables.dollars("USD", "Dollars of the period that it concerns"),
    "resources": tables.number("Resources", "How many it is about"),
}
