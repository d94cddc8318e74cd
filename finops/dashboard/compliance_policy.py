"""What does the tag policy say, and how does it leave as a file? For reference: no form."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.policy_editing import (
    TaggingPolicy,
    exemption_words,
    rule_of,
    scope_words,
)
from finops.answers.tag_policies import aws_export, own_export
from finops.dashboard import tables
from finops.dashboard.compliance_page import NOTES, CompliancePage
from finops.dashboard.wording import count, plain, sentence

_EDIT = "Edit policy"


def show(page: CompliancePage) -> None:
    """Draw the view."""
    policy = page.kept.policy
    title, button = st.columns([4, 1], vertical_alignment="bottom")
    title.subheader(
        "Policy", help="The policy in force. Keys match exactly, as AWS's cost allocation tags."
    )
    button.button(
        "Edit", icon=":material/edit:", width="stretch", on_click=NOTES.go, args=(_EDIT,),
        key="tags go edit",
    )  # fmt: skip
    st.caption(
        f"{'The default policy: none is kept yet' if page.kept.is_default else 'The kept policy'}. "
        f"Target {policy.target_pct:g}% of the resources."
    )
    tables.table(policy_frame(policy), POLICY_COLUMNS, alt="The tag policy, a row a key")
    _besides(policy, page)
    _export(policy)


def policy_frame(policy: TaggingPolicy) -> pd.DataFrame:
    """A row a key: whether it is mandatory, what its value may be, and which names mean it."""
    rows = []
    for key in policy.keys:
        rule = rule_of(policy, key)
        compared = [
            *(["with case"] if rule.case_sensitive else ["without case"] if rule.values else []),
            *(["* is any text"] if rule.wildcards else []),
        ]
        anything = "any that is not blank" if rule.required else "any"
        rows.append(
            {
                "key": key,
                "rule": "mandatory" if rule.required else "optional",
                "values": ", ".join(rule.values) or anything,
                "compared": ", ".join(compared),
                "pattern": rule.pattern,
                "format": (rule.format or "").replace("_", " "),
                "spellings": ", ".join(rule.spellings),
            }
        )
    return pd.DataFrame(rows)


def _besides(policy: TaggingPolicy, page: CompliancePage) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**By resource type and environment**")
        for scope in policy.scoped:
            st.markdown(f"- {plain(scope_words(scope))}")
        if not policy.scoped:
            st.caption("Nothing else holds anywhere.")
    with right:
        st.markdown("**Exemptions**")
        for one in policy.exemptions:
            over = one.until < page.answer.as_of
            icon = ":material/event_busy: ended: " if over else ":material/event_available: in force: "
            st.markdown(f"- {icon}{plain(exemption_words(one))}")
        if not policy.exemptions:
            st.caption("None.")


def _export(policy: TaggingPolicy) -> None:
    st.markdown("**As files**")
    export = aws_export(policy)
    with st.container(horizontal=True):
        tables.download_text(
            "Policy (JSON)", lambda: own_export(policy), "tag_policy.json", mime="application/json",
            help_text="All that the policy says; it is imported under Edit policy.",
        )  # fmt: skip
        tables.download_text(
            "AWS tag policy (JSON)", lambda: export.text, "aws_tag_policy.json",
            mime="application/json", help_text="For AWS Organizations.",
        )  # fmt: skip
    if export.warnings:
        with st.expander(f"What AWS has no place for: {count(len(export.warnings), 'note')}"):
            st.markdown("\n".join(f"- {plain(sentence(warning))}" for warning in export.warnings))


POLICY_COLUMNS = {
    "key": tables.text("Key"),
    "rule": tables.text("Rule"),
    "values": tables.text("Allowed values"),
    "compared": tables.text("Compared"),
    "pattern": tables.text("Pattern", "RE2; the whole value has to match"),
    "format": tables.text("Format"),
    "spellings": tables.text("Other spellings", "Besides other case and separators"),
}
