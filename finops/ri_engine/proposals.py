"""What would be owned if the advice were followed? Purchases as rows of the ``commitments`` frame.

A term is 365 days a year: AWS sells 31,536,000 and 94,608,000 seconds, and amortised cost counts
8,760 hours a year. Source: EC2 API reference, ReservedInstancesOffering, Duration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date, timedelta

import pandas as pd

from finops.periods import utc
from finops.ri_engine.claims import RI
from finops.ri_engine.purchases import Purchase
from finops.schema import COMMITMENTS

DAYS_PER_YEAR = 365


def as_commitments(
    purchases: Iterable[Purchase], as_of: date, *, taken: Collection[str] = ()
) -> pd.DataFrame:
    """Purchases as a ``commitments`` frame: a row each, queued for the first day after ``as_of``.

    Dollars are of the whole row. CommitmentId is made of what is bought and when, so that the ids of
    earlier advice stay apart; one that is in ``taken`` or comes twice gets a number behind it.
    """
    used = set(taken)
    rows = []
    for one in purchases:
        row = _row(one, purchase_date(as_of))
        row["CommitmentId"] = _free(str(row["CommitmentId"]), used)
        used.add(str(row["CommitmentId"]))
        rows.append(row)
    return COMMITMENTS.conform(pd.DataFrame(rows, columns=list(COMMITMENTS.columns)))


def purchase_date(as_of: date) -> date:
    """The first day on which advice from data up to ``as_of`` (inclusive) can be followed."""
    return as_of + timedelta(days=1)


def _row(one: Purchase, start: date) -> dict[str, object]:
    reserved = one.kind == RI
    what = (
        *((one.instance_type,) if reserved else (one.kind, one.instance_family)),
        one.region,
        one.platform,
        one.tenancy,
        one.offering_class,
        f"{one.term_years}yr",
        one.payment_option,
    )
    words = [re.sub(r"[^a-z0-9.]+", "-", str(word).lower()) for word in what if word is not None]
    return {
        "CommitmentId": "-".join(["advice", *words, start.isoformat()]),
        "Kind": one.kind,
        "AccountId": one.account_id,
        "Sharing": True,
        "State": "queued",
        "OfferingClass": one.offering_class,
        "TermYears": one.term_years,
        "PaymentOption": one.payment_option,
        "Scope": "Region" if reserved else None,
        "Region": one.region,
        "InstanceType": one.instance_type,
        "InstanceFamily": one.instance_family,
        "Platform": one.platform,
        "Tenancy": one.tenancy,
        "Quantity": None if one.quantity is None else float(one.quantity),
        "HourlyCommitmentUSD": one.hourly_commitment_usd,
        "UpfrontUSD": one.upfront_usd,
        "RecurringHourlyUSD": one.recurring_hourly_usd,
        "Start": utc(start),
        "End": utc(start + timedelta(days=DAYS_PER_YEAR * one.term_years)),
    }


def _free(name: str, used: Collection[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}-{number}"
    return free
