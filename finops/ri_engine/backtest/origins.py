"""When could one have bought? The days at which a history is cut into what was known and what came.

60 days or more come before each origin and ``horizon`` days after it. The horizon is the longest of 30,
60, 90 and 180 days that leaves origins over 30 days or more; with less than 120 days of history it is 30
days, whatever origins that leaves, and with less than 60 + 30 days there is none.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd

from finops.errors import EmptyInput
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.owned import shield
from finops.ri_engine.pools import Demand
from finops.ri_engine.rates import owned_plan_rates

MIN_HISTORY_DAYS = 60
HORIZONS = (180, 90, 60, 30)
_SPAN_DAYS = 30
MAX_FOLDS = 6


def history_days(evidence: Evidence) -> int:
    """The whole days of its history."""
    return len(evidence.history.hours) // HOURS_PER_DAY


def horizon_days(days: int) -> int | None:
    """How many days one can look ahead from an origin in so many days of history; None below 30."""
    if days < MIN_HISTORY_DAYS + HORIZONS[-1]:
        return None
    fits = (one for one in HORIZONS if days >= MIN_HISTORY_DAYS + one + _SPAN_DAYS)
    return next(fits, HORIZONS[-1])


def origin_days(days: int, horizon: int, folds: int = MAX_FOLDS) -> tuple[int, ...]:
    """At most so many origins, as days of history before them, evenly spread; the latest comes last."""
    last = days - horizon
    count = min(folds, (last - MIN_HISTORY_DAYS) // 7 + 1)
    spread = np.linspace(last, MIN_HISTORY_DAYS, count) if count > 1 else np.array([float(last)])
    return tuple(sorted({int(day) for day in spread}))


def check_history(evidence: Evidence) -> None:
    """Raises EmptyInput where the history is too short for a single fold."""
    days, needed = history_days(evidence), MIN_HISTORY_DAYS + HORIZONS[-1]
    if evidence.kind != "hourly":
        raise EmptyInput(
            f"a back-test needs {needed} days of hourly usage, and there is none; give it with --usage"
        )
    if days < needed:
        raise EmptyInput(
            f"a back-test needs {needed} days of hourly usage, {MIN_HISTORY_DAYS} to advise on and "
            f"{HORIZONS[-1]} to bill after that, and there are {days}; give a longer history"
        )


def known_at(evidence: Evidence, owned: pd.DataFrame, day: int) -> Evidence:
    """The evidence as it was after ``day`` days of its history, beside what was owned then.

    ``owned`` are all commitments ever held; those that would have counted for advice on that day do.
    Rates are those of the whole evidence: a back-test is of demand, at the prices of today.
    """
    history = evidence.history
    start = len(history.hours) - history_days(evidence) * HOURS_PER_DAY
    end = start + day * HOURS_PER_DAY
    known = replace(history, hours=history.hours[:end], quantity=history.quantity[:, :end])
    as_of = (known.hours[-1] + pd.Timedelta(hours=1)).date() - timedelta(days=1)
    counting = shield(owned, as_of)
    by_pool, _ = owned_plan_rates(counting, evidence.prices)
    return replace(
        evidence,
        as_of=as_of,
        history=known,
        window_hours=min(evidence.window_hours, end),
        commitments=counting,
        plan_rates=by_pool[:, evidence.pools.of_line],
        notes=(),
    )


def came_after(evidence: Evidence, day: int, horizon: int) -> Demand:
    """The demand of the ``horizon`` days that follow the first ``day`` days of the history."""
    history = evidence.history
    start = len(history.hours) - (history_days(evidence) - day) * HOURS_PER_DAY
    end = start + horizon * HOURS_PER_DAY
    return replace(history, hours=history.hours[start:end], quantity=history.quantity[:, start:end])
