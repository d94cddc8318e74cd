"""What does cleaning a resource list of 200,000 instances cost on top of reading the file?

Against: a bare ``pandas.read_csv``, which takes the text ``None`` for missing, stops at a ragged row
and leaves tags as text.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from benchmarks.timing import Comparison, compare
from finops import load_estate

ROWS = 200_000
HEADER = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,"
    "CPUUtilization,MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps"
)


def reading() -> Comparison:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "aws_resources_compute.csv"
        path.write_text("\n".join([HEADER, *map(line, range(ROWS))]) + "\n")
        assert len(load_estate(ec2=path).ec2) == ROWS
        return compare(
            f"resource list, {ROWS:,} rows",
            ("load_estate", lambda: load_estate(ec2=path)),
            ("pandas.read_csv", lambda: pd.read_csv(path)),
        )


def line(n: int) -> str:
    tags = f'"Owner=person{n % 500},Environment=Dev,Team=team{n % 20}"'
    size, rate = ("large", 0.096) if n % 3 else ("xlarge", 0.192)
    return (
        f"i-{n:08x},EC2,us-east-1,{rate},{tags},2025-07-22,m5.{size},running,{n % 100},{n % 97},{n},{n}"
    )
