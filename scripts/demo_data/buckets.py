"""Which buckets are there, how large are they, and what does each month of each cost?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from finops.periods import Month
from scripts.demo_data.bucket_purposes import PURPOSES, Purpose
from scripts.demo_data.prices import Prices
from scripts.demo_data.timeline import BILLED_MONTH, START, months, random

_BUCKET_TOPIC = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One bucket. ``size_gb`` is that of the last full month."""

    name: str
    number: int
    purpose: Purpose
    size_gb: Decimal
    created: date
    objects: int
    versioned: bool
    encryption: str

    def size_in(self, month: Month) -> Decimal:
        """Gigabytes stored on average over a month, at the bucket's steady growth."""
        growth = self.purpose.per_mille
        steps = (month.year - BILLED_MONTH.year) * 12 + month.month - BILLED_MONTH.month
        hundredths = int(self.size_gb * 100)
        for _ in range(steps):
            hundredths = hundredths * (1000 + growth) // 1000
        for _ in range(-steps):
            hundredths = hundredths * 1000 // (1000 + growth)
        return Decimal(hundredths) / 100

    def days_in(self, month: Month) -> int:
        """Days of a whole month on which the bucket is there."""
        return max((month.end - max(self.created, month.start)).days, 0)

    def month_cents(self, month: Month, prices: Prices) -> int:
        """What the whole month costs; a month that it was there for in part, in proportion."""
        purpose = self.purpose
        whole = prices.storage_cents(purpose.region, purpose.storage_class, self.size_in(month))
        return whole * self.days_in(month) // month.days


def all_buckets() -> list[Bucket]:
    """The 80 buckets, in the order of the purposes."""
    return [_bucket(purpose, copy, number) for number, (purpose, copy) in enumerate(_copies())]


def _copies() -> Iterator[tuple[Purpose, int]]:
    for purpose in PURPOSES:
        yield from ((purpose, copy) for copy in range(purpose.count))


def _bucket(purpose: Purpose, copy: int, number: int) -> Bucket:
    rng = random(_BUCKET_TOPIC, number)
    size = Decimal(purpose.size_gb * int(rng.integers(3_000, 17_001))) / 10_000
    size = size.quantize(Decimal("0.01"))
    objects = int(size * 1_000_000) // (purpose.object_kb * int(rng.integers(60, 141)) // 100)
    return Bucket(
        name=f"acme-{purpose.stem}-{copy + 1:02d}",
        number=number,
        purpose=purpose,
        size_gb=size,
        created=_created(rng),
        objects=max(objects, 1),
        versioned=bool(rng.integers(0, 100) < 45),
        encryption=("AES256", "AES256", "aws:kms", "None")[int(rng.integers(0, 4))],
    )


def _created(rng: np.random.Generator) -> date:
    """One bucket in six was made within the history, the others before it."""
    if rng.integers(0, 100) < 16:
        return START + timedelta(days=int(rng.integers(0, 330)))
    return START - timedelta(days=int(rng.integers(40, 1_500)))


def billed_months(bucket: Bucket) -> list[Month]:
    return [month for month in months() if bucket.days_in(month)]
