"""Which tables are made of a bill's lines? Each a pure Ibis expression over flat lines, Table → Table.

They give the same on DuckDB and on Spark, money to its last digit. ``…_rows`` make frames of the few
rows that some of them leave.
"""

from __future__ import annotations

from finops.ingest.bills.reduce_commitments import commitment_rows, commitments
from finops.ingest.bills.reduce_costs import Grain, costs
from finops.ingest.bills.reduce_inventory import bucket_rows, buckets, instance_rows, instances
from finops.ingest.bills.reduce_totals import (
    charges_by,
    distinct_counts,
    profile,
    tagged,
    totals,
)
from finops.ingest.bills.reduce_usage import covered, instance_lines, usage

__all__ = [
    "Grain",
    "bucket_rows",
    "buckets",
    "charges_by",
    "commitment_rows",
    "commitments",
    "costs",
    "covered",
    "distinct_counts",
    "instance_lines",
    "instance_rows",
    "instances",
    "profile",
    "tagged",
    "totals",
    "usage",
]
