"""Which alerts are active, and which of them are new?

A threshold alerts when actual spend is at or above it, once per budget, threshold and period. A
forecast alerts when it is at or above an amount that spend has not reached yet. Below 80 % it is an
early warning, from 80 % action is required, from 100 % the budget is exceeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal

from pydantic import ConfigDict

from finops.budget_manager.amounts import StoredUsd
from finops.budget_manager.status import ACTION_PCT, BudgetStatus, reached
from finops.money import usd
from finops.storage import StoredDocument

ALERTS_FILE = "budget_alerts.json"

Severity = Literal["early_warning", "action_required", "exceeded", "forecast"]
_SILENT = frozenset({"paused", "no_match"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One threshold of one budget in one period. ``raised_on`` is the ``as_of`` it was seen on.

    ``actual_usd`` is what was spent then, also for a forecast, whose dollars ``forecast_usd`` holds.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    budget_id: str
    budget_name: str
    kind: Literal["actual", "forecast"]
    threshold_pct: StoredUsd
    severity: Severity
    actual_usd: StoredUsd
    forecast_usd: StoredUsd | None
    amount_usd: StoredUsd
    message: str
    period_start: date
    raised_on: date

    @property
    def key(self) -> tuple[str, str, float, date]:
        """What there is only one alert of."""
        return self.budget_id, self.kind, self.threshold_pct, self.period_start


class AlertHistory(StoredDocument):
    """Every alert once, as it was when it was first seen, oldest first."""

    alerts: tuple[Alert, ...] = ()

    def lacks(self, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
        """The alerts that the history does not hold."""
        seen = {alert.key for alert in self.alerts}
        return tuple(alert for alert in alerts if alert.key not in seen)

    def with_new(self, alerts: Iterable[Alert]) -> AlertHistory:
        """The history and what it lacked."""
        return AlertHistory(alerts=(*self.alerts, *self.lacks(alerts)))


def evaluate_alerts(statuses: Iterable[BudgetStatus], as_of: date) -> tuple[Alert, ...]:
    """The active alerts of these budgets, thresholds ascending, the forecast last. Writes nothing.

    Budgets that are paused or match no cost have none, nor has one whose spend is unknown.
    """
    return tuple(
        alert
        for status in statuses
        if status.status not in _SILENT and status.actual_usd is not None
        for alert in _of(status, status.actual_usd, as_of)
    )


def severity_of(threshold_pct: float) -> Severity:
    """Early warning below 80 %, action required below 100 %, exceeded from there on."""
    if threshold_pct >= 100:
        return "exceeded"
    return "action_required" if threshold_pct >= ACTION_PCT else "early_warning"


def _of(status: BudgetStatus, actual: float, as_of: date) -> Iterator[Alert]:
    alert = partial(
        Alert,
        budget_id=status.id,
        budget_name=status.name,
        actual_usd=actual,
        forecast_usd=status.forecast_usd,
        amount_usd=status.amount_usd,
        period_start=status.period_start,
        raised_on=as_of,
    )
    about = "an estimated " if status.estimated else ""
    spent = f"{status.name}: {about}{usd(actual)} spent since {status.period_start}"
    for threshold in status.alert_thresholds:
        if reached(actual, threshold, status.amount_usd):
            yield alert(
                kind="actual",
                threshold_pct=threshold,
                severity=severity_of(threshold),
                message=f"{spent}, {status.percent_used:.2f} % of {usd(status.amount_usd)}: "
                f"the threshold of {threshold:g} % is reached",
            )
    forecast = status.forecast_usd
    if forecast is None or reached(actual, 100, status.amount_usd):
        return  # what has happened is no forecast
    if reached(forecast, 100, status.amount_usd):
        yield alert(
            kind="forecast",
            threshold_pct=100.0,
            severity="forecast",
            message=f"{spent}; the period to {status.period_end} is forecast to end at {usd(forecast)}, "
            f"{usd(forecast - status.amount_usd)} over {usd(status.amount_usd)}",
        )
