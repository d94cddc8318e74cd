"""Why did cost change between two spans? Price, usage, new and gone resources, and commitments.

A line is one charge of one resource: account × region × service × resource × SKU × unit × kind. With
its cost C, quantity q and unit price p = C ÷ q before (0) and after (1), the change C₁ − C₀ is

    new         C₁ − C₀ of a resource that had no charge before, a month's fee without a resource too
    gone        C₁ − C₀ of a resource that has no charge any more
    usage       (q₁ − q₀) · p₀; all of C₁ where a resource that was there begins to use a SKU
    commitment  C₁ − L₁ · r₀, with L the cost without commitments and r = C ÷ L: another part of the
                usage is covered, or at another rate; and all that was paid for and not used
    price       what is left, (p₁ − p₀) · q₁ at the rate r₀; all of C₁ − C₀ where there is no quantity:
                fees, credits and refunds

L is ContractedCost (else ListCost) of what a commitment covers, and its own cost of the rest. The five
parts of a line add up to its change exactly, to the twelfth place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from finops.periods import Span, between
from finops.schema import MONEY, as_floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

PARTS = ("price_usd", "usage_usd", "new_usd", "gone_usd", "commitment_usd")
IDENTITY: Mapping[str, str] = {
    "account": "SubAccountId",
    "region": "RegionId",
    "service": "ServiceName",
    "resource": "ResourceId",
    "sku": "SkuId",
    "unit": "PricingUnit",
    "kind": "ChargeCategory",
}
_KEYS = (*IDENTITY, "of_commitment")
_READ = (
    *IDENTITY.values(),
    *("PricingQuantity", "ContractedCost", "ListCost"),
    *("CommitmentDiscountId", "CommitmentDiscountStatus"),
)
# A credit, a refund or a tax alone does not make a resource be there.
_USING = ("Usage", "Purchase")
# Arrow subtracts only where the result has room for one more digit.
_ROOM = pd.ArrowDtype(pa.decimal128(30, 12))
# Beyond this a float has no cents, so a unit price says nothing.
_READABLE = 1e13


def changed_lines(
    costs: pd.DataFrame,
    before: Span,
    after: Span,
    cost_column: str = "EffectiveCost",
    groups: Mapping[str, pd.Series] | None = None,
) -> pd.DataFrame:
    """One row a line of a ``costs`` frame, with what it cost in either span and the parts of its change.

    A charge belongs to the span in which it begins. ``groups`` are more columns, aligned with ``costs``,
    in which lines differ (a team, the name of an account). Columns: those of IDENTITY, ``of_commitment``
    (a purchase or unused part of a commitment), the groups; ``before_usd``, ``after_usd``,
    ``change_usd`` and PARTS (MONEY, exact); ``before_quantity``, ``after_quantity`` in ``unit``;
    ``before_rate``, ``after_rate`` = cost ÷ cost without commitments, null where that is 0;
    ``identity``, a number a resource, and its ``state``: new, gone or kept. ``cost_column`` is
    EffectiveCost or BilledCost. A null cost counts as none, a null quantity as 0. Sorted by the size of
    the change, largest first.
    """
    extra = dict(groups or {})
    rows = pd.concat(
        [_rows(costs, span, name, cost_column, extra) for name, span in _named(before, after)],
        ignore_index=True,
    )
    lines = _summed(rows, [*_KEYS, *extra])
    return _by_size(_with_parts(lines))


def grouped(lines: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The lines of ``changed_lines`` added up by some of its columns, largest change first.

    Money columns stay exact, so parts still add up to ``change_usd``; ``new_resources`` and
    ``gone_resources`` count what came and went, credits and commitments apart. A null of a column is a
    group of its own.
    """
    keys = list(by)
    money = ["before_usd", "after_usd", "change_usd", *PARTS]
    table = (
        lines.groupby(keys, dropna=False, sort=False)[money].sum().astype(dict.fromkeys(money, MONEY))
    )
    for state in ("new", "gone"):
        counted = resources(lines, state).groupby(keys, dropna=False)["identity"].nunique()
        table[f"{state}_resources"] = counted.reindex(table.index).fillna(0).astype("int64")
    return _by_size(table.reset_index())


def resources(lines: pd.DataFrame, state: str) -> pd.DataFrame:
    """The lines of resources that are ``new``, ``gone`` or ``kept``: no credits, no commitments."""
    return lines[lines["state"].eq(state) & lines["kind"].isin(_USING) & ~lines["of_commitment"]]


def _named(before: Span, after: Span) -> tuple[tuple[str, Span], tuple[str, Span]]:
    return ("before", before), ("after", after)


def _rows(
    costs: pd.DataFrame, span: Span, name: str, cost_column: str, extra: Mapping[str, pd.Series]
) -> pd.DataFrame:
    inside = between(costs["ChargePeriodStart"], span.first, span.last + timedelta(days=1))
    charges = costs.loc[inside, [*_READ, cost_column]]
    unused = charges["CommitmentDiscountStatus"].eq("Unused").fillna(value=False)
    bought = charges["ChargeCategory"].eq("Purchase") & charges["CommitmentDiscountId"].notna()
    covered = charges["CommitmentDiscountStatus"].eq("Used").fillna(value=False)
    cost = as_floats(charges[cost_column]).fillna(0.0)
    elsewhere = as_floats(charges["ContractedCost"].fillna(charges["ListCost"])).fillna(cost)
    return pd.DataFrame(
        {
            **{key: charges[column] for key, column in IDENTITY.items()},
            **{key: column[inside] for key, column in extra.items()},
            "of_commitment": unused | bought,
            f"{name}_usd": charges[cost_column],
            f"{name}_quantity": charges["PricingQuantity"],
            f"{name}_without": cost.where(~covered, elsewhere),
            f"{name}_covered": covered,
            f"{name}_there": charges["ChargeCategory"].isin(_USING),
            f"{name}_any": True,
        }
    )


def _summed(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Rows of both spans added up a line; a null is a value of its own."""
    sides = ("before", "after")
    flags = [f"{side}_{flag}" for side in sides for flag in ("there", "any", "covered")]
    rows[flags] = rows[flags].astype("boolean").fillna(value=False).astype("bool")
    names = [f"{side}_{value}" for side in sides for value in ("usd", "quantity", "without")]
    by_line = rows.groupby(keys, dropna=False, sort=False, observed=True)
    lines = pd.concat([by_line[names].sum(), by_line[flags].any()], axis=1).reset_index()
    none = _money(np.zeros(len(lines)), lines.index)
    for side in sides:
        lines[f"{side}_usd"] = lines[f"{side}_usd"].astype(_ROOM).fillna(none)
    lines["identity"] = _identities(lines)
    lines["state"] = _states(lines)
    lines["covered"] = lines["before_covered"] | lines["after_covered"]
    return lines.drop(columns=flags)


def _identities(lines: pd.DataFrame) -> pd.Series:
    """A number a resource: its account and id; without an id each account × region × service × SKU."""
    named = lines["resource"].notna()
    rest = ["region", "service", "sku", "kind"]
    columns = {name: lines[name].where(~named) for name in rest}
    keys = pd.DataFrame({"account": lines["account"], "resource": lines["resource"], **columns})
    return keys.groupby(list(keys.columns), dropna=False, sort=False).ngroup()


def _states(lines: pd.DataFrame) -> pd.Series:
    """``new``, ``gone`` or ``kept``."""
    flags = lines.groupby("identity")[["before_there", "after_there", "before_any", "after_any"]]
    there = flags.transform("any")
    used = there["before_there"] | there["after_there"]
    before = there["before_there"].where(used, there["before_any"])
    after = there["after_there"].where(used, there["after_any"])
    state = np.select([~before, ~after], ["new", "gone"], "kept")
    return pd.Series(state, index=lines.index, dtype="str")


def _with_parts(lines: pd.DataFrame) -> pd.DataFrame:
    before, after = lines["before_usd"], lines["after_usd"]
    change = (after - before).astype(_ROOM)
    none = _money(np.zeros(len(lines)), lines.index)
    usage, commitment = (_money(part, lines.index) for part in _told_apart(lines))
    price = (change - (usage + commitment).astype(_ROOM)).astype(_ROOM)
    fee = lines["of_commitment"]
    kept = lines["state"].eq("kept") & ~fee
    money = {
        "before_usd": before,
        "after_usd": after,
        "change_usd": change,
        "price_usd": price.where(kept, none),
        "usage_usd": usage.where(kept, none),
        "new_usd": change.where(lines["state"].eq("new") & ~fee, none),
        "gone_usd": change.where(lines["state"].eq("gone") & ~fee, none),
        "commitment_usd": commitment.where(kept, change.where(fee, none)),
    }
    rates = {f"{side}_rate": _rate(lines, side) for side in ("before", "after")}
    without = lines.drop(columns=["before_without", "after_without", "covered"])
    return without.assign(**{name: part.astype(MONEY) for name, part in money.items()}, **rates)


def _rate(lines: pd.DataFrame, side: str) -> pd.Series:
    without = lines[f"{side}_without"]
    return as_floats(lines[f"{side}_usd"]) / without.where(without != 0)


def _told_apart(lines: pd.DataFrame) -> tuple[Floats, Floats]:
    """Usage and change of commitment rate of each line; 0 and 0 where no unit price can be told."""
    c0, c1, q0, q1, l0, l1 = (
        as_floats(lines[f"{side}_{value}"]).fillna(0.0).to_numpy(dtype="float64")
        for value in ("usd", "quantity", "without")
        for side in ("before", "after")
    )
    with np.errstate(all="ignore"):
        began = (q0 == 0) & (c0 == 0) & (q1 != 0)
        usage = np.where(began, c1, np.where(q0 == 0, 0.0, c0 * (q1 / q0) - c0))
        rate = np.where(l0 == 0, 1.0, c0 / l0)
        covered = lines["covered"].to_numpy(dtype=bool) & ~began
        commitment = np.where(covered, c1 - l1 * rate, 0.0)
        told = (np.abs(usage) < _READABLE) & (np.abs(commitment) < _READABLE)
    return np.where(told, usage, 0.0), np.where(told, commitment, 0.0)


def _money(amounts: Floats, index: pd.Index) -> pd.Series:
    rounded = pa.array(amounts).cast(_ROOM.pyarrow_dtype)
    return pd.Series(pd.arrays.ArrowExtensionArray(rounded), index=index)


def _by_size(table: pd.DataFrame) -> pd.DataFrame:
    size = as_floats(table["change_usd"]).abs()
    order = size.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)
