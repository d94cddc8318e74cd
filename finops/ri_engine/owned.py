"""What is owned already? Which commitments count when, what they cost, and which end soon.

A commitment counts in the hours from Start up to but not including End. UpfrontUSD and
RecurringHourlyUSD of a row are those of the whole row, not of one instance.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_YEAR
from finops.periods import utc
from finops.ri_engine.claims import RI, Bools
from finops.ri_engine.quantity import Floats

EXPIRING_DAYS = 90
QUEUED_DAYS = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """An owned commitment that ends within 90 days, on ``end``, ``days_left`` days after ``as_of``."""

    commitment_id: str
    kind: str
    account_id: str | None
    region: str | None
    instance_type: str | None
    instance_family: str | None
    quantity: float | None
    hourly_commitment_usd: float | None
    end: date
    days_left: int


def active_hours(commitments: pd.DataFrame, hours: pd.DatetimeIndex) -> Bools:
    """Which commitments count in which hours, shape (C, T). An unknown Start or End never counts."""
    start = commitments["Start"].to_numpy(dtype="datetime64[us]")[:, None]
    end = commitments["End"].to_numpy(dtype="datetime64[us]")[:, None]
    at = hours.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.asarray((start <= at) & (at < end), dtype=np.bool_)


def shield(commitments: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The commitments that serve demand from the day after ``as_of`` on: what need not be bought again.

    Those active at that moment, however recently bought, and those queued to begin within 90 days –
    but for renewals, that begin when an active one of the same kind and place ends: of the two only
    one counts at a time. Retired ones do not count. Those about to end count in full; ``expiring``
    names them.
    """
    moment = utc(as_of + timedelta(days=1))
    standing = commitments[commitments["State"].fillna("active") != "retired"]
    active = standing[(standing["Start"] <= moment) & (moment < standing["End"])]
    horizon = moment + pd.Timedelta(days=QUEUED_DAYS)
    queued = standing[(standing["Start"] > moment) & (standing["Start"] <= horizon)]
    renews = [_renews(one, active) for one in queued.to_dict("records")]
    queued = queued[~np.array(renews, dtype=np.bool_)]
    return pd.concat([active, queued], ignore_index=True)


_PLACE = ["Kind", "AccountId", "Region", "InstanceType", "InstanceFamily"]


def _renews(queued: Mapping[Hashable, Any], active: pd.DataFrame) -> bool:
    ends_before = active["End"] <= queued["Start"] + pd.Timedelta(days=1)
    same = pd.Series(True, active.index)
    for name in _PLACE:
        same &= active[name].isna() if pd.isna(queued[name]) else active[name] == queued[name]
    return bool((ends_before & same).any())


def expiring(commitments: pd.DataFrame, as_of: date) -> tuple[Expiring, ...]:
    """Active commitments that end within 90 days after ``as_of``, the next to end first."""
    moment = utc(as_of + timedelta(days=1))
    standing = commitments[commitments["State"].fillna("active") != "retired"]
    ending = standing[
        (standing["Start"] <= moment)
        & (standing["End"] > moment)
        & (standing["End"] <= moment + pd.Timedelta(days=EXPIRING_DAYS))
    ].sort_values(["End", "CommitmentId"])
    return tuple(
        Expiring(
            commitment_id=one["CommitmentId"],
            kind=one["Kind"],
            account_id=_or_none(one["AccountId"]),
            region=_or_none(one["Region"]),
            instance_type=_or_none(one["InstanceType"]),
            instance_family=_or_none(one["InstanceFamily"]),
            quantity=_or_none(one["Quantity"]),
            hourly_commitment_usd=_or_none(one["HourlyCommitmentUSD"]),
            end=one["End"].date(),
            days_left=(one["End"].date() - as_of).days,
        )
        for one in ending.to_dict("records")
    )


def amortised_hourly_usd(commitments: pd.DataFrame) -> Floats:
    """What each commitment costs per hour of its term, upfront spread over it; NaN where unknown.

    For a plan that is its hourly commitment. Source: AWS CUR guide, amortised cost.
    """
    hours = commitments["TermYears"].to_numpy(dtype=np.float64, na_value=np.nan) * HOURS_PER_YEAR
    upfront = commitments["UpfrontUSD"].to_numpy(dtype=np.float64)
    recurring = commitments["RecurringHourlyUSD"].to_numpy(dtype=np.float64)
    known = np.isfinite(upfront) | np.isfinite(recurring)
    spread = np.where(np.nan_to_num(upfront) == 0, 0.0, np.nan_to_num(upfront) / hours)
    fee = np.where(known, spread + np.nan_to_num(recurring), np.nan)
    plan = commitments["HourlyCommitmentUSD"].to_numpy(dtype=np.float64)
    return np.where(commitments["Kind"] == RI, fee, plan)


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
