"""What else could demand be? Scenarios for those who weigh risk: each family goes its own way.

Ten equally likely cases of the same hours: demand of every family and region is scaled by what lies
between its bad and its good months. How far apart those are is taken from the history: the ratio of a
30 days' mean to that of the 30 days before. Without 120 days of history ±15 % is assumed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.optimum.market import Market
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import family_of

CASES = 10
ASSUMED_SPREAD = 0.15
_MONTH = 30 * HOURS_PER_DAY
# Of the normal distribution, one for the middle of each tenth.
_TENTHS = np.array([-1.645, -1.036, -0.674, -0.385, -0.126, 0.126, 0.385, 0.674, 1.036, 1.645])
_COMMON = 0.6


def in_cases(market: Market, evidence: Evidence) -> tuple[Market, npt.NDArray[np.intp]]:
    """The market with its hours dealt out to ten cases, and the case (T,) of each hour.

    Six tenths of what moves a family moves all of them; the rest is dealt out evenly, a different case
    for each family, so that no draw of chance is in the answer.
    """
    hours = market.quantity.shape[1]
    if hours >= 20 * CASES:
        # Dealt out in the order of their dollars, so that every case has high hours and low ones.
        order = np.argsort(market.on_demand @ market.quantity, kind="stable")
        case = np.empty(hours, dtype=np.intp)
        case[order] = np.arange(hours) % CASES
        quantity, weight = market.quantity, market.weight
    else:
        case = np.repeat(np.arange(CASES), hours)
        quantity, weight = np.tile(market.quantity, CASES), np.tile(market.weight, CASES) / CASES
    names = market.cells["Region"] + " " + market.cells["InstanceType"].map(family_of)
    spread = spreads(evidence)
    factor = np.ones((len(names), CASES))
    for number, name in enumerate(sorted(set(names))):
        own = np.roll(_TENTHS, 3 * number + 1)
        z = _COMMON * _TENTHS + np.sqrt(1 - _COMMON**2) * own
        factor[(names == name).to_numpy()] = np.exp(spread * z - spread**2 / 2)
    return replace(market, quantity=quantity * factor[:, case], weight=weight), case


def spreads(evidence: Evidence) -> float:
    """The standard deviation of the logarithm of a month's demand over the month's before."""
    demand = evidence.history.quantity
    months = demand.shape[1] // _MONTH
    if months < 4:
        return ASSUMED_SPREAD
    names = (
        evidence.history.lines["Region"] + " " + evidence.history.lines["InstanceType"].map(family_of)
    )
    dollars = demand[:, -months * _MONTH :] * evidence.usd[:, None]
    by_month: Floats = dollars.reshape(len(demand), months, _MONTH).sum(axis=2)
    families = np.array(
        [by_month[(names == name).to_numpy()].sum(axis=0) for name in sorted(set(names))]
    )
    grown = families[(families > 0).all(axis=1)]
    if not len(grown):
        return ASSUMED_SPREAD
    steps = np.diff(np.log(grown), axis=1)
    return float(np.clip(np.sqrt(np.mean(steps**2)), 0.02, 0.6))
