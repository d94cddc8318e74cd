"""What has been said of anomalies, and what is planned? Both can be taken back, and plans made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import streamlit as st

from finops.answers import anomalies as answers
from finops.answers.anomalies import PLANNED_DAYS, Feedback
from finops.answers.budget_scopes import scope_values
from finops.dashboard import tables
from finops.dashboard.anomaly_detail import take_back
from finops.dashboard.anomaly_words import NOTES, VERDICT_WORDS, scope_of
from finops.dashboard.answered import answered
from finops.dashboard.wording import count, plain, sentence
from finops.estate import Estate

_COLUMNS = {
    "verdict": tables.text("Said to be"),
    "scope": tables.text("Scope"),
    "start": tables.day("From"),
    "until": tables.day("To"),
    "note": tables.text("Note"),
    "given_at": tables.day("Said on"),
    "id": tables.text("Id", "As the command line names it"),
}
_FORM = "anomaly plan"


def show(estate: Estate, seen: tuple[Feedback, ...]) -> None:
    """Draw what was said, and the form of a plan."""
    with st.expander("Plan an event before it comes", icon=":material/event:"):
        _plan(estate)
    if seen:
        label = f"What was said: {count(len(seen), 'verdict')}"
        with st.expander(label, icon=":material/forum:", key="anomaly verdicts"):
            _said(estate, seen)


def _plan(estate: Estate) -> None:
    st.caption(
        "A migration, a load test, a sale: from the first day to the last its scope is not alarmed, no "
        "other scope is alarmed for the same dollars, and its new level is learnt at once."
    )
    type_column, value_column = st.columns(2)
    scope_type = type_column.selectbox(
        "Scope of the event", answers.SCOPE_TYPES, key=f"{_FORM} scope", persist_state="session",
        help="Where its cost shows.",
    )  # fmt: skip
    value: str | None = ""
    if scope_type != answers.SCOPE_TYPES[0]:
        value = value_column.selectbox(
            "Value of the scope", _values(estate, scope_type), index=None,
            key=f"{_FORM} value {scope_type}", persist_state="session", accept_new_options=True,
            placeholder="Choose or type", help="As it is, or will be, in the bill.",
        )  # fmt: skip
    if value and (lacking := answered(answers.missing_scope, estate, scope_type, value)):
        st.warning(plain(sentence(lacking)), icon=":material/warning:")
    with st.form(_FORM, border=False):
        from_column, until_column, note_column = st.columns([1, 1, 2])
        tomorrow = estate.as_of + timedelta(days=1)
        from_column.date_input("First day", tomorrow, format="YYYY-MM-DD", key=f"{_FORM} from")
        until_column.date_input(
            "Last day", tomorrow + timedelta(days=PLANNED_DAYS - 1), format="YYYY-MM-DD",
            key=f"{_FORM} until",
        )  # fmt: skip
        note_column.text_input("Note of the event", max_chars=500, key=f"{_FORM} note")
        st.form_submit_button(
            "Plan it", type="primary", on_click=_keep, args=(estate, scope_type, value or "")
        )


def _values(estate: Estate, scope_type: str) -> list[str]:
    """Those of the bill: budgets know short names of services besides, which anomalies do not."""
    if scope_type == "service":
        return sorted(map(str, estate.costs["ServiceName"].dropna().unique()))
    return list(answered(scope_values, estate).get(scope_type, ()))


def _keep(estate: Estate, scope_type: str, value: str) -> None:
    first: date | None = st.session_state.get(f"{_FORM} from")
    last: date | None = st.session_state.get(f"{_FORM} until")
    if first is None or last is None:
        NOTES.fail("say from which day to which day it is planned")
        return
    NOTES.attempt(
        lambda: answers.plan(
            scope_type,
            value,
            first,
            last,
            sample=estate.is_sample,
            at=datetime.now(UTC),
            note=str(st.session_state.get(f"{_FORM} note", "")).strip(),
        ),
        f"Planned: {scope_type} {value}".strip() + f", {first} to {last}",
    )


def _said(estate: Estate, seen: tuple[Feedback, ...]) -> None:
    frame = pd.DataFrame(
        [
            {
                "verdict": VERDICT_WORDS[one.verdict],
                "scope": scope_of(one),
                "start": one.start,
                "until": one.until,
                "note": one.note,
                "given_at": one.given_at.date(),
                "id": one.anomaly_id,
            }
            for one in reversed(seen)
        ]
    )
    tables.table(frame, _COLUMNS, alt="What was said of anomalies, the latest first")
    by_id = {one.anomaly_id: one for one in reversed(seen)}
    choice, button = st.columns([3, 1], vertical_alignment="bottom")
    chosen = choice.selectbox(
        "Verdict", list(by_id), key="anomaly verdict",
        format_func=lambda one: _named(by_id[one]) if one in by_id else "",
        help="Which one is taken back.",
    )  # fmt: skip
    button.button(
        "Take it back", icon=":material/undo:", on_click=take_back, args=(estate, chosen, seen),
        width="stretch",
    )  # fmt: skip
    tables.download_frame(
        "Download what was said", frame, "anomaly_verdicts.csv", help_text="The table above as CSV."
    )


def _named(one: Feedback) -> str:
    return f"{scope_of(one)}, {one.start} to {one.until}: {VERDICT_WORDS[one.verdict]}"
