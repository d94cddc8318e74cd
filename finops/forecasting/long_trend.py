"""Where does usage go in a year, if it goes on as it has?

Each day costs the mean of its weekday over four weeks, times the growth of the last half year as far as
its weeks agree on it. Growth is the slope of a straight line through the logarithms of up to 26 weekly
means; it is kept by 1 − (error ÷ slope)², and not at all where that is negative. The error is four times
the usual standard error of a slope, for weeks that follow each other are alike. It fades by 0.2 % a day,
so that a year holds five sixths of it: nothing grows for ever. The constants were chosen on
the tuning seeds of ``benchmarks/cost_series.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from finops.forecasting.models import PROFILE_DAYS, WEEK, Question, weekday_profile

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats

LONG_TREND = "half-year trend"
_MOST_WEEKS, _FEWEST_WEEKS = 26, 8
_FADING, _STRICTNESS = 0.998, 4.0
_STEEPEST = 0.005  # of the level, a day
# The mean of four weeks is the level of the middle of them.
_LAG = (PROFILE_DAYS - 1) / 2


def long_trend(asked: Question) -> Floats:
    """Dollars a day, (O, days), as from the other models."""
    growth = np.array([_growth(asked.usage[:origin]) for origin in asked.origins.tolist()])
    ahead = _LAG + np.cumsum(_FADING ** np.arange(asked.days))
    expected: Floats = weekday_profile(asked) * np.exp(growth[:, None] * ahead)
    return expected


def _growth(usage: Floats) -> float:
    """As a share a day; 0 with less than eight weeks, and where a week has cost nothing."""
    weeks = min(_MOST_WEEKS, len(usage) // WEEK)
    if weeks < _FEWEST_WEEKS:
        return 0.0
    means = usage[-weeks * WEEK :].reshape(weeks, WEEK).mean(axis=1)
    if not (means > 0).all():
        return 0.0
    level, at = np.log(means), np.arange(weeks) - (weeks - 1) / 2
    slope = float(at @ level / (at @ at))
    apart = level - level.mean() - slope * at
    error = _STRICTNESS * float(np.sqrt(apart @ apart / (weeks - 2) / (at @ at)))
    kept = slope * (1 - (error / slope) ** 2) / WEEK if abs(slope) > error else 0.0
    return float(np.clip(kept, -_STEEPEST, _STEEPEST))
