"""The estate: what is loaded, which day it reaches, what filters leave, and when two are the same."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

import finops.estate
from finops.errors import EmptyInput, FileUnreadable, InputError
from finops.estate import Estate, Filters, load_estate
from finops.ingest import InputFile
from finops.periods import Span
from finops.schema import FRAMES, NO_VALUE

EC2 = b"""ResourceId,Region,CostUSD,Tags,CreationDate,InstanceType,State
i-1,us-east-1,1.00,"Team=Data,Environment=Prod",2026-01-01,c5.large,running
i-2,eu-west-1,2.00,team=Web,2026-01-01,c5.large,stopped
i-3,us-east-1,3.00,,2026-09-20,c5.large,running
i-3,us-east-1,4.00,,2026-09-20,c5.large,running
"""
S3 = b"""BucketName,Region,CostUSD,Tags,StorageClass,Encryption
logs,us-east-1,10.00,Team=Data,STANDARD,None
"""
COSTS = b"""ChargePeriodStart,ChargePeriodEnd,ResourceId,SubAccountId,RegionId,BilledCost,Tags
2026-09-01,2026-10-01,,111111111111,,5.00,
2026-09-14,2026-09-15,arn:aws:ec2:us-east-1:111111111111:instance/i-1,111111111111,us-east-1,1.10,Team=Data
2026-09-15,2026-09-16,i-2,111111111111,eu-west-1,2.20,Team=Web
2026-09-15,2026-09-16,i-2,222222222222,eu-west-1,0.10,Team=Web
2026-09-16,2026-09-17,logs,222222222222,us-east-1,3.30,
"""
USAGE = b"""Hour,Region,InstanceType,Quantity,OnDemandRateUSD
2026-09-15T23:00Z,us-east-1,c5.large,1,0.085
2026-09-16T00:00Z,eu-west-1,c5.large,1,0.085
2026-09-16T01:00Z,us-east-1,c5.large,2,0.085
"""
METRICS = b"InstanceId,Hour,CpuMax\ni-1,2026-09-15T00:00Z,5\ni-2,2026-09-15T00:00Z,5\n"


def file(name: str, data: bytes) -> InputFile:
    return InputFile(name, data)


def estate(**changed: object) -> Estate:
    inputs: dict[str, object] = {
        "ec2": file("ec2.csv", EC2),
        "s3": file("s3.csv", S3),
        "billing": file("costs.csv", COSTS),
        "usage": file("usage.csv", USAGE),
    }
    return load_estate(**(inputs | changed))  # type: ignore[arg-type]


def rows_of(found: Estate, code: str) -> list[tuple[str, int, float | None]]:
    return [(issue.file, issue.rows, issue.cost_usd) for issue in found.issues if issue.code == code]


def test_frames_that_were_not_given_are_empty() -> None:
    found = load_estate(s3=file("s3.csv", S3), as_of=date(2026, 9, 1))
    for schema in FRAMES:
        frame = getattr(found, schema.name)
        assert list(frame.columns) == list(schema.columns)
        assert len(frame) == (1 if schema.name == "s3" else 0)
    assert not found.is_sample
    assert found.as_of == date(2026, 9, 1)


def test_totals_and_what_was_set_aside() -> None:
    found = estate()
    info = found.files[0]
    assert (info.path, info.kind, info.rows, info.set_aside_rows) == ("ec2.csv", "ec2", 4, 1)
    assert info.file_hourly_usd == Decimal("10.00")
    assert info.shown_monthly_usd == Decimal(6 * 730)
    assert info.set_aside_monthly_usd == Decimal(4 * 730)
    assert found.set_aside[["File", "Row", "Code", "CostUSD"]].to_numpy().tolist() == [
        ["ec2.csv", 5, "conflicting_id", 2920.0]
    ]


def test_as_of_is_the_last_complete_day_of_the_bill() -> None:
    # The fee reaches to the end of the month; the last daily charge is that of the 16th.
    found = estate()
    assert found.as_of == date(2026, 9, 16)
    assert rows_of(found, "launch_after_as_of") == [("ec2.csv", 1, 3 * 730)]
    assert found.files[2].billed_cost == Decimal("11.70")


def test_as_of_without_a_bill_leaves_out_a_partial_day_of_usage() -> None:
    found = estate(billing=None)
    assert found.as_of == date(2026, 9, 15)
    assert found.usage["Quantity"].tolist() == [1]
    # 1 × 0.085 + 2 × 0.085
    assert rows_of(found, "after_as_of") == [("usage.csv", 2, pytest.approx(0.255))]


def test_hourly_bills_end_with_their_last_whole_day() -> None:
    hourly = b"ChargePeriodStart,ChargePeriodEnd,BilledCost\n2026-09-15T23:00,2026-09-16T00:00,1\n"
    assert estate(billing=file("c", hourly)).as_of == date(2026, 9, 15)
    partial = hourly + b"2026-09-16T05:00,2026-09-16T06:00,1\n"
    assert estate(billing=file("c", partial)).as_of == date(2026, 9, 15)


def test_as_of_of_lists_alone_is_today() -> None:
    found = load_estate(ec2=file("ec2.csv", EC2))
    assert abs((found.as_of - datetime.now(tz=UTC).date()).days) <= 1


def test_charges_after_as_of_are_left_out_and_named() -> None:
    found = estate(as_of=date(2026, 9, 15))
    assert len(found.costs) == 4
    assert ("costs.csv", 1, 3.30) in rows_of(found, "after_as_of")
    assert found.files[2].billed_cost == Decimal("11.70")  # the file is the file


def test_accounts_come_from_the_bill_where_it_names_one() -> None:
    found = estate()
    # i-2 has charges in two accounts, i-3 has none.
    assert found.ec2["AccountId"].fillna("-").tolist() == ["111111111111", "-", "-"]
    assert found.s3["AccountId"].tolist() == ["222222222222"]


def test_paths_and_folders(tmp_path: Path) -> None:
    (tmp_path / "ec2.csv").write_bytes(EC2)
    bill = tmp_path / "bill" / "month=2026-09"
    bill.mkdir(parents=True)
    (bill / "a.csv").write_bytes(COSTS)
    (bill / "_SUCCESS").write_bytes(b"")
    found = load_estate(ec2=tmp_path / "ec2.csv", billing=str(tmp_path / "bill"))
    assert (len(found.ec2), len(found.costs)) == (3, 5)
    with pytest.raises(FileUnreadable, match="no such file"):
        load_estate(ec2=tmp_path / "none.csv")
    with pytest.raises(EmptyInput):
        load_estate(billing=[])


def test_the_sample_that_is_not_there_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finops.estate, "SAMPLE_FOLDER", tmp_path)
    with pytest.raises(InputError, match="make demo-data"):
        load_estate()


def test_the_sample_brings_its_own_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finops.estate, "SAMPLE_FOLDER", tmp_path)
    monkeypatch.setattr(finops.estate, "SAMPLE_FILES", {"ec2": "list.csv"})
    (tmp_path / "list.csv").write_bytes(EC2)
    (tmp_path / "sample.json").write_text('{"as_of": "2026-09-30"}')
    found = load_estate()
    assert found.is_sample
    assert found.as_of == date(2026, 9, 30)
    assert found.files[0].path == "data/list.csv"
    assert load_estate(as_of=date(2026, 9, 1)).as_of == date(2026, 9, 1)
    (tmp_path / "sample.json").write_text("[]")
    with pytest.raises(InputError, match="no as_of date"):
        load_estate()


def ids(found: Estate) -> list[str]:
    return found.ec2["InstanceId"].tolist()


@pytest.mark.parametrize(
    ("filters", "instances", "buckets", "charges", "hours"),
    [
        (Filters(), ["i-1", "i-2", "i-3"], 1, 5, 3),
        (Filters(regions=("us-east-1",)), ["i-1", "i-3"], 1, 2, 2),
        (Filters(regions=(NO_VALUE,)), [], 0, 1, 0),
        (Filters(states=("stopped",)), ["i-2"], 1, 5, 3),
        (Filters(teams=("Data",)), ["i-1"], 1, 1, 3),
        (Filters(teams=("Data", "Web")), ["i-1", "i-2"], 1, 3, 3),
        (Filters(teams=(NO_VALUE,)), ["i-3"], 0, 2, 3),
        (Filters(environments=("Prod",)), ["i-1"], 0, 0, 3),
        (Filters(regions=("us-east-1",), environments=(NO_VALUE,)), ["i-3"], 1, 2, 2),
        (Filters(regions=("mars",)), [], 0, 0, 0),
    ],
)
def test_filters(filters: Filters, instances: list[str], buckets: int, charges: int, hours: int) -> None:
    whole = estate(metrics=file("m", METRICS))
    found = whole.narrowed(filters)
    assert ids(found) == instances
    assert (len(found.s3), len(found.costs), len(found.usage)) == (buckets, charges, hours)
    assert set(found.metrics["InstanceId"]) == {"i-1", "i-2"} & set(instances)
    assert (found.digest == whole.digest) == (filters == Filters())
    assert found.files == whole.files
    assert len(whole.ec2) == 3


def test_commitments_are_narrowed_by_region_but_for_those_without() -> None:
    owned = b"""Kind,Region,InstanceType,Quantity,HourlyCommitmentUSD
reserved_instance,us-east-1,c5.large,1,
reserved_instance,eu-west-1,c5.large,1,
compute_savings_plan,,,,1
"""
    found = estate(commitments=file("c", owned)).narrowed(Filters(regions=("us-east-1",)))
    assert found.commitments["Kind"].tolist() == ["reserved_instance", "compute_savings_plan"]


def test_choices() -> None:
    assert estate().choices() == Filters(
        regions=("eu-west-1", "us-east-1", NO_VALUE),
        states=("running", "stopped"),
        teams=("Data", "Web", NO_VALUE),
        environments=("Prod", NO_VALUE),
    )


def test_equal_inputs_have_equal_digests() -> None:
    first, second = estate(), estate()
    assert first.digest == second.digest
    assert len(first.digest) == 64
    others = [
        estate(as_of=date(2026, 9, 15)),
        estate(usage=None),
        estate(s3=file("s3.csv", S3 + b"b,us-east-1,1,,STANDARD,None\n")),
        first.narrowed(Filters(teams=("Data",))),
        first.narrowed(Filters(environments=("Data",))),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 6


def test_an_estate_is_frozen() -> None:
    found = estate()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.as_of = date(2026, 1, 1)  # type: ignore[misc]
    assert all(isinstance(getattr(found, schema.name), pd.DataFrame) for schema in FRAMES)
    assert all(not getattr(found, schema.name).attrs for schema in FRAMES)


def _daily_bill(first: str, last: str) -> InputFile:
    header = "ChargePeriodStart,BilledCost,EffectiveCost,BillingCurrency,ResourceId\n"
    days = pd.date_range(first, last, freq="D")
    rows = "".join(f"{day:%Y-%m-%d},10,10,USD,i-1\n" for day in days)
    return InputFile("bill.csv", (header + rows).encode())


def test_money_is_that_of_the_last_month_that_the_bill_holds_to_its_end() -> None:
    estate = load_estate(billing=_daily_bill("2026-07-01", "2026-09-10"), as_of=date(2026, 12, 5))
    assert estate.billed == Span(date(2026, 7, 1), date(2026, 9, 10))
    assert str(estate.month) == "2026-08"
    assert "bill_incomplete" in {issue.code for issue in estate.issues}


def test_a_bill_that_goes_on_counts_to_the_date_asked_for() -> None:
    estate = load_estate(billing=_daily_bill("2026-07-01", "2026-09-10"), as_of=date(2026, 8, 30))
    assert str(estate.month) == "2026-07"
    assert "bill_incomplete" not in {issue.code for issue in estate.issues}


def test_filters_do_not_shorten_the_bill() -> None:
    estate = load_estate(billing=_daily_bill("2026-07-01", "2026-08-31"))
    narrowed = estate.narrowed(Filters(regions=("nowhere-1",)))
    assert narrowed.costs.empty
    assert str(narrowed.month) == "2026-08"


def test_a_bill_without_a_full_month_leaves_money_to_the_lists() -> None:
    estate = load_estate(billing=_daily_bill("2026-10-01", "2026-10-18"))
    assert estate.month is None
    assert "bill_incomplete" in {issue.code for issue in estate.issues}


def test_a_bill_in_euros_is_not_counted_in_dollars() -> None:
    bill = _daily_bill("2026-07-01", "2026-08-31")
    euros = InputFile("bill.csv", bill.data.replace(b"USD", b"EUR"))
    estate = load_estate(billing=euros)
    assert (estate.currency, estate.month) == ("EUR", None)


def test_the_digest_knows_the_names_of_the_files() -> None:
    bill = _daily_bill("2026-07-01", "2026-07-31")
    renamed = InputFile("another.csv", bill.data)
    assert load_estate(billing=bill).digest != load_estate(billing=renamed).digest


def test_the_digest_knows_what_of_a_bill_could_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "bill.csv").write_bytes(_daily_bill("2026-07-01", "2026-07-31").data)
    whole = load_estate(billing=tmp_path)
    (tmp_path / "broken.csv").write_bytes(b"no,bill\n1,2\n")
    part = load_estate(billing=tmp_path)
    assert part.costs["BilledCost"].sum() == whole.costs["BilledCost"].sum()
    assert "part_unreadable" in {issue.code for issue in part.issues}
    assert part.digest != whole.digest
