"""How are known dollars added? And the arrays that tagging works on."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Dollars = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def known_sum(cost: Dollars) -> float:
    """The known dollars, rounded once, so that the order of the rows does not matter."""
    return math.fsum(cost[~np.isnan(cost)])
