"""The rule editor: rules in their order, what they would change, and the reconciliation while typing.

Nothing is kept until it is saved. A save is refused where somebody else has saved in the meantime:
what was typed stays, and the reader says whose rules hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from finops.answers.allocation_rules import (
    AllocationRules,
    RulesPreview,
    changed_by,
    in_words,
    kept_document,
    made_rules,
    save_rules,
)
from finops.dashboard import chargeback_rule_fields, tables
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.chargeback_draft import (
    KINDS,
    SHARES,
    Draft,
    added,
    begun,
    moved,
    opened,
    removed,
    rules_of,
    typed_in,
)
from finops.dashboard.chargeback_page import NOTES, ChargebackPage
from finops.dashboard.records import as_frame
from finops.dashboard.wording import dollars, plain, sentence
from finops.errors import AllocationError, FinOpsError, StateChanged
from finops.storage import Document

_DRAFT, _ROUND, _REFUSED = "chargeback draft", "chargeback draft round", "chargeback save refused"
_COMMITMENTS = {
    "users_benefit": "those whose charges they cover",
    "owner_keeps": "the account that bought them",
}


@st.fragment
def show(page: ChargebackPage) -> None:
    """Draw the view."""
    draft = _draft(page.rules)
    _refused(page, draft)
    st.subheader(
        "Rules in their order",
        help="A charge belongs to the first rule that fits it. Tag, cost category and account rules say "
        "who pays; a shared cost is a pool that its targets pay together.",
    )
    listed = st.container()
    _add(draft)
    draft = _commitments(_fields(page, draft))
    st.session_state[_DRAFT] = draft
    # Only now is known what is typed below.
    with listed:
        _list(draft)
    _preview(page, draft)


def _draft(kept: Document[AllocationRules]) -> Draft:
    """The draft of this session; one that nobody has touched follows what is kept."""
    draft: Draft | None = st.session_state.get(_DRAFT)
    if draft is None or (not draft.is_touched and draft.revision != kept.revision):
        draft = _anew(kept)
    return draft


def _anew(kept: Document[AllocationRules]) -> Draft:
    number = st.session_state.get(_ROUND, 0) + 1
    st.session_state[_ROUND] = number
    st.session_state[_DRAFT] = begun(kept, number)
    st.session_state.pop(_REFUSED, None)
    draft: Draft = st.session_state[_DRAFT]
    return draft


def _list(draft: Draft) -> None:
    for place, entry in enumerate(draft.entries, start=1):
        with st.container(
            border=True,
            horizontal=True,
            vertical_alignment="center",
            key=f"chargeback rule {entry.number}",
        ):
            st.markdown(rf"{place}\. **{plain(entry.name)}** · {_said(entry.fields)}", width="stretch")
            number = entry.number
            _row("Edit", ":material/edit:", number, partial(opened, number=number))
            _row("Up", ":material/arrow_upward:", number, partial(moved, number=number, by=-1))
            _row("Down", ":material/arrow_downward:", number, partial(moved, number=number, by=1))
            _row("Remove", ":material/delete:", number, partial(removed, number=number))


def _row(label: str, icon: str, number: int, change: Callable[[Draft], Draft]) -> None:
    st.button(
        label, icon=icon, type="tertiary", key=f"chargeback {label} {number}", on_click=_change,
        args=(change,),
    )  # fmt: skip


def _said(fields: Mapping[str, Any]) -> str:
    """The rule in words, or its kind where it does not yet say enough."""
    try:
        rules = made_rules({"rules": [{"kind": "tag", "name": "\x00"}, _without_shares(fields)]}).rules
    except AllocationError:
        return "not complete"
    rule = rules[1]
    span = [f"from {rule.starts}" if rule.starts else "", f"to {rule.ends}" if rule.ends else ""]
    return plain(" ".join([in_words(rule), *span]).strip())


def _without_shares(fields: Mapping[str, Any]) -> dict[str, Any]:
    typed = dict(fields)
    if typed.pop(SHARES, ""):
        typed |= {"split": "fixed", "shares": {"targets of their own": 1}}
    return typed


def _add(draft: Draft) -> None:
    with st.container(horizontal=True):
        for kind, name in KINDS.items():
            st.button(
                f"Add {name.lower()}", icon=":material/add:", key=f"chargeback add {kind}",
                on_click=_change, args=(partial(added, kind=kind),),
            )  # fmt: skip
        st.button(
            "Start over", icon=":material/restart_alt:", type="tertiary", disabled=not draft.is_touched,
            key="chargeback start over", on_click=_start_over,
            help="Forgets what was typed and shows what is kept.",
        )  # fmt: skip


def _change(change: Callable[[Draft], Draft]) -> None:
    st.session_state[_DRAFT] = change(st.session_state[_DRAFT])


def _start_over() -> None:
    NOTES.attempt(lambda: _anew(kept_document()), "These are the rules that are kept")


def _fields(page: ChargebackPage, draft: Draft) -> Draft:
    entry = draft.entry
    if entry is None:
        return draft
    lines = () if page.result is None else page.answer.report.lines
    services = sorted(page.estate.costs["ServiceName"].dropna().unique())
    with st.container(border=True):
        st.markdown(f"**{plain(KINDS[str(entry.fields['kind'])])}**")
        typed = chargeback_rule_fields.draw(
            entry,
            f"chargeback {draft.number} {entry.number}",
            targets=[line.allocated_to for line in lines if line.allocated_to != "Unallocated"],
            services=services,
            drivers=sorted(page.settings.drivers or {}),
        )
    return typed_in(draft, entry.number, typed)


def _commitments(draft: Draft) -> Draft:
    options = list(_COMMITMENTS)
    chosen = st.selectbox(
        "The discount of commitments goes to", options, options.index(draft.commitments),
        key=f"chargeback {draft.number} commitments", persist_state="session",
        format_func=_COMMITMENTS.__getitem__,
        help="At effective cost a covered charge carries the rate of the commitment. Or the account "
        "that bought the Reserved Instance or Savings Plan keeps what it saves.",
    )  # fmt: skip
    return replace(draft, commitments=chosen)


def _preview(page: ChargebackPage, draft: Draft) -> None:
    st.subheader(
        "What it would change", help="The lines under the rules in force, and under those above."
    )
    try:
        rules = rules_of(draft)
        now = page.settings if not draft.is_touched else replace(page.settings, rules=rules)
        after = page.work(now)
        before = after if page.result is None else page.work(page.settings)
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        _save_button(None, draft)
        return
    _shown(changed_by(before, after))
    _save_button(rules, draft)


def _shown(preview: RulesPreview) -> None:
    show_cards(
        [
            Card(
                label="Reconciliation difference",
                value=dollars(preview.difference_usd),
                help="The lines under these rules, less the input, added up apart. It stays at $0.00.",
            ),
            Card(
                label="Total under these rules",
                value=dollars(preview.total_usd),
                help="Rules move cost between lines; they do not change its sum.",
            ),
            Card(
                label="Unallocated before",
                value=dollars(preview.unallocated_before_usd),
                help="Under the rules that are kept.",
            ),
            Card(
                label="Unallocated after",
                value=dollars(preview.unallocated_after_usd),
                help="Under the rules above.",
            ),
        ]
    )
    frame = as_frame(preview.lines, list(_CHANGES))
    tables.table(frame, _CHANGES, alt="Lines under the rules in force and under the rules above")


def _save_button(rules: AllocationRules | None, draft: Draft) -> None:
    if st.button(
        "Save rules", type="primary", icon=":material/save:", key="chargeback save",
        disabled=rules is None or not draft.is_touched,
        help="They hold from then on, here and on the command line; closed months stay as they are.",
    ):  # fmt: skip
        assert rules is not None
        _save(rules, draft.revision)


def _save(rules: AllocationRules, revision: str) -> None:
    try:
        before = kept_document()
        saved = save_rules(rules, revision)
    except StateChanged as error:
        st.session_state[_REFUSED] = str(error)
        st.rerun()
    except FinOpsError as error:
        st.error(f"Nothing was saved. {plain(sentence(str(error)))}", icon=":material/error:")
        return
    _anew(saved)
    NOTES.say("Saved the rules")
    NOTES.offer_undo(
        "The allocation rules are saved.",
        lambda: _anew(save_rules(before.value, saved.revision)),
        "The rules are what they were before",
    )
    st.rerun()


def _refused(page: ChargebackPage, draft: Draft) -> None:
    """Somebody was faster: nothing was overwritten, and the reader decides."""
    if draft.revision == page.rules.revision and _REFUSED not in st.session_state:
        return
    theirs = [f"- {plain(rule.name)}: {plain(in_words(rule))}" for rule in page.rules.value.rules]
    st.warning(
        "**The rules were changed by somebody else while you were editing them.** Nothing was "
        "overwritten, and what you typed is still here. Theirs are now:\n"
        + "\n".join(theirs or ["- none: the tag alone"]),
        icon=":material/group:",
    )
    with st.container(horizontal=True):
        st.button(
            "Begin again with theirs", icon=":material/restart_alt:", key="chargeback theirs",
            on_click=_start_over,
        )  # fmt: skip
        st.button(
            "Let mine replace theirs", icon=":material/edit:", key="chargeback mine", on_click=_mine,
            help="They are saved with the next press of Save rules.",
        )  # fmt: skip


def _mine() -> None:
    def against() -> None:
        draft: Draft = st.session_state[_DRAFT]
        st.session_state[_DRAFT] = replace(draft, revision=kept_document().revision)
        st.session_state.pop(_REFUSED, None)

    NOTES.attempt(against, "Press Save rules to put yours in the place of theirs")


_CHANGES = {
    "allocated_to": tables.text("Allocated to"),
    "before_usd": tables.dollars("Before", "Under the rules that are kept"),
    "after_usd": tables.dollars("After", "Under the rules above"),
    "change_usd": tables.dollars("Change", "After − before"),
}
