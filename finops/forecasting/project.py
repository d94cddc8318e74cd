"""How does a forecast become the path of a period? What was spent, and the days that are left."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from finops.forecasting.backtest import outlook
from finops.forecasting.daily import Calendar, History
from finops.forecasting.fees import without_hidden_fees
from finops.forecasting.intervals import LEVELS, half_width, stretched
from finops.forecasting.models import PROFILE_DAYS
from finops.forecasting.projection import COMPLETE, Point, Projection

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats

Days: TypeAlias = tuple[date, date]  # the first day, and the first day after the last
Bounds: TypeAlias = "list[tuple[Floats, Floats]]"
# To the millionth of a dollar, so that float dust never lifts a total above its budget.
_PLACES = 6


def project_period(daily: pd.DataFrame, period: Days) -> Projection:
    """The period's path to its end, from ``daily_costs`` up to the last whole day that is known.

    That day lies in the period. The path begins where the costs do, if that is after its start.
    """
    history = History.of(daily)
    start, end = period
    if not start <= history.last < end:
        raise ValueError(f"the last day of the costs, {history.last}, is not in {start} … {end}")
    elapsed = min((history.last - start).days + 1, history.days)
    return _projection(history, elapsed, (end - history.last).days - 1)


def project_days(daily: pd.DataFrame, days: int) -> Projection:
    """The path of the ``days`` days (1 or more) after the last whole day that is known, from $0."""
    return _projection(History.of(daily), 0, days)


def _projection(history: History, elapsed: int, ahead: int) -> Projection:
    """The last ``elapsed`` days of the history and the ``ahead`` days after it."""
    begun = history.days - elapsed
    passed = np.cumsum(history.every[begun:])
    known = _points(history.first + timedelta(days=begun), passed, [(passed, passed)] * len(LEVELS))
    spent = float(passed[-1]) if elapsed else 0.0
    certain = bool((history.usage >= 0).all() and (history.recurring >= 0).all())
    if ahead == 0:
        return Projection(
            path=known,
            days=(),
            misses_usd=(),
            floor_usd=round(spent, _PLACES),
            method=COMPLETE,
            history_days=history.days,
        )
    calendar = Calendar.of(history.first, history.days)
    found = outlook(without_hidden_fees(history, calendar), ahead, elapsed or PROFILE_DAYS)
    each = np.ones(ahead, dtype=np.int64)
    by_day = stretched(found.missed, found.span, each)
    to_date = stretched(np.cumsum(found.missed, axis=1), found.span, np.cumsum(each))
    coming = history.last + timedelta(days=1)
    path = spent + np.cumsum(found.expected)
    return Projection(
        path=known + _points(coming, path, _bounds(path, to_date, spent if certain else -np.inf)),
        days=_points(
            coming, found.expected, _bounds(found.expected, by_day, 0.0 if certain else -np.inf)
        ),
        misses_usd=tuple(to_date[:, -1].tolist()),
        floor_usd=round(spent, _PLACES) if certain else None,
        method=found.method,
        history_days=history.days,
    )


def _bounds(mean: Floats, misses: Floats, floor: float) -> Bounds | None:
    """Below and above the mean at each level; None where there is no interval."""
    if not len(misses):
        return None
    reaches = [half_width(misses, level) for level in LEVELS]
    return [(np.maximum(np.minimum(floor, mean), mean - reach), mean + reach) for reach in reaches]


def _points(first: date, mean: Floats, bounds: Bounds | None) -> tuple[Point, ...]:
    """A point a day from ``first`` on."""
    unknown = [None] * len(mean)
    columns = [mean.round(_PLACES).tolist()]
    for low, high in bounds or []:
        columns += [low.round(_PLACES).tolist(), high.round(_PLACES).tolist()]
    if bounds is None:
        columns += [unknown] * (2 * len(LEVELS))
    return tuple(
        Point(first + timedelta(days=at), *row) for at, row in enumerate(zip(*columns, strict=True))
    )
