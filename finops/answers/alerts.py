"""Which alerts are active, who has them in hand, what was sent where, and what may be done about them?

Every function takes the book whose store is asked, by default that of the state folder. Times are
arguments: ``now`` and ``at`` with their zone, ``today`` in UTC. URLs of channels are the secret of the
face that has read them; what is returned names channels by their labels.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from finops.alerts import Alert
from finops.answers.alert_delivery import (
    ChannelTrial,
    DeliveryLine,
    DeliveryReport,
    deliver,
    delivery_lines,
    try_channels,
)
from finops.answers.alert_sources import (
    DEFAULT_LIMITS,
    LONGEST_NOTICE_DAYS,
    SOURCE_OF,
    SOURCES,
    AlertLimits,
    Raised,
    raised_by,
)
from finops.budget_manager import AlertBook, AlertRecord
from finops.notify import URLS, Channels, channels_of, configured_urls

__all__ = [
    "DEFAULT_LIMITS",
    "LONGEST_NOTICE_DAYS",
    "SOURCES",
    "SOURCE_OF",
    "URLS",
    "Alert",
    "AlertBook",
    "AlertEntry",
    "AlertLimits",
    "AlertOverview",
    "ChannelTrial",
    "Channels",
    "DeliveryLine",
    "DeliveryReport",
    "Raised",
    "acknowledge",
    "channels",
    "deliver",
    "entry_of",
    "listed",
    "overview",
    "raised_by",
    "record",
    "reopen",
    "snooze",
    "try_channels",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEntry:
    """An alert for a list: what it says, and what has become of it.

    ``state`` is open, acknowledged or snoozed (until ``snoozed_until``); ``by``, ``note`` and
    ``changed_at`` are of the last thing that was done with it, blank and None if nothing was.
    ``active`` says that it holds now; None where nobody has looked. ``delivered_to`` and
    ``waiting_for`` are labels of channels.
    """

    id: str
    state: str
    active: bool | None
    severity: str
    source: str
    kind: str
    subject: str
    message: str
    action: str
    threshold: float
    unit: str
    measured: float | None
    actual_usd: float | None
    forecast_usd: float | None
    amount_usd: float | None
    period_start: date
    period_end: date | None
    raised_on: date
    snoozed_until: date | None
    by: str
    note: str
    changed_at: datetime | None
    delivered_to: tuple[str, ...]
    waiting_for: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOverview:
    """``active`` alerts in the order given, those in somebody's hands included; the ``history`` of all,
    newest first; every delivery, oldest alert first; and the labels of the channels that are named.
    """

    active: tuple[AlertEntry, ...]
    history: tuple[AlertEntry, ...]
    deliveries: tuple[DeliveryLine, ...]
    channels: tuple[str, ...]
    channel_problems: tuple[str, ...]


def overview(
    active: Iterable[Alert],
    now: datetime,
    channels: Channels | None = None,
    book: AlertBook | None = None,
) -> AlertOverview:
    """Everything there is to show. Active alerts that are not recorded yet are shown as open.

    Writes nothing. Raises StateError where the history cannot be read.
    """
    named = channels or Channels()
    history = (book or AlertBook()).history()
    by_key = {record.alert.key: record for record in history.alerts}
    holding = {alert.key: alert for alert in active}
    return AlertOverview(
        active=tuple(
            # As it stands today: the record has the words and dollars of the day it was raised.
            entry_of(
                by_key[key].model_copy(update={"alert": alert})
                if key in by_key
                else AlertRecord(alert=alert),
                now,
                active=True,
            )
            for key, alert in holding.items()
        ),
        history=tuple(
            entry_of(record, now, active=record.alert.key in holding)
            for record in reversed(history.alerts)
        ),
        deliveries=delivery_lines(history, now),
        channels=named.labels,
        channel_problems=named.problems,
    )


def listed(now: datetime, book: AlertBook | None = None) -> tuple[AlertEntry, ...]:
    """Every alert that was ever raised, newest first. Writes nothing."""
    history = (book or AlertBook()).history()
    return tuple(entry_of(record, now, active=None) for record in reversed(history.alerts))


def record(alerts: Iterable[Alert], book: AlertBook | None = None) -> None:
    """Add those that were not seen before to the history. Raises StateError."""
    (book or AlertBook()).record(alerts)


def acknowledge(
    alert_id: str, *, by: str, note: str = "", at: datetime, book: AlertBook | None = None
) -> AlertEntry:
    """Somebody has it in hand; it is sent nowhere from now on.

    Raises UnknownAlert, AlertError without a name or where it is acknowledged already, and StateError.
    """
    return entry_of(
        (book or AlertBook()).acknowledge(alert_id, by=by, note=note, at=at), at, active=None
    )


def snooze(
    alert_id: str,
    until: date,
    *,
    by: str = "",
    note: str = "",
    at: datetime,
    book: AlertBook | None = None,
) -> AlertEntry:
    """Silent until that day, when it is open again and, if its period still runs, sent again.

    Raises UnknownAlert, AlertError for a day that has come or an acknowledged alert, and StateError.
    """
    return entry_of(
        (book or AlertBook()).snooze(alert_id, until, by=by, note=note, at=at), at, active=None
    )


def reopen(
    alert_id: str, *, by: str = "", note: str = "", at: datetime, book: AlertBook | None = None
) -> AlertEntry:
    """Open again. Raises UnknownAlert, AlertError where it is open, and StateError."""
    return entry_of((book or AlertBook()).reopen(alert_id, by=by, note=note, at=at), at, active=None)


def channels(urls: str | None = None) -> Channels:
    """The channels of these URLs, by default of FINOPS_NOTIFY_URLS or the file that is named for it.

    Raises ChannelError where that file cannot be read.
    """
    return channels_of(configured_urls(os.environ) if urls is None else urls)


def entry_of(record: AlertRecord, now: datetime, *, active: bool | None) -> AlertEntry:
    """The record for a list."""
    alert, today = record.alert, now.date()
    state = record.state(today)
    last = record.events[-1] if record.events else None
    return AlertEntry(
        id=alert.id,
        state=state,
        active=active,
        severity=alert.severity,
        source=alert.source,
        kind=alert.kind,
        subject=alert.subject,
        message=alert.message,
        action=alert.action,
        threshold=alert.threshold,
        unit=alert.unit,
        measured=alert.measured,
        actual_usd=alert.actual_usd,
        forecast_usd=alert.forecast_usd,
        amount_usd=alert.amount_usd,
        period_start=alert.period_start,
        period_end=alert.period_end,
        raised_on=alert.raised_on,
        snoozed_until=record.snoozed_until if state == "snoozed" else None,
        by=last.by if last else "",
        note=last.note if last else "",
        changed_at=last.at if last else None,
        delivered_to=tuple(one.channel for one in record.deliveries if one.delivered_at is not None),
        waiting_for=tuple(one.channel for one in record.deliveries if one.delivered_at is None),
    )
