"""How does AWS Budgets write one budget, and what does that come to here?

The shapes are those of ``describe-budgets`` (AWS Budgets API 2016-10-20): amounts are texts, a
budget has a ``BudgetLimit`` or ``PlannedBudgetLimits`` by the epoch second at which a period begins,
and times are epoch seconds or ISO 8601. What is not tracked is kept with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from finops.budget_manager.aws_filters import Filters, filters_in_aws, filters_of
from finops.budget_manager.aws_notifications import thresholds_of
from finops.budget_manager.book import Kept, UntrackedBudget
from finops.budget_manager.budget import AutoAdjust, AwsOrigin, Budget, make_budget
from finops.errors import BudgetError

BUDGET_TYPES = (
    "COST",
    "USAGE",
    "RI_UTILIZATION",
    "RI_COVERAGE",
    "SAVINGS_PLANS_UTILIZATION",
    "SAVINGS_PLANS_COVERAGE",
)
_PERIODS = {"MONTHLY": "monthly", "QUARTERLY": "quarterly", "ANNUALLY": "annual", "CUSTOM": "custom"}
_TIME_UNITS = {period: unit for unit, period in _PERIODS.items()}
_INCLUDED = (
    "IncludeTax",
    "IncludeSubscription",
    "IncludeRefund",
    "IncludeCredit",
    "IncludeUpfront",
    "IncludeRecurring",
    "IncludeOtherSubscription",
    "IncludeSupport",
    "IncludeDiscount",
)
_LEFT_OUT = {"Tax": ("IncludeTax",), "Credit": ("IncludeCredit", "IncludeRefund")}
_METRICS = {
    "UnblendedCost": "billed",
    "NetUnblendedCost": "billed",
    "AmortizedCost": "effective",
    "NetAmortizedCost": "effective",
}
# Keys that say one thing together: where one changes, none of the old ones may stay.
_TOGETHER = (
    frozenset({"BudgetLimit", "PlannedBudgetLimits"}),
    frozenset({"CostFilters", "FilterExpression", "CostTypes", "Metrics"}),
)
_AMOUNT = re.compile(r"([0-9]*\.)?[0-9]+")
_FOREVER = date(2087, 6, 15)


def from_aws(raw: Mapping[str, Any], origin: AwsOrigin, place: int) -> Kept:
    """The budget, without an id, or the reason why it is kept and not tracked.

    Raises BudgetError where AWS would not have written it so.
    """
    name, kind, unit = (_text(raw, key) for key in ("BudgetName", "BudgetType", "TimeUnit"))
    if kind not in BUDGET_TYPES:
        raise BudgetError(f"BudgetType is {kind!r}; AWS has {', '.join(BUDGET_TYPES)}")
    if unit != "DAILY" and unit not in _PERIODS:
        raise BudgetError(f"TimeUnit is {unit!r}; AWS has DAILY, {', '.join(_PERIODS)}")
    filters = filters_of(raw)
    reasons = [*_not_tracked(raw, kind, unit), *filters.reasons]
    if reasons:
        return UntrackedBudget(name=name, reason="; ".join(reasons), place=place, aws=origin)
    basis, left_out, charges = _costs(raw)
    if charges:
        return UntrackedBudget(name=name, reason="; ".join(charges), place=place, aws=origin)
    start, end = _days(raw)
    noted = None if origin.notifications is None else thresholds_of(origin.notifications)
    return make_budget(
        name=name,
        period=_PERIODS[unit],
        **_amounts(raw),
        **_scope(filters),
        leave_out=tuple(sorted({*left_out, *filters.leave_out})),
        cost_basis=basis,
        start=start,
        end=end,
        **({} if noted is None else {"thresholds": noted}),
        aws=origin,
    )


def to_aws(budget: Budget) -> dict[str, Any]:
    """The budget as AWS writes it: as it was imported, but for what has been changed since."""
    now = _shape(budget)
    if budget.aws is None:
        return now
    imported = from_aws(budget.aws.budget, budget.aws, 0)
    was = _shape(imported) if isinstance(imported, Budget) else {}
    changed = {key for key in now.keys() | was.keys() if now.get(key) != was.get(key)}
    for together in _TOGETHER:
        changed |= together if changed & together else set()
    kept = {key: value for key, value in budget.aws.budget.items() if key not in changed}
    return kept | {key: now[key] for key in now if key in changed}


def _shape(budget: Budget) -> dict[str, Any]:
    shape: dict[str, Any] = {"BudgetName": budget.name}
    if budget.planned:
        shape["PlannedBudgetLimits"] = {
            str(int(_midnight(one.start).timestamp())): _spend(one.amount) for one in budget.planned
        }
    else:
        shape["BudgetLimit"] = _spend(budget.amount)
    shape |= filters_in_aws(budget)
    if "FilterExpression" in shape:
        shape["Metrics"] = ["UnblendedCost" if budget.cost_basis == "billed" else "AmortizedCost"]
    else:
        not_counted = {name for one in budget.leave_out for name in _LEFT_OUT[one]}
        shape["CostTypes"] = {
            **{name: name not in not_counted for name in _INCLUDED},
            "UseBlended": False,
            "UseAmortized": budget.cost_basis == "effective",
        }
    shape |= {"TimeUnit": _TIME_UNITS[budget.period], "BudgetType": "COST"}
    ends = {"Start": budget.start, "End": budget.end}
    if days := {key: f"{day}T00:00:00Z" for key, day in ends.items() if day is not None}:
        shape["TimePeriod"] = days
    if budget.adjust is not None:
        shape["AutoAdjustData"] = _adjustment(budget.adjust)
    return shape


def _not_tracked(raw: Mapping[str, Any], kind: str, unit: str) -> Iterator[str]:
    if kind != "COST":
        yield f"it is a budget of {kind}, not of cost"
        return
    if unit == "DAILY":
        yield "it is a daily budget"
    limits = [_limit(limit, where) for where, limit in _limits(raw)]
    yield from sorted(
        {f"it is in {currency}, not in USD" for _, currency in limits if currency != "USD"}
    )
    if any(amount == 0 for amount, _ in limits):
        yield "its limit is $0"
    if not limits:
        if not raw.get("AutoAdjustData"):
            raise BudgetError("it has neither BudgetLimit nor PlannedBudgetLimits")
        yield "AWS has not set its limit yet"


def _limits(raw: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    single, planned = raw.get("BudgetLimit"), raw.get("PlannedBudgetLimits")
    if planned is not None:
        if not isinstance(planned, dict) or not planned:
            raise BudgetError(f"PlannedBudgetLimits is {planned!r}; AWS writes an object of limits")
        # AWS repeats the plan's present limit as BudgetLimit when it describes a budget.
        if single is not None and _limit(single, "BudgetLimit") not in [
            _limit(one, "PlannedBudgetLimits") for one in planned.values()
        ]:
            raise BudgetError("it has a BudgetLimit beside PlannedBudgetLimits that do not contain it")
        yield from ((f"PlannedBudgetLimits.{key}", one) for key, one in planned.items())
    elif single is not None:
        yield "BudgetLimit", single


def _amounts(raw: Mapping[str, Any]) -> dict[str, Any]:
    planned = raw.get("PlannedBudgetLimits")
    adjust = _adjust(raw.get("AutoAdjustData"))
    if planned is None:
        return {"amount": _limit(raw["BudgetLimit"], "BudgetLimit")[0], "adjust": adjust}
    plan = [
        {"start": _epoch_day(key), "amount": _limit(one, f"PlannedBudgetLimits.{key}")[0]}
        for key, one in planned.items()
    ]
    return {"planned": plan, "adjust": adjust}


def _limit(raw: object, where: str) -> tuple[Decimal, str]:
    amount, unit = (raw.get("Amount"), raw.get("Unit")) if isinstance(raw, dict) else (None, None)
    if not (isinstance(amount, str) and isinstance(unit, str) and _AMOUNT.fullmatch(amount)):
        raise BudgetError(
            f'{where} is {raw!r}; AWS writes {{"Amount": "100.0", "Unit": "USD"}}, the amount as a text'
        )
    return Decimal(amount), unit


def _adjust(raw: object) -> AutoAdjust | None:
    if raw is None:
        return None
    kind = raw.get("AutoAdjustType") if isinstance(raw, dict) else None
    if not isinstance(raw, dict) or kind not in {"HISTORICAL", "FORECAST"}:
        raise BudgetError(f"AutoAdjustData is {raw!r}; its AutoAdjustType is HISTORICAL or FORECAST")
    if kind == "FORECAST":
        return AutoAdjust(by="forecast")
    options = raw.get("HistoricalOptions")
    periods = options.get("BudgetAdjustmentPeriod") if isinstance(options, dict) else None
    if type(periods) is not int or not 1 <= periods <= 60:
        raise BudgetError(
            f"HistoricalOptions is {options!r}; its BudgetAdjustmentPeriod is a number from 1 to 60"
        )
    return AutoAdjust(by="history", periods=periods)


def _adjustment(adjust: AutoAdjust) -> dict[str, Any]:
    if adjust.by == "forecast":
        return {"AutoAdjustType": "FORECAST"}
    return {
        "AutoAdjustType": "HISTORICAL",
        "HistoricalOptions": {"BudgetAdjustmentPeriod": adjust.periods},
    }


def _scope(filters: Filters) -> dict[str, Any]:
    first, *rest = filters.conditions or (None,)
    if first is None or first.exclude or len(first.values) > 1:
        return {"scope_type": "total", "also": filters.conditions}
    return {"scope_type": first.scope_type, "scope_value": first.values[0], "also": tuple(rest)}


def _costs(raw: Mapping[str, Any]) -> tuple[str, list[str], list[str]]:
    """Cost basis, categories left out, and why the charges cannot be told apart here."""
    types = raw.get("CostTypes") or {}
    metrics = raw.get("Metrics") or []
    if not isinstance(types, dict) or not all(isinstance(one, bool | None) for one in types.values()):
        raise BudgetError(f"CostTypes is {types!r}; AWS writes an object of true and false")
    if not isinstance(metrics, list) or not all(isinstance(one, str) for one in metrics):
        raise BudgetError(f"Metrics is {metrics!r}; AWS writes a list of texts")
    reasons = [f"it counts {one}" for one in metrics if one not in _METRICS]
    if types.get("UseBlended"):
        reasons.append("it counts blended costs")
    without = {name for name in _INCLUDED if types.get(name) is False}
    left_out = [one for one, names in _LEFT_OUT.items() if without.issuperset(names)]
    mixed = without - {name for one in left_out for name in _LEFT_OUT[one]}
    if mixed:
        reasons.append(
            f"CostTypes leave out charges that are not told apart here ({', '.join(sorted(mixed))})"
        )
    amortized = types.get("UseAmortized", False)
    basis = _METRICS.get(metrics[0], "billed") if metrics else "effective" if amortized else "billed"
    return basis, left_out, reasons


def _days(raw: Mapping[str, Any]) -> tuple[date | None, date | None]:
    days = raw.get("TimePeriod")
    if days is None:
        return None, None
    if not isinstance(days, dict):
        raise BudgetError(f"TimePeriod is {days!r}; AWS writes an object with Start and End")
    start, end = (_day(days.get(key), f"TimePeriod.{key}") for key in ("Start", "End"))
    return start, None if end is not None and end >= _FOREVER else end


def _day(raw: object, where: str) -> date | None:
    """The day in UTC of epoch seconds or of a time in ISO 8601."""
    if raw is None:
        return None
    try:
        if isinstance(raw, str):
            moment = datetime.fromisoformat(raw)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).date()
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=raw)).date()
    except (ValueError, OverflowError) as error:
        raise BudgetError(f"{where} is {raw!r}, which is no time") from error
    raise BudgetError(
        f"{where} is {raw!r}; AWS writes epoch seconds or a time such as 2026-01-01T00:00:00Z"
    )


def _epoch_day(key: str) -> date:
    if not (key.isascii() and key.isdigit() and len(key) <= 12 and int(key) % 86_400 == 0):
        raise BudgetError(
            f"PlannedBudgetLimits has the key {key!r}; AWS writes the epoch second in UTC at which "
            "a period begins"
        )
    day = _day(int(key), "PlannedBudgetLimits")
    assert day is not None
    return day


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _spend(amount: Decimal) -> dict[str, str]:
    return {"Amount": f"{amount:f}", "Unit": "USD"}


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BudgetError(f"{key} is {value!r}; AWS writes a text")
    return value
