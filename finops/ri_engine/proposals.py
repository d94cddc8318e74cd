"""What would be owned if the advice were followed? Purchases as rows of the ``commitments`` frame.

A term is 365 days a year: AWS sells 31,536,000 and 94,608,000 seconds, and amortised cost counts
8,760 hours a year. Source: EC2 API reference, ReservedInstancesOffering, Duration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta

import pandas as pd

from finops.money import HOURS_PER_MONTH
from finops.periods import utc
from finops.ri_engine.claims import RI
from finops.ri_engine.report import Recommendation
from finops.ri_engine.sizes import family_of
from finops.ri_engine.sizing import Purchase
from finops.schema import COMMITMENTS

DAYS_PER_YEAR = 365


def as_commitments(
    recommendations: Iterable[Recommendation], *, taken: Collection[str] = ()
) -> pd.DataFrame:
    """Advice as a ``commitments`` frame: a row per recommendation, queued for its ``purchase_on``.

    Dollars are of the whole row. CommitmentId is made of what is bought and when, so that the ids of
    earlier advice stay apart; one that is in ``taken`` or comes twice gets a number behind it.
    """
    used = set(taken)
    rows = []
    for one in recommendations:
        row = _row(
            account_id=one.account_id,
            key=(one.region, one.instance_type, one.platform, one.tenancy),
            offer=(one.offering_class, one.term_years, one.payment_option),
            quantity=one.quantity,
            upfront_usd=one.upfront_usd,
            recurring_usd=one.monthly_usd / HOURS_PER_MONTH,
            start=one.purchase_on,
        )
        row["CommitmentId"] = _free(str(row["CommitmentId"]), used)
        used.add(str(row["CommitmentId"]))
        rows.append(row)
    return _frame(rows)


def proposed(
    purchases: Sequence[Purchase], keys: pd.DataFrame, accounts: Sequence[str | None], as_of: date
) -> pd.DataFrame:
    """Purchases for pools, of which ``keys`` holds the POOL_KEYS and ``accounts`` the buyers."""
    pools = keys.to_dict("records")
    return _frame(
        [
            _row(
                account_id=accounts[one.pool],
                key=tuple(pools[one.pool].values()),
                offer=(one.offer.offering_class, one.offer.term_years, one.offer.payment_option),
                quantity=one.quantity,
                upfront_usd=one.offer.upfront_usd * one.quantity,
                recurring_usd=one.offer.recurring_usd_per_hour * one.quantity,
                start=purchase_date(as_of),
            )
            for one in purchases
        ]
    )


def purchase_date(as_of: date) -> date:
    """The first day on which advice from data up to ``as_of`` (inclusive) can be followed."""
    return as_of + timedelta(days=1)


def _row(
    *,
    account_id: str | None,
    key: tuple[str, ...],
    offer: tuple[str | None, int, str],
    quantity: int,
    upfront_usd: float,
    recurring_usd: float,
    start: date,
) -> dict[str, object]:
    region, instance_type, platform, tenancy = key
    offering_class, term_years, payment_option = offer
    what = (instance_type, region, platform, tenancy, offering_class, f"{term_years}yr", payment_option)
    words = [re.sub(r"[^a-z0-9.]+", "-", str(word).lower()) for word in what]
    return {
        "CommitmentId": "-".join(["advice", *words, start.isoformat()]),
        "Kind": RI,
        "AccountId": account_id,
        "Sharing": True,
        "State": "queued",
        "OfferingClass": offering_class,
        "TermYears": term_years,
        "PaymentOption": payment_option,
        "Scope": "Region",
        "Region": region,
        "InstanceType": instance_type,
        "InstanceFamily": family_of(instance_type),
        "Platform": platform,
        "Tenancy": tenancy,
        "Quantity": float(quantity),
        "UpfrontUSD": upfront_usd,
        "RecurringHourlyUSD": recurring_usd,
        "Start": utc(start),
        "End": utc(start + timedelta(days=DAYS_PER_YEAR * term_years)),
    }


def _free(name: str, used: Collection[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}-{number}"
    return free


def _frame(rows: list[dict[str, object]]) -> pd.DataFrame:
    return COMMITMENTS.conform(pd.DataFrame(rows, columns=list(COMMITMENTS.columns)))
