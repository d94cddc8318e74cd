"""How many instances of each pool ran in each hour? The ``usage`` frame from bill lines."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.lines import COVERED, NUMBER, RESERVED_USAGE
from finops.schema import USAGE

SERVICE = "AmazonEC2"
USED, UNUSED = "Used", "Unused"
_USED = ("Usage", COVERED, RESERVED_USAGE)
_POOL = {
    "AccountId": "SubAccountId",
    "Region": "RegionId",
    "AvailabilityZone": "AvailabilityZone",
    "InstanceType": "InstanceType",
    "Platform": "Platform",
    "Tenancy": "Tenancy",
    "PurchaseOption": "PurchaseOption",
}


def ran(lines: ibis.Table) -> ir.BooleanValue:
    """Which lines are hours of an instance; what a commitment left unused is none."""
    return (
        lines.InstanceType.notnull()
        & lines.LineItemType.fill_null(_USED[0]).isin(_USED)
        & (lines.CommitmentDiscountStatus.isnull() | (lines.CommitmentDiscountStatus != UNUSED))
    )


def quantity(lines: ibis.Table) -> ir.FloatingValue:
    """Instance-hours."""
    return ibis.coalesce(lines.ConsumedQuantity, lines.PricingQuantity)


def usage(lines: ibis.Table) -> ibis.Table:
    """The columns of ``schema.USAGE``: an hour × pool, Hour in UTC without a zone.

    Only lines of an hour at most: a day's line does not say in which of its hours the instance ran
    (``instance_lines`` counts those). OnDemandRateUSD is the highest of the pool, null for spot.
    """
    hourly = lines.filter(ran(lines), _within_an_hour(lines))
    hours = hourly.group_by(
        Hour=hourly.ChargePeriodStart.truncate("h"), **{name: hourly[of] for name, of in _POOL.items()}
    ).agg(Quantity=quantity(hourly).sum(), OnDemandRateUSD=hourly.OnDemandRate.max())
    is_spot = hours.PurchaseOption == "spot"
    return hours.mutate(
        Service=ibis.literal(SERVICE),
        OnDemandRateUSD=ibis.ifelse(is_spot, ibis.null(NUMBER), hours.OnDemandRateUSD),
    ).select(*USAGE.columns)


def covered(lines: ibis.Table) -> ibis.Table:
    """What ``usage`` holds of hours under a commitment, by CommitmentDiscountId (null: not told).

    One row a commitment × pool × hour: the columns of ``usage`` and CoveredBy.
    """
    hourly = lines.filter(
        ran(lines), _within_an_hour(lines), lines.CommitmentDiscountStatus.fill_null("") == USED
    )
    pools = {name: hourly[of] for name, of in _POOL.items()}
    return hourly.group_by(
        Hour=hourly.ChargePeriodStart.truncate("h"), **pools, CoveredBy=hourly.CommitmentDiscountId
    ).agg(Quantity=quantity(hourly).sum(), EffectiveCost=hourly.EffectiveCost.sum())


def instance_lines(lines: ibis.Table) -> ibis.Table:
    """One row: Lines, Hours and EffectiveCost of instances in lines that say the hour, and Longer… of
    those that do not (longer than an hour, or without an end). Dollars are null where there are none.
    """
    instances = lines.filter(ran(lines))
    within = _within_an_hour(instances).fill_null(False)
    values: dict[str, ir.Scalar] = {}
    for prefix, chosen in (("", within), ("Longer", ~within)):
        values[f"{prefix}Lines"] = chosen.sum().fill_null(0)
        values[f"{prefix}Hours"] = quantity(instances).sum(where=chosen)
        values[f"{prefix}EffectiveCost"] = instances.EffectiveCost.sum(where=chosen)
    return instances.agg(**values)


def _within_an_hour(lines: ibis.Table) -> ir.BooleanValue:
    return lines.ChargePeriodEnd <= lines.ChargePeriodStart + ibis.interval(hours=1)
