"""Which notifications of AWS Budgets are which thresholds?

A notification is one of ``describe-notifications-for-budget``, or one with its subscribers as
``create-budget`` takes it. AWS notifies above a threshold and this project from it on; a notification
on less, as for utilisation, is kept and alerts nobody here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from finops.budget_manager.budget import Budget
from finops.budget_manager.thresholds import DEFAULT, Threshold
from finops.errors import BudgetError

_ON = {"ACTUAL": "actual", "FORECASTED": "forecast"}
_UNITS = {"PERCENTAGE": "percent", "ABSOLUTE_VALUE": "usd"}
_TYPES = {on: kind for kind, on in _ON.items()}
_THRESHOLD_TYPES = {unit: kind for kind, unit in _UNITS.items()}


def thresholds_of(notifications: Iterable[Mapping[str, Any]]) -> tuple[Threshold, ...]:
    """The thresholds of these notifications. Raises BudgetError where they have another form."""
    found = (_threshold(one) for one in notifications)
    return tuple(one for one in found if one is not None)


def notifications_in_aws(budget: Budget) -> list[dict[str, Any]] | None:
    """The notifications of a budget: those imported, but for thresholds that have been changed.

    None where AWS had none in its file and the thresholds are the usual ones.
    """
    imported = None if budget.aws is None else budget.aws.notifications
    if budget.aws is not None and imported is None and budget.thresholds == DEFAULT:
        return None
    wanted = [one for one in budget.thresholds if one.on != "pace"]
    kept = [dict(one) for one in imported or () if _threshold(one) in (None, *wanted)]
    have = set(thresholds_of(kept))
    return kept + [_notification(one) for one in wanted if one not in have]


def bare(notification: Mapping[str, Any]) -> Mapping[str, Any]:
    """The notification itself, without its subscribers."""
    inner = notification.get("Notification", notification)
    if not isinstance(inner, dict):
        raise BudgetError(f"a notification is {inner!r}; AWS writes an object")
    return inner


def _threshold(notification: Mapping[str, Any]) -> Threshold | None:
    raw = bare(notification)
    on, unit = (
        _ON.get(str(raw.get("NotificationType"))),
        _UNITS.get(str(raw.get("ThresholdType", "PERCENTAGE"))),
    )
    value = raw.get("Threshold")
    if on is None or unit is None or not isinstance(value, int | float) or isinstance(value, bool):
        raise BudgetError(
            f"a notification is {dict(raw)!r}; AWS writes NotificationType ACTUAL or FORECASTED, "
            "ThresholdType PERCENTAGE or ABSOLUTE_VALUE, and Threshold, a number"
        )
    if raw.get("ComparisonOperator", "GREATER_THAN") != "GREATER_THAN" or value <= 0:
        return None
    return Threshold.model_validate({"on": on, "unit": unit, "value": value})


def _notification(threshold: Threshold) -> dict[str, Any]:
    return {
        "NotificationType": _TYPES[threshold.on],
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": float(threshold.value),
        "ThresholdType": _THRESHOLD_TYPES[threshold.unit],
    }
