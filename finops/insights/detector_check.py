"""Would a spike in this history be found, and at how many false alarms? Beside a simple rule.

Spikes of known size are planted into the dearest scopes of the bill, one on a day every three weeks at
most and never near a day that was out of the ordinary anyway, by a fixed seed. Found is one whose day is
out of the ordinary (``watch``) since it was planted. Alarms are counted in the history as it is: days on
which something new is told. The rule is "today > mean of the four weeks before × k"; it alarms on the
first of days in a row. What both are alarmed by may be real; it is counted alike.

Who alarms more finds more, so the two are compared at equal alarms: k is 1.2, or is raised until the
rule has no more alarms than we have, in all scopes and days. Where we have none it may have one.
What counts is the dollars of the spikes that are found, each by its size. As k is chosen by the history
that it is scored on, which nobody could do beforehand, the rule is better only where it finds clearly
more: a tenth of all dollars.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from finops.insights.daily_scopes import MONTH_DAYS, DailyScopes
from finops.insights.expectations import NOTHING_USD, expectations
from finops.insights.week_level import LEARNT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

Verdict = Literal["better", "as_good", "worse"]
SIZES_PCT = (25, 50, 100)
RULE_FACTOR = 1.2
MOST_SCOPES = 20
_APART_DAYS, _AROUND_DAYS = 21, 3
_FEWEST_ALARMS = 1
_CLEARLY_PCT = 10.0
# A scope that costs less than this part of the estate is not worth an alarm.
_LEAST_PART = 0.01
_SEED = 20


@dataclass(frozen=True, slots=True)
class Planted:
    """Spikes of ``size_pct`` percent of what was expected of their day, and how many were found."""

    size_pct: int
    spikes: int
    found: int
    rule_found: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorCheck:
    """``alarms`` a month and scope in the history as it is, ours and the rule's; ``days`` watched.

    ``rule_factor`` is the k of the rule. The ``verdict`` is on ``found_pct`` against ``rule_found_pct``:
    worse by less than a tenth of all dollars is as good.
    """

    planted: tuple[Planted, ...]
    alarms: float
    rule_alarms: float
    rule_factor: float
    scopes: int
    days: int

    @property
    def spikes(self) -> int:
        """Of all sizes."""
        return sum(row.spikes for row in self.planted)

    @property
    def found_pct(self) -> float:
        """Of the dollars of all spikes, each counted by its size."""
        return self._of_dollars(row.size_pct * row.found for row in self.planted)

    @property
    def rule_found_pct(self) -> float:
        """As ``found_pct``."""
        return self._of_dollars(row.size_pct * row.rule_found for row in self.planted)

    @property
    def verdict(self) -> Verdict:
        ahead = self.found_pct - self.rule_found_pct
        if ahead > 0:
            return "better"
        return "as_good" if ahead > -_CLEARLY_PCT else "worse"

    def _of_dollars(self, found: Iterable[int]) -> float:
        return sum(found) / sum(row.size_pct * row.spikes for row in self.planted) * 100


def check_detector(daily: DailyScopes) -> DetectorCheck | None:
    """None where no scope has days enough for one spike."""
    rows = _dearest(daily)
    days = daily.days - LEARNT
    if not rows or days <= 2 * _AROUND_DAYS:
        return None
    watched = expectations(daily, (), rows)
    actual = daily.actual[rows]
    expected = np.nan_to_num(watched.expected + daily.fees[rows])
    usual = (watched.beyond == 0) & ~np.isnan(actual) & (expected > NOTHING_USD)
    spikes = _places(usual)
    if not spikes.any():
        return None
    raised = [actual + np.where(spikes, expected * size / 100, 0.0) for size in SIZES_PCT]
    times = _times_usual(actual)
    factor = _equal_factor(times, int(watched.told.sum()))
    anyway = times > factor
    # All sizes at once: a day of watching takes as long for sixty series as for twenty.
    ours = expectations(daily, (), rows * len(SIZES_PCT), actual=np.vstack(raised)).beyond > 0
    results = [
        Planted(
            size,
            int(spikes.sum()),
            int((hits & spikes).sum()),
            int(((_times_usual(costs) > factor) & ~anyway & spikes).sum()),
        )
        for size, costs, hits in zip(SIZES_PCT, raised, np.split(ours, len(SIZES_PCT)), strict=True)
    ]
    months = days / MONTH_DAYS * len(rows)
    return DetectorCheck(
        planted=tuple(results),
        alarms=float(watched.told.sum() / months),
        rule_alarms=float(_begun(anyway) / months),
        rule_factor=factor,
        scopes=len(rows),
        days=days,
    )


def _dearest(daily: DailyScopes) -> list[int]:
    """The rows of the scopes that cost most, the total first; equal ones in their order."""
    mean = np.nanmean(np.nan_to_num(daily.actual[: len(daily.scopes)]), axis=1)
    order = np.argsort(-mean, kind="stable")
    return [int(row) for row in order[:MOST_SCOPES] if mean[row] > _LEAST_PART * max(mean[0], 0.0)]


def _times_usual(actual: Floats) -> Floats:
    """Days (S, D) ÷ the mean of the four weeks before; 0 for the first four, and without a figure."""
    known, there = np.nan_to_num(actual), ~np.isnan(actual)
    sums, counts = (np.pad(np.cumsum(part, axis=1), ((0, 0), (1, 0))) for part in (known, there))
    before = sums[:, LEARNT:-1] - sums[:, : -LEARNT - 1]
    mean = before / np.maximum(counts[:, LEARNT:-1] - counts[:, : -LEARNT - 1], 1)
    times = np.zeros(actual.shape)
    times[:, LEARNT:] = known[:, LEARNT:] / np.maximum(mean, NOTHING_USD)
    return times


def _equal_factor(times: Floats, alarms: int) -> float:
    """The first k from 1.2 on at which the rule has no more than so many alarms; one, if that is 0."""
    eve = np.pad(times, ((0, 0), (1, 0)))[:, :-1]
    rises = (times > eve) & (times > RULE_FACTOR)
    # A rise begins an alarm for each k from the figure of its eve on, and below its own.
    lows, highs = np.sort(np.maximum(eve[rises], RULE_FACTOR)), np.sort(times[rises])
    factors = np.unique(np.concatenate([[RULE_FACTOR], lows, highs]))
    begun = np.searchsorted(lows, factors, "right") - np.searchsorted(highs, factors, "right")
    return float(factors[np.argmax(begun <= max(alarms, _FEWEST_ALARMS))])


def _begun(alarmed: Flags) -> int:
    """How many days (S, D) are the first of days in a row."""
    return int((alarmed & ~np.pad(alarmed, ((0, 0), (1, 0)))[:, :-1]).sum())


def _places(usual: Flags) -> Flags:
    """The days (S, D) of spikes: usual ones, with usual ones around, at least three weeks apart."""
    rng = np.random.default_rng(_SEED)
    chosen = np.zeros(usual.shape, dtype=bool)
    for row, fair in enumerate(usual):
        allowed = [
            day
            for day in range(LEARNT + _AROUND_DAYS, len(fair) - _AROUND_DAYS)
            if fair[day - _AROUND_DAYS : day + _AROUND_DAYS + 1].all()
        ]
        for day in rng.permutation(allowed).astype(np.int64).tolist():
            if not chosen[row, max(0, day - _APART_DAYS) : day + _APART_DAYS + 1].any():
                chosen[row, day] = True
    return chosen
