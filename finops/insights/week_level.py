"""What is expected of the day after four weeks, by its weekday and the level?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

WEEK = 7
WEEKS = 4
LEARNT = WEEKS * WEEK
# A day is no smaller, for relative misses, than this part of a mean day.
LEAST_DAY = 0.2
_LEVEL_DAYS = 10
# A weekday below this part of a mean day tells no level.
_TELLS_LEVEL = 0.02


def expectation(before: Floats) -> tuple[Floats, Floats, Floats]:
    """Dollars expected of the day after four weeks (N, 28), now and by all of them, and the mean day.

    Now is the part that its weekday has of a week (the median of the four) times the level of the last
    ten days without that rhythm (their median).
    """
    weeks = before.reshape(-1, WEEKS, WEEK)
    mean = weeks.mean(axis=2)
    # Costs and credits that cancel out have no level that a weekday could be a part of.
    level = np.abs(mean) > LEAST_DAY * np.abs(weeks).mean(axis=2)
    part = np.where(level[:, :, None], weeks / np.where(level, mean, 1)[:, :, None], 1.0)
    shape = np.median(part, axis=1)
    tells = (np.abs(shape) > _TELLS_LEVEL)[:, None, :]
    even = np.where(tells, weeks / np.where(tells, shape[:, None, :], 1), mean[:, :, None])
    days = even.reshape(len(before), LEARNT)
    now, slow = np.median(days[:, -_LEVEL_DAYS:], axis=1), np.median(days, axis=1)
    return shape[:, 0] * now, shape[:, 0] * slow, np.abs(slow)
