"""Which hours justify a row, and which speak against it?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.ri_engine.purchases import Purchase
from finops.ri_engine.quantity import Floats
from finops.ri_engine.reasons.joint import JointBill, Run
from finops.ri_engine.reasons.steps import amount_of

HOUR_COLUMNS = ["hour", "demand", "available", "served", "on_demand", "unused", "saving_usd"]
HOURS_PER_WEEK = 168
_POINTS = 400
# Instances and dollars: what differs by less is a rounding of floats.
_PLACES = 9
_LITTLE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Some hours from ``start`` (UTC).

    ``unused`` is in instance-hours or plan dollars, ``unused_usd`` what these cost; ``saving_usd`` is
    what the bill of these hours is lower because of the row, its cost deducted.
    """

    start: pd.Timestamp
    hours: int
    unused: float
    unused_usd: float
    saving_usd: float


def hours_of(
    bill: JointBill, one: Purchase, hours: pd.DatetimeIndex, chosen: Run, without: Run
) -> pd.DataFrame:
    """A row per hour: HOUR_COLUMNS, in the row's own unit (instances of its type, or plan dollars).

    ``demand`` is all that the row may serve, ``available`` what others leave to it at its place in
    AWS's order, ``served`` the smaller of that and its amount, ``on_demand`` what stays On-Demand of the
    demand, ``unused`` = amount − served. ``saving_usd`` is what the hour's bill is lower because of the
    row: On-Demand dollars without it − with it − its cost.
    """
    rate = np.nan_to_num(bill.rate)
    amount = amount_of(one)
    available = _used(rate, bill.run(np.inf).by_row)
    served = _used(rate, chosen.by_row)
    unused = amount - served
    lower = bill.usd @ (without.residual - chosen.residual)
    return pd.DataFrame(
        {
            "hour": hours,
            "demand": rate @ bill.quantity,
            "available": available,
            "served": served,
            "on_demand": rate @ chosen.residual,
            "unused": np.where(unused > amount * _LITTLE, unused, 0.0),
            "saving_usd": lower - one.hourly_usd,
        },
        columns=HOUR_COLUMNS,
    )


def duration(hours: pd.DataFrame) -> pd.DataFrame:
    """The duration curve of an hours frame: ``share_pct`` of the hours in which at least ``available``
    can be served, the highest first. About 400 rows at most."""
    ordered = np.sort(hours["available"].to_numpy(dtype=np.float64))[::-1]
    share = np.arange(1, len(ordered) + 1) / max(len(ordered), 1) * 100
    at = np.unique(np.linspace(0, len(ordered) - 1, min(_POINTS, len(ordered))).round().astype(np.intp))
    return pd.DataFrame({"share_pct": share[at], "available": ordered[at]})


def last_unit(hours: pd.DataFrame, amount: float, unit: float) -> tuple[float, float]:
    """Shares of the hours, in percent: in which the last unit is used in full, and that it is used on
    average (an hour in which half of it is used counts half)."""
    used = (hours["available"].to_numpy(dtype=np.float64) - (amount - unit)) / unit
    full = float(np.mean(used >= 1 - 1e-6) * 100)
    return full, float(np.mean(used.clip(0.0, 1.0)) * 100)


def worst(hours: pd.DataFrame, length: int, unit_usd: float) -> Stretch | None:
    """The ``length`` hours in a row that save least (the first of equals); None with fewer hours."""
    if not 0 < length <= len(hours):
        return None
    saving = _rolling(hours["saving_usd"], length)
    at = int(np.round(saving, _PLACES).argmin())
    unused = float(hours["unused"].iloc[at : at + length].sum())
    return Stretch(
        start=hours["hour"].iloc[at],
        hours=length,
        unused=unused,
        unused_usd=unused * unit_usd,
        saving_usd=float(saving[at]),
    )


def _rolling(values: pd.Series, length: int) -> Floats:
    sums = np.concatenate(([0.0], np.cumsum(values.to_numpy(dtype=np.float64))))
    rolled: Floats = sums[length:] - sums[:-length]
    return rolled


def _used(rate: Floats, by_row: Floats) -> Floats:
    used: Floats = rate @ by_row
    return used
