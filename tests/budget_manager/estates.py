"""Estates of a few rows, whose money a reader can add up."""

from __future__ import annotations

import pandas as pd

from finops import tags
from finops.budget_manager.examples import FewRows
from finops.schema import COSTS, EC2, S3, Frame

__all__ = ["FewRows", "bill", "buckets", "daily", "instances"]


def bill(*charges: dict[str, object]) -> pd.DataFrame:
    """A costs frame of these charges. ``Tags`` may be in any format."""
    frame = pd.DataFrame(list(charges), columns=sorted({key for charge in charges for key in charge}))
    if "Tags" in frame:
        frame["Tags"] = tags.parse_column(frame["Tags"])[0]
    return COSTS.conform(frame)


def daily(first: str, last: str, usd: object = 10, **columns: object) -> list[dict[str, object]]:
    """A charge of ``usd`` on each day from ``first`` to ``last``, for ``bill``."""
    return [
        {"ChargePeriodStart": day, "ChargeFrequency": "Usage-Based", "BilledCost": usd, **columns}
        for day in pd.date_range(first, last, tz="UTC")
    ]


def instances(*rows: dict[str, object]) -> pd.DataFrame:
    """An ec2 frame."""
    return _inventory(EC2, "InstanceId", rows)


def buckets(*rows: dict[str, object]) -> pd.DataFrame:
    """An s3 frame."""
    return _inventory(S3, "BucketName", rows)


def _inventory(schema: Frame, name: str, rows: tuple[dict[str, object], ...]) -> pd.DataFrame:
    frame = pd.DataFrame([{name: f"r-{number}", **row} for number, row in enumerate(rows)])
    if "Tags" in frame:
        frame["Tags"] = tags.parse_column(frame["Tags"])[0]
    return schema.conform(frame)
