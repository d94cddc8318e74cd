"""Which days belong to one anomaly of a scope, of what kind is it, and what does it come to?

Days out of the ordinary on the same side, with no more than two days between them, are one anomaly; so
are those of the same weekdays, three at most, week after week. Falls of the last two days are none:
charges still arrive. Kinds: ``missing_data`` (no day has a figure), ``season_change`` (the same weekdays
for more than a week), ``drift`` (more than a week, whose last third is twice as far away as the first),
``level_shift`` (more than a week), ``spike`` and ``drop``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from finops.insights.daily_scopes import DailyScopes, Scope
from finops.insights.watch import Watched
from finops.insights.week_level import WEEK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Ints: TypeAlias = NDArray[np.int64]

AnomalyKind = Literal["spike", "drop", "level_shift", "drift", "season_change", "missing_data"]
_PAUSE, _FEW_WEEKDAYS, _STILL_ARRIVING = 2, 3, 2
_DRIFTS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Event:
    """``days`` are the positions of its days, with what they cost and were expected to, in dollars.

    ``actual`` of a day without a figure is NaN. ``side`` is 1 for more than expected, −1 for less, and
    ``height`` the highest robust z, None where data is missing.
    """

    row: int
    scope: Scope
    days: Ints
    actual: Floats
    expected: Floats
    side: int
    kind: AnomalyKind
    height: float | None

    @property
    def excess(self) -> Floats:
        """Dollars a day more than expected; of a missing day, the expected ones less."""
        return np.nan_to_num(self.actual) - self.expected

    @property
    def impact_usd(self) -> float:
        return float(self.excess.sum())

    @property
    def expected_usd(self) -> float:
        return float(self.expected.sum())

    @property
    def clarity(self) -> float:
        """Dollars away, against the cube root of all dollars there: highest where it is told best."""
        there = max(abs(self.expected_usd) + abs(self.impact_usd), 1e-9)
        return abs(self.impact_usd) / float(np.cbrt(there))


def events(daily: DailyScopes, watched: Watched, expected: Floats) -> Iterator[Event]:
    """The anomalies of every scope, from ``expected`` dollars (S, D), fees included."""
    for row in range(len(daily.scopes)):
        beyond = watched.beyond[row]
        for side in (1, -1):
            missing = (beyond == side) & np.isnan(daily.actual[row])
            for there in ((beyond == side) & ~missing, missing):
                for days in _runs(np.flatnonzero(there)):
                    if side < 0 and days[0] >= daily.days - _STILL_ARRIVING:
                        continue
                    yield _event(row, days, side, daily=daily, watched=watched, expected=expected)


def _runs(days: Ints) -> list[Ints]:
    """Days with short pauses are one run, and so are runs on the same weekdays in following weeks."""
    if not len(days):
        return []
    short = np.split(days, np.flatnonzero(np.diff(days) > _PAUSE + 1) + 1)
    runs = [short[0]]
    for run in short[1:]:
        together = np.concatenate([runs[-1], run])
        follows = run[0] - runs[-1][-1] <= WEEK and bool(np.isin(run % WEEK, runs[-1] % WEEK).any())
        if follows and len(np.unique(together % WEEK)) <= _FEW_WEEKDAYS:
            runs[-1] = together
        else:
            runs.append(run)
    return runs


def _event(
    row: int, days: Ints, side: int, *, daily: DailyScopes, watched: Watched, expected: Floats
) -> Event:
    actual, heights = daily.actual[row, days], np.abs(watched.z[row, days])
    missing = bool(np.isnan(actual).all())
    excess = actual - expected[row, days]
    return Event(
        row=row,
        scope=daily.scopes[row],
        days=days,
        actual=actual,
        expected=expected[row, days],
        side=side,
        kind="missing_data" if missing else _kind(days, excess, side),
        height=None if missing else float(np.nanmax(heights)),
    )


def _kind(days: Ints, excess: Floats, side: int) -> AnomalyKind:
    if days[-1] - days[0] < WEEK:
        return "spike" if side > 0 else "drop"
    if len(np.unique(days % WEEK)) <= _FEW_WEEKDAYS:
        return "season_change"
    third = max(1, len(excess) // 3)
    if side * excess[-third:].mean() > _DRIFTS * max(0.0, side * excess[:third].mean()):
        return "drift"
    return "level_shift"
