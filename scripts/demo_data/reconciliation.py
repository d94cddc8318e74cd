"""How does the run rate of the lists become the bill of the last full month? Line by line, by hand."""

from __future__ import annotations

from decimal import Decimal

from finops.money import HOURS_PER_MONTH
from scripts.demo_data.fees_and_credits import (
    CREDIT_CENTS,
    MARKETPLACE_CENTS,
    REFUND_CENTS,
    SUPPORT_CENTS,
)
from scripts.demo_data.instances import Instance
from scripts.demo_data.owned import Commitment
from scripts.demo_data.resource_lists import month_cost
from scripts.demo_data.sample import Sample
from scripts.demo_data.september import (
    HOURS_OF_MONTH,
    Line,
    September,
    amortised,
    hours_text,
    list_cost,
    service_month,
    total,
)
from scripts.demo_data.timeline import BILLED_MONTH


def reconciliation(sample: Sample, month: September) -> list[Line]:
    """The run rate, and the lines that lead from it to Σ EffectiveCost."""
    listed = [instance for instance in sample.instances if instance.listed]
    gone = [instance for instance in sample.instances if not instance.listed]
    rates = sum((instance.rate for instance in listed), Decimal(0))
    buckets = sum((month_cost(bucket, sample.prices) for bucket in sample.buckets), Decimal(0))
    unused = _unused(next(each for each in sample.owned if each.name == "catalog-old"))
    purchases = Decimal(SUPPORT_CENTS + MARKETPLACE_CENTS) / 100
    return [
        Line(
            label="Run rate",
            working=f"{rates} × {HOURS_PER_MONTH} + {buckets}",
            usd=rates * HOURS_PER_MONTH + buckets,
        ),
        Line(
            label=f"{HOURS_OF_MONTH} hours instead of {HOURS_PER_MONTH}",
            working=f"{rates} × ({HOURS_OF_MONTH} − {HOURS_PER_MONTH})",
            usd=rates * (HOURS_OF_MONTH - HOURS_PER_MONTH),
        ),
        *(_not_run(state, listed) for state in ("running", "stopped", "terminated")),
        Line(
            label="Instances no longer listed",
            working="list cost of what ran and is gone",
            usd=list_cost(gone),
        ),
        Line(
            label="Commitment discounts",
            working="table 3 − unused − table 2",
            usd=total(month.fees) - unused - total(month.covered),
        ),
        Line(
            label="Spot and other discounts",
            working=month.spot_discount.working,
            usd=month.spot_discount.usd,
        ),
        Line(
            label="Commitments paid for, not used",
            working="3½ of the 6 RIs catalog-old: their fee × 3½ ÷ 6",
            usd=unused,
        ),
        *(
            Line(label=f"Other usage: {service}", working="as above", usd=amount)
            for service, amount in service_month().items()
        ),
        Line(
            label="Purchase charges",
            working="Support and Marketplace; commitment fees are amortised",
            usd=purchases,
        ),
        Line(
            label="Credit charges",
            working="credit and refund",
            usd=-Decimal(CREDIT_CENTS + REFUND_CENTS) / 100,
        ),
    ]


def _unused(catalog: Commitment) -> Decimal:
    """The fee of the 3½ Reserved Instances that nothing matches."""
    return amortised(catalog).usd * Decimal("3.5") / catalog.quantity


def _not_run(state: str, listed: list[Instance]) -> Line:
    theirs = [instance for instance in listed if instance.state == state]
    missing = [HOURS_OF_MONTH - instance.hours_in(BILLED_MONTH) for instance in theirs]
    return Line(
        label=f"Hours not run: {state} instances",
        working=f"{hours_text(sum(missing))} hours of {len(theirs)} instances, each × its rate",
        usd=-sum((hours * each.rate for hours, each in zip(missing, theirs, strict=True)), Decimal(0)),
    )
