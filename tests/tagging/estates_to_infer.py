"""Small estates for tests of inference: buckets in a row, each with its name, tags and dollars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from finops import schema, tags
from finops.tagging.evidence import described

Bucket = tuple[str, Mapping[str, str]]


def buckets(rows: Sequence[Bucket], usd: float = 10.0, account: str = "111122223333") -> pd.DataFrame:
    """The ``described`` buckets of one account and region, made on one day, at the same dollars."""
    s3 = schema.S3.conform(
        pd.DataFrame(
            {
                "BucketName": [name for name, _ in rows],
                "AccountId": account,
                "Region": "eu-west-1",
                "StorageClass": "STANDARD",
                "MonthlyCostUSD": usd,
                "CreationDate": "2026-01-31T00:00:00Z",
                "Tags": [tags.canonical(tag_set) for _, tag_set in rows],
            }
        )
    )
    return described(schema.EC2.empty(), s3)


def two_teams(each: int, **other: Mapping[str, str]) -> pd.DataFrame:
    """``each`` buckets web-NN of the team Web, as many db-NN of Data, and ``other`` by name."""
    rows: list[Bucket] = []
    for number in range(each):
        rows.append((f"web-{number:02d}", {"Team": "Web"}))
        rows.append((f"db-{number:02d}", {"Team": "Data"}))
    return buckets([*rows, *((name.replace("_", "-"), tag_set) for name, tag_set in other.items())])
