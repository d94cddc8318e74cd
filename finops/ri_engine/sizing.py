"""Which offer, and how many of it? The largest saving for each pool, net of what is owned.

Among offers that save the same, the more flexible one is taken (convertible before standard), then
the shorter term, then the smaller upfront.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from finops.money import split_cents
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.quantity import Floats, Ladder
from finops.ri_engine.rates import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """``quantity`` units of ``offer`` for pool number ``pool``."""

    pool: int
    offer: CommitmentPrice
    quantity: int


def reserved_offers(prices: Iterable[CommitmentPrice], settings: Settings) -> list[CommitmentPrice]:
    """The RI offers among a pool's prices that the settings allow."""
    return [price for price in prices if price.kind == RI and settings.allows(price)]


def preference(saving: float, offer: CommitmentPrice) -> tuple[float, int, int, float]:
    """Sorts the better offer higher: saving in dollars an hour, then flexibility, term, upfront."""
    flexible = 1 if offer.offering_class == "convertible" else 0
    return (round(saving, 9), flexible, -offer.term_years, -offer.upfront_usd)


def hourly_purchases(evidence: Evidence, residual: Floats, settings: Settings) -> list[Purchase]:
    """The best purchase of each pool for its residual hourly demand (P, T); pools with none left out."""
    found = []
    for pool, prices in enumerate(evidence.prices):
        rate = float(evidence.pool_rate[pool])
        ladder = Ladder.of(residual[pool])
        choices = [
            (offer, ladder.quantity(offer.effective_usd_per_hour, rate))
            for offer in reserved_offers(prices, settings)
            if np.isfinite(rate)
        ]
        choices = [choice for choice in choices if choice[1] > 0]
        if choices:
            offer, quantity = max(choices, key=_saves_most(ladder, rate))
            found.append(Purchase(pool=pool, offer=offer, quantity=quantity))
    return found


def one_of_each(evidence: Evidence, purchases: Sequence[Purchase], settings: Settings) -> list[Purchase]:
    """One unit for every pool for which any could pay: of the offer purchased, else the cheapest."""
    chosen = {one.pool: one.offer for one in purchases}
    for pool, prices in enumerate(evidence.prices):
        offer = cheapest(prices, float(evidence.pool_rate[pool]), settings)
        if offer is not None:
            chosen.setdefault(pool, offer)
    return [Purchase(pool=pool, offer=offer, quantity=1) for pool, offer in sorted(chosen.items())]


def cheapest(
    prices: Iterable[CommitmentPrice], on_demand: float, settings: Settings
) -> CommitmentPrice | None:
    """The offer that saves most in an hour of full use; None where none is below On-Demand."""
    below = [o for o in reserved_offers(prices, settings) if o.effective_usd_per_hour < on_demand]
    return max(below, key=lambda o: preference(on_demand - o.effective_usd_per_hour, o), default=None)


def _saves_most(
    ladder: Ladder, rate: float
) -> Callable[[tuple[CommitmentPrice, int]], tuple[float, int, int, float]]:
    return lambda choice: preference(
        ladder.saving(choice[1], choice[0].effective_usd_per_hour, rate), choice[0]
    )


def capped(
    purchases: Sequence[Purchase], evidence: Evidence, residual: Floats, room_usd: float
) -> list[Purchase]:
    """The purchases cut so that together they cover at most ``room_usd`` On-Demand dollars an hour.

    The dollars go to the purchases that save most on each of them; the one that no longer fits is cut
    to whole units.
    """
    ladders = {one.pool: Ladder.of(residual[one.pool]) for one in purchases}

    def saving_per_dollar(one: Purchase) -> tuple[float, int]:
        rate, ladder = evidence.pool_rate[one.pool], ladders[one.pool]
        saving = ladder.saving(one.quantity, one.offer.effective_usd_per_hour, rate)
        return (-saving / (rate * ladder.used(one.quantity)), one.pool)

    kept, left = [], room_usd + 1e-9
    for one in sorted(purchases, key=saving_per_dollar):
        covered = evidence.pool_rate[one.pool] * np.cumsum(ladders[one.pool].share[: one.quantity])
        quantity = int(np.searchsorted(covered, left, side="right"))
        if quantity:
            left -= float(covered[quantity - 1])
            kept.append(replace(one, quantity=quantity))
    return kept


def snapshot_purchases(
    evidence: Evidence, steady: Floats, covered: Floats, settings: Settings, target_coverage: float
) -> list[Purchase]:
    """Purchases for steady instances (P,) of which owned commitments cover ``covered`` (P,).

    Over all pools that can be bought for, at most ``target_coverage`` of the steady instances are
    covered, those already covered included, rounded down. The units are split over the pools in
    proportion to their uncovered steady instances by largest remainder, so that an estate of many
    small pools is not left without advice; equal remainders go to the larger saving.
    """
    chosen: list[tuple[float, int, CommitmentPrice]] = []
    for pool, prices in enumerate(evidence.prices):
        rate = float(evidence.pool_rate[pool])
        offer = cheapest(prices, rate, settings)
        if offer is not None and steady[pool] > 0:
            chosen.append((rate - offer.effective_usd_per_hour, pool, offer))
    chosen.sort(key=lambda choice: (-choice[0], choice[1]))
    pools = [pool for _, pool, _ in chosen]
    taken = np.minimum(covered[pools], steady[pools]).sum()
    free = [int(np.floor(max(0.0, steady[pool] - covered[pool]) + 1e-9)) for pool in pools]
    cap = Fraction(str(target_coverage)) * int(steady[pools].sum())
    total = min(sum(free), max(0, int(np.floor(float(cap) - taken + 1e-9))))
    if total == 0:
        return []
    units = split_cents(total, free)
    return [
        Purchase(pool=pool, offer=offer, quantity=quantity)
        for (_, pool, offer), quantity in zip(chosen, units, strict=True)
        if quantity
    ]
