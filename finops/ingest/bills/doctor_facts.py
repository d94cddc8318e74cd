"""What must be counted in a bill before anything can be said about it? Small tables, by Ibis.

``PART_FACTS`` are taken of the flat lines of each part before they are settled, ``PERIOD_FACTS`` of the
settled lines of each billing month, ``RAW_FACTS`` of the raw columns of a part. The names are the keys
under which ``doctor.diagnosis`` takes the tables. Month is the first moment of the billing month.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.cur_costs import MONEY_CELLS
from finops.ingest.bills.lines import (
    COVERED,
    NEGATION,
    PLAN_FEE,
    PLAN_UPFRONT,
    RESERVED_FEE,
    RESERVED_USAGE,
    minus,
)
from finops.ingest.bills.raw_columns import RawColumns
from finops.ingest.columns import folded

Fact = Callable[[ibis.Table, ibis.Table], ibis.Table]

COSTS = (
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "GrossBilledCost",
    "GrossEffectiveCost",
)
# More lines than this are not searched for repetitions: it would need the memory of all of them.
MOST_COMPARED = 2_000_000
MOST_KEYS = 100
MOST_ACCOUNTS = 10_000
_HOUR, _DAY = 3_600, 86_400
_SIGN = ("LineItemId", "ChargePeriodStart", "LineItemType", "SubAccountId", "ResourceId", "UsageType")
_OF_PLANS = (COVERED, NEGATION, PLAN_FEE, PLAN_UPFRONT)
_OF_RESERVATIONS = (RESERVED_USAGE, RESERVED_FEE)
COST_CELLS = (*MONEY_CELLS, *COSTS[:4])


def totals(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """Month × LineItemType × BillingCurrency: Lines, the sum of each cost and its blanks, the span.

    ``Unknown<cost>`` counts the lines on which it is blank, NoInvoice those without an invoice.
    """
    known = {name: lines[name].sum() for name in COSTS}
    unknown = {f"Unknown{name}": _count(lines[name].isnull()) for name in COSTS}
    return lines.group_by(
        Month=_month(lines), LineItemType=lines.LineItemType, BillingCurrency=lines.BillingCurrency
    ).agg(
        Lines=lines.count(),
        **known,
        **unknown,
        NoInvoice=_count(lines.InvoiceId.isnull()),
        MonthEnd=lines.BillingPeriodEnd.max(),
        FirstStart=lines.ChargePeriodStart.min(),
        LastStart=lines.ChargePeriodStart.max(),
        LastEnd=lines.ChargePeriodEnd.max(),
    )


def pay_as_you_go(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """Month: what FOCUS charges at standard prices, where effective and billed must be the same.

    Lines and BilledCost of all of it; DifferingLines, Difference (billed − effective) and
    AbsoluteDifference of the lines that contradict themselves.
    """
    standard = lines.filter(
        (lines.LineItemType == "Usage")
        & (lines.PricingCategory == "Standard")
        & lines.CommitmentDiscountId.isnull()
        & (lines.BilledCost != 0)
        & lines.EffectiveCost.notnull()
    )
    difference = minus(standard.BilledCost, standard.EffectiveCost)
    return standard.group_by(Month=_month(standard)).agg(
        Lines=standard.count(),
        BilledCost=standard.BilledCost.sum(),
        DifferingLines=_count(difference != 0),
        Difference=difference.sum(),
        AbsoluteDifference=difference.abs().sum(),
    )


def accounts(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """BillingAccountId × SubAccountId: names, Lines, BilledCost, EffectiveCost, the dearest first."""
    keys = ["BillingAccountId", "SubAccountId"]
    # A settled fee is two lines: count the one.
    unused = lines.LineItemType.isin((PLAN_FEE, RESERVED_FEE)) & (
        lines.CommitmentDiscountStatus == "Unused"
    )
    found = lines.group_by(keys).agg(
        BillingAccountName=lines.BillingAccountName.max(),
        SubAccountName=lines.SubAccountName.max(),
        Lines=_count(~unused.fill_null(False)),
        BilledCost=lines.BilledCost.sum(),
        EffectiveCost=lines.EffectiveCost.sum(),
    )
    return found.order_by(found.BilledCost.desc(), *keys).limit(MOST_ACCOUNTS)


def days(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """Day: Hours that have an hourly line (1 to 24), lines of up to an hour, a day, and longer.

    InstanceLines are the hourly lines that name an instance that ran; LastHourlyEnd and LastDailyEnd
    the last ends of lines of up to an hour and a day. A line belongs to the day on which it starts.
    """
    seconds = lines.ChargePeriodEnd.epoch_seconds() - lines.ChargePeriodStart.epoch_seconds()
    timed = lines.filter(lines.ChargePeriodStart.notnull()).mutate(Seconds=seconds)
    hourly = timed.Seconds <= _HOUR
    daily = (timed.Seconds > _HOUR) & (timed.Seconds <= _DAY)
    return timed.group_by(Day=timed.ChargePeriodStart.truncate("D")).agg(
        Hours=hourly.ifelse(timed.ChargePeriodStart.hour(), ibis.null("int32")).nunique(),
        HourlyLines=_count(hourly),
        DailyLines=_count(daily),
        LongerLines=_count(timed.Seconds > _DAY),
        InstanceLines=_count(hourly & timed.InstanceType.notnull()),
        LongerInstanceLines=_count(~hourly & timed.InstanceType.notnull()),
        LastHourlyEnd=timed.ChargePeriodEnd.max(where=hourly),
        LastDailyEnd=timed.ChargePeriodEnd.max(where=daily),
    )


def tagged(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """One row about usage lines with a resource: all of them, those with any tag, those with each key.

    Columns LinesAll, BilledCostAll, EffectiveCostAll, the same with ``Any``, and for the keys of people
    0, 1, … Key0, Lines0, BilledCost0, EffectiveCost0, …: one pass, whatever the number of keys.
    """
    used = ibis.coalesce(lines.CommitmentDiscountStatus != "Unused", True)
    of_resources = lines.filter((lines.ChargeCategory == "Usage") & lines.ResourceId.notnull() & used)
    sums = of_resources.group_by("TagSetId").agg(
        Lines=of_resources.count(),
        BilledCost=of_resources.BilledCost.sum(),
        EffectiveCost=of_resources.EffectiveCost.sum(),
    )
    keys = user_keys(tag_sets)
    joined = sums.left_join(tag_sets, "TagSetId")
    any_tag = ibis.or_(*(joined[key].notnull() for key in keys)) if keys else ibis.literal(False)
    measures = _tag_measures(joined, ibis.literal(True), "All") | _tag_measures(joined, any_tag, "Any")
    for number, key in enumerate(keys):
        measures[f"Key{number}"] = ibis.literal(key)
        measures |= _tag_measures(joined, joined[key].notnull(), str(number))
    return joined.agg(**measures)


def user_keys(tag_sets: ibis.Table) -> list[str]:
    """The columns of a tag set table that hold keys of people, the most usual hundred."""
    own = {"TagSetId", "Tags", "CostCategory"}
    named = [name for name in tag_sets.columns if name not in own]
    return [name for name in named if not name.startswith("aws:")][:MOST_KEYS]


def _tag_measures(joined: ibis.Table, carries: ir.BooleanValue, suffix: str) -> dict[str, ir.Value]:
    return {
        f"{name}{suffix}": joined[name].sum(where=carries)
        for name in ("Lines", "BilledCost", "EffectiveCost")
    }


def commitments(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """Commitment × type × Status × ChargeCategory × ChargeFrequency: costs and the time they span.

    Type is "Savings Plan" or "Reserved Instance" for the line item types that say so, else the
    report's word. Status is ``Used``, ``Unused`` or null (purchases).
    """
    kind = lines.LineItemType
    words = ibis.cases(
        (kind.isin(_OF_PLANS), "Savings Plan"),
        (kind.isin(_OF_RESERVATIONS), "Reserved Instance"),
        else_=lines.CommitmentDiscountType,
    )
    status = lines.CommitmentDiscountStatus
    of_commitments = lines.filter(
        (
            lines.CommitmentDiscountId.notnull()
            | status.notnull()
            | kind.isin(_OF_PLANS + _OF_RESERVATIONS)
        )
        & ibis.coalesce(kind != NEGATION, True)
    ).mutate(Type=words)
    return of_commitments.group_by(
        Id=of_commitments.CommitmentDiscountId,
        Type=of_commitments.Type,
        Status=of_commitments.CommitmentDiscountStatus,
        ChargeCategory=of_commitments.ChargeCategory,
        ChargeFrequency=of_commitments.ChargeFrequency,
    ).agg(
        Lines=of_commitments.count(),
        BilledCost=of_commitments.BilledCost.sum(),
        EffectiveCost=of_commitments.EffectiveCost.sum(),
        UnknownEffective=_count(of_commitments.EffectiveCost.isnull()),
        GrossEffectiveCost=of_commitments.GrossEffectiveCost.sum(),
        CommitmentTotal=of_commitments.CommitmentTotal.sum(),
        UnknownTotal=_count(of_commitments.CommitmentTotal.isnull()),
        PaymentOption=of_commitments.CommitmentPaymentOption.max(),
        TermStart=of_commitments.CommitmentStart.min(),
        TermEnd=of_commitments.CommitmentEnd.max(),
        FirstStart=of_commitments.ChargePeriodStart.min(),
        LastEnd=of_commitments.ChargePeriodEnd.max(),
    )


def repeated(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """One row: Lines that repeat another with the same id, start, type and costs, and their BilledCost.

    Searched is false, and the rest 0, where there are more lines than ``MOST_COMPARED``.
    """
    few = (lines.count() <= MOST_COMPARED).as_scalar()
    named = lines.filter(lines.LineItemId.notnull() & few)
    groups = named.group_by([*_SIGN, "ConsumedQuantity", *COSTS]).agg(
        Copies=named.count() - 1, All=named.BilledCost.sum(), One=named.BilledCost.max()
    )
    copies = groups.filter(groups.Copies > 0)
    counted = copies.agg(
        Lines=copies.Copies.sum().fill_null(0), BilledCost=minus(copies.All, copies.One).sum()
    )
    return counted.cross_join(lines.agg(Searched=lines.count() <= MOST_COMPARED))


def unreadable_cells(raw: ibis.Table) -> ibis.Table:
    """One row a cost column of text: Column, its Cells that are no number, and an Example of them."""
    columns = RawColumns(raw, nothing=("NULL", "null"))
    wanted = {folded(name) for name in COST_CELLS}
    found = [name for name in raw.columns if folded(name) in wanted and raw[name].type().is_string()]
    if not found:
        nothing = ibis.literal("")
        row = raw.select(Column=nothing, Cells=ibis.literal(0, type="int64"), Example=nothing)
        return row.filter(ibis.literal(False))
    return ibis.union(*(_unreadable(raw, columns, name) for name in found))


def _unreadable(raw: ibis.Table, columns: RawColumns, name: str) -> ibis.Table:
    text = columns.text(name)
    broken = text.notnull() & text.try_cast("float64").isnull()
    return raw.agg(Column=ibis.literal(name), Cells=_count(broken), Example=text.max(where=broken))


def _month(lines: ibis.Table) -> ir.TimestampValue:
    return ibis.coalesce(lines.BillingPeriodStart, lines.ChargePeriodStart).truncate("M")


def _count(condition: ir.BooleanValue) -> ir.IntegerScalar:
    return condition.ifelse(1, 0).sum().fill_null(0)


PART_FACTS: Mapping[str, Fact] = {"totals": totals, "pay_as_you_go": pay_as_you_go}
PERIOD_FACTS: Mapping[str, Fact] = {
    "settled_totals": totals,
    "accounts": accounts,
    "days": days,
    "tagged": tagged,
    "commitments": commitments,
    "repeated": repeated,
}
RAW_FACTS: Mapping[str, Callable[[ibis.Table], ibis.Table]] = {"unreadable_cells": unreadable_cells}
