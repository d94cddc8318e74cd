"""How sure is it that a row pays? A calibrated probability, row by row of a joint portfolio.

A row pays over the horizon if its amortised cost is at or below the On-Demand cost that it displaces,
as the simulator attributes it. What speaks for that is measured on the customer's own hours:

- **headroom**: how far all demand may fall until the row no longer pays, billed at falling levels;
- **growth** of the fleet, and how the row's own demand stood in the last two weeks of its window;
- **what to expect**, the unit of the others: by how much, at weekly origins in the history, the demand
  that the row may serve changed from one month to the next, and by how much pools leave the fleet.

A logistic regression makes one probability of them. Its coefficients were fitted once, on what became
of purchases for the fleets of ``benchmarks/fleets.py`` over 30 to 180 days (tuning seeds only), growth,
decline, steps and shocks after the purchase included; ``python -m benchmarks.calibration`` prints how
well the probabilities hold on other fleets. The horizon is the longest that the history can test; what
lies beyond it, up to the end of a term, is extrapolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from finops.ri_engine.attribution import Beside, attribute
from finops.ri_engine.backtest.origins import history_days, horizon_days
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import family_of
from finops.ri_engine.trend import fleet_growth, pool_spread

# Fitted by benchmarks/calibration.py on ten tuning seeds, in the order of ``FEATURES``.
FEATURES = ("constant", "headroom", "growth", "recent", "plan", "horizon")
COEFFICIENTS = (1.790, 0.591, 0.717, 0.498, 0.890, -0.160)

_LEVELS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
# Every fifth hour tells what a window costs: in five days all hours of a day are there.
_STRIDE = 5
_MONTH_DAYS = 30
_MONTH, _WEEK, _FORTNIGHT = _MONTH_DAYS * HOURS_PER_DAY, 7 * HOURS_PER_DAY, 14 * HOURS_PER_DAY
_DAYS_PER_YEAR = 365
# What no history foresees: a logarithm of demand.
_UNFORESEEN = 0.1
_CERTAIN = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of N purchases. Changes of demand are logarithms.

    ``headroom`` (N,) as below, ``recent`` (N,) the last two weeks over the window, ``moved`` (N,) the
    standard deviation of a month over the month before, all of the demand that each may serve; ``plan``
    (N,) 1 for Savings Plans. ``spread`` of the pools and yearly ``growth`` are the fleet's.
    """

    headroom: Floats
    recent: Floats
    moved: Floats
    plan: Floats
    spread: float
    growth: float


def confidence_of(evidence: Evidence, purchases: Sequence[Purchase]) -> tuple[float | None, ...]:
    """The probability that each purchase pays over ``confidence_horizon`` days, in percent.

    The purchases are billed together, on the window of the evidence and beside what is owned. None
    where the history is shorter than 60 + 30 days, and on snapshot evidence.
    """
    horizon = confidence_horizon(evidence)
    if horizon is None or not purchases:
        return (None,) * len(purchases)
    rows = features(signs_of(evidence, purchases), horizon)
    return tuple(float(chance) * 100 for chance in probabilities(rows))


def confidence_horizon(evidence: Evidence) -> int | None:
    """The days over which confidence is stated: the longest that the history can test, at most 180."""
    return horizon_days(history_days(evidence)) if evidence.kind == "hourly" else None


def probabilities(rows: Floats, coefficients: Sequence[float] = COEFFICIENTS) -> Floats:
    """The probabilities (N,) of rows of features (N, F), kept half a percent away from certainty."""
    logit = rows @ np.asarray(coefficients, dtype=np.float64)
    chance: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return np.clip(chance, _CERTAIN, 1 - _CERTAIN)


def features(signs: Signs, horizon: int) -> Floats:
    """What speaks for each purchase to pay over ``horizon`` days: (N, F), see ``FEATURES``."""
    months = horizon / _MONTH_DAYS
    expected = np.sqrt(_UNFORESEEN**2 + (signs.moved**2 + signs.spread**2) / 2 * months)
    ahead = signs.growth * horizon / 2 / _DAYS_PER_YEAR
    rows: Floats = np.column_stack(
        [
            np.ones(len(expected)),
            signs.headroom / expected,
            ahead / expected,
            np.clip(signs.recent, -1, 1) / expected,
            signs.plan,
            np.full(len(expected), np.log(months)),
        ]
    )
    return rows


def signs_of(evidence: Evidence, purchases: Sequence[Purchase]) -> Signs:
    """What the evidence says of purchases that are made together; its history holds two months."""
    by_pool = evidence.pools.total(evidence.history.quantity)
    usd = np.nan_to_num(evidence.pool_rate)
    reach = np.array([_dollars(evidence, one, by_pool, usd) for one in purchases])
    window = reach[:, -evidence.window_hours :].mean(axis=1)
    return Signs(
        headroom=headroom(evidence, purchases),
        recent=_log_ratio(reach[:, -_FORTNIGHT:].mean(axis=1), window),
        moved=_moved(reach),
        plan=np.array([float(one.kind in {EC2_PLAN, COMPUTE_PLAN}) for one in purchases]),
        spread=pool_spread(by_pool, usd),
        growth=fleet_growth(by_pool, usd),
    )


def headroom(evidence: Evidence, purchases: Sequence[Purchase]) -> Floats:
    """How far all demand of the window may fall until each purchase just pays, (N,): a logarithm.

    0.1 is a fall by about a tenth, log(1 ÷ 0.4) the most that is looked for; below 0 the purchase does
    not pay on the window as it was, and the value says how much of its cost is missing.
    """
    window = evidence.window
    sample = replace(
        window, hours=window.hours[::_STRIDE], quantity=window.quantity[:, ::_STRIDE].astype(np.float64)
    )
    worth = np.array([_worth(evidence, sample, purchases, level) for level in _LEVELS])
    falls = -np.log(np.array(_LEVELS))
    found = np.full(len(purchases), falls[-1])
    for number, path in enumerate(worth.T):
        below = np.flatnonzero(path < 0)
        if not below.size:
            continue
        at = int(below[0])
        if at == 0:
            found[number] = max(float(path[0]), -1.0)
        else:
            share = path[at - 1] / (path[at - 1] - path[at])
            found[number] = falls[at - 1] + share * (falls[at] - falls[at - 1])
    return found


def _worth(evidence: Evidence, sample: Demand, purchases: Sequence[Purchase], level: float) -> Floats:
    """The logarithm of displaced dollars over cost of each purchase at a level of demand, (N,)."""
    demand = replace(sample, quantity=sample.quantity * level)
    found = attribute(evidence, demand, Beside.of(evidence, demand), purchases)
    return _log_ratio(np.maximum(found.value + found.effect, 0.0), found.cost)


def _dollars(evidence: Evidence, one: Purchase, by_pool: Floats, usd: Floats) -> Floats:
    """The On-Demand dollars of each hour that a purchase may serve, (T,)."""
    keys = evidence.pools.keys
    reach = np.ones(len(keys), dtype=np.bool_)
    if one.kind == EC2_PLAN:
        family = keys["InstanceType"].map(family_of) == one.instance_family
        reach = ((keys["Region"] == one.region) & family).to_numpy()
    elif one.kind != COMPUTE_PLAN:
        same = (keys["Region"] == one.region) & (keys["InstanceType"] == one.instance_type)
        same &= (keys["Platform"] == one.platform) & (keys["Tenancy"] == one.tenancy)
        reach = same.to_numpy()
    dollars: Floats = usd[reach] @ by_pool[reach]
    return dollars


def _moved(reach: Floats) -> Floats:
    """Of dollars (N, T): the standard deviation, at weekly origins, of a month over the one before."""
    total = np.concatenate([np.zeros((len(reach), 1)), np.cumsum(reach, axis=1)], axis=1)
    origins = np.arange(reach.shape[1] - _MONTH, _MONTH - 1, -_WEEK)
    before = total[:, origins] - total[:, origins - _MONTH]
    after = total[:, origins + _MONTH] - total[:, origins]
    moved: Floats = _log_ratio(after, before).std(axis=1)
    return moved


def _log_ratio(part: Floats, whole: Floats) -> Floats:
    """The logarithm of a ratio of dollars, within ±3; 0 where both are nothing."""
    ratio: Floats = np.log(np.maximum(part, 1e-9) / np.maximum(whole, 1e-9))
    return np.clip(ratio, -3.0, 3.0)
