"""Which resources are not compliant, what does each miss, and how does that leave for who tags them?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.compliance import Compliance
from finops.answers.remediation import (
    Chosen,
    Remediation,
    custodian,
    fixes_csv,
    remediation,
    script,
    violations,
    workbook,
)
from finops.answers.tag_suggestions import accepted_values
from finops.dashboard import tables
from finops.dashboard.compliance_page import CompliancePage
from finops.dashboard.compliance_words import KINDS, RESOURCE_COLUMNS
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, plain, sentence
from finops.errors import StateError


def show(page: CompliancePage) -> None:
    """Draw the view."""
    _non_compliant(page.answer)
    _advice(page.answer)


@st.fragment
def _non_compliant(answer: Compliance) -> None:
    st.subheader(
        "What is not compliant",
        help="One row a resource, the most expensive first: the keys that are missing, spelled in "
        "another case, or hold a value that is not allowed.",
    )
    if answer.report.non_compliant.empty:
        st.success("Every resource complies.", icon=":material/check:")
        return
    chosen = _chosen(answer)
    rows = violations(answer, chosen)
    every = len(answer.report.non_compliant)
    st.caption(f"{len(rows):,} of {count(every, 'row')}")
    tables.table(rows, RESOURCE_COLUMNS, alt="Resources and what each misses")
    tables.download_frame(
        "Download the violations", rows, "tag_violations.csv",
        help_text="The rows above as CSV: what each resource misses, and the tags that it has.",
    )  # fmt: skip
    _remediation(answer, chosen)


def _chosen(answer: Compliance) -> Chosen:
    """Draw the filters, and give what is asked for."""
    bad = answer.report.non_compliant
    first, second, third, fourth = st.columns(4)
    key = first.selectbox(
        "Violates", answer.policy.keys, index=None, key="tags_missing", persist_state="session",
        placeholder="Any key", help="Only the resources that violate this key.",
    )  # fmt: skip
    kind = second.selectbox(
        "Kind of violation", list(KINDS), index=None, key="tags kind", persist_state="session",
        placeholder="Any kind", format_func=KINDS.__getitem__, help="Only this kind, of any key.",
    )  # fmt: skip
    picked = [
        column.multiselect(
            label, _names(bad[name]), key=f"tags {name}", persist_state="session",
            placeholder=f"Any {name}",
        )
        for column, label, name in ((third, "Team", "team"), (fourth, "Account", "account"))
    ]  # fmt: skip
    left, right = st.columns([1, 3])
    services = left.multiselect(
        "Service", _names(bad["service"]), key="tags service", persist_state="session",
        placeholder="Any service",
    )  # fmt: skip
    text = right.text_input(
        "Search", key="tags_search", persist_state="session", icon=":material/search:",
        placeholder="Resource, region, tag or value",
        help="Rows in which every word is found in some text column, in any case.",
    )  # fmt: skip
    return Chosen(
        key=key,
        kind=kind,
        services=tuple(services),
        teams=tuple(picked[0]),
        accounts=tuple(picked[1]),
        text=text or "",
    )


def _names(values: pd.Series) -> list[str]:
    return sorted(values.unique(), key=str.casefold)


def _remediation(answer: Compliance, chosen: Chosen) -> None:
    st.subheader(
        "Put them right",
        help="For the rows above. A value is known where the resource has it under another spelling of "
        "the key, where it is an allowed value but for case, or was accepted under Suggestions.",
    )
    try:
        accepted = accepted_values(answer.as_of)
    except StateError as error:
        accepted = {}
        st.warning(
            f"{plain(sentence(str(error)))} Accepted suggestions are left out.",
            icon=":material/warning:",
        )
    found = remediation(answer, chosen, accepted)
    st.markdown(
        f"**{count(len(found.fixes), 'tag')}** on {count(len(found.rows), 'resource')}: "
        f"**{found.known:,}** with a known value, **{len(found.fixes) - found.known:,}** for "
        "somebody to decide."
    )
    if found.calls.by_hand:
        with st.expander(f"Not in the script: {len(found.calls.by_hand):,}"):
            tables.table(
                as_frame(found.calls.by_hand, list(_BY_HAND)), _BY_HAND, alt="What no script can tag"
            )
    _downloads(found)


def _downloads(found: Remediation) -> None:
    with st.container(horizontal=True):
        tables.download_text(
            "Tags to set (CSV)", lambda: fixes_csv(found), "tags_to_set.csv",
            help_text="A line a resource and key, with the value where it is known.",
        )  # fmt: skip
        tables.download_bytes(
            "Workbook (XLSX)", lambda: workbook(found), "tags_to_set.xlsx", mime=tables.XLSX,
            help_text="Tags to set, resources, what to do first, and what no script can tag.",
        )  # fmt: skip
        tables.download_text(
            "AWS CLI script", lambda: script(found), "set_tags.sh", mime="text/x-shellscript",
            help_text="Bash. It shows its calls, and makes them only with APPLY=yes. Values that nobody "
            "knows stand in comments.",
        )  # fmt: skip
        tables.download_text(
            "Cloud Custodian policy", lambda: custodian(found), "set_tags.yml", mime="application/yaml",
            help_text="It sets known values, and marks the other resources for a notification.",
        )  # fmt: skip


def _advice(answer: Compliance) -> None:
    st.subheader(
        "What to do first",
        help="One line a thing to do, the most dollars first. A resource with two violations is in two "
        "lines, so the lines do not add up.",
    )
    frame = as_frame(answer.report.advice, list(_ADVICE_COLUMNS))
    if frame.empty:
        st.caption("Nothing.")
        return
    tables.table(frame, _ADVICE_COLUMNS, alt="Remediation advice by dollars")


_ADVICE_COLUMNS = {
    "action": tables.text("What to do"),
    "resources": tables.number("Resources", "How many it is about"),
    "monthly_cost_usd": tables.dollars("$ per month", "What they cost in a month"),
}
_BY_HAND = {
    "resource_id": tables.text("Resource"),
    "what": tables.text("Tags"),
    "why": tables.text("Why not"),
}
