"""What a tab shows of alerts: those that hold, those that were, who has them, and who was told."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from finops.answers import alerts
from finops.answers.alerts import AlertBook
from finops.errors import AlertError, StateUnreadable
from finops.notify import Outcome
from finops.storage import JsonStore
from tests.budget_manager.test_alert_history import NOON, TODAY, alert


@pytest.fixture
def book(tmp_path: Path) -> AlertBook:
    return AlertBook(JsonStore(tmp_path))


def test_what_holds_is_shown_as_it_is_today_beside_what_was_done_with_it(book: AlertBook) -> None:
    alerts.record([alert(1), alert(2)], book)
    alerts.acknowledge(alert(1).id, by="Ada", note="known", at=NOON, book=book)
    today = [alert(3), alert(1, measured=99, message="more of it")]
    seen = alerts.overview(today, NOON, book=book)
    assert [(one.subject, one.state, one.by, one.message) for one in seen.active] == [
        ("Budget 3", "open", "", "it is so"),
        ("Budget 1", "acknowledged", "Ada", "more of it"),
    ]
    assert [(one.subject, one.active, one.message) for one in seen.history] == [
        ("Budget 2", False, "it is so"),
        ("Budget 1", True, "it is so"),
    ]
    assert len(book.history().alerts) == 2  # looking records nothing


def test_channels_and_deliveries_are_shown_by_label(book: AlertBook) -> None:
    channels = alerts.channels("ops=json://u:s3cret@example.com mail=json://example.org slakc://x")
    outcomes = iter(
        [Outcome(delivered=True, attempts=1), Outcome(delivered=False, attempts=3, error="no answer")]
    )
    alerts.deliver(
        [alert(1)],
        channels,
        as_of=TODAY,
        clock=lambda: NOON,
        wait=lambda _: None,
        book=book,
        send=lambda *_: next(outcomes),
    )
    seen = alerts.overview([alert(1)], NOON, channels, book)
    assert (seen.channels, len(seen.channel_problems)) == (("ops", "mail"), 1)
    assert [(one.channel, one.state, one.attempts, one.last_error) for one in seen.deliveries] == [
        ("ops", "delivered", 1, ""),
        ("mail", "pending", 3, "no answer"),
    ]
    assert (seen.active[0].delivered_to, seen.active[0].waiting_for) == (("ops",), ("mail",))
    assert "s3cret" not in repr(seen)


def test_a_snooze_is_shown_until_it_is_over_and_taken_back(book: AlertBook) -> None:
    alerts.record([alert(1)], book)
    until = date(2026, 10, 20)
    alerts.snooze(alert(1).id, until, by="Ada", at=NOON, book=book)
    during, after = (alerts.listed(NOON + timedelta(days=days), book)[0] for days in (1, 2))
    assert (during.state, during.snoozed_until) == ("snoozed", until)
    assert (after.state, after.snoozed_until) == ("open", None)
    assert alerts.reopen(alert(1).id, by="Bob", at=NOON, book=book).by == "Bob"
    with pytest.raises(AlertError, match="open already"):
        alerts.reopen(alert(1).id, at=NOON, book=book)


def test_the_channels_are_those_of_the_environment_unless_others_are_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FINOPS_NOTIFY_URLS", "ops=json://example.com")
    assert alerts.channels().labels == ("ops",)
    assert alerts.channels("mail=json://example.org").labels == ("mail",)
    assert alerts.channels("").labels == ()


def test_a_history_that_cannot_be_read_is_said(book: AlertBook) -> None:
    book.store.path("budget_alerts.json").write_text("")
    with pytest.raises(StateUnreadable, match="it is empty"):
        alerts.overview([], NOON, book=book)
