"""How does the run rate of the resource lists become the bill of the last full month?

The lists say what everything would cost if it ran for 730 hours. The bill says what was charged.
Every row of the bill is put into exactly one line below, so the lines add up without a remainder:
run rate + lines = EffectiveCost, and the last line leads on to BilledCost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from finops.answers.cost_basis import bill_month
from finops.estate import Estate
from finops.money import HOURS_PER_MONTH, exact, exact_sum
from finops.periods import Month, between
from finops.schema import resource_names, total

HOURS_UNITS = ("hour", "hours", "hrs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationLine:
    """One step from the run rate to the bill, in dollars, with the reason in words."""

    line: str
    usd: Decimal
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Run rate, the steps, and both totals of the month. Σ steps = effective − run rate, exactly."""

    period: str
    hours: int
    run_rate_usd: Decimal
    lines: tuple[ReconciliationLine, ...]
    effective_usd: Decimal
    billed_minus_effective_usd: Decimal
    billed_usd: Decimal


def reconcile(estate: Estate) -> Reconciliation | None:
    """The steps for the last full month of the bill, or None where there is nothing to compare.

    That is without a list, without a bill in dollars, with one that does not amortise, and where only
    some states of instances are looked at: a charge has no state.
    """
    counted = bill_month(estate)
    if counted is None or counted.basis.basis != "effective" or estate.filters.states:
        return None
    month = counted.month
    charges = _charges_of(estate.costs, month)
    if charges.empty or not estate.has_lists or (estate.ec2.empty and estate.s3.empty):
        return None
    run_rate = total(estate.ec2["MonthlyCostUSD"]) + total(estate.s3["MonthlyCostUSD"])
    lines = tuple(line for line in _lines(estate, charges, month) if line.usd != 0)
    effective, billed = total(charges["EffectiveCost"]), total(charges["BilledCost"])
    return Reconciliation(
        period=str(month),
        hours=month.days * 24,
        run_rate_usd=run_rate,
        lines=lines,
        effective_usd=effective,
        billed_minus_effective_usd=billed - effective,
        billed_usd=billed,
    )


def _charges_of(costs: pd.DataFrame, month: Month) -> pd.DataFrame:
    charges = costs[between(costs["ChargePeriodStart"], month.start, month.end)]
    return charges.assign(
        Resource=resource_names(charges["ResourceId"]),
        ListCost=charges["ListCost"].fillna(charges["EffectiveCost"]),
    )


def _lines(estate: Estate, charges: pd.DataFrame, month: Month) -> Iterator[ReconciliationLine]:
    usage = (charges["ChargeCategory"] == "Usage") & (charges["CommitmentDiscountStatus"] != "Unused")
    of_instance = charges["Resource"].isin(estate.ec2["InstanceId"]) & usage
    of_bucket = charges["Resource"].isin(estate.s3["BucketName"]) & usage
    gone = usage & ~of_instance & charges["Resource"].str.startswith("i-").fillna(value=False)
    listed = of_instance | of_bucket | gone
    yield from _instance_hours(estate.ec2, charges[of_instance], month)
    yield _line(
        "Instances no longer listed",
        total(charges.loc[gone, "ListCost"]),
        "ran in the month, are not in the resource list any more; at list price",
    )
    yield _line(
        "Buckets: bill against list",
        total(charges.loc[of_bucket, "ListCost"]) - total(estate.s3["MonthlyCostUSD"]),
        "what the bill has for the listed buckets, less their monthly cost in the list",
    )
    yield from _discounts(charges[listed])
    yield _line(
        "Commitments paid for, not used",
        total(charges.loc[charges["CommitmentDiscountStatus"] == "Unused", "EffectiveCost"]),
        "Reserved Instances and Savings Plans in the hours in which nothing matched them",
    )
    rest = charges[~listed & (charges["CommitmentDiscountStatus"] != "Unused")]
    yield from _other_charges(rest)


def _instance_hours(
    ec2: pd.DataFrame, charges: pd.DataFrame, month: Month
) -> Iterator[ReconciliationLine]:
    priced = ec2[ec2["CostPerHourUSD"].notna()]
    rates = [exact(rate) for rate in priced["CostPerHourUSD"]]
    hours_of_month = month.days * 24
    ran = _hours_by_resource(charges)
    if len(charges) and not ran:
        yield _line(
            "Instances: bill against run rate",
            total(charges["ListCost"]) - exact_sum(rates) * HOURS_PER_MONTH,
            "the bill does not say how many hours they ran, so this cannot be split any further",
        )
        return
    yield _line(
        f"{hours_of_month} hours instead of {HOURS_PER_MONTH}",
        exact_sum(rates) * (hours_of_month - HOURS_PER_MONTH),
        f"AWS's month has {HOURS_PER_MONTH} hours by convention, {month} has {hours_of_month}",
    )
    at_list = Decimal(0)
    for state, why in _NOT_RUN.items():
        not_run = Decimal(0)
        for instance, rate, its_state in zip(priced["InstanceId"], rates, priced["State"], strict=True):
            if its_state == state:
                hours = ran.get(instance, Decimal(0))
                not_run += rate * (hours - hours_of_month)
                at_list += rate * hours
        yield _line(f"Hours not run: {state} instances", not_run, why)
    yield _line(
        "Rates: bill against list",
        total(charges["ListCost"]) - at_list,
        "list cost of the bill for the same hours, less hours × CostPerHourUSD",
    )


_NOT_RUN = {
    "running": "running now, but launched within the month or switched off for part of it",
    "stopped": "carry a cost in the list, ran for part of the month or not at all",
    "terminated": "carry a cost in the list, ran for part of the month or not at all",
}


def _hours_by_resource(charges: pd.DataFrame) -> dict[str, Decimal]:
    in_hours = charges[charges["ConsumedUnit"].str.lower().isin(HOURS_UNITS)]
    hours = in_hours.groupby("Resource", observed=True)["ConsumedQuantity"].sum()
    return {str(resource): exact(round(float(value), 6)) for resource, value in hours.items()}


def _discounts(charges: pd.DataFrame) -> Iterator[ReconciliationLine]:
    committed = charges["CommitmentDiscountStatus"] == "Used"
    yield _line(
        "Commitment discounts",
        total(charges.loc[committed, "EffectiveCost"]) - total(charges.loc[committed, "ListCost"]),
        "hours that Reserved Instances and Savings Plans cover, at their amortised rate",
    )
    yield _line(
        "Spot and other discounts",
        total(charges.loc[~committed, "EffectiveCost"]) - total(charges.loc[~committed, "ListCost"]),
        "effective less list cost of everything that no commitment covers",
    )


def _other_charges(charges: pd.DataFrame) -> Iterator[ReconciliationLine]:
    usage = charges["ChargeCategory"] == "Usage"
    for service, group in charges[usage].groupby("ServiceName", observed=True, dropna=False):
        yield _line(
            f"Other usage: {service}",
            total(group["EffectiveCost"]),
            "charges that belong to no instance or bucket of the lists",
        )
    for category, group in charges[~usage].groupby("ChargeCategory", observed=True, dropna=False):
        yield _line(
            f"{category} charges",
            total(group["EffectiveCost"]),
            "effective cost; a purchase that is amortised has none, its usage carries it",
        )


def _line(label: str, usd: Decimal, explanation: str) -> ReconciliationLine:
    return ReconciliationLine(line=label, usd=usd, explanation=explanation)
