"""What may be bought? The limits that people really have; none unless given."""

from __future__ import annotations

from dataclasses import dataclass

from finops.money import HOURS_PER_YEAR
from finops.ri_engine.catalogue import CommitmentPrice
from finops.ri_engine.claims import COMPUTE_PLAN, EC2_PLAN, RI

EVERY_KIND = (RI, EC2_PLAN, COMPUTE_PLAN)
# AWS takes hourly commitments of Savings Plans in whole tenths of a cent.
PLAN_STEP_USD = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What may be bought, and what the optimum is asked to weigh. None, 0 and the defaults are no limit.

    ``max_upfront_usd`` is cash paid at the start over all purchases. ``target_coverage`` (a fraction of
    eligible On-Demand dollars) counts what owned commitments cover, too. ``min_utilization_pct`` and
    ``max_break_even_months`` hold for every row. ``risk_aversion`` from 0 (mean saving over the
    scenarios of demand) to 1 (mean of its worst tenth). ``discount_rate`` is a year's, as a fraction.
    ``prefer_reserved`` takes a Reserved Instance where a plan costs the same.
    """

    kinds: tuple[str, ...] = EVERY_KIND
    term_years: int | None = None
    payment_option: str | None = None
    offering_class: str | None = None
    max_upfront_usd: float | None = None
    target_coverage: float | None = None
    min_utilization_pct: float | None = None
    max_break_even_months: float | None = None
    risk_aversion: float = 0.0
    discount_rate: float = 0.0
    prefer_reserved: bool = False
    plan_step_usd: float = PLAN_STEP_USD

    def allows(self, offer: CommitmentPrice) -> bool:
        """Whether kind, term, payment and class of an offer are wanted."""
        return (
            offer.kind in self.kinds
            and (self.term_years is None or offer.term_years == self.term_years)
            and (self.payment_option is None or offer.payment_option == self.payment_option)
            and (
                self.offering_class is None
                or offer.offering_class is None
                or offer.offering_class == self.offering_class
            )
        )


def present_hours(term_years: int, discount_rate: float) -> float:
    """The hours of a term, each at its present value: $1 in every hour is worth so much today.

    ``discount_rate`` is a year's, as a fraction, compounded continuously at the equal rate.
    """
    hours = HOURS_PER_YEAR * term_years
    if discount_rate == 0:
        return float(hours)
    hourly = (1 + discount_rate) ** (1 / HOURS_PER_YEAR)
    return float((1 - hourly**-hours) / (hourly - 1))
