"""Which months does a frame hold in full? The newest, as far as memory goes; older ones are coarser."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import pyarrow as pa

from finops.errors import Issue
from finops.ingest.bills.cache import Cache, Entry
from finops.schema import COSTS, USAGE, concat

MAX_COST_ROWS = 1_500_000
MAX_USAGE_ROWS = 4_000_000
_NOTHING = 1e-9  # of an hour
_POOL_HOUR = [
    *("Hour", "AccountId", "Region", "AvailabilityZone"),
    *("InstanceType", "Platform", "Tenancy", "PurchaseOption"),
]


def costs_frame(store: Cache, months: Mapping[str, Entry]) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """The ``costs`` frame, newest months in full up to so many rows, older ones without resources."""
    full, coarse = _within(months, "costs", MAX_COST_ROWS)
    names = dict.fromkeys(full, "costs.parquet") | dict.fromkeys(coarse, "costs_by_account.parquet")
    frames = [store.frame(months[month], names[month], COSTS) for month in months]
    issue = Issue(
        severity="warning",
        code="grain_coarsened",
        message=f"{', '.join(coarse)}: kept by account, service, region and tags a month, without "
        f"resources and days, because the bill has more than {MAX_COST_ROWS:,} charges; "
        "totals are exact",
    )
    return concat(frames, COSTS), (issue,) if coarse else ()


def usage_frame(store: Cache, months: Mapping[str, Entry]) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """The ``usage`` frame of the newest months, up to so many rows; older ones are left out."""
    kept, left_out = _within(months, "usage", MAX_USAGE_ROWS)
    frames = [store.frame(months[month], "usage.parquet", USAGE) for month in kept]
    issue = Issue(
        severity="warning",
        code="usage_left_out",
        message=f"{', '.join(left_out)}: hourly usage is left out, because the bill has more than "
        f"{MAX_USAGE_ROWS:,} rows of it; costs of these months are complete",
    )
    return concat(frames, USAGE), (issue,) if left_out else ()


def without_unknown_cover(
    usage: pd.DataFrame, store: Cache, months: Mapping[str, Entry], known: Collection[str]
) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """``usage`` without the hours under commitments other than the ``known``, and an issue for those."""
    tables = [store.table(entry, "covered.parquet") for entry in months.values()]
    covered = pa.concat_tables(tables, promote_options="permissive").to_pandas()
    unknown = covered[~covered["CoveredBy"].isin(list(known))]
    if unknown.empty:
        return usage, ()
    typed = USAGE.conform(unknown)[[*_POOL_HOUR, "Quantity"]].rename(columns={"Quantity": "Covered"})
    hours = typed.groupby(_POOL_HOUR, dropna=False)["Covered"].sum().reset_index()
    both = usage.merge(hours, on=_POOL_HOUR, how="left")
    left = both["Quantity"] - both["Covered"].fillna(0)
    bare = USAGE.conform(both.assign(Quantity=left)[left > _NOTHING])
    named = sorted(str(name) for name in unknown["CoveredBy"].dropna().unique())
    which = f"which it names ({', '.join(named[:3])})" if named else "which it does not name"
    dollars = unknown["EffectiveCost"].dropna()
    issue = Issue(
        severity="warning",
        code="covered_hours_left_out",
        message=f"{unknown['Quantity'].sum():,.0f} instance-hours are under commitments, {which}, whose "
        "terms the bill does not say: advice leaves these hours out, so that nothing is bought twice. "
        "Give what is owned (--commitments) to count them",
        rows=len(unknown),
        cost_usd=float(dollars.sum()) if len(dollars) else None,
    )
    return bare, (issue,)


def _within(months: Mapping[str, Entry], table: str, most_rows: int) -> tuple[list[str], list[str]]:
    """The newest months whose rows are no more than that together, and the others; both by month."""
    kept: list[str] = []
    total = 0
    for month in sorted(months, reverse=True):
        total += months[month].meta["rows"][table]
        if total > most_rows:
            break
        kept.append(month)
    return sorted(kept), sorted(set(months) - set(kept))
