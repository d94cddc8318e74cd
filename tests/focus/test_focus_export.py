"""The bill leaves in FOCUS 1.2 with every cent: columns, types, text, and what was derived."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops import Estate, load_estate
from finops.answers.focus_export import focus_export
from finops.cli import main
from finops.errors import EmptyInput, OutputError
from finops.focus import (
    COLUMNS_NOT_FILLED,
    DATASET_COLUMNS,
    Derived,
    check,
    export,
    focus_table,
    write_focus,
)
from finops.focus.cells import decimal_text, float_text
from finops.focus.columns import COLUMNS, CUSTOM_PREFIX
from finops.focus.service_categories import SERVICE_CATEGORIES
from finops.schema import COSTS, total

COST_COLUMNS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
ENDINGS = ("focus.csv", "focus.csv.gz", "focus.parquet")


def costs(**columns: object) -> pd.DataFrame:
    """Three charges: usage, a commitment's purchase and a credit, with all that FOCUS asks of them."""
    usage = {
        "BillingPeriodStart": "2024-01-01",
        "BillingPeriodEnd": "2024-02-01",
        "ChargePeriodStart": "2024-01-31T00:00:00Z",
        "ChargePeriodEnd": "2024-02-01T00:00:00Z",
        "BillingAccountId": "000011112222",
        "BillingCurrency": "USD",
        "ProviderName": "AWS",
        "PublisherName": "Amazon Web Services, Inc.",
        "InvoiceIssuerName": "Amazon Web Services, Inc.",
        "ServiceName": "Amazon Simple Storage Service",
        "ServiceCategory": "Storage",
        "RegionId": "eu-central-1",
        "ResourceId": "=HYPERLINK(1)",
        "SkuId": "TimedStorage",
        "ChargeCategory": "Usage",
        "ChargeDescription": 'Storage, "STANDARD"\nof =2+2',
        "ChargeFrequency": "Usage-Based",
        "PricingCategory": "Standard",
        "PricingQuantity": 1e-7,
        "PricingUnit": "GB-Month",
        "ConsumedQuantity": 1e-7,
        "ConsumedUnit": "GB-Month",
        **{name: Decimal("0.000000000001") for name in COST_COLUMNS},
        "Tags": '{"Team":"Core"}',
    }
    purchase = usage | {
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "Recurring",
        "ConsumedQuantity": None,
        "ConsumedUnit": None,
        "CommitmentDiscountId": "sp-1",
        "CommitmentDiscountType": "Compute Savings Plan",
        "CommitmentDiscountQuantity": 12345678901234.5,
        "CommitmentDiscountUnit": "USD",
        "BilledCost": Decimal("1234567890123456.123456789012"),
        "EffectiveCost": Decimal(0),
        "CostCategory": "Shared",
        "Tags": "{}",
    }
    credit = usage | {
        "ChargeCategory": "Credit",
        "ChargeFrequency": "One-Time",
        "ConsumedQuantity": None,
        "ConsumedUnit": None,
        **{name: Decimal("-0.1") for name in COST_COLUMNS},
    }
    return COSTS.conform(pd.DataFrame([usage, purchase, credit]).assign(**columns))


def read(path: Path) -> pd.DataFrame:
    """A file with the text of its cells, and null where there is nothing."""
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pandas(types_mapper=pd.ArrowDtype)
    return pd.read_csv(path, dtype="str", keep_default_na=False, na_values=[""])


def test_columns_are_those_of_the_specification() -> None:
    names = [name for name in DATASET_COLUMNS if not name.startswith(CUSTOM_PREFIX)]
    assert names == sorted(names)
    assert {column.name for column in COLUMNS if column.level == "mandatory"} <= set(names)
    assert set(names) | set(COLUMNS_NOT_FILLED) == {column.name for column in COLUMNS}
    assert DATASET_COLUMNS[-3:] == ("x_GrossBilledCost", "x_GrossEffectiveCost", "x_CostCategory")
    assert focus_table(costs()).column_names == list(DATASET_COLUMNS)
    assert len(COLUMNS) == 57


def test_types_are_exact() -> None:
    schema = focus_table(costs()).schema
    for name in (*COST_COLUMNS, "x_GrossBilledCost", "x_GrossEffectiveCost"):
        assert schema.field(name).type == pa.decimal128(38, 12)
    assert schema.field("ChargePeriodStart").type == pa.timestamp("us", tz="UTC")
    assert schema.field("Tags").type == pa.string()


def test_a_complete_bill_breaks_no_rule(tmp_path: Path) -> None:
    assert write_focus(costs(), tmp_path / "focus.csv").violations == ()


@pytest.mark.parametrize("name", ENDINGS)
def test_the_file_conforms_and_adds_up(name: str, tmp_path: Path) -> None:
    written = write_focus(costs(), tmp_path / name)
    frame = read(written.path)
    assert check(frame) == ()
    assert list(frame.columns) == list(DATASET_COLUMNS)
    assert written.rows == len(frame) == 3
    for column in COST_COLUMNS:
        assert sum(map(Decimal, frame[column])) == written.totals[column] == total(costs()[column])
    assert written.totals["BilledCost"] == Decimal("1234567890123456.023456789013")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_cells_are_plain_text(tmp_path: Path) -> None:
    write_focus(costs(), tmp_path / "focus.csv")
    with (tmp_path / "focus.csv").open(newline="", encoding="utf-8") as file:
        usage, purchase, credit = csv.DictReader(file)
    assert usage["BilledCost"] == "0.000000000001"
    assert usage["PricingQuantity"] == "0.0000001"
    assert usage["ChargePeriodStart"] == "2024-01-31T00:00:00Z"
    assert usage["BillingAccountId"] == "000011112222"
    assert usage["ResourceId"] == "=HYPERLINK(1)"
    assert usage["ChargeDescription"] == 'Storage, "STANDARD"\nof =2+2'
    assert usage["Tags"] == '{"Team":"Core"}'
    assert purchase["BilledCost"] == "1234567890123456.123456789012"
    assert purchase["EffectiveCost"] == "0"
    assert purchase["CommitmentDiscountQuantity"] == "12345678901234.5"
    assert purchase["Tags"] == purchase["x_GrossBilledCost"] == usage["x_CostCategory"] == ""
    assert purchase["x_CostCategory"] == "Shared"
    assert credit["ListCost"] == "-0.1"


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0E-12", "0"), ("-0E-12", "0"), ("1E-12", "0.000000000001"), ("58.600", "58.6"), ("100", "100")],
)
def test_decimals_have_no_exponent(amount: str, text: str) -> None:
    assert decimal_text(Decimal(amount)) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(1e-9, "0.000000001"), (-0.0, "0"), (0.1, "0.1"), (1e22, "10000000000000000000000"), (3.0, "3")],
)
def test_quantities_read_back_as_themselves(number: float, text: str) -> None:
    assert float_text(number) == text
    assert float(text) == number


def test_equal_frames_give_equal_files(tmp_path: Path) -> None:
    for name in ENDINGS:
        write_focus(costs(), tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write_focus(costs(), tmp_path / name)
        assert (tmp_path / name).read_bytes() == first
    assert gzip.decompress((tmp_path / ENDINGS[1]).read_bytes()) == (tmp_path / ENDINGS[0]).read_bytes()


def test_large_frames_are_written_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ENDINGS:
        write_focus(costs(), tmp_path / f"whole-{name}")
    monkeypatch.setattr(export, "BATCH_ROWS", 2)
    for name in ENDINGS:
        write_focus(costs(), tmp_path / name)
        pd.testing.assert_frame_equal(read(tmp_path / name), read(tmp_path / f"whole-{name}"))
    assert pq.ParquetFile(tmp_path / ENDINGS[2]).num_row_groups == 2


def test_what_is_certain_is_derived() -> None:
    bare = costs(
        **dict.fromkeys(("ProviderName", "PublisherName", "ServiceCategory", "ChargeFrequency")),
        BillingPeriodStart=None,
        BillingPeriodEnd=None,
    )
    first, purchase, credit = focus_table(bare).to_pylist()
    assert first["ProviderName"] == "AWS"
    assert first["ServiceCategory"] == "Storage"
    assert first["PublisherName"] == "Amazon Web Services, Inc."
    assert first["RegionName"] == "Europe (Frankfurt)"
    assert first["ChargeFrequency"] == "Usage-Based"
    assert first["BillingPeriodStart"] == datetime(2024, 1, 1, tzinfo=UTC)
    assert first["BillingPeriodEnd"] == datetime(2024, 2, 1, tzinfo=UTC)
    assert first["CommitmentDiscountCategory"] is None
    assert purchase["CommitmentDiscountCategory"] == "Spend"
    assert purchase["ChargeFrequency"] is None
    assert credit["ChargeFrequency"] is None


def test_what_is_given_stays(tmp_path: Path) -> None:
    given = costs(ServiceCategory="Compute", PublisherName="Logwise", ChargeFrequency="Recurring")
    row = focus_table(given).to_pylist()[0]
    assert row["ServiceCategory"] == "Compute"
    assert row["PublisherName"] == "Logwise"
    assert row["ChargeFrequency"] == "Recurring"
    derived = write_focus(given, tmp_path / "focus.csv").derived
    assert derived == (
        Derived(column="RegionName", rows=3),
        Derived(column="CommitmentDiscountCategory", rows=1),
    )


def test_what_is_not_known_is_not_invented(tmp_path: Path) -> None:
    unknown = costs(
        ServiceName="A service of next year",
        ServiceCategory=None,
        PublisherName=" ",
        RegionId="xx-nowhere-1",
        ListCost=None,
        EffectiveCost=[Decimal(1), None, Decimal(2)],
        ChargeClass="Correction",
        BillingPeriodStart=None,
        InvoiceIssuerName="",
    )
    written = write_focus(unknown, tmp_path / "focus.parquet")
    rows = {violation.rule: violation.rows for violation in written.violations}
    assert rows == {
        "BillingPeriodStart.not_null": 3,
        "EffectiveCost.not_null": 1,
        "InvoiceIssuerName.not_null": 3,
        "ListCost.not_null": 3,
        "PublisherName.not_null": 3,
        "ServiceCategory.not_null": 3,
        "RegionName.with_RegionId": 3,
        "EffectiveCost.credit": 1,
    }
    (effective,) = [each for each in written.violations if each.rule == "EffectiveCost.not_null"]
    assert effective.row_numbers == (2,)
    assert effective.billed_cost == Decimal("1234567890123456.123456789012")
    assert written.totals["ListCost"] is None
    assert written.totals["EffectiveCost"] == 3


def test_every_category_is_allowed() -> None:
    (column,) = [column for column in COLUMNS if column.name == "ServiceCategory"]
    assert set(SERVICE_CATEGORIES.values()) <= set(column.allowed)


@pytest.mark.parametrize("name", ["focus.json", "focus", "focus.gz"])
def test_another_ending_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"expected one of \.csv, \.csv\.gz, \.parquet"):
        write_focus(costs(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"nowhere.*No such file"):
        write_focus(costs(), tmp_path / "nowhere" / "focus.csv")
    (tmp_path / "focus.csv").mkdir()
    with pytest.raises(OutputError, match="directory"):
        write_focus(costs(), tmp_path / "focus.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["focus.csv"]


def test_what_stood_there_stays_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "focus.csv"
    path.write_text("before")
    monkeypatch.setattr(export, "csv_lines", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_focus(costs(), path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_bill_is_a_header(tmp_path: Path) -> None:
    written = write_focus(COSTS.empty(), tmp_path / "focus.csv")
    assert (written.rows, written.violations, written.derived) == (0, (), ())
    assert (tmp_path / "focus.csv").read_text() == ",".join(DATASET_COLUMNS) + "\n"


@pytest.mark.parametrize("name", ENDINGS[::2])
def test_the_sample_reads_back_to_the_last_digit(name: str, sample: Estate, tmp_path: Path) -> None:
    answer = focus_export(sample, tmp_path / name)
    again = read(tmp_path / name)
    assert answer.rows == len(again) == len(sample.costs)
    for column in COST_COLUMNS:
        assert list(map(Decimal, again[column])) == list(sample.costs[column])
    sums = (answer.billed_cost, answer.effective_cost, answer.list_cost, answer.contracted_cost)
    assert sums == tuple(total(sample.costs[column]) for column in COST_COLUMNS)
    assert check(again) == answer.violations == ()
    assert answer.source.endswith("costs.parquet")


def test_the_project_reads_its_own_export(sample: Estate, tmp_path: Path) -> None:
    focus_export(sample, tmp_path / "focus.parquet")
    again = load_estate(billing=tmp_path / "focus.parquet", as_of=sample.as_of).costs
    for column in COST_COLUMNS:
        assert total(again[column]) == total(sample.costs[column])


def test_without_a_bill_there_is_nothing_to_export(sample: Estate, tmp_path: Path) -> None:
    with pytest.raises(EmptyInput, match="--billing"):
        focus_export(replace(sample, costs=COSTS.empty()), tmp_path / "focus.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def bill(tmp_path: Path) -> Callable[..., str]:
    """A bill in FOCUS columns on the disk."""

    def write(**columns: object) -> str:
        path = tmp_path / "bill.csv"
        costs(**columns).to_csv(path, index=False)
        return str(path)

    return write


def answer_of(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def test_the_command_says_what_it_wrote(
    bill: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, out = bill(BilledCost=Decimal("1.25"), ServiceCategory="Support"), str(tmp_path / "o.csv")
    answer = answer_of(capsys, "export", "--billing", source, "--out", out)
    assert (answer["path"], answer["rows"], answer["billed_cost"]) == (out, 3, 3.75)
    assert answer["effective_cost"] == pytest.approx(-0.1)
    assert answer["source"] == source
    assert answer["as_of"] == "2024-01-31"
    assert {"list_cost", "contracted_cost", "issues", "derived", "not_filled"} <= set(answer)
    (category,) = [each for each in answer["violations"] if each["column"] == "ServiceCategory"]
    assert (category["rule"], category["rows"]) == ("ServiceCategory.allowed", 3)
    assert category["billed_cost"] == 3.75
    assert "ServiceCategory" in category["message"]


def test_the_command_speaks_to_a_reader(
    bill: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "o.parquet")
    assert (
        main(
            [
                "export",
                "--billing",
                bill(BilledCost=Decimal(1), ServiceCategory="\x1b[2J", SkuId=None),
                "--out",
                out,
            ]
        )
        == 0
    )
    text = capsys.readouterr().out
    assert "3 charges" in text
    assert "SkuId.priced: 2 rows" in text
    assert "row 1: SkuId null, ChargeCategory Usage" in text
    assert "RegionName (3)" in text
    assert "\x1b" not in text


def test_amounts_keep_their_currency(
    bill: Callable[..., str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = bill(BillingCurrency="EUR", BilledCost=Decimal("1000"))
    assert main(["export", "--billing", source, "--out", str(tmp_path / "o.csv")]) == 0
    assert "billed 3,000.00 EUR" in capsys.readouterr().out


def test_the_command_without_a_bill_is_an_unusable_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lists = tmp_path / "s3.csv"
    lists.write_text("BucketName,Region,CostUSD,StorageClass\nlogs,us-east-1,1,STANDARD\n")
    assert main(["export", "--s3", str(lists), "--out", str(tmp_path / "o.csv")]) == 1
    assert "there is no bill to export" in capsys.readouterr().err
    assert not (tmp_path / "o.csv").exists()


def test_the_command_names_a_wrong_ending(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--out", str(tmp_path / "o.xlsx")]) == 1
    assert ".parquet" in capsys.readouterr().err
