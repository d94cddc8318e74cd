"""Where are alerts kept? In ``budget_alerts.json``, each once, whoever raises it and however often.

``deliveries`` decides what is sent and ``alert_history`` what may be done; this is the file around them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime

from finops.alerts import Alert, Source
from finops.budget_manager.alert_history import ALERTS_FILE, AlertHistory, AlertRecord
from finops.budget_manager.deliveries import claimed, claimed_by, queued, settled
from finops.notify import Outcome
from finops.storage import JsonStore, default_store


class AlertBook:
    """The alerts of one store, by default that of FINOPS_DATA_DIR or the repository's ``data/``.

    Every method raises StateError where the document cannot be read or written. What it returns is on
    the disk by then. ``now`` and ``at`` are times with a zone.
    """

    def __init__(self, store: JsonStore | None = None) -> None:
        self.store = store if store is not None else default_store()

    def history(self) -> AlertHistory:
        """Every alert once, oldest first. Writes nothing."""
        return self.store.read(ALERTS_FILE, AlertHistory).value

    def record(self, alerts: Iterable[Alert]) -> AlertHistory:
        """Add those that were not seen before. Nothing is locked or written where there is none."""
        seen = tuple(alerts)
        history = self.history()
        return self._change(lambda one: one.with_new(seen)) if history.lacks(seen) else history

    def acknowledge(self, alert_id: str, *, by: str, note: str, at: datetime) -> AlertRecord:
        """Somebody has it in hand. Raises UnknownAlert, and AlertError where it is so already."""
        return self._change(lambda one: one.acknowledged(alert_id, by=by, note=note, at=at)).get(
            alert_id
        )

    def snooze(self, alert_id: str, until: date, *, by: str, note: str, at: datetime) -> AlertRecord:
        """Silent until that day. Raises UnknownAlert, and AlertError for a day that has come."""
        return self._change(lambda one: one.snoozed(alert_id, until, by=by, note=note, at=at)).get(
            alert_id
        )

    def reopen(self, alert_id: str, *, by: str, note: str, at: datetime) -> AlertRecord:
        """Open again. Raises UnknownAlert, and AlertError where it is open."""
        return self._change(lambda one: one.reopened(alert_id, by=by, note=note, at=at)).get(alert_id)

    def queue(
        self,
        active: Iterable[Alert],
        channels: Collection[str],
        as_of: date,
        sources: Collection[Source] | None = None,
    ) -> AlertHistory:
        """Record the active alerts, and as pending what each channel should get and never got."""
        seen = tuple(active)
        return self._change(lambda one: queued(one.with_new(seen), seen, channels, as_of, sources))

    def claim(self, channel: str, claim: str, now: datetime) -> tuple[Alert, ...]:
        """What is to be sent to the channel now, by nobody else for 15 minutes."""
        return claimed_by(self._change(lambda one: claimed(one, channel, claim, now)), claim)

    def settle(
        self, channel: str, claim: str, *, sent: Collection[Alert], outcome: Outcome, now: datetime
    ) -> AlertHistory:
        """Record what became of it."""
        return self._change(
            lambda one: settled(one, channel, claim, sent=sent, outcome=outcome, now=now)
        )

    def _change(self, change: Callable[[AlertHistory], AlertHistory]) -> AlertHistory:
        return self.store.update(ALERTS_FILE, AlertHistory, change)
