"""What was sent where, and what still waits?

At least once: what a channel should get is recorded as pending before anything is sent, claimed by
the process that sends it, and recorded as delivered afterwards. Who is killed in between leaves it
to the next run, fifteen minutes later; that may tell a channel twice, and never not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import uuid4

from finops.alerts import Alert, Source
from finops.answers.alert_digest import digest
from finops.budget_manager import AlertBook, AlertHistory, AlertRecord, Delivery, is_pending
from finops.errors import ChannelError, StateError
from finops.notify import URLS, URLS_FILE, Channel, Channels, Message, Outcome, send

Clock = Callable[[], datetime]
Wait = Callable[[float], None]
Send = Callable[[Channel, Message, Wait], Outcome]
DeliveryState = Literal["delivered", "pending", "sending", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLine:
    """One alert on one channel.

    Pending is tried from ``next_attempt_at`` on, or in the next run; sending is claimed by a process;
    held is what somebody acknowledged or snoozed before it was sent. ``last_error`` is in words.
    """

    alert_id: str
    subject: str
    channel: str
    state: DeliveryState
    attempts: int
    last_error: str
    next_attempt_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What this run delivered and what waits, and in words what went wrong; nothing did if empty."""

    deliveries: tuple[DeliveryLine, ...]
    problems: tuple[str, ...]


def deliver(
    active: Iterable[Alert],
    channels: Channels,
    *,
    as_of: date,
    sources: Collection[Source] | None = None,
    clock: Clock,
    wait: Wait,
    book: AlertBook | None = None,
    send: Send = send,
) -> DeliveryReport:
    """Tell each channel in one message what it should know and does not.

    ``active`` are the alerts on ``as_of``, of these ``sources`` (None: of all); ``clock`` gives the
    time with its zone, and ``wait`` passes seconds between attempts. What failed in earlier runs is
    sent along when its time has come.
    Raises ChannelError where no channel is named, and StateError where the record cannot be kept:
    then nothing is sent that is not recorded as pending.
    """
    _require_some(channels)
    keeper = book or AlertBook()
    keeper.queue(active, channels.labels, as_of, sources)
    begun = clock()
    for channel in channels.usable:
        claim = uuid4().hex
        alerts = keeper.claim(channel.label, claim, clock())
        if alerts:
            outcome = send(channel, digest(alerts), wait)
            with _told(channel, outcome):
                keeper.settle(channel.label, claim, sent=alerts, outcome=outcome, now=clock())
    lines = tuple(
        line
        for line in delivery_lines(keeper.history(), clock())
        if line.state != "delivered" or (line.delivered_at is not None and line.delivered_at >= begun)
    )
    return DeliveryReport(
        deliveries=lines, problems=(*channels.problems, *_problems(lines, channels.labels))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTrial:
    """Whether a channel took a message, and in words why not."""

    channel: str
    delivered: bool
    error: str


def try_channels(channels: Channels, *, wait: Wait, send: Send = send) -> tuple[ChannelTrial, ...]:
    """Send each channel a message that says that it is a trial. Nothing is recorded.

    Raises ChannelError where no channel is named.
    """
    _require_some(channels)
    outcomes = [(channel.label, send(channel, _TRIAL, wait)) for channel in channels.usable]
    return tuple(
        ChannelTrial(channel=label, delivered=outcome.delivered, error=outcome.error)
        for label, outcome in outcomes
    )


_TRIAL = Message(
    subject="FinOps: this channel works",
    body="Alerts on budgets, commitments and tags will arrive here. This was a trial.\n",
)


def _require_some(channels: Channels) -> None:
    if not (channels.usable or channels.problems):
        raise ChannelError(
            f"there is no channel to notify: set {URLS} to URLs of Apprise, such as mailto://… or "
            f"slack://…, or {URLS_FILE} to a file that holds them"
        )


def delivery_lines(history: AlertHistory, now: datetime) -> tuple[DeliveryLine, ...]:
    """Every delivery there is a record of, oldest alert first."""
    return tuple(
        DeliveryLine(
            alert_id=record.alert.id,
            subject=record.alert.subject,
            channel=delivery.channel,
            state=_state(record, delivery, now),
            attempts=delivery.attempts,
            last_error=delivery.last_error,
            next_attempt_at=delivery.next_attempt_at,
            delivered_at=delivery.delivered_at,
        )
        for record in history.alerts
        for delivery in record.deliveries
    )


@contextmanager
def _told(channel: Channel, outcome: Outcome) -> Iterator[None]:
    """A record that cannot be kept says what that means for those who read the channel."""
    try:
        yield
    except StateError as error:
        if not outcome.delivered:
            raise
        raise StateError(
            f"channel {channel.label} was told, but that could not be recorded, and it will be told "
            f"again: {error}"
        ) from error


def _state(record: AlertRecord, delivery: Delivery, now: datetime) -> DeliveryState:
    if not is_pending(record, delivery, now.date()):
        return "held" if delivery.delivered_at is None else "delivered"
    claimed = delivery.claimed_until is not None and now < delivery.claimed_until
    return "sending" if claimed else "pending"


def _problems(lines: Iterable[DeliveryLine], labels: Collection[str]) -> list[str]:
    """A line for each channel on which something has failed and waits."""
    waiting: dict[str, list[DeliveryLine]] = {label: [] for label in labels}
    for line in lines:
        if line.state == "pending" and line.channel in waiting:
            waiting[line.channel].append(line)
    return [_problem(label, failed) for label, failed in waiting.items() if failed]


def _problem(label: str, failed: list[DeliveryLine]) -> str:
    times = [line.next_attempt_at for line in failed if line.next_attempt_at is not None]
    again = f"from {min(times):%Y-%m-%d %H:%M} UTC on" if times else "in the next run"
    error = next((line.last_error for line in failed if line.last_error), "not tried yet")
    count = "1 alert waits" if len(failed) == 1 else f"{len(failed)} alerts wait"
    return f"channel {label}: {error}; {count} and will be sent again {again}"
