"""What is known of each running instance? Its row, its metrics, its price, and its hours on the bill."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from finops.insights.findings import Ran, Seen
from finops.insights.sizing import Market
from finops.insights.utilization import HOURS
from finops.money import HOURS_PER_MONTH
from finops.schema import PLATFORMS

# The columns of a list, then those of ``busy``, in the order of ``_seen``.
_LISTED = ["InstanceId", "AccountId", "Region", "Platform", "InstanceType"]
_MEASURED = ["CPUUtilization", "MemoryUtilization", "NetworkMbps"]
_BUSY = [
    *("whole", "hours", "cpu_peak_pct", "cpu_max_pct", "cpu_mean_pct"),
    *("memory_peak_pct", "network_peak_mbps"),
]


def observed(
    ec2: pd.DataFrame, load: pd.DataFrame, market: Market, ran: Mapping[str, Ran] | None
) -> Iterator[Seen]:
    """The running instances whose type is known. ``load`` is the frame of ``utilization.busy``.

    Hours are the bill's, else those with metrics, else 730. The network figure of a list is the larger
    direction; bytes a second become bits.
    """
    running = ec2[ec2["State"].eq("running").fillna(value=False)]
    network = running[["NetworkIn_Bps", "NetworkOut_Bps"]].max(axis=1) * 8 / 1e6
    joined = running.assign(NetworkMbps=network).join(load, on="InstanceId")
    joined["whole"] = joined["whole"].astype("boolean").fillna(value=False).astype("bool")
    for row in joined[[*_LISTED, *_MEASURED, *_BUSY]].itertuples(index=False, name=None):
        seen = _seen(row, market, ran)
        if seen is not None:
            yield seen


def platform_of(cell: Any) -> str:
    """The platform of a row; where it does not say, Linux is assumed, as everywhere."""
    return str(cell) if pd.notna(cell) else PLATFORMS[0]


def text_of(cell: Any) -> str | None:
    """The text of a cell, None where it is empty."""
    return str(cell) if pd.notna(cell) else None


def figure(cell: Any) -> float | None:
    """The number of a cell, None where there is none."""
    number = float(cell) if isinstance(cell, int | float) else math.nan
    return None if math.isnan(number) else number


def _seen(row: tuple[Any, ...], market: Market, ran: Mapping[str, Ran] | None) -> Seen | None:
    listed, measured, load = row[:5], row[5:8], row[8:]
    instance, account, region, platform, kind = listed
    spec = market.spec(str(kind))
    if spec is None or pd.isna(region):
        return None
    hourly = bool(load[0])
    cpu, memory, network = (figure(cell) for cell in measured)
    metered = HOURS_PER_MONTH * (figure(load[1]) or 0.0) / HOURS if hourly else float(HOURS_PER_MONTH)
    by_bill = None if ran is None else ran.get(str(instance))
    return Seen(
        instance_id=str(instance),
        account_id=text_of(account),
        region=str(region),
        platform=platform_of(platform),
        spec=spec,
        usd_per_hour=market.price(spec.instance_type, str(region), platform_of(platform)),
        hours=by_bill.hours if by_bill else metered,
        covered=by_bill.covered if by_bill else (None if ran is None else 0.0),
        hourly=hourly,
        cpu_peak_pct=figure(load[2]) if hourly else cpu,
        cpu_max_pct=figure(load[3]) if hourly else cpu,
        cpu_mean_pct=figure(load[4]) if hourly else cpu,
        memory_peak_pct=figure(load[5]) if hourly else memory,
        network_mbps=figure(load[6]) if hourly else network,
    )
