"""Which hours and days does a bill hold, and which are missing in the middle?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from finops.ingest.bills.doctor_evidence import Row, counted, grouped
from finops.ingest.bills.doctor_records import Calendar

_ONE_DAY = timedelta(days=1)


def calendar(rows: Sequence[Row]) -> Calendar:
    """The days of all months. Days that only longer lines (fees, taxes) begin on are not counted."""
    by_day = grouped(rows, lambda row: row["Day"].date())
    present = sorted(
        day
        for day, group in by_day.items()
        if any(row["HourlyLines"] or row["DailyLines"] for row in group)
    )
    if not present:
        return Calendar(days=len(by_day), **_instances(rows))
    hourly = [day for day in present if any(row["HourlyLines"] for row in by_day[day])]
    last = present[-1]
    end = _end_of_day(by_day[last])
    next_midnight = datetime.combine(last + _ONE_DAY, time())
    partial = end is not None and end < next_midnight
    hours_of_last = (
        None if end is None else int((end - datetime.combine(last, time())).total_seconds() // 3600)
    )
    middle = [day for day in hourly if day not in {present[0], last}]
    return Calendar(
        first=present[0],
        last=last,
        last_complete=_before(last, present[0]) if partial else last,
        last_end=None if end is None else end.replace(tzinfo=UTC),
        days=len(present),
        hourly_days=len(hourly),
        daily_days=len(present) - len(hourly),
        missing_days=tuple(_between(present)),
        missing_hours=sum(24 - max(row["Hours"] for row in by_day[day]) for day in middle),
        partial_last_hours=hours_of_last if partial else None,
        **_instances(rows),
    )


def _instances(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "instance_lines": counted(rows, "InstanceLines"),
        "longer_instance_lines": counted(rows, "LongerInstanceLines"),
    }


def _end_of_day(rows: Sequence[Row]) -> datetime | None:
    """Hourly lines say where the data end; AWS bills storage by the day even in hourly reports."""
    for column in ("LastHourlyEnd", "LastDailyEnd"):
        known: list[datetime] = [row[column] for row in rows if row[column] is not None]
        if known:
            return max(known).replace(tzinfo=None)
    return None


def _before(day: date, first: date) -> date | None:
    return day - _ONE_DAY if day > first else None


def _between(days: Sequence[date]) -> Iterable[date]:
    for one, following in pairwise(days):
        yield from (one + _ONE_DAY * step for step in range(1, (following - one).days))
