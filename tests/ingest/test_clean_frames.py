"""The two public cleaners, on frames as callers read them."""

from __future__ import annotations

import io
import json

import pandas as pd
import pytest

from finops import clean_ec2_data, clean_s3_data
from finops.errors import UnknownFormat
from finops.schema import EC2, S3

EC2_TEXT = """ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization
i-1,EC2,us-west-2,1.074,"Owner=Alice,Environment=Dev",2025-07-22,c5.xlarge,running,68.18
,,,,,,,,
i-2,EC2,us-west-2,,Owner=Bob,2025-07-22,c5.xlarge,terminated,
i-3,EC2,us-west-2,-2,Owner=Bob,2025-07-22,c5.xlarge,running,1
"""
S3_TEXT = """BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,\
VersionEnabled,Encryption
b-1,us-east-1,10.5,Team=A,2024-01-01,STANDARD,100,5,True,None
b-2,us-east-1,20,,2024-01-01,STANDARD,,5,False,AES256
,,,,,,,,,
"""
TEXT_ONLY = {"dtype": str, "keep_default_na": False}


@pytest.mark.parametrize("options", [{}, TEXT_ONLY])
def test_instances_from_any_read_csv(options: dict[str, object]) -> None:
    raw = pd.read_csv(io.StringIO(EC2_TEXT), **options)
    before = raw.copy(deep=True)
    clean = clean_ec2_data(raw)
    pd.testing.assert_frame_equal(raw, before)
    assert list(clean.columns) == list(EC2.columns)
    assert clean["InstanceId"].tolist() == ["i-1", "i-2"]
    assert clean["MonthlyCostUSD"].iloc[0] == 784.02  # 1.074 × 730
    assert clean["CostPerHourUSD"].isna().tolist() == [False, True]
    rows = {issue["code"]: issue["row_numbers"] for issue in clean.attrs["issues"]}
    assert rows["empty_row"] == [3]
    assert rows["missing_cost"] == [4]
    assert rows["negative_cost"] == [5]
    assert clean.attrs["totals"] == {
        "file_usd": -0.926,
        "shown_usd": 1.074,
        "set_aside_usd": -2.0,
        "unknown_rows": 0,
    }
    json.dumps(clean.attrs)


@pytest.mark.parametrize("options", [{}, TEXT_ONLY])
def test_the_word_none_is_a_value(options: dict[str, object]) -> None:
    clean = clean_s3_data(pd.read_csv(io.StringIO(S3_TEXT), **options))
    assert list(clean.columns) == list(S3.columns)
    assert clean["Encryption"].tolist() == ["None", "AES256"]
    assert clean["ObjectCount"].tolist() == [100, pd.NA]
    assert clean["VersionEnabled"].tolist() == [True, False]


def test_a_blank_text_is_null() -> None:
    raw = pd.read_csv(io.StringIO(S3_TEXT.replace("AES256", "")), **TEXT_ONLY)
    assert clean_s3_data(raw)["Encryption"].isna().tolist() == [False, True]


def test_a_clean_frame_stays_as_it_is() -> None:
    clean = clean_ec2_data(pd.read_csv(io.StringIO(EC2_TEXT)))
    pd.testing.assert_frame_equal(clean_ec2_data(clean), clean)
    buckets = clean_s3_data(pd.read_csv(io.StringIO(S3_TEXT)))
    pd.testing.assert_frame_equal(clean_s3_data(buckets), buckets)


def test_python_values_in_cells() -> None:
    raw = pd.DataFrame(
        {
            "InstanceId": ["i-1", None],
            "Region": ["us-east-1", None],
            "CostUSD": [1, None],
            "InstanceType": ["c5.large", None],
            "State": ["running", None],
            "AccountId": [123456789012.0, float("nan")],
            "Tags": [{"Team": "Data"}, None],
            "CreationDate": [pd.Timestamp("2025-01-02"), pd.NaT],
        },
        index=[7, 7],
    )
    clean = clean_ec2_data(raw)
    assert clean["AccountId"].tolist() == ["123456789012"]
    assert clean["Tags"].tolist() == ['{"Team":"Data"}']
    assert clean["LaunchTime"].tolist() == [pd.Timestamp("2025-01-02", tz="UTC")]


def test_no_rows_and_no_columns() -> None:
    header = pd.read_csv(io.StringIO(EC2_TEXT)).iloc[:0]
    assert clean_ec2_data(header).empty
    with pytest.raises(UnknownFormat, match="Received: no columns"):
        clean_ec2_data(pd.DataFrame())
    with pytest.raises(UnknownFormat, match="swapped"):
        clean_s3_data(header)
