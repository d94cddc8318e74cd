"""What did each whole day cost, split by how its charges come back: usage, fees, one-time charges?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from finops.periods import between, utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Ints: TypeAlias = NDArray[np.int64]
    Flags: TypeAlias = NDArray[np.bool_]

_USAGE, _RECURRING, _ONE_TIME = "usage_usd", "recurring_usd", "one_time_usd"


def daily_costs(costs: pd.DataFrame, cost_column: str, first: date, last: date) -> pd.DataFrame:
    """Dollars a day from ``first`` to ``last`` (inclusive): usage, recurring fees, one-time charges.

    The split is FOCUS's ChargeFrequency; without one, a Purchase is one-time and the rest is usage.
    A day without charges is 0; a charge without a cost is left out. A charge belongs to the day on
    which it begins.
    """
    inside = costs[between(costs["ChargePeriodStart"], first, last + timedelta(days=1))]
    kind = pd.Series(_USAGE, index=inside.index, dtype="str")
    kind[inside["ChargeFrequency"].eq("Recurring")] = _RECURRING
    unnamed_purchase = inside["ChargeFrequency"].isna() & inside["ChargeCategory"].eq("Purchase")
    kind[inside["ChargeFrequency"].eq("One-Time") | unnamed_purchase] = _ONE_TIME
    amounts = inside[cost_column].astype("float64").fillna(0.0)
    by_day = (
        amounts.groupby([inside["ChargePeriodStart"].dt.floor("D"), kind]).sum().unstack(fill_value=0)
    )
    days = pd.date_range(utc(first), utc(last), freq="D", unit="us")
    return by_day.reindex(index=days, columns=[_USAGE, _RECURRING, _ONE_TIME], fill_value=0.0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days in a row: number in the month (1–31), days of that month, and months since 1970."""

    day: Ints
    length: Ints
    month: Ints

    @classmethod
    def of(cls, first: date, days: int) -> Calendar:
        dates = np.datetime64(first, "D") + np.arange(days)
        months = dates.astype("datetime64[M]")
        starts = months.astype("datetime64[D]")
        ends = (months + 1).astype("datetime64[D]")
        numbers = ((dates - starts).astype(np.int64) + 1, (ends - starts).astype(np.int64))
        return cls(*numbers, months.astype(np.int64))

    @property
    def last(self) -> Flags:
        """Which of the days are the last of their month."""
        return np.equal(self.day, self.length)


@dataclass(frozen=True, slots=True)
class History:
    """Daily dollars as arrays of one length; position 0 is the day ``first``, and every day is whole."""

    first: date
    usage: Floats
    recurring: Floats
    one_time: Floats

    @classmethod
    def of(cls, daily: pd.DataFrame) -> History:
        """The frame of ``daily_costs``."""
        columns = (daily[name].to_numpy(dtype=np.float64) for name in (_USAGE, _RECURRING, _ONE_TIME))
        return cls(daily.index[0].date(), *columns)

    @property
    def days(self) -> int:
        return len(self.usage)

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)

    def until(self, days: int) -> History:
        """Its first so many days."""
        return History(self.first, self.usage[:days], self.recurring[:days], self.one_time[:days])

    @property
    def every(self) -> Floats:
        return self.usage + self.recurring + self.one_time
