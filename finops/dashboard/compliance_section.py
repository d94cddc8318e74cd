"""Tag Compliance: how many resources and dollars carry the tags that finance needs, and which do not.

What stands above, and one view at a time. A policy that cannot be used is said in a banner, with a
button that puts it out of the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.answers import tag_policies
from finops.answers.compliance import Compliance, TaggingPolicy, compliance
from finops.answers.policy_editing import kept_policy
from finops.dashboard import (
    broken_state,
    compliance_editor,
    compliance_groups,
    compliance_overview,
    compliance_policy,
    compliance_suggestions,
    compliance_violations,
)
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.compliance_page import NOTES, VIEW, CompliancePage
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View
from finops.dashboard.wording import basis_text, count, dollars, percent, plain
from finops.errors import FinOpsError, StateError
from finops.estate import Estate

# Each has an address of its own; only the open one is worked out.
VIEWS: Mapping[str, Callable[[CompliancePage], None]] = {
    "Overview": compliance_overview.show,
    "Breakdown": compliance_groups.show,
    "Violations": compliance_violations.show,
    "Suggestions": compliance_suggestions.show,
    "Policy": compliance_policy.show,
    "Edit policy": compliance_editor.show,
}


def show(view: View) -> None:
    """Draw the section."""
    NOTES.show()
    estate = view.shown
    if estate.ec2.empty and estate.s3.empty:
        st.info("No resource to judge. Upload a resource list in the sidebar, or clear a filter.")
        return
    leave_out = st.toggle(
        "Leave out terminated instances",
        key="tags_terminated",
        persist_state="session",
        help="Terminated instances can be tagged no more; what is left out is named below.",
    )
    question = _without_terminated if leave_out else compliance
    try:
        kept = kept_policy()
    except StateError as error:
        broken_state.show(error, NOTES, tag_policies.reset)
        return
    try:
        answer = answered(question, estate, kept.policy)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    page = CompliancePage(
        view=view,
        kept=kept,
        answer=answer,
        judge=lambda policy: answered(question, estate, policy),
        whole=not view.is_filtered and not leave_out,
    )
    show_cards(_cards(answer))
    _explain(answer)
    show_open(VIEWS, VIEW, page)


def _without_terminated(estate: Estate, policy: TaggingPolicy) -> Compliance:
    return compliance(estate, policy, include_terminated=False)


def _cards(answer: Compliance) -> list[Card]:
    report, dollars_of = answer.report, basis_text(answer.basis)
    return [
        Card(
            label="By count",
            value=percent(report.compliance_pct),
            help=f"Compliant ÷ taggable resources: {report.compliant} of {report.resources}. A resource "
            "complies when every mandatory key is there in its own spelling, not blank, with an allowed "
            f"value. Target {percent(report.target_pct, 0)}.",
            change=_to_target(report.compliance_pct, report.target_pct),
            against="to the target",
            rising_is="good",
        ),
        Card(
            label="By cost",
            value=percent(report.compliance_by_cost_pct),
            help=f"Cost of the compliant ÷ cost of the taggable resources: "
            f"{dollars(report.compliant_cost_usd)} of {dollars(report.total_cost_usd)} "
            f"({dollars_of}).",
            change=_to_target(report.compliance_by_cost_pct, report.target_pct),
            against="to the target",
            rising_is="good",
        ),
        Card(
            label="Non-compliant",
            value=f"{len(report.non_compliant):,}",
            help="Resources with a missing key, one in the wrong case, or a value that is not allowed.",
        ),
        Card(
            label="Dollars non-compliant",
            value=dollars(report.total_cost_usd - report.compliant_cost_usd),
            help=f"What they cost in a month ({dollars_of}). "
            + (
                f"{count(report.unknown_cost_resources, 'resource')} of unknown cost not counted."
                if report.unknown_cost_resources
                else ""
            ),
        ),
    ]


def _to_target(value: float | None, target: float) -> str | None:
    return None if value is None else f"{value - target:+.1f} points"


def _explain(answer: Compliance) -> None:
    for left_out in answer.report.excluded:
        st.caption(
            f"Left out: {count(left_out.resources, f'{left_out.reason} resource')} with "
            f"{dollars(left_out.monthly_cost_usd)} a month."
        )
    if answer.not_activated:
        keys = plain(", ".join(answer.not_activated))
        st.warning(
            f"No row of the bill carries {keys}: switch it on as a cost allocation tag in the billing "
            "console. That is another thing than missing on a resource.",
            icon=":material/toggle_off:",
        )
