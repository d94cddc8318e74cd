"""Which quantities save most together? From a first guess, one change after the other that pays.

Tried for every candidate: one unit more, one less, none at all, and between neighbouring sizes of a
family one unit of the larger for some of the smaller. What pays is repeated in doubling steps. At
the end no such change of one row raises the total saving: a local optimum of the joint bill, never
below the first guess. Where owned plans tie many groups together, each group first leaps to what
would be best if the worth of a plan dollar stayed as it is, as far as that pays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise

import numpy as np

from finops.ri_engine.joint_bill import TOLERANCE, Group, JointBill

Units = Mapping[int, int]
_LEAPS = 8
_HALVINGS = 4
# Hours × claims of plans that may be billed: some seconds. 19 rows beside a plan take a hundredth.
MOST_WORK = 80_000_000


def improve(
    joint: JointBill, sizes: Sequence[float], barred: frozenset[int] = frozenset(), room: float = np.inf
) -> bool:
    """Change the quantities of ``joint`` until no change pays that covers at most ``room`` dollars.

    ``sizes`` (N,) are normalization units of the candidates; those ``barred`` are not bought. False
    when plans tie so much together that the search was stopped before its end, at what was best so far.
    """
    search = _Search(joint, sizes, barred, room)
    groups = [group for group in joint.groups if group.candidates]
    tied = [group for group in groups if joint.has_plans(group)]
    if np.isinf(room):
        leaps = 0
        while leaps < _LEAPS and joint.work <= MOST_WORK and sum(search.leap(group) for group in tied):
            leaps += 1
    # Plans and a cap tie groups together: a change in one may make room for one in another.
    again = tied if np.isinf(room) else groups
    pending = groups
    while pending:
        pending = again if sum(search.settle(group) for group in pending) else []
        if joint.work > MOST_WORK:
            return False
    return True


@dataclass(frozen=True, slots=True)
class _Search:
    joint: JointBill
    sizes: Sequence[float]
    barred: frozenset[int]
    room: float

    def settle(self, group: Group) -> bool:
        """Change one group until nothing pays; whether anything did."""
        joint, changed, failed = self.joint, False, 0
        moves = list(self._moves(group))
        for move in cycle(moves):
            limit = self.room - joint.covered + TOLERANCE

            def value(units: Units, limit: float = limit) -> float:
                saving, covered = joint.try_units(group, units)
                return saving if saving <= TOLERANCE or covered <= limit else -np.inf

            found = _largest_step({one: int(joint.units[one]) for one in move}, move, value)
            if found:
                joint.set_units(found)
                changed = True
            failed = 0 if found else failed + 1
            if failed == len(moves) or joint.work > MOST_WORK:
                break
        return changed

    def leap(self, group: Group) -> bool:
        """Go to, or towards, what is best for the group by the estimate; whether that paid."""
        joint = self.joint
        start = {one: int(joint.units[one]) for one in group.candidates}
        best, pays = dict(start), True
        while pays:
            pays = False
            reached = joint.estimate_units(group, best)
            for move in self._moves(group):
                here, at = dict(best), reached

                def value(units: Units, here: Units = here, at: float = at) -> float:
                    return joint.estimate_units(group, {**here, **units}) - at

                found = _largest_step({one: best[one] for one in move}, move, value)
                if found:
                    best |= found
                    reached = joint.estimate_units(group, best)
                    pays = True
        for part in range(_HALVINGS):
            units = {one: start[one] + (count - start[one]) // 2**part for one, count in best.items()}
            if units != start and joint.try_units(group, units)[0] > TOLERANCE:
                joint.set_units(units)
                return True
        return False

    def _moves(self, group: Group) -> Iterator[Units]:
        free = [one for one in group.candidates if one not in self.barred]
        for one in free:
            yield {one: 1}
            yield {one: -1}
        yield from _exchanges(free, self.sizes)


def _exchanges(free: Sequence[int], sizes: Sequence[float]) -> Iterator[Units]:
    by_size = sorted((one for one in free if sizes[one] > 0), key=lambda one: (sizes[one], one))
    for small, large in pairwise(by_size):
        whole = round(sizes[large] / sizes[small])
        for count in sorted({1, whole // 2, whole - 1, whole} - {0}):
            yield {large: -1, small: count}
            yield {large: 1, small: -count}


def _largest_step(now: Units, move: Units, value: Callable[[Units], float]) -> Units | None:
    """The units after the move, repeated as long as doubling pays; None when it does not pay."""

    def after(times: int) -> Units:
        return {one: count + times * move[one] for one, count in now.items()}

    def saving(units: Units) -> float:
        return -np.inf if min(units.values()) < 0 else value(units)

    most, times = saving(after(1)), 1
    if most <= TOLERANCE:
        # One unit less may pay nothing where none at all does.
        none: Units = dict.fromkeys(move, 0)
        lessens = all(move[one] < 0 and count > 1 for one, count in now.items())
        return none if lessens and value(none) > TOLERANCE else None
    while (further := saving(after(times * 2))) > most:
        most, times = further, times * 2
    return after(times)
