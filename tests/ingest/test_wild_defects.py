"""Each defect met in the wild, in a list of a few rows whose totals a reader can add up.

The EC2 list has two sound rows of 1.00 and 0.50 $/h; each case adds lines and says what they do to
the totals: file = shown + set aside, in dollars an hour. A month is 730 hours.
"""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from finops.errors import EmptyInput, Issue, UnknownFormat
from finops.ingest import InputFile, loaded_ec2, read_ec2, read_s3
from finops.ingest.cleaning import Cleaned
from finops.money import exact_sum

EC2_HEADER = (
    "ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,"
    "CPUUtilization,MemoryUtilization,NetworkIn_Bps,NetworkOut_Bps"
)
SOUND = (
    'i-1,EC2,us-west-2,1.00,"Owner=Alice,Environment=Dev",2025-07-22,c5.xlarge,running,68.18,70.07,987289,269974\n'
    'i-2,EC2,us-east-1,0.50,"Owner=Bob,Environment=Prod",2025-07-23,m5.large,stopped,5,10,100,200\n'
)
S3_HEADER = (
    "BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,"
    "ObjectCount,TotalSizeGB,VersionEnabled,Encryption"
)


def ec2(lines: str, header: str = EC2_HEADER) -> Cleaned:
    return read_ec2(InputFile("ec2.csv", f"{header}\n{lines}".encode()))


def s3(lines: str, header: str = S3_HEADER) -> Cleaned:
    return read_s3(InputFile("s3.csv", f"{header}\n{lines}".encode()))


def row(cost: str = "2.00", name: str = "i-3", **changed: str) -> str:
    cells = {
        "id": name,
        "type": "EC2",
        "region": "us-west-2",
        "cost": cost,
        "tags": "Owner=Eve",
        "date": "2025-07-22",
        "itype": "c5.xlarge",
        "state": "running",
        "cpu": "50",
        "mem": "50",
        "in": "1",
        "out": "1",
    } | changed
    return ",".join(f'"{cell}"' if "," in cell else cell for cell in cells.values()) + "\n"


def quoted(line: str) -> str:
    """A whole row in one pair of quotes."""
    return '"' + line.replace('"', '""') + '"' if line else line


def found(result: Cleaned, code: str) -> Issue:
    return next(issue for issue in result.issues if issue.code == code)


def test_sound_rows() -> None:
    result = ec2(SOUND)
    assert result.frame["InstanceId"].tolist() == ["i-1", "i-2"]
    assert result.frame["MonthlyCostUSD"].tolist() == [730.0, 365.0]
    assert result.frame["LaunchTime"][0] == pd.Timestamp("2025-07-22", tz="UTC")
    assert result.frame["Tags"].tolist() == [
        '{"Environment":"Dev","Owner":"Alice"}',
        '{"Environment":"Prod","Owner":"Bob"}',
    ]
    assert result.totals.file == result.totals.shown == Decimal("1.50")
    assert {issue.code for issue in result.issues} == {"platform_assumed", "cost_while_not_running"}
    assert found(result, "cost_while_not_running").cost_usd == 365.0


@pytest.mark.parametrize(
    ("lines", "code", "aside", "unknown"),
    [
        (row("abc"), "unreadable_cost", "0", 1),
        (row("1,07"), "unreadable_cost", "0", 1),
        (row("-2.00"), "negative_cost", "-2", 0),
        (row("(2.00)"), "negative_cost", "-2", 0),
        (row("€2.00"), "foreign_currency", "0", 1),
        (row("2.00 GBP"), "foreign_currency", "0", 1),
        (row("1e9"), "cost_out_of_range", "1000000000", 0),
        (row("-1e9"), "cost_out_of_range", "-1000000000", 0),
        (row("1e300"), "cost_out_of_range", "0", 1),
        (row(name=""), "missing_id", "2", 0),
        (row(name="None"), "missing_id", "2", 0),
        (row(state="hibernating"), "unknown_state", "2", 0),
        (row(state=""), "unknown_state", "2", 0),
        (row(type="RDS"), "not_an_instance", "2", 0),
        ("Total,,,1.50,,,,,,,,\n", "total_row", "1.50", 0),
        (SOUND.splitlines()[0] + "\n", "duplicate_row", "1.00", 0),
        (row(name="i-1"), "conflicting_id", "2", 0),
        ("i-3,EC2,us-west-2,2.00\n", "ragged_row", "2", 0),
        ("i-3,EC2\n", "ragged_row", "0", 1),
        (row().replace("\n", ",one,more\n"), "ragged_row", "2", 0),
        # The comma has cut 1,234.50 in two: its dollars are unknown, not 1.
        (row().replace("2.00", "1,234.50"), "ragged_row", "0", 1),
        (
            'i-3,EC2,us-west-2,2.00,"Owner=Eve,2025-07-22,c5.xlarge,running,1,1,1,1\n',
            "broken_quote",
            "2",
            0,
        ),
    ],
)
def test_rows_set_aside(lines: str, code: str, aside: str, unknown: int) -> None:
    result = ec2(SOUND + lines)
    assert result.frame["InstanceId"].tolist() == ["i-1", "i-2"]
    assert result.totals.shown == Decimal("1.50")
    assert result.totals.set_aside == Decimal(aside)
    assert result.totals.file == Decimal("1.50") + Decimal(aside)
    assert result.totals.unknown_rows == unknown
    issue = found(result, code)
    assert issue.set_aside
    assert issue.row_numbers == (4,)
    assert issue.cost_usd == (None if unknown else float(Decimal(aside) * 730))
    line = result.set_aside.iloc[0]
    assert (line["File"], line["Row"], line["Code"]) == ("ec2.csv", 4, code)
    assert line["Text"].split(",")[0] == lines.split(",", maxsplit=1)[0].strip()


@pytest.mark.parametrize(
    ("lines", "code", "column", "value"),
    [
        (row(cpu="abc"), "unreadable_value", "CPUUtilization", None),
        (row(cpu="100.1"), "unreadable_value", "CPUUtilization", None),
        (row(cpu="-1"), "unreadable_value", "CPUUtilization", None),
        (row(mem="inf"), "unreadable_value", "MemoryUtilization", None),
        (row(**{"in": "-5"}), "unreadable_value", "NetworkIn_Bps", None),
        (row(date="22.07.2025"), "unreadable_value", "LaunchTime", None),
        (row(date="2025-02-30"), "unreadable_value", "LaunchTime", None),
        (row(region=""), "missing_value", "Region", None),
        (row(itype="None"), "missing_value", "InstanceType", None),
        (row(tags="{broken"), "malformed_tags", "Tags", "{}"),
        (row(state="pending"), "state_mapped", "State", "running"),
        (row(state="Shutting-Down"), "state_mapped", "State", "terminated"),
        (row(state=" STOPPED "), "cost_while_not_running", "State", "stopped"),
    ],
)
def test_cells_that_leave_the_row(lines: str, code: str, column: str, value: str | None) -> None:
    result = ec2(SOUND + lines)
    assert len(result.frame) == 3
    cell = result.frame[column].iloc[2]
    assert pd.isna(cell) if value is None else cell == value
    issue = found(result, code)
    assert 4 in issue.row_numbers
    assert not issue.set_aside
    assert issue.cost_usd == (1825.0 if code == "cost_while_not_running" else 1460.0)
    assert result.totals.file == result.totals.shown == Decimal("3.50")


@pytest.mark.parametrize("cost", ["", "None", "nan", "  "])
def test_a_blank_cost_is_unknown_and_not_zero(cost: str) -> None:
    result = ec2(SOUND + row(cost))
    assert result.frame["CostPerHourUSD"].isna().tolist() == [False, False, True]
    assert found(result, "missing_cost").cost_usd is None
    assert result.totals.file == Decimal("1.50")


@pytest.mark.parametrize(
    ("cost", "hourly"),
    [("$2.00", "2"), ("1,234.50", "1234.5"), ("USD 2", "2"), ("2e-3", "0.002"), ("+2", "2")],
)
def test_costs_in_many_writings(cost: str, hourly: str) -> None:
    result = ec2(SOUND + row(cost))
    assert result.totals.shown == Decimal("1.50") + Decimal(hourly)
    assert result.frame["MonthlyCostUSD"].iloc[2] == float(Decimal(hourly) * 730)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: (text + ",,,,,,,,,,,\n" * 80).encode(),
        lambda text: text.replace("\n", "\n\n").encode(),
        lambda text: text.replace("ResourceId", " resource_id ").replace("CostUSD", "COST USD").encode(),
        lambda text: (text + EC2_HEADER + "\n").encode(),
        lambda text: "\n".join(quoted(line) for line in text.split("\n")).encode(),
        lambda text: text.replace("CostUSD", "CostPerHourUSD").encode(),
        lambda text: text.replace("ResourceId", "InstanceId").encode(),
    ],
)
def test_the_same_list_in_many_forms(change) -> None:  # type: ignore[no-untyped-def]
    result = read_ec2(InputFile("f", change(f"{EC2_HEADER}\n{SOUND}")))
    pd.testing.assert_frame_equal(result.frame, ec2(SOUND).frame)
    assert result.totals.file == Decimal("1.50")
    assert result.set_aside.empty


def test_columns_in_another_order() -> None:
    text = "State,Region,CostUSD,InstanceType,ResourceId\nrunning,us-east-1,0.085,c5.large,i-1\n"
    result = read_ec2(InputFile("f", text.encode()))
    row_found = result.frame.iloc[0]
    names = ["InstanceId", "State", "InstanceType", "Region", "CostPerHourUSD"]
    assert row_found[names].tolist() == ["i-1", "running", "c5.large", "us-east-1", 0.085]
    # 0.085 × 730 = 62.05
    assert row_found["MonthlyCostUSD"] == 62.05
    assert "column_absent" in {issue.code for issue in result.issues}


def test_optional_columns_are_taken() -> None:
    header = "ResourceId,Region,CostUSD,InstanceType,State,AccountId,Platform,Note"
    result = ec2("i-1,us-east-1,1,c5.large,running,001234567890,windows,x\n", header)
    assert result.frame.loc[0, ["AccountId", "Platform"]].tolist() == ["001234567890", "Windows"]
    assert found(result, "column_ignored").message.endswith("Note")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n", r"Received: a, b, c\. Expected: ResourceId, Region, CostUSD"),
        (f"{S3_HEADER}\nb,us-east-1,1,,,STANDARD,1,1,true,None\n", r"S3 bucket list.*swapped.*--s3"),
        (f"{EC2_HEADER},Cost_USD\n", "both hold CostPerHourUSD"),
        ("just some words", "Received: just some words"),
    ],
)
def test_other_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(UnknownFormat, match=message):
        read_ec2(InputFile("f.csv", text.encode()))


def test_an_instance_list_is_no_bucket_list() -> None:
    with pytest.raises(UnknownFormat, match=r"EC2 resource list.*swapped.*--ec2"):
        read_s3(InputFile("f.csv", f"{EC2_HEADER}\n{SOUND}".encode()))


@pytest.mark.parametrize("rows", ["", "\n\n", ",,,,,,,,,,,\n" * 3])
def test_a_header_alone_is_an_empty_input(rows: str) -> None:
    with pytest.raises(EmptyInput, match="not one resource"):
        ec2(rows)


BUCKETS = (
    "b-1,us-east-1,10.00,Team=Data,2024-01-01,STANDARD,100,5.5,true,AES256\n"
    "b-2,us-east-1,20.00,Team=Data,2024-01-01,GLACIER,100,5.5,Suspended,None\n"
    "b-3,us-east-1,30.00,Team=Data,2024-01-01,STANDARD,100,5.5,,\n"
)


def test_buckets_keep_their_none() -> None:
    result = s3(BUCKETS)
    assert result.frame["Encryption"].fillna("<null>").tolist() == ["AES256", "None", "<null>"]
    assert result.frame["VersionEnabled"].tolist() == [True, False, pd.NA]
    assert result.totals.file == Decimal(60)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("1.5,5,true", "ObjectCount"),
        ("-1,5,true", "ObjectCount"),
        ("1,-5,true", "TotalSizeGB"),
        ("1,5,maybe", "VersionEnabled"),
    ],
)
def test_bucket_cells_that_cannot_be_read(cells: str, column: str) -> None:
    result = s3(f"b-1,us-east-1,10.00,,2024-01-01,STANDARD,{cells},None\n")
    assert result.frame[column].isna().all()
    assert column in found(result, "unreadable_value").message


def test_a_semicolon_list_with_decimal_commas_is_set_aside_and_not_misread() -> None:
    text = S3_HEADER.replace(",", ";") + "\nb-1;us-east-1;1,234;;;STANDARD;1;1;true;None\n"
    result = read_s3(InputFile("f", text.encode()))
    assert found(result, "unreadable_cost").rows == 1
    assert result.totals.unknown_rows == 1


def test_the_first_readable_row_of_an_id_is_kept() -> None:
    result = ec2(row("abc", "i-9") + row("3.00", "i-9") + row("4.00", "i-9"))
    assert result.frame["CostPerHourUSD"].tolist() == [3.0]
    assert result.set_aside["Code"].tolist() == ["unreadable_cost", "conflicting_id"]


def test_totals_of_a_month_are_exact() -> None:
    # A third of a cent an hour, 1,000 times: 3.333 $/h, × 730 = 2433.09.
    lines = "".join(row("0.003333", f"i-{n}") for n in range(1000))
    info = loaded_ec2("f", ec2(lines)).info
    assert info.shown_hourly_usd == Decimal("3.333")
    assert info.shown_monthly_usd == Decimal("2433.09")
    assert exact_sum(ec2(lines).frame["MonthlyCostUSD"]) == Decimal("2433.09")
