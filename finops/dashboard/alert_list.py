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
    subjects: dict[tuple[str, str], list[AlertEntry]] = {}
    for entry in sorted(entries, key=_rank):
        subjects.setdefault((entry.source, entry.subject), []).append(entry)
    for together in subjects.values():
        with st.container(border=True):
            for entry in together:
                _entry(entry, by_id[entry.id])
            unanswered = [entry for entry in together if entry.state != "acknowledged"]
            if len(unanswered) > 1:
                _all(unanswered, [by_id[entry.id] for entry in unanswered])


def _all(entries: Sequence[AlertEntry], raised: Sequence[Alert]) -> None:
    key = f"all {entries[0].source} {entries[0].subject}"
    with st.container(horizontal=True, horizontal_alignment="right"):
        _button(key, "acknowledge", f"Acknowledge all {len(entries)}", ":material/done_all:")
    if _in_hand(key) == "acknowledge":
        _form(key, raised, "acknowledge")


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
    if (what := _in_hand(entry.id)) is not None:
        _form(entry.id, [alert], what)


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
        _button(entry.id, "acknowledge", "Acknowledge", ":material/done_all:")
    if entry.state == "open":
        _button(entry.id, "snooze", "Snooze", ":material/snooze:")
    else:
        _button(entry.id, "reopen", "Reopen", ":material/undo:")


def _button(key: str, what: str, label: str, icon: str) -> None:
    st.button(label, icon=icon, type="tertiary", key=f"{what} {key}", on_click=_take, args=(key, what))


def _take(key: str, what: str) -> None:
    st.session_state[_IN_HAND] = (key, what)


def _leave() -> None:
    st.session_state.pop(_IN_HAND, None)


def _in_hand(key: str) -> str | None:
    """What is about to be done with it; None where nothing is."""
    taken, what = st.session_state.get(_IN_HAND, ("", ""))
    return what if taken == key else None


_MEANINGS = {
    "acknowledge": "You have it in hand: it is sent nowhere from now on.",
    "snooze": "Silent until that day, when it is open again and, if its period still runs, sent again.",
    "reopen": "Open again, and sent again where it was not delivered.",
}
_LABELS = {"acknowledge": "Acknowledge it", "snooze": "Snooze it", "reopen": "Reopen it"}
_DONE = {"acknowledge": "Acknowledged", "snooze": "Snoozed", "reopen": "Reopened"}


def _form(key: str, raised: Sequence[Alert], what: str) -> None:
    with st.form(f"{what} form {key}", border=False):
        st.caption(_MEANINGS[what])
        name_column, note_column, day_column = st.columns([1, 2, 1])
        by = name_column.text_input(
            "Your name",
            st.session_state.get(_WHO, ""),
            max_chars=200,
            key=f"by {what} {key}",
            help="Kept with the alert, for colleagues.",
        )
        note = note_column.text_input(
            "Note", max_chars=500, key=f"note {what} {key}", help="Why, or what is done about it."
        )
        today = datetime.now(UTC).date()
        until = today
        if what == "snooze":
            chosen = day_column.date_input(
                "Until", today + timedelta(days=_USUAL_SNOOZE_DAYS),
                min_value=today + timedelta(days=1), format="YYYY-MM-DD", key=f"until {key}",
            )  # fmt: skip
            until = chosen or today
        with st.container(horizontal=True):
            sent = st.form_submit_button(_LABELS[what], type="primary")
            st.form_submit_button("Cancel", type="tertiary", on_click=_leave)
        if sent:
            actions: dict[str, Callable[[str, datetime], object]] = {
                "acknowledge": lambda one, now: alerts.acknowledge(one, by=by, note=note, at=now),
                "snooze": lambda one, now: alerts.snooze(one, until, by=by, note=note, at=now),
                "reopen": lambda one, now: alerts.reopen(one, by=by, note=note, at=now),
            }
            st.session_state[_WHO] = by
            _do(raised, actions[what], _DONE[what])


def _do(raised: Sequence[Alert], action: Callable[[str, datetime], object], done: str) -> None:
    try:
        # What was seen on data of the reader's own is in no history yet.
        alerts.record(raised)
        for alert in raised:
            action(alert.id, datetime.now(UTC))
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    _leave()
    budget_notes.say(f"{done}: {raised[0].subject}")
    st.rerun()
