"""How does one published rate become every commitment price? The rules, each with its evidence.

AWS's price files hold No Upfront rates for Linux; what else AWS sells follows from them by rule.
The rules were inferred from AWS's own published figures and checked against 326 prices from other
sources (``python scripts/spotcheck_prices.py FILE`` prints how well they hit).

Rates are dollars per instance-hour; terms are 1 or 3 years of 8,760 hours. Pure arithmetic: a NaN or
a negative rate is a mistake of the catalogue and is refused where the catalogue is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from finops.money import HOURS_PER_YEAR

NO_UPFRONT, PARTIAL_UPFRONT, ALL_UPFRONT = "No Upfront", "Partial Upfront", "All Upfront"

# Partial Upfront is what No Upfront costs, divided by this.
# c6g.large, us-east-1: 0.0428 ÷ 1.05 = 0.04076 (AWS 0.040834); 0.0294 ÷ 1.08 = 0.02722 (AWS 0.027185).
_PARTIAL_DIVISOR = {1: 1.05, 3: 1.08}

# All Upfront is what Partial Upfront costs, times this; standard rates of 3 years have their own factor.
# m6id.8xlarge, us-east-1: 1.19599 ÷ 1.05 × 0.98 = 1.11626 (AWS 1.11621);
# 0.82011 ÷ 1.08 × 0.94 = 0.71380 (AWS 0.713813).
_ALL_FACTOR = 0.98
_ALL_FACTOR_STANDARD_3_YEARS = 0.94

# Where there is no convertible rate, a Compute Savings Plan (No Upfront) typically costs this share of
# On-Demand. An estimate: c6g.large is 0.0496 ÷ 0.068 = 0.729 and 0.0328 ÷ 0.068 = 0.482.
_COMPUTE_PLAN_SHARE = {1: 0.735, 3: 0.507}

# AWS sells no Reserved Instances of these families.
NOT_SOLD_AS_RI = ("m8a", "m8gd", "m8i")

# Decimal places of an estimated rate, those of AWS's newer families.
ESTIMATE_PLACES = 5


@dataclass(frozen=True, slots=True)
class Payment:
    """How an offer is paid: ``effective`` = ``upfront`` ÷ hours of the term + ``recurring``."""

    effective: float
    upfront: float
    recurring: float


def partial_upfront_rate(no_upfront: float, term_years: int) -> float:
    """The effective Partial Upfront rate: No Upfront ÷ 1.05 for one year, ÷ 1.08 for three."""
    return no_upfront / _PARTIAL_DIVISOR[term_years]


def all_upfront_rate(no_upfront: float, term_years: int, offering_class: str) -> float:
    """The effective All Upfront rate: Partial × 0.98, but × 0.94 for standard and three years.

    A Compute Savings Plan follows ``convertible``, an EC2 Instance Savings Plan ``standard``.
    """
    three_year_standard = term_years == 3 and offering_class == "standard"
    factor = _ALL_FACTOR_STANDARD_3_YEARS if three_year_standard else _ALL_FACTOR
    return partial_upfront_rate(no_upfront, term_years) * factor


def upfront_effective_rate(
    no_upfront: float, term_years: int, option: str, offering_class: str
) -> float:
    """The effective rate of an option that pays something upfront, before AWS's rounding."""
    if option == PARTIAL_UPFRONT:
        return partial_upfront_rate(no_upfront, term_years)
    return all_upfront_rate(no_upfront, term_years, offering_class)


def reserved_payment(rate: float, term_years: int, option: str, places: int) -> Payment:
    """How AWS charges a Reserved Instance whose effective rate is ``rate``.

    Upfront amounts are whole dollars and recurring rates have as many decimal ``places`` as the
    family's published rates. Partial Upfront pays half of each hour upfront. c6i.large, us-east-1,
    1 year: half of 0.056233 ÷ 1.05 is 0.026778 → $235 (0.026778 × 8,760 = 234.57) and 0.02678 an
    hour; 235 ÷ 8,760 + 0.02678 = 0.053607, which is AWS's figure.
    """
    hours = HOURS_PER_YEAR * term_years
    if option == NO_UPFRONT:
        return Payment(rate, 0.0, rate)
    if option == ALL_UPFRONT:
        upfront = _round_half_up(rate * hours)
        return Payment(upfront / hours, upfront, 0.0)
    upfront = _round_half_up(rate * hours / 2)
    recurring = _round_rate(rate / 2, places)
    return Payment(upfront / hours + recurring, upfront, recurring)


def plan_payment(rate: float, term_years: int, option: str, places: int) -> Payment:
    """How a Savings Plan that covers one instance is charged, at the plan's published rate.

    A plan's rates are published to ``places`` decimals whatever the payment option; what is paid upfront
    is a share of the commitment and is not rounded to dollars. m7i.4xlarge, us-east-1, Compute plan of
    1 year: 0.59245 ÷ 1.05 = 0.56424, which is AWS's figure.
    """
    hours = HOURS_PER_YEAR * term_years
    effective = _round_rate(rate, places)
    share = {NO_UPFRONT: 0.0, PARTIAL_UPFRONT: 0.5, ALL_UPFRONT: 1.0}[option]
    return Payment(effective, effective * share * hours, effective * (1 - share))


def licence(on_demand: float, linux_on_demand: float) -> float:
    """What Windows or Red Hat adds to Linux in an hour. No commitment discounts it.

    x2iedn.32xlarge, ap-south-1: 33.412 − 27.524 = 5.888 (128 vCPU × 0.046); one year standard, No
    Upfront: 16.93552 + 5.888 = 22.82352, which is AWS's Windows figure.
    """
    return on_demand - linux_on_demand


def estimated_compute_plan_rate(linux_on_demand: float, term_years: int) -> float:
    """A Compute Savings Plan rate where AWS's is not known: a typical share of On-Demand."""
    return linux_on_demand * _COMPUTE_PLAN_SHARE[term_years]


def break_even_utilization(effective: float, on_demand: float) -> float:
    """The share of the hours (0–1) that a commitment must be used for to cost no more than On-Demand."""
    return effective / on_demand


def _round_half_up(amount: float) -> float:
    return float(math.floor(amount + 0.5))


def _round_rate(rate: float, places: int) -> float:
    # A rate that would round to nothing keeps its value: free hours do not exist.
    scale = 10.0**places
    return math.floor(rate * scale + 0.5) / scale or rate
