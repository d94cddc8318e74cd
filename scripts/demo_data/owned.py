"""Which Reserved Instances and Savings Plans does the company own?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR, exact
from finops.periods import Month, utc
from finops.schema import COMMITMENTS
from scripts.demo_data.organisation import DATA, PRODUCTION, Account
from scripts.demo_data.prices import Prices, pico
from scripts.demo_data.timeline import DAYS, HOURS, Ints, day_number, hour_number

RESERVED, INSTANCE_PLAN, COMPUTE_PLAN = (
    "reserved_instance",
    "ec2_instance_savings_plan",
    "compute_savings_plan",
)
DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Commitment:
    """An owned commitment. ``quantity`` counts instances of ``instance_type``.

    A plan is sized as that many instance-hours of ``instance_type`` at the plan's rate there, so
    that its commitment is ``quantity × rate`` dollars an hour. ``upfront`` and ``recurring`` are
    dollars, and dollars an hour, of one Reserved Instance; of a plan the whole.
    """

    name: str
    id: str
    kind: str
    account: Account
    region: str
    instance_type: str
    quantity: int
    offering_class: str | None
    term_years: int
    payment: str
    start: date
    upfront: Decimal
    recurring: Decimal

    @property
    def end(self) -> date:
        """The first day that it does not count any more: a year has 365 days."""
        return self.start + timedelta(days=DAYS_PER_YEAR * self.term_years)

    @property
    def family(self) -> str:
        return self.instance_type.split(".")[0]

    @property
    def is_plan(self) -> bool:
        return self.kind != RESERVED

    @property
    def copies(self) -> int:
        """By what ``upfront`` and ``recurring`` are multiplied: a plan's are already the whole."""
        return 1 if self.is_plan else self.quantity

    def active(self) -> slice:
        """The hours of the history in which it counts."""
        return slice(max(hour_number(self.start), 0), min(hour_number(self.end), HOURS))

    def active_hours(self, month: Month) -> int:
        """Hours of a whole month in which it counts, whatever part of the month is over."""
        start, end = max(self.start, month.start), min(self.end, month.end)
        return max((end - start).days, 0) * 24

    def fee_by_hour(self) -> Ints:
        """Amortised pico-dollars of each hour of the history.

        The upfront part of hour t is what has been amortised up to its end less what had been up
        to its beginning, each rounded down: over the term nothing is lost.
        """
        upfront = pico(self.upfront) * self.copies
        term = HOURS_PER_YEAR * self.term_years
        begin = hour_number(self.start)
        fees = np.zeros(HOURS, dtype=np.int64)
        for hour in range(self.active().start, self.active().stop):
            passed = hour - begin
            fees[hour] = upfront * (passed + 1) // term - upfront * passed // term
        fees[self.active()] += pico(self.recurring) * self.copies
        return fees


def owned_commitments(prices: Prices) -> list[Commitment]:
    """The five commitments, in the order of their start."""
    return [
        _reserved(
            prices,
            name="ledger",
            id="arn:aws:ec2:us-east-1:222233334444:reserved-instances/3f9c2a51-7d64-4b0e-9a1c-5e8f20b7d614",
            region="us-east-1",
            instance_type="r5.4xlarge",
            quantity=4,
            term_years=3,
            payment="All Upfront",
            start=date(2023, 11, 6),
        ),
        _reserved(
            prices,
            name="catalog-old",
            id="arn:aws:ec2:us-west-2:222233334444:reserved-instances/b41e07d8-25fa-4c93-8e6d-90a2c7f3158b",
            region="us-west-2",
            instance_type="c5.2xlarge",
            quantity=6,
            term_years=1,
            payment="Partial Upfront",
            start=date(2026, 1, 19),
        ),
        _reserved(
            prices,
            name="checkout",
            id="arn:aws:ec2:us-east-1:222233334444:reserved-instances/0c7be9f4-6a12-4d38-b5f7-1d94e3a860c2",
            region="us-east-1",
            instance_type="m5.2xlarge",
            quantity=8,
            term_years=1,
            payment="No Upfront",
            start=date(2026, 2, 10),
        ),
        _plan(
            prices,
            COMPUTE_PLAN,
            name="lakehouse",
            id="arn:aws:savingsplans::444455556666:savingsplan/8e2d5b70-f1c9-4a46-93d8-c60b7a15e2f9",
            account=DATA,
            region="us-east-1",
            instance_type="r6g.2xlarge",
            quantity=8,
            start=date(2026, 4, 15),
        ),
        _plan(
            prices,
            INSTANCE_PLAN,
            name="search",
            id="arn:aws:savingsplans::222233334444:savingsplan/57a0c3e6-9b84-4f2d-a7e1-2f68d049bc3a",
            account=PRODUCTION,
            region="us-west-2",
            instance_type="r6g.4xlarge",
            quantity=2,
            start=date(2026, 7, 1),
        ),
    ]


def _reserved(
    prices: Prices,
    *,
    name: str,
    id: str,
    region: str,
    instance_type: str,
    quantity: int,
    term_years: int,
    payment: str,
    start: date,
) -> Commitment:
    price = prices.committed(
        RESERVED,
        instance_type,
        region,
        term_years=term_years,
        payment=payment,
        offering_class="standard",
    )
    return Commitment(
        name=name,
        id=id,
        kind=RESERVED,
        account=PRODUCTION,
        region=region,
        instance_type=instance_type,
        quantity=quantity,
        offering_class="standard",
        term_years=term_years,
        payment=payment,
        start=start,
        upfront=exact(price.upfront_usd),
        recurring=exact(price.recurring_usd_per_hour),
    )


def _plan(
    prices: Prices,
    kind: str,
    *,
    name: str,
    id: str,
    account: Account,
    region: str,
    instance_type: str,
    quantity: int,
    start: date,
) -> Commitment:
    price = prices.committed(kind, instance_type, region, term_years=1, payment="No Upfront")
    return Commitment(
        name=name,
        id=id,
        kind=kind,
        account=account,
        region=region,
        instance_type=instance_type,
        quantity=quantity,
        offering_class=None,
        term_years=1,
        payment="No Upfront",
        start=start,
        upfront=Decimal(0),
        recurring=exact(price.recurring_usd_per_hour) * quantity,
    )


def commitments_frame(owned: list[Commitment]) -> pd.DataFrame:
    """The ``commitments`` frame."""
    return COMMITMENTS.conform(pd.DataFrame([_row(commitment) for commitment in owned]))


def _row(commitment: Commitment) -> Mapping[str, object]:
    reserved = not commitment.is_plan
    has_region = commitment.kind != COMPUTE_PLAN
    return {
        "CommitmentId": commitment.id,
        "Kind": commitment.kind,
        "AccountId": commitment.account.id,
        "Sharing": True,
        "State": "active",
        "OfferingClass": commitment.offering_class,
        "TermYears": commitment.term_years,
        "PaymentOption": commitment.payment,
        "Scope": "Region" if reserved else None,
        "Region": commitment.region if has_region else None,
        "InstanceType": commitment.instance_type if reserved else None,
        "InstanceFamily": commitment.family if has_region else None,
        "Platform": "Linux/UNIX" if reserved else None,
        "Tenancy": "default" if reserved else None,
        "Quantity": commitment.quantity if reserved else None,
        "HourlyCommitmentUSD": None if reserved else float(commitment.recurring),
        "UpfrontUSD": float(commitment.upfront * commitment.copies),
        "RecurringHourlyUSD": float(commitment.recurring * commitment.copies),
        "Start": utc(commitment.start),
        "End": utc(commitment.end),
    }


def days_active(commitment: Commitment) -> range:
    """The day numbers of the history on which it counts."""
    return range(max(day_number(commitment.start), 0), min(day_number(commitment.end), DAYS))
