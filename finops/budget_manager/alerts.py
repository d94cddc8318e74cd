"""Which alerts do budgets raise today?

A threshold on actual spend alerts when spend is at or above it. One on the forecast alerts when the
period is forecast to end at or above dollars that spend has not reached yet: what has happened is no
forecast. One on pace alerts when so much of the straight line to date is spent, from a tenth of the
period on – before, what a month charges on its first day would use up the one alert of the period –
and until the amount is reached. Below 80 % of the amount actual spend is an early warning, from 80 %
action is required, from 100 % the budget is exceeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from finops.alerts import Alert, Severity
from finops.budget_manager.status import ACTION_PCT, BudgetStatus
from finops.budget_manager.thresholds import Threshold
from finops.money import exact, usd

# The share of a period that has to be over before its pace says something.
PACE_FROM = exact("0.1")

_SILENT = frozenset({"paused", "no_match"})
# The sources of amounts that a person has set.
_SET = frozenset({"fixed", "planned"})


def evaluate_alerts(statuses: Iterable[BudgetStatus], as_of: date) -> tuple[Alert, ...]:
    """The active alerts of these budgets, in the order of their thresholds. Writes nothing.

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
    rules = {"actual": _on_actual, "forecast": _on_forecast, "pace": _on_pace}
    for threshold in status.thresholds:
        said = rules[threshold.on](status, threshold, actual)
        if said is None:
            continue
        measured, severity, message = said
        yield Alert(
            source="budget",
            subject_id=status.id,
            subject=status.name,
            kind=threshold.on,
            threshold=float(threshold.value),
            unit=threshold.unit,
            measured=measured,
            severity=severity,
            actual_usd=actual,
            forecast_usd=status.forecast_usd,
            amount_usd=status.amount_usd,
            set_amount_usd=status.base_amount_usd if status.amount_source in _SET else None,
            message=message,
            action=_ACTIONS[severity] + (f" Its owner is {status.owner}." if status.owner else ""),
            period_start=status.period_start,
            period_end=status.period_end,
            raised_on=as_of,
        )


_Said = tuple[float, Severity, str] | None


def _on_actual(status: BudgetStatus, threshold: Threshold, actual: float) -> _Said:
    amount = exact(status.amount_usd)
    if exact(actual) < threshold.amount_usd(amount):
        return None
    used = float(exact(actual) * 100 / amount)
    return (
        used if threshold.unit == "percent" else actual,
        severity_of(float(threshold.percent_of(amount))),
        f"{_spent(status, actual)}, {used:.2f} % of {usd(amount)}: "
        f"the threshold of {_written(threshold)} is reached",
    )


def _on_forecast(status: BudgetStatus, threshold: Threshold, actual: float) -> _Said:
    amount, forecast = exact(status.amount_usd), status.forecast_usd
    limit = threshold.amount_usd(amount)
    if forecast is None or exact(actual) >= limit or exact(forecast) < limit:
        return None
    total = exact(forecast)
    share = float(total * 100 / amount)
    against = f"{usd(total - amount)} over" if total >= amount else f"{share:.2f} % of"
    asked = (
        "" if limit == amount else f": the threshold of {_written(threshold)} on the forecast is reached"
    )
    return (
        share if threshold.unit == "percent" else forecast,
        "forecast",
        f"{_spent(status, actual)}; the period to {status.period_end} is forecast to end at "
        f"{usd(total)}, {against} {usd(amount)}{asked}",
    )


def _on_pace(status: BudgetStatus, threshold: Threshold, actual: float) -> _Said:
    amount, elapsed, days = exact(status.amount_usd), status.days_elapsed, status.days_total
    # From the dollars, not from the percentage: a ratio that is rounded does not reach 120 %.
    if elapsed < PACE_FROM * days or exact(actual) >= amount:
        return None
    if exact(actual) * 100 * days < amount * elapsed * threshold.value:
        return None
    pace = float(exact(actual) * 100 * days / (amount * elapsed))
    plan = amount * elapsed / days
    return (
        pace,
        "pace",
        f"{_spent(status, actual)} in {elapsed} of {days} days, {pace:.2f} % of the straight line "
        f"({usd(plan)}) to {usd(amount)}: the threshold of {_written(threshold)} on pace is reached",
    )


def _spent(status: BudgetStatus, actual: float) -> str:
    about = "an estimated " if status.estimated else ""
    return f"{status.name}: {about}{usd(actual)} spent since {status.period_start}"


def _written(threshold: Threshold) -> str:
    value = threshold.value.normalize()
    return f"{value:f} %" if threshold.unit == "percent" else usd(value)


_ACTIONS: dict[Severity, str] = {
    "early_warning": "Look at what has grown since the period began; nothing is over yet.",
    "action_required": "Find what grew, and stop it or agree on another amount.",
    "exceeded": "Stop what can be stopped, and agree on another amount for the rest.",
    "forecast": "There is time to act: find what grew, and stop it or agree on another amount.",
    "pace": "Look for what was switched on or bought early, and whether later days have less.",
}
