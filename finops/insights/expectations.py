"""What is each day of a scope expected to cost, once planned changes are known?

Planned changes (``anomaly_feedback``) are learnt as they are. Every scope is watched by itself, so that
one of them alone has the same expectations as among all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from finops.insights.anomaly_feedback import Feedback
from finops.insights.daily_scopes import DailyScopes
from finops.insights.watch import SPIKE, Watched, watch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

NOTHING_USD = 0.005
# The least usual miss, as a part of what the estate costs on a usual day.
_FLOOR_PART = 0.005


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned change: the row of its scope, if it has charges, its days, and which cells it has."""

    rows: NDArray[np.int64]
    days: NDArray[np.int64]
    cells: Flags

    @classmethod
    def of(cls, one: Feedback, daily: DailyScopes) -> Planned:
        row = daily.rows(one.dimension, one.value)
        cells: Flags = np.asarray(daily.members[row].any(axis=0))
        first, last = daily.position(one.start), daily.position(one.until)
        days = np.arange(max(first, 0), min(last + 1, daily.days))
        return cls(np.array(row, dtype=np.int64), days, cells)


@dataclass(frozen=True, slots=True)
class CourseDay:
    """One day of a scope in dollars; None where it is not known.

    A day between ``lower_usd`` and ``upper_usd`` is no anomaly by itself: that is ``SPIKE`` usual misses
    to either side of what is expected.
    """

    date: date
    actual_usd: float | None
    expected_usd: float | None
    lower_usd: float | None
    upper_usd: float | None


def usual_day_usd(daily: DailyScopes) -> float:
    """The median day of the estate."""
    known = daily.actual[0][~np.isnan(daily.actual[0])]
    return float(np.median(np.abs(known))) if len(known) else 0.0


def planned_changes(daily: DailyScopes, feedback: Sequence[Feedback]) -> list[Planned]:
    """What people have said is planned; spans of one scope that overlap or touch are one."""
    spans: list[Feedback] = []
    plans = (one for one in feedback if one.verdict == "planned")
    for one in sorted(plans, key=lambda plan: (plan.dimension, plan.value, plan.start)):
        last = spans[-1] if spans else None
        if last is not None and _goes_on(last, one):
            spans[-1] = last.model_copy(update={"until": max(last.until, one.until)})
        else:
            spans.append(one)
    return [Planned.of(one, daily) for one in spans]


def _goes_on(last: Feedback, one: Feedback) -> bool:
    same_scope = (last.dimension, last.value) == (one.dimension, one.value)
    return same_scope and one.start <= last.until + timedelta(days=1)


def expectations(
    daily: DailyScopes,
    planned: Sequence[Planned],
    rows: Sequence[int],
    *,
    sensitivity: float = 1.0,
    actual: Floats | None = None,
) -> Watched:
    """The scopes at these rows, watched: ``expected`` is without fees. ``sensitivity`` as ``watch``.

    ``actual`` (rows, D) stands for what they cost, if it is given.
    """
    fees = daily.fees[list(rows)]
    actual = daily.actual[list(rows)] if actual is None else actual
    accepted = np.zeros((len(daily.scopes), daily.days), dtype=bool)
    for one in planned:
        accepted[np.ix_(one.rows, one.days)] = True
    floor = np.full(len(actual), max(_FLOOR_PART * usual_day_usd(daily), NOTHING_USD))
    return watch(actual - fees, fees, floor, accepted[list(rows)], sensitivity)


def courses(
    daily: DailyScopes, places: Sequence[tuple[str, str]], feedback: Sequence[Feedback] = ()
) -> Mapping[tuple[str, str], tuple[CourseDay, ...]]:
    """Every day of each of the scopes at ``places`` (dimension, value), fees included.

    A scope that the bill does not have is not in it. Nothing is expected of the first four weeks.
    """
    found = {place: row for place in places for row in daily.rows(*place)}
    if not found:
        return {}
    rows = list(found.values())
    watched = expectations(daily, planned_changes(daily, feedback), rows)
    actual, expected = daily.actual[rows], watched.expected + daily.fees[rows]
    reach = SPIKE * watched.unit
    columns = np.stack([actual, expected, expected - reach, expected + reach], axis=2)
    return {
        place: tuple(
            CourseDay(daily.day(at), *(None if np.isnan(usd) else float(usd) for usd in day))
            for at, day in enumerate(days)
        )
        for place, days in zip(found, columns, strict=True)
    }
