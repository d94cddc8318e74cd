"""Tag Compliance: how many resources and dollars carry the tags that finance needs, and which do not."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.compliance import (
    Compliance,
    TaggingPolicy,
    compliance,
    policy_in_force,
)
from finops.answers.remediation import Chosen, violations
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import basis_text, count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate


def show(view: View) -> None:
    """Draw the section."""
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
    try:
        answer = answered(_without_terminated if leave_out else compliance, estate, policy_in_force())
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    show_cards(_cards(answer))
    _explain(answer)
    _by_group(answer)
    _non_compliant(answer)
    left, right = st.columns([3, 2], gap="large")
    with left:
        _advice(answer)
    with right:
        _policy(answer)


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


def _by_group(answer: Compliance) -> None:
    report, target = answer.report, answer.report.target_pct
    tags = [line for line in report.by_tag if line.required]
    parts = (
        ("By tag", as_frame(tags, ["key", "compliance_pct"]), "Resources with a good value of the key"),
        (
            "By service",
            as_frame(report.by_service, ["name", "compliance_pct"]),
            "Compliant ÷ taggable resources",
        ),
        (
            "By region",
            as_frame(report.by_region, ["name", "compliance_pct"]),
            "Compliant ÷ taggable resources",
        ),
    )
    for column, (title, frame, what) in zip(st.columns(3, gap="large"), parts, strict=True):
        with column:
            st.markdown(f"**{title}**", help=f"{what}, by count.")
            shown = frame.set_axis(["name", "percent"], axis=1)
            show_chart(charts.percent_bars(shown, target_pct=target), f"Tag compliance {title.lower()}")
    with st.expander("The tags as a table"):
        tables.table(
            as_frame(report.by_tag, list(_TAG_COLUMNS)),
            _TAG_COLUMNS,
            alt="Compliance by tag, in resources and dollars",
        )


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
    box, _ = st.columns([1, 3])
    violated = box.selectbox(
        "Violates",
        answer.policy.required,
        index=None,
        key="tags_missing",
        persist_state="session",
        placeholder="Any key",
        help="Only the resources that violate this key.",
    )
    rows = search_box(
        violations(answer, Chosen(key=violated)), "tags_search", "Resource, service, region or tag"
    )
    tables.table(rows, _RESOURCE_COLUMNS, alt="Resources and what each misses")
    tables.download_frame(
        "Download the remediation list",
        rows,
        "tag_remediation.csv",
        help_text="The rows above as CSV, for whoever tags them.",
    )


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


def _policy(answer: Compliance) -> None:
    st.subheader(
        "Policy", help="The policy in force. Keys match exactly, as AWS's cost allocation tags."
    )
    policy = answer.policy
    rows = [
        (key, "mandatory" if key in policy.required else "optional", _values(answer, key))
        for key in (*policy.required, *policy.optional)
    ]
    frame = pd.DataFrame(rows, columns=["key", "rule", "values"])
    columns = {
        "key": tables.text("Key"),
        "rule": tables.text("Rule"),
        "values": tables.text("Allowed values"),
    }
    tables.table(frame, columns, alt="The tag policy")


def _values(answer: Compliance, key: str) -> str:
    rule = answer.policy.allowed_values.get(key)
    if rule is not None:
        return ", ".join(rule.values)
    return "any that is not blank" if key in answer.policy.required else "any"


_TAG_COLUMNS = {
    "key": tables.text("Key"),
    "present": tables.number("Present", "Resources with the key in its own spelling and a value"),
    "wrong_case": tables.number("Wrong case", "Only a spelling of it in another case"),
    "missing": tables.number("Missing", "Neither, or blank"),
    "invalid": tables.number("Not allowed", "Values that the policy does not allow"),
    "compliance_pct": tables.percent("By count", "Good ÷ all resources"),
    "compliance_by_cost_pct": tables.percent("By cost", "Their dollars ÷ all dollars"),
    "cost_without_usd": tables.dollars("$ without", "A month's cost of the resources that lack it"),
}
_RESOURCE_COLUMNS = {
    "resource_id": tables.text("Resource"),
    "service": tables.text("Service"),
    "region": tables.text("Region"),
    "missing": tables.text("Missing", "Keys that are not there or blank"),
    "wrong_case": tables.text("Wrong case", "Keys as the resource spells them"),
    "invalid": tables.text("Not allowed", "Values that the policy does not allow"),
    "monthly_cost_usd": tables.dollars("$ per month", "Cost of the month; empty where unknown"),
}
_ADVICE_COLUMNS = {
    "action": tables.text("What to do"),
    "resources": tables.number("Resources", "How many it is about"),
    "monthly_cost_usd": tables.dollars("$ per month", "What they cost in a month"),
}
