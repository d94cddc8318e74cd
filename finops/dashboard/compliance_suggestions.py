"""Which values would missing tags have, which of them does finance accept, and which are taken back?

Nothing is accepted by itself. What is accepted is a virtual tag: it counts in chargeback after the tags
that resources carry, and makes no resource compliant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from finops.answers import tag_policies
from finops.answers.compliance import TaggingPolicy
from finops.answers.tag_suggestions import (
    TagSuggestions,
    VirtualTag,
    accept,
    restore,
    suggest,
    virtual_tags,
    withdraw,
)
from finops.dashboard import broken_state, tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.compliance_page import NOTES, CompliancePage
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError, StateError
from finops.estate import Estate

_WHO, _NOTE, _ROUND = "tags who", "tags note of who", "tags round"
_KINDS = {"inferred": "from resources alike", "stated": "in another spelling"}


def show(page: CompliancePage) -> None:
    """Draw the view."""
    try:
        every = virtual_tags(withdrawn=True)
    except StateError as error:
        broken_state.show(error, NOTES, tag_policies.reset)
        return
    in_force = [one for one in every if one.in_force()]
    ids = tuple(one.id for one in in_force)
    try:
        # They are learned from the whole estate, whatever is filtered.
        told = answered(_suggested, page.view.whole, page.kept.policy, ids)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    _headline(told, len(in_force))
    _open(told, page)
    _accepted(in_force, [one for one in every if not one.in_force()])


def _suggested(estate: Estate, policy: TaggingPolicy, virtual_ids: tuple[str, ...]) -> TagSuggestions:
    # Which virtual tags there are is a part of the question: a suggestion says whether it is accepted.
    del virtual_ids
    return suggest(estate, policy)


def _headline(told: TagSuggestions, accepted: int) -> None:
    show_cards(
        [
            Card(
                label="Dollars without a tag",
                value=dollars(told.lacking_usd),
                help="A month's cost of resource × missing mandatory key: a resource that lacks two "
                "counts twice.",
            ),
            Card(
                label="With a suggestion",
                value=dollars(told.suggested_usd),
                help="Where the tags and names of resources alike, or another spelling, say a value "
                "surely enough.",
            ),
            Card(
                label="Nothing to say",
                value=percent(told.abstained_pct),
                help="The share of those dollars without a suggestion: nothing is guessed.",
            ),
            Card(
                label="Accepted",
                value=f"{accepted:,}",
                help="Virtual tags in force. They count in chargeback, after real tags; compliance does "
                "not count them.",
            ),
        ]
    )
    with st.expander("How far to trust them", icon=":material/verified:"):
        tables.table(
            as_frame(told.keys, list(_TRUST)), _TRUST, alt="Suggestions by key, and their precision"
        )


@st.fragment
def _open(told: TagSuggestions, page: CompliancePage) -> None:
    st.subheader(
        "Suggestions",
        help="Rows are chosen in the first column. Nothing is applied to AWS: see Violations for a "
        "script that also sets what is accepted here.",
    )
    rows = _filtered(told.suggestions, page.view.shown)
    if rows.empty:
        st.info("There is no suggestion, or none is left by the filters.", icon=":material/info:")
        return
    # Another key is another table, with nothing chosen in it.
    key = f"tags suggestions {st.session_state.get(_ROUND, 0)}"
    chosen = tables.selectable_rows(rows, _COLUMNS, alt="Suggested values of missing tags", key=key)
    left, right = st.columns([2, 1], vertical_alignment="center")
    every = right.checkbox(
        f"All {count(len(rows), 'row')}", key=f"{key} all", help="Instead of choosing rows one by one."
    )
    picked = rows if every else rows.iloc[chosen]
    left.markdown(
        f"**{count(len(picked), 'suggestion')}** chosen, "
        f"{dollars(float(picked['monthly_cost_usd'].sum()))} a month."
    )
    who_column, note_column, button = st.columns([2, 3, 1], vertical_alignment="bottom")
    who = who_column.text_input(
        "Your name", key=_WHO, persist_state="session", max_chars=100,
        help="It is kept with what you accept or withdraw.",
    )  # fmt: skip
    note = note_column.text_input("Note", key=_NOTE, max_chars=500, help="Why, for who asks later.")
    if button.button("Accept", type="primary", icon=":material/done_all:", width="stretch"):
        _accept(picked, who or "", note or "")


def _filtered(rows: pd.DataFrame, shown: Estate) -> pd.DataFrame:
    """Draw the filters and give the open suggestions that they leave."""
    listed = {*shown.ec2["InstanceId"], *shown.s3["BucketName"]}
    rows = rows[rows["virtual_tag"].isna() & rows["resource_id"].isin(listed)]
    first, second, third = st.columns(3)
    keys = first.multiselect(
        "Key", list(dict.fromkeys(rows["key"])), key="tags suggested keys", persist_state="session",
        placeholder="Any key",
    )  # fmt: skip
    kinds = second.multiselect(
        "Known", list(_KINDS), key="tags suggested kinds", persist_state="session",
        placeholder="In any way", format_func=_KINDS.__getitem__,
    )  # fmt: skip
    least = third.number_input(
        "Probability, % at least", 0, 100, 0, 5, key="tags least", persist_state="session",
        help="As calibrated on the tags that are known.",
    )  # fmt: skip
    if keys:
        rows = rows[rows["key"].isin(keys)]
    if kinds:
        rows = rows[rows["kind"].isin(kinds)]
    rows = rows[rows["probability"].mul(100).ge(least)]
    return rows.assign(
        probability_pct=rows["probability"] * 100, known=rows["kind"].map(_KINDS)
    ).reset_index(drop=True)


def _accept(picked: pd.DataFrame, who: str, note: str) -> None:
    if picked.empty:
        st.error("Nothing is chosen: choose rows of the table, or all.", icon=":material/error:")
        return
    try:
        done = accept(picked, by=who, at=datetime.now(UTC), note=note)
    except FinOpsError as error:
        st.error(f"Nothing was accepted. {plain(error)}", icon=":material/error:")
        return
    if done:
        ids = [one.id for one in done]
        said = count(len(done), "virtual tag")
        NOTES.say(f"Accepted {said}")
        NOTES.offer_undo(
            f"{said} accepted by {who.strip()}.",
            lambda: withdraw(ids, by=who, at=datetime.now(UTC)),
            f"Withdrawn: {said}",
        )
    else:
        NOTES.say("Nothing new: somebody has accepted all of it already")
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _accepted(in_force: Sequence[VirtualTag], withdrawn: Sequence[VirtualTag]) -> None:
    st.subheader(
        "Accepted virtual tags",
        help="In the order in which they are asked; the first that fits a resource counts. What is "
        "withdrawn stays listed with who did it.",
    )
    if not in_force:
        st.caption("None is in force.")
    else:
        frame = _virtual_frame(in_force)
        key = f"tags virtual {st.session_state.get(_ROUND, 0)}"
        chosen = tables.selectable_rows(frame, _VIRTUAL, alt="Virtual tags in force", key=key)
        names = {one.id: f"{one.id}: {one.key}={one.value}, {one.match.in_words()}" for one in in_force}
        left, right = st.columns([4, 1], vertical_alignment="bottom")
        picked = left.multiselect(
            "Withdraw", list(names), [in_force[at].id for at in chosen], key=f"{key} {chosen}",
            format_func=names.__getitem__, placeholder="Choose rows above, or names here",
        )  # fmt: skip
        right.button(
            "Withdraw", icon=":material/undo:", width="stretch", disabled=not picked,
            on_click=_withdraw, args=([one for one in in_force if one.id in picked],),
            help="They no longer count. Your name is taken from above.",
        )  # fmt: skip
    if withdrawn:
        with st.expander(f"Withdrawn: {len(withdrawn)}", icon=":material/history:"):
            tables.table(_virtual_frame(withdrawn), _WITHDRAWN, alt="Virtual tags that were withdrawn")


def _withdraw(gone: Sequence[VirtualTag]) -> None:
    who = str(st.session_state.get(_WHO) or "")
    said = count(len(gone), "virtual tag")
    if NOTES.attempt(
        lambda: withdraw([one.id for one in gone], by=who, at=datetime.now(UTC)), f"Withdrew {said}"
    ):
        NOTES.offer_undo(
            f"{said} withdrawn by {who.strip()}.",
            lambda: restore([one.id for one in gone], by=who, at=datetime.now(UTC)),
            f"Accepted again: {said}",
        )
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _virtual_frame(tags: Sequence[VirtualTag]) -> pd.DataFrame:
    frame = as_frame(
        tags, ["id", "key", "value", "probability", "reason", "accepted_by", "accepted_at",
               "withdrawn_by", "withdrawn_at", "starts", "ends"],
    )  # fmt: skip
    return frame.assign(
        match=[one.match.in_words() for one in tags],
        probability_pct=frame["probability"].astype("float64") * 100,
    )


_TRUST = {
    "key": tables.text("Key"),
    "known": tables.number("Known", "Resources that carry it"),
    "lacking": tables.number("Lacking", "Resources that lack it"),
    "lacking_usd": tables.dollars("$ lacking", "What they cost in a month"),
    "suggested": tables.number("Suggested", "Resources with a suggestion"),
    "suggested_usd": tables.dollars("$ suggested", "What they cost in a month"),
    "abstained_pct": tables.percent("Nothing to say", "Of the dollars that lack it"),
    "expected_precision_pct": tables.percent(
        "Expected right", "Of the suggested dollars, by tags that are known and were hidden"
    ),
}
_COLUMNS = {
    "resource_id": tables.text("Resource"),
    "key": tables.text("Key"),
    "value": tables.text("Value"),
    "probability_pct": tables.percent("Probability", "That the value is right, as calibrated"),
    "monthly_cost_usd": tables.dollars("$ per month", "Cost of the resource"),
    "reason": tables.text("Why"),
    "known": tables.text("Known", "From resources alike, or by the resource itself"),
    "account": tables.text("Account"),
    "region": tables.text("Region"),
    "service": tables.text("Service"),
}
_VIRTUAL = {
    "id": tables.text("Id"),
    "key": tables.text("Key"),
    "value": tables.text("Value"),
    "match": tables.text("For"),
    "accepted_by": tables.text("By"),
    "accepted_at": tables.day("On"),
    "probability_pct": tables.percent("Probability", "As it was shown; empty where a person knew"),
    "reason": tables.text("Why"),
    "starts": tables.day("From", "First day on which it counts; empty: always"),
    "ends": tables.day("To", "Last day on which it counts; empty: until further notice"),
}
_WITHDRAWN = {
    **_VIRTUAL,
    "withdrawn_by": tables.text("Withdrawn by"),
    "withdrawn_at": tables.day("Withdrawn on"),
}
