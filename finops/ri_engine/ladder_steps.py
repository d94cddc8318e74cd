"""What is a step of a purchase ladder? The records, tranches, and renewals."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from finops.money import exact, exact_sum
from finops.ri_engine.claims import RI
from finops.ri_engine.ladder_months import Window, end_of
from finops.ri_engine.ladder_schedule import Counts, Lot
from finops.ri_engine.optimum.limits import PLAN_STEP_USD
from finops.ri_engine.purchases import Purchase

State = Literal["advised", "renewal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """One thing to buy on ``purchase_on``. Dollars are of the whole step, None where unknown.

    ``expires_on`` is the first day on which it no longer serves. A ``renewal`` proposes to decide again
    on the day that the owned commitment ``renews`` ends, as it is and at its cost; it is part of no
    headline. ``forgone_savings_usd`` is what the step would have saved from the first day until then.
    """

    state: State
    purchase_on: date
    expires_on: date
    renews: str | None
    kind: str
    account_id: str | None
    region: str | None
    instance_type: str | None
    instance_family: str | None
    platform: str | None
    tenancy: str | None
    offering_class: str | None
    term_years: int
    payment_option: str | None
    quantity: float | None
    hourly_commitment_usd: float | None
    hourly_usd: float | None
    upfront_usd: float | None
    recurring_hourly_usd: float | None
    forgone_savings_usd: float = 0.0

    @property
    def title(self) -> str:
        """``m5.xlarge · us-east-1 · 8 × 1 yr No Upfront``"""
        terms = f"{self.term_years} yr {self.payment_option or ''}".strip()
        if self.kind == RI:
            count = "?" if self.quantity is None else f"{self.quantity:g}"
            return f"{self.instance_type} · {self.region} · {count} × {terms}"
        place = f"{self.instance_family} · {self.region}" if self.instance_family else "Compute"
        usd = "?" if self.hourly_commitment_usd is None else f"${self.hourly_commitment_usd:,.3f}"
        return f"{place} plan · {usd}/h × {terms}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OverCap:
    """A month (``YYYY-MM``) that is over the cap in the ladder, and why that cannot be helped."""

    month: str
    expiring_usd: float
    standing_usd: float
    expiring_pct: float | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """What to buy when: ``steps`` by day, advice before renewals.

    ``months`` has a row a month: month (``YYYY-MM``) and standing_usd, expiring_usd ($ an hour) and
    expiring_pct (null where nothing stands) with everything bought on the first day (``before_…``) and
    as scheduled (``after_…``). ``not_counted`` names owned commitments whose dates or cost are unknown.
    ``proven`` says that no schedule is better by more than a thousandth.
    """

    as_of: date
    max_expiring_pct: float | None
    steps: tuple[LadderStep, ...]
    cannot_be_met: tuple[OverCap, ...]
    not_counted: tuple[str, ...]
    proven: bool
    months: pd.DataFrame = field(compare=False)

    @property
    def forgone_savings_usd(self) -> float:
        """What waiting costs: the savings of the hours from the first day until each step."""
        return float(exact_sum(step.forgone_savings_usd for step in self.steps))


def tranches(one: Purchase, lot: Lot, units: Counts, window: Window) -> list[LadderStep]:
    """A step a day of purchase. The first gets what a plan has beyond whole steps."""
    days = window.purchase_days(one.term_years)
    chosen = [int(number) for number in np.flatnonzero(units)]
    counts = [int(units[number]) for number in chosen]
    ends = np.cumsum([0, *counts]) / lot.units
    commitments = _commitments(one, counts)
    steps = []
    for place, (number, (low, high)) in enumerate(zip(chosen, pairwise(ends), strict=True)):
        share, day = float(high - low), days[number]
        waited = (day - window.first).days * 24
        steps.append(
            LadderStep(
                state="advised",
                purchase_on=day,
                expires_on=end_of(day, one.term_years),
                renews=None,
                kind=one.kind,
                account_id=one.account_id,
                region=one.region,
                instance_type=one.instance_type,
                instance_family=one.instance_family,
                platform=one.platform,
                tenancy=one.tenancy,
                offering_class=one.offering_class,
                term_years=one.term_years,
                payment_option=one.payment_option,
                quantity=None if one.quantity is None else counts[place],
                hourly_commitment_usd=commitments[place],
                hourly_usd=one.hourly_usd * share,
                upfront_usd=one.upfront_usd * share,
                recurring_hourly_usd=one.recurring_hourly_usd * share,
                forgone_savings_usd=lot.unit_saving_usd * counts[place] * waited,
            )
        )
    return steps


def _commitments(one: Purchase, counts: Sequence[int]) -> list[float | None]:
    if one.hourly_commitment_usd is None:
        return [None for _ in counts]
    later = [exact(PLAN_STEP_USD) * count for count in counts[1:]]
    return [float(part) for part in (exact(one.hourly_commitment_usd) - sum(later), *later)]


def renewal(row: Mapping[Hashable, Any], term_years: int, hourly_usd: float) -> LadderStep:
    known = {name: None if pd.isna(value) else value for name, value in row.items()}
    day = row["End"].date()
    return LadderStep(
        state="renewal",
        purchase_on=day,
        expires_on=end_of(day, term_years),
        renews=str(row["CommitmentId"]),
        kind=str(row["Kind"]),
        account_id=known["AccountId"],
        region=known["Region"],
        instance_type=known["InstanceType"],
        instance_family=known["InstanceFamily"],
        platform=known["Platform"],
        tenancy=known["Tenancy"],
        offering_class=known["OfferingClass"],
        term_years=term_years,
        payment_option=known["PaymentOption"],
        quantity=known["Quantity"],
        hourly_commitment_usd=known["HourlyCommitmentUSD"],
        hourly_usd=float(hourly_usd) if np.isfinite(hourly_usd) else None,
        upfront_usd=known["UpfrontUSD"],
        recurring_hourly_usd=known["RecurringHourlyUSD"],
    )
