"""Which alerts go to which channel now, and what is recorded about it?

An alert is recorded as pending before anything is sent, claimed for a while by the process that
sends it, and recorded as delivered afterwards. A process that dies in between leaves a claim that
runs out, and the alert is sent again: at least once, and by one process at a time. Every function
here is pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from finops.alerts import Alert, Source
from finops.budget_manager.alert_history import AlertHistory, AlertRecord, Delivery
from finops.notify import Outcome

# Longer than a channel takes that answers to nothing, with all attempts of a run.
CLAIM = timedelta(minutes=15)
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
# What nobody was told about, and is over by now, is still news for so long.
STILL_NEWS = timedelta(days=7)


def queued(
    history: AlertHistory,
    active: Iterable[Alert],
    channels: Collection[str],
    as_of: date,
    sources: Collection[Source] | None = None,
) -> AlertHistory:
    """With a pending delivery for every alert that a channel should get and never got.

    That is each that is active now, and each of the ``sources`` (None: of all) that was sent nowhere
    although it was raised within seven days of ``as_of``. Acknowledged ones are in somebody's hands. A
    new channel is not told what is over.
    """
    now_active = {alert.key for alert in active}

    def told(record: AlertRecord) -> AlertRecord:
        recent = not record.deliveries and abs(as_of - record.alert.raised_on) <= STILL_NEWS
        asked = sources is None or record.alert.source in sources
        if not ((recent and asked) or record.alert.key in now_active) or _in_hand(record):
            return record
        for channel in channels:
            if record.delivery(channel) is None:
                record = record.with_delivery(Delivery(channel=channel))
        return record

    return history.with_records(map(told, history.alerts))


def is_pending(record: AlertRecord, delivery: Delivery, today: date) -> bool:
    """Whether it is still to be sent: it never arrived, or a snooze has ended after it did.

    Not while it is acknowledged or snoozed. What is over needs no reminder.
    """
    if record.state(today) != "open":
        return False
    if delivery.delivered_at is None:
        return True
    until, end = record.snoozed_until, record.alert.period_end
    return until is not None and delivery.delivered_at.date() < until and (end is None or today <= end)


def claimed(history: AlertHistory, channel: str, claim: str, now: datetime) -> AlertHistory:
    """With everything that the channel is to get now claimed, until 15 minutes after ``now``."""

    def taken(record: AlertRecord) -> AlertRecord:
        delivery = record.delivery(channel)
        if delivery is None or not _is_due(record, delivery, now):
            return record
        until = {"claimed_by": claim, "claimed_until": now + CLAIM}
        return record.with_delivery(delivery.model_copy(update=until))

    return history.with_records(map(taken, history.alerts))


def claimed_by(history: AlertHistory, claim: str) -> tuple[Alert, ...]:
    """The alerts that are claimed so."""
    return tuple(
        record.alert
        for record in history.alerts
        if any(delivery.claimed_by == claim for delivery in record.deliveries)
    )


def settled(
    history: AlertHistory,
    channel: str,
    claim: str,
    *,
    sent: Collection[Alert],
    outcome: Outcome,
    now: datetime,
) -> AlertHistory:
    """With what became of the alerts ``sent`` on the channel.

    What failed is tried again after a wait that doubles with every attempt, from five minutes to six
    hours. Where the claim has run out and another process has taken over, a failure is its business;
    an arrival is recorded all the same.
    """
    keys = {alert.key for alert in sent}

    def told(record: AlertRecord) -> AlertRecord:
        delivery = record.delivery(channel)
        if delivery is None or record.alert.key not in keys:
            return record
        if delivery.claimed_by != claim and not outcome.delivered:
            return record
        attempts = delivery.attempts + outcome.attempts
        return record.with_delivery(
            Delivery(
                channel=channel,
                attempts=attempts,
                last_error=outcome.error or delivery.last_error,
                next_attempt_at=None if outcome.delivered else now + wait_after(attempts),
                delivered_at=now if outcome.delivered else delivery.delivered_at,
            )
        )

    return history.with_records(map(told, history.alerts))


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many attempts: five minutes, doubled with each, at most six hours."""
    doublings = min(max(attempts, 1) - 1, 10)  # more than the longest wait needs
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def _is_due(record: AlertRecord, delivery: Delivery, now: datetime) -> bool:
    if not is_pending(record, delivery, now.date()):
        return False
    return not (
        _lies_ahead(delivery.next_attempt_at, now, LONGEST_WAIT)
        or _lies_ahead(delivery.claimed_until, now, CLAIM)
    )


def _lies_ahead(moment: datetime | None, now: datetime, at_most: timedelta) -> bool:
    # Further ahead than it was ever set: the clock was wrong then, and waiting for it would be silence.
    return moment is not None and now < moment <= now + at_most


def _in_hand(record: AlertRecord) -> bool:
    return bool(record.events) and record.events[-1].what == "acknowledged"
