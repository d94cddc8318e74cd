"""Who pays for what? The core of the chargeback: charges in, a report that adds up out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from finops.chargeback.rules import AllocationRules, Rule, rules_in_order
from finops.chargeback.shares import Cents, Drivers, Split, check_rule, split
from finops.chargeback.targets import Assigned, Direct, assign, direct_costs, pool_costs
from finops.chargeback.trail import fingerprint, with_month_before
from finops.money import from_cents, round_cents

DETAIL = schema.Frame(
    name="detail",
    row="a target × resource × service × region × account × rule; cost_usd exact, null if not known",
    columns={
        "allocated_to": "text",
        "resource_id": "text",
        "service": "text",
        "region": "text",
        "cost_usd": "money",
        "account_id": "text",
        "rule": "text",
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
    document: AllocationRules | None = None,
    accounts: pd.DataFrame | None = None,
    drivers: Drivers | None = None,
) -> ChargebackReport:
    """Cost by the tag ``key`` or by ``AccountId``, of a ``charges`` frame (see ``CHARGES``).

    ``document`` holds the rules, by default the tag alone; ``accounts`` (a frame) and ``drivers`` are
    what its rules look up. ``shared`` says who pays for cost that they leave without a target,
    ``fixed_shares`` by which fractions of 1; ``previous`` are the charges of the period before,
    allocated by the same rules. A target that only
    the period before knows has a line of $0.00. Sums are exact; the lines are rounded once, by
    largest remainder, so that they add up to the rounded total. The order of the charges, and one
    charge written as two, change nothing. Raises AllocationError for a rule that makes no sense.
    """
    kept = document or AllocationRules()
    rules = rules_in_order(kept, shared, check_rule(shared, fixed_shares))
    known_accounts = schema.ACCOUNTS.empty() if accounts is None else accounts
    assigned = assign(charges, key, rules, known_accounts)
    direct = direct_costs(charges, assigned.target)
    now = _split(charges, assigned, rules, drivers)
    before = None
    if previous is not None:
        before = _split(previous, assign(previous, key, rules, known_accounts), rules, drivers)
    lines, detail = _lines(now, before, direct), _detail(charges, assigned, rules)
    asked = {"by": key, "basis": basis, "source": source, "period": period}
    # Whom only the period before knows is none of the period's own lines.
    own_lines = [line for line in lines if line.allocated_to in now.lines]
    own_digest = fingerprint(asked, rules, detail, own_lines, now.parts)
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
        lines=lines,
        parts=now.parts,
        rules=rules,
        digest=with_month_before(own_digest, lines),
        own_digest=own_digest,
        advice=advise(charges, assigned.target, key),
        detail=detail,
        commitments=kept.commitments,
        assigned=assigned,
    )


def _split(
    charges: pd.DataFrame, assigned: Assigned, rules: Sequence[Rule], drivers: Drivers | None
) -> Split:
    own = {
        name: cost.usd
        for name, cost in direct_costs(charges, assigned.target).items()
        if name is not None
    }
    return split(own, pool_costs(charges, assigned), rules, assigned.sources, drivers)


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


def _detail(charges: pd.DataFrame, assigned: Assigned, rules: Sequence[Rule]) -> pd.DataFrame:
    names = {position: rule.name for position, rule in enumerate(rules)}
    columns = {
        "allocated_to": assigned.target.fillna(UNALLOCATED),
        "resource_id": charges["ResourceId"],
        "service": charges["ServiceName"],
        "region": charges["Region"],
        "account_id": charges["AccountId"],
        "rule": assigned.rule.map(names).astype("str"),
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
