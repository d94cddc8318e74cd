"""Where do costs go from here? A path day by day, its bounds, and what they say of an amount."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from finops.forecasting.intervals import share_beyond

COMPLETE = "complete"


# The bounds of a forecast, from 80 to 95 %, as every record of one calls them.
BOUNDS = ("lower_80_usd", "upper_80_usd", "lower_95_usd", "upper_95_usd")


@dataclass(frozen=True, slots=True)
class Point:
    """Dollars of one day, or up to its end. Bounds are None where history does not give them."""

    date: date
    mean_usd: float
    lower_80_usd: float | None
    upper_80_usd: float | None
    lower_95_usd: float | None
    upper_95_usd: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What a period comes to, in dollars of the basis of the daily costs.

    ``path`` is cumulated, from the first known day of the period to its last day; days that have passed
    are certain. ``days`` are the coming days alone, each by itself. ``misses_usd`` are the misses of the
    total that replays let expect, ranked; empty where there is no interval. ``floor_usd`` is what has
    been spent, None where known days of usage or fees are negative: coming ones may take some back.
    """

    path: tuple[Point, ...]
    days: tuple[Point, ...]
    misses_usd: tuple[float, ...] = field(repr=False)
    floor_usd: float | None
    method: str
    history_days: int

    @property
    def total_usd(self) -> float:
        return self.path[-1].mean_usd

    @property
    def lower_80_usd(self) -> float | None:
        return self.path[-1].lower_80_usd

    @property
    def upper_80_usd(self) -> float | None:
        return self.path[-1].upper_80_usd

    @property
    def lower_95_usd(self) -> float | None:
        return self.path[-1].lower_95_usd

    @property
    def upper_95_usd(self) -> float | None:
        return self.path[-1].upper_95_usd

    def probability_above(self, amount_usd: float) -> float | None:
        """How likely the total ends above the amount, 0–1; None without an interval.

        It agrees with the bounds: 0.1 at the upper one of 80 %. An amount that is passed for certain
        (below what was spent, and no charges are negative) has 1.
        """
        if self.method == COMPLETE:
            return float(self.total_usd > amount_usd)
        if not self.misses_usd:
            return None
        if self.floor_usd is not None and amount_usd < self.floor_usd:
            return 1.0
        beyond = share_beyond(np.array(self.misses_usd), abs(amount_usd - self.total_usd)) / 2
        return beyond if amount_usd >= self.total_usd else 1 - beyond

    def breach_day(self, amount_usd: float) -> date | None:
        """The day on which the path reaches the amount, past or to come; None if none does."""
        return next((point.date for point in self.path if point.mean_usd >= amount_usd), None)
