"""What do people buy by rule of thumb? The rules that advice has to beat, all with one offer family.

Standard Reserved Instances and a Compute Savings Plan, both for one year with No Upfront. Every rule
looks at demand as it is, gross of what is owned, as the rules of thumb do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from finops.ri_engine.billing import bill
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import COMPUTE_PLAN, RI
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.plan_comparison import best_plan
from finops.ri_engine.pools import Demand, pool_lines
from finops.ri_engine.proposals import as_commitments
from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats, best_quantity
from finops.ri_engine.rates import offer_rates
from finops.ri_engine.sizes import family_of

TERM_YEARS = 1
PAYMENT_OPTION = "No Upfront"
OFFERING_CLASS = "standard"
SHARE = 0.7
STEADY_PERCENTILE = 5

Purchases = tuple[Purchase, ...]
Rule = Callable[[Evidence, Demand], Purchases]
# Hourly demand of a pool (T,), its offer and its On-Demand rate → how many to buy.
Quantity = Callable[[Floats, CommitmentPrice, float], int]


def nothing(evidence: Evidence, demand: Demand) -> Purchases:
    """Everything On-Demand."""
    return ()


def reserved_by_quantile(evidence: Evidence, demand: Demand) -> Purchases:
    """Each pool the Reserved Instances that pay in more hours than break even, and no plan."""
    return _reserved(
        evidence,
        demand,
        lambda hourly, offer, rate: best_quantity(hourly, offer.effective_usd_per_hour, rate),
    )


def share_of_steady(evidence: Evidence, demand: Demand) -> Purchases:
    """70 % of the instances that are there in all but the emptiest 5 % of hours, to the nearest."""
    return _reserved(
        evidence,
        demand,
        lambda hourly, offer, rate: round(SHARE * float(np.percentile(hourly, STEADY_PERCENTILE))),
    )


def share_of_mean(evidence: Evidence, demand: Demand) -> Purchases:
    """70 % of the instances of the mean hour, to the nearest."""
    return _reserved(evidence, demand, lambda hourly, offer, rate: round(SHARE * float(hourly.mean())))


def plan_alone(evidence: Evidence, demand: Demand) -> Purchases:
    """The Compute plan with the largest saving on all demand, and no Reserved Instances."""
    return _plan(evidence, evidence.pools.total(demand.quantity))


def independent_advice(evidence: Evidence, demand: Demand) -> Purchases:
    """Reserved Instances and a plan, each sized as if the other were not bought, and both bought.

    So AWS recommends: in separate calls that know nothing of each other.
    """
    return (*reserved_by_quantile(evidence, demand), *plan_alone(evidence, demand))


def reserved_then_plan(evidence: Evidence, demand: Demand) -> Purchases:
    """Reserved Instances by quantile, then the best plan for what they leave."""
    reserved = reserved_by_quantile(evidence, demand)
    keys = evidence.pools.keys
    commitments = as_commitments(reserved, evidence.as_of)
    left = bill(
        pool_lines(keys),
        evidence.pools.total(demand.quantity),
        commitments,
        on_demand_usd=evidence.pool_rate,
        plan_rates=np.full((len(commitments), len(keys)), np.nan),
        spec_of=evidence.spec_of,
    ).residual
    return (*reserved, *_plan(evidence, left))


RULES: Mapping[str, Rule] = {
    "nothing": nothing,
    "RI quantile": reserved_by_quantile,
    "70 % of steady instances": share_of_steady,
    "70 % of the mean": share_of_mean,
    "Compute plan alone": plan_alone,
    "independent RI and plan": independent_advice,
    "RI quantile, then plan": reserved_then_plan,
}


def _reserved(evidence: Evidence, demand: Demand, quantity_of: Quantity) -> Purchases:
    by_pool = evidence.pools.total(demand.quantity)
    return tuple(_each_pool(evidence, by_pool, quantity_of))


def _each_pool(evidence: Evidence, by_pool: Floats, quantity_of: Quantity) -> Iterable[Purchase]:
    for pool, key in enumerate(evidence.pools.keys.to_dict("records")):
        rate = float(evidence.pool_rate[pool])
        for offer in filter(_is_standard, evidence.prices[pool]):
            quantity = quantity_of(by_pool[pool], offer, rate) if np.isfinite(rate) else 0
            if quantity:
                yield Purchase(
                    kind=RI,
                    account_id=None,
                    term_years=TERM_YEARS,
                    payment_option=PAYMENT_OPTION,
                    offering_class=offer.offering_class,
                    region=key["Region"],
                    instance_type=key["InstanceType"],
                    instance_family=family_of(key["InstanceType"]),
                    platform=key["Platform"],
                    tenancy=key["Tenancy"],
                    quantity=quantity,
                    upfront_usd=offer.upfront_usd * quantity,
                    recurring_hourly_usd=offer.recurring_usd_per_hour * quantity,
                )


def _is_standard(offer: CommitmentPrice) -> bool:
    wanted = (RI, OFFERING_CLASS, TERM_YEARS, PAYMENT_OPTION)
    return wanted == (offer.kind, offer.offering_class, offer.term_years, offer.payment_option)


def _plan(evidence: Evidence, by_pool: Floats) -> Purchases:
    rates = offer_rates(evidence.prices, COMPUTE_PLAN, TERM_YEARS, PAYMENT_OPTION)
    size = best_plan(by_pool, evidence.pool_rate, rates)
    if size.commitment <= 0:
        return ()
    return (
        Purchase(
            kind=COMPUTE_PLAN,
            account_id=None,
            term_years=TERM_YEARS,
            payment_option=PAYMENT_OPTION,
            hourly_commitment_usd=size.commitment,
            upfront_usd=0.0,
            recurring_hourly_usd=size.commitment,
        ),
    )
