"""Which alerts are active, who has them in hand, and what is done about each?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from finops.answers import alerts
from finops.answers.alerts import Alert, AlertEntry
from finops.dashboard import budget_notes
from finops.dashboard.budget_words import ALERT_STATES, SEVERITIES
from finops.dashboard.wording import plain, sentence
from finops.errors import FinOpsError

_IN_HAND = "alert in hand"
_WHO = "alert by"
_USUAL_SNOOZE_DAYS = 7


def show(entries: Sequence[AlertEntry], raised: Sequence[Alert]) -> None:
    """Draw the active alerts, those of one subject together; what is open and worst first.

    ``raised`` are the same as they were raised today.
    """
    by_id = {alert.id: alert for alert in raised}
    ranked = sorted(entries, key=_rank)
    subjects = dict.fromkeys((entry.source, entry.subject) for entry in ranked)
    for subject in subjects:
        with st.container(border=True):
            for entry in ranked:
                if (entry.source, entry.subject) == subject:
                    _entry(entry, by_id[entry.id])


def _rank(entry: AlertEntry) -> tuple[int, int]:
    return list(ALERT_STATES).index(entry.state), list(SEVERITIES).index(entry.severity)


def _entry(entry: AlertEntry, alert: Alert) -> None:
    severity, state = SEVERITIES[entry.severity], ALERT_STATES[entry.state]
    said, buttons = st.columns([5, 2], vertical_alignment="center")
    with said:
        st.markdown(f"{severity.markdown} {state.markdown} {plain(entry.message)}.")
        # Commands in it are in backticks, for a terminal.
        st.caption(plain(entry.action.replace("`", "")) + _what_was_done(entry))
    with buttons, st.container(horizontal=True, horizontal_alignment="right", gap="small"):
        _buttons(entry)
    if st.session_state.get(_IN_HAND, ("", ""))[0] == entry.id:
        _form(entry, alert, st.session_state[_IN_HAND][1])


def _what_was_done(entry: AlertEntry) -> str:
    parts = []
    if entry.changed_at is not None:
        until = "" if entry.snoozed_until is None else f" until {entry.snoozed_until}"
        who = f" by {entry.by}" if entry.by else ""
        verb = "reopened" if entry.state == "open" else entry.state
        note = f": {entry.note}" if entry.note else ""
        parts.append(f"{verb}{until}{who} on {entry.changed_at.date()}{note}")
    if entry.delivered_to:
        parts.append(f"delivered to {', '.join(entry.delivered_to)}")
    if entry.waiting_for:
        parts.append(f"waits for {', '.join(entry.waiting_for)}")
    return "".join(f" {plain(sentence(part))}" for part in parts)


def _buttons(entry: AlertEntry) -> None:
    if entry.state != "acknowledged":
        _button(entry, "acknowledge", "Acknowledge", ":material/done_all:")
    if entry.state == "open":
        _button(entry, "snooze", "Snooze", ":material/snooze:")
    else:
        _button(entry, "reopen", "Reopen", ":material/undo:")


def _button(entry: AlertEntry, what: str, label: str, icon: str) -> None:
    st.button(
        label, icon=icon, type="tertiary", key=f"{what} {entry.id}", on_click=_take,
        args=(entry.id, what),
    )  # fmt: skip


def _take(alert_id: str, what: str) -> None:
    st.session_state[_IN_HAND] = (alert_id, what)


def _leave() -> None:
    st.session_state.pop(_IN_HAND, None)


_MEANINGS = {
    "acknowledge": "You have it in hand: it is sent nowhere from now on.",
    "snooze": "Silent until that day, when it is open again and, if its period still runs, sent again.",
    "reopen": "Open again, and sent again where it was not delivered.",
}
_LABELS = {"acknowledge": "Acknowledge it", "snooze": "Snooze it", "reopen": "Reopen it"}
_DONE = {"acknowledge": "Acknowledged", "snooze": "Snoozed", "reopen": "Reopened"}


def _form(entry: AlertEntry, alert: Alert, what: str) -> None:
    with st.form(f"{what} form {entry.id}", border=False):
        st.caption(_MEANINGS[what])
        name_column, note_column, day_column = st.columns([1, 2, 1])
        by = name_column.text_input(
            "Your name",
            st.session_state.get(_WHO, ""),
            max_chars=200,
            key=f"by {what} {entry.id}",
            help="Kept with the alert, for colleagues.",
        )
        note = note_column.text_input(
            "Note", max_chars=500, key=f"note {what} {entry.id}", help="Why, or what is done about it."
        )
        today = datetime.now(UTC).date()
        until = today
        if what == "snooze":
            until = day_column.date_input(
                "Until", today + timedelta(days=_USUAL_SNOOZE_DAYS),
                min_value=today + timedelta(days=1), format="YYYY-MM-DD", key=f"until {entry.id}",
            )  # fmt: skip
        with st.container(horizontal=True):
            sent = st.form_submit_button(_LABELS[what], type="primary")
            if st.form_submit_button("Cancel", type="tertiary"):
                _leave()
                st.rerun(scope="fragment")
        if sent:
            actions: dict[str, Callable[[datetime], object]] = {
                "acknowledge": lambda now: alerts.acknowledge(entry.id, by=by, note=note, at=now),
                "snooze": lambda now: alerts.snooze(entry.id, until, by=by, note=note, at=now),
                "reopen": lambda now: alerts.reopen(entry.id, by=by, note=note, at=now),
            }
            st.session_state[_WHO] = by
            _do(alert, actions[what], f"{_DONE[what]}: {entry.subject}")


def _do(alert: Alert, action: Callable[[datetime], object], done: str) -> None:
    try:
        # What was seen on data of the reader's own is in no history yet.
        alerts.record((alert,))
        action(datetime.now(UTC))
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    _leave()
    budget_notes.say(done)
    st.rerun()
