"""What does a line of a Cost and Usage Report cost, on each basis?

By AWS's user guide of the report ("Understanding your amortized reservation / Savings Plans data"):

=========================  ===========================================================================
line item type             amortised cost
=========================  ===========================================================================
SavingsPlanCoveredUsage    savings_plan_savings_plan_effective_cost
SavingsPlanRecurringFee    savings_plan_total_commitment_to_date − savings_plan_used_commitment
SavingsPlanNegation        0, as for SavingsPlanUpfrontFee, the Fee of a reservation, and a plan's refund
DiscountedUsage            reservation_effective_cost
RIFee                      unused amortised upfront fee + unused recurring fee of the billing period
everything else            the unblended cost
=========================  ===========================================================================

Net columns, which a private discount brings, win where they hold a value; the gross stays beside.
A blank cell is unknown, not 0. List and contracted cost are what the usage would have cost On-Demand:
fees and negations have no such thing, and theirs is 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.lines import (
    COVERED,
    MONEY,
    NEGATION,
    NUMBER,
    PLAN_FEE,
    PLAN_UPFRONT,
    RESERVED_FEE,
    RESERVED_USAGE,
    minus,
    plus,
)
from finops.ingest.bills.raw_columns import RawColumns

ZERO = ibis.literal(0).cast(MONEY)
USAGE = "Usage"
NOT_DEMAND = (NEGATION, PLAN_FEE, PLAN_UPFRONT, RESERVED_FEE)

# The cells of a report that hold money, for counting those that hold something else.
MONEY_CELLS = (
    "line_item_unblended_cost",
    "line_item_net_unblended_cost",
    "pricing_public_on_demand_cost",
    "reservation_effective_cost",
    "reservation_net_effective_cost",
    "reservation_unused_amortized_upfront_fee_for_billing_period",
    "reservation_unused_recurring_fee",
    "savings_plan_savings_plan_effective_cost",
    "savings_plan_total_commitment_to_date",
    "savings_plan_used_commitment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineKind:
    """What a line is: its type (``Usage`` where the report has none) and whose fee or refund it is."""

    of: ir.StringValue
    reservation_fee: ir.BooleanValue
    plan_refund: ir.BooleanValue

    @property
    def amortised_to_nothing(self) -> ir.BooleanValue:
        return self.of.isin((NEGATION, PLAN_UPFRONT)) | self.reservation_fee | self.plan_refund

    @property
    def without_demand(self) -> ir.BooleanValue:
        return self.of.isin(NOT_DEMAND) | self.reservation_fee | self.plan_refund


def kind_of(columns: RawColumns) -> LineKind:
    of = columns.text("line_item_line_item_type").fill_null(USAGE)
    plan = columns.text("savings_plan_savings_plan_a_r_n", "savings_plan_savings_plan_arn").notnull()
    plan = plan | columns.text("line_item_product_code").contains("SavingsPlans").fill_null(False)
    reserved = columns.text("reservation_reservation_a_r_n", "reservation_reservation_arn").notnull()
    return LineKind(
        of=of, reservation_fee=(of == "Fee") & reserved, plan_refund=of.endswith("Refund") & plan
    )


def cost_columns(columns: RawColumns, kind: LineKind) -> dict[str, ir.DecimalValue]:
    """The six money columns of a line."""
    gross = columns.money("line_item_unblended_cost")
    net = columns.money("line_item_net_unblended_cost")
    billed = ibis.coalesce(net, gross)
    gross_effective = _effective(columns, kind, gross)
    listed = _list_cost(columns, kind, gross)
    return {
        "BilledCost": billed,
        "GrossBilledCost": gross,
        "EffectiveCost": ibis.coalesce(_net_effective(columns, kind, gross, net), gross_effective),
        "GrossEffectiveCost": gross_effective,
        "ListCost": listed,
        "ContractedCost": ibis.cases(
            (kind.without_demand, ZERO),
            (kind.of == RESERVED_USAGE, listed),
            else_=gross,
        ),
    }


def _effective(columns: RawColumns, kind: LineKind, gross: ir.DecimalValue) -> ir.DecimalValue:
    return ibis.cases(
        (kind.amortised_to_nothing, ZERO),
        (kind.of == COVERED, columns.money("savings_plan_savings_plan_effective_cost")),
        (kind.of == PLAN_FEE, _unused_plan(columns)),
        (kind.of == RESERVED_USAGE, columns.money("reservation_effective_cost")),
        (kind.of == RESERVED_FEE, _either(*_unused_reservation(columns, ""))),
        else_=gross,
    )


def _net_effective(
    columns: RawColumns, kind: LineKind, gross: ir.DecimalValue, net: ir.DecimalValue
) -> ir.DecimalValue:
    """Null without a net figure. A plan's unused part has none: it takes the share of its fee."""
    share = ibis.coalesce(
        net.cast(NUMBER) / gross.nullif(ZERO).cast(NUMBER),
        _plan_commitment(columns, "net_") / _plan_commitment(columns, "").nullif(0.0),
    )
    unused = (_unused_plan(columns).cast(NUMBER) * share).round(12).cast("string").try_cast(MONEY)
    return ibis.cases(
        (kind.amortised_to_nothing, ZERO),
        (kind.of == COVERED, columns.money("savings_plan_net_savings_plan_effective_cost")),
        (kind.of == PLAN_FEE, unused),
        (kind.of == RESERVED_USAGE, columns.money("reservation_net_effective_cost")),
        (kind.of == RESERVED_FEE, _either(*_unused_reservation(columns, "net_"))),
        else_=net,
    )


def _plan_commitment(columns: RawColumns, net: str) -> ir.FloatingValue:
    """What a plan costs in the billing period, upfront share and recurring fee; a blank is nothing."""
    recurring = columns.number(f"savings_plan_{net}recurring_commitment_for_billing_period")
    upfront = columns.number(f"savings_plan_{net}amortized_upfront_commitment_for_billing_period")
    either = recurring.notnull() | upfront.notnull()
    both = recurring.fill_null(0.0) + upfront.fill_null(0.0)
    return ibis.ifelse(either, both, ibis.null(NUMBER))


def _unused_plan(columns: RawColumns) -> ir.DecimalValue:
    total = columns.money("savings_plan_total_commitment_to_date")
    return minus(total, columns.money("savings_plan_used_commitment"))


def _unused_reservation(columns: RawColumns, net: str) -> tuple[ir.DecimalValue, ir.DecimalValue]:
    return (
        columns.money(f"reservation_{net}unused_amortized_upfront_fee_for_billing_period"),
        columns.money(f"reservation_{net}unused_recurring_fee"),
    )


def _either(one: ir.DecimalValue, other: ir.DecimalValue) -> ir.DecimalValue:
    """The sum, a blank counting as nothing; null where both are blank."""
    both = plus(one.fill_null(ZERO), other.fill_null(ZERO))
    return ibis.ifelse(one.notnull() | other.notnull(), both, ibis.null(MONEY))


def _list_cost(columns: RawColumns, kind: LineKind, gross: ir.DecimalValue) -> ir.DecimalValue:
    """Null without the column. A blank is unknown for usage; taxes and credits have no other price."""
    if not columns.has("pricing_public_on_demand_cost"):
        return ibis.null(MONEY)
    public = columns.money("pricing_public_on_demand_cost")
    used = kind.of.isin((USAGE, COVERED, RESERVED_USAGE))
    return ibis.cases((kind.without_demand, ZERO), (used, public), else_=ibis.coalesce(public, gross))
