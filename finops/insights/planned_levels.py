"""A planned change is over: has it stayed, or is the level before it back?

From the first planned day on, two things are learnt beside each other: what the days were, and what was
expected of them as if nothing had been planned. On each day of the week after the last planned one, the
course goes on from whichever expects it better; then from the one that expected the whole week better,
in which no day counts for more than the two are apart. So neither a change that stays nor one that ends
is out of the ordinary, and what ends leaves no trace in later expectations. A change of more than a week
may end three days late; a shorter one was no level yet, and its further days are out of the ordinary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from finops.insights.week_level import LEARNT, WEEK, expectation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]

_NONE = -1


class PlannedLevels:
    """The other course of each scope with a planned change; ``learnt`` (S, D) is the one in force.

    ``learnt`` is changed in place: the days since the change began are exchanged for those of the other
    course when that one goes on.
    """

    def __init__(self, learnt: Floats, usage: Floats, accepted: Flags) -> None:
        scopes = len(learnt)
        self.learnt, self.usage, self.accepted = learnt, usage, accepted
        self.other = np.zeros_like(learnt)
        # The first and the last planned day of a change that is not settled.
        self.first, self.last = (np.full(scopes, _NONE, dtype=np.int64) for _ in range(2))
        # Dollars by which the other course has expected the days better.
        self.better = np.zeros(scopes)
        # Whether the course in force is that without the change.
        self.back = np.zeros(scopes, dtype=bool)

    def before(self, day: int) -> list[tuple[int, slice]]:
        """Choose the course that the expectation of ``day`` (LEARNT or later) is made from.

        Scopes for which a change is found to be over, each with its days, as they were not learnt.
        """
        planned = self.accepted[:, day]
        over = (self.first != _NONE) & (planned & (self.last < day - 1) | (self.last < day - WEEK))
        gone = self._settle(np.flatnonzero(over), day)
        for scope in np.flatnonzero(planned & (self.first == _NONE)):
            self.first[scope], self.better[scope], self.back[scope] = day, 0.0, False
            self.other[scope, :day] = self.learnt[scope, :day]
        self.last[planned] = day
        known = ~planned & ~np.isnan(self.usage[:, day])
        scopes = np.flatnonzero((self.first != _NONE) & known)
        if not len(scopes):
            return gone
        window = slice(day - LEARNT, day)
        now, other = (expectation(one[scopes, window])[0] for one in (self.learnt, self.other))
        usage, apart = self.usage[scopes, day], np.abs(now - other)
        better = np.minimum(np.abs(usage - now), apart) - np.minimum(np.abs(usage - other), apart)
        self.better[scopes] += better
        self._exchange(scopes[better > 0], day)
        return gone

    def after(self, day: int) -> None:
        """What the other courses learn of ``day``: what they expected of it."""
        scopes = np.flatnonzero(self.first != _NONE)
        if len(scopes):
            self.other[scopes, day] = expectation(self.other[scopes, day - LEARNT : day])[0]

    def _exchange(self, scopes: NDArray[np.int64], day: int) -> None:
        for scope in scopes:
            since = slice(self.first[scope], day)
            now = self.learnt[scope, since].copy()
            self.learnt[scope, since] = self.other[scope, since]
            self.other[scope, since] = now
            self.better[scope] *= -1
            self.back[scope] = not self.back[scope]

    def _settle(self, scopes: NDArray[np.int64], day: int) -> list[tuple[int, slice]]:
        self._exchange(scopes[self.better[scopes] > 0], day)
        gone = [
            (int(scope), slice(int(self.first[scope]), int(self.last[scope]) + 1))
            for scope in scopes[self.back[scopes]]
        ]
        self.first[scopes] = _NONE
        return gone
