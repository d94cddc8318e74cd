"""Which charges make a day? Settled lines added up to the ``costs`` frame."""

from __future__ import annotations

from typing import Literal

import ibis
import ibis.expr.types as ir

from finops.ingest.bills.lines import FLAT
from finops.schema import COSTS, NO_TAGS

Grain = Literal["resource", "account"]

# Rows differ in these: a null is a value of its own.
_KEYS = (
    "BillingPeriodStart",
    "BillingAccountId",
    "SubAccountId",
    "BillingCurrency",
    "ServiceName",
    "RegionId",
    "LineItemType",
    "ChargeCategory",
    "ChargeClass",
    "PricingCategory",
    "CommitmentDiscountId",
    "CommitmentDiscountType",
    "CommitmentDiscountStatus",
    "ConsumedUnit",
    "PricingUnit",
    "TagSetId",
)
_FINE_KEYS = ("ResourceId", "SkuId", "UsageType", "Operation")
_LOST = {"ResourceId", "SkuId", "ChargeDescription"}
_FROM_TAG_SETS = ("CostCategory", "Tags")


def costs(lines: ibis.Table, tag_sets: ibis.Table, grain: Grain = "resource") -> ibis.Table:
    """The columns of ``schema.COSTS``, money exact, times in UTC without a zone, Tags as JSON text.

    A row is a day × account × service × region × resource × tags or finer. A line longer than a day
    keeps its own period. Names are the smallest of their rows, the period goes from the first to the
    last moment, quantities and money are sums, null where every line is. ``grain="account"`` is a
    month of an account × service × region × tags, for a bill with too many resources: the same totals
    to the last digit, ResourceId, SkuId and ChargeDescription null.
    """
    keys = {name: lines[name] for name in _KEYS}
    start = lines.ChargePeriodStart
    if grain == "resource":
        keys |= {name: lines[name] for name in _FINE_KEYS}
        keys |= {"Day": start.truncate("D"), "LastDay": _last_day(lines)}
    else:
        keys["Day"] = start.truncate("M")
    values = {
        name: _value(lines[name])
        for name in COSTS.columns
        if name not in keys and name not in _FROM_TAG_SETS and not (grain == "account" and name in _LOST)
    }
    return _with_tags(lines.group_by(**keys).agg(**values), tag_sets)


def _last_day(lines: ibis.Table) -> ir.TimestampValue:
    """The end day of a line longer than a day; null for the others, which share their day's row."""
    start, end = lines.ChargePeriodStart, lines.ChargePeriodEnd
    is_longer = end > start + ibis.interval(days=1)
    return ibis.ifelse(is_longer, end.truncate("D"), ibis.null(end.type()))


def _value(column: ir.Value) -> ir.Scalar:
    if column.type().is_numeric():
        return column.sum()
    return column.max() if column.get_name() == "ChargePeriodEnd" else column.min()


def _with_tags(rows: ibis.Table, tag_sets: ibis.Table) -> ibis.Table:
    """The columns of COSTS; tags are joined to the few rows that are left, not to the lines."""
    known = tag_sets.select(KnownSet="TagSetId", Tags="Tags", CostCategory="CostCategory")
    joined = rows.left_join(known, rows.TagSetId == known.KnownSet)
    return joined.select(
        **{
            name: joined[name] if name in joined.columns else ibis.null(FLAT[name])
            for name in COSTS.columns
            if name != "Tags"
        },
        Tags=joined.Tags.fill_null(NO_TAGS),
    )
