"""Frames: columns present, types held, sums exact, tags united."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest

from finops import schema
from finops.errors import FrameError


@pytest.mark.parametrize("frame", schema.FRAMES, ids=lambda frame: frame.name)
def test_an_empty_frame_has_every_column_in_its_type(frame: schema.Frame) -> None:
    empty = frame.empty()
    assert list(empty.columns) == list(frame.columns)
    pd.testing.assert_frame_equal(frame.conform(empty), empty)


def test_absent_columns_are_null_and_tags_are_no_tags() -> None:
    ec2 = schema.EC2.conform(pd.DataFrame({"InstanceId": ["i-1"]}))
    assert ec2["CostPerHourUSD"].isna().all()
    assert ec2["Region"].isna().all()
    assert list(ec2["Tags"]) == ["{}"]


def test_account_ids_stay_text_with_their_leading_zeros() -> None:
    ec2 = schema.EC2.conform(pd.DataFrame({"InstanceId": ["i-1"], "AccountId": ["000123456789"]}))
    assert list(ec2["AccountId"]) == ["000123456789"]


def test_a_missing_required_column_is_named() -> None:
    with pytest.raises(FrameError, match=r"usage frame needs .* Quantity; received Hour, Region"):
        schema.USAGE.conform(pd.DataFrame({"Hour": [], "Region": [], "InstanceType": []}))


def test_a_column_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(FrameError, match="column TotalSizeGB of a s3 frame must hold numbers"):
        schema.S3.conform(pd.DataFrame({"BucketName": ["b"], "TotalSizeGB": ["big"]}))


def test_money_adds_up_without_float_drift() -> None:
    tenths = pd.DataFrame({"ChargePeriodStart": ["2026-01-01"] * 1000, "BilledCost": [0.1] * 1000})
    costs = schema.COSTS.conform(tenths)
    assert schema.total(costs["BilledCost"]) == Decimal(100)
    assert schema.total(costs["EffectiveCost"]) == 0


def test_stacked_frames_share_their_tag_categories() -> None:
    one, other = (
        schema.S3.conform(pd.DataFrame({"BucketName": [name], "Tags": [f'{{"Team":"{name}"}}']}))
        for name in ("a", "b")
    )
    both = schema.concat([one, other], schema.S3)
    assert isinstance(both["Tags"].dtype, pd.CategoricalDtype)
    assert list(both["Tags"]) == ['{"Team":"a"}', '{"Team":"b"}']
    pd.testing.assert_frame_equal(schema.concat([], schema.S3), schema.S3.empty())


@pytest.mark.parametrize(
    ("resource_id", "name"),
    [
        ("i-1", "i-1"),
        ("arn:aws:s3:::logs", "logs"),
        ("arn:aws:ec2:us-east-1:123456789012:instance/i-1", "i-1"),
        ("arn:aws-cn:s3:::logs", "logs"),
    ],
)
def test_resources_go_by_the_name_the_lists_use(resource_id: str, name: str) -> None:
    assert list(schema.resource_names(pd.Series([resource_id], dtype="str"))) == [name]
