"""How steady is a workload? One number from 0 to 100.

Hourly evidence: the 5th percentile of the pool's hourly instances ÷ their mean × 100: what is there
in all but the emptiest hours. Snapshot evidence, when there is no hourly usage: hours that an
instance has run since its LaunchTime inside the lookback ÷ hours of the lookback × 100.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd

from finops.periods import utc
from finops.ri_engine.quantity import Floats

HOURS_PER_DAY = 24


def hourly_steadiness(demand: Floats) -> float | None:
    """Steadiness of hourly instances, shape (hours,), hours without usage being 0.

    At most 100; None where there are no hours or nothing ran at all.
    """
    mean = float(demand.mean()) if demand.size else 0.0
    if mean <= 0:
        return None
    return min(100.0, float(np.percentile(demand, 5)) / mean * 100)


def running_hours(ec2: pd.DataFrame, as_of: date, lookback_days: int) -> pd.Series:
    """Hours that each instance is known to have run inside the lookback that ends with ``as_of``.

    One value per row of the ``ec2`` frame: a running instance has run since its LaunchTime, whatever
    is not running counts 0, and so does an instance whose LaunchTime is unknown or later.
    """
    end = utc(as_of + timedelta(days=1))
    start = end - pd.Timedelta(days=lookback_days)
    since = ec2["LaunchTime"].mask(ec2["LaunchTime"] < start, start)
    passed: pd.Series = (end - since).dt.total_seconds() / 3600
    hours = passed.clip(lower=0.0).fillna(0.0)
    return hours.where(ec2["State"] == "running", 0.0)


def snapshot_steadiness(ec2: pd.DataFrame, as_of: date, lookback_days: int) -> pd.Series:
    """Steadiness of each instance of an ``ec2`` frame by its launch date and state, 0 to 100."""
    return running_hours(ec2, as_of, lookback_days) / (lookback_days * HOURS_PER_DAY) * 100
