"""Which days does a period hold? Months, their neighbours and their share that has passed."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month in UTC. ``str`` gives ``YYYY-MM``."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        """``YYYY-MM``; raises ValueError for anything else."""
        return cls.of(datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).date())

    @property
    def start(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def end(self) -> date:
        """The first day after the month."""
        return self.next().start

    @property
    def days(self) -> int:
        return calendar.monthrange(self.year, self.month)[1]

    def next(self) -> Month:
        return Month(self.year + self.month // 12, self.month % 12 + 1)

    def previous(self) -> Month:
        return Month.of(self.start - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def last_full_month(as_of: date) -> Month:
    """The last month whose every day is on or before ``as_of`` (inclusive)."""
    month = Month.of(as_of)
    return month if as_of + timedelta(days=1) == month.end else month.previous()


@dataclass(frozen=True, slots=True)
class Span:
    """The days that a bill covers, first and last inclusive."""

    first: date
    last: date

    @property
    def full_months(self) -> tuple[Month, ...]:
        """The months of which it holds every day, newest first."""
        months = []
        month = last_full_month(self.last)
        while self.first <= month.start:
            months.append(month)
            month = month.previous()
        return tuple(months)

    @property
    def month(self) -> Month | None:
        """The newest full month; None where the bill holds none."""
        months = self.full_months
        return months[0] if months else None

    def name(self, month: Month) -> str:
        """``YYYY-MM``, or first/last day (ISO 8601) where the bill holds only a part of the month."""
        first, last = max(self.first, month.start), min(self.last, month.end - timedelta(days=1))
        return str(month) if (last - first).days + 1 == month.days else f"{first}/{last}"


def utc(day: date) -> pd.Timestamp:
    """Midnight UTC at the beginning of the day."""
    return pd.Timestamp(day, tz="UTC")


def between(times: pd.Series, start: date, end: date) -> pd.Series:
    """Which times lie in the days from ``start`` up to but not including ``end``."""
    return (times >= utc(start)) & (times < utc(end))
