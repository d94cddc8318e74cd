"""What does commitment advice look like? The records, for whoever prints, draws or exports it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from finops.money import HOURS_PER_MONTH
from finops.ri_engine.backtest.windows import WindowChoice
from finops.ri_engine.evidence import Evidence, EvidenceKind
from finops.ri_engine.owned import Expiring
from finops.ri_engine.pools import Demand
from finops.ri_engine.purchases import Purchase


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """One purchase. Dollars are of the whole row, not of one instance.

    ``annual_savings_usd`` is the mean hourly saving × 8,760 after the cost of unused hours, and after
    ``effect_on_owned_usd``, the On-Demand dollars a year that owned commitments cover less because this
    one serves first (0 or below, named apart). ``account_id`` has the largest demand in the pool; an
    RI is shared with the whole organisation unless sharing is off. ``utilization_pct`` and
    ``confidence_pct`` are None on snapshot evidence, which measures neither.
    """

    kind: str
    account_id: str | None
    region: str | None
    instance_type: str | None
    instance_family: str | None
    platform: str | None
    tenancy: str | None
    quantity: int | None
    hourly_commitment_usd: float | None
    term_years: int
    payment_option: str
    offering_class: str | None
    upfront_usd: float
    monthly_usd: float
    annual_savings_usd: float
    effect_on_owned_usd: float
    payback_months: float | None
    break_even_months: float | None
    utilization_pct: float | None
    steadiness_pct: float | None
    confidence_pct: float | None
    evidence: EvidenceKind
    purchase_on: date

    @property
    def title(self) -> str:
        """``m5.xlarge · us-east-1 · 8 × 1 yr No Upfront``"""
        return self.purchase.title

    @property
    def purchase(self) -> Purchase:
        """What the row says to buy."""
        return Purchase(
            kind=self.kind,
            account_id=self.account_id,
            term_years=self.term_years,
            payment_option=self.payment_option,
            offering_class=self.offering_class,
            region=self.region,
            instance_type=self.instance_type,
            instance_family=self.instance_family,
            platform=self.platform,
            tenancy=self.tenancy,
            quantity=self.quantity,
            hourly_commitment_usd=self.hourly_commitment_usd,
            upfront_usd=self.upfront_usd,
            recurring_hourly_usd=self.monthly_usd / HOURS_PER_MONTH,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPriced:
    """A pool that got no advice because a price is unknown.

    ``monthly_usd`` is its On-Demand cost a month where that is known, else what the list of
    instances records for its running instances (``dollars`` says which), else None.
    """

    region: str
    instance_type: str
    platform: str
    tenancy: str
    instances: float
    monthly_usd: float | None
    dollars: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a report was worked out from: the evidence, and of its lines the demand that was billed and
    the one that was ``sized``."""

    evidence: Evidence
    demand: Demand
    sized: Demand


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationReport:
    """Advice on what to buy. ``annual_savings_usd`` is the sum of the rows to the cent.

    ``on_demand_usd`` is a year (8,760 h) of eligible demand at On-Demand rates, commitments not
    deducted, at the mean hour of the evidence; ``savings_pct`` is the saving on it. ``npv_savings_usd``
    is what the savings of all terms are worth on the day of purchase at ``discount_rate_pct`` a year.
    ``expected_savings_usd`` is a year's on the demand that was sized for, where demand is heading; the
    same where it was sized for the window as it was. ``optimality_gap_pct``, of the
    sized demand, is (bill of the advice − lower bound) ÷ bound, or None for the reason given.
    Coverage is covered ÷ eligible On-Demand-equivalent dollars of the evidence, under what is owned at
    ``as_of`` and under that and the advice; None without eligible demand. ``steady_instances`` has a row
    per pool (hourly) or instance (snapshot) at or above the steadiness asked for. ``horizon_days`` is
    what the confidence looks ahead, ``window`` the days that were sized on and why, ``basis`` what all
    of it was worked out from.
    """

    as_of: date
    evidence: EvidenceKind
    evidence_start: date
    evidence_hours: int
    on_demand_usd: float
    annual_savings_usd: float
    expected_savings_usd: float
    savings_pct: float | None
    npv_savings_usd: float | None
    discount_rate_pct: float
    optimality_gap_pct: float | None
    optimality_gap_reason: str | None
    coverage_before_pct: float | None
    coverage_after_pct: float | None
    target_coverage_pct: float
    horizon_days: int | None
    window: WindowChoice | None = None
    recommendations: tuple[Recommendation, ...]
    ladder: tuple[object, ...] = ()
    not_priced: tuple[NotPriced, ...] = ()
    expiring: tuple[Expiring, ...] = ()
    steady_instances: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    notes: tuple[str, ...] = ()
    basis: Basis | None = field(default=None, compare=False, repr=False, metadata={"printed": False})
