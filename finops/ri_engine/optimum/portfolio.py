"""Which portfolio costs least, and how sure is that? The optimiser's entrance.

Few options are searched by planes, up to the proof; many by the prices of hours. Either way the units
are whole, the bill is the simulator's in AWS's order, and the bound holds for every portfolio of the
offers within cash, term and class.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.buyers import Buyers
from finops.ri_engine.optimum.by_planes import PlaneSearch
from finops.ri_engine.optimum.by_prices import by_prices
from finops.ri_engine.optimum.coverage_cap import between, by_weight, filled, leaves
from finops.ri_engine.optimum.cuts import BLOCKS, blocks_of
from finops.ri_engine.optimum.dispatch import dispatch
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.market import Market, market_of, of_demand
from finops.ri_engine.optimum.master import Program
from finops.ri_engine.optimum.memory import Cases, Memory
from finops.ri_engine.optimum.own_sizes import in_own_sizes
from finops.ri_engine.optimum.polish import Kept, polished
from finops.ri_engine.optimum.row_limits import Weigh, held, within_row_limits
from finops.ri_engine.optimum.scenarios import in_cases
from finops.ri_engine.optimum.thinned import thinned
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats

EXACT_POOLS = 20
# More options than this are searched by prices.
FEW_OPTIONS = 100
BILLS, _THOROUGH_BILLS = 3_000, 20_000
# Hours that a quick search looks at, and into how many blocks it parts them.
_QUICK_HOURS, _QUICK_BLOCKS = 240, 4
_QUICK_ROUNDS = 60
_CORRECTIONS = 3
_HAIR = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Portfolio:
    """What to buy. ``bill_usd`` is the mean hour's cost of it and of what stays On-Demand (owned
    commitments not counted: they are paid anyway), ``bound_usd`` a lower bound on that of every other
    portfolio. ``gap_pct`` = (bill − bound) ÷ bound in percent, None with ``gap_reason`` where limits
    leave it without a meaning."""

    purchases: tuple[Purchase, ...]
    bill_usd: float
    on_demand_usd: float
    bound_usd: float | None
    gap_pct: float | None
    gap_reason: str | None = field(default=None)


@dataclass(frozen=True, slots=True)
class Units:
    """Whole units (K,) of a market's options, and a lower bound on the cost of all others, if any."""

    amount: Floats
    bound: float | None


def best_portfolio(
    evidence: Evidence, demand: Demand, limits: Limits, *, bills: float | None = None
) -> Portfolio:
    """The cheapest purchases for ``demand`` (of the evidence's lines) beside what is owned.

    ``bills`` is how many a search by planes may try for a proof; it has good units long before.
    """
    market = market_of(evidence, demand, limits)
    found = best_units(market, evidence, demand, limits, bills=bills)
    named = Units(in_own_sizes(market, found.amount), found.bound)
    return portfolio_of(market, evidence, demand, limits, named)


def best_units(
    market: Market,
    evidence: Evidence,
    demand: Demand,
    limits: Limits,
    *,
    bills: float | None = None,
    quick: bool = False,
    learn: bool = False,
    memory: Memory | None = None,
) -> Units:
    """The units to buy of a market of ``demand``. ``quick`` looks at fewer hours and proves nothing.

    ``memory`` is of earlier searches of the same market, all quick or none; to ``learn`` is to search
    quickly, but to the end. A target coverage holds for the window of the evidence as it was.
    """
    if not market.options or not market.quantity.any():
        return Units(np.zeros(len(market.options)), None)
    memory = memory or Memory()
    if len(market.options) > FEW_OPTIONS and limits.risk_aversion == 0 and not quick:
        found = _by_prices(market, evidence, demand, limits)
    else:
        found = _by_planes(market, evidence, demand, limits, bills, quick, learn, memory)
    if not held(limits):
        return found
    weigh = _weighed(market, evidence, demand, limits, memory)
    return Units(within_row_limits(market, limits, found.amount, weigh), found.bound)


def _by_prices(market: Market, evidence: Evidence, demand: Demand, limits: Limits) -> Units:
    cash = limits.max_upfront_usd
    if limits.target_coverage is None:
        found = by_prices(market, cash)
        return Units(found.units, found.bound)
    judge, kept = _as_it_was(market, evidence, demand), _kept_usd(evidence, limits.target_coverage)
    amount = by_weight(
        judge,
        kept,
        lambda weight: by_prices(market, cash, on_demand_weight=weight, rounds=_QUICK_ROUNDS).units,
    )
    return Units(filled(judge, amount, kept, limits), None)


def _by_planes(  # noqa: PLR0917 - what best_units was asked, settled
    market: Market,
    evidence: Evidence,
    demand: Demand,
    limits: Limits,
    bills: float | None,
    quick: bool,
    learn: bool,
    memory: Memory,
) -> Units:
    pools = market.cells[["Region", "InstanceType", "Platform", "Tenancy"]].drop_duplicates()
    exact = len(pools) <= EXACT_POOLS and not quick
    risky = limits.risk_aversion > 0
    if risky not in memory.searched:
        memory.searched[risky] = _searched(market, evidence, risky=risky, quick=quick)
    searched, cases = memory.searched[risky]
    blocks = blocks_of(searched, cases, _QUICK_BLOCKS if quick else BLOCKS)
    program = program_of(searched, limits, cases, blocks)
    search = PlaneSearch(
        searched,
        program,
        blocks,
        memory.planes.get(risky),
        bills or (_THOROUGH_BILLS if exact else BILLS),
    )
    if limits.target_coverage is None:
        found = search.run(thorough=exact, quick=quick, learn=learn)
        memory.learn(risky, search)
        return Units(polished(search, found.units) if quick else found.units, found.bound)
    memory.window = memory.window or _as_it_was(market, evidence, demand)
    judge, kept = memory.window, _kept_usd(evidence, limits.target_coverage)
    share = searched.on_demand_usd / max(judge.on_demand_usd, 1e-12)
    amount = between(judge, kept, *search.around_coverage(kept * share, quick=quick and not learn))
    memory.learn(risky, search)
    if not quick:
        return Units(filled(judge, amount, kept, limits), None)
    memory.few = memory.few or thinned(judge, _QUICK_HOURS)
    return Units(_near_cover(search, amount, judge, memory.few, kept), None)


def _weighed(
    market: Market, evidence: Evidence, demand: Demand, limits: Limits, memory: Memory
) -> Weigh:
    """What units (K,) cost as the limits weigh it, infinite where they take too much cash or cover
    too much."""
    searched, cases = market, np.zeros(market.quantity.shape[1], dtype=np.intp)
    if limits.risk_aversion > 0:
        searched, cases = memory.searched[True]
    blocks = blocks_of(searched, cases)
    search = PlaneSearch(searched, program_of(searched, limits, cases, blocks), blocks, None, np.inf)
    if limits.target_coverage is None:
        return search.weigh
    judge = memory.window or _as_it_was(market, evidence, demand)
    kept = _kept_usd(evidence, limits.target_coverage)
    return lambda units: search.weigh(units) if leaves(judge, units) >= kept - _HAIR else np.inf


def _searched(market: Market, evidence: Evidence, *, risky: bool, quick: bool) -> tuple[Market, Cases]:
    """The hours that are searched, and the case (T,) of demand that each belongs to."""
    hours = thinned(market, _QUICK_HOURS) if quick else market
    if risky:
        return in_cases(hours, evidence)
    return hours, np.zeros(hours.quantity.shape[1], dtype=np.intp)


def _near_cover(
    search: PlaneSearch, units: Floats, judge: Market, few: Market, kept_usd: float
) -> Floats:
    """Units near these that are better and leave ``kept_usd`` of the judging market On-Demand.

    Its ``few`` hours that stand for all leave a little more or less than all do: what that is at the
    units found is reckoned in, and looked at again.
    """
    best = units
    for _ in range(_CORRECTIONS):
        all_hours, some = leaves(judge, units), leaves(few, units)
        units = polished(search, units, Kept(few, kept_usd - all_hours + some))
        if leaves(judge, units) >= kept_usd - _HAIR:
            return units
    return between(judge, kept_usd, units, best)


def _as_it_was(market: Market, evidence: Evidence, demand: Demand) -> Market:
    """The market of ``demand`` for the evidence's window, on which coverage is measured."""
    window = evidence.window
    same = demand.quantity is window.quantity or (
        demand.quantity.shape == window.quantity.shape
        and bool((demand.quantity == window.quantity).all())
    )
    return market if same else of_demand(market, evidence, window)


def _kept_usd(evidence: Evidence, target: float) -> float:
    """Dollars of the window's mean hour that stay On-Demand under a target coverage, or more."""
    return (1 - target) * float(evidence.usd @ evidence.window.quantity.mean(axis=1))


def program_of(market: Market, limits: Limits, cases: Cases, blocks: Floats) -> Program:
    """The limits as a program for the market, whose hours belong to ``cases`` (T,) and ``blocks``."""
    count = int(cases.max(initial=0)) + 1
    share = np.bincount(cases, weights=market.weight, minlength=count).astype(np.float64)
    dollars = (market.on_demand @ market.quantity) * market.weight
    use = np.nan_to_num(market.use[len(market.owned) :])
    of_block = np.array([cases[np.flatnonzero(column)[0]] for column in blocks.T], dtype=np.intp)
    return Program(
        cost=market.cost,
        most=(use @ market.quantity).max(axis=1, initial=0.0),
        step=market.step,
        upfront=market.upfront,
        max_upfront_usd=limits.max_upfront_usd,
        on_demand_weight=1.0,
        kept_usd=0.0,
        risk_aversion=limits.risk_aversion,
        scenario=of_block,
        share=share,
        on_demand=np.bincount(cases, weights=dollars, minlength=count) / share,
    )


def portfolio_of(  # noqa: PLR0917 - one piece of work, taken up where units are found
    market: Market,
    evidence: Evidence,
    demand: Demand,
    limits: Limits,
    found: Units,
    buyers: Buyers | None = None,
) -> Portfolio:
    """The units as purchases, each with its buyer, and their bill."""
    buyers = buyers or Buyers.of(evidence, demand)
    bought = tuple(
        option.purchase(float(amount), buyers.account(option))
        for option, amount in zip(market.options, found.amount, strict=True)
        if amount > 0
    )
    bill, reason = dispatch(market, found.amount).usd, no_gap(limits)
    bound = bill if found.bound is None else min(found.bound, bill)
    bound = max(bound - market.given_away, 0.0)
    gap = (bill - bound) / bound * 100 if bound > 0 else 0.0
    return Portfolio(
        purchases=bought,
        bill_usd=bill,
        on_demand_usd=market.on_demand_usd,
        bound_usd=bound if reason is None else None,
        gap_pct=gap if reason is None else None,
        gap_reason=reason,
    )


def no_gap(limits: Limits) -> str | None:
    """Why no optimality gap is given under these limits, None where one is."""
    why = {
        "a target coverage": limits.target_coverage is not None,
        "a minimum utilization": limits.min_utilization_pct is not None,
        "a maximum break-even": limits.max_break_even_months is not None,
        "a risk setting": limits.risk_aversion > 0,
        "a discount rate": limits.discount_rate > 0,
    }
    named = [name for name, given in why.items() if given]
    if not named:
        return None
    return (
        f"under {' and '.join(named)} the advice no longer is the cheapest bill, which is what the "
        "bound is for; without it the gap is given"
    )
