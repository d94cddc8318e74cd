"""How does the ``costs`` frame become a FOCUS 1.2 dataset?

Columns in the specification's names and alphabetical order, custom ones (``x_``) after them. Nothing
that a row says is changed. What it does not say is derived only where that is certain:

- ProviderName, where null: AWS, whose bill the frame is.
- ServiceCategory and PublisherName from ServiceName, RegionName from RegionId, by AWS's own names.
- ChargeFrequency of usage: Usage-Based. A purchase may be one-time or recurring, and stays null.
- CommitmentDiscountCategory from the type: a Savings Plan is Spend, a Reserved Instance Usage.
- BillingPeriodStart and BillingPeriodEnd: AWS bills calendar months (UTC), so they are those of the
  charge's start. Corrections belong to a later month and stay null.

Costs are never invented. Text that is blank becomes null, and so do empty tag sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finops.focus.columns import BY_NAME, COLUMNS, CUSTOM_PREFIX
from finops.focus.service_categories import (
    AWS,
    AWS_PUBLISHER,
    COMMITMENT_CATEGORIES,
    REGION_NAMES,
    SERVICE_CATEGORIES,
)
from finops.schema import COSTS, NO_TAGS, Kind

_DERIVED_COLUMNS = ("CommitmentDiscountCategory", "RegionName")
_CUSTOM = tuple(name for name in COSTS.columns if name not in BY_NAME)
_TYPES: Mapping[Kind, pa.DataType] = {
    "text": pa.string(),
    "number": pa.float64(),
    "time": pa.timestamp("us", tz="UTC"),
    "money": pa.decimal128(38, 12),
    "tags": pa.string(),
}
_FILLED = frozenset(COSTS.columns) | set(_DERIVED_COLUMNS)

# In the dataset's order, and those of the specification that a bill's frame has nothing for.
DATASET_COLUMNS: tuple[str, ...] = (
    *(column.name for column in COLUMNS if column.name in _FILLED),
    *(f"{CUSTOM_PREFIX}{name}" for name in _CUSTOM),
)
COLUMNS_NOT_FILLED: tuple[str, ...] = tuple(
    column.name for column in COLUMNS if column.name not in _FILLED
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """How many rows got a value of ``column`` that the bill does not have."""

    column: str
    rows: int


def focus_table(costs: pd.DataFrame) -> pa.Table:
    """The ``costs`` frame as a FOCUS 1.2 dataset, a row a charge, in the frame's order.

    Costs are ``decimal128(38, 12)``, quantities doubles, times timestamps in UTC, Tags a JSON object as
    text; missing values are null. The columns are ``DATASET_COLUMNS`` whatever the frame holds.
    """
    table, _ = derived_table(costs)
    return table


def derived_table(costs: pd.DataFrame) -> tuple[pa.Table, tuple[Derived, ...]]:
    """``focus_table``, and what was derived for how many rows."""
    columns = {name: _array(costs[name], kind) for name, kind in COSTS.columns.items()}
    derived = []
    for name, values in _derivations(costs).items():
        before = columns.get(name, pa.nulls(len(costs), values.type))
        after = before.fill_null(values) if len(costs) else before
        columns[name] = after
        if before.null_count > after.null_count:
            derived.append(Derived(column=name, rows=before.null_count - after.null_count))
    named = {CUSTOM_PREFIX + name if name in _CUSTOM else name: columns[name] for name in columns}
    return pa.table({name: named[name] for name in DATASET_COLUMNS}), tuple(derived)


def _array(values: pd.Series, kind: Kind) -> pa.ChunkedArray:
    """The column in Arrow, in one type a kind, blank text and empty tag sets as null."""
    array = _arrow(values)
    if kind not in {"text", "tags"}:
        return array.cast(_TYPES[kind])
    text = array.cast(pa.string())
    return _null_where(text, NO_TAGS if kind == "tags" else "")


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    array = pa.array(values, from_pandas=True)
    return array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])


def _null_where(text: pa.ChunkedArray, nothing: str) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(text)
    empty = pc.or_(pc.equal(trimmed, ""), pc.equal(trimmed, nothing))
    return pc.if_else(empty, pa.scalar(None, pa.string()), text)


def _derivations(costs: pd.DataFrame) -> Mapping[str, pa.ChunkedArray]:
    """What a row's other columns say about a column, null where they do not."""
    service, region = costs["ServiceName"], costs["RegionId"]
    publishers = dict.fromkeys(SERVICE_CATEGORIES, AWS_PUBLISHER)
    start, end = _billing_months(costs)
    return {
        "ProviderName": _text(pd.Series(AWS, index=costs.index)),
        "ServiceCategory": _text(_looked_up(service, SERVICE_CATEGORIES)),
        "PublisherName": _text(_looked_up(service, publishers)),
        "RegionName": _text(_looked_up(region, REGION_NAMES)),
        "ChargeFrequency": _text(_looked_up(costs["ChargeCategory"], {"Usage": "Usage-Based"})),
        "CommitmentDiscountCategory": _text(_commitment_categories(costs)),
        "BillingPeriodStart": _array(start, "time"),
        "BillingPeriodEnd": _array(end, "time"),
    }


def _text(values: pd.Series) -> pa.ChunkedArray:
    return _arrow(values).cast(pa.string())


def _looked_up(values: pd.Series, names: Mapping[str, str]) -> pd.Series:
    known = {value: names[value] for value in values.dropna().unique() if value in names}
    return values.astype("object").map(known)


def _commitment_categories(costs: pd.DataFrame) -> pd.Series:
    types = costs["CommitmentDiscountType"].where(costs["CommitmentDiscountId"].notna())
    known = {
        name: category
        for name in types.dropna().unique()
        for word, category in COMMITMENT_CATEGORIES.items()
        if word in name.casefold()
    }
    return types.astype("object").map(known)


def _billing_months(costs: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The first instants of the month of the charge and of the one after, null for corrections."""
    charged = costs["ChargePeriodStart"].where(costs["ChargeClass"].isna())
    begins = costs["BillingPeriodStart"].fillna(charged)
    start = _month_starts(begins)
    return start, _month_starts(start + pd.Timedelta(days=31))


def _month_starts(times: pd.Series) -> pd.Series:
    starts: pd.Series = times.dt.normalize() - pd.to_timedelta(times.dt.day - 1, unit="D")
    return starts
