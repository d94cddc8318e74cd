"""What is for sale, for which demand? The optimiser's problem: cells, owned plans, options, claims.

A *cell* is demand that every commitment treats alike: lines of one pool and On-Demand rate, over all
accounts, after the owned Reserved Instances have served them (they come before every plan, and beside
a new one of their family it does not matter which of the two serves). An *option* is one offer of one
product, in units of one Reserved Instance or of one dollar an hour. What an instance-hour of a cell
takes from an option, and in which order, is what the simulator says (``claims``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from finops.ri_engine.billing import bill
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI, Claim, claims
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.options import Option, Product, worth_offering
from finops.ri_engine.optimum.ties import ties
from finops.ri_engine.pools import LINE_KEYS, POOL_KEYS, Demand
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.quantity import Floats
from finops.ri_engine.rates import offer_rates
from finops.ri_engine.sizes import family_of

PAYMENTS = ("No Upfront", "Partial Upfront", "All Upfront")
TERMS = (1, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """I cells over T hours, J owned plans, K options. Dollars are of an hour, whatever its weight.

    ``quantity`` (I, T) instance-hours, ``weight`` (T,) of the hours (sums to 1), ``on_demand`` (I,).
    ``use`` (J + K, I) is what an instance-hour takes of a commitment, NaN where it has no claim;
    ``order`` lists the same claims as they are served. ``owned`` (J,) dollars an hour; ``cost`` and
    ``upfront`` (K,) of one unit, ``step`` (K,) the least that is sold of it, in units. ``given_away`` is
    the most dollars an hour by which options that are not offered were cheaper than more flexible ones.
    """

    cells: pd.DataFrame
    quantity: Floats
    weight: Floats
    on_demand: Floats
    owned: Floats
    options: tuple[Option, ...]
    order: tuple[Claim, ...]
    use: Floats
    cost: Floats
    upfront: Floats
    step: Floats
    given_away: float = 0.0

    def is_reserved(self, commitment: int) -> bool:
        """Whether it is an option of Reserved Instances: those that are owned have served already."""
        number = commitment - len(self.owned)
        return number >= 0 and self.options[number].kind == RI

    @property
    def on_demand_usd(self) -> float:
        """What the mean hour costs if nothing serves it."""
        return float(self.on_demand @ (self.quantity @ self.weight))


def market_of(
    evidence: Evidence, demand: Demand, limits: Limits, weight: Floats | None = None
) -> Market:
    """The problem of buying for ``demand`` (of the evidence's lines) beside what is owned.

    ``weight`` (T,) of the hours need not sum to 1; by default all hours weigh the same.
    """
    cells, quantity, plans, owned_rates = _cells(evidence, demand)
    pool = _pool_numbers(evidence, cells)
    products = _products(evidence, cells, pool, quantity, limits)
    offered = [option for product in products for option in worth_offering(product, limits)]
    market = _assembled(evidence, cells, quantity, plans, owned_rates, offered, weight, limits)
    return market if limits.prefer_reserved else _without_ties(market)


def _without_ties(market: Market) -> Market:
    """The market without the options that a more flexible one makes needless."""
    owned = len(market.owned)
    peak = (np.nan_to_num(market.use[owned:]) @ market.quantity).max(axis=1, initial=0.0)
    needless, given = ties(market.options, market.cost, market.use[owned:], peak)
    kept = np.setdiff1d(np.arange(len(market.options)), needless)
    return replace(part_of(market, kept), given_away=given)


def part_of(market: Market, options: npt.NDArray[np.intp]) -> Market:
    """The market with these ``options`` (numbers, ascending) alone."""
    owned = len(market.owned)
    place = {owned + int(number): owned + at for at, number in enumerate(options)}
    place |= {number: number for number in range(owned)}
    rows = np.concatenate([np.arange(owned), owned + options]).astype(np.intp)
    return replace(
        market,
        options=tuple(market.options[number] for number in options),
        order=tuple(
            Claim(place[claim.commitment], claim.line, claim.rate)
            for claim in market.order
            if claim.commitment in place
        ),
        use=market.use[rows],
        cost=market.cost[options],
        upfront=market.upfront[options],
        step=market.step[options],
    )


def of_demand(market: Market, evidence: Evidence, demand: Demand) -> Market:
    """The same market for other demand of the evidence's lines, all hours of which weigh the same.

    Lines without demand in the market's own have none here.
    """
    cells, quantity, _, _ = _cells(evidence, demand)
    place = {tuple(key): at for at, key in enumerate(cells[[*LINE_KEYS, "Rate"]].astype(str).to_numpy())}
    found = np.zeros((len(market.cells), quantity.shape[1]))
    for at, key in enumerate(market.cells[[*LINE_KEYS, "Rate"]].astype(str).to_numpy()):
        if tuple(key) in place:
            found[at] = quantity[place[tuple(key)]]
    hours = quantity.shape[1]
    return replace(market, quantity=found, weight=np.full(hours, 1 / max(hours, 1)))


def _cells(evidence: Evidence, demand: Demand) -> tuple[pd.DataFrame, Floats, pd.DataFrame, Floats]:
    """Cells with On-Demand rates, their demand, the owned plans (J rows) and their rates (J, I)."""
    reserved = (evidence.commitments["Kind"] == RI).to_numpy()
    residual = demand.quantity
    if reserved.any():
        residual = bill(
            demand.lines,
            demand.quantity,
            evidence.commitments[reserved].reset_index(drop=True),
            on_demand_usd=evidence.on_demand_usd,
            plan_rates=evidence.plan_rates[reserved],
            spec_of=evidence.spec_of,
        ).residual
    plans = evidence.commitments[~reserved].reset_index(drop=True)
    alone = set(plans.loc[plans["Sharing"].eq(False), "AccountId"].dropna())
    keys = demand.lines[LINE_KEYS].assign(
        AvailabilityZone=pd.Series(np.nan, demand.lines.index, dtype="str"),
        AccountId=demand.lines["AccountId"].where(demand.lines["AccountId"].isin(alone)),
        Rate=np.round(evidence.on_demand_usd, 12),
    )
    wanted = np.flatnonzero((evidence.on_demand_usd > 0) & (residual.max(axis=1, initial=0.0) > 0))
    keys = keys.iloc[wanted].reset_index(drop=True)
    number = keys.groupby([*LINE_KEYS, "Rate"], sort=True, dropna=False).ngroup().to_numpy()
    cells = keys.assign(cell=number).drop_duplicates("cell").sort_values("cell")
    quantity = np.zeros((len(cells), demand.quantity.shape[1]))
    np.add.at(quantity, number, residual[wanted])
    first = wanted[cells.index.to_numpy()]
    rates = evidence.plan_rates[~reserved][:, first]
    return cells[[*LINE_KEYS, "Rate"]].reset_index(drop=True), quantity, plans, rates


def _pool_numbers(evidence: Evidence, cells: pd.DataFrame) -> list[int]:
    number = {tuple(key): at for at, key in enumerate(evidence.pools.keys[POOL_KEYS].to_numpy())}
    return [number[tuple(key)] for key in cells[POOL_KEYS].to_numpy()]


def _products(
    evidence: Evidence, cells: pd.DataFrame, pool: Sequence[int], quantity: Floats, limits: Limits
) -> Iterable[Product]:
    """Everything that is sold for the cells: per pool, per family and region, and for all."""
    mean, listed = quantity.mean(axis=1), cells["Rate"].to_numpy(dtype=np.float64)
    where = pd.DataFrame({"pool": pool, "mean": mean})
    if RI in limits.kinds:
        amounts = np.bincount(where["pool"], where["mean"], minlength=len(evidence.pools.keys))
        for number in np.flatnonzero(amounts > 0):
            key = cast("pd.Series[str]", evidence.pools.keys.iloc[number])
            prices = [p for p in evidence.prices[number] if p.kind == RI and limits.allows(p)]
            if prices:
                at = [at for at, of in enumerate(pool) if of == number]
                rate = float(evidence.pool_rate[number])
                yield Product.reserved(key, prices, at, rate, limits.discount_rate)
    wanted = [at for at, amount in enumerate(mean) if amount > 0]
    if EC2_PLAN in limits.kinds:
        place = [(cells["Region"][at], family_of(cells["InstanceType"][at])) for at in wanted]
        for region, family in sorted(set(place)):
            members = [at for at, there in zip(wanted, place, strict=True) if there == (region, family)]
            plans = _plan_rates(evidence, [pool[at] for at in members], EC2_PLAN, limits)
            yield Product.plan(
                EC2_PLAN,
                (region, family),
                members,
                plans,
                mean[members],
                listed[members],
                limits.discount_rate,
            )
    if COMPUTE_PLAN in limits.kinds:
        plans = _plan_rates(evidence, [pool[at] for at in wanted], COMPUTE_PLAN, limits)
        yield Product.plan(
            COMPUTE_PLAN,
            (None, None),
            wanted,
            plans,
            mean[wanted],
            listed[wanted],
            limits.discount_rate,
        )


def _plan_rates(
    evidence: Evidence, pools: Sequence[int], kind: str, limits: Limits
) -> dict[tuple[int, str], Floats]:
    prices: list[tuple[CommitmentPrice, ...]] = [evidence.prices[pool] for pool in pools]
    found = {}
    for term in TERMS:
        for payment in PAYMENTS:
            if limits.term_years in {None, term} and limits.payment_option in {None, payment}:
                rates = offer_rates(prices, kind, term, payment)
                if np.isfinite(rates).any():
                    found[term, payment] = rates
    return found


def _assembled(  # noqa: PLR0917 - the parts of a market, put together once
    evidence: Evidence,
    cells: pd.DataFrame,
    quantity: Floats,
    plans: pd.DataFrame,
    owned_rates: Floats,
    options: Sequence[Option],
    weight: Floats | None,
    limits: Limits,
) -> Market:
    on_demand = cells["Rate"].to_numpy(dtype=np.float64)
    offers = as_commitments([option.purchase(1.0, None) for option in options], evidence.as_of)
    rates = np.full((len(options), len(cells)), np.nan)
    for number, option in enumerate(options):
        if option.kind != RI:
            rates[number, list(option.members)] = option.rates
    order = claims(
        cells,
        pd.concat([plans, offers], ignore_index=True),
        on_demand,
        np.vstack([owned_rates, rates]),
        evidence.spec_of,
    )
    use = np.full((len(plans) + len(options), len(cells)), np.nan)
    for claim in order:
        use[claim.commitment, claim.line] = claim.rate
    hours = np.ones(quantity.shape[1]) if weight is None else weight
    return Market(
        cells=cells,
        quantity=quantity,
        weight=hours / hours.sum() if hours.size else hours,
        on_demand=on_demand,
        owned=plans["HourlyCommitmentUSD"].to_numpy(dtype=np.float64, na_value=0.0),
        options=tuple(options),
        order=tuple(order),
        use=use,
        cost=np.array([option.cost for option in options], dtype=np.float64),
        upfront=np.array([option.upfront for option in options], dtype=np.float64),
        step=np.array(
            [1.0 if o.kind == RI else limits.plan_step_usd for o in options], dtype=np.float64
        ),
    )
