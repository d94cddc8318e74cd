"""What may be done with an alert, and that nothing that was recorded is lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from finops.alerts import Alert
from finops.budget_manager import ALERTS_FILE, AlertBook, AlertHistory, BudgetManager
from finops.errors import AlertError, StateTooNew, StateUnreadable, UnknownAlert
from finops.storage import JsonStore

NOON = datetime(2026, 10, 18, 12, tzinfo=UTC)
TODAY = NOON.date()


def alert(number: int = 1, **fields: object) -> Alert:
    """An alert of the budget of this number in October."""
    return Alert.model_validate(
        {
            "source": "budget",
            "subject_id": f"b{number}",
            "subject": f"Budget {number}",
            "kind": "actual",
            "threshold": 80,
            "unit": "percent",
            "measured": 81.5,
            "severity": "action_required",
            "actual_usd": 81.5,
            "amount_usd": 100,
            "set_amount_usd": 100,
            "message": "it is so",
            "action": "look at it",
            "period_start": date(2026, 10, 1),
            "period_end": date(2026, 10, 31),
            "raised_on": TODAY,
            **fields,
        }
    )


@pytest.fixture
def book(tmp_path: Path) -> AlertBook:
    keeper = AlertBook(JsonStore(tmp_path))
    keeper.record([alert()])
    return keeper


def test_an_alert_is_acknowledged_by_somebody_with_a_note(book: AlertBook) -> None:
    record = book.acknowledge(alert().id, by=" Ada ", note="a migration, ends on Friday", at=NOON)
    assert record.state(TODAY) == "acknowledged"
    (event,) = AlertBook(book.store).history().alerts[0].events
    assert (event.by, event.note, event.at) == ("Ada", "a migration, ends on Friday", NOON)
    with pytest.raises(AlertError, match="was acknowledged by Ada on 2026-10-18"):
        book.acknowledge(alert().id, by="Bob", note="", at=NOON)


@pytest.mark.parametrize("name", ["", "  "])
def test_nobody_acknowledges_nothing(book: AlertBook, name: str) -> None:
    with pytest.raises(AlertError, match="give a name"):
        book.acknowledge(alert().id, by=name, note="", at=NOON)
    assert book.history().alerts[0].events == ()


def test_a_snooze_ends_on_its_day(book: AlertBook) -> None:
    record = book.snooze(alert().id, date(2026, 10, 20), by="", note="", at=NOON)
    states = [record.state(TODAY + timedelta(days=days)) for days in range(4)]
    assert states == ["snoozed", "snoozed", "open", "open"]


@pytest.mark.parametrize("until", [TODAY, date(2026, 10, 17)])
def test_a_snooze_does_not_end_today(book: AlertBook, until: date) -> None:
    with pytest.raises(AlertError, match="ends after today, 2026-10-18"):
        book.snooze(alert().id, until, by="", note="", at=NOON)


def test_what_is_open_is_not_reopened_and_what_is_acknowledged_not_snoozed(book: AlertBook) -> None:
    with pytest.raises(AlertError, match="is open already"):
        book.reopen(alert().id, by="", note="", at=NOON)
    book.acknowledge(alert().id, by="Ada", note="", at=NOON)
    with pytest.raises(AlertError, match="reopen it first"):
        book.snooze(alert().id, date(2026, 10, 20), by="", note="", at=NOON)
    assert book.reopen(alert().id, by="Bob", note="again", at=NOON).state(TODAY) == "open"


def test_an_id_that_nobody_knows(book: AlertBook) -> None:
    with pytest.raises(UnknownAlert, match="no alert has the id 'nope'"):
        book.reopen("nope", by="", note="", at=NOON)


def test_a_note_that_is_too_long_is_named(book: AlertBook) -> None:
    with pytest.raises(AlertError, match=r"note: .*at most 500"):
        book.acknowledge(alert().id, by="Ada", note="x" * 501, at=NOON)


def test_the_id_is_that_of_subject_threshold_and_period() -> None:
    same = alert(measured=99, severity="exceeded", message="other words", raised_on=date(2026, 10, 30))
    others = [
        alert(2),
        alert(threshold=80.5),
        alert(unit="usd"),
        alert(kind="forecast"),
        alert(period_start=date(2026, 11, 1)),
        alert(set_amount_usd=200),
        alert(source="commitment"),
    ]
    assert same.id == alert().id
    assert len({one.id for one in [alert(), *others]}) == 1 + len(others)
    # Dollars are dollars, whatever the budget's amount.
    assert alert(unit="usd", set_amount_usd=200).id == alert(unit="usd").id
    assert alert(threshold=80.0).id == alert(threshold="8e1").id


VERSION_1 = {
    "version": 1,
    "alerts": [
        {
            "budget_id": "b1",
            "budget_name": "Budget 1",
            "kind": "actual",
            "threshold_pct": "80.0",
            "severity": "action_required",
            "actual_usd": "81.5",
            "forecast_usd": None,
            "amount_usd": "100.0",
            "message": "it is so",
            "period_start": "2026-10-01",
            "raised_on": "2026-10-18",
        },
        {
            "budget_id": "b2",
            "budget_name": "Budget 2",
            "kind": "forecast",
            "threshold_pct": "100.0",
            "severity": "forecast",
            "actual_usd": "81.5",
            "forecast_usd": "120.25",
            "amount_usd": "100.0",
            "message": "it will be so",
            "period_start": "2026-10-01",
            "raised_on": "2026-10-18",
        },
    ],
}


def test_alerts_of_version_1_stay_and_are_not_raised_again(tmp_path: Path) -> None:
    store = JsonStore(tmp_path)
    store.path(ALERTS_FILE).write_text(json.dumps(VERSION_1))
    first, second = BudgetManager(store).alert_history()
    assert first.key == alert().key
    assert (first.budget_id, first.budget_name, first.threshold_pct) == ("b1", "Budget 1", 80)
    assert (first.message, first.actual_usd, first.period_end) == ("it is so", 81.5, None)
    assert (second.kind, second.severity, second.forecast_usd) == ("forecast", "forecast", 120.25)
    book = AlertBook(store)
    book.record([alert(), alert(3)])
    assert [one.subject_id for one in BudgetManager(store).alert_history()] == ["b1", "b2", "b3"]
    assert json.loads(store.path(ALERTS_FILE).read_text())["version"] == 2
    assert book.acknowledge(first.id, by="Ada", note="", at=NOON).alert == first


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"version": 3, "alerts": []}, StateTooNew),
        ({"version": 1}, StateUnreadable),
        ({"version": 1, "alerts": [{"budget_id": "b1"}]}, StateUnreadable),
        ({"version": 2, "alerts": [{"alert": {"source": "budget"}}]}, StateUnreadable),
    ],
)
def test_a_document_that_does_not_fit_stays(tmp_path: Path, content: object, error: type) -> None:
    store = JsonStore(tmp_path)
    store.path(ALERTS_FILE).write_text(json.dumps(content))
    for _ in range(2):
        with pytest.raises(error, match="budgets reset"):
            AlertBook(store).record([alert()])
    assert json.loads(store.path(ALERTS_FILE).read_text()) == content


def test_one_alert_twice_is_no_history(book: AlertBook) -> None:
    stored = json.loads(book.store.path(ALERTS_FILE).read_text())
    stored["alerts"] *= 2
    book.store.path(ALERTS_FILE).write_text(json.dumps(stored))
    with pytest.raises(StateUnreadable, match="two alerts are of one subject"):
        book.history()


class Handled(RuleBasedStateMachine):
    """Whatever people do in whatever order, each refusal changes nothing and each act adds one event."""

    def __init__(self) -> None:
        super().__init__()
        self.history = AlertHistory().with_new([alert(1), alert(2)])
        self.now = NOON
        self.events = 0
        self.state = "open"
        self.until = TODAY

    def _do(self, change: str, *, allowed: bool, **fields: object) -> None:
        act = getattr(self.history, change)
        if not allowed:
            with pytest.raises(AlertError):
                act(alert(1).id, note="", at=self.now, **fields)
            return
        self.history = act(alert(1).id, note="", at=self.now, **fields)
        self.events += 1
        self.state = {"reopened": "open"}.get(change, change)

    def _expected(self) -> str:
        over = self.state == "snoozed" and self.now.date() >= self.until
        return "open" if over else self.state

    @rule()
    def acknowledge(self) -> None:
        self._do("acknowledged", allowed=self.state != "acknowledged", by="Ada")

    @rule(days=st.integers(-2, 4))
    def snooze(self, days: int) -> None:
        until = self.now.date() + timedelta(days=days)
        allowed = days > 0 and self.state != "acknowledged"
        self._do("snoozed", allowed=allowed, until=until, by="")
        if allowed:
            self.until = until

    @rule()
    def reopen(self) -> None:
        self._do("reopened", allowed=self._expected() != "open", by="")

    @rule()
    def raise_again(self) -> None:
        self.history = self.history.with_new([alert(1), alert(2)])

    @precondition(lambda self: self.now < NOON + timedelta(days=30))
    @rule(hours=st.integers(1, 60))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @invariant()
    def it_is_as_expected(self) -> None:
        first, second = self.history.alerts
        assert first.state(self.now.date()) == self._expected()
        assert len(first.events) == self.events
        assert (second.events, second.state(self.now.date())) == ((), "open")
        assert (
            AlertHistory.model_validate_json(self.history.model_dump_json(round_trip=True))
            == self.history
        )


TestHandled = Handled.TestCase
TestHandled.settings = settings(max_examples=40)
