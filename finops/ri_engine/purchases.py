"""What can be bought? So many Reserved Instances, or one hourly commitment of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from finops.money import HOURS_PER_YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """One row to buy. Dollars are of the whole row, not of one instance.

    A Reserved Instance names region, type, platform, tenancy and ``quantity``; an EC2 Instance Savings
    Plan region, family and ``hourly_commitment_usd``; a Compute Savings Plan only the latter.
    ``account_id`` buys, None where accounts are unknown. ``offering_class`` is None for plans.
    """

    kind: str
    account_id: str | None
    term_years: int
    payment_option: str
    offering_class: str | None = None
    region: str | None = None
    instance_type: str | None = None
    instance_family: str | None = None
    platform: str | None = None
    tenancy: str | None = None
    quantity: int | None = None
    hourly_commitment_usd: float | None = None
    upfront_usd: float
    recurring_hourly_usd: float

    @property
    def title(self) -> str:
        """``m5.xlarge · us-east-1 · 8 × 1 yr No Upfront``"""
        terms = f"{self.term_years} yr {self.payment_option}"
        if self.hourly_commitment_usd is None:
            return f"{self.instance_type} · {self.region} · {self.quantity} × {terms}"
        place = f"{self.instance_family} · {self.region}" if self.instance_family else "Compute"
        return f"{place} plan · ${self.hourly_commitment_usd:,.3f}/h × {terms}"

    @property
    def hourly_usd(self) -> float:
        """The amortised cost of an hour, used or not: upfront spread over 8,760 hours a year."""
        if self.hourly_commitment_usd is not None:
            return self.hourly_commitment_usd
        return self.upfront_usd / (HOURS_PER_YEAR * self.term_years) + self.recurring_hourly_usd
