"""What does each offer of a product cost, and which offers can never be the best?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import RI
from finops.ri_engine.optimum.limits import Limits, present_hours
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.sizes import family_of

# The share of a plan that is paid at its start. Source: Savings Plans user guide, payment options.
UPFRONT_SHARE = {"No Upfront": 0.0, "Partial Upfront": 0.5, "All Upfront": 1.0}
# Dollars an hour: what differs by less is a rounding of floats.
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One offer, in units of one Reserved Instance or of a commitment of one dollar an hour.

    ``cost`` of a unit and hour is what the optimum weighs (at the discount rate asked for), ``upfront``
    the dollars of a unit at the start, ``recurring`` those of each hour. ``rates`` are what a plan is
    charged for an instance-hour of the cells ``members``; those of an RI are the cells of its own pool.
    """

    kind: str
    offering_class: str | None
    term_years: int
    payment_option: str
    region: str | None = None
    instance_type: str | None = None
    instance_family: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    cost: float
    upfront: float
    recurring: float
    members: tuple[int, ...] = ()
    rates: tuple[float, ...] = ()

    def purchase(self, units: float, account_id: str | None) -> Purchase:
        """So many units of it as a row of advice."""
        reserved = self.kind == RI
        return Purchase(
            kind=self.kind,
            account_id=account_id,
            term_years=self.term_years,
            payment_option=self.payment_option,
            offering_class=self.offering_class,
            region=self.region,
            instance_type=self.instance_type,
            instance_family=self.instance_family,
            platform=self.platform,
            tenancy=self.tenancy,
            quantity=round(units) if reserved else None,
            hourly_commitment_usd=None if reserved else round(units, 6),
            upfront_usd=self.upfront * units,
            recurring_hourly_usd=self.recurring * units,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What its offers have in common: they serve the same demand. The most flexible comes first."""

    options: tuple[Option, ...]
    # Relative cost of an hour of typical use under each option, by which they compare.
    weighed: tuple[float, ...]
    # Its amortised cost in full use as a share of On-Demand: from which use on it pays.
    break_even: tuple[float, ...]

    @classmethod
    def reserved(
        cls,
        pool: pd.Series,
        prices: Sequence[CommitmentPrice],
        members: Sequence[int],
        on_demand: float,
        discount_rate: float,
    ) -> Product:
        """Reserved Instances for a pool (POOL_KEYS, ``on_demand`` an hour) of the cells ``members``."""
        ordered = sorted(prices, key=_flexibility)
        options = tuple(
            Option(
                kind=RI,
                offering_class=offer.offering_class,
                term_years=offer.term_years,
                payment_option=offer.payment_option,
                region=pool["Region"],
                instance_type=pool["InstanceType"],
                instance_family=family_of(pool["InstanceType"]),
                platform=pool["Platform"],
                tenancy=pool["Tenancy"],
                cost=offer.effective_usd_per_hour
                if discount_rate == 0
                else offer.upfront_usd / present_hours(offer.term_years, discount_rate)
                + offer.recurring_usd_per_hour,
                upfront=offer.upfront_usd,
                recurring=offer.recurring_usd_per_hour,
                members=tuple(members),
            )
            for offer in ordered
        )
        return cls(
            options=options,
            weighed=tuple(option.cost for option in options),
            break_even=tuple(offer.effective_usd_per_hour / on_demand for offer in ordered),
        )

    @classmethod
    def plan(  # noqa: PLR0917 - one of two makers, called in one place
        cls,
        kind: str,
        place: tuple[str | None, str | None],
        members: Sequence[int],
        rates: Mapping[tuple[int, str], Floats],
        mean: Floats,
        on_demand: Floats,
        discount_rate: float,
    ) -> Product:
        """A plan for a (region, family), or for all: its rates by (term, payment), each (M,), NaN where
        it is not sold, for the cells ``members`` of the ``mean`` demand (M,), at ``on_demand`` (M,)."""
        region, family = place
        options, weighed, break_even = [], [], []
        for (term, payment), of in sorted(rates.items(), key=lambda item: _plan_flexibility(item[0])):
            sold = np.isfinite(of)
            share = UPFRONT_SHARE[payment]
            hours = HOURS_PER_YEAR * term
            cost = share * hours / present_hours(term, discount_rate) + 1 - share
            options.append(
                Option(
                    kind=kind,
                    offering_class=None,
                    term_years=term,
                    payment_option=payment,
                    region=region,
                    instance_family=family,
                    cost=cost,
                    upfront=share * hours,
                    recurring=1 - share,
                    members=tuple(int(at) for at in np.asarray(members)[sold]),
                    rates=tuple(float(rate) for rate in of[sold]),
                )
            )
            charged = float(of[sold] @ mean[sold])
            weighed.append(cost * charged / max(float(mean[sold].sum()), 1e-12))
            break_even.append(charged / max(float(on_demand[sold] @ mean[sold]), 1e-12))
        return cls(options=tuple(options), weighed=tuple(weighed), break_even=tuple(break_even))


def worth_offering(product: Product, limits: Limits) -> Iterator[Option]:
    """The options of a product of which none is beaten by another in everything that counts.

    Without a limit on cash that is the cheapest alone; with one, each that is cheaper than all that
    take less cash. Of equals the first, the most flexible, stays. Those that break even too late
    even in full use are none.
    """
    cash = [cash_share(option) for option in product.options]
    months = [
        12 * option.term_years * share
        for option, share in zip(product.options, product.break_even, strict=True)
    ]
    most = np.inf if limits.max_break_even_months is None else limits.max_break_even_months
    soon = [at for at in range(len(cash)) if months[at] <= most + _EQUAL]
    ranked = sorted(soon, key=lambda at: (round(cash[at], 9), product.weighed[at], at))
    if not ranked:
        return
    if limits.max_upfront_usd is None:
        ranked = [min(ranked, key=lambda at: (round(product.weighed[at], 9), at))]
    cheapest = np.inf
    for at in ranked:
        if product.weighed[at] < cheapest - _EQUAL:
            cheapest = product.weighed[at]
            yield product.options[at]


def cash_share(option: Option) -> float:
    """Dollars at the start for each dollar that an hour costs."""
    return option.upfront / option.cost if option.cost > 0 else 0.0


def _flexibility(offer: CommitmentPrice) -> tuple[int, int, float]:
    return (offer.offering_class != "convertible", offer.term_years, offer.upfront_usd)


def _plan_flexibility(key: tuple[int, str]) -> tuple[int, float]:
    return (key[0], UPFRONT_SHARE[key[1]])
