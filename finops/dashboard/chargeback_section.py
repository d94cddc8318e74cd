"""Chargeback: who pays for what, to the cent, and how to leave less of it without an owner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.allocation import (
    BASES,
    Chargeback,
    ChargebackSettings,
    SharedMode,
    chargeback,
    chargeback_csv,
    kept_rules,
    months_of,
)
from finops.answers.ranking import top_and_rest
from finops.answers.tag_suggestions import virtual_tags
from finops.dashboard import fixed_shares, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.periods import Month

DIMENSIONS = ("Team", "CostCenter", "Project", "Owner", "Environment", "AccountId")
_MODES: Mapping[SharedMode, str] = {
    "none": "leave it apart",
    "proportional": "by their cost",
    "even": "evenly",
    "fixed": "by fixed shares",
}
SHOWN = 12


def show(view: View) -> None:
    """Draw the section."""
    estate = view.shown
    settings = _settings(estate)
    if view.is_filtered:
        st.warning(
            "Filters are set: these lines are a part of the bill, and so is the file for finance.",
            icon=":material/filter_alt:",
        )
    try:
        settings = replace(settings, rules=kept_rules(), virtual_tags=virtual_tags())
        asked = _with_shares(estate, settings) if settings.shared == "fixed" else settings
        if asked is None:
            return
        answer = answered(chargeback, estate, asked)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if not answer.report.lines:
        st.info("No cost to allocate. Upload a resource list or a bill, or clear a filter.")
        return
    if settings.rules is not None:
        st.caption("Allocated by the rules that are kept in allocation_rules.json.")
    show_cards(_cards(answer))
    _charts(answer)
    _lines(answer)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _statement(answer)
    with right:
        _advice(answer)


def _settings(estate: Estate) -> ChargebackSettings:
    months = months_of(estate)
    by_column, shared_column, basis_column, month_column = st.columns(4)
    by = by_column.selectbox(
        "Charge by",
        DIMENSIONS,
        key="by",
        bind="query-params",
        help="The tag whose value says who pays; AccountId goes by the account of the charge.",
    )
    shared = shared_column.selectbox(
        "Untagged cost",
        list(_MODES),
        format_func=_MODES.__getitem__,
        key="shared",
        bind="query-params",
        help="Who pays for cost without that tag: nobody (one line Unallocated), or everyone in "
        "proportion to their own cost, in equal parts, or by shares that you give.",
    )
    if not months:
        st.caption("Without a bill: the run rate of the resource lists, 730 hours a month.")
        return ChargebackSettings(by=by, shared=shared)
    basis = basis_column.selectbox(
        "Cost basis",
        BASES,
        key="basis",
        bind="query-params",
        help="billed: as invoiced, on the cash date. effective: upfront fees spread over their term. "
        "list: without any discount.",
    )
    month = month_column.selectbox(
        "Month",
        [str(one) for one in months],
        key="month",
        bind="query-params",
        help="Full months of the bill.",
    )
    # Without its name the last full month is one answer with the Overview's.
    period = None if month == str(months[0]) else Month.parse(month)
    return ChargebackSettings(by=by, shared=shared, basis=basis, period=period)


def _with_shares(estate: Estate, settings: ChargebackSettings) -> ChargebackSettings | None:
    apart = answered(chargeback, estate, replace(settings, shared="none")).report
    return fixed_shares.choose(
        settings, [line.allocated_to for line in apart.lines if line.allocated_to != "Unallocated"]
    )


def _cards(answer: Chargeback) -> list[Card]:
    report = answer.report
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
            help="The total of the month before under the same rule; – where the bill does not have it.",
        ),
    ]


def _frame(answer: Chargeback) -> pd.DataFrame:
    frame = as_frame(answer.report.lines, list(_LINE_COLUMNS))
    return frame.astype({"previous_usd": "float64", "percent": "float64"})


def _charts(answer: Chargeback) -> None:
    report = answer.report
    frame = _frame(answer)
    named = frame[["allocated_to", "total_usd", "previous_usd"]].rename(
        columns={"allocated_to": "name", "total_usd": "cost_usd"}
    )
    shown = top_and_rest(named, SHOWN)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**Cost by {report.by}**", help=f"{report.period}, {report.basis} cost.")
        if report.previous_total_usd is None:
            figure = charts.ranked_bars(shown)
        else:
            figure = charts.compared_bars(shown, now=report.period, before="month before")
        show_chart(figure, f"Chargeback lines by {report.by}")
    with right:
        st.markdown("**Share of the total**", help="Area in proportion to dollars.")
        show_chart(
            charts.cost_treemap(shown, name="name", value="cost_usd"),
            f"Shares of the total by {report.by}",
        )


def _lines(answer: Chargeback) -> None:
    report = answer.report
    st.subheader("Lines", help="Direct + shared = total on every line; the lines add up to the total.")
    tables.table(_frame(answer), _LINE_COLUMNS, alt=f"Chargeback lines by {report.by}")
    tables.download_text(
        "Download for finance",
        lambda: chargeback_csv(answer),
        f"chargeback_{report.by}_{report.period.replace(' ', '')}.csv",
        help_text="The lines to the cent, as the command line writes them; safe in a spreadsheet.",
    )


def _statement(answer: Chargeback) -> None:
    report = answer.report
    st.subheader("Reconciliation", help="The lines, added up apart from the input.")
    rows = [
        ("Sum of the lines", float(report.total_usd + report.reconciliation_difference_usd)),
        (f"Input, {report.period}, {report.basis.replace('_', ' ')}", float(report.total_usd)),
        ("Difference", float(report.reconciliation_difference_usd)),
    ]
    frame = pd.DataFrame(rows, columns=["what", "usd"])
    columns = {"what": tables.text("What"), "usd": tables.dollars("USD", "To the cent")}
    tables.table(frame, columns, alt="Reconciliation of the chargeback with its input")
    if report.reconciliation_difference_usd == 0:
        st.success(f"Difference {dollars(0)}: the lines are the bill.", icon=":material/check:")
    else:
        st.error("The lines do not add up to the input.", icon=":material/error:")


def _advice(answer: Chargeback) -> None:
    st.subheader("How to allocate more", help="Most dollars first.")
    frame = as_frame(answer.report.advice, list(_ADVICE_COLUMNS))
    if frame.empty:
        st.caption("Everything has an owner.")
        return
    tables.table(frame, _ADVICE_COLUMNS, alt="Advice to improve the allocation")


_LINE_COLUMNS = {
    "allocated_to": tables.text("Allocated to"),
    "direct_usd": tables.dollars("Direct", "Cost that carries the tag"),
    "shared_usd": tables.dollars("Shared", "Its share of the untagged cost"),
    "total_usd": tables.dollars("Total", "Direct + shared"),
    "previous_usd": tables.dollars("Month before", "The total of the month before, same rule"),
    "percent": tables.percent("Share", "Of the total"),
    "resources": tables.number("Resources", "Distinct resources charged directly"),
}
_ADVICE_COLUMNS = {
    "action": tables.text("What to do"),
    "usd": tables.dollars("USD", "Dollars of the period that it concerns"),
    "resources": tables.number("Resources", "How many it is about"),
}
