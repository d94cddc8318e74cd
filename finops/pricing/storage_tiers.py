"""What does storage cost in a month? Each band of the size at its own price."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from finops.errors import UnknownPrice
from finops.pricing.records import StorageTier

Floats: TypeAlias = NDArray[np.float64]


def tiered_cost(tiers: Sequence[StorageTier], size_gb: float) -> float:
    """Dollars a month for ``size_gb`` GB: the part of the size in each band × the band's $/GB-month.

    Zero GB cost nothing. Raises ValueError for a size that is negative or not a number, and
    UnknownPrice for a size beyond the last band.
    """
    if not math.isfinite(size_gb) or size_gb < 0:
        raise ValueError(f"a size in GB must be 0 or more, received {size_gb!r}")
    end = tiers[-1].end_gb
    if end is not None and size_gb > end:
        raise UnknownPrice(f"storage is priced up to {end:,.0f} GB only, asked for {size_gb:,.0f} GB")
    return math.fsum(_gb_in(tier, size_gb) * tier.usd_per_gb_month for tier in tiers)


def tiered_costs(tiers: Sequence[StorageTier], sizes_gb: Floats) -> Floats:
    """As ``tiered_cost``, for many sizes at once."""
    if not (np.isfinite(sizes_gb).all() and (sizes_gb >= 0).all()):
        raise ValueError("sizes in GB must be 0 or more")
    end = tiers[-1].end_gb
    if end is not None and (sizes_gb > end).any():
        raise UnknownPrice(f"storage is priced up to {end:,.0f} GB only")
    costs = np.zeros(len(sizes_gb))
    for tier in tiers:
        upper = sizes_gb if tier.end_gb is None else np.minimum(sizes_gb, tier.end_gb)
        costs += np.maximum(upper - tier.start_gb, 0.0) * tier.usd_per_gb_month
    return costs


def _gb_in(tier: StorageTier, size_gb: float) -> float:
    upper = size_gb if tier.end_gb is None else min(size_gb, tier.end_gb)
    return max(0.0, upper - tier.start_gb)
