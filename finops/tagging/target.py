"""Which are the fewest resources that bring compliance to its target?

Taken dearest first, n resources have the largest sum that any n can have; so the first n that reach
the target are the fewest. By count any n do, and the dearest bring the most dollars.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
import pandas as pd

from finops.money import share_pct
from finops.tagging.report import PathToTarget, Steps
from finops.tagging.sums import Dollars


def path_to_target(
    non_compliant: pd.DataFrame, compliant_costs: Dollars, total_usd: float, target_pct: float
) -> PathToTarget:
    """The fewest resources to put right, by count and by cost.

    Takes ``ComplianceReport.non_compliant``, dearest first, the known and unknown costs of the
    compliant, and the known cost of all. No path where there is no percentage.
    """
    ids = non_compliant["resource_id"].tolist()
    costs = non_compliant["monthly_cost_usd"].to_numpy()
    counted, resources = len(compliant_costs), len(compliant_costs) + len(ids)
    known = compliant_costs[~np.isnan(compliant_costs)].tolist()
    helpful = costs[costs > 0].tolist()

    def by_count(n: int) -> float | None:
        return share_pct(counted + n, resources)

    def by_cost(n: int) -> float | None:
        return share_pct(math.fsum([*known, *helpful[:n]]), total_usd)

    return PathToTarget(
        target_pct=target_pct,
        by_count=_steps(by_count, len(ids), target_pct, ids, costs),
        by_cost=_steps(by_cost, len(helpful), target_pct, ids, costs),
    )


def _steps(
    pct: Callable[[int], float | None], most: int, target_pct: float, ids: list[str], costs: Dollars
) -> Steps | None:
    if pct(0) is None:
        return None
    n = bisect_left(range(most), True, key=lambda n: (pct(n) or 0.0) >= target_pct)
    return Steps(
        resources=n,
        monthly_cost_usd=math.fsum(costs[:n][~np.isnan(costs[:n])]),
        reaches_pct=pct(n) or 0.0,
        resource_ids=tuple(ids[:n]),
    )
