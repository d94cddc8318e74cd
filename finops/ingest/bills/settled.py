"""What must be settled among lines before they may be added? Blank plan fees, charges told twice, fees.

A report may leave the unused part of a Savings Plan's fee blank; it tells covered usage at its
On-Demand price and takes that back on a line of its own; and it has one line where FOCUS has two, the
purchase and what of it went unused. After this, every line says its part of both cost bases itself.
"""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.lines import (
    COVERED,
    FLAT,
    MONEY,
    NEGATION,
    PLAN_FEE,
    RESERVED_FEE,
    TIME,
    minus,
)
from finops.ingest.bills.tag_sets import EMPTY

ZERO = ibis.literal(Decimal(0), type=MONEY)
ROUNDING = "Rounding between Savings Plan covered usage and its negation"
_FEES = (PLAN_FEE, RESERVED_FEE)
_SAID_BY_ALL = ("BillingPeriodEnd", "ProviderName", "PublisherName", "InvoiceIssuerName")
_ROUNDED_BY = ("BillingPeriodStart", "BillingAccountId", "BillingAccountName", "BillingCurrency")
_BILLED = ("BilledCost", "GrossBilledCost")
_AMORTISED = ("EffectiveCost", "GrossEffectiveCost")
_ON_DEMAND = ("ListCost", "ContractedCost")

# What the unused part of a fee does not repeat: how much was bought, and on which terms.
_OF_PURCHASES = (
    "PricingQuantity",
    "PricingUnit",
    "ConsumedQuantity",
    "ConsumedUnit",
    "InstanceType",
    "Platform",
    "Tenancy",
    "PurchaseOption",
    "OnDemandRate",
    "CommitmentDiscountQuantity",
    "CommitmentDiscountUnit",
    "CommitmentKind",
    "CommitmentPaymentOption",
    "CommitmentTerm",
    "CommitmentOfferingClass",
    "CommitmentInstanceFamily",
    "CommitmentQuantity",
    "CommitmentTotal",
    "CommitmentUpfront",
    "CommitmentStart",
    "CommitmentEnd",
)


def settled(lines: ibis.Table, blank_plan_fees: bool, folded: bool) -> ibis.Table:
    """The flat lines of one billing period, in the columns FLAT, ready to be added in any grouping.

    ``blank_plan_fees``: a plan fee without EffectiveCost gets fee − covered of its plan and hour, never
    below 0 (``profile`` counts them). ``folded``: COVERED and NEGATION cancel in this period, but for
    rounding, and are billed 0, as FOCUS has it; what rounding leaves is a line of its own. A fee line
    becomes a Purchase without effective cost and, where a part went unused or is unknown, a Usage line
    of status Unused. The sum of every money column stays, but for blank fees that are filled. ``lines``
    is read two or three times: give it as a stored table.
    """
    is_fee = _is(lines, *_FEES)
    fees = _changed(lines.filter(is_fee))
    if blank_plan_fees:
        fees = _filled(lines, fees)
    others = lines.filter(~is_fee)
    if not folded:
        return ibis.union(_changed(others), _purchases(fees), _unused(fees))
    once = _changed(others, **_billed_once(others))
    return ibis.union(once, _rounding(others), _purchases(fees), _unused(fees))


def _is(lines: ibis.Table, *types: str) -> ir.BooleanValue:
    """Never null, so that its negation loses no line."""
    return lines.LineItemType.isin(types).fill_null(False)


def _filled(lines: ibis.Table, fees: ibis.Table) -> ibis.Table:
    is_blank = _is(fees, PLAN_FEE) & fees.EffectiveCost.isnull()
    blank, known = fees.filter(is_blank), fees.filter(~is_blank)
    return ibis.union(known, _with_unused_part(blank, _used_elsewhere(lines, known)))


def _used_elsewhere(lines: ibis.Table, known: ibis.Table) -> ibis.Table:
    """Per plan and hour: the covered usage that no fee line with an unused part of its own has paid."""
    covered = lines.filter(_is(lines, COVERED))
    fees = known.filter(_is(known, PLAN_FEE))
    total = ibis.coalesce(fees.CommitmentTotal, fees.GrossBilledCost)
    both = ibis.union(
        _by_plan(covered, covered.GrossEffectiveCost),
        _by_plan(fees, minus(fees.GrossEffectiveCost, total)),
    )
    return both.group_by("Account", "Plan", "Hour").agg(Covered=both.Amount.sum())


def _by_plan(lines: ibis.Table, amount: ir.DecimalValue) -> ibis.Table:
    """A blank id is a plan of its own; a blank time joins nothing."""
    return lines.select(
        Account=lines.BillingAccountId.fill_null(""),
        Plan=lines.CommitmentDiscountId.fill_null(""),
        Hour=lines.ChargePeriodStart.cast(TIME),
        Amount=amount,
    )


def _with_unused_part(fees: ibis.Table, covered: ibis.Table) -> ibis.Table:
    """Covered usage uses up the largest fee of a plan and hour first; Σ is max(0, fees − covered)."""
    plans = [fees.BillingAccountId.fill_null(""), fees.CommitmentDiscountId.fill_null("")]
    fee = fees.GrossBilledCost
    order = [fee.desc(nulls_first=False), fees.LineItemId, fees.SubAccountId, fees.TagSetId]
    window = ibis.window(
        group_by=[*plans, fees.ChargePeriodStart], order_by=order, preceding=None, following=0
    )
    summed = fees.mutate(Account=plans[0], Plan=plans[1], FeesSoFar=fee.sum().over(window))
    at = [
        summed.Account == covered.Account,
        summed.Plan == covered.Plan,
        summed.ChargePeriodStart == covered.Hour,
    ]
    joined = summed.left_join(covered.rename(CoveredAccount="Account", CoveredPlan="Plan"), at)
    left = minus(joined.FeesSoFar, joined.Covered.fill_null(ZERO))
    unused = ibis.cases(
        (joined.GrossBilledCost.isnull(), ibis.null(MONEY)),
        (left <= ZERO, ZERO),
        (left < joined.GrossBilledCost, left),
        else_=joined.GrossBilledCost,
    )
    return _changed(joined, GrossEffectiveCost=unused, EffectiveCost=_net_of(unused, joined))


def _net_of(amount: ir.DecimalValue, fees: ibis.Table) -> ir.DecimalValue:
    """The share of an amount that a private discount leaves of its fee."""
    share = fees.BilledCost.cast("float64") / fees.GrossBilledCost.nullif(ZERO).cast("float64")
    net = (amount.cast("float64") * share).round(12).cast("string").try_cast(MONEY)
    return ibis.ifelse(fees.BilledCost == fees.GrossBilledCost, amount, ibis.coalesce(net, amount))


def _billed_once(lines: ibis.Table) -> dict[str, ir.DecimalValue]:
    told_twice = _is(lines, COVERED, NEGATION)
    return {name: ibis.ifelse(told_twice, ZERO, lines[name]) for name in _BILLED}


def _rounding(lines: ibis.Table) -> ibis.Table:
    """What covered usage and its negation differ by, on a line of its own, so that no total changes."""
    twice = lines.filter(_is(lines, COVERED, NEGATION))
    left = twice.group_by(*_ROUNDED_BY).agg(
        **{name: twice[name].sum() for name in _BILLED},
        **{name: twice[name].min() for name in _SAID_BY_ALL},
    )
    nothing = {name: ibis.null(kind) for name, kind in FLAT.items() if name not in left.columns}
    zero = dict.fromkeys((*_AMORTISED, *_ON_DEMAND), ZERO)
    is_left = (left.BilledCost != ZERO) | (left.GrossBilledCost != ZERO)
    named = left.filter(is_left).mutate(**{**nothing, **zero})
    return _changed(
        named,
        ChargePeriodStart=named.BillingPeriodStart,
        ChargePeriodEnd=named.BillingPeriodEnd,
        LineItemType=ibis.literal(NEGATION),
        ChargeCategory=ibis.literal("Adjustment"),
        ChargeFrequency=ibis.literal("One-Time"),
        ChargeDescription=ibis.literal(ROUNDING),
        ServiceName=ibis.literal("Savings Plans"),
        TagSetId=ibis.literal(EMPTY.id),
    )


def _purchases(fees: ibis.Table) -> ibis.Table:
    return _changed(
        fees,
        ChargeCategory=ibis.literal("Purchase"),
        ChargeFrequency=ibis.literal("Recurring"),
        CommitmentDiscountStatus=ibis.null("string"),
        **dict.fromkeys(_AMORTISED, ZERO),
        **{name: fees[name].fill_null(ZERO) for name in _ON_DEMAND},
    )


def _unused(fees: ibis.Table) -> ibis.Table:
    nothing = [(fees[name] == ZERO).fill_null(False) for name in _AMORTISED]
    return _changed(
        fees,
        **{name: ibis.null(FLAT[name]) for name in _OF_PURCHASES},
        ChargeCategory=ibis.literal("Usage"),
        ChargeFrequency=ibis.literal("Usage-Based"),
        PricingCategory=ibis.literal("Committed"),
        CommitmentDiscountStatus=ibis.literal("Unused"),
        **dict.fromkeys((*_BILLED, *_ON_DEMAND), ZERO),
    ).filter(~(nothing[0] & nothing[1]))


def _changed(lines: ibis.Table, **values: ir.Value) -> ibis.Table:
    """The columns FLAT in their types, some with other values."""
    return lines.select(**{name: values.get(name, lines[name]).cast(FLAT[name]) for name in FLAT})
