"""What do the buckets cost, day by day? Storage, and the planted storm of requests on one of them."""

from __future__ import annotations

from datetime import date

import numpy as np

from scripts.demo_data.buckets import Bucket, billed_months
from scripts.demo_data.charge_rows import S3, Charges
from scripts.demo_data.prices import PICO_PER_CENT, Prices
from scripts.demo_data.tag_texts import tag_text
from scripts.demo_data.timeline import DAYS, day_number

# The smallest part of a bucket's daily cost: a hundredth of a cent.
_GRAIN = PICO_PER_CENT // 100

# The request storm: GET requests on one bucket, cents a day.
STORM_BUCKET = "acme-checkout-events-01"
STORM_CENTS = {date(2026, 7, 21): 312_40, date(2026, 7, 22): 655_20, date(2026, 7, 23): 148_80}


def bucket_charges(bucket: Bucket, prices: Prices) -> Charges:
    """A bucket's storage, a row a day. A month's days add up to the cents of the month exactly."""
    at: list[int] = []
    amounts: list[int] = []
    gigabyte_months: list[float] = []
    for month in billed_months(bucket):
        first = month.days - bucket.days_in(month)
        size = float(bucket.size_in(month))
        grains = _split(bucket.month_cents(month, prices) * 100, bucket, first, month.days)
        for offset, grain in enumerate(grains):
            day = day_number(month.start) + first + offset
            if day < DAYS:
                at.append(day)
                amounts.append(grain * _GRAIN)
                gigabyte_months.append(round(size / month.days, 3))
    purpose = bucket.purpose
    costs = np.array(amounts, dtype=np.int64)
    return Charges(
        account=purpose.account,
        service=S3,
        category="Storage",
        region=purpose.region,
        resource=bucket.name,
        sku=f"TimedStorage:{purpose.storage_class}",
        description=f"Storage, {purpose.storage_class}",
        days=np.array(at, dtype=np.int64),
        billed=costs,
        effective=costs,
        listed=costs,
        quantity=np.array(gigabyte_months),
        unit="GB-Month",
        tag_text=bucket_tags(bucket),
    )


def bucket_tags(bucket: Bucket) -> str:
    purpose = bucket.purpose
    return tag_text(bucket.name, purpose.account, purpose.team, purpose.project, purpose.environment)


def _split(total: int, bucket: Bucket, first: int, days_of_month: int) -> list[int]:
    """Whole grains for each day from ``first`` on, growing as the bucket does, by largest remainder."""
    growth = bucket.purpose.per_mille
    weights = [
        2000 * days_of_month + growth * (2 * day - days_of_month) for day in range(first, days_of_month)
    ]
    whole = sum(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def storm_charges(bucket: Bucket) -> Charges:
    """The planted request storm on one bucket."""
    at = np.array([day_number(day) for day in STORM_CENTS])
    costs = np.array(list(STORM_CENTS.values())) * PICO_PER_CENT
    purpose = bucket.purpose
    return Charges(
        account=purpose.account,
        service=S3,
        category="Storage",
        region=purpose.region,
        resource=bucket.name,
        sku="Requests-Tier2",
        description="GET and all other requests",
        days=at,
        billed=costs,
        effective=costs,
        listed=costs,
        quantity=costs / PICO_PER_CENT / 100 / 0.0004,
        unit="1000 Requests",
        tag_text=bucket_tags(bucket),
    )
