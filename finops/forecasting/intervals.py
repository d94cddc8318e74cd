"""Between which dollars does a forecast lie in 80 and in 95 of 100 cases?

The absolute misses of the replays are ranked (split conformal); the interval reaches as far as the share
of them that it is to hold. Replays overlap and are few, and the model was chosen on them, so that ranked
misses promise too much: they are stretched by a factor that falls with the number of times that the days
asked for fit between the first replay and the last. Its coefficients were fitted on the tuning seeds of
``benchmarks/cost_series.py`` (``python -m benchmarks.forecasting --fit``) and are measured on others.
Where the days asked for do not fit in once, there is no interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from finops.forecasting.daily import Floats, Ints

LEVELS = (0.80, 0.95)
# Stretch = base + few ÷ fits, at each level.
STRETCH = ((1.03, 0.41), (1.11, 0.90))


def stretched(missed: Floats, span: int, ahead: Ints) -> Floats:
    """Ranked absolute misses of R replays as they are to be believed, (R, days), the least first.

    ``missed`` (R, days) are of sums over ``ahead`` (days,) days each; the first origin and the last lie
    ``span`` days apart. (0, days) where an interval cannot be given.
    """
    if not len(missed) or span < missed.shape[1]:
        return missed[:0]
    ranked = np.sort(np.abs(missed), axis=0)
    factors = [base + few * ahead / span for base, few in STRETCH]
    rank = np.linspace(0, 1, len(ranked))[:, None]
    low, high = LEVELS
    way = np.clip((rank - low) / (high - low), 0, 1)
    believed: Floats = np.maximum.accumulate(ranked * (factors[0] + way * (factors[1] - factors[0])))
    return believed


def half_width(believed: Floats, level: float) -> Floats:
    """How far an interval reaches to each side: (days,)."""
    at = level * (len(believed) - 1)
    below = int(at)
    above = min(below + 1, len(believed) - 1)
    reach: Floats = believed[below] + (at - below) * (believed[above] - believed[below])
    return reach


def share_beyond(believed: Floats, distance: float) -> float:
    """The share of misses (R,) at least so large, as (k + ½) ÷ (R + 1): few never say 0 or 1."""
    return float((np.count_nonzero(believed >= distance) + 0.5) / (len(believed) + 1))
