"""Worked examples of the room: small lists whose totals are added up here by hand, then the sample."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from finops.ingest.cell_values import parse_amount
from finops.ingest.ec2_list import read_ec2
from finops.ingest.files import InputFile
from finops.ingest.s3_list import read_s3
from finops.schema import Frames, total

# Line 3 is nothing but commas, line 4 costs -0.25, line 5 is in one pair of quotes, line 6 repeats
# line 2, line 7 is in euro, line 8 leaves its quote open, line 9 is stopped and carries a cost.
EC2_EXAMPLE = """\
ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization
i-1,EC2,us-west-2,1.074,"Owner=Alice,Environment=Dev",2025-07-22,c5.xlarge,running,68.18
,,,,,,,,
i-2,EC2,us-west-2,-0.25,Owner=Bob,2025-07-22,c5.large,running,5
"i-3,EC2,us-west-2,$0.50,""Owner=Bob,Environment=Prod"",2025-07-22,c5.large,running,5"
i-1,EC2,us-west-2,1.074,"Owner=Alice,Environment=Dev",2025-07-22,c5.xlarge,running,68.18
i-4,EC2,us-west-2,€3,Owner=Bob,2025-07-22,c5.large,running,5
i-5,EC2,us-west-2,0.10,"Owner=Bob,2025-07-22,c5.large,running,5
i-6,EC2,us-west-2,0.20,Owner=Bob,2025-07-22,c5.large,stopped,101
"""
S3_EXAMPLE = """\
bucketname;costusd;region;Storage Class;encryption
logs;"1,234.50";us-east-1;STANDARD;None
data;20;us-east-1;STANDARD;AES256
"""


def worked_examples(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """What is shown, what was expected and what came out."""
    yield from _amounts()
    yield from _instances()
    yield from _buckets()
    yield from _sample(estate)


def _amounts() -> Iterator[tuple[str, object, object]]:
    for text, expected in (
        ("1,234.50", Decimal("1234.50")),
        ("$1.07", Decimal("1.07")),
        ("(2.00)", Decimal("-2.00")),
        ("1e-3", Decimal("0.001")),
    ):
        yield f"the amount {text!r}", expected, parse_amount(text).value
    for text, problem in (("1,07", "unreadable"), ("€3", "foreign"), ("None", "blank")):
        yield f"the amount {text!r} is not guessed", problem, parse_amount(text).problem


def _instances() -> Iterator[tuple[str, object, object]]:
    result = read_ec2(InputFile("example", EC2_EXAMPLE.encode()))
    issues = {issue.code: issue for issue in result.issues}
    yield "instances shown", ["i-1", "i-3", "i-6"], result.frame["InstanceId"].tolist()
    yield "hourly dollars shown: 1.074 + 0.50 + 0.20", Decimal("1.774"), result.totals.shown
    yield "set aside: -0.25 + 1.074 + 0.10", Decimal("0.924"), result.totals.set_aside
    yield "the total of the file", Decimal("2.698"), result.totals.file
    yield "lines set aside", [4, 6, 7, 8], result.set_aside["Row"].tolist()
    yield (
        "why",
        ["negative_cost", "duplicate_row", "foreign_currency", "broken_quote"],
        result.set_aside["Code"].tolist(),
    )
    yield "dollars that cannot be read", 1, result.totals.unknown_rows
    yield "rows of nothing but commas", 1, issues["empty_row"].rows
    yield "a month of i-1: 1.074 × 730", 784.02, float(result.frame["MonthlyCostUSD"].iloc[0])
    yield "stopped and still paid: 0.20 × 730", 146.0, issues["cost_while_not_running"].cost_usd
    yield "a CPU of 101 % is null", True, bool(result.frame["CPUUtilization"].isna().iloc[2])


def _buckets() -> Iterator[tuple[str, object, object]]:
    result = read_s3(InputFile("example", S3_EXAMPLE.encode()))
    yield "monthly dollars: 1,234.50 + 20", Decimal("1254.50"), result.totals.file
    yield "None is a value", ["None", "AES256"], result.frame["Encryption"].tolist()


def _sample(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """The sample estate as it arrives."""
    ec2, s3 = estate.ec2, estate.s3
    yield "instances of the sample", 120, len(ec2)
    yield "of them running", 82, int((ec2["State"] == "running").sum())
    yield "buckets of the sample", 80, len(s3)
    yield "unencrypted ones, by the word None", 25, int((s3["Encryption"] == "None").sum())
    yield "dollars a month: 67.0824 × 730", Decimal("48970.152"), total(ec2["MonthlyCostUSD"])
    yield "dollars a month of the buckets", Decimal("15932.71"), total(s3["MonthlyCostUSD"])
