"""Which anomalies do verdicts speak of, beyond those of their own id?

A planned change is all that begins in its days and comes from its cells, and its end in the week after.
What people said of an anomaly holds for it, too, when further days let another scope tell it better, or
let it begin on another day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
# Where the level before is expected again, what is further from it than this part of the change is new.
_NEW = 0.25


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
    One from before the first charge on has no level before: it ends where that in it is still expected.
    """
    actual, first = daily.actual[event.row], planned.days[0]
    before, after = actual[max(0, first - LEARNT) : first], event.actual[inside]
    during = actual[planned.days[-LEARNT:]]
    if np.isnan(during).all() or np.isnan(after).all():
        return False
    changed, now, expected = np.nanmean(during), np.nanmean(after), event.expected[inside].mean()
    if not len(before):
        return bool(abs(expected - changed) < _BACK * abs(now - changed))
    if np.isnan(before).all():
        return False
    then = np.nanmean(before)
    is_back = abs(now - then) < _BACK * abs(now - changed)
    ended_before = abs(expected - then) <= abs(expected - changed)
    return bool(is_back and not (ended_before and abs(now - expected) > _NEW * abs(changed - then)))


def spoken_of(
    daily: DailyScopes, found: Mapping[str, Event], said: Sequence[Feedback]
) -> Mapping[str, Feedback]:
    """What was said of these events under another id, by their own.

    A verdict speaks of one event: on its side, on one of its days, and such that its scope explains half
    of it; where there are more, of that which it explains most of. The latest verdict chooses first.
    """
    verdicts: dict[str, Feedback] = {}
    excess = {own_id: cell_excess(daily, event) for own_id, event in found.items()} if said else {}
    for one in reversed(said):
        place = Planned.of(one, daily)
        dollars = {
            own_id: excess[own_id][place.cells].sum()
            for own_id, event in found.items()
            if own_id not in verdicts and _may_speak_of(one, event, place)
        }
        its = {own_id: told for own_id, told in dollars.items() if is_same(told, excess[own_id].sum())}
        if its:
            verdicts[max(its, key=lambda own_id: abs(its[own_id]))] = one
    return verdicts


def _may_speak_of(one: Feedback, event: Event, place: Planned) -> bool:
    missing = event.kind == "missing_data"
    same_kind = one.kind is None or missing == (one.kind == "missing_data")
    return one.side == event.side and same_kind and bool(np.isin(event.days, place.days).any())
