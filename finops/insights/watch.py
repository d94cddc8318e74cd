"""Which days of a daily cost were out of the ordinary, told by the days up to each alone?

A day without its fees is expected to cost the part that its weekday has of a week (the median of four
weeks) times the level (the median of the last ten days without that rhythm). Its *robust z* is cost less
expectation, in units of the scope's usual miss: 1.4826 × the median of relative misses of eight weeks,
but no less than 1.5 % of the day and the scope's floor in dollars, and 4 % of a fee of that day. Out of
the ordinary are

- a day whose z is beyond ``SPIKE``;
- a run of days that lie, by more than ``SLACK`` units each, on one side of the level of all four weeks:
  the sum (a CUSUM up, and one down) has reached ``SHIFT``, and the last seven are a tenth away. Its
  unit is the usual miss of a week's mean, so that days that follow each other count once. It begins at
  the day from which on the sum over a quarter of these seven is the highest;
- after either, every day on the same side whose z is beyond ``STAYS``, until three in a row are not;
- a day of which there is no figure.

Such a day is learnt as what was expected of it, and any other as no more than four units away, so that
it moves no later expectation. What has lasted for 20 of 28 days is the new level, and a weekday that
was out of the ordinary in four weeks in a row has a new habit: they are learnt as they were. Planned
days are, too, unless the level before them comes back (``planned_levels``). The constants were chosen
on the tuning seeds of ``benchmarks/anomaly_series.py``; ``python -m benchmarks.anomalies`` measures
them on others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from finops.insights.planned_levels import PlannedLevels
from finops.insights.week_level import LEARNT, LEAST_DAY, WEEK, WEEKS, expectation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Signs: TypeAlias = NDArray[np.int8]
    Flags: TypeAlias = NDArray[np.bool_]

SPIKE, SHIFT, SLACK, STAYS = 4.5, 17.0, 0.4, 2.0
# What a run that goes on must reach, in multiples of its highest z, to be told again.
_WORSE = 2.0
_HABIT_DAYS, _CALM_DAYS = 20, 3
_MISSES_DAYS = 56
_LEAST_MISS, _LEAST_WEEK_MISS, _FEE_MISS = 0.015, 0.03, 0.04
_WEEK_MISS = 2.0  # how many usual misses of a week's mean a day counts as
_MOST_LEARNT, _MOST_COUNTED = 4.0, 6.0
# A run becomes known when the last seven days are this part away from their profile.
_LEAST_SHIFT = 0.1
# A run begins where days after it are further away than this part of the last seven.
_START = 0.25
_MAD = 1.4826
_UP, _DOWN = 1, -1


@dataclass(frozen=True, slots=True)
class Watched:
    """Each (S, D): dollars expected, robust z, and 1, −1 or 0 where a day was above, below, usual.

    ``expected`` and ``z`` of the first four weeks are NaN, and so is the z of a day without a figure,
    which counts as below. ``told`` are the days on which something out of the ordinary was first known,
    or had grown to twice what it was. ``unit`` is the usual miss in dollars that z counts.
    """

    expected: Floats
    z: Floats
    beyond: Signs
    told: Flags
    unit: Floats


def watch(
    usage: Floats,
    fees: Floats,
    floor_usd: Floats,
    accepted: Flags | None = None,
    sensitivity: float = 1.0,
) -> Watched:
    """Days (S, D) of S scopes in dollars, without the ``fees`` (S, D) expected on them; NaN: no figure.

    ``floor_usd`` (S,) is the least usual miss, above 0. Days that are ``accepted`` (S, D) are planned:
    never out of the ordinary. ``sensitivity`` divides the thresholds.
    """
    allowed = np.zeros(usage.shape, dtype=bool) if accepted is None else accepted
    run = _Run(usage, fees, floor_usd, allowed)
    days = usage.shape[1]
    for day in range(min(LEARNT, days)):
        run.learn_first(day)
    for day in range(LEARNT, days):
        run.judge(day, SPIKE / sensitivity, SHIFT / sensitivity)
        run.adopt(day)
    return Watched(run.expected, run.z, run.beyond, run.told, run.unit)


class _Run:
    """The state of all scopes, day after day."""

    def __init__(self, usage: Floats, fees: Floats, floor_usd: Floats, accepted: Flags) -> None:
        scopes, days = usage.shape
        self.usage, self.fees, self.floor, self.accepted = usage, fees, floor_usd, accepted
        self.learnt = np.zeros((scopes, days))
        self.levels = PlannedLevels(self.learnt, usage, accepted)
        self.expected, self.z, self.unit = (np.full((scopes, days), np.nan) for _ in range(3))
        # Relative misses: of a day from what was expected, and from its profile alone. NaN: not known.
        self.missed, self.away = (np.full((scopes, days), np.nan) for _ in range(2))
        self.apart = np.zeros((scopes, days))  # from the profile, of every day
        self.beyond = np.zeros((scopes, days), dtype=np.int8)
        self.told = np.zeros((scopes, days), dtype=bool)
        self.sums = np.zeros((2, scopes))  # up and down
        self.since = np.zeros((2, scopes), dtype=np.int64)  # the day on which each left zero
        self.open = np.zeros(scopes, dtype=np.int8)  # the side of the run that goes on
        self.highest = np.zeros(scopes)  # its highest |z|
        self.calm = np.zeros(scopes, dtype=np.int64)  # days that it has paused

    def learn_first(self, day: int) -> None:
        """A day before anything can be expected; one without a figure is as the day before."""
        known = self.usage[:, day]
        before = self.learnt[:, day - 1] if day else np.zeros(len(known))
        self.learnt[:, day] = np.where(np.isnan(known), before, known)

    def judge(self, day: int, spike: float, shift: float) -> None:
        usage, absent = self.usage[:, day], np.isnan(self.usage[:, day])
        fair = ~(absent | self.accepted[:, day])
        for row, unlearnt in self.levels.before(day):
            self.missed[row, unlearnt] = self.away[row, unlearnt] = np.nan
        expected, profile, mean_day = expectation(self.learnt[:, day - LEARNT : day])
        base = np.maximum(np.abs(expected), LEAST_DAY * mean_day)
        miss, week_miss = self._usual_misses(day)
        usual = np.maximum(np.maximum(miss, _LEAST_MISS) * base, self.floor)
        usual_week = np.maximum(np.maximum(week_miss, _LEAST_WEEK_MISS) * base, self.floor)
        residual = np.where(absent, 0.0, usage - expected)
        small = np.clip(residual, -_MOST_LEARNT * usual, _MOST_LEARNT * usual)
        away = np.where(absent, 0.0, expected + small - profile)

        # A fee of every day is no more uncertain than usage: what counts is a day's fee beyond it.
        steady = np.median(self.fees[:, day - LEARNT : day], axis=1)
        unit = usual + _FEE_MISS * np.maximum(0, self.fees[:, day] - steady)
        z = residual / unit
        signs = np.sign(z).astype(np.int8)
        jumps, stays = fair & (np.abs(z) > spike), fair & (z * self.open > STAYS)
        gone = absent & ~self.accepted[:, day]
        beyond = np.where(gone, _DOWN, np.where(jumps | stays, signs, 0)).astype(np.int8)
        self._tell(day, jumps, gone, signs, np.abs(z))
        self.expected[:, day], self.unit[:, day], self.beyond[:, day] = expected, unit, beyond
        self.z[:, day] = np.where(absent, np.nan, z)

        self.learnt[:, day] = expected + np.where(beyond != 0, 0.0, small)
        planned = self.accepted[:, day] & ~absent
        self.learnt[planned, day] = usage[planned]
        self.levels.after(day)
        unknown = absent | (beyond != 0)
        divisor = np.where(base > 0, base, 1.0)
        self.missed[:, day] = np.where(unknown, np.nan, small / divisor)
        self.apart[:, day] = away / divisor
        self.away[:, day] = np.where(unknown, np.nan, self.apart[:, day])

        self._add_up(day, np.clip(away / usual_week, -_MOST_COUNTED, _MOST_COUNTED), fair)
        self.calm = np.where(stays | (jumps & (signs == self.open)), 0, self.calm + fair)
        self.open = np.where(self.calm >= _CALM_DAYS, 0, self.open).astype(np.int8)
        opens = jumps & (self.open == 0)
        self.open = np.where(opens, signs, self.open).astype(np.int8)
        self.calm, self.highest = np.where(opens, 0, self.calm), np.where(opens, np.abs(z), self.highest)
        known = (self.sums > shift).any(axis=0) & (self.open == 0)
        week = self.apart[:, max(LEARNT, day - WEEK + 1) : day + 1].mean(axis=1)
        for scope in np.flatnonzero(known & (np.abs(week) >= _LEAST_SHIFT)):
            self._begin(int(scope), day)

    def _tell(self, day: int, jumps: Flags, gone: Flags, signs: Signs, height: Floats) -> None:
        before = self.beyond[:, day - 1]
        goes_on = self.open == signs
        worse = goes_on & (height > _WORSE * self.highest)
        new = ~goes_on & (before != signs)
        self.told[:, day] = (jumps & (worse | new)) | (gone & (before >= 0))
        self.highest = np.maximum(self.highest, np.where(goes_on, height, 0.0))

    def _usual_misses(self, day: int) -> tuple[Floats, Floats]:
        """Robust relative misses of a day, and of a day as a part of its week, both (S,)."""
        first = max(LEARNT, day - _MISSES_DAYS)
        missed, away = self.missed[:, first:day], self.away[:, first:day]
        if missed.shape[1] < 2 * WEEK:
            # Little has been expected yet: the four weeks before, against their own weekdays.
            weeks = self.learnt[:, day - LEARNT : day].reshape(-1, WEEKS, WEEK)
            profile = np.median(weeks, axis=1, keepdims=True)
            apart = np.abs(weeks - profile) / np.where(profile == 0, 1, np.abs(profile))
            # Four days lie closer to their own median than a fifth does.
            usual = 1.5 * _MAD * np.median(apart.reshape(len(apart), -1), axis=1)
            return usual, _WEEK_MISS * usual
        usual = _MAD * _known_median(np.abs(missed))
        sums = np.cumsum(np.pad(np.nan_to_num(away), ((0, 0), (1, 0))), axis=1)
        weeks_away = np.abs(sums[:, WEEK:] - sums[:, :-WEEK]) / WEEK
        return usual, np.maximum(usual, _WEEK_MISS * _MAD * np.median(weeks_away, axis=1))

    def _add_up(self, day: int, away: Floats, fair: Flags) -> None:
        for way, sign in enumerate((_UP, _DOWN)):
            before = self.sums[way]
            now = np.where(fair, np.maximum(0.0, before + sign * away - SLACK), before)
            self.since[way] = np.where((before == 0) & (now > 0), day, self.since[way])
            self.sums[way] = now

    def _begin(self, scope: int, day: int) -> None:
        """A run has become known: its days are expected, and learnt, as its start let expect."""
        way = int(self.sums[1, scope] > self.sums[0, scope])
        side, first = (_UP, _DOWN)[way], max(int(self.since[way, scope]), day + 1 - LEARNT)
        lately = side * self.apart[scope, first : day + 1]
        # Where what came after lies furthest above a part of what the last week is apart by.
        beyond = lately - _START * lately[-WEEK:].mean()
        start = first + int(np.argmax(np.cumsum(beyond[::-1])[::-1]))
        for at in range(start, day + 1):
            before = self.learnt[scope : scope + 1, at - LEARNT : at]
            self.expected[scope, at] = expectation(before)[0][0]
            residual = self.usage[scope, at] - self.expected[scope, at]
            self.z[scope, at] = residual / self.unit[scope, at]
            if residual * side > 0 and not self.accepted[scope, at]:
                self.beyond[scope, at] = side
                self.learnt[scope, at] = self.expected[scope, at]
                self.missed[scope, at] = self.away[scope, at] = np.nan
        self.open[scope], self.calm[scope] = side, 0
        # A jump tells a run again only if it is beyond a spike, too.
        highest = np.nanmax(np.abs(self.z[scope, start : day + 1]))
        self.highest[scope] = max(highest, SPIKE / _WORSE)
        self.sums[:, scope] = 0.0
        self.told[scope, day] = True

    def adopt(self, day: int) -> None:
        """Learn what has become habit as it was: a level, or a weekday."""
        window = np.arange(day + 1 - LEARNT, day + 1)
        signs = self.beyond[:, window].astype(np.int64)
        lasting = np.abs(signs.sum(axis=1)) >= _HABIT_DAYS
        same_weekday = window[WEEK - 1 :: WEEK]
        weekly = np.abs(signs[:, WEEK - 1 :: WEEK].sum(axis=1)) == WEEKS
        for scopes, days in ((lasting, window), (weekly & ~lasting, same_weekday)):
            at = np.ix_(np.flatnonzero(scopes), days)
            self.learnt[at] = np.where(np.isnan(self.usage[at]), self.learnt[at], self.usage[at])
        self.open[lasting] = 0
        self.sums[:, lasting] = 0.0


def _known_median(values: Floats) -> Floats:
    """The median of the known values of each row (N,); 0 where there is none."""
    ordered = np.sort(values, axis=1)  # NaN comes last
    count = (~np.isnan(values)).sum(axis=1)
    rows = np.arange(len(values))
    low, high = np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[1] - 1)
    middle: Floats = np.where(count > 0, (ordered[rows, low] + ordered[rows, high]) / 2, 0.0)
    return middle
