"""FOCUS → lines: the specification's examples, AWS's sample, instances, terms; both engines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from finops.ingest.bills.backend import Backend
from finops.ingest.bills.focus_lines import focus_lines
from finops.ingest.bills.formats import BillFormat, format_of
from finops.ingest.bills.lines import LINES

# Ibis asks DuckDB for schemas by a name that DuckDB 2 deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")

EXAMPLES = "tests/resources/focus"
FOCUS = BillFormat(name="FOCUS", version="1.2")
SAMPLE = "focus/focus_1.0_sample_aws_only.csv"

# By hand from the files: rows, billed, effective, and effective of Used and of Unused lines.
SCENARIOS = {
    "commitment_discount_purchase_scenario_1": (1, "8760", "0", "0", "0"),
    "commitment_discount_purchase_scenario_2": (3, "3", "0", "0", "0"),
    "commitment_discount_purchase_scenario_3": (4, "4381.5", "0", "0", "0"),
    "commitment_discount_usage_scenario_1": (1, "0", "1", "1", "0"),
    "commitment_discount_usage_scenario_2": (1, "0", "1", "0", "1"),
    "commitment_discount_usage_scenario_3": (2, "0", "1", "0.75", "0.25"),
    "commitment_discount_usage_scenario_4": (2, "0.5", "1.5", "1", "0"),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_1_resource": (
        *(3, "2.75", "2.75", "0.5", "0"),
    ),
    "one_hundred_percent_utilization_with_commitment_discount_flexibility_with_2_resources": (
        *(3, "2", "2", "2", "0"),
    ),
    "one_hundred_percent_utilization_without_commitment_discount_flexibility": (
        *(2, "1.5", "1.5", "1.5", "0"),
    ),
    "zero_percent_utilization_without_commitment_discount_flexibility": (
        *(3, "3.5", "3.5", "0", "1.5"),
    ),
}
INSTANCE = ("InstanceType", "Platform", "Tenancy", "PurchaseOption", "OnDemandRate")


def texts_of(path: Path) -> pa.Table:
    """A CSV as text columns, empty cells null, blank lines left out."""
    names = path.read_text().splitlines()[0].split(",")
    options = pcsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=True,
    )
    return pcsv.read_csv(path, convert_options=options)


def rows_table(rows: Sequence[Mapping[str, str]]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


def lines_of(raw: pa.Table, backend: Backend, folder: Path) -> pa.Table:
    path = folder / "raw.parquet"
    pq.write_table(raw, path)
    return backend.arrow(focus_lines(backend.read(path), FOCUS))


def total(lines: pa.Table, column: str, status: str | None = None) -> Decimal:
    if status is not None:
        lines = lines.filter(pc.equal(lines["CommitmentDiscountStatus"], status))
    return sum(lines[column].drop_null().to_pylist(), Decimal(0))


def an_hour(**cells: str) -> dict[str, str]:
    """An hour of an EC2 instance."""
    return {
        "ChargePeriodStart": "2025-01-01T00:00:00Z",
        "ChargePeriodEnd": "2025-01-01T01:00:00Z",
        "ChargeCategory": "Usage",
        "PricingCategory": "Standard",
        "ServiceName": "Amazon Elastic Compute Cloud",
        "ConsumedQuantity": "1",
        "ConsumedUnit": "Hours",
        "BilledCost": "0.096",
        "EffectiveCost": "0.096",
        **cells,
    }


def a_purchase(frequency: str, **cells: str) -> dict[str, str]:
    return {
        "ChargePeriodStart": "2025-01-01T00:00:00Z",
        "ChargePeriodEnd": "2025-01-01T01:00:00Z",
        "ChargeCategory": "Purchase",
        "ChargeFrequency": frequency,
        "CommitmentDiscountId": "arn:aws:savingsplans::111122223333:savingsplan/sp-1",
        "BilledCost": "0.5",
        "EffectiveCost": "0",
        **cells,
    }


HOURS: list[tuple[dict[str, str], tuple[str | float | None, ...]]] = [
    (
        an_hour(x_UsageType="USW2-BoxUsage:m5.large", x_Operation="RunInstances", ListUnitPrice="0.096"),
        ("m5.large", "Linux/UNIX", "default", "on_demand", 0.096),
    ),
    (
        an_hour(
            x_UsageType="BoxUsage:c5.xlarge", x_Operation="RunInstances:0002", ContractedUnitPrice="0"
        ),
        ("c5.xlarge", "Windows", "default", "on_demand", None),
    ),
    (
        an_hour(x_UsageType="SpotUsage:c5.metal", x_Operation="RunInstances:000g", ListUnitPrice="0.03"),
        ("c5.metal", "SUSE Linux", "default", "spot", None),
    ),
    (
        an_hour(
            x_UsageType="EUC1-DedicatedUsage:u7i-6tb.112xlarge",
            x_Operation="RunInstances:0010",
            ContractedUnitPrice="60.5",
            ListUnitPrice="67.0",
        ),
        ("u7i-6tb.112xlarge", "Red Hat Enterprise Linux", "dedicated", "on_demand", 60.5),
    ),
    (
        an_hour(
            SkuPriceDetails='{"InstanceType": "m7i-flex.large", "OperatingSystem":"RHEL"}',
            ResourceType="instance",
            PricingCategory="Dynamic",
        ),
        ("m7i-flex.large", "Red Hat Enterprise Linux", "default", "spot", None),
    ),
    (
        an_hour(
            ChargeDescription="$0.096 per On Demand Linux m5.large Instance Hour",
            CommitmentDiscountStatus="Used",
            ListUnitPrice="0.096",
        ),
        ("m5.large", "Linux/UNIX", "default", "on_demand", 0.096),
    ),
    (
        an_hour(ChargeDescription="$0.188 per On Demand Windows with SQL Std t3.large Instance Hour"),
        ("t3.large", "Windows with SQL Server", "default", "on_demand", None),
    ),
    (
        an_hour(ChargeDescription="m5.large Linux/UNIX Spot Instance-hour in US East (Virginia)"),
        ("m5.large", "Linux/UNIX", "default", "spot", None),
    ),
    # No instance that ran:
    (an_hour(ChargeDescription="$0.00 for 175 Mbps per t3a.small instance-hour"), (None,) * 5),
    (
        an_hour(x_UsageType="EBSOptimized:m5.large", SkuPriceDetails='{"InstanceType":"m5.large"}'),
        (None,) * 5,
    ),
    (an_hour(x_UsageType="BoxUsage:m5.large", CommitmentDiscountStatus="Unused"), (None,) * 5),
    (an_hour(x_UsageType="UnusedBox:m5.large", x_Operation="RunInstances"), (None,) * 5),
    (an_hour(x_UsageType="BoxUsage:m5.large", ServiceName="Amazon SageMaker"), (None,) * 5),
    (an_hour(x_UsageType="BoxUsage:m5.large", ConsumedUnit="GB"), (None,) * 5),
    (an_hour(x_UsageType="BoxUsage:m5.large", ChargeCategory="Tax"), (None,) * 5),
]
TERMS = (
    *("CommitmentKind", "CommitmentPaymentOption", "CommitmentTerm", "CommitmentInstanceFamily"),
    *("CommitmentTotal", "CommitmentUpfront", "CommitmentEnd"),
)
PURCHASES: list[tuple[dict[str, str], tuple[object, ...]]] = [
    (
        a_purchase("Recurring", x_UsageType="USE1-EC2SP:t3.1yrNoUpfront"),
        ("ec2_instance_savings_plan", "No Upfront", "1yr", "t3", Decimal("0.5"), None, None),
    ),
    (
        a_purchase("Recurring", ChargeDescription="3 year Partial Upfront Compute Savings Plan"),
        # 0.5 is what recurs of it, not the commitment.
        ("compute_savings_plan", "Partial Upfront", "3yr", None, None, None, None),
    ),
    (
        a_purchase(
            "One-Time",
            CommitmentDiscountId="arn:aws:ec2:us-east-1:111122223333:reserved-instances/1",
            ChargePeriodEnd="2026-01-01T00:00:00Z",
            BilledCost="365.00",
        ),
        ("reserved_instance", None, None, None, None, Decimal(365), datetime(2026, 1, 1)),  # noqa: DTZ001
    ),
    # A refund tells no terms, nor does an upfront charge of one month tell when the term ends.
    (a_purchase("One-Time", ChargeClass="Correction", BilledCost="-10"), (None,) * 7),
    (
        a_purchase("One-Time", BilledCost="7", ChargePeriodEnd="2025-02-01T00:00:00Z"),
        (None, None, None, None, None, Decimal(7), None),
    ),
]


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_specifications_examples(
    name: str, tree: Path, duckdb_backend: Backend, tmp_path: Path
) -> None:
    raw = texts_of(tree / EXAMPLES / f"{name}.csv")
    assert format_of(raw.column_names, name) == BillFormat(name="FOCUS", version="1.1")
    lines = lines_of(raw, duckdb_backend, tmp_path)
    rows, billed, effective, used, unused = SCENARIOS[name]
    assert lines.column_names == list(LINES)
    assert lines.num_rows == rows
    assert total(lines, "BilledCost") == Decimal(billed)
    assert total(lines, "GrossBilledCost") == Decimal(billed)
    assert total(lines, "EffectiveCost") == Decimal(effective)
    assert total(lines, "EffectiveCost", "Used") == Decimal(used)
    assert total(lines, "EffectiveCost", "Unused") == Decimal(unused)
    assert set(lines["BillingPeriodStart"].to_pylist()) == {datetime(2023, 1, 1)}  # noqa: DTZ001


def test_an_hour_30_is_no_time_and_loses_nothing(
    tree: Path, duckdb_backend: Backend, tmp_path: Path
) -> None:
    raw = texts_of(tree / EXAMPLES / "commitment_discount_purchase_scenario_3.csv")
    lines = lines_of(raw, duckdb_backend, tmp_path).sort_by("ChargePeriodStart")
    assert lines["ChargePeriodEnd"].null_count == 1
    assert total(lines, "CommitmentUpfront") == Decimal(4380)
    assert lines["CommitmentEnd"].drop_null().to_pylist() == [datetime(2024, 1, 1)]  # noqa: DTZ001


def test_the_sample_of_aws(conformance_data: Path, duckdb_backend: Backend, tmp_path: Path) -> None:
    """Its EffectiveCost and ContractedCost were rounded by whoever made it: 13 is what it says."""
    raw = texts_of(conformance_data / SAMPLE)
    assert format_of(raw.column_names, SAMPLE) == BillFormat(name="FOCUS", version="1.0")
    lines = lines_of(raw, duckdb_backend, tmp_path)
    assert lines.num_rows == 942
    assert total(lines, "BilledCost") == Decimal("18.0066386184")
    assert total(lines, "ListCost") == Decimal("18.1493176406")
    assert total(lines, "EffectiveCost") == Decimal(13)
    assert lines["RawTags"].null_count == 289
    assert lines["ServiceName"].null_count == 0
    described = sum(" per On Demand Linux " in text for text in raw["ChargeDescription"].to_pylist())
    assert lines["InstanceType"].drop_null().length() == described
    assert set(lines["Platform"].drop_null().to_pylist()) == {"Linux/UNIX"}


@pytest.mark.parametrize(("row", "expected"), HOURS)
def test_an_instance_that_ran(
    row: dict[str, str], expected: tuple[object, ...], duckdb_backend: Backend, tmp_path: Path
) -> None:
    (line,) = lines_of(rows_table([row]), duckdb_backend, tmp_path).to_pylist()
    assert tuple(line[name] for name in INSTANCE) == expected


@pytest.mark.parametrize(("row", "expected"), PURCHASES)
def test_the_terms_of_a_purchase(
    row: dict[str, str], expected: tuple[object, ...], duckdb_backend: Backend, tmp_path: Path
) -> None:
    (line,) = lines_of(rows_table([row]), duckdb_backend, tmp_path).to_pylist()
    assert tuple(line[name] for name in TERMS) == expected


def test_names_of_1_3_and_of_this_project(duckdb_backend: Backend, tmp_path: Path) -> None:
    row = an_hour(
        ServiceProviderName="Datadog", HostProviderName="AWS", x_GrossBilledCost="0.2", Tags="{}"
    )
    (line,) = lines_of(rows_table([row]), duckdb_backend, tmp_path).to_pylist()
    assert (line["ProviderName"], line["PublisherName"]) == ("Datadog", "Datadog")
    assert (line["BilledCost"], line["GrossBilledCost"]) == (Decimal("0.096"), Decimal("0.2"))
    assert line["GrossEffectiveCost"] == Decimal("0.096")
    assert line["LineItemType"] == "Usage"
    assert line["RawTags"] is None


def typed() -> pa.Table:
    """As AWS exports FOCUS to Parquet: tags and cost categories as maps, times and doubles."""
    words = pa.map_(pa.string(), pa.string())
    moments = pa.timestamp("ms")
    start = datetime(2025, 1, 1)  # noqa: DTZ001
    return pa.table(
        {
            "ChargePeriodStart": pa.array([start, start], moments),
            "ChargeCategory": ["Usage", "Usage"],
            "ServiceName": ["Amazon Elastic Compute Cloud", None],
            "PricingUnit": ["Hrs", "GB"],
            "ResourceType": ["instance", None],
            "SkuPriceDetails": pa.array([[("InstanceType", "m5.large")], None], words),
            "BilledCost": [0.1, 1e-7],
            "Tags": pa.array([[("user:Team", "a,b")], []], words),
            "x_CostCategories": pa.array([[("Unit", "x")], None], words),
        }
    )


def test_maps_of_a_parquet_file(duckdb_backend: Backend, tmp_path: Path) -> None:
    first, second = (
        lines_of(typed(), duckdb_backend, tmp_path).sort_by([("BilledCost", "descending")]).to_pylist()
    )
    assert first["RawTags"] == '{"user:Team":"a,b"}\x1d{"Unit":"x"}'
    assert (first["BilledCost"], second["BilledCost"]) == (Decimal("0.1"), Decimal("0.0000001"))
    assert second["RawTags"] is None
    assert (first["InstanceType"], second["InstanceType"]) == ("m5.large", None)


def test_both_engines_give_the_same(
    tree: Path, duckdb_backend: Backend, spark_backend: Backend, tmp_path: Path
) -> None:
    examples = [texts_of(tree / EXAMPLES / f"{name}.csv") for name in SCENARIOS]
    made = rows_table([row for row, _ in (*HOURS, *PURCHASES)])
    for raw in (pa.concat_tables(examples, promote_options="default"), made, typed()):
        numbered = raw.append_column("x_InvoiceId", pa.array([str(at) for at in range(raw.num_rows)]))
        order = [("InvoiceId", "ascending")]
        ours = lines_of(numbered, duckdb_backend, tmp_path).sort_by(order).to_pylist()
        theirs = lines_of(numbered, spark_backend, tmp_path).sort_by(order).to_pylist()
        assert ours == theirs
