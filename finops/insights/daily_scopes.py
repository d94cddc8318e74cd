"""What did each service, account, region and team cost on each day, and what of it are fees?

Charges of one service, account, region and team are a *cell*; a scope is the sum of its cells, so that
scopes of one dimension, ``total`` included, add up to the same dollars. Credits, taxes, adjustments (as
refunds are) and corrections of earlier charges are left out: they follow no day's usage. A day without
a charge costs nothing, unless no charge of any scope is there, or the scope had one on each of the 28
days before: such days, a week at most, have no figure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from scipy.ndimage import median_filter
from scipy.sparse import csr_array

from finops import tags
from finops.forecasting.daily import Calendar
from finops.forecasting.fees import expected_fees, hidden_fees
from finops.periods import Span, between, utc
from finops.schema import NO_VALUE, as_floats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Flags: TypeAlias = NDArray[np.bool_]
    Ints: TypeAlias = NDArray[np.int64]

DIMENSIONS: Mapping[str, str] = {
    "service": "ServiceName",
    "account": "SubAccountId",
    "region": "RegionId",
    "team": "Tags",
}
TOTAL = "total"
LEFT_OUT = ("Credit", "Tax", "Adjustment")
_CORRECTION = "Correction"
_TEAM = "Team"
_RECURRING = "Recurring"
_READ = (*DIMENSIONS.values(), "ChargePeriodStart", "ChargeFrequency", "PricingUnit", "ResourceId")
# Units of what is spread over the days of a month, in lower case.
_BY_MONTH = ("gb-month", "gb-mo", "gb-months", "iops-mo", "iops-month")
MONTH_DAYS, _WEEK = 30.4375, 7
_ALWAYS_DAYS, _MISSING_DAYS = 28, 7


@dataclass(frozen=True, slots=True)
class Scope:
    """One value of one dimension; ``total`` has none."""

    dimension: str
    value: str = ""

    @property
    def name(self) -> str:
        return f"{self.dimension} {self.value}" if self.value else self.dimension


def identifier(scope: Scope, start: date, what: str) -> str:
    """The same id for the same scope, first day and kind of thing in every process."""
    key = (scope.dimension, scope.value, start.isoformat(), what)
    return hashlib.sha256("\x1f".join(key).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DailyScopes:
    """S series of D days, position 0 being the day ``first``: the ``scopes``, then the C cells.

    ``actual`` (S + C, D) in dollars, NaN where a day of a scope has no figure; ``fees`` (S + C, D) are
    the fees expected on each day, and what the length of its month makes of storage.
    ``members`` (S, C) says which cells a scope adds up.
    ``cells`` has a column per dimension; ``charges`` a row per charge: day (a position), cell, resource,
    usd, and whether it is labelled as a recurring fee.
    """

    first: date
    scopes: tuple[Scope, ...]
    actual: Floats
    fees: Floats
    members: Flags
    cells: pd.DataFrame
    charges: pd.DataFrame

    @property
    def days(self) -> int:
        return int(self.actual.shape[1])

    def rows(self, dimension: str, value: str) -> list[int]:
        """The row of a scope in a list; none where the bill has no such scope."""
        return [
            row
            for row, scope in enumerate(self.scopes)
            if (scope.dimension, scope.value) == (dimension, value)
        ]

    def day(self, position: int) -> date:
        return self.first + timedelta(days=position)

    def position(self, day: date) -> int:
        return (day - self.first).days


def daily_scopes(costs: pd.DataFrame, cost_column: str, days: Span) -> DailyScopes:
    """The charges of the ``costs`` frame that begin in ``days``. A charge without a cost is left out.

    The series begin with the first charge that counts: a bill may begin inside its billing period, and
    such days are no days of $0.
    """
    counted = costs.loc[_counted(costs, cost_column, days), [*_READ, cost_column]]
    if len(counted):
        days = Span(counted["ChargePeriodStart"].min().date(), days.last)
    count = (days.last - days.first).days + 1
    values = pd.DataFrame(
        {name: _values(counted, column) for name, column in DIMENSIONS.items()}, index=counted.index
    )
    grouped = values.groupby(list(DIMENSIONS), observed=True, sort=True)
    cell: Ints = np.asarray(grouped.ngroup(), dtype=np.int64)
    cells = grouped.size().index.to_frame(index=False)
    begins = counted["ChargePeriodStart"].dt.floor("D") - utc(days.first)
    day: Ints = begins.dt.days.to_numpy(dtype=np.int64)
    usd = as_floats(counted[cost_column]).to_numpy()
    labelled = counted["ChargeFrequency"].eq(_RECURRING).to_numpy(dtype=bool)
    scopes, members = _scopes(cells)
    # Few scopes have many of the cells: as a dense matrix this product would take most of the memory.
    added = csr_array(members).astype(np.float64)
    shape = (len(cells), count)
    by_month = counted["PricingUnit"].str.casefold().isin(_BY_MONTH).to_numpy(dtype=bool) & ~labelled
    usage, recurring, monthly = (
        np.vstack([added @ table, table])
        for table in (
            _table(shape, cell, day, np.where(weighs, usd, 0.0))
            for weighs in (~labelled, labelled, by_month)
        )
    )
    there = added @ _table(shape, cell, day, np.ones(len(usd))) > 0
    calendar = Calendar.of(days.first, count)
    of_length = _of_length(monthly, calendar)
    actual = usage + recurring
    actual[: len(scopes)][_missing(there)] = np.nan
    return DailyScopes(
        first=days.first,
        scopes=scopes,
        actual=actual,
        fees=expected_daily_fees(days.first, usage - of_length, recurring) + of_length,
        members=members,
        cells=cells,
        charges=pd.DataFrame(
            {
                "day": day,
                "cell": cell,
                "resource": counted["ResourceId"].astype("object").fillna(NO_VALUE).to_numpy(),
                "usd": usd,
                "fee": labelled,
            }
        ),
    )


def has_scope(costs: pd.DataFrame, scope: Scope) -> bool:
    """Whether a charge is of that scope, one that is left out of the series as well."""
    if scope.dimension == TOTAL:
        return not scope.value
    return bool(_values(costs, DIMENSIONS[scope.dimension]).eq(scope.value).any())


def _counted(costs: pd.DataFrame, cost_column: str, days: Span) -> pd.Series:
    inside = between(costs["ChargePeriodStart"], days.first, days.last + timedelta(days=1))
    left_out = costs["ChargeCategory"].isin(LEFT_OUT)
    left_out |= costs["ChargeClass"].eq(_CORRECTION).fillna(value=False)
    return inside & ~left_out & costs[cost_column].notna()


def _values(costs: pd.DataFrame, column: str) -> pd.Series:
    found = tags.values(costs[column], _TEAM) if column == "Tags" else costs[column]
    # Categories first: a column has few values and many rows.
    known = found.astype("category")
    if NO_VALUE not in known.cat.categories:
        known = known.cat.add_categories([NO_VALUE])
    return known.fillna(NO_VALUE)


def _scopes(cells: pd.DataFrame) -> tuple[tuple[Scope, ...], Flags]:
    scopes, members = [Scope(TOTAL)], [np.ones(len(cells), dtype=bool)]
    for dimension in DIMENSIONS:
        for value in sorted(cells[dimension].astype("str").unique()):
            scopes.append(Scope(dimension, value))
            members.append((cells[dimension].astype("str") == value).to_numpy(dtype=bool))
    return tuple(scopes), np.array(members)


def _table(shape: tuple[int, int], cell: Ints, day: Ints, weight: Floats) -> Floats:
    flat = np.bincount(cell * shape[1] + day, weights=weight, minlength=shape[0] * shape[1])
    table: Floats = flat.reshape(shape).astype(np.float64)
    return table


def _missing(there: Flags) -> Flags:
    """Which days (S, D) have no figure; row 0 is the total."""
    always = np.cumsum(np.pad(there, ((0, 0), (1, 0))), axis=1)
    missing = np.zeros_like(there)
    for row in range(len(there)):
        absent = np.flatnonzero(~there[row])
        for run in np.split(absent, np.flatnonzero(np.diff(absent) > 1) + 1) if len(absent) else ():
            begin = run[0]
            before = always[row, begin] - always[row, max(0, begin - _ALWAYS_DAYS)]
            if begin >= _ALWAYS_DAYS and before == _ALWAYS_DAYS and len(run) <= _MISSING_DAYS:
                missing[row, run] = True
    missing[:, ~there[0]] = True
    return missing


def _of_length(monthly: Floats, calendar: Calendar) -> Floats:
    """What a day of charges by the month, (S, D), costs more than one of a month of mean length.

    A GB-month is spread over the days of its month: in February a day of it costs 31 ÷ 28 of one in
    January. Known by the seven days up to and including each day.
    """
    longer = calendar.length / MONTH_DAYS
    even = monthly * longer
    usual = median_filter(even, size=(1, _WEEK), origin=(0, _WEEK // 2), mode="nearest")
    more: Floats = usual * (1 / longer - 1)
    return more


def expected_daily_fees(first: date, usage: Floats, recurring: Floats) -> Floats:
    """What the fees of each day of S series are expected to be, labelled as such or not; all (S, D).

    A fee is expected as high as the latest before that day. That usage without a label is one is judged
    by all days: it stood out in each of the latest months.
    """
    days = usage.shape[1]
    calendar = Calendar.of(first, days)
    known = recurring + hidden_fees(usage, calendar)
    expected = np.zeros_like(known)
    for row in np.flatnonzero(known.any(axis=1)):
        expected[row] = expected_fees(known[row], calendar, np.arange(days), 1)[:, 0]
    return expected
