"""Of which scopes are anomalies, and which of them has the bill?

Anomalies go by the bill's own names, to the letter: budgets know short names of services besides.
"""

from __future__ import annotations

from finops.answers.forecast import ForecastSettings, scope_history, scope_of
from finops.errors import EmptyInput
from finops.estate import Estate
from finops.insights.anomalies import Anomaly
from finops.insights.daily_scopes import DIMENSIONS, TOTAL, Scope, has_scope

SCOPE_TYPES = (TOTAL, *DIMENSIONS)
_HALF_PCT = 50.0


def belongs_to(one: Anomaly, scope_type: str, scope_value: str = "") -> bool:
    """Whether a scope is that of an anomaly, or explains half of it; any of the type without a value."""
    return not scope_type or any(
        dimension == scope_type and scope_value in {"", value} for dimension, value in places(one)
    )


def places(one: Anomaly) -> frozenset[tuple[str, str]]:
    """Its scope, as (dimension, value), and the values that explain half of it."""
    told = {(cause.dimension, cause.value) for cause in one.causes if cause.share_pct >= _HALF_PCT}
    return frozenset({(one.dimension, one.value), *told})


def refuse_missing(estate: Estate, scope_type: str, scope_value: str, basis: str) -> None:
    """Refuse the value of a scope that the bill lacks, as the forecast does.

    Raises EmptyInput, and BudgetError for a value of the total, which has none.
    """
    scope = Scope(scope_type, scope_value)
    if not scope_value or has_scope(estate.costs, scope):
        return
    asked = ForecastSettings(scope_type=scope_type, scope_value=scope_value, basis=basis)
    budget, facts = scope_of(estate, asked)
    scope_history(estate, budget, facts)
    # What a forecast knows by another name would be no name of any anomaly, and none in silence.
    raise EmptyInput(
        f"the bill itself names no {scope.name}, and anomalies go by its names; choose another scope"
    )


def missing_scope(estate: Estate, scope_type: str, scope_value: str) -> str:
    """That the loaded bill lacks a scope that is planned for, in words; blank where it has it.

    Without a bill nothing tells.
    """
    scope = Scope(scope_type, scope_value)
    if estate.costs.empty or has_scope(estate.costs, scope):
        return ""
    return f"the bill has no {scope.name}; it is planned all the same, as one to come"
