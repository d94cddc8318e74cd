"""Which tags, services, regions, accounts, teams, environments and ages comply, and which do not?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.compliance import ComplianceReport
from finops.dashboard import tables
from finops.dashboard.compliance_page import CompliancePage
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame

# The field of the report, by the word that a reader chooses.
_GROUPS = {
    "Service": "by_service",
    "Region": "by_region",
    "Account": "by_account",
    "Team": "by_team",
    "Environment": "by_environment",
    "Age": "by_age",
}
_SHARES = {"Resources": "compliance_pct", "Dollars": "compliance_by_cost_pct"}
_MOST = 20


def show(page: CompliancePage) -> None:
    """Draw the view."""
    _shown(page.answer.report)


@st.fragment
def _shown(report: ComplianceReport) -> None:
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    group = left.radio(
        "Beside the tags, by", list(_GROUPS), 3, key="tags group", persist_state="session",
        horizontal=True,
    )  # fmt: skip
    share = right.radio(
        "Compliance by", list(_SHARES), key="tags share", persist_state="session",
        horizontal=True, help="Compliant resources ÷ all, or their dollars ÷ all dollars.",
    )  # fmt: skip
    column = _SHARES[share]
    tags = as_frame([line for line in report.by_tag if line.required], ["key", column])
    lines = as_frame(getattr(report, _GROUPS[group]), list(_GROUP_COLUMNS))
    first, second = st.columns(2, gap="large")
    with first:
        _bars("By tag", tags.set_axis(["name", "percent"], axis=1), report.target_pct)
    with second:
        bars = lines[["name", column]].set_axis(["name", "percent"], axis=1)
        _bars(f"By {group.lower()}", bars, report.target_pct)
    tables.table(lines, _GROUP_COLUMNS, alt=f"Compliance by {group.lower()}, in resources and dollars")
    tables.download_frame(
        "Download this table", lines, f"tag_compliance_by_{group.lower()}.csv",
        help_text="The table above as CSV.",
    )  # fmt: skip
    with st.expander("The tags as a table"):
        tables.table(
            as_frame(report.by_tag, list(_TAG_COLUMNS)),
            _TAG_COLUMNS,
            alt="Compliance by tag, in resources and dollars",
        )


def _bars(title: str, frame: pd.DataFrame, target_pct: float) -> None:
    st.markdown(f"**{title}**")
    show_chart(
        charts.percent_bars(
            frame.head(_MOST),
            target_pct=target_pct,
            rows=title.removeprefix("By ").capitalize(),
            unit="Compliant resources, %",
        ),
        f"Tag compliance {title.lower()}",
    )
    if len(frame) > _MOST:
        st.caption(f"The {_MOST} dearest of {len(frame)}; the table has all.")


_GROUP_COLUMNS = {
    "name": tables.text("Name"),
    "resources": tables.number("Resources", "Taggable resources"),
    "compliant": tables.number("Compliant", "Those that violate nothing"),
    "compliance_pct": tables.percent("By count", "Compliant ÷ all resources"),
    "compliance_by_cost_pct": tables.percent("By cost", "Their dollars ÷ all dollars"),
    "cost_usd": tables.dollars("$ per month", "Of all resources of known cost"),
    "compliant_cost_usd": tables.dollars("$ compliant", "Of the compliant ones"),
}
_TAG_COLUMNS = {
    "key": tables.text("Key"),
    "present": tables.number("Present", "Resources with the key in its own spelling and a value"),
    "wrong_case": tables.number("Wrong case", "Only another case or spelling of it"),
    "missing": tables.number("Missing", "Neither, or blank"),
    "invalid": tables.number("Not allowed", "Values that the policy does not allow"),
    "compliance_pct": tables.percent("By count", "Good ÷ all resources"),
    "compliance_by_cost_pct": tables.percent("By cost", "Their dollars ÷ all dollars"),
    "cost_without_usd": tables.dollars("$ without", "A month's cost of the resources that lack it"),
}
