"""Which day do the data reach, and which rows count on it? And what a list learns from the bill."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pandas as pd

from finops.errors import Issue
from finops.ingest.provenance import FileKind, Loaded
from finops.money import exact_sum
from finops.periods import utc
from finops.schema import resource_names

_TIMES: Mapping[FileKind, str] = {"costs": "ChargePeriodStart", "usage": "Hour", "metrics": "Hour"}


def last_complete_day(loaded: Loaded) -> date | None:
    """The last day that a bill or hourly usage covers to its end; None for frames without rows.

    Data that end on the day they begin have no such day, and are all there is: it is that day.

    Fees of a whole month reach ahead and say nothing about that, if there is anything daily.
    """
    frame = loaded.frame
    if frame.empty:
        return None
    if loaded.info.kind == "usage":
        end = frame["Hour"].max() + timedelta(hours=1)
    else:
        starts = frame["ChargePeriodStart"]
        ends = frame["ChargePeriodEnd"].fillna(starts + timedelta(days=1))
        daily = ends - starts <= timedelta(days=1)
        end = ends[daily].max() if daily.any() else ends.max()
    last: date = (end.floor("D") - timedelta(days=1)).date()
    first: date = frame[_TIMES[loaded.info.kind]].min().date()
    return max(first, last)


def counted_until(loaded: Loaded, as_of: date) -> tuple[pd.DataFrame, list[Issue]]:
    """The rows up to ``as_of`` (inclusive), and one issue for those after it.

    Instances launched later stay, with an issue: a list is of one moment and its total must hold.
    """
    if loaded.info.kind == "ec2":
        return loaded.frame, _launched_later(loaded, as_of)
    if loaded.info.kind not in _TIMES:
        return loaded.frame, []
    later = loaded.frame[_TIMES[loaded.info.kind]] >= utc(as_of + timedelta(days=1))
    rows = int(later.sum())
    if not rows:
        return loaded.frame, []
    issue = Issue(
        severity="info",
        code="after_as_of",
        message=f"{rows} row(s) of {loaded.info.kind} after {as_of.isoformat()} are in no figure",
        file=loaded.info.path,
        rows=rows,
        cost_usd=_dollars(loaded, later),
    )
    return loaded.frame[~later].reset_index(drop=True), [issue]


def _dollars(loaded: Loaded, rows: pd.Series) -> float | None:
    """What the rows cost; None where a row does not say, and for a bill in another currency."""
    frame = loaded.frame[rows]
    if loaded.info.kind == "costs" and loaded.info.currency == "USD":
        known = frame["BilledCost"].dropna()
        return float(exact_sum([known.sum()])) if len(known) else None
    if loaded.info.kind == "usage" and frame["OnDemandRateUSD"].notna().all():
        return float((frame["Quantity"] * frame["OnDemandRateUSD"]).sum())
    return None


def _launched_later(loaded: Loaded, as_of: date) -> list[Issue]:
    later = loaded.frame[loaded.frame["LaunchTime"] >= utc(as_of + timedelta(days=1))]
    if later.empty:
        return []
    more = f" and {len(later) - 5} more" if len(later) > 5 else ""
    known = later["MonthlyCostUSD"].dropna()
    return [
        Issue(
            severity="warning",
            code="launch_after_as_of",
            message=f"{len(later)} instance(s) were launched after {as_of.isoformat()} and are kept: "
            + ", ".join(later["InstanceId"].head(5))
            + more,
            file=loaded.info.path,
            rows=len(later),
            cost_usd=float(exact_sum(known)) if len(known) else None,
        )
    ]


def with_accounts(frame: pd.DataFrame, identifier: str, costs: pd.DataFrame) -> pd.DataFrame:
    """The account of a resource from the bill, where the list has none and the bill has just one."""
    if frame.empty or costs.empty or frame["AccountId"].notna().all():
        return frame
    billed = costs[["ResourceId", "SubAccountId"]].drop_duplicates().dropna()
    named = billed.assign(ResourceId=resource_names(billed["ResourceId"])).drop_duplicates()
    one = named.drop_duplicates("ResourceId", keep=False).set_index("ResourceId")["SubAccountId"]
    return frame.assign(AccountId=frame["AccountId"].fillna(frame[identifier].map(one).astype("str")))
