"""Who pays for what? The core of the chargeback: charges in, a report that adds up out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pandas as pd
import pyarrow as pa

from finops import schema
from finops.chargeback.advice import advise
from finops.chargeback.report import (
    UNALLOCATED,
    ChargebackLine,
    ChargebackReport,
    CostBasis,
    Shared,
    Source,
)
from finops.chargeback.shares import Cents, Split, check_rule, split
from finops.chargeback.targets import Direct, direct_costs, targets
from finops.money import from_cents, round_cents

DETAIL = schema.Frame(
    name="detail",
    row="a target × resource × service × region; cost_usd exact, null where no cost is known",
    columns={
        "allocated_to": "text",
        "resource_id": "text",
        "service": "text",
        "region": "text",
        "cost_usd": "money",
    },
)


def allocate(
    charges: pd.DataFrame,
    key: str,
    shared: Shared = "none",
    fixed_shares: Mapping[str, Decimal] | None = None,
    previous: pd.DataFrame | None = None,
    *,
    basis: CostBasis = "billed",
    source: Source = "costs",
    period: str = "",
) -> ChargebackReport:
    """Cost by the tag ``key`` or by ``AccountId``, of a ``charges`` frame (see ``CHARGES``).

    ``shared`` says who pays for cost without a target, ``fixed_shares`` by which fractions of 1;
    ``previous`` are the charges of the period before, allocated by the same rule. A target that only
    the period before knows has a line of $0.00. Sums are exact; the lines are rounded once, by
    largest remainder, so that they add up to the rounded total. The order of the charges, and one
    charge written as two, change nothing. Raises AllocationError for a rule that makes no sense.
    """
    shares = check_rule(shared, fixed_shares)
    target = targets(charges, key)
    direct = direct_costs(charges, target)
    now = _split(direct, shared, shares)
    before = None
    if previous is not None:
        before = _split(direct_costs(previous, targets(previous, key)), shared, shares)
    unallocated = now.lines[UNALLOCATED].total if UNALLOCATED in now.lines else 0
    return ChargebackReport(
        by=key,
        basis=basis,
        source=source,
        period=period,
        shared=shared,
        total_usd=from_cents(now.total),
        allocated_usd=from_cents(now.total - unallocated),
        unallocated_usd=from_cents(unallocated),
        untagged_usd=from_cents(now.untagged),
        reconciliation_difference_usd=from_cents(now.total) - round_cents(schema.total(charges["Cost"])),
        allocated_pct=_percent(now.total - unallocated, now.total),
        previous_total_usd=None if before is None else from_cents(before.total),
        unknown_cost_resources=_unknown(charges),
        lines=_lines(now, before, direct),
        advice=advise(charges, target, key),
        detail=_detail(charges, target),
    )


def _split(
    direct: Mapping[str | None, Direct], shared: Shared, shares: Mapping[str, Decimal] | None
) -> Split:
    own = {name: cost.usd for name, cost in direct.items() if name is not None}
    return split(own, direct[None].usd if None in direct else None, shared, shares)


def _lines(
    now: Split, before: Split | None, direct: Mapping[str | None, Direct]
) -> tuple[ChargebackLine, ...]:
    """Largest total first, equal totals by name."""
    gone = {} if before is None else {name: Cents(0) for name in before.lines if name not in now.lines}
    lines = [
        ChargebackLine(
            allocated_to=name,
            direct_usd=from_cents(cents.direct),
            shared_usd=from_cents(cents.shared),
            total_usd=from_cents(cents.total),
            previous_usd=None if before is None else from_cents(_total(before, name)),
            percent=_percent(cents.total, now.total),
            resources=_resources(direct, name),
        )
        for name, cents in {**now.lines, **gone}.items()
    ]
    return tuple(sorted(lines, key=lambda line: (-line.total_usd, line.allocated_to)))


def _total(split_: Split, name: str) -> int:
    return split_.lines[name].total if name in split_.lines else 0


def _resources(direct: Mapping[str | None, Direct], name: str) -> int:
    own = direct.get(None if name == UNALLOCATED else name)
    return 0 if own is None else own.resources


def _percent(part: int, whole: int) -> float | None:
    return round(float(100 * Fraction(part, whole)), 4) if whole > 0 else None


def _unknown(charges: pd.DataFrame) -> int:
    of_unknown = charges.loc[charges["Cost"].isna(), "ResourceId"]
    return int(of_unknown.nunique() + of_unknown.isna().sum())


def _detail(charges: pd.DataFrame, target: pd.Series) -> pd.DataFrame:
    columns = {
        "allocated_to": target.fillna(UNALLOCATED),
        "resource_id": charges["ResourceId"],
        "service": charges["ServiceName"],
        "region": charges["Region"],
    }
    texts = {
        name: pa.array(values, type=pa.string(), from_pandas=True) for name, values in columns.items()
    }
    grouped = (
        pa.table({**texts, "cost": pa.array(charges["Cost"])})
        .group_by(list(texts))
        .aggregate([("cost", "sum")])
        .rename_columns([*texts, "cost_usd"])
        .sort_by([("cost_usd", "descending"), *((name, "ascending") for name in texts)])
    )
    return DETAIL.conform(grouped.to_pandas(types_mapper=pd.ArrowDtype))
