"""Which instances cost more than they must, what instead, and how sure is that? Findings with prices.

Two tabs show it. What counts is added up; candidates, of which one CPU figure speaks, never are.
"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.rightsizing import NOT_JUDGED, Rightsizing, rightsizing
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.links import ENTERPRISE, OVERVIEW, Link, link_button
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, plain, sentence
from finops.errors import FinOpsError
from finops.estate import Estate

KINDS = {
    "stopped": "Stopped, with a cost",
    "idle": "Idle",
    "oversized": "Oversized",
    "burstable": "Burstable, too busy",
    "old_generation": "Old generation",
}
_MEANING = {
    "stopped": "The list carries a cost for an instance that does not run. AWS charges no hours of it: "
    "look for its volumes and addresses.",
    "idle": "CPU at most 1 %: the highest of 14 days, or the one figure of the list.",
    "oversized": "A smaller type holds P99.5 of CPU, memory and network of 14 days with 20 % headroom; "
    "or those of a list with CPU of 10 % or less, and then two sizes down at most.",
    "burstable": "CPU above what the type can hold for ever: it is slowed down, or surplus credits are "
    "charged. No saving is worked out: those prices are not in the catalogue.",
    "old_generation": "AWS calls it previous, a newer type of the same size costs less, or it is three "
    "generations behind. It counts where a bill tells which hours commitments cover.",
}
_EVIDENCE = {
    "hourly": "14 days of metrics",
    "snapshot": "one figure of a list",
    "catalogue": "prices of the catalogue",
}
_WHY_APART = (
    "One CPU figure of a list is a moment, not a fortnight: it proves nothing, so the dollars of a "
    "candidate are shown on its row and never added up. Hourly metrics of 14 days turn it into a "
    "finding that counts, or clear it."
)
_COUNTS = ("All", "Counts", "Candidates")


def show(view: View) -> None:
    """Draw the cards and the findings of the instances that are shown."""
    estate = view.shown
    if estate.ec2.empty:
        st.info("No instance to judge. Upload an EC2 resource list in the sidebar, or clear a filter.")
        return
    try:
        answer = findings_of(estate)
    except FinOpsError as error:
        st.warning(f"Nothing is judged: {plain(sentence(str(error)))}", icon=":material/error:")
        return
    show_cards(_cards(answer))
    show_cards(_kind_cards(answer), per_row=len(KINDS))
    _order()
    _not_judged(answer)
    if answer.findings:
        _findings(answer)
    else:
        st.info(
            "Nothing was found: no instance that could be judged is stopped with a cost, idle, too "
            "large, of an old generation, or burstable and too busy."
        )


def findings_of(estate: Estate) -> Rightsizing:
    """The findings, worked out once. Raises CatalogueError where the prices cannot be used."""
    return answered(rightsizing, estate, progress="Holding instances against the price list …")


def _cards(answer: Rightsizing) -> list[Card]:
    covered = f"bill of {answer.month}" if answer.month else "without a bill nobody knows"
    return [
        Card(
            label="Saving that counts, a month",
            value=dollars(answer.counted_usd),
            help="Σ over the findings that count of (price now − price of the target) × hours a month × "
            f"the part that no commitment covers ({covered}). On-Demand prices of the catalogue; "
            "hours of the bill, else 730.",
        ),
        Card(
            label="Findings that count",
            value=f"{answer.counted:,}",
            help="Findings on 14 days of hourly metrics, and old generations where a bill tells what "
            "commitments cover. An instance has one finding at most.",
        ),
        Card(
            label="Candidates",
            value=f"{answer.candidates:,}",
            help=f"{_WHY_APART} Findings that save nothing are candidates, too.",
        ),
        Card(
            label="Measured",
            value=f"{answer.measured:,} of {answer.running:,}",
            help="Running instances with hourly metrics on each of the last 14 days, of all that run. "
            "Give them with --metrics on the command line.",
        ),
    ]


def _kind_cards(answer: Rightsizing) -> list[Card]:
    by_kind = {row["kind"]: row for row in answer.by_kind.to_dict("records")}
    cards = []
    for kind, label in KINDS.items():
        row = by_kind.get(kind)
        if row is None:
            cards.append(Card(label=label, value="0", help=_MEANING[kind]))
            continue
        counted = int(row["counted"])
        cards.append(
            Card(
                label=label,
                value=f"{row['instances']:,}",
                change=f"{dollars(row['counted_usd'])} a month" if counted else "candidates only",
                help=f"{_MEANING[kind]} {count(counted, 'finding counts', 'findings count')}, "
                f"{count(int(row['candidates']), 'is a candidate', 'are candidates')}.",
            )
        )
    return cards


def _order() -> None:
    with st.container(border=True):
        st.markdown(
            "**Rightsize first, then commit.** A commitment that is bought for hours which then go is "
            "paid for its whole term. The list on the Overview changes the usage first and advises "
            "commitments for the hours that are left.",
            help="Hours that a commitment covers already save nothing here: it is paid either way.",
        )
        with st.container(horizontal=True):
            link_button(Link(OVERVIEW), key="rightsizing overview")
            link_button(Link(ENTERPRISE, "RI & Savings Plans"), key="rightsizing commitments")


def _not_judged(answer: Rightsizing) -> None:
    missing = [issue for issue in answer.issues if issue.code in NOT_JUDGED]
    for issue in answer.issues:
        if issue not in missing:
            st.caption(f":material/warning: {plain(sentence(issue.message))}")
    if not missing and answer.running:
        st.caption("Every running instance could be judged by its price, its size and a CPU figure.")
    for issue in missing:
        rows = count(issue.rows or 0, "instance")
        st.caption(
            f"Not fully judged · {rows}, {dollars(issue.cost_usd)} a month · "
            f"{plain(sentence(issue.message))}"
        )


@st.fragment
def _findings(answer: Rightsizing) -> None:
    frame = _worded(answer.table)
    kinds, counts = st.columns([3, 2], vertical_alignment="bottom")
    chosen = kinds.multiselect(
        "Kind",
        [label for label in KINDS.values() if frame["kind"].eq(label).any()],
        key="rightsizing_kinds",
        persist_state="session",
        placeholder="All",
        help="None chosen means all.",
    )
    which = counts.radio(
        "Dollars",
        _COUNTS,
        key="rightsizing_counts",
        horizontal=True,
        persist_state="session",
        help=_WHY_APART,
    )
    if chosen:
        frame = frame[frame["kind"].isin(chosen)]
    if which != "All":
        frame = frame[frame["counts"].eq(which == "Counts")]
    shown = search_box(frame, "rightsizing_search", "Id, type, region, target or reason")
    tables.table(shown, _COLUMNS, alt="Findings with their target, prices, saving and reason")
    counted = float(shown.loc[shown["counts"], "saving_usd"].sum())
    st.caption(
        f"Of the rows above {dollars(counted)} a month may be added up; candidates are not in it."
    )
    tables.download_frame(
        "Download the findings",
        shown,
        "rightsizing.csv",
        help_text="The rows above as CSV, with the options and the reason of each.",
    )


def _worded(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(
        kind=table["kind"].map(KINDS),
        evidence=table["evidence"].map(_EVIDENCE),
    )


_COLUMNS = {
    "instance_id": tables.text("Instance"),
    "kind": tables.text("Finding"),
    "instance_type": tables.text("Type"),
    "region": tables.text("Region"),
    "usd_per_hour": tables.hourly_dollars("Now, $/h", "On-Demand price of the type in its region"),
    "target_type": tables.text("Target", "What to change to; empty: stop or terminate it"),
    "target_usd_per_hour": tables.hourly_dollars("Target, $/h", "On-Demand price of the target there"),
    "saving_usd": tables.dollars(
        "Saving a month",
        "(now − target) × hours × (1 − covered); idle: all of it; stopped: what the list carries",
    ),
    "counts": tables.boolean("Counts", "May be added up; else it is a candidate"),
    "risk": tables.text(
        "Risk",
        "Of changing to the target. Low: the same family, only smaller. Medium: another family or "
        "processor, test the load first. High: Graviton, everything on it must run on arm64.",
    ),
    "evidence": tables.text("Evidence", "What the finding rests on"),
    "cpu_pct": tables.percent("CPU", "What the finding rests on, percent"),
    "memory_pct": tables.percent("Memory", "Percent; empty where nobody measures it"),
    "hours": tables.number("Hours", "In a month of 730: those of the bill or the metrics, else 730"),
    "covered_pct": tables.percent("Covered", "Part of the hours that commitments cover, by the bill"),
    "same_family": tables.text("Same family", "The cheapest type that holds it, with its price an hour"),
    "same_architecture": tables.text("Same architecture", "Cheaper than the one before, or empty"),
    "graviton": tables.text("Graviton", "Cheaper still; everything on it must run on arm64"),
    "reason": tables.text("Why"),
    "platform": tables.text("Platform"),
    "account_id": tables.text("Account"),
}
