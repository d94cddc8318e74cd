"""Which alerts were there, who has them in hand, and where were they sent?

An alert is recorded once and stays. It is open until somebody acknowledges it; snoozed, it is open
again on the day that was named. Every function here is pure: document in, document out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from finops.alerts import Alert
from finops.errors import AlertError, UnknownAlert
from finops.storage import Migration, StoredDocument

ALERTS_FILE = "budget_alerts.json"

State = Literal["open", "acknowledged", "snoozed"]
Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Event(BaseModel):
    """What a person did with an alert, when (UTC) and why. ``until`` is the day a snooze ends."""

    model_config = _FROZEN

    at: AwareDatetime
    what: Literal["acknowledged", "snoozed", "reopened"]
    by: Line = ""
    note: Line = ""
    until: date | None = None

    @model_validator(mode="after")
    def _only_a_snooze_ends(self) -> Self:
        if (self.until is None) == (self.what == "snoozed"):
            raise ValueError("a snooze, and nothing else, names the day it ends")
        return self


class Delivery(BaseModel):
    """How far an alert has come on one channel, which is named by its label, never by its URL.

    Until ``delivered_at`` it is pending: to be tried from ``next_attempt_at`` on, by nobody else while
    ``claimed_until`` lies ahead. ``attempts`` counts the messages that held it and failed or arrived;
    ``last_error`` says in words what went wrong, also after it has arrived.
    """

    model_config = _FROZEN

    channel: str
    attempts: Annotated[int, Field(ge=0)] = 0
    last_error: str = ""
    next_attempt_at: AwareDatetime | None = None
    claimed_by: str = ""
    claimed_until: AwareDatetime | None = None
    delivered_at: AwareDatetime | None = None


class AlertRecord(BaseModel):
    """An alert as it was when it was first seen, and what has been done with it since, oldest first."""

    model_config = _FROZEN

    alert: Alert
    events: tuple[Event, ...] = ()
    deliveries: tuple[Delivery, ...] = ()

    @model_validator(mode="after")
    def _one_delivery_a_channel(self) -> Self:
        channels = [delivery.channel for delivery in self.deliveries]
        if len(set(channels)) < len(channels):
            raise ValueError("a channel has two deliveries of one alert")
        return self

    @property
    def snoozed_until(self) -> date | None:
        """The day that the last thing done to it, a snooze, names."""
        return self.events[-1].until if self.events else None

    def state(self, today: date) -> State:
        """Acknowledged, snoozed, or open – also from the day on that a snooze names."""
        if not self.events or self.events[-1].what == "reopened":
            return "open"
        if self.events[-1].what == "acknowledged":
            return "acknowledged"
        until = self.events[-1].until
        return "snoozed" if until is not None and today < until else "open"

    def delivery(self, channel: str) -> Delivery | None:
        """How far it has come on the channel; None where it was never to go there."""
        return next((one for one in self.deliveries if one.channel == channel), None)

    def with_event(self, event: Event) -> AlertRecord:
        return self.model_copy(update={"events": (*self.events, event)})

    def with_delivery(self, delivery: Delivery) -> AlertRecord:
        """With this delivery in place of the channel's earlier one, or added."""
        known = self.delivery(delivery.channel)
        others = (delivery if one is known else one for one in self.deliveries)
        kept = tuple(others) if known else (*self.deliveries, delivery)
        return self.model_copy(update={"deliveries": kept})


def _of_budgets_alone(document: dict[str, Any]) -> dict[str, Any]:
    """Version 1 had alerts of budgets alone, at percentages, and nothing was done with them."""
    return {**document, "alerts": [{"alert": _in_general(dict(alert))} for alert in document["alerts"]]}


def _in_general(alert: dict[str, Any]) -> dict[str, Any]:
    now_called = {"budget_id": "subject_id", "budget_name": "subject", "threshold_pct": "threshold"}
    new = {"source": "budget", "unit": "percent", "measured": None, "action": "", "period_end": None}
    # Every amount was a fixed one.
    new |= {"set_amount_usd": alert["amount_usd"]}
    return new | {now_called.get(name, name): value for name, value in alert.items()}


class AlertHistory(StoredDocument):
    """Every alert once, oldest first."""

    newest_version: ClassVar[int] = 2
    migrations: ClassVar[Mapping[int, Migration]] = {1: _of_budgets_alone}

    alerts: tuple[AlertRecord, ...] = ()

    @model_validator(mode="after")
    def _each_alert_once(self) -> Self:
        if len({record.alert.key for record in self.alerts}) < len(self.alerts):
            raise ValueError("two alerts are of one subject, threshold and period")
        return self

    def lacks(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """The alerts that the history does not hold, each once."""
        seen = {record.alert.key for record in self.alerts}
        return tuple({alert.key: alert for alert in alerts if alert.key not in seen}.values())

    def with_new(self, alerts: Iterable[Alert]) -> AlertHistory:
        """The history and what it lacked."""
        new = tuple(AlertRecord(alert=alert) for alert in self.lacks(alerts))
        return self.with_records((*self.alerts, *new)) if new else self

    def get(self, alert_id: str) -> AlertRecord:
        """The alert of this id, or UnknownAlert."""
        found = next((record for record in self.alerts if record.alert.id == alert_id), None)
        if found is None:
            raise UnknownAlert(
                f"no alert has the id {alert_id!r}; `python -m finops budgets alerts list` shows them"
            )
        return found

    def replaced(self, record: AlertRecord) -> AlertHistory:
        """With this record in place of the one of the same alert."""
        return self.with_records(
            record if old.alert.key == record.alert.key else old for old in self.alerts
        )

    def with_records(self, records: Iterable[AlertRecord]) -> AlertHistory:
        return AlertHistory(alerts=tuple(records))

    def acknowledged(self, alert_id: str, *, by: str, note: str, at: datetime) -> AlertHistory:
        """In somebody's hands: sent nowhere from now on. AlertError where it is so already."""
        record = self.get(alert_id)
        _refuse_acknowledged(record, "to acknowledge it again, reopen it first")
        if not by.strip():
            raise AlertError("an alert is acknowledged by somebody: give a name")
        return self._and(record, _event(at=at, what="acknowledged", by=by, note=note))

    def snoozed(self, alert_id: str, until: date, *, by: str, note: str, at: datetime) -> AlertHistory:
        """Silent until the day, and open from it on. AlertError for a day that has come already."""
        record = self.get(alert_id)
        _refuse_acknowledged(record, "to snooze it, reopen it first")
        if until <= at.date():
            raise AlertError(f"a snooze ends after today, {at.date()}; received {until}")
        return self._and(record, _event(at=at, what="snoozed", by=by, note=note, until=until))

    def reopened(self, alert_id: str, *, by: str, note: str, at: datetime) -> AlertHistory:
        """Open again. AlertError where it is open."""
        record = self.get(alert_id)
        if record.state(at.date()) == "open":
            raise AlertError(f"the alert {alert_id} is open already: {record.alert.message}")
        return self._and(record, _event(at=at, what="reopened", by=by, note=note))

    def _and(self, record: AlertRecord, event: Event) -> AlertHistory:
        return self.replaced(record.with_event(event))


def _event(**fields: object) -> Event:
    try:
        return Event.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise AlertError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _refuse_acknowledged(record: AlertRecord, remedy: str) -> None:
    if record.events and record.events[-1].what == "acknowledged":
        last = record.events[-1]
        who = f" by {last.by}" if last.by else ""
        raise AlertError(
            f"the alert {record.alert.id} was acknowledged{who} on {last.at.date()}; {remedy}"
        )
