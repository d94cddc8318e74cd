"""Which history is advice sized on? The window is chosen on the customer's own data.

Candidates are the last 7, 14, 30, 60 and 90 days, with and without the fleet's trend. At rolling
origins each sizes a rule of thumb – Reserved Instances by quantile, then the plan that is best for
the rest, which of the simple rules comes closest to the optimum – and the days after the origin are
billed. ``DEFAULT_DAYS`` with trend are the default; another candidate is taken where it was cheaper by
more than ``MARGIN`` standard errors of the difference. Origins overlap, so that only as many count as
lie a horizon apart: two with 90 days of history, and little is learned from two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from finops.ri_engine.backtest.origins import history_days
from finops.ri_engine.backtest.sizing import Sized, factors, of_window, sized
from finops.ri_engine.claims import RI
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence
from finops.ri_engine.optimum import Limits
from finops.ri_engine.quantity import Floats

WINDOWS = (7, 14, 30, 60, 90)
DEFAULT_DAYS, DEFAULT_TREND = 60, True
MARGIN = 2.0
_FIRST_DAYS = 30
_HORIZONS = (180, 90, 60, 30)
_ORIGINS = 6
_SAME_PRICE = 1.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A window, and how much more than the best candidate it cost after the origins, in percent.

    ``above_default_pct`` is the same against the default, ``standard_error_pct`` the error of that.
    """

    days: int
    trend_adjusted: bool
    regret_pct: float
    above_default_pct: float
    standard_error_pct: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowChoice:
    """The window that advice is sized on; ``note`` says why.

    ``origins`` are the first days after what was known. Without a back-test there are neither
    candidates nor origins, and no horizon. ``given``: demand is that of the window as it was.
    """

    days: int
    trend_adjusted: bool
    candidates: tuple[Candidate, ...] = ()
    origins: tuple[date, ...] = ()
    horizon_days: int | None = None
    given: bool = False
    note: str


def given_window(days: int) -> WindowChoice:
    """The last ``days`` days as they were: nothing is adjusted."""
    return WindowChoice(
        days=days, trend_adjusted=False, given=True, note="the window that was asked for, as it was"
    )


def sized_for(evidence: Evidence, choice: WindowChoice) -> Sized:
    """The evidence of the chosen window, and the demand to buy for."""
    if not choice.given:
        return sized(evidence, choice.days, trend_adjusted=choice.trend_adjusted)
    at = of_window(evidence, choice.days)
    return Sized(evidence=at, demand=at.window, trend_adjusted=False)


def choose_window(evidence: Evidence, limits: Limits) -> WindowChoice:
    """The window for the evidence, at prices that the limits allow; the default on a short history."""
    days = history_days(evidence)
    horizon = next((one for one in _HORIZONS if days >= 2 * one + _FIRST_DAYS), None)
    if horizon is None:
        return WindowChoice(
            days=DEFAULT_DAYS,
            trend_adjusted=DEFAULT_TREND,
            note=f"the default: {days} days of history are too few to compare windows on",
        )
    at = sorted({int(day) for day in np.linspace(_FIRST_DAYS, days - horizon, _ORIGINS)})
    rule = _rule_of(evidence, limits)
    start = evidence.history.quantity.shape[1] - days * HOURS_PER_DAY
    names = [(window, trend) for window in WINDOWS for trend in (False, True)]
    costs = np.array(
        [[_cost(rule, start + day * HOURS_PER_DAY, horizon, name) for day in at] for name in names]
    )
    apart = min(len(at), 1 + (at[-1] - at[0]) // horizon)
    return _chosen(names, costs, apart, horizon, _dates(evidence, at))


def _dates(evidence: Evidence, days: list[int]) -> tuple[date, ...]:
    last = evidence.as_of - timedelta(days=history_days(evidence) - 1)
    return tuple(last + timedelta(days=day) for day in days)


def _chosen(
    names: list[tuple[int, bool]],
    costs: Floats,
    apart: int,
    horizon: int,
    origins: tuple[date, ...],
) -> WindowChoice:
    """The choice from ``costs`` (candidates, origins), of which so many origins lie horizons apart."""
    default = names.index((DEFAULT_DAYS, DEFAULT_TREND))
    scale = max(float(costs.mean(axis=1).min()), 1e-12) / 100
    above = (costs - costs[default]) / scale
    error = above.std(axis=1, ddof=1) / np.sqrt(apart) if apart > 1 else np.full(len(names), np.inf)
    best = int(np.argmin(np.round(above.mean(axis=1), 9)))
    taken = best if above[best].mean() < -MARGIN * error[best] else default
    regret = costs.mean(axis=1) / scale - 100
    candidates = tuple(
        Candidate(
            days=days,
            trend_adjusted=trend,
            regret_pct=float(regret[number]),
            above_default_pct=float(above[number].mean()),
            standard_error_pct=float(error[number]) if np.isfinite(error[number]) else None,
        )
        for number, (days, trend) in enumerate(names)
    )
    name = "{} days{}".format(names[best][0], ", trend-adjusted" if names[best][1] else "")
    notes = {
        taken
        != default: "cheaper than the default by more than chance over the days after past origins",
        taken == default
        and best != default: f"the default: {name} were cheaper, but not by more than chance",
        best == default: "the default, and the cheapest over the days after past origins",
    }
    return WindowChoice(
        days=names[taken][0],
        trend_adjusted=names[taken][1],
        candidates=candidates,
        origins=origins,
        horizon_days=horizon,
        note=notes[True],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """What the rule of thumb knows: demand (P, T) that owned commitments leave, and dollars per
    instance-hour (P,): On-Demand, the cheapest Reserved Instance (inf: none that is cheaper than the
    plan, which is more flexible) and the cheapest plan."""

    demand: Floats
    gross: Floats
    on_demand: Floats
    reserved: Floats
    plan: Floats


def _rule_of(evidence: Evidence, limits: Limits) -> _Rule:
    pools, history = evidence.pools, evidence.history
    allowed = [[price for price in prices if limits.allows(price)] for prices in evidence.prices]

    def cheapest(of_reserved: bool) -> Floats:
        rates = [
            min(
                (p.effective_usd_per_hour for p in prices if (p.kind == RI) == of_reserved),
                default=np.inf,
            )
            for prices in allowed
        ]
        return np.array(rates, dtype=np.float64)

    reserved, plan = cheapest(of_reserved=True), cheapest(of_reserved=False)
    return _Rule(
        demand=pools.total(evidence.billed(history).residual),
        gross=pools.total(history.quantity),
        on_demand=np.nan_to_num(evidence.pool_rate),
        reserved=np.where(plan <= reserved * _SAME_PRICE, np.inf, reserved),
        plan=plan,
    )


def _cost(rule: _Rule, now: int, horizon: int, name: tuple[int, bool]) -> float:
    """Dollars of the mean hour after the first ``now`` hours under the rule, sized on those."""
    window, trend = name
    hours = min(window * HOURS_PER_DAY, now)
    factor = factors(rule.gross[:, :now], rule.on_demand, hours, trend_adjusted=trend)
    known = np.tile(rule.demand[:, now - hours : now], factor.shape[1] // hours) * factor
    after = rule.demand[:, now : now + horizon * HOURS_PER_DAY]
    units = _units(rule, known)
    left, to_come = np.maximum(known - units[:, None], 0.0), np.maximum(after - units[:, None], 0.0)
    fixed = np.where(units > 0, rule.reserved, 0.0) @ units
    return float(fixed + _with_plan(rule, left, to_come))


def _units(rule: _Rule, known: Floats) -> Floats:
    """Of each pool the Reserved Instances that are used in more hours than break even, (P,)."""
    share = np.divide(
        rule.reserved, rule.on_demand, out=np.ones_like(rule.reserved), where=rule.on_demand > 0
    )
    even = np.minimum(share, 1.0)
    ordered = np.sort(known, axis=1)
    at = np.minimum(((1 - even) * known.shape[1]).astype(np.intp), known.shape[1] - 1)
    return np.where(even < 1, ordered[np.arange(len(known)), np.maximum(at, 0)], 0.0)


def _with_plan(rule: _Rule, left: Floats, to_come: Floats) -> float:
    """Dollars of the mean hour ``to_come`` under the plan that is best for what is ``left``.

    All pools save the same share, that of their mean: who is served first does not matter.
    """
    served = rule.plan < rule.on_demand
    rate = np.where(served, rule.plan, 0.0)
    stay = float((rule.on_demand * ~served) @ to_come.mean(axis=1))
    dollars = rate @ left
    if not dollars.any():
        return stay + float((rule.on_demand * served) @ to_come.mean(axis=1))
    worth = float((rule.on_demand * served) @ left.mean(axis=1)) / float(dollars.mean())
    level = float(np.quantile(dollars, max(0.0, 1 - 1 / worth)))
    over = np.maximum(rate @ to_come - level, 0.0)
    return stay + level + worth * float(over.mean())
