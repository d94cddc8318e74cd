"""Every alert reaches every channel, by one process at a time, whatever fails in between."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from finops.budget_manager.alert_history import AlertHistory, Delivery
from finops.budget_manager.deliveries import (
    CLAIM,
    claimed,
    claimed_by,
    is_pending,
    queued,
    settled,
    wait_after,
)
from finops.notify import Outcome
from tests.budget_manager.test_alert_history import NOON, TODAY, alert

ARRIVED = Outcome(delivered=True, attempts=1)
FAILED = Outcome(delivered=False, attempts=3, error="the server answered HTTP 500")
ONE = alert(1)


def history(*channels: str, numbers: int = 1) -> AlertHistory:
    alerts = [alert(number + 1) for number in range(numbers)]
    return queued(AlertHistory().with_new(alerts), alerts, channels, TODAY)


def delivery(of: AlertHistory, channel: str = "ops") -> Delivery:
    found = of.alerts[0].delivery(channel)
    assert found is not None
    return found


def taken(of: AlertHistory, claim: str, now: datetime, channel: str = "ops") -> AlertHistory:
    return claimed(of, channel, claim, now)


def test_what_is_queued_is_pending_and_queued_once() -> None:
    first = history("ops", "mail")
    assert [one.channel for one in first.alerts[0].deliveries] == ["ops", "mail"]
    assert is_pending(first.alerts[0], delivery(first), TODAY)
    assert queued(first, [ONE], ("ops", "mail"), TODAY) == first


def test_a_claim_keeps_others_out_until_it_runs_out() -> None:
    first = taken(history("ops"), "a", NOON)
    assert claimed_by(first, "a") == (ONE,)
    almost = taken(first, "b", NOON + CLAIM - timedelta(seconds=1))
    assert claimed_by(almost, "b") == ()
    after = taken(first, "b", NOON + CLAIM)
    assert (claimed_by(after, "b"), claimed_by(after, "a")) == ((ONE,), ())


def test_what_has_arrived_is_not_sent_again() -> None:
    done = settled(taken(history("ops"), "a", NOON), "ops", "a", sent=[ONE], outcome=ARRIVED, now=NOON)
    assert delivery(done) == Delivery(channel="ops", attempts=1, delivered_at=NOON)
    later = NOON + timedelta(days=300)
    assert taken(queued(done, [ONE], ("ops",), TODAY), "b", later) == done


def test_what_failed_waits_and_then_is_sent() -> None:
    failed = settled(taken(history("ops"), "a", NOON), "ops", "a", sent=[ONE], outcome=FAILED, now=NOON)
    assert delivery(failed) == Delivery(
        channel="ops",
        attempts=3,
        last_error="the server answered HTTP 500",
        next_attempt_at=NOON + timedelta(minutes=20),  # 5, doubled twice
    )
    assert claimed_by(taken(failed, "b", NOON + timedelta(minutes=19)), "b") == ()
    second = taken(failed, "b", NOON + timedelta(minutes=20))
    assert claimed_by(second, "b") == (ONE,)
    done = settled(second, "ops", "b", sent=[ONE], outcome=ARRIVED, now=NOON + timedelta(minutes=21))
    assert (delivery(done).attempts, delivery(done).next_attempt_at) == (4, None)


def test_waits_double_from_five_minutes_to_six_hours() -> None:
    minutes = [wait_after(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 4, 6, 7, 8, 500)]
    assert minutes == [5, 10, 20, 40, 160, 320, 360, 360]


def test_a_late_failure_is_the_business_of_who_took_over_and_a_late_arrival_counts() -> None:
    over = taken(taken(history("ops"), "a", NOON), "b", NOON + CLAIM)
    assert settled(over, "ops", "a", sent=[ONE], outcome=FAILED, now=NOON + CLAIM) == over
    arrived = settled(over, "ops", "a", sent=[ONE], outcome=ARRIVED, now=NOON + CLAIM)
    assert delivery(arrived).delivered_at == NOON + CLAIM
    assert settled(arrived, "ops", "b", sent=[ONE], outcome=FAILED, now=NOON + CLAIM) == arrived


def test_acknowledged_and_snoozed_alerts_are_not_sent_and_a_snooze_ends() -> None:
    start = history("ops")
    acknowledged = start.acknowledged(ONE.id, by="Ada", note="", at=NOON)
    assert taken(acknowledged, "a", NOON) == acknowledged
    snoozed = start.snoozed(ONE.id, date(2026, 10, 20), by="", note="", at=NOON)
    assert taken(snoozed, "a", datetime(2026, 10, 19, 23, 59, tzinfo=UTC)) == snoozed
    assert claimed_by(taken(snoozed, "a", datetime(2026, 10, 20, tzinfo=UTC)), "a") == (ONE,)


def test_an_acknowledged_alert_is_not_queued_for_a_new_channel() -> None:
    acknowledged = history("ops").acknowledged(ONE.id, by="Ada", note="", at=NOON)
    assert queued(acknowledged, [ONE], ("ops", "mail"), TODAY) == acknowledged


@pytest.mark.parametrize(("until", "again"), [(date(2026, 10, 20), True), (date(2026, 11, 2), False)])
def test_the_end_of_a_snooze_reminds_once_while_the_period_runs(until: date, again: bool) -> None:
    told = settled(taken(history("ops"), "a", NOON), "ops", "a", sent=[ONE], outcome=ARRIVED, now=NOON)
    snoozed = told.snoozed(ONE.id, until, by="", note="", at=NOON)
    ended = datetime(until.year, until.month, until.day, 8, tzinfo=UTC)
    reminder = taken(snoozed, "b", ended)
    assert claimed_by(reminder, "b") == ((ONE,) if again else ())
    done = settled(reminder, "ops", "b", sent=[ONE], outcome=ARRIVED, now=ended)
    assert claimed_by(taken(done, "c", ended + timedelta(hours=1)), "c") == ()


@pytest.mark.parametrize(("days_ago", "news"), [(0, True), (7, True), (8, False)])
def test_what_is_over_and_was_told_to_nobody_is_news_for_seven_days(days_ago: int, news: bool) -> None:
    old = alert(1, raised_on=TODAY - timedelta(days=days_ago))
    over = queued(AlertHistory().with_new([old]), (), ("ops",), TODAY)
    assert bool(over.alerts[0].deliveries) is news


def test_a_new_channel_is_told_what_is_active_and_not_what_is_over() -> None:
    both = history("ops", numbers=2)
    widened = queued(both, [alert(2)], ("ops", "mail"), TODAY)
    assert [len(record.deliveries) for record in widened.alerts] == [1, 2]


def test_a_clock_that_was_ahead_does_not_silence() -> None:
    wrong = NOON + timedelta(days=400)
    claimed_then = taken(history("ops"), "a", wrong)
    assert claimed_by(taken(claimed_then, "b", NOON), "b") == (ONE,)
    failed_then = settled(claimed_then, "ops", "a", sent=[ONE], outcome=FAILED, now=wrong)
    assert claimed_by(taken(failed_then, "b", NOON), "b") == (ONE,)


class Delivered(RuleBasedStateMachine):
    """Two processes that check, send, fail and die at any moment, with one alert after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.history = AlertHistory()
        self.active: list[int] = []
        self.now = NOON
        self.claims: dict[str, tuple[str, set[str], datetime]] = {}
        self.arrived: dict[tuple[str, str], int] = {}
        self.lost_claims: dict[tuple[str, str], int] = {}
        self.claim_number = 0

    @rule()
    def another_alert(self) -> None:
        self.active.append(len(self.active) + 1)

    @rule(channel=st.sampled_from(["ops", "mail"]))
    def begin(self, channel: str) -> None:
        alerts = [alert(number) for number in self.active]
        self.history = queued(self.history.with_new(alerts), alerts, ("ops", "mail"), TODAY)
        self.claim_number += 1
        claim = str(self.claim_number)
        self.history = claimed(self.history, channel, claim, self.now)
        mine = {one.id for one in claimed_by(self.history, claim)}
        if mine:
            self.claims[claim] = (channel, mine, self.now)

    @rule(data=st.data(), fate=st.sampled_from(["arrives", "fails", "dies before", "dies after"]))
    def end(self, data: st.DataObject, fate: str) -> None:
        if not self.claims:
            return
        claim = data.draw(st.sampled_from(sorted(self.claims)))
        channel, mine, _ = self.claims.pop(claim)
        sent = [record.alert for record in self.history.alerts if record.alert.id in mine]
        if fate in {"arrives", "dies after"}:
            for one in sent:
                key = (one.id, channel)
                self.arrived[key] = self.arrived.get(key, 0) + 1
        if fate.startswith("dies"):
            for one in sent:
                self.lost_claims[one.id, channel] = self.lost_claims.get((one.id, channel), 0) + 1
            return
        outcome = ARRIVED if fate == "arrives" else FAILED
        self.history = settled(self.history, channel, claim, sent=sent, outcome=outcome, now=self.now)

    @rule(minutes=st.sampled_from([1, 16, 400]))
    def wait(self, minutes: int) -> None:
        # A process that outlives its claim is one that has been given up: it may send twice.
        self.now += timedelta(minutes=minutes)
        for channel, mine, since in self.claims.values():
            if self.now - since >= CLAIM:
                for one in mine:
                    key = (one, channel)
                    self.lost_claims[key] = self.lost_claims.get(key, 0) + 1

    @invariant()
    def no_alert_is_claimed_twice_at_once(self) -> None:
        live = [
            (channel, one)
            for channel, mine, since in self.claims.values()
            if self.now - since < CLAIM
            for one in mine
        ]
        assert len(set(live)) == len(live)

    @invariant()
    def what_is_recorded_as_delivered_has_arrived(self) -> None:
        for record in self.history.alerts:
            for one in record.deliveries:
                if one.delivered_at is not None:
                    assert self.arrived.get((record.alert.id, one.channel), 0) >= 1

    @invariant()
    def nothing_arrives_twice_unless_a_claim_was_lost(self) -> None:
        for key, times in self.arrived.items():
            assert times <= 1 + self.lost_claims.get(key, 0)

    def teardown(self) -> None:
        """Once everybody is well again, every alert has arrived on every channel."""
        self.now += timedelta(hours=7)
        alerts = [alert(number) for number in self.active]
        final = queued(self.history.with_new(alerts), alerts, ("ops", "mail"), TODAY)
        for channel in ("ops", "mail"):
            final = claimed(final, channel, "last", self.now)
            sent = claimed_by(final, "last")
            final = settled(final, channel, "last", sent=sent, outcome=ARRIVED, now=self.now)
        for record in final.alerts:
            assert all(one.delivered_at is not None for one in record.deliveries)
            assert {one.channel for one in record.deliveries} == {"ops", "mail"}


TestDelivered = Delivered.TestCase
TestDelivered.settings = settings(max_examples=40)
