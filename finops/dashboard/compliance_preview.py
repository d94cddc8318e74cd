"""What would a policy change, and does it come into force? Who newly fails, and who newly passes."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.policy_editing import (
    KeptPolicy,
    PolicyPreview,
    merged,
    policy_differences,
    preview,
    save_policy,
)
from finops.dashboard import compliance_draft, tables
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.compliance_draft import Draft
from finops.dashboard.compliance_page import NOTES, CompliancePage
from finops.dashboard.wording import count, percent, plain, sentence
from finops.errors import FinOpsError


def show(page: CompliancePage, draft: Draft) -> None:
    """Draw what the draft changes, and the buttons that save or drop it."""
    st.subheader(
        "What would change",
        help="The draft against the policy in force, on the resources that are shown. Nothing is saved "
        "before the button is pressed.",
    )
    if not draft.is_changed:
        st.caption("Nothing is changed yet. Changes above go into a draft, and are weighed here first.")
        return
    try:
        shown = preview(page.judge(draft.kept.policy), page.judge(draft.policy))
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    show_cards(_cards(shown))
    st.markdown("\n".join(f"- {plain(line)}" for line in shown.changes))
    left, right = st.columns(2, gap="large")
    with left:
        _resources(":material/cancel: Newly failing", shown.newly_failing, "fail")
    with right:
        _resources(":material/check_circle: Newly passing", shown.newly_passing, "pass")
    with st.container(horizontal=True):
        st.button(
            "Save the policy", type="primary", icon=":material/save:", on_click=_save, args=(draft,)
        )
        st.button(
            "Drop the draft", icon=":material/delete:", on_click=_begin,
            args=(page.kept,), help="Begins anew with the policy in force.",
        )  # fmt: skip


def changed_meanwhile(draft: Draft, kept: KeptPolicy) -> None:
    """Somebody else has saved a policy since the draft began: say what, and how to go on."""
    lines = [f"- {plain(line)}" for line in policy_differences(draft.kept.policy, kept.policy)]
    st.warning(
        "**The policy was changed by somebody else while you were editing it.** Nothing was "
        "overwritten, and your draft is still here; it cannot be saved as it is. They changed:\n"
        + "\n".join(lines or ["- nothing that differs now"]),
        icon=":material/group:",
    )
    with st.container(horizontal=True):
        st.button(
            "Put my changes on top of theirs", icon=":material/merge:", on_click=_merge,
            args=(draft, kept), help="Of one thing that both have changed, yours counts. It is weighed "
            "below before it is saved.",
        )  # fmt: skip
        st.button(
            "Start over with theirs", icon=":material/restart_alt:",
            on_click=_begin, args=(kept,),
        )  # fmt: skip


def _cards(shown: PolicyPreview) -> list[Card]:
    shares = (
        ("By count, with it", shown.compliance_before_pct, shown.compliance_pct),
        ("By cost, with it", shown.compliance_by_cost_before_pct, shown.compliance_by_cost_pct),
    )
    return [
        *(
            Card(
                label=label,
                value=percent(now),
                help=f"Now {percent(was)}.",
                change=None if was is None or now is None else f"{now - was:+.1f} points",
                against=f"from {percent(was)}",
                rising_is="good",
            )
            for label, was, now in shares
        ),
        Card(
            label="Newly failing",
            value=f"{len(shown.newly_failing):,}",
            help=f"Resources that comply now and would not. Compliant: {shown.compliant_before} of "
            f"{shown.resources_before} now, {shown.compliant} of {shown.resources} with it.",
        ),
        Card(
            label="Newly passing",
            value=f"{len(shown.newly_passing):,}",
            help="Resources that do not comply now and would, or would be exempt.",
        ),
    ]


def _resources(title: str, rows: pd.DataFrame, what: str) -> None:
    st.markdown(f"**{title}: {count(len(rows), 'resource')}**")
    if rows.empty:
        st.caption("None.")
        return
    shown = rows.assign(why=_why(rows))
    tables.table(shown, _COLUMNS, alt=f"Resources that would newly {what}, and why")
    tables.download_frame(
        "Download", rows, f"tag_policy_newly_{what}.csv", help_text="These resources as CSV."
    )


def _why(rows: pd.DataFrame) -> list[str]:
    """What each row violates, in one text: ``missing Owner; not allowed Team=Lab``."""
    return [
        "; ".join(f"{word} {row[kind]}" for kind, word in _WORDS.items() if row[kind])
        for row in rows.to_dict(orient="records")
    ]


def _save(draft: Draft) -> None:
    before = None if draft.kept.is_default else draft.kept.policy
    saved: list[KeptPolicy] = []
    if NOTES.attempt(
        lambda: saved.append(save_policy(draft.policy, draft.kept.revision)), "The policy is in force"
    ):
        [kept] = saved
        compliance_draft.begin(kept)
        changes = len(policy_differences(draft.kept.policy, draft.policy))
        NOTES.offer_undo(
            f"The tag policy is changed: {count(changes, 'change')}.",
            lambda: save_policy(before, kept.revision),
            "The policy before it is in force again",
        )


def _begin(kept: KeptPolicy) -> None:
    compliance_draft.begin(kept)


def _merge(draft: Draft, kept: KeptPolicy) -> None:
    try:
        together = merged(draft.kept.policy, draft.policy, kept.policy)
    except FinOpsError as error:
        NOTES.fail(f"Your changes and theirs do not go together: {sentence(str(error))} Start over")
        return
    compliance_draft.rebase(together, kept)


_WORDS = {"missing": "missing", "wrong_case": "spelled", "invalid": "not allowed"}
_COLUMNS = {
    "resource_id": tables.text("Resource"),
    "why": tables.text("Why", "What it violates, under the policy by which it fails"),
    "monthly_cost_usd": tables.dollars("$ per month", "Cost of the month; empty where unknown"),
    "team": tables.text("Team", "Under any spelling of the key"),
    "service": tables.text("Service"),
    "region": tables.text("Region"),
    "account": tables.text("Account"),
}
