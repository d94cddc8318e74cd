"""Commitments, instances and buckets that a bill tells of, every figure recomputed by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from finops.ingest.bills import reductions
from finops.ingest.bills.backend import Backend
from finops.ingest.bills.lines import COVERED, PLAN_FEE, RESERVED_FEE, RESERVED_USAGE
from finops.ingest.bills.settled import settled
from finops.schema import COMMITMENTS, EC2, S3
from tests.ingest.bills.bill_lines import (
    FEBRUARY,
    HOUR,
    JANUARY,
    TEAM_A,
    TEAM_B,
    Line,
    given,
    instance,
    line,
    tag_sets,
)

D = Decimal
ID = "arn:aws:savingsplans::1:savingsplan/p"


def plan_fee(at: int, **values: object) -> Line:
    start = JANUARY + at * HOUR
    terms = {
        "ChargeFrequency": "Recurring",
        "CommitmentDiscountId": ID,
        "CommitmentKind": "compute_savings_plan",
        "CommitmentTotal": "0.08",
        "CommitmentTerm": "3yr",
        "CommitmentPaymentOption": "No Upfront",
        "CommitmentStart": datetime(2025, 1, 1),  # noqa: DTZ001
        "CommitmentEnd": datetime(2028, 1, 1),  # noqa: DTZ001
    }
    when = {"ChargePeriodStart": start, "ChargePeriodEnd": start + HOUR}
    return line(PLAN_FEE, **{"cost": "0.08", **when, **terms, **values})


def reserved_fee(**values: object) -> Line:
    terms = {
        "ServiceCode": "AmazonEC2",
        "RegionId": "us-east-1",
        "InstanceType": "m5.large",
        "Platform": "Linux/UNIX",
        "ChargeFrequency": "Recurring",
        "ChargePeriodEnd": FEBRUARY - timedelta(seconds=1),
        "CommitmentDiscountId": "arn:aws:ec2:us-east-1:1:reserved-instances/r",
        "CommitmentKind": "reserved_instance",
        "CommitmentQuantity": 2.0,
        "CommitmentUpfront": "100",
        "CommitmentTerm": "1yr",
        "CommitmentPaymentOption": "PartialUpfront",
        "CommitmentOfferingClass": "Standard",
        "CommitmentStart": JANUARY,
        "CommitmentEnd": datetime(2027, 1, 1),  # noqa: DTZ001
    }
    return line(RESERVED_FEE, **{"cost": "37.2", **terms, **values})


@pytest.mark.parametrize("is_settled", [False, True])
def test_fees_tell_the_terms_of_commitments(duckdb_backend: Backend, is_settled: bool) -> None:
    lines = given([plan_fee(0), plan_fee(1), reserved_fee(), instance(COVERED, CommitmentDiscountId=ID)])
    if is_settled:
        lines = settled(lines, blank_plan_fees=False, folded=False)
    frame, issues = reductions.commitment_rows(duckdb_backend.arrow(reductions.commitments(lines)))
    assert issues == () and list(frame.columns) == list(COMMITMENTS.columns)
    plan = frame[frame["Kind"] == "compute_savings_plan"].iloc[0]
    assert plan["HourlyCommitmentUSD"] == pytest.approx(0.08, abs=1e-12)
    assert (plan["TermYears"], plan["PaymentOption"], plan["UpfrontUSD"]) == (3, "No Upfront", 0.0)
    owned = frame[frame["Kind"] == "reserved_instance"].iloc[0]
    # 37.20 $ over January's 744 hours, for both instances together.
    assert owned["RecurringHourlyUSD"] == pytest.approx(0.05, abs=1e-12)
    assert (owned["Quantity"], owned["UpfrontUSD"], owned["TermYears"]) == (2.0, 100.0, 1)
    assert (owned["PaymentOption"], owned["OfferingClass"]) == ("Partial Upfront", "standard")
    assert (owned["Scope"], owned["Tenancy"], owned["State"]) == ("Region", "default", "active")
    assert owned["Start"] == pd.Timestamp("2026-01-01", tz="UTC")


def test_incomplete_and_other_commitments_are_left_out_and_told(duckdb_backend: Backend) -> None:
    lines = [
        plan_fee(0, CommitmentTotal=None),
        plan_fee(0, CommitmentDiscountId=None),
        plan_fee(0, CommitmentDiscountId="euro", BillingCurrency="EUR"),
        reserved_fee(CommitmentDiscountId="db", ServiceCode="AmazonRDS", InstanceType=None),
        reserved_fee(CommitmentDiscountId="zonal", AvailabilityZone="us-east-1a"),
        line("Purchase", cost="3", CommitmentDiscountId=None),
    ]
    frame, issues = reductions.commitment_rows(
        duckdb_backend.arrow(reductions.commitments(given(lines)))
    )
    assert [(row.CommitmentId, row.Scope) for row in frame.itertuples()] == [
        ("zonal", "Availability Zone")
    ]
    assert [(issue.code, issue.rows) for issue in issues] == [
        ("commitment_incomplete", 3),
        ("commitment_other_service", 1),
    ]
    assert f"{ID} lacks HourlyCommitmentUSD" in issues[0].message
    assert "(no id) lacks CommitmentId" in issues[0].message
    assert issues[0].cost_usd == pytest.approx(3 * 0.08 * 730)
    assert issues[1].cost_usd == pytest.approx(0.05 * 730)
    empty, none = reductions.commitment_rows(
        duckdb_backend.arrow(reductions.commitments(given([line()])))
    )
    assert empty.empty and none == ()


def test_instances_have_the_rate_of_their_hours(duckdb_backend: Backend) -> None:
    day = JANUARY + 24 * HOUR
    later = {"ChargePeriodStart": day, "ChargePeriodEnd": day + HOUR}
    lines = [
        instance(cost="0.1"),
        instance(COVERED, EffectiveCost="0.05", ContractedCost="0.1", **later, TagSetId=TEAM_B),
        instance(cost="0.2", ResourceId="i-2", InstanceType="m5.xlarge", **later),
        instance(RESERVED_USAGE, ResourceId="i-3"),
        instance(cost="9", UsageType="DataTransfer-Out-Bytes", InstanceType=None),
        instance(cost="9", ResourceId="mi-task"),
    ]
    found = duckdb_backend.arrow(reductions.instances(given(lines)))
    frame = (
        reductions.instance_rows(found, tag_sets(), JANUARY, day + HOUR)
        .set_index("InstanceId")
        .sort_index()
    )
    assert list(frame.reset_index().columns) == list(EC2.columns)
    assert list(frame.index) == ["i-1", "i-2", "i-3"]
    assert frame["CostPerHourUSD"]["i-1"] == pytest.approx(0.075)
    assert frame["MonthlyCostUSD"]["i-2"] == pytest.approx(146.0)
    assert pd.isna(frame["CostPerHourUSD"]["i-3"])
    assert frame["Tags"].tolist() == ['{"Team":"b"}', '{"Team":"a"}', '{"Team":"a"}']
    assert frame["State"].fillna("").tolist() == ["running", "running", ""]
    assert frame["LaunchTime"].notna().tolist() == [False, True, False]
    by_id = {row["InstanceId"]: row for row in found.to_pylist()}
    assert (by_id["i-1"]["Hours"], by_id["i-1"]["ContractedCost"]) == (2.0, D("0.2"))


def bucket(usage_type: str, cost: str, gigabytes: float, **values: object) -> Line:
    s3 = {"ServiceCode": "AmazonS3", "ResourceId": "logs", "RegionId": "eu-west-1", "TagSetId": TEAM_A}
    return line(cost=cost, UsageType=usage_type, PricingQuantity=gigabytes, **{**s3, **values})


def test_buckets_have_the_class_of_most_storage_dollars(duckdb_backend: Backend) -> None:
    lines = [
        bucket("EU-TimedStorage-ByteHrs", "2.3", 100),
        bucket("EU-TimedStorage-ByteHrs", "2.3", 100),
        bucket("EU-TimedStorage-SIA-ByteHrs", "3", 240),
        bucket("EU-Requests-Tier1", "50", 10_000_000),
        bucket("TimedStorage-GDA-ByteHrs", "1", 1000, ResourceId="arn:aws:s3:::vault"),
        bucket(
            "DataTransfer-Out-Bytes",
            "1",
            10,
            ResourceId="idle",
            ServiceCode=None,
            ServiceName="AmazonS3",
        ),
        bucket("TimedStorage-ByteHrs", "9", 1, ResourceId=None),
        line(cost="4", ResourceId="i-1", ServiceCode="AmazonEC2"),
    ]
    found = duckdb_backend.arrow(reductions.buckets(given(lines)))
    frame = reductions.bucket_rows(found, tag_sets(), 0.5).set_index("BucketName").sort_index()
    assert list(frame.reset_index().columns) == list(S3.columns)
    assert frame["StorageClass"].fillna("").to_dict() == {
        "idle": "",
        "logs": "STANDARD",
        "vault": "DEEP_ARCHIVE",
    }
    # 57.60 $ and 440 GB-months in half a month.
    assert (frame["MonthlyCostUSD"]["logs"], frame["TotalSizeGB"]["logs"]) == (
        pytest.approx(115.2),
        880.0,
    )
    assert (frame["Region"]["logs"], frame["Tags"]["logs"]) == ("eu-west-1", '{"Team":"a"}')
    assert pd.isna(frame["TotalSizeGB"]["idle"])
