"""A line of a Cost and Usage Report on every cost basis, on both engines."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops.ingest.bills.backend import Backend
from finops.ingest.bills.cur_lines import cur_lines
from finops.ingest.bills.formats import format_of
from finops.ingest.bills.lines import LINES
from finops.ingest.bills.tag_sets import TagSets, flat_lines, tag_set_of

PLAN = "arn:aws:savingsplans::1:savingsplan/p"
RESERVATION = "arn:aws:ec2:us-east-1:1:reserved-instances/r"
BASE = {
    "lineItem/UsageStartDate": "2026-01-05T03:00:00Z",
    "lineItem/UsageEndDate": "2026-01-05T04:00:00Z",
    "bill/BillingPeriodStartDate": "2026-01-01T00:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "1",
}


def lines_of(
    backend: Backend, folder: Path, rows: list[dict[str, str]], base: dict[str, str] = BASE
) -> list[dict[str, Any]]:
    """The canonical lines of rows of text, as a CSV gives them."""
    names = list(dict.fromkeys(name for row in (base, *rows) for name in row))
    cells = {name: [({**base, **row}).get(name) for row in rows] for name in names}
    path = folder / "raw.parquet"
    pq.write_table(pa.table({name: pa.array(texts, pa.string()) for name, texts in cells.items()}), path)
    found = cur_lines(backend.read(path), format_of(names, "raw.csv"))
    assert list(found.columns) == list(LINES)
    return backend.arrow(found).to_pylist()


def one(backend: Backend, folder: Path, **cells: str) -> dict[str, Any]:
    named = {name.replace("__", "/"): text for name, text in cells.items()}
    return lines_of(backend, folder, [named])[0]


# What each line item type costs: its cells, then billed, effective and list cost by AWS's user guide.
CASES = [
    (
        "Usage",
        {"lineItem/UnblendedCost": "1.5", "pricing/publicOnDemandCost": "1.6"},
        "1.5",
        "1.5",
        "1.6",
    ),
    (
        "SavingsPlanCoveredUsage",
        {
            "lineItem/UnblendedCost": "0.096",
            "pricing/publicOnDemandCost": "0.096",
            "savingsPlan/SavingsPlanEffectiveCost": "0.07",
            "savingsPlan/SavingsPlanARN": PLAN,
        },
        "0.096",
        "0.07",
        "0.096",
    ),
    (
        "SavingsPlanNegation",
        {"lineItem/UnblendedCost": "-0.096", "pricing/publicOnDemandCost": "0.096"},
        "-0.096",
        "0",
        "0",
    ),
    (
        "SavingsPlanRecurringFee",
        {
            "lineItem/UnblendedCost": "0.08",
            "savingsPlan/TotalCommitmentToDate": "0.1",
            "savingsPlan/UsedCommitment": "0.07",
        },
        "0.08",
        "0.03",
        "0",
    ),
    ("SavingsPlanUpfrontFee", {"lineItem/UnblendedCost": "365"}, "365", "0", "0"),
    (
        "DiscountedUsage",
        {
            "lineItem/UnblendedCost": "0",
            "pricing/publicOnDemandCost": "0.192",
            "reservation/EffectiveCost": "1.2E-1",
            "reservation/ReservationARN": RESERVATION,
        },
        "0",
        "0.12",
        "0.192",
    ),
    (
        "RIFee",
        {
            "lineItem/UnblendedCost": "44.64",
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.25",
            "reservation/UnusedRecurringFee": "2.5",
            "reservation/ReservationARN": RESERVATION,
        },
        "44.64",
        "3.75",
        "0",
    ),
    (
        "Fee",
        {"lineItem/UnblendedCost": "500", "reservation/ReservationARN": RESERVATION},
        "500",
        "0",
        "0",
    ),
    ("Fee", {"lineItem/UnblendedCost": "100"}, "100", "100", "100"),
    ("Tax", {"lineItem/UnblendedCost": "7.3"}, "7.3", "7.3", "7.3"),
    ("Credit", {"lineItem/UnblendedCost": "-5"}, "-5", "-5", "-5"),
    ("Refund", {"lineItem/UnblendedCost": "-2"}, "-2", "-2", "-2"),
    # A plan that is returned: its fee never was an amortised cost, so its refund is none either.
    ("Refund", {"lineItem/UnblendedCost": "-365", "savingsPlan/SavingsPlanARN": PLAN}, "-365", "0", "0"),
    (
        "Refund",
        {"lineItem/UnblendedCost": "-365", "lineItem/ProductCode": "ComputeSavingsPlans"},
        "-365",
        "0",
        "0",
    ),
]


def test_the_cost_bases_of_every_line_item_type(backend: Backend, tmp_path: Path) -> None:
    rows = [{"lineItem/LineItemType": kind, **cells} for kind, cells, *_ in CASES]
    columns = {"pricing/publicOnDemandCost": None}
    found = lines_of(backend, tmp_path, rows, {**BASE, **columns})  # type: ignore[dict-item]
    for line, (kind, _, billed, effective, listed) in zip(found, CASES, strict=True):
        got = (line["BilledCost"], line["EffectiveCost"], line["ListCost"])
        assert got == (Decimal(billed), Decimal(effective), Decimal(listed)), kind


def test_a_blank_or_shifted_cell_is_unknown_and_not_zero(backend: Backend, tmp_path: Path) -> None:
    line = one(
        backend,
        tmp_path,
        lineItem__LineItemType="DiscountedUsage",
        lineItem__UnblendedCost="0",
        pricing__publicOnDemandCost="convertible",
    )
    assert line["BilledCost"] == 0
    assert line["EffectiveCost"] is None
    assert line["ListCost"] is None
    fee = one(
        backend,
        tmp_path,
        lineItem__LineItemType="SavingsPlanRecurringFee",
        lineItem__UnblendedCost="0.08",
    )
    assert fee["EffectiveCost"] is None


def test_net_columns_win_where_they_hold_a_value(backend: Backend, tmp_path: Path) -> None:
    rows = [
        {
            "lineItem/LineItemType": "Usage",
            "lineItem/UnblendedCost": "10",
            "lineItem/NetUnblendedCost": "9",
        },
        {"lineItem/LineItemType": "Usage", "lineItem/UnblendedCost": "4"},
        {
            "lineItem/LineItemType": "SavingsPlanCoveredUsage",
            "lineItem/UnblendedCost": "5",
            "lineItem/NetUnblendedCost": "5",
            "savingsPlan/SavingsPlanEffectiveCost": "3",
            "savingsPlan/NetSavingsPlanEffectiveCost": "2.7",
        },
        # The fee is 10 % off, so its unused part of 0.03 is too.
        {
            "lineItem/LineItemType": "SavingsPlanRecurringFee",
            "lineItem/UnblendedCost": "0.08",
            "lineItem/NetUnblendedCost": "0.072",
            "savingsPlan/TotalCommitmentToDate": "0.1",
            "savingsPlan/UsedCommitment": "0.07",
        },
    ]
    found = lines_of(backend, tmp_path, rows)
    money = ("BilledCost", "EffectiveCost", "GrossBilledCost", "GrossEffectiveCost")
    assert [tuple(str(line[name].normalize()) for name in money) for line in found] == [
        ("9", "9", "1E+1", "1E+1"),
        ("4", "4", "4", "4"),
        ("5", "2.7", "5", "3"),
        ("0.072", "0.027", "0.08", "0.03"),
    ]


def test_an_upfront_plan_has_its_discount_from_the_periods_commitment(
    backend: Backend, tmp_path: Path
) -> None:
    line = one(
        backend,
        tmp_path,
        lineItem__LineItemType="SavingsPlanRecurringFee",
        lineItem__UnblendedCost="0",
        lineItem__NetUnblendedCost="0",
        savingsPlan__TotalCommitmentToDate="1",
        savingsPlan__UsedCommitment="0.8",
        savingsPlan__AmortizedUpfrontCommitmentForBillingPeriod="744",
        savingsPlan__NetAmortizedUpfrontCommitmentForBillingPeriod="669.6",
    )
    assert (line["GrossEffectiveCost"], line["EffectiveCost"]) == (Decimal("0.2"), Decimal("0.18"))


def test_an_absurd_amount_is_unknown(backend: Backend, tmp_path: Path) -> None:
    line = one(backend, tmp_path, lineItem__UnblendedCost="99999999999999999999999999.5")
    assert line["BilledCost"] is None


def test_list_cost_is_null_without_its_column(backend: Backend, tmp_path: Path) -> None:
    line = one(backend, tmp_path, lineItem__LineItemType="Usage", lineItem__UnblendedCost="1")
    assert line["ListCost"] is None
    assert line["ContractedCost"] == 1


INSTANCES = [
    ("BoxUsage:m5.large", "RunInstances", ("m5.large", "Linux/UNIX", "default", "on_demand")),
    ("EUC1-BoxUsage:c5.xlarge", "RunInstances:0002", ("c5.xlarge", "Windows", "default", "on_demand")),
    (
        "USW2-SpotUsage:r5.2xlarge",
        "RunInstances:0010",
        ("r5.2xlarge", "Red Hat Enterprise Linux", "default", "spot"),
    ),
    (
        "DedicatedUsage:m5.large",
        "RunInstances:000g",
        ("m5.large", "SUSE Linux", "dedicated", "on_demand"),
    ),
    (
        "BoxUsage:u-6tb1.metal",
        "RunInstances:zzzz",
        ("u-6tb1.metal", "RunInstances:zzzz", "default", "on_demand"),
    ),
    ("EBS:VolumeUsage.gp3", "CreateVolume-Gp3", (None, None, None, None)),
]


def test_what_ran(backend: Backend, tmp_path: Path) -> None:
    rows = [
        {
            "lineItem/LineItemType": "Usage",
            "lineItem/UsageType": usage_type,
            "lineItem/Operation": operation,
            "lineItem/UnblendedCost": "1",
            "lineItem/UnblendedRate": "0.5",
        }
        for usage_type, operation, _ in INSTANCES
    ]
    found = lines_of(backend, tmp_path, rows)
    names = ("InstanceType", "Platform", "Tenancy", "PurchaseOption")
    assert [tuple(line[name] for name in names) for line in found] == [case[2] for case in INSTANCES]
    assert [line["OnDemandRate"] for line in found] == [0.5, 0.5, None, 0.5, 0.5, None]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-01-05T03:00:00Z", "2026-01-05 03:00:00"),
        ("2026-01-05 03:00:00+00:00", "2026-01-05 03:00:00"),
        ("2026-01-05 03:00:00", "2026-01-05 03:00:00"),
        ("2026-01-05T03:00:00.000Z", "2026-01-05 03:00:00"),
        ("2026-01-05T30:00:00Z", None),
        ("soon", None),
        ("1/5/26", None),
        ("9999-12-31T00:00:00Z", None),
        ("0044-01-01 00:00:00", None),
        ("2026-01-05T03:00:00+02:00", None),
        ("2026-01-05T03:00:00-0800", None),
        ("2026-01-05", "2026-01-05 00:00:00"),
    ],
)
def test_times(duckdb_backend: Backend, tmp_path: Path, text: str, time: str | None) -> None:
    line = one(duckdb_backend, tmp_path, lineItem__UsageStartDate=text, lineItem__UnblendedCost="1")
    assert line["ChargePeriodStart"] == (None if time is None else datetime.fromisoformat(time))


def test_headers_in_another_case_keep_their_tags(duckdb_backend: Backend, tmp_path: Path) -> None:
    row = {**BASE, "resourceTags/user:Team": "Data", "costCategory/Unit": "R&D"}
    line = lines_of(duckdb_backend, tmp_path, [{}], {name.upper(): text for name, text in row.items()})[
        0
    ]
    found, problem = tag_set_of(line["RawTags"])
    assert (found.tags, found.cost_category, problem) == ('{"TEAM":"Data"}', '{"UNIT":"R&D"}', None)


def test_tags_and_cost_categories_in_columns(backend: Backend, tmp_path: Path) -> None:
    rows = [
        {
            "resourceTags/user:Team": "Data",
            "resourceTags/aws:createdBy": "x",
            "costCategory/Unit": "R&D",
        },
        {"resourceTags/user:Team": 'a "b", c=d'},
        {},
    ]
    path = tmp_path / "raw.parquet"
    names = [*BASE, "resourceTags/user:Team", "resourceTags/aws:createdBy", "costCategory/Unit"]
    table = pa.table(
        {name: pa.array([{**BASE, **row}.get(name) for row in rows], pa.string()) for name in names}
    )
    pq.write_table(table, path)
    known = TagSets()
    lines = cur_lines(backend.read(path), format_of(names, "raw.csv"))
    ids = backend.arrow(flat_lines(lines, backend, known)).column("TagSetId").to_pylist()
    sets = [(known.sets[number].tags, known.sets[number].cost_category) for number in ids]
    assert sorted(sets, key=str) == [
        ('{"Team":"Data","aws:createdBy":"x"}', '{"Unit":"R&D"}'),
        ('{"Team":"a \\"b\\", c=d"}', None),
        ("{}", None),
    ]


def test_tags_in_a_map(backend: Backend, tmp_path: Path) -> None:
    """CUR 2.0 as Parquet: typed columns, resource_tags and cost_category as maps, costs as doubles."""
    maps = pa.map_(pa.string(), pa.string())
    table = pa.table(
        {
            "line_item_usage_start_date": pa.array([1_767_582_000_000] * 2, pa.timestamp("ms")),
            "line_item_line_item_type": pa.array(["Usage", "Usage"]),
            "line_item_unblended_cost": pa.array([0.1, 123456.789]),
            "resource_tags": pa.array([[("user_team", "Data"), ("aws_createdby", "x")], []], maps),
            "cost_category": pa.array([[("unit", "R&D")], None], maps),
            "bill_payer_account_name": pa.array(["Main", "Main"]),
        }
    )
    path = tmp_path / "raw.parquet"
    pq.write_table(table, path)
    bill_format = format_of(table.column_names, "raw.parquet")
    assert bill_format.name == "CUR 2.0"
    known = TagSets()
    lines = flat_lines(cur_lines(backend.read(path), bill_format), backend, known)
    found = sorted(backend.arrow(lines).to_pylist(), key=lambda line: line["BilledCost"])
    assert [line["BilledCost"] for line in found] == [Decimal("0.1"), Decimal("123456.789")]
    assert [line["ChargePeriodStart"].isoformat()[:19] for line in found] == ["2026-01-05T03:00:00"] * 2
    assert known.sets[found[0]["TagSetId"]].tags == '{"aws:createdby":"x","team":"Data"}'
    assert known.sets[found[0]["TagSetId"]].cost_category == '{"unit":"R&D"}'
    assert known.sets[found[1]["TagSetId"]].tags == "{}"
