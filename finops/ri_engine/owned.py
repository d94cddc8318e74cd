"""What is owned already? Which commitments count when, what they cost, which end soon, and what then.

A commitment counts in the hours from Start up to but not including End. UpfrontUSD and
RecurringHourlyUSD of a row are those of the whole row, not of one instance.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from finops.money import HOURS_PER_MONTH, HOURS_PER_YEAR, share_pct
from finops.periods import utc
from finops.ri_engine.billing import Bill
from finops.ri_engine.claims import RI, Bools
from finops.ri_engine.evidence import Evidence
from finops.ri_engine.quantity import Floats

EXPIRING_DAYS = 90
EXPIRY_BUCKETS = (30, 60, 90)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiryBucket:
    """The owned commitments whose last day is the ``from_day``-th to the ``to_day``-th after ``as_of``.

    Dollars are of a month (mean hour × 730) of the demand that is billed; coverage is covered ÷ eligible
    dollars of it in percent, None without any. ``covered_usd`` is the On-Demand equivalent of what they
    serve today, ``uncovered_usd`` how much coverage falls when they end: less where another commitment
    steps in, below 0 where a queued one begins. ``coverage_before_pct`` is without those of earlier
    buckets, ``coverage_after_pct`` without these, too. ``fee_usd`` is their amortised cost, None where
    unknown; without queued ones the month's bill rises by ``uncovered_usd`` − ``fee_usd``.
    """

    from_day: int
    to_day: int
    commitments: tuple[Expiring, ...]
    covered_usd: float
    uncovered_usd: float
    fee_usd: float | None
    coverage_before_pct: float | None
    coverage_after_pct: float | None


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
    ending = commitments[
        standing_at(commitments, moment)
        & (commitments["End"] <= moment + pd.Timedelta(days=EXPIRING_DAYS)).to_numpy()
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


def standing_at(commitments: pd.DataFrame, moment: pd.Timestamp) -> Bools:
    """Which commitments (C,) count at the moment and are not retired."""
    standing = (commitments["State"].fillna("active") != "retired").to_numpy()
    begun = (commitments["Start"] <= moment) & (moment < commitments["End"])
    return np.asarray(standing & begun.to_numpy(), dtype=np.bool_)


def expiry_buckets(evidence: Evidence, days: Sequence[int] = EXPIRY_BUCKETS) -> tuple[ExpiryBucket, ...]:
    """What ends within ``days`` (rising, at most 90) after ``as_of``, and what its end does to coverage.

    The evidence's window is billed under what stands on the first day after ``as_of``, and again under
    what stands when each bucket is over, renewals that are queued by then included. The evidence must
    hold all owned commitments, not only those that shield demand.
    """
    moment = utc(evidence.as_of + timedelta(days=1))
    owned, demand = evidence.commitments, evidence.window
    size = len(demand.hours)
    per_month = HOURS_PER_MONTH / max(size, 1)
    eligible = float(evidence.usd @ demand.quantity.sum(axis=1))
    fee = amortised_hourly_usd(owned)
    now = standing_at(owned, moment)

    def billed(standing: Bools) -> tuple[Bill, float]:
        bill = evidence.billed(demand, np.repeat(standing[:, None], size, axis=1))
        return bill, eligible - float(evidence.usd @ bill.residual.sum(axis=1))

    bill_now, before = billed(now)
    served = covered_by_commitment(evidence, bill_now)
    found, first = [], 0
    for last in days:
        over = moment + pd.Timedelta(days=last)
        ends = (owned["End"] <= over) & (owned["End"] > moment + pd.Timedelta(days=first))
        ending = now & ends.to_numpy()
        _, after = billed(standing_at(owned, over))
        of_fee = float(fee[ending].sum())
        found.append(
            ExpiryBucket(
                from_day=first + 1,
                to_day=last,
                commitments=expiring(owned[ending], evidence.as_of),
                covered_usd=float(served[ending].sum()) * per_month,
                uncovered_usd=(before - after) * per_month,
                fee_usd=of_fee * HOURS_PER_MONTH if np.isfinite(of_fee) else None,
                coverage_before_pct=share_pct(before, eligible),
                coverage_after_pct=share_pct(after, eligible),
            )
        )
        first, before = last, after
    return tuple(found)


def covered_by_commitment(evidence: Evidence, billed: Bill) -> Floats:
    """The On-Demand-equivalent dollars that each commitment (C,) serves in all hours of a bill."""
    value = billed.served * evidence.usd[billed.line]
    by_commitment: Floats = np.bincount(
        billed.claimant, value, minlength=len(evidence.commitments)
    ).astype(np.float64)
    return by_commitment


def amortised_hourly_usd(commitments: pd.DataFrame) -> Floats:
    """What each commitment costs per hour of its term, upfront spread over it; NaN where unknown.

    For a plan that is its hourly commitment. A part of the fee that is not given is 0 where the payment
    option has no such part or is not given either, and unknown otherwise.
    Source: AWS CUR guide, amortised cost.
    """
    hours = commitments["TermYears"].to_numpy(dtype=np.float64, na_value=np.nan) * HOURS_PER_YEAR
    upfront = commitments["UpfrontUSD"].to_numpy(dtype=np.float64)
    recurring = commitments["RecurringHourlyUSD"].to_numpy(dtype=np.float64)
    option = commitments["PaymentOption"].fillna("")
    of_upfront = np.where(option.isin(["", "No Upfront"]), np.nan_to_num(upfront), upfront)
    of_recurring = np.where(option.isin(["", "All Upfront"]), np.nan_to_num(recurring), recurring)
    known = np.isfinite(upfront) | np.isfinite(recurring)
    spread = np.where(of_upfront == 0, 0.0, of_upfront / hours)
    fee = np.where(known, spread + of_recurring, np.nan)
    plan = commitments["HourlyCommitmentUSD"].to_numpy(dtype=np.float64)
    return np.where(commitments["Kind"] == RI, fee, plan)


def _or_none(value: Any) -> Any:
    return None if pd.isna(value) else value
