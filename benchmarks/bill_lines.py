"""A bill of any length: flattened hourly lines as the reader of bills writes them, from a fixed rule.

Each line is an hour of one of 6,000 resources; a file holds five million lines, in the order of time.
Nothing is random, so that every machine measures the same lines.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

LINES_A_FILE = 5_000_000
LINES_AN_HOUR = 6_000
TAG_SETS = 2_000

_LINES = f"""
COPY (
  SELECT
    date_trunc('month', hour) AS BillingPeriodStart,
    hour AS ChargePeriodStart,
    hour + INTERVAL 1 HOUR AS ChargePeriodEnd,
    CAST(100000000000 + r % 40 AS VARCHAR) AS SubAccountId,
    CASE WHEN r % 10 < 6 THEN 'Usage' WHEN r % 10 < 8 THEN 'SavingsPlanCoveredUsage'
         ELSE 'DiscountedUsage' END AS LineItemType,
    'Usage' AS ChargeCategory,
    CASE WHEN r % 10 < 6 THEN NULL ELSE 'Used' END AS CommitmentDiscountStatus,
    ['Amazon Elastic Compute Cloud', 'Amazon Simple Storage Service',
     'Amazon Relational Database Service', 'AWS Lambda', 'Amazon CloudFront',
     'Amazon DynamoDB'][1 + r % 6] AS ServiceName,
    ['us-east-1', 'us-west-2', 'eu-central-1', 'ap-southeast-2'][1 + r % 4] AS RegionId,
    ['us-east-1a', 'us-west-2b', 'eu-central-1a', 'ap-southeast-2c'][1 + r % 4] AS AvailabilityZone,
    CASE WHEN r % 6 = 0 THEN ['m5.large', 'm5.xlarge', 'c5.large', 'r5.2xlarge', 't3.medium'][1 + r % 5]
         END AS InstanceType,
    CASE WHEN r % 6 = 0 THEN 'Linux/UNIX' END AS Platform,
    CASE WHEN r % 6 = 0 THEN 'default' END AS Tenancy,
    CASE WHEN r % 6 = 0 THEN 'on_demand' END AS PurchaseOption,
    CASE WHEN r % 6 = 0 THEN 0.096 * (1 + r % 5) END AS OnDemandRate,
    1.0 AS ConsumedQuantity,
    1.0 AS PricingQuantity,
    CAST(((i * 7919) % 1000003) / 1e7 AS DECIMAL(38, 12)) AS BilledCost,
    CAST(((i * 104729) % 1000003) / 1e7 AS DECIMAL(38, 12)) AS EffectiveCost,
    CAST((r * 2654435761) % {TAG_SETS} AS BIGINT) AS TagSetId
  FROM (
    SELECT i, i % {LINES_AN_HOUR} AS r,
           TIMESTAMP '2025-01-01' + to_hours(CAST(i // {LINES_AN_HOUR} AS BIGINT)) AS hour
    FROM range($first, $after) AS t(i)
  )
) TO '$path' (FORMAT parquet, COMPRESSION zstd)
"""
_TAG_SETS = f"""
COPY (
  SELECT CAST(i AS BIGINT) AS TagSetId,
         '{{"Team":"team-' || i % 60 || '"}}' AS Tags,
         CAST(NULL AS VARCHAR) AS CostCategory,
         CASE WHEN i % 10 > 0 THEN 'team-' || i % 60 END AS Team
  FROM range({TAG_SETS}) AS t(i)
) TO '$path' (FORMAT parquet)
"""


def write(folder: Path, lines: int) -> None:
    """Write ``lines`` flattened lines and their tag sets; files that are there already stay."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute("SET memory_limit = '2GB'")
        for number, first in enumerate(range(0, lines, LINES_A_FILE)):
            after = min(first + LINES_A_FILE, lines)
            path = folder / f"lines-{number:03d}-{after - first}.parquet"
            _copy(connection, _LINES.replace("$first", str(first)).replace("$after", str(after)), path)
        _copy(connection, _TAG_SETS, folder / "tag_sets.parquet")


def line_files(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.glob("lines-*.parquet"))


def _copy(connection: duckdb.DuckDBPyConnection, sql: str, path: Path) -> None:
    if path.exists():
        return
    unfinished = path.with_suffix(".part")
    connection.execute(sql.replace("$path", str(unfinished)))
    unfinished.rename(path)
