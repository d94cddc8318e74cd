"""Where did a frame come from, and how many dollars did its file hold?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import pandas as pd

from finops.errors import Issue
from finops.ingest.cleaning import Cleaned
from finops.money import HOURS_PER_MONTH
from finops.schema import SET_ASIDE

FileKind = Literal["ec2", "s3", "costs", "usage", "commitments", "metrics", "accounts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfo:
    """One input file. Dollars are exact; those a kind of file does not have are None.

    ``rows`` are the rows read, shown or set aside, without empty ones and headers. For a bill,
    ``billed_cost`` and its neighbours are sums in ``currency`` over the whole file. For a resource
    list the hourly (EC2 only) and monthly totals satisfy file = shown + set aside, and
    ``unknown_cost_rows`` of the set-aside rows have dollars that cannot be read.
    ``period_start`` and ``period_end`` are the first and the last day, both inclusive.
    """

    path: str
    kind: FileKind
    format: str
    version: str | None = None
    rows: int = 0
    set_aside_rows: int = 0
    currency: str | None = None
    billed_cost: Decimal | None = None
    effective_cost: Decimal | None = None
    list_cost: Decimal | None = None
    period_start: date | None = None
    period_end: date | None = None
    file_hourly_usd: Decimal | None = None
    shown_hourly_usd: Decimal | None = None
    set_aside_hourly_usd: Decimal | None = None
    file_monthly_usd: Decimal | None = None
    shown_monthly_usd: Decimal | None = None
    set_aside_monthly_usd: Decimal | None = None
    unknown_cost_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A frame in its schema, where it came from, what was wrong, and the lines that are not in it."""

    frame: pd.DataFrame
    info: FileInfo
    issues: tuple[Issue, ...] = ()
    set_aside: pd.DataFrame | None = None

    def aside(self) -> pd.DataFrame:
        return SET_ASIDE.empty() if self.set_aside is None else self.set_aside


def loaded_ec2(path: str, result: Cleaned) -> Loaded:
    """An EC2 list with its totals an hour and, at 730 hours, a month."""
    totals = result.totals
    info = FileInfo(
        path=path,
        kind="ec2",
        format="ec2-list",
        rows=len(result.frame) + len(result.set_aside),
        set_aside_rows=len(result.set_aside),
        currency="USD",
        file_hourly_usd=totals.file,
        shown_hourly_usd=totals.shown,
        set_aside_hourly_usd=totals.set_aside,
        file_monthly_usd=totals.file * HOURS_PER_MONTH,
        shown_monthly_usd=totals.shown * HOURS_PER_MONTH,
        set_aside_monthly_usd=totals.set_aside * HOURS_PER_MONTH,
        unknown_cost_rows=totals.unknown_rows,
    )
    return Loaded(frame=result.frame, info=info, issues=result.issues, set_aside=result.set_aside)


def loaded_s3(path: str, result: Cleaned) -> Loaded:
    """An S3 list with its totals a month."""
    totals = result.totals
    info = FileInfo(
        path=path,
        kind="s3",
        format="s3-list",
        rows=len(result.frame) + len(result.set_aside),
        set_aside_rows=len(result.set_aside),
        currency="USD",
        file_monthly_usd=totals.file,
        shown_monthly_usd=totals.shown,
        set_aside_monthly_usd=totals.set_aside,
        unknown_cost_rows=totals.unknown_rows,
    )
    return Loaded(frame=result.frame, info=info, issues=result.issues, set_aside=result.set_aside)


def days_of(starts: pd.Series, ends: pd.Series | None = None) -> tuple[date | None, date | None]:
    """The first and the last day, inclusive; an end at midnight belongs to the day before."""
    first, last = starts.min(), starts.max()
    if pd.isna(first):
        return None, None
    if ends is not None and not pd.isna(ends.max()):
        last = max(last, ends.max() - timedelta(microseconds=1))
    return first.date(), last.date()
