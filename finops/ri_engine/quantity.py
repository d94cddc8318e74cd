"""How many units pay for themselves? The quantile rule, for one pool and one offer.

A unit costs ``rate`` in every hour and saves ``on_demand`` in the hours in which it is used. Unit k
is used for the share of hours ``mean(min(1, max(0, U − k + 1)))`` of demand U, which falls with k:
the best quantity is the number of units whose share exceeds the break-even utilisation
``rate ÷ on_demand``. A unit that only breaks even is not bought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# A share of hours that differs from break-even by less is equal to it: sums of floats.
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Ladder:
    """What each next unit is used for: ``share[k−1]`` of the hours for unit k, falling."""

    share: Floats

    @classmethod
    def of(cls, demand: Floats) -> Ladder:
        """The ladder of hourly demand in instances: shape (hours,), ≥ 0, fractions allowed, no NaN.

        It ends at the unit that covers the highest hour; no hours or no demand is an empty ladder.
        """
        if demand.size == 0 or demand.max() <= 0:
            return cls(np.zeros(0))
        ordered = np.sort(demand)
        sums = np.concatenate(([0.0], np.cumsum(ordered)))
        levels = np.arange(int(np.ceil(ordered[-1] - _TOLERANCE)) + 1, dtype=np.float64)
        below = np.searchsorted(ordered, levels, side="right")
        used = (sums[below] + levels * (demand.size - below)) / demand.size
        return cls(np.diff(used))

    def quantity(self, rate: float, on_demand: float) -> int:
        """How many units pay, at dollars per unit-hour."""
        if not rate < on_demand:
            return 0
        return int(np.count_nonzero(self.share > rate / on_demand + _TOLERANCE))

    def used(self, quantity: int) -> float:
        """Mean unit-hours per hour in which ``quantity`` units are used."""
        return float(self.share[:quantity].sum())

    def saving(self, quantity: int, rate: float, on_demand: float) -> float:
        """Mean saving in dollars per hour, net of the hours in which units lie idle."""
        return on_demand * self.used(quantity) - rate * quantity


def best_quantity(demand: Floats, rate: float, on_demand: float) -> int:
    """The quantity with the largest saving for hourly demand of shape (hours,); the least of equals."""
    return Ladder.of(demand).quantity(rate, on_demand)
