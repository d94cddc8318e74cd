"""The EC2 tab: which instances there are, what they cost, and how much of them is used."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.inventory import TAG_COLUMNS, InstanceInventory, instances
from finops.answers.ranking import top_and_rest
from finops.dashboard import rightsizing_view, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.search import search_box
from finops.dashboard.side_by_side import Titled, side_by_side
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.schema import total

SHOWN = 8
MONTH = "At 730 hours a month, in every state."


def show(view: View) -> None:
    """Draw the tab."""
    estate = view.shown
    if estate.ec2.empty:
        st.info("No instance to show. Upload an EC2 resource list in the sidebar, or clear a filter.")
        return
    answer = answered(instances, estate)
    show_cards(_cards(answer))
    _charts(answer)
    resources = answer.resources.assign(Finding=_finding_of_each(estate))
    _utilization(resources)
    st.subheader(
        "Rightsizing",
        help="What is stopped, idle, too large, of an old generation, or burstable and too busy; what "
        "instead, at prices of the catalogue in its region. The first of these that holds is the "
        "finding of an instance.",
    )
    rightsizing_view.show(view)
    _inventory(resources)


def _finding_of_each(estate: Estate) -> pd.Series:
    """What was found on each instance in words; null where nothing was, or nobody could look."""
    try:
        findings = rightsizing_view.findings_of(estate).findings
    except FinOpsError:  # the view of rightsizing says why
        findings = ()
    kinds = {finding.instance_id: rightsizing_view.KINDS[finding.kind] for finding in findings}
    return estate.ec2["InstanceId"].map(kinds).astype("str")


def _cards(answer: InstanceInventory) -> list[Card]:
    unknown = f" {answer.unknown_cost} have no readable cost." if answer.unknown_cost else ""
    return [
        Card(
            label="Instances",
            value=f"{answer.count:,}",
            help=f"Rows of the EC2 list: {answer.running} running, {answer.stopped} stopped, "
            f"{answer.terminated} terminated.{unknown}",
        ),
        Card(
            label="Running",
            value=f"{answer.running:,}",
            help="Instances whose state is running; only these are evidence for commitments. "
            f"{answer.stopped} are stopped, {answer.terminated} terminated.",
        ),
        Card(
            label="Run rate",
            value=dollars(answer.monthly_cost_usd),
            help=f"Cost per hour × 730, every state; {dollars(answer.hourly_cost_usd, 4)} an hour.",
        ),
        Card(
            label="Not running",
            value=dollars(answer.not_running_usd),
            help="The part of the run rate on stopped and terminated rows. Stopped instances are not "
            "charged for hours; check what the list means by their cost.",
        ),
    ]


def _charts(answer: InstanceInventory) -> None:
    titles = (
        ("By family", answer.by_family, "The letters before the dot of the instance type."),
        ("By region", answer.by_region, "Where the instance runs."),
        ("By state", answer.by_state, "As in the list."),
    )
    side_by_side(
        [
            Titled(title=title, help=f"{what} {MONTH}", draw=partial(_bars, title, ranked))
            for title, ranked, what in titles
        ]
    )


def _bars(title: str, ranked: pd.DataFrame) -> None:
    show_chart(
        charts.ranked_bars(top_and_rest(ranked, SHOWN), rows=title.removeprefix("By ").capitalize()),
        f"EC2 run rate {title.lower()}",
    )


def _utilization(resources: pd.DataFrame) -> None:
    st.subheader(
        "CPU against memory",
        help="One mark an instance, its area is the monthly cost; colour and shape are its state. A "
        "ring is a finding, which the table of rightsizing explains. One figure of a snapshot is a "
        "reason to look, not a proof that an instance is idle.",
    )
    known = len(charts.measured(resources))
    if not known:
        st.info("The list has no CPU and memory figures.")
        return
    part = (
        f"The {charts.MOST_MARKS:,} dearest of {known:,} are drawn" if known > charts.MOST_MARKS else ""
    )
    found = count(int(resources["Finding"].notna().sum()), "instance")
    show_chart(
        charts.utilization_scatter(resources),
        "Instances by CPU and memory utilization; the size of a mark is its monthly cost, a ring around "
        f"it is a finding of rightsizing, on {found}{part and f'. {part}'}",
    )
    if part:
        st.caption(f"{part}; the inventory has all.")


@st.fragment
def _inventory(resources: pd.DataFrame) -> None:
    st.subheader("Inventory", help="Every instance of the list, after the filters of the sidebar.")
    shown = resources.sort_values("MonthlyCostUSD", ascending=False)
    for box, (column, (label, meaning)) in zip(st.columns(4), _FILTERS.items(), strict=True):
        chosen = box.multiselect(
            label,
            sorted(resources[column].dropna().unique()),
            key=f"ec2_{column}",
            persist_state="session",
            placeholder="All",
            help=f"{meaning} None chosen means all.",
        )
        if chosen:
            shown = shown[shown[column].isin(chosen)]
    shown = search_box(shown, "ec2_search", "Id, type, region, state or tag")
    tables.table(shown, _COLUMNS, alt="Instances with their cost, utilization, finding and tags")
    st.caption(
        f"Of the rows above: {count(len(shown), 'instance')}, {dollars(total(shown['MonthlyCostUSD']))} "
        "a month."
    )
    tables.download_frame(
        "Download the instances",
        shown,
        "ec2_instances.csv",
        help_text="The rows above as CSV. Text that a spreadsheet would run gets an apostrophe.",
    )


_FILTERS = {
    "Family": ("Type family", "The letters before the dot of the type."),
    "Region": ("In region", "Where it runs."),
    "State": ("In state", "As in the list."),
    "Finding": ("Finding", "What rightsizing found on it."),
}
_COLUMNS = {
    "InstanceId": tables.text("Instance"),
    "InstanceType": tables.text("Type"),
    "Region": tables.text("Region"),
    "State": tables.text("State"),
    "Finding": tables.text("Finding", "Of rightsizing, which says why; empty: nothing was found"),
    "CostPerHourUSD": tables.hourly_dollars("$ per hour", "As in the list"),
    "MonthlyCostUSD": tables.dollars("$ per month", f"Cost per hour × 730. {MONTH}"),
    "CPUUtilization": tables.percent("CPU", "CPU utilization in the list, percent"),
    "MemoryUtilization": tables.percent("Memory", "Memory utilization in the list, percent"),
    "LaunchTime": tables.day("Launched", "CreationDate of the list"),
    **{key: tables.text(key, f"The tag {key}; empty where it is missing") for key in TAG_COLUMNS},
    "AccountId": tables.text("Account"),
}
