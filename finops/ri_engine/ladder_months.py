"""In which months do commitments stand and end? The calendar on which a purchase ladder is planned.

A commitment counts from Start up to but not including End, so it ends in the month of its last moment:
one that stops on 1 April at midnight ends in March. What ends is renewed as it is as long as the months
run: the share that ends is a share of what has to be decided again, and what has ended once is not
missing from what stands. A renewal ends in the same month a term later; that terms of 365 days come a
day early after a leap year is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from finops.periods import Month, utc
from finops.ri_engine.claims import Bools
from finops.ri_engine.owned import amortised_hourly_usd
from finops.ri_engine.proposals import DAYS_PER_YEAR, purchase_date
from finops.ri_engine.quantity import Floats

MONTHS_PER_YEAR = 12
_MOMENT = pd.Timedelta(microseconds=1)
# A successor that is bought already may begin so long after the end of what it takes over.
_GAP = pd.Timedelta(days=31)
_PLACE = ("Kind", "AccountId", "Region", "InstanceType", "InstanceFamily")


@dataclass(frozen=True, slots=True)
class Window:
    """The months (M,) from that of ``first``, the day of the first purchase. Each is looked at when it
    begins, the first one on ``first``."""

    first: date
    months: tuple[Month, ...]

    @classmethod
    def of(cls, as_of: date, term_years: int) -> Window:
        """All months in which a purchase of this term that waits for a term at most can first end."""
        first = purchase_date(as_of)
        months = [Month.of(first)]
        while len(months) <= 2 * MONTHS_PER_YEAR * term_years:
            months.append(months[-1].next())
        return cls(first, tuple(months))

    @property
    def moments(self) -> tuple[pd.Timestamp, ...]:
        """When each month is looked at."""
        return tuple(utc(max(self.first, month.start)) for month in self.months)

    def number(self, moment: pd.Timestamp) -> int:
        """Which month holds the moment: 0 is the first one; below 0 and above the last are outside."""
        start = self.months[0]
        return (moment.year - start.year) * MONTHS_PER_YEAR + moment.month - start.month

    def purchase_days(self, term_years: int) -> tuple[date, ...]:
        """The first day, and the first days of as many months after it as the term has."""
        later = [month.start for month in self.months[1 : MONTHS_PER_YEAR * term_years + 1]]
        return (self.first, *later)


@dataclass(frozen=True, slots=True)
class Presence:
    """How often (M,) something stands at the beginning of each month (0 or 1), and ends in it."""

    stands: Floats
    ends: Floats


def end_of(start: date, term_years: int) -> date:
    """The first day that a purchase of ``start`` no longer serves."""
    return start + timedelta(days=DAYS_PER_YEAR * term_years)


def presence(
    window: Window, start: pd.Timestamp, end: pd.Timestamp, term_years: int, *, renewed: bool = True
) -> Presence:
    """Where a commitment and, if it is ``renewed``, all its renewals stand and end."""
    moments = window.moments
    stands = [start <= moment and (renewed or moment < end) for moment in moments]
    ends = np.zeros(len(moments))
    first = window.number(end - _MOMENT)
    if first >= 0:
        ends[first : None if renewed else first + 1 : MONTHS_PER_YEAR * term_years] = 1.0
    return Presence(np.array(stands, dtype=np.float64), ends)


def options(window: Window, term_years: int) -> tuple[Floats, Floats]:
    """Of a purchase, by day of purchase and month (K, M): whether it stands, how often it ends."""
    found = [
        presence(window, utc(day), utc(end_of(day, term_years)), term_years)
        for day in window.purchase_days(term_years)
    ]
    return np.stack([one.stands for one in found]), np.stack([one.ends for one in found])


@dataclass(frozen=True, slots=True)
class Standing:
    """What is owned and ends after ``as_of``, in the order of its ids: rows of ``commitments`` (C,).

    ``hourly_usd`` is NaN where unknown, ``succeeded`` true where a renewal is bought already.
    """

    rows: pd.DataFrame
    hourly_usd: Floats
    term_years: tuple[int, ...]
    succeeded: Bools
    not_counted: tuple[str, ...]

    @classmethod
    def of(cls, owned: pd.DataFrame, as_of: date) -> Standing:
        """Retired rows do not count. ``not_counted`` names rows without a cost, or without dates."""
        held = owned[(owned["State"].fillna("active") != "retired").to_numpy()]
        dated = (held["Start"] < held["End"]).to_numpy()
        ended = (held["End"] <= utc(purchase_date(as_of))).to_numpy()
        unknown = ~dated & ~ended
        rows = held[dated & ~ended].sort_values(["CommitmentId", "Start", "End"], ignore_index=True)
        hourly = amortised_hourly_usd(rows)
        nameless = [*held["CommitmentId"][unknown], *rows["CommitmentId"][~np.isfinite(hourly)]]
        return cls(rows, hourly, _terms(rows), _succeeded(rows), tuple(sorted(map(str, nameless))))

    def dollars(self, window: Window) -> tuple[Floats, Floats]:
        """$ an hour that stand at the beginning of each month, and that end in it: (M,) each."""
        stands, ends = np.zeros(len(window.months)), np.zeros(len(window.months))
        known = np.flatnonzero(np.isfinite(self.hourly_usd))
        # Added from the smallest, so that no order of rows changes a digit.
        for number in known[np.argsort(self.hourly_usd[known], kind="stable")]:
            one = presence(
                window,
                self.rows["Start"].iloc[number],
                self.rows["End"].iloc[number],
                self.term_years[number],
                renewed=not self.succeeded[number],
            )
            stands += self.hourly_usd[number] * one.stands
            ends += self.hourly_usd[number] * one.ends
        return stands, ends


def _terms(rows: pd.DataFrame) -> tuple[int, ...]:
    """TermYears, else the whole years nearest to the time from Start to End, one at least."""
    years = ((rows["End"] - rows["Start"]).dt.total_seconds() / (86_400 * DAYS_PER_YEAR)).round()
    terms = rows["TermYears"].astype("Float64").fillna(years.astype("Float64"))
    return tuple(max(1, int(term)) for term in terms)


def _succeeded(rows: pd.DataFrame) -> Bools:
    """Whether another row of the same kind and place begins when the row ends: it is renewed already."""
    found = np.zeros(len(rows), dtype=np.bool_)
    by_place: dict[tuple[str, ...], list[pd.Timestamp]] = {}
    places = [tuple(map(str, row)) for row in rows[list(_PLACE)].itertuples(index=False, name=None)]
    for place, start in zip(places, rows["Start"], strict=True):
        by_place.setdefault(place, []).append(start)
    for number, (place, end) in enumerate(zip(places, rows["End"], strict=True)):
        found[number] = any(
            end - pd.Timedelta(days=1) <= start <= end + _GAP for start in by_place[place]
        )
    return found
