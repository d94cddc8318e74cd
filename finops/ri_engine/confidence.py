"""How sure is it that a row pays? A calibrated probability, row by row of a joint portfolio.

A row pays over the horizon if its amortised cost is at or below the On-Demand cost that it displaces,
as the simulator attributes it. Three things speak for it, all measured on the customer's own hours:

- **headroom**: how far all demand may fall until the row no longer pays, billed at falling levels;
- **folds**: how often, at weekly origins in the history, the demand that the row may serve kept that
  much of its level over the 30 days that followed;
- **outlook**: the fleet's growth, by how much pools leave the fleet's path, and how the row's own
  demand stood in the last two weeks.

A logistic regression makes one probability of them. Its coefficients were fitted once, on what became
of purchases for the fleets of ``benchmarks/fleets.py`` over 30 to 180 days (tuning seeds only), growth,
decline, steps and shocks after the purchase included; ``python -m benchmarks.calibration`` prints how
well the probabilities hold on other fleets. The horizon is the longest that the history can test; what
lies beyond it, up to the end of a term, is extrapolated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from finops.ri_engine.attribution import attribute
from finops.ri_engine.backtest.origins import history_days, horizon_days
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats, Ladder
from finops.ri_engine.sizes import family_of
from finops.ri_engine.trend import fleet_growth, pool_spread

# Fitted by benchmarks/calibration.py, in the order of ``FEATURES``.
FEATURES = ("constant", "headroom", "folds", "growth", "recent", "plan", "horizon")
COEFFICIENTS = (0.0, 1.0, 0.5, 0.5, 0.5, 0.0, 0.0)

_LEVELS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
# Every fifth hour tells what a window costs: in five days all hours of a day are there.
_STRIDE = 5
_MONTH, _WEEK, _FORTNIGHT = 30 * HOURS_PER_DAY, 7 * HOURS_PER_DAY, 14 * HOURS_PER_DAY
_DAYS_PER_YEAR = 365
# What no history foresees, beside the spread of its pools: a logarithm of demand.
_UNFORESEEN = 0.1
_SPREAD_DAYS = 45


def confidence_of(evidence: Evidence, purchases: Sequence[Purchase]) -> tuple[float | None, ...]:
    """The probability that each purchase pays over ``confidence_horizon`` days, in percent.

    The purchases are billed together, on the window of the evidence and beside what is owned. None
    where the history is shorter than 60 + 30 days, and on snapshot evidence.
    """
    horizon = confidence_horizon(evidence)
    if horizon is None or not purchases:
        return (None,) * len(purchases)
    return tuple(float(p) * 100 for p in probabilities(features(evidence, purchases, horizon)))


def confidence_horizon(evidence: Evidence) -> int | None:
    """The days over which confidence is stated: the longest that the history can test, at most 180."""
    return horizon_days(history_days(evidence)) if evidence.kind == "hourly" else None


def probabilities(rows: Floats, coefficients: Sequence[float] = COEFFICIENTS) -> Floats:
    """The probabilities (N,) of rows of features (N, F), kept away from certainty by half a percent."""
    logit = rows @ np.asarray(coefficients, dtype=np.float64)
    chance: Floats = 1 / (1 + np.exp(-np.clip(logit, -30, 30)))
    return np.clip(chance, 0.005, 0.995)


def features(evidence: Evidence, purchases: Sequence[Purchase], horizon: int) -> Floats:
    """What speaks for each purchase to pay over ``horizon`` days: (N, F), see ``FEATURES``.

    All but the constant, the kind and the horizon are in units of the change of demand to be expected.
    """
    by_pool = evidence.pools.total(evidence.history.quantity)
    usd = np.nan_to_num(evidence.pool_rate)
    spread = pool_spread(by_pool, usd)
    scale = _UNFORESEEN + spread * np.sqrt(horizon / _SPREAD_DAYS)
    fall = headroom(evidence, purchases)
    reach = np.array([_dollars(evidence, one, by_pool, usd) for one in purchases])
    window = reach[:, -evidence.window_hours :].mean(axis=1)
    recent = reach[:, -_FORTNIGHT:].mean(axis=1)
    growth = fleet_growth(by_pool, usd) * horizon / 2 / _DAYS_PER_YEAR
    rows: Floats = np.column_stack(
        [
            np.ones(len(purchases)),
            fall / scale,
            _logit_of_folds(reach, fall),
            np.full(len(purchases), growth / scale),
            np.clip(_log_ratio(recent, window), -1, 1) / scale,
            [one.kind in {EC2_PLAN, COMPUTE_PLAN} for one in purchases],
            np.full(len(purchases), np.log(horizon / 30)),
        ]
    )
    return rows


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
    found = attribute(evidence, demand, evidence.billed(demand).residual, purchases)
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


def _logit_of_folds(reach: Floats, fall: Floats) -> Floats:
    """Of (N, T) dollars: how often a month kept more than 1 − fall of the month before, as a logit.

    At weekly origins, smoothed by one success and one failure.
    """
    total = np.concatenate([np.zeros((len(reach), 1)), np.cumsum(reach, axis=1)], axis=1)
    hours = reach.shape[1]
    origins = np.arange(hours - _MONTH, _MONTH - 1, -_WEEK)
    before = total[:, origins] - total[:, origins - _MONTH]
    after = total[:, origins + _MONTH] - total[:, origins]
    kept = (_log_ratio(after, before) >= -fall[:, None]).sum(axis=1)
    logit: Floats = np.log((kept + 1) / (len(origins) - kept + 1))
    return logit


def _log_ratio(part: Floats, whole: Floats) -> Floats:
    """The logarithm of a ratio of dollars, within ±3; 0 where both are nothing."""
    ratio: Floats = np.log(np.maximum(part, 1e-9) / np.maximum(whole, 1e-9))
    return np.clip(ratio, -3.0, 3.0)


# What rows.py asked for before ``confidence_of``; goes when it asks for that.
HORIZON_DAYS = 30
MIN_HISTORY_DAYS = 60
_STEP_DAYS = 7
_HOURS = 24
def origins(hours: int) -> list[int]:
    """The hours at which a history of ``hours`` is cut: 60 days or more before, 30 or more after."""
    last = hours - HORIZON_DAYS * _HOURS
    return list(range(last, MIN_HISTORY_DAYS * _HOURS - 1, -_STEP_DAYS * _HOURS))


def backtested_share_pct(
    demand: Floats, rate: float, on_demand: float, lookback_hours: int
) -> float | None:
    """Share of back-tests in which the rule's purchase paid, smoothed as (s + ½) ÷ (n + 1), in %.

    ``demand`` is hourly instances of shape (hours,), rates are dollars per instance-hour. Origins at
    which the rule would buy nothing do not count. None below 90 days of hours, or when none counts.
    """
    paid = tried = 0
    for origin in origins(demand.size):
        before = demand[max(0, origin - lookback_hours) : origin]
        quantity = Ladder.of(before).quantity(rate, on_demand)
        if quantity == 0:
            continue
        after = demand[origin : origin + HORIZON_DAYS * _HOURS].clip(max=quantity)
        tried += 1
        paid += rate * quantity <= on_demand * float(after.mean())
    return None if tried == 0 else (paid + 0.5) / (tried + 1) * 100
