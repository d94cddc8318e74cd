"""What does a bill come to: by line type, by tag, and what must be known of it before it is settled?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.lines import COVERED, NEGATION, PLAN_FEE, RESERVED_FEE
from finops.schema import NO_TAGS

MONEY = (
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "GrossBilledCost",
    "GrossEffectiveCost",
)
_STATUSES = ("Used", "Unused")


def totals(lines: ibis.Table) -> ibis.Table:
    """A row per LineItemType × BillingCurrency × BillingPeriodStart.

    Lines; each money column's sum (null where no cell is known) and ``…Unknown``, its null cells;
    UsedCost and UnusedCost, the EffectiveCost by commitment status; Start and End, the charge period.
    """
    values: dict[str, ir.Scalar] = {"Lines": lines.count()}
    for name in MONEY:
        values[name] = lines[name].sum()
        values[f"{name}Unknown"] = lines[name].isnull().sum()
    for status in _STATUSES:
        values[f"{status}Cost"] = lines.EffectiveCost.sum(where=lines.CommitmentDiscountStatus == status)
    values |= {"Start": lines.ChargePeriodStart.min(), "End": lines.ChargePeriodEnd.max()}
    return lines.group_by("LineItemType", "BillingCurrency", "BillingPeriodStart").agg(**values)


def distinct_counts(lines: ibis.Table) -> ibis.Table:
    """One row: how many different Accounts and Resources the lines name."""
    return lines.agg(Accounts=lines.SubAccountId.nunique(), Resources=lines.ResourceId.nunique())


def profile(lines: ibis.Table) -> ibis.Table:
    """What ``settled`` must be told, of lines that are not settled yet: a row per BillingPeriodStart.

    BlankPlanFees is a count; without a row there is nothing to settle. Covered and Negation are
    BilledCost, GrossCovered and GrossNegation GrossBilledCost, null without such lines. Where both pairs
    cancel the period may be folded.
    """
    types = lines.filter(lines.LineItemType.isin((COVERED, NEGATION, PLAN_FEE, RESERVED_FEE)))
    covered, negation = types.LineItemType == COVERED, types.LineItemType == NEGATION
    blank = (types.LineItemType == PLAN_FEE) & types.EffectiveCost.isnull()
    return types.group_by("BillingPeriodStart").agg(
        BlankPlanFees=blank.sum(),
        Covered=types.BilledCost.sum(where=covered),
        Negation=types.BilledCost.sum(where=negation),
        GrossCovered=types.GrossBilledCost.sum(where=covered),
        GrossNegation=types.GrossBilledCost.sum(where=negation),
    )


def charges_by(lines: ibis.Table, tag_sets: ibis.Table, key: str) -> ibis.Table:
    """BillingPeriodStart × Value of a tag × ServiceName: BilledCost and EffectiveCost.

    ``key`` is a column of ``tag_sets``; without the tag Value is null. Lines are added by tag set
    before tags are looked at. Of one currency: amounts in two would be added.
    """
    rows = lines.group_by("BillingPeriodStart", "ServiceName", "TagSetId").agg(
        BilledCost=lines.BilledCost.sum(), EffectiveCost=lines.EffectiveCost.sum()
    )
    sets = tag_sets.select(KnownSet="TagSetId", Value=key)
    joined = rows.left_join(sets, rows.TagSetId == sets.KnownSet)
    return joined.group_by("BillingPeriodStart", "Value", "ServiceName").agg(
        BilledCost=joined.BilledCost.sum(), EffectiveCost=joined.EffectiveCost.sum()
    )


def tagged(lines: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """BillingPeriodStart × Tagged (has the line any tag?): Lines, BilledCost and EffectiveCost."""
    rows = lines.group_by("BillingPeriodStart", "TagSetId").agg(
        Lines=lines.count(), BilledCost=lines.BilledCost.sum(), EffectiveCost=lines.EffectiveCost.sum()
    )
    sets = tag_sets.select(KnownSet="TagSetId", Tags="Tags")
    joined = rows.left_join(sets, rows.TagSetId == sets.KnownSet)
    named = joined.mutate(Tagged=joined.Tags.fill_null(NO_TAGS) != NO_TAGS)
    return named.group_by("BillingPeriodStart", "Tagged").agg(
        Lines=named.Lines.sum(),
        BilledCost=named.BilledCost.sum(),
        EffectiveCost=named.EffectiveCost.sum(),
    )
