"""How busy was each instance? Two weeks of hourly metrics as the few figures that sizes rest on."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd

from finops.periods import between

DAYS = 14  # Cost Explorer's for idle instances, and Compute Optimizer's default
PEAK = 0.995  # Compute Optimizer's percentile
HOURS = DAYS * 24


def busy(metrics: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """One row an instance (index InstanceId) of a ``metrics`` frame, over the 14 days up to ``as_of``.

    ``days`` and ``hours`` are those with a CPU figure; ``whole`` says that every one of the 14 days has
    one. ``cpu_max_pct`` is the highest CpuMax, ``cpu_peak_pct`` its 99.5th percentile over the hours,
    ``cpu_mean_pct`` the mean of CpuAvg; ``memory_peak_pct`` and ``network_peak_mbps`` (10⁶ bits a
    second, from bytes) are 99.5th percentiles of MemMax and NetworkBps. NaN where no hour has it.
    """
    first = as_of - timedelta(days=DAYS - 1)
    inside = metrics[between(metrics["Hour"], first, as_of + timedelta(days=1))]
    inside = inside[inside["CpuMax"].notna()]
    by = inside.groupby("InstanceId", sort=True)
    peaks = by[["CpuMax", "MemMax", "NetworkBps"]].quantile(PEAK)
    days = inside["Hour"].dt.floor("D").groupby(inside["InstanceId"]).nunique()
    return pd.DataFrame(
        {
            "days": days,
            "hours": by.size(),
            "whole": days >= DAYS,
            "cpu_max_pct": by["CpuMax"].max(),
            "cpu_peak_pct": peaks["CpuMax"],
            "cpu_mean_pct": by["CpuAvg"].mean(),
            "memory_peak_pct": peaks["MemMax"],
            "network_peak_mbps": peaks["NetworkBps"] * 8 / 1e6,
        }
    )
