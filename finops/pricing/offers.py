"""What does a commitment cost? Every offer of one instance type, from its row of the catalogue.

No Upfront rates are AWS's as published. Rates before AWS's rounding, where they are known, feed only
the offers with something upfront.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from finops.pricing import derivations as rules
from finops.pricing.layers import Known
from finops.pricing.records import (
    COMPUTE_PLAN,
    EC2_PLAN,
    PAYMENT_OPTIONS,
    RESERVED,
    TERMS,
    CommitmentPrice,
    OfferKey,
    PriceBasis,
)
from finops.pricing.tables import Source

# Kind, offering class, and the offering class whose rates it follows: an EC2 Instance Savings Plan
# costs what a standard Reserved Instance costs, a Compute Savings Plan what a convertible one does.
# All 42 No Upfront check prices of Compute plans equal it: m7i.4xlarge in us-east-1, 0.59245 for 1 year.
# For the EC2 Instance plan there are but six figures that confirm it.
_OFFERS = (
    (RESERVED, "standard", "standard"),
    (RESERVED, "convertible", "convertible"),
    (EC2_PLAN, None, "standard"),
    (COMPUTE_PLAN, None, "convertible"),
)
_COLUMNS = {
    ("standard", 1): ("std1", "std1_unrounded"),
    ("standard", 3): ("std3", "std3_unrounded"),
    ("convertible", 1): ("conv1", "conv1_unrounded"),
    ("convertible", 3): ("conv3", "conv3_unrounded"),
}

# A licence has more decimals than the rates of older families; its sum with them keeps these.
_LICENSED_PLACES = 5

# Sums of figures with at most six decimals, rid of what binary fractions add to them.
_EXACT_PLACES = 9


@dataclass(frozen=True, slots=True)
class _Rate:
    """A Linux No Upfront rate, as published and before rounding (or as published, if unknown)."""

    published: float
    unrounded: float
    places: int
    estimated: bool
    source: Source


def offers(known: Known, on_demand: float) -> Mapping[OfferKey, CommitmentPrice]:
    """Every commitment price that follows from a row, by kind, offering class, term and payment.

    ``on_demand`` is the price of the platform that is asked for, in dollars per instance-hour. Nothing
    follows where Linux has no price, or where an older price with a licence is below it.
    """
    row = known.row
    licence = rules.licence(on_demand, float(row.linux)) if row.linux else -1.0
    priced: dict[OfferKey, CommitmentPrice] = {}
    if licence < 0:
        return priced
    for kind, offering_class, follows in _OFFERS:
        for term in TERMS:
            rate = _rate(known, kind, follows, term)
            if rate is None:
                continue
            for option in PAYMENT_OPTIONS:
                key = OfferKey(kind, offering_class, term, option)
                priced[key] = _price(key, follows, rate, licence)
    return priced


def _rate(known: Known, kind: str, follows: str, term: int) -> _Rate | None:
    row, (column, before_rounding) = known.row, _COLUMNS[follows, term]
    published, unrounded = getattr(row, column), getattr(row, before_rounding)
    if published:
        places, source = int(row.places), known.source(column)
        return _Rate(float(published), float(unrounded or published), places, False, source)
    if kind != COMPUTE_PLAN:
        return None
    estimate = rules.estimated_compute_plan_rate(float(row.linux), term)
    return _Rate(estimate, estimate, rules.ESTIMATE_PLACES, True, known.source("linux"))


def _price(key: OfferKey, follows: str, rate: _Rate, licence: float) -> CommitmentPrice:
    payment = _payment(key, follows, rate, licence)
    reasons = _reasons(key, rate.estimated, licence > 0)
    basis: PriceBasis = "derived" if reasons else "recorded"
    return CommitmentPrice(
        kind=key.kind,
        offering_class=key.offering_class,
        term_years=key.term_years,
        payment_option=key.payment_option,
        effective_usd_per_hour=payment.effective,
        upfront_usd=payment.upfront,
        recurring_usd_per_hour=payment.recurring,
        basis="estimated" if rate.estimated else basis,
        source="; ".join((rate.source.text, *reasons)),
        as_of=rate.source.day,
    )


def _payment(key: OfferKey, follows: str, rate: _Rate, licence: float) -> rules.Payment:
    term, option = key.term_years, key.payment_option
    places = max(rate.places, _LICENSED_PLACES) if licence else rate.places
    charge = rules.reserved_payment if key.kind == RESERVED else rules.plan_payment
    if option == rules.NO_UPFRONT:
        return charge(round(rate.published + licence, _EXACT_PLACES), term, option, places)
    linux = rules.upfront_effective_rate(rate.unrounded, term, option, follows)
    return charge(linux + licence, term, option, places)


def _reasons(key: OfferKey, estimated: bool, licensed: bool) -> list[str]:
    if estimated:
        return ["a typical share of On-Demand, AWS's rate is not known"]
    reasons = ["plan rate = Reserved Instance rate"] if key.kind != RESERVED else []
    if key.payment_option != rules.NO_UPFRONT:
        reasons.append(f"{key.payment_option} from No Upfront")
    return [*reasons, "licence added undiscounted"] if licensed else reasons
