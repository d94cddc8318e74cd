"""Which anomalies do verdicts speak of, beyond those of their own id?

A planned change is all that begins in its days and comes from its cells, and its end in the week after.
What people said of an anomaly holds for it, too, when further days let another scope tell it better, or
let it begin on another day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from finops.insights.anomaly_causes import cell_excess
from finops.insights.anomaly_events import Event
from finops.insights.anomaly_feedback import Feedback
from finops.insights.daily_scopes import DailyScopes
from finops.insights.expectations import Planned
from finops.insights.week_level import LEARNT, WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

_SAME_EVENT = 0.5
# A level is back if it is so much nearer to the one before a planned change than to that in it.
_BACK = 0.5


def is_same(told: float, whole: float) -> bool:
    """Whether dollars that are told elsewhere explain half of the whole."""
    return bool(whole != 0 and told / whole >= _SAME_EVENT)


def is_planned(daily: DailyScopes, event: Event, excess: Floats, planned: Planned) -> bool:
    """Whether it begins in a planned span or is its end, and the cells of the change explain it."""
    inside = np.isin(event.days, planned.days)
    if not inside[0]:
        inside = _week_after(event, planned)
        if not inside[0] or not _is_back(daily, event, inside, planned):
            return False
    return is_same(excess[np.ix_(planned.cells, inside)].sum(), excess[:, inside].sum())


def _week_after(event: Event, planned: Planned) -> Flags:
    if not len(planned.days):
        return np.zeros(len(event.days), dtype=bool)
    last = planned.days[-1]
    week: Flags = (event.days > last) & (event.days <= last + WEEK)
    return week


def _is_back(daily: DailyScopes, event: Event, inside: Flags, planned: Planned) -> bool:
    """Whether the scope costs what it did before the change, not what it did in it.

    A long change is the new level of the scopes that it was not planned for; its end is planned, too.
    """
    actual, first = daily.actual[event.row], planned.days[0]
    before, after = actual[max(0, first - LEARNT) : first], event.actual[inside]
    during = actual[planned.days[-LEARNT:]]
    if any(np.isnan(days).all() for days in (before, during, after)):
        return False
    now = np.nanmean(after)
    return bool(abs(now - np.nanmean(before)) < _BACK * abs(now - np.nanmean(during)))


def spoken_of(daily: DailyScopes, event: Event, said: Sequence[Feedback]) -> Feedback | None:
    """The latest verdict on the same side, of a day of the event, whose scope explains half of it."""
    missing = event.kind == "missing_data"
    for one in reversed(said):
        if one.side != event.side or (one.kind is not None and missing != (one.kind == "missing_data")):
            continue
        place = Planned.of(one, daily)
        if np.isin(event.days, place.days).any():
            excess = cell_excess(daily, event)
            if is_same(excess[place.cells].sum(), excess.sum()):
                return one
    return None
