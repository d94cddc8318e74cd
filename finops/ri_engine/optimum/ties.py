"""Which options are not offered, for a more flexible one costs the same?

A Savings Plan that serves whatever a Reserved Instance serves, for no more cash and at no higher rate,
serves it in any amount, and other demand, too; so does a Compute plan beside an EC2 Instance plan.
"""

from __future__ import annotations

import numpy as np

from finops.ri_engine.claims import COMPUTE_PLAN, RI
from finops.ri_engine.optimum.options import Option, cash_share
from finops.ri_engine.quantity import Floats

# Upfronts of Reserved Instances are rounded to dollars: what differs by less than this share is the same
# price. What it comes to in dollars is taken off the bound.
ROUNDING = 2e-3
_EQUAL = 1e-9


def ties(
    options: tuple[Option, ...], cost: Floats, use: Floats, peak: Floats
) -> tuple[list[int], float]:
    """The options (K,) that a more flexible one makes needless, and the most dollars an hour given away.

    ``use`` (K, I) is what an instance-hour of each cell takes of a unit, NaN where it has no claim: that
    of all sizes which a Reserved Instance may serve. ``peak`` (K,) units are the most of use in an hour.
    """
    price = use * cost[:, None]
    plans = [number for number, option in enumerate(options) if option.kind != RI]
    needless, given = [], dict[tuple[str | None, ...], float]()
    for number, option in enumerate(options):
        extras = [
            _extra(price[plan], price[number])
            for plan in plans
            if plan != number
            and (option.kind == RI or options[plan].kind == COMPUTE_PLAN)
            and cash_share(options[plan]) <= cash_share(option) + 1e-6
        ]
        least = min(extras, default=np.inf)
        if least <= (ROUNDING if option.kind == RI and option.upfront else _EQUAL):
            needless.append(number)
            place = (option.region, option.instance_type, option.platform, option.tenancy)
            given[place] = max(given.get(place, 0.0), least * cost[number] * peak[number])
    return needless, sum(given.values())


def _extra(plan: Floats, option: Floats) -> float:
    """By which share the plan is dearer on the worst cell that the option serves, else infinite."""
    served = ~np.isnan(option)
    if not served.any() or np.isnan(plan[served]).any():
        return np.inf
    return max(0.0, float((plan[served] / option[served]).max()) - 1)
