"""Which costs were out of the ordinary, by how much, since when, and why?

    find_anomalies(daily_scopes(costs, "EffectiveCost", span))

Every scope is watched by itself (``watch``) and its days are put together (``anomaly_events``). An event
shows in several scopes; it is reported once, where it is told best: where its dollars are the most
against the cube root of all dollars there, and in the total only if it is nowhere else. Elsewhere it is
the same event where that scope explains half of it. Feedback (``anomaly_feedback``) is used before and
after.

Severity weighs history and dollars: ``high`` for a z of 8 or more and a quarter of what the estate costs
on a usual day, ``medium`` for 5 and a twentieth, else ``low``. Missing data is ``high`` where all of the
estate is missing, else ``medium``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from finops.insights.anomaly_causes import Cause, cause_text, causes, cell_excess
from finops.insights.anomaly_events import AnomalyKind, Event, events
from finops.insights.anomaly_feedback import Feedback, Verdict
from finops.insights.anomaly_said import is_planned, is_same, spoken_of
from finops.insights.daily_scopes import TOTAL, DailyScopes, identifier
from finops.insights.expectations import (
    NOTHING_USD,
    Planned,
    expectations,
    planned_changes,
    usual_day_usd,
)
from finops.insights.week_level import LEARNT
from finops.money import add_cents, round_in_turn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

Day: TypeAlias = date
Severity = Literal["high", "medium", "low"]
# Parts of what the estate costs on a usual day.
LEAST_PART = 0.05
_CENT = 0.01
_SEVERE: tuple[tuple[Severity, float, float], ...] = (("high", 8.0, 0.25), ("medium", 5.0, 0.05))
_AROUND_DAYS = 3
# A percentage beyond so many times what was expected says nothing.
_MOST_TIMES = 100
_LIKE_NOISE = 1.5


@dataclass(frozen=True, slots=True)
class DayImpact:
    """One day of an anomaly in dollars; ``actual_usd`` is None where the day has no figure."""

    date: Day
    actual_usd: float | None
    expected_usd: float
    impact_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """Days of one scope that cost more, or less, than they were expected to, in dollars.

    ``date`` is the first day and ``end`` the last; dollars are those of ``days``, which leave out
    pauses. ``impact_pct`` is impact ÷ expected, None where that is next to nothing. Where data is
    missing there is no actual and no impact, and ``expected_usd`` is what is not there. Dollars are in
    cents that add up: impact = actual − expected, and each is the sum of the days'. The ``id`` is that
    of its scope and first day, or the one that it had when people spoke of it. ``z`` is the most usual
    misses that a day was away. The ``causes`` of each dimension add up to the impact. ``verdict`` is
    what people said.
    """

    id: str
    date: Day
    end: Day
    dimension: str
    value: str
    scope: str
    kind: AnomalyKind
    actual_usd: float | None
    expected_usd: float
    impact_usd: float | None
    impact_pct: float | None
    severity: Severity
    z: float | None
    cause: str
    causes: tuple[Cause, ...]
    days: tuple[DayImpact, ...]
    verdict: Verdict | None = None
    note: str = ""

    @property
    def size_usd(self) -> float:
        """Dollars more or less, or missing: what alarms are measured by."""
        return abs(self.expected_usd if self.impact_usd is None else self.impact_usd)

    @property
    def side(self) -> Literal[1, -1]:
        return 1 if self.impact_usd is not None and self.impact_usd > 0 else -1

    @property
    def dearest_day_usd(self) -> float:
        return max(
            abs(day.expected_usd if day.impact_usd is None else day.impact_usd) for day in self.days
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Anomalies, the latest first; ``muted`` are those that feedback says are noise.

    Nothing below ``least_usd`` is among them. ``usual_day_usd`` is the median day of the estate.
    """

    anomalies: tuple[Anomaly, ...]
    muted: tuple[Anomaly, ...]
    least_usd: float
    usual_day_usd: float


def find_anomalies(
    daily: DailyScopes,
    feedback: Sequence[Feedback] = (),
    *,
    least_usd: float | None = None,
    sensitivity: float = 1.0,
) -> Found:
    """The anomalies after the first four weeks.

    ``least_usd`` is by default a twentieth of what the estate costs on a usual day, and no less than a
    cent. ``sensitivity``
    divides the thresholds of ``watch``.
    """
    usual_day = usual_day_usd(daily)
    least = max(LEAST_PART * usual_day, _CENT) if least_usd is None else least_usd
    if daily.days <= LEARNT:
        return Found(anomalies=(), muted=(), least_usd=least, usual_day_usd=usual_day)
    planned = planned_changes(daily, feedback)
    watched = expectations(daily, planned, range(len(daily.scopes)), sensitivity=sensitivity)
    said = {one.anomaly_id: one for one in feedback}
    noise = [one for one in feedback if one.verdict == "no"]
    told: list[Anomaly] = []
    muted: list[Anomaly] = []
    candidates = events(daily, watched, watched.expected + daily.fees[: len(daily.scopes)])
    found = {_id(daily, one): one for one in _once(daily, candidates, planned, least, _kept(feedback))}
    unheard = {own_id: event for own_id, event in found.items() if own_id not in said}
    homeless = [one for one in feedback if one.verdict != "planned" and one.anomaly_id not in found]
    verdicts = {**said, **spoken_of(daily, unheard, homeless)}
    for own_id, event in found.items():
        anomaly = _judged(_anomaly(daily, event, usual_day, own_id), verdicts.get(own_id))
        is_noise = anomaly.verdict is None and any(_is_like(anomaly, one) for one in noise)
        (muted if is_noise or anomaly.verdict == "no" else told).append(anomaly)
    return Found(
        anomalies=_latest_first(told),
        muted=_latest_first(muted),
        least_usd=least,
        usual_day_usd=usual_day,
    )


def _kept(feedback: Sequence[Feedback]) -> set[str]:
    return {one.anomaly_id for one in feedback if one.verdict == "yes"}


def _once(
    daily: DailyScopes,
    candidates: Iterator[Event],
    planned: Sequence[Planned],
    least: float,
    kept: set[str],
) -> Iterator[Event]:
    """Each event once, where it is told best, without those that are planned."""
    large = [
        one
        for one in candidates
        if abs(one.impact_usd) >= max(least, NOTHING_USD) or _id(daily, one) in kept
    ]
    explained = {side: np.zeros((len(daily.cells), daily.days), dtype=bool) for side in (1, -1)}
    for event in sorted(large, key=_order):
        excess = cell_excess(daily, event)
        whole = excess.sum()
        told = np.where(explained[event.side][:, event.days], excess, 0.0).sum()
        if is_same(told, whole) or any(is_planned(daily, event, excess, one) for one in planned):
            continue
        # A day without a figure explains nothing of those around it.
        around = 0 if event.kind == "missing_data" else _AROUND_DAYS
        first, last = event.days[0] - around, event.days[-1] + around
        explained[event.side][daily.members[event.row], max(first, 0) : last + 1] = True
        yield event


def _order(event: Event) -> tuple[bool, bool, float, int]:
    """Missing data first: a day that is missing for all is in every scope. The total explains least."""
    missing = event.kind == "missing_data"
    return not missing, event.scope.dimension == TOTAL and not missing, -event.clarity, event.row


def _is_like(anomaly: Anomaly, noise: Feedback) -> bool:
    same = (anomaly.dimension, anomaly.value, anomaly.side) == (noise.dimension, noise.value, noise.side)
    missing = anomaly.kind == "missing_data"
    return same and missing == (noise.kind == "missing_data") and _is_no_more(anomaly, noise)


def _is_no_more(anomaly: Anomaly, noise: Feedback) -> bool:
    if anomaly.kind == "missing_data":
        return anomaly.end - anomaly.date <= noise.until - noise.start
    return anomaly.dearest_day_usd <= _LIKE_NOISE * noise.dearest_day_usd


def _judged(anomaly: Anomaly, verdict: Feedback | None) -> Anomaly:
    """With what was said of it. What has grown beyond what was said to be noise is to be judged anew."""
    if verdict is None:
        return anomaly
    heard = verdict.verdict != "no" or _is_no_more(anomaly, verdict)
    return replace(
        anomaly,
        id=verdict.anomaly_id,
        verdict=verdict.verdict if heard else None,
        note=verdict.note,
    )


def _id(daily: DailyScopes, event: Event) -> str:
    return identifier(event.scope, daily.day(int(event.days[0])), str(event.side))


def _anomaly(daily: DailyScopes, event: Event, usual_day: float, own_id: str) -> Anomaly:
    missing = event.kind == "missing_data"
    days = _days(daily, event)
    expected = add_cents(day.expected_usd for day in days)
    impact = None if missing else add_cents(day.impact_usd or 0.0 for day in days)
    reasons = () if impact is None else causes(daily, event, impact)
    return Anomaly(
        id=own_id,
        date=daily.day(int(event.days[0])),
        end=daily.day(int(event.days[-1])),
        dimension=event.scope.dimension,
        value=event.scope.value,
        scope=event.scope.name,
        kind=event.kind,
        actual_usd=None if missing else add_cents(day.actual_usd or 0.0 for day in days),
        expected_usd=expected,
        impact_usd=impact,
        impact_pct=None if impact is None else _percent(impact, expected),
        severity=_severity(event, usual_day),
        z=event.height,
        cause=cause_text(event, reasons),
        causes=reasons,
        days=days,
    )


def _days(daily: DailyScopes, event: Event) -> tuple[DayImpact, ...]:
    """In cents that add up to the rounded sums of the event."""
    known = ~np.isnan(event.actual)
    spent = iter(round_in_turn(event.actual[known].tolist()))
    found = []
    for day, there, expected in zip(
        event.days, known, round_in_turn(event.expected.tolist()), strict=True
    ):
        actual = next(spent) if there else None
        impact = None if actual is None else (actual - expected) / 100
        usd = None if actual is None else actual / 100
        found.append(DayImpact(daily.day(int(day)), usd, expected / 100, impact))
    return tuple(found)


def _percent(impact: float, expected: float) -> float | None:
    return impact / expected * 100 if expected > abs(impact) / _MOST_TIMES else None


def _severity(event: Event, usual_day: float) -> Severity:
    if event.height is None:
        return "high" if event.scope.dimension == TOTAL else "medium"
    for word, height, part in _SEVERE:
        if event.height >= height and abs(event.impact_usd) >= part * usual_day:
            return word
    return "low"


def _latest_first(anomalies: list[Anomaly]) -> tuple[Anomaly, ...]:
    return tuple(sorted(anomalies, key=lambda one: (one.date, one.size_usd), reverse=True))
