"""The other frames: bills, hourly usage, commitments, metrics and accounts, from CSV, Parquet, JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from finops.errors import (
    CurrencyError,
    EmptyInput,
    FileUnreadable,
    FrameError,
    InputError,
    UnknownFormat,
)
from finops.ingest import (
    InputFile,
    Loaded,
    read_accounts,
    read_commitments,
    read_costs,
    read_metrics,
    read_usage,
)
from finops.schema import ACCOUNTS, COMMITMENTS, COSTS, METRICS, USAGE

COSTS_CSV = """ResourceId,charge_period_start,ChargePeriodEnd,BilledCost,EffectiveCost,\
BillingCurrency,Tags
i-1,2026-09-01,2026-09-02,1.10,0.90,USD,"{""Team"":""Data""}"
i-1,2026-09-02,2026-09-03,2.20,1.10,USD,
i-1,2026-09-02,2026-09-03,2.20,1.10,USD,
,2026-09-01,2026-10-01,1e-3,,USD,
"""
USAGE_CSV = """hour,region,instance type,quantity
2026-09-01T00:00:00Z,us-east-1,c5.large,2
2026-09-01T01:00:00Z,us-east-1,c5.large,1.5
"""


def csv(text: str) -> InputFile:
    return InputFile("f.csv", text.encode())


def parquet(frame: pd.DataFrame) -> InputFile:
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return InputFile("f.parquet", buffer.getvalue())


def as_json(document: object) -> InputFile:
    return InputFile("f.json", json.dumps(document).encode())


def codes(loaded: Loaded) -> dict[str, int]:
    return {issue.code: issue.rows for issue in loaded.issues}


def test_a_bill_in_csv() -> None:
    loaded = read_costs(csv(COSTS_CSV))
    assert list(loaded.frame.columns) == list(COSTS.columns)
    # Identical lines of a bill are all charges: 1.10 + 2.20 + 2.20 + 0.001.
    assert loaded.info.billed_cost == Decimal("5.501")
    assert loaded.info.effective_cost == Decimal("3.10")
    assert loaded.info.list_cost is None
    assert (loaded.info.rows, loaded.info.currency, loaded.info.version) == (4, "USD", "1.2")
    assert (loaded.info.period_start, loaded.info.period_end) == (date(2026, 9, 1), date(2026, 9, 30))
    assert loaded.frame["Tags"].tolist() == ['{"Team":"Data"}', "{}", "{}", "{}"]
    assert codes(loaded) == {"column_absent": 0}


def test_a_bill_survives_parquet_to_the_last_place() -> None:
    frame = read_costs(csv(COSTS_CSV)).frame
    again = read_costs(parquet(frame))
    pd.testing.assert_frame_equal(again.frame, frame)
    assert again.info.billed_cost == Decimal("5.501")


def test_a_bill_in_two_parts() -> None:
    frame = read_costs(csv(COSTS_CSV)).frame
    both = read_costs([parquet(frame), parquet(frame)])
    assert both.info.billed_cost == Decimal("11.002")
    assert both.info.path == "f.parquet, f.parquet"


def test_parquet_columns_of_other_types() -> None:
    typed = pd.DataFrame(
        {
            "CHARGEPERIODSTART": [date(2026, 9, 1), date(2026, 9, 2)],
            "billedcost": [1.1, None],
            "SubAccountId": [111122223333, 111122223333],
            "ServiceName": pd.Categorical(["Amazon EC2", None]),
            "Tags": [[("user:Team", "Data")], None],
        }
    )
    loaded = read_costs(parquet(typed))
    assert loaded.info.billed_cost == Decimal("1.1")
    assert loaded.frame["SubAccountId"].tolist() == ["111122223333"] * 2
    assert loaded.frame["ServiceName"].fillna("?").tolist() == ["Amazon EC2", "?"]
    assert codes(loaded) == {"currency_assumed": 2, "missing_cost": 1, "column_absent": 0}


def test_currencies() -> None:
    euro = read_costs(csv(COSTS_CSV.replace("USD", "eur")))
    assert euro.info.currency == "EUR"
    assert euro.frame["BillingCurrency"].unique().tolist() == ["EUR"]
    assert codes(euro)["currency_not_usd"] == 4
    with pytest.raises(CurrencyError, match="EUR and USD cannot be added"):
        read_costs(csv(COSTS_CSV.replace("USD", "EUR", 1)))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("ChargePeriodStart,BilledCost\n2026-09-01,abc\n", FrameError, "row 2: BilledCost holds 'abc'"),
        ("ChargePeriodStart,BilledCost\n2026-09-01,€5\n", FrameError, "row 2: BilledCost holds '€5'"),
        ("ChargePeriodStart,BilledCost\n,1\n", FrameError, "row 2: ChargePeriodStart holds nothing"),
        ("ChargePeriodStart,BilledCost\n01.09.2026,1\n", FrameError, "expected an ISO 8601 time"),
        ("ChargePeriodStart,BilledCost\n2026-09-01,1\n1\n", FrameError, "row 3: 1 cells where"),
        ("ChargePeriodStart,BilledCost\n", EmptyInput, "not one row"),
        ("lineItem/UnblendedCost,lineItem/UsageType\n1,x\n", UnknownFormat, "Cost and Usage Report"),
        ("line_item_unblended_cost,a\n1,x\n", UnknownFormat, "Cost and Usage Report"),
        ("a,b\n1,2\n", UnknownFormat, r"no ChargePeriodStart, BilledCost\. Received: a, b\. Expected"),
        ("PAR1 but not really", FileUnreadable, "Parquet"),
    ],
)
def test_bills_that_cannot_be_used(text: str, error: type[InputError], message: str) -> None:
    with pytest.raises(error, match=message):
        read_costs(csv(text))


def test_usage_fills_defaults() -> None:
    loaded = read_usage(csv(USAGE_CSV))
    assert list(loaded.frame.columns) == list(USAGE.columns)
    first = loaded.frame.iloc[0]
    assert first[["Service", "Platform", "Tenancy", "PurchaseOption"]].tolist() == [
        "AmazonEC2",
        "Linux/UNIX",
        "default",
        "on_demand",
    ]
    assert loaded.frame["Quantity"].sum() == 3.5
    assert codes(loaded) == {"platform_assumed": 2}
    again = read_usage(parquet(loaded.frame))
    pd.testing.assert_frame_equal(again.frame, loaded.frame)


def test_usage_rows_that_cannot_stand() -> None:
    line = "2026-09-01T02:00:00Z,us-east-1,c5.large"
    extra = "".join(f"{line},{quantity}\n" for quantity in ("-1", "inf", "", "3", "3", "4"))
    extra += "2026-09-01T03:20:00Z,us-east-1,c5.large,1\n"
    loaded = read_usage(csv(USAGE_CSV + extra))
    # 2 + 1.5, then 3 (its copy is set aside), 4 beside it, and 1.
    assert loaded.frame["Quantity"].tolist() == [2, 1.5, 3, 4, 1]
    assert codes(loaded) == {
        "bad_quantity": 3,
        "duplicate_usage": 1,
        "split_usage": 1,
        "hour_floored": 1,
        "platform_assumed": 9,
    }
    assert loaded.aside()["Row"].tolist() == [4, 5, 6, 8]
    assert loaded.info.set_aside_rows == 4


def test_usage_by_usage_type_and_rates() -> None:
    text = (
        "Hour,Region,UsageType,Quantity,OnDemandRateUSD\n2026-09-01,us-east-1,BoxUsage:c5.large,1,-1\n"
    )
    loaded = read_usage(csv(text))
    assert loaded.frame["InstanceType"].tolist() == ["BoxUsage:c5.large"]
    assert loaded.frame["OnDemandRateUSD"].isna().all()
    assert codes(loaded)["bad_rate"] == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (",2\n", ",two\n", "row 2: Quantity holds 'two'; expected a number"),
        ("us-east-1,c5.large,1.5", ",c5.large,1.5", "row 3: Region holds nothing"),
        ("2026-09-01T00", "yesterday", "row 2: Hour holds"),
    ],
)
def test_usage_that_cannot_be_read(old: str, new: str, message: str) -> None:
    with pytest.raises(FrameError, match=message):
        read_usage(csv(USAGE_CSV.replace(old, new)))


def plain(**changed: object) -> Mapping[str, object]:
    return {
        "Kind": "reserved_instance",
        "CommitmentId": "ri-1",
        "Region": "us-east-1",
        "InstanceType": "c5.large",
        "Quantity": 2,
        "UpfrontUSD": 100,
        "RecurringHourlyUSD": 0.05,
        "Start": "2026-01-01",
        "End": "2027-01-01",
    } | changed


def test_commitments_in_json_and_csv() -> None:
    loaded = read_commitments(as_json([plain()]))
    assert list(loaded.frame.columns) == list(COMMITMENTS.columns)
    found = loaded.frame.iloc[0]
    names = ["State", "Sharing", "Scope", "Platform", "Tenancy", "OfferingClass", "TermYears"]
    assert found[names].tolist() == ["active", True, "Region", "Linux/UNIX", "default", "standard", 1]
    header, cells = zip(*plain().items(), strict=True)
    text = ",".join(header).lower() + "\n" + ",".join(map(str, cells)) + "\n"
    pd.testing.assert_frame_equal(read_commitments(csv(text)).frame, loaded.frame)
    pd.testing.assert_frame_equal(read_commitments(parquet(loaded.frame)).frame, loaded.frame)


def test_a_plan_needs_little() -> None:
    loaded = read_commitments(as_json([{"kind": "Compute", "hourly_commitment_usd": "1.50"}]))
    found = loaded.frame.iloc[0]
    assert found[["CommitmentId", "Kind"]].tolist() == ["commitment-1", "compute_savings_plan"]
    assert found["HourlyCommitmentUSD"] == 1.5
    assert found[["Scope", "Platform", "OfferingClass"]].isna().all()
    assert found["Start"] < pd.Timestamp("2010-01-01", tz="UTC") < found["End"]
    assert codes(loaded) == {"commitment_without_id": 1, "term_open": 1}


@pytest.mark.parametrize(
    ("document", "error", "message"),
    [
        (
            [plain(Kind="lease")],
            FrameError,
            "row 1: Kind holds 'lease'; expected one of reserved_instance",
        ),
        ([plain(InstanceType=None)], FrameError, "row 1: InstanceType holds nothing"),
        ([plain(Quantity=-1)], FrameError, "row 1: Quantity holds"),
        ([plain(Quantity="many")], FrameError, "row 1: Quantity holds 'many'"),
        ([plain(End="2025-01-01")], FrameError, "row 1: End holds .* expected a time after Start"),
        ([plain(State="lost")], FrameError, "row 1: State holds 'lost'"),
        ([plain(), plain(Quantity=3)], FrameError, "row 2: CommitmentId holds 'ri-1'"),
        ([plain(), {"Kind": "Compute"}], FrameError, "row 2: HourlyCommitmentUSD holds nothing"),
        ([1, 2], UnknownFormat, "expected a JSON array of commitments"),
        ({"a": 1}, UnknownFormat, "expected a JSON array of commitments"),
        ([{"a": 1}], UnknownFormat, "no Kind"),
        ([{"Kind": "Compute", "kind": "x"}], UnknownFormat, "both hold Kind"),
    ],
)
def test_commitments_that_cannot_be_used(
    document: object, error: type[InputError], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_commitments(as_json(document))


def test_json_that_is_none() -> None:
    with pytest.raises(UnknownFormat, match="not readable as JSON"):
        read_commitments(InputFile("f.json", b"[{"))


def test_exact_copies_of_commitments_are_set_aside() -> None:
    loaded = read_commitments(as_json([plain(), plain()]))
    assert len(loaded.frame) == 1
    assert codes(loaded) == {"duplicate_row": 1}


RESERVED = {
    "ReservedInstancesId": "93bbbca2-EXAMPLE",
    "InstanceType": "m5.large",
    "Start": "2026-01-01T00:00:00+00:00",
    "End": "2026-12-31T23:59:59+00:00",
    "Duration": 31536000,
    "FixedPrice": 100.0,
    "UsagePrice": 0.0,
    "InstanceCount": 3,
    "ProductDescription": "Linux/UNIX (Amazon VPC)",
    "State": "payment-pending",
    "CurrencyCode": "USD",
    "InstanceTenancy": "default",
    "OfferingClass": "convertible",
    "OfferingType": "Partial Upfront",
    "RecurringCharges": [{"Amount": 0.02, "Frequency": "Hourly"}],
    "Scope": "Availability Zone",
    "AvailabilityZone": "eu-west-1b",
}


def test_reserved_instances_as_aws_describes_them() -> None:
    regional = {key: value for key, value in RESERVED.items() if key != "AvailabilityZone"}
    regional |= {"ReservedInstancesId": "other", "Scope": "Region", "State": "active"}
    loaded = read_commitments(as_json({"ReservedInstances": [RESERVED, regional]}))
    first = loaded.frame.iloc[0]
    assert first[
        ["Kind", "Region", "Scope", "State", "OfferingClass", "PaymentOption", "Platform"]
    ].tolist() == [
        "reserved_instance",
        "eu-west-1",
        "Availability Zone",
        "queued",
        "convertible",
        "Partial Upfront",
        "Linux/UNIX",
    ]
    # AWS names the price of one instance: 3 × 100 upfront, 3 × 0.02 an hour.
    assert first[["Quantity", "UpfrontUSD", "RecurringHourlyUSD", "TermYears"]].tolist() == [
        3,
        300,
        0.06,
        1,
    ]
    assert loaded.info.format == "aws-reserved-instances"
    assert codes(loaded) == {"state_mapped": 1, "commitment_region_unknown": 1}
    with pytest.raises(CurrencyError, match=r"entry 1: a commitment in EUR"):
        read_commitments(as_json({"ReservedInstances": [RESERVED | {"CurrencyCode": "EUR"}]}))


PLAN = {
    "savingsPlanArn": "arn:aws:savingsplans::111122223333:savingsplan/sp-1",
    "savingsPlanId": "sp-1",
    "start": "2026-01-01T00:00:00.000Z",
    "end": "2028-12-31T00:00:00.000Z",
    "state": "active",
    "region": "us-east-1",
    "ec2InstanceFamily": "m5",
    "savingsPlanType": "EC2Instance",
    "paymentOption": "No Upfront",
    "currency": "USD",
    "commitment": "1.25",
    "upfrontPaymentAmount": "0",
    "recurringPaymentAmount": "1.25",
    "termDurationInSeconds": 94608000,
}


def test_savings_plans_as_aws_describes_them() -> None:
    compute = PLAN | {"savingsPlanId": "sp-2", "savingsPlanType": "Compute"}
    other = PLAN | {"savingsPlanId": "sp-3", "savingsPlanType": "SageMaker"}
    loaded = read_commitments(as_json({"savingsPlans": [PLAN, compute, other]}))
    assert loaded.frame["Kind"].tolist() == ["ec2_instance_savings_plan", "compute_savings_plan"]
    assert loaded.frame["Region"].fillna("-").tolist() == ["us-east-1", "-"]
    assert loaded.frame.iloc[0][
        ["AccountId", "InstanceFamily", "HourlyCommitmentUSD", "TermYears"]
    ].tolist() == [
        "111122223333",
        "m5",
        1.25,
        3,
    ]
    assert codes(loaded) == {"commitment_not_supported": 1}
    assert (loaded.info.rows, loaded.info.set_aside_rows) == (3, 1)


def test_metrics_and_accounts() -> None:
    text = "InstanceId,Hour,CpuMax\ni-1,2026-09-01T00:00,inf\ni-1,2026-09-01T00:00,5\ni-2,2026-09-01,7\n"
    metrics = read_metrics(csv(text))
    assert list(metrics.frame.columns) == list(METRICS.columns)
    assert metrics.frame["InstanceId"].tolist() == ["i-1", "i-2"]
    assert metrics.frame["CpuMax"].fillna(-1).tolist() == [-1, 7]
    assert codes(metrics) == {"duplicate_metric": 1}
    finer = read_metrics(
        csv(
            "InstanceId,Hour,CpuMax,CpuAvg,MemMax,NetworkBps\n"
            "i-1,2026-09-01T00:00,0.5,0.1,,10\ni-2,2026-09-01T00:10,1,1,1,1\n"
            "i-1,2026-09-01T00:05,95,0.5,40,30\ni-1,2026-09-01T01:00,2,2,2,2\n"
        )
    )
    hour = finer.frame.set_index(["InstanceId", "Hour"]).loc[
        ("i-1", pd.Timestamp("2026-09-01", tz="UTC"))
    ]
    assert hour.to_dict() == {"CpuMax": 95.0, "CpuAvg": 0.3, "MemMax": 40.0, "NetworkBps": 30.0}
    assert len(finer.frame) == 3
    assert codes(finer) == {"finer_metrics": 1}
    accounts = read_accounts(csv("account id,name,Team\n000011112222,Prod,Data\n"))
    assert list(accounts.frame.columns) == list(ACCOUNTS.columns)
    assert accounts.frame.loc[0, ["AccountId", "Name", "Team"]].tolist() == [
        "000011112222",
        "Prod",
        "Data",
    ]
    with pytest.raises(FrameError, match="row 3: AccountId holds nothing"):
        read_accounts(csv("AccountId,Name\n1,a\n,b\n"))
