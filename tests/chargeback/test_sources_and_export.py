"""From the bill or from the lists, and out to the file that finance downloads."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops import schema
from finops.chargeback import (
    ChargebackEngine,
    allocate,
    chargeback_csv,
    charges_from_costs,
    charges_from_inventory,
)
from finops.chargeback.examples import team_charges
from finops.errors import AllocationError, CurrencyError, OutputError
from finops.periods import Month
from finops.spreadsheet import text_of_cell

SEPTEMBER = Month(2026, 9)
HEADER = (
    "period,basis,source,by,allocated_to,direct_usd,shared_usd,total_usd,previous_usd,percent,resources"
)


def bill() -> pd.DataFrame:
    """August: 7.00 of Core. September: 10.00 and −2.50 of Core, 0.10 of nobody. One day of October."""
    return schema.COSTS.conform(
        pd.DataFrame(
            {
                "ChargePeriodStart": pd.to_datetime(
                    ["2026-08-31", "2026-09-01", "2026-09-30", "2026-09-01", "2026-10-01"], utc=True
                ),
                "SubAccountId": "111111111111",
                "ServiceName": ["AmazonEC2", "AmazonEC2", "AmazonEC2", "Tax", "AmazonEC2"],
                "RegionId": ["us-east-1", "us-east-1", "us-east-1", None, "us-east-1"],
                "ResourceId": [
                    "i-1",
                    "arn:aws:ec2:us-east-1:111111111111:instance/i-1",
                    "i-1",
                    None,
                    "i-1",
                ],
                "ChargeCategory": ["Usage", "Usage", "Credit", "Tax", "Usage"],
                "BilledCost": [Decimal(text) for text in ("7", "10", "-2.5", "0.1", "99")],
                "EffectiveCost": [Decimal("7"), Decimal("8"), Decimal("-2.5"), None, Decimal("99")],
                "Tags": [
                    '{"Team":"Core"}',
                    '{"Team":"Core"}',
                    '{"Team":"Core"}',
                    "{}",
                    '{"Team":"Core"}',
                ],
            }
        )
    )


def lists() -> tuple[pd.DataFrame, pd.DataFrame]:
    ec2 = pd.DataFrame(
        {
            "InstanceId": ["i-1", "i-2", "i-3"],
            "State": ["running", "terminated", "running"],
            "MonthlyCostUSD": [1.074 * 730, 0.1, None],
            "Tags": ['{"Team":"Core"}', "{}", '{"Team":"Core"}'],
        }
    )
    s3 = pd.DataFrame({"BucketName": ["b"], "MonthlyCostUSD": [0.2], "Tags": ['{"Team":"Web"}']})
    return schema.EC2.conform(ec2), schema.S3.conform(s3)


def test_a_month_of_the_bill_with_the_month_before() -> None:
    report = ChargebackEngine().generate_chargeback_report(*lists(), costs=bill())
    assert (report.period, report.source, report.basis) == ("2026-09", "costs", "billed")
    assert [
        (line.allocated_to, str(line.total_usd), str(line.previous_usd)) for line in report.lines
    ] == [
        ("Core", "7.50", "7.00"),
        ("Unallocated", "0.10", "0.00"),
    ]
    assert report.lines[0].resources == 1  # an ARN and the id in it are one resource
    assert [line.resources for line in report.lines] == [1, 0]


def test_the_basis_chooses_the_column() -> None:
    charges = charges_from_costs(bill(), SEPTEMBER, "effective")
    report = allocate(charges, "Team", basis="effective")
    assert report.total_usd == Decimal("5.50")
    assert report.unknown_cost_resources == 1


def test_a_column_that_the_bill_lacks_is_no_basis() -> None:
    with pytest.raises(AllocationError, match="no ListCost in 2026-09"):
        charges_from_costs(bill(), SEPTEMBER, "list")


def test_an_unknown_basis_is_refused() -> None:
    with pytest.raises(AllocationError, match="'net'"):
        charges_from_costs(bill(), SEPTEMBER, "net")  # type: ignore[arg-type]


def test_a_month_without_charges_is_empty_for_the_core_and_an_error_for_the_engine() -> None:
    assert charges_from_costs(bill(), Month(2025, 1)).empty
    with pytest.raises(AllocationError, match="2025-01; it goes from 2026-08-01 to 2026-10-01"):
        ChargebackEngine().generate_chargeback_report(*lists(), costs=bill(), period=Month(2025, 1))


def test_the_first_month_of_a_bill_has_no_month_before() -> None:
    report = ChargebackEngine().generate_chargeback_report(*lists(), costs=bill(), period=Month(2026, 8))
    assert report.previous_total_usd is None
    assert report.lines[0].previous_usd is None


def test_a_month_needs_a_bill() -> None:
    with pytest.raises(AllocationError, match="no bill of 2026-09"):
        ChargebackEngine().generate_chargeback_report(*lists(), period=SEPTEMBER)


def test_other_currencies_are_refused_by_name() -> None:
    euros = bill().assign(BillingCurrency="EUR")
    with pytest.raises(CurrencyError, match="EUR"):
        charges_from_costs(euros, SEPTEMBER)


def test_the_lists_at_their_run_rate() -> None:
    report = ChargebackEngine().generate_chargeback_report(*lists(), costs=schema.COSTS.empty())
    assert (report.period, report.source, report.basis) == ("730 h", "inventory", "run_rate")
    # 1.074 × 730 = 784.02; every state counts, an unknown cost does not
    assert {line.allocated_to: str(line.total_usd) for line in report.lines} == {
        "Core": "784.02",
        "Web": "0.20",
        "Unallocated": "0.10",
    }
    assert report.unknown_cost_resources == 1
    assert report.lines == ChargebackEngine().allocate_costs(*lists(), allocation_tag="Team").lines
    assert charges_from_inventory(*lists())["ServiceName"].tolist() == ["EC2", "EC2", "EC2", "S3"]


def test_the_file_is_one_line_a_target() -> None:
    report = allocate(
        team_charges(("Core", "2"), ("a, b", "1"), ("Neg", "-1")), "Team", period="2026-09"
    )
    assert chargeback_csv(report) == (
        f"{HEADER}\r\n"
        "2026-09,billed,costs,Team,Core,2.00,0.00,2.00,,100.0000,1\r\n"
        '2026-09,billed,costs,Team,"a, b",1.00,0.00,1.00,,50.0000,1\r\n'
        "2026-09,billed,costs,Team,Neg,-1.00,0.00,-1.00,,-50.0000,1\r\n"
    )


def test_a_team_named_like_a_formula_opens_as_text() -> None:
    names = [
        '=HYPERLINK(\\"x\\")',
        "+cmd|' /C calc'!A0",
        "@SUM(A1)",
        "-1",
        "🚀",
        "שלום",
        "a\\nb",
        '\\"q\\"',
    ]
    report = allocate(team_charges(*((name, "1") for name in names)), "Team")
    read = list(csv.DictReader(io.StringIO(chargeback_csv(report), newline="")))
    assert not any(row["allocated_to"].startswith(("=", "+", "-", "@")) for row in read)
    assert [text_of_cell(row["allocated_to"]) for row in read] == [
        line.allocated_to for line in report.lines
    ]
    assert '=HYPERLINK("x")' in {text_of_cell(row["allocated_to"]) for row in read}


def test_the_column_of_the_file_adds_up_to_the_total(tmp_path: Path) -> None:
    engine = ChargebackEngine()
    report = engine.generate_chargeback_report(*lists(), costs=bill(), shared="even")
    path = engine.export_chargeback_csv(report, tmp_path / "f.csv")
    with path.open(newline="", encoding="utf-8") as file:
        amounts = [Decimal(row["total_usd"]) for row in csv.DictReader(file)]
    assert sum(amounts) == report.total_usd == Decimal("7.60")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    engine = ChargebackEngine()
    written = []
    for name in ("a.csv", "b.csv"):
        report = engine.generate_chargeback_report(*lists(), costs=bill())
        written.append(engine.export_chargeback_csv(report, str(tmp_path / name)).read_bytes())
    assert written[0] == written[1]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    report = ChargebackEngine().allocate_costs(*lists())
    with pytest.raises(OutputError, match="nowhere"):
        ChargebackEngine().export_chargeback_csv(report, tmp_path / "nowhere" / "f.csv")


def test_a_report_without_charges_is_a_header() -> None:
    report = ChargebackEngine().allocate_costs(schema.EC2.empty(), schema.S3.empty())
    assert chargeback_csv(report) == f"{HEADER}\r\n"
