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

# Columns of ``busy``, and those of a list that are taken where metrics are not whole.
_FIGURES = {
    "cpu_peak_pct": "CPUUtilization",
    "cpu_max_pct": "CPUUtilization",
    "cpu_mean_pct": "CPUUtilization",
    "memory_peak_pct": "MemoryUtilization",
    "network_peak_mbps": "NetworkMbps",
}
_LISTED = ["InstanceId", "AccountId", "Region", "Platform", "InstanceType"]


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
    whole = joined["whole"].astype("boolean").fillna(value=False).astype("bool")
    metered = (HOURS_PER_MONTH * joined["hours"].astype("float64").fillna(0.0) / HOURS).where(
        whole, float(HOURS_PER_MONTH)
    )
    figures = [joined[name].where(whole, joined[listed]) for name, listed in _FIGURES.items()]
    columns = [*(joined[name] for name in _LISTED), whole, metered, *figures]
    for row in zip(*map(_cells, columns), strict=True):
        seen = _seen(row, market, ran)
        if seen is not None:
            yield seen


def _cells(column: pd.Series) -> list[Any]:
    """The values of a column, None where there is none. A column at once is far faster than by rows."""
    values: list[Any] = column.astype("object").where(column.notna(), None).tolist()
    return values


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
    instance, account, region, platform, kind, hourly, metered, peak, most, mean, memory, network = row
    spec = market.spec(str(kind))
    if spec is None or region is None:
        return None
    platform = platform or PLATFORMS[0]
    by_bill = None if ran is None else ran.get(instance)
    return Seen(
        instance_id=instance,
        account_id=account,
        region=region,
        platform=platform,
        spec=spec,
        usd_per_hour=market.price(spec.instance_type, region, platform),
        hours=by_bill.hours if by_bill else metered,
        covered=by_bill.covered if by_bill else None,
        hourly=hourly,
        cpu_peak_pct=peak,
        cpu_max_pct=most,
        cpu_mean_pct=mean,
        memory_peak_pct=memory,
        network_mbps=network,
    )
