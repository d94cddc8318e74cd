"""How cheap can it get at best? A certified lower bound, and the quantities that come near it.

Give every hour a price of a plan dollar, λ, that adds up to no more than a dollar for every dollar of
commitment. Then each group of blocks decides alone what to buy – a weighted quantile of its demand – and
the sum of their costs is a lower bound on every portfolio, whatever λ is (weak duality of serving each
hour at least cost, of which AWS's order is one way). λ climbs along a smoothed subgradient in Polyak
steps; the quantities of the groups, averaged on the way, come near the best ones.
Source: Held, Wolfe, Crowder 1974 (subgradient steps); Barahona, Anbil 2000 (volume algorithm).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from finops.ri_engine.optimum.blocks import Blocks
from finops.ri_engine.optimum.plan_level import compute_level
from finops.ri_engine.quantity import Floats

_SMOOTHING = 0.3
_PATIENCE = 12
_SHRINK = 0.7
_LEAST_AVERAGE = 0.03
_CHECK_EVERY = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What each group chooses at some prices: ``quantity`` (G,) dollars of commitment, the ``bound`` in
    dollars of the mean hour, and the plan dollars (L, T) that the remaining demand asks for."""

    quantity: Floats
    bound: float
    asked: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxed:
    """The best prices (L, T), their ``bound``, and the averaged ``quantity`` (G,) of the groups."""

    price: Floats
    bound: float
    quantity: Floats
    level: float


class Relaxation:
    """The dual of some blocks. ``owned`` (J,) dollars an hour; ``compute``: whether a plan is sold."""

    def __init__(self, blocks: Blocks, weight: Floats, owned: Floats, *, compute: bool) -> None:
        self.blocks, self.weight, self.owned = blocks, weight, owned
        self.layers = len(owned) + (1 if compute else 0)
        self._groups = len(blocks.sold)
        sizes = np.bincount(blocks.group, minlength=self._groups)
        lone = (sizes[blocks.group] == 1) & blocks.sold[blocks.group]
        self._lone = np.flatnonzero(lone)
        self._several = [
            np.flatnonzero(blocks.group == group) for group in np.flatnonzero(blocks.sold & (sizes > 1))
        ]
        demand = blocks.demand[self._lone]
        self._order = np.argsort(demand, axis=1, kind="stable")
        self._sorted = np.take_along_axis(demand, self._order, axis=1)
        self._sorted_weight = weight[self._order]

    def split(self, price: Floats) -> Split:
        """What the groups choose at ``price`` (L, T) of a plan dollar in each hour."""
        blocks, price = self.blocks, price.astype(self.weight.dtype, copy=False)
        value = np.repeat(blocks.on_demand[:, None], len(self.weight), axis=1)
        by = np.full(value.shape, -1, dtype=np.int8 if self.layers < 128 else np.int32)
        for layer in range(self.layers):
            at = np.flatnonzero(np.isfinite(blocks.rate[:, layer]))
            offered = blocks.rate[at, layer][:, None] * price[layer]
            cheaper = offered < value[at]
            value[at] = np.where(cheaper, offered, value[at])
            by[at] = np.where(cheaper, layer, by[at])
        left = blocks.demand.copy()
        quantity = np.zeros(self._groups)
        if len(self._lone):
            chosen = self._quantiles(value[self._lone])
            quantity[blocks.group[self._lone]] = chosen
            left[self._lone] = np.maximum(left[self._lone] - chosen[:, None], 0.0)
        for members in self._several:
            amount, rest = _stacked(value[members], blocks.demand[members], self.weight)
            quantity[blocks.group[members[0]]] = amount
            left[members] = rest
        hourly = np.einsum("qt,qt->t", value, left, dtype=np.float64)
        bound = float(quantity.sum() + hourly @ self.weight.astype(np.float64))
        bound -= float(self.owned @ (price[: len(self.owned)] @ self.weight))
        asked = (
            np.stack(
                [
                    np.where(np.isfinite(blocks.rate[:, layer]), blocks.rate[:, layer], 0.0)
                    @ np.where(by == layer, left, 0.0)
                    for layer in range(self.layers)
                ]
            )
            if self.layers
            else np.zeros((0, len(self.weight)))
        )
        return Split(quantity=quantity, bound=bound, asked=asked)

    def _quantiles(self, value: Floats) -> Floats:
        """For lone blocks: the highest level that is worth its dollar, by a weighted quantile."""
        weighed = np.take_along_axis(value, self._order, axis=1) * self._sorted_weight
        above = np.cumsum(weighed[:, ::-1], axis=1)[:, ::-1]
        worthy = (above > 1 + 1e-12).sum(axis=1)
        rows = np.arange(len(worthy))
        return np.where(worthy > 0, self._sorted[rows, np.maximum(worthy - 1, 0)], 0.0)

    def climb(self, rounds: int, target: float) -> Relaxed:
        """Raise the bound until it is within ``target``, a share, of the cost of averaged quantities.

        Costs are those of the blocks with the demand that is left served at the best level of the plan.
        """
        price = self._first_price()
        best = self.split(price)
        kept, average = price, best.quantity
        quantity, level, cost = best.quantity, 0.0, np.inf
        direction, step, stale = np.zeros_like(price), 1.0, 0
        for number in range(rounds):
            if number % _CHECK_EVERY == 0:
                found, usd = self.priced(average)
                if usd < cost:
                    quantity, level, cost = average.copy(), found, usd
                if self.layers == 0 or cost - best.bound <= target * best.bound:
                    break
            now = self.split(price)
            stale += 1
            if now.bound > best.bound:
                stale = 0 if now.bound > best.bound * (1 + 1e-5) else stale
                best, kept = now, price
            slope = self._slope(now)
            direction = slope if number == 0 else _SMOOTHING * slope + (1 - _SMOOTHING) * direction
            average = average + (now.quantity - average) * max(_LEAST_AVERAGE, 1 / (number + 1))
            if stale > _PATIENCE:
                step, stale, price = step * _SHRINK, 0, kept
            length = float((direction * direction) @ self.weight @ np.ones(self.layers))
            if length <= 0:
                break
            price = self._feasible(price + step * (cost - now.bound) / length * direction)
        return Relaxed(price=kept, bound=best.bound, quantity=quantity, level=level)

    def priced(self, quantity: Floats) -> tuple[float, float]:
        """The best level of the new plan and the mean hour's cost, where groups buy ``quantity``."""
        left = self.left(quantity)
        level, usd, _ = compute_level(left, self.blocks, self.owned, self.weight, self.layers)
        return level, float(quantity.sum() + level + usd)

    def left(self, quantity: Floats) -> Floats:
        """What the groups' own quantities (G,) leave of demand, the dearest served first, (Q, T)."""
        blocks = self.blocks
        left = blocks.demand.copy()
        lone = self._lone
        left[lone] = np.maximum(left[lone] - quantity[blocks.group[lone]][:, None], 0.0)
        for members in self._several:
            budget = np.full(left.shape[1], quantity[blocks.group[members[0]]])
            for one in members[np.argsort(-blocks.on_demand[members], kind="stable")]:
                served = np.minimum(left[one], budget)
                left[one] -= served
                budget -= served
        return left

    def _first_price(self) -> Floats:
        """The worth of plan dollars after each group has bought as if there were no plans."""
        price = np.zeros((self.layers, len(self.weight)))
        if not self.layers:
            return price
        alone = self.split(np.full_like(price, np.inf))
        _, _, worth = compute_level(
            self.left(alone.quantity), self.blocks, self.owned, self.weight, self.layers
        )
        return self._feasible(worth)

    def _slope(self, now: Split) -> Floats:
        """The subgradient in the prices, per weight of the hour."""
        slope = now.asked.copy()
        owned = len(self.owned)
        slope[:owned] -= self.owned[:, None]
        if self.layers > owned:
            slope[-1] -= slope[-1] @ self.weight
        return slope

    def _feasible(self, price: Floats) -> Floats:
        """The nearest prices that are not negative and, of the new plan, add up to one."""
        price = np.maximum(price, 0.0)
        if self.layers > len(self.owned):
            price[-1] = _on_simplex(price[-1], self.weight)
        return price


def _on_simplex(price: Floats, weight: Floats) -> Floats:
    if price.max(initial=0.0) <= 0:
        return np.ones_like(price)
    for _ in range(30):
        above = price > 0
        excess = float(weight @ price) - 1
        if abs(excess) < 1e-12:
            break
        price = np.where(above, np.maximum(price - excess / float(weight[above].sum()), 0.0), 0.0)
    total = float(weight @ price)
    return price / total if total > 0 else np.ones_like(price)


def _stacked(value: Floats, demand: Floats, weight: Floats) -> tuple[float, Floats]:
    """The best quantity for blocks (M, T) that share it, and what it leaves of each.

    In every hour the dearest block is served first, so that the next dollar is worth ever less.
    """
    order = np.argsort(-value, axis=0, kind="stable")
    worth = np.take_along_axis(value, order, axis=0)
    amount = np.take_along_axis(demand, order, axis=0)
    top = np.cumsum(amount, axis=0)
    drop = (worth - np.vstack([worth[1:], np.zeros((1, worth.shape[1]))])) * weight
    levels = np.argsort(top, axis=None, kind="stable")
    after = float(worth[0] @ weight) - np.cumsum(drop.ravel()[levels])
    if float(worth[0] @ weight) <= 1 + 1e-12:
        return 0.0, demand
    # The first level above which another dollar is not worth it; above the last it never is.
    at = int(np.argmax(after <= 1 + 1e-12))
    chosen = float(top.ravel()[levels[at]])
    rest = np.minimum(amount, np.maximum(top - chosen, 0.0))
    left = np.empty_like(demand)
    np.put_along_axis(left, order, rest, axis=0)
    return chosen, left
