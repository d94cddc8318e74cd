"""Every rule passes on a small dataset that conforms, and names the one row in which it is broken.

The dataset has all 57 columns of FOCUS 1.2 and a row of each sort. Its figures: two hours at a list
price of 0.50 and a contracted one of 0.40, a commitment of 10 hours of which 8 are used.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from finops.focus import DATASET_RULES, RULES, Violation, check
from finops.focus.columns import BY_NAME, COLUMNS

Row = dict[str, Any]

USAGE: Row = {
    "AvailabilityZone": "us-east-1a",
    "BilledCost": "0.8",
    "BillingAccountId": "111122223333",
    "BillingAccountName": "management",
    "BillingAccountType": "Management",
    "BillingCurrency": "USD",
    "BillingPeriodEnd": "2024-02-01T00:00:00Z",
    "BillingPeriodStart": "2024-01-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeDescription": "two hours",
    "ChargeFrequency": "Usage-Based",
    "ChargePeriodEnd": "2024-01-02T00:00:00Z",
    "ChargePeriodStart": "2024-01-01T00:00:00Z",
    "ConsumedQuantity": "2",
    "ConsumedUnit": "Hours",
    "ContractedCost": "0.8",
    "ContractedUnitPrice": "0.4",
    "EffectiveCost": "0.8",
    "InvoiceId": "1",
    "InvoiceIssuerName": "Amazon Web Services, Inc.",
    "ListCost": "1",
    "ListUnitPrice": "0.5",
    "PricingCategory": "Standard",
    "PricingCurrency": "USD",
    "PricingCurrencyContractedUnitPrice": "0.4",
    "PricingCurrencyEffectiveCost": "0.8",
    "PricingCurrencyListUnitPrice": "0.5",
    "PricingQuantity": "2",
    "PricingUnit": "Hours",
    "ProviderName": "AWS",
    "PublisherName": "Amazon Web Services, Inc.",
    "RegionId": "us-east-1",
    "RegionName": "US East (N. Virginia)",
    "ResourceId": "i-1",
    "ResourceName": "web",
    "ResourceType": "instance",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "ServiceSubcategory": "Virtual Machines",
    "SkuId": "BoxUsage",
    "SkuMeter": "Box Usage",
    "SkuPriceDetails": '{"CoreCount":2}',
    "SkuPriceId": "BoxUsage.1",
    "SubAccountId": "222233334444",
    "SubAccountName": "production",
    "SubAccountType": "Linked",
    "Tags": '{"Team":"Core"}',
}
COMMITMENT: Row = {
    "CommitmentDiscountCategory": "Usage",
    "CommitmentDiscountId": "ri-1",
    "CommitmentDiscountName": "the box",
    "CommitmentDiscountType": "Reserved Instance",
    "CommitmentDiscountUnit": "Hours",
}
UNPRICED: Row = {
    name: None
    for name in BY_NAME
    if name.startswith(("Sku", "Pricing", "Consumed")) or name.endswith("UnitPrice")
} | {"PricingCurrency": "USD", "PricingCurrencyEffectiveCost": "0"}
USED: Row = (
    USAGE
    | COMMITMENT
    | {
        "BilledCost": "0",
        "CommitmentDiscountQuantity": "8",
        "CommitmentDiscountStatus": "Used",
        "PricingCategory": "Committed",
    }
)
UNUSED: Row = USED | {
    "CommitmentDiscountQuantity": "2",
    "CommitmentDiscountStatus": "Unused",
    "ConsumedQuantity": None,
    "ConsumedUnit": None,
}
PURCHASE: Row = (
    USAGE
    | COMMITMENT
    | {
        "ChargeCategory": "Purchase",
        "ChargeFrequency": "One-Time",
        "CommitmentDiscountQuantity": "10",
        "ConsumedQuantity": None,
        "ConsumedUnit": None,
        "EffectiveCost": "0",
    }
)
CREDIT: Row = (
    USAGE
    | UNPRICED
    | {"ChargeCategory": "Credit", "ChargeFrequency": "One-Time"}
    | dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), "-3.5")
)
TAX: Row = USAGE | UNPRICED | {"ChargeCategory": "Tax", "ChargeFrequency": "One-Time"}
CORRECTION: Row = USAGE | UNPRICED | {"ChargeClass": "Correction", "Tags": None}
ROWS = {
    "usage": USAGE,
    "used": USED,
    "unused": UNUSED,
    "purchase": PURCHASE,
    "credit": CREDIT,
    "tax": TAX,
    "correction": CORRECTION,
}

# What breaks the rule, in the row of which sort.
BREAKS: dict[str, tuple[str, Row]] = {
    "CommitmentDiscountQuantity.committed": (
        "used",
        {"CommitmentDiscountQuantity": None, "CommitmentDiscountUnit": None},
    ),
    "CommitmentDiscountQuantity.else": ("usage", {"CommitmentDiscountQuantity": "1"}),
    "CommitmentDiscountStatus.usage": ("used", {"CommitmentDiscountStatus": None}),
    "CapacityReservationStatus.usage": ("usage", {"CapacityReservationId": "cr-1"}),
    "ConsumedQuantity.usage": ("usage", {"ConsumedQuantity": None, "ConsumedUnit": None}),
    "ConsumedQuantity.else": ("unused", {"ConsumedQuantity": "2", "ConsumedUnit": "Hours"}),
    "ChargeFrequency.purchase": ("purchase", {"ChargeFrequency": "Usage-Based"}),
    "PricingCategory.committed": ("used", {"PricingCategory": "Standard"}),
    "EffectiveCost.prepaid": ("purchase", {"EffectiveCost": "0.000000000001"}),
    "EffectiveCost.credit": ("credit", {"EffectiveCost": "-3.500000000001"}),
    "ListCost.credit": ("credit", {"ListCost": "0"}),
    "ContractedCost.credit": ("credit", {"ContractedCost": "3.5"}),
    "ListCost.product": ("usage", {"ListCost": "1.01"}),
    "ContractedCost.product": ("usage", {"ContractedCost": "0.79"}),
    "BillingPeriodEnd.after_start": ("usage", {"BillingPeriodEnd": "2024-01-01T00:00:00Z"}),
    "ChargePeriodEnd.after_start": ("usage", {"ChargePeriodEnd": "2023-12-31T00:00:00Z"}),
}
MALFORMED = {
    "text": 5,
    "decimal": "1e3",
    "time": "2024-01-01 00:00:00",
    "json": "Team=Core",
    "currency": "usd",
}


def dataset(sort: str = "", changes: Row | None = None) -> pd.DataFrame:
    """A row of each sort in alphabetical columns; one of them changed."""
    rows = [row | (changes or {}) if name == sort else row for name, row in ROWS.items()]
    return pd.DataFrame(rows, columns=[column.name for column in COLUMNS], dtype="object")


def breaking(rule: str) -> tuple[str, Row]:  # noqa: PLR0911 - one line a sort of rule reads best
    column, _, asks = rule.partition(".")
    if rule in BREAKS:
        return BREAKS[rule]
    if asks.startswith("null_without_"):
        sort = "used" if column.startswith("Commitment") else "usage"
        other = asks.removeprefix("null_without_")
        return sort, {column: ROWS[sort].get(column) or "Used", other: None}
    if asks.startswith("with_"):
        return ("used" if column.startswith("Commitment") else "usage"), {column: None}
    match asks:
        case "not_null" | "priced":
            return "usage", {column: None}
        case "format":
            return "usage", {column: MALFORMED[BY_NAME[column].kind]}
        case "placeholder":
            return "usage", {column: " "}
        case "allowed":
            return "usage", {column: "Nonsense"}
        case "tax":
            return "tax", {column: "1"}
        case "not_negative":
            return "usage", {column: "-0.4"}
    raise KeyError(rule)


def named(frame: pd.DataFrame) -> dict[str, Violation]:
    return {violation.rule: violation for violation in check(frame)}


def test_a_row_of_each_sort_conforms() -> None:
    assert check(dataset()) == ()
    assert check(dataset().iloc[:0]) == ()


ROW_RULES = [rule for rule in RULES if ".one_for_each_" not in rule.id]


@pytest.mark.parametrize("rule", ROW_RULES, ids=lambda rule: rule.id)
def test_a_rule_passes_and_fails(rule: Any) -> None:
    sort, changes = breaking(rule.id)
    assert not rule.broken(dataset()).any()
    expected = [name == sort for name in ROWS]
    assert rule.broken(dataset(sort, changes)).tolist() == expected
    violation = named(dataset(sort, changes))[rule.id]
    assert (violation.rows, violation.row_numbers) == (1, (list(ROWS).index(sort) + 1,))
    assert violation.column == rule.columns[0]
    assert rule.columns[0] in violation.message
    assert rule.columns[0] in violation.example


@pytest.mark.parametrize(
    ("rule", "sort", "changes", "rows"),
    [
        ("ServiceCategory.one_for_each_ServiceName", "tax", {"ServiceCategory": "Storage"}, 7),
        (
            "CommitmentDiscountUnit.one_for_each_CommitmentDiscountId",
            "purchase",
            {"CommitmentDiscountUnit": "Quantity"},
            3,
        ),
        ("SkuId.one_for_each_SkuPriceId", "used", {"SkuId": "Box"}, 4),
    ],
)
def test_a_rule_over_the_rows_names_them_all(rule: str, sort: str, changes: Row, rows: int) -> None:
    assert named(dataset(sort, changes))[rule].rows == rows


def test_every_rule_has_its_own_id() -> None:
    ids = [rule.id for rule in RULES] + [rule.id for rule in DATASET_RULES]
    assert len(ids) == len(set(ids))
    assert {id_.partition(".")[0] for id_ in ids} - {"columns"} <= set(BY_NAME)


@pytest.mark.parametrize("column", [each.name for each in COLUMNS if each.level == "mandatory"])
def test_a_mandatory_column_is_missed(column: str) -> None:
    (violation, *_) = check(dataset().drop(columns=column))
    assert (violation.rule, violation.column, violation.rows) == ("columns.mandatory", column, 7)
    (violation, *_) = check(dataset().iloc[:0].drop(columns=column))
    assert (violation.rule, violation.rows) == ("columns.mandatory", 0)


def test_a_column_of_ones_own_has_its_prefix() -> None:
    (violation,) = check(dataset().assign(x_CostCategory="a", CostCategory="a"))
    assert (violation.rule, violation.column) == ("columns.custom", "CostCategory")


def test_conditional_columns_may_be_absent() -> None:
    conditional = [column.name for column in COLUMNS if column.level != "mandatory"]
    assert check(dataset().drop(columns=conditional)) == ()


def test_dollars_are_exact_and_unknown_where_one_is() -> None:
    """The credit of −3.50 and the tax of 0.80 are 2.70 less than nothing."""
    frame = dataset()
    frame.loc[frame["ChargeCategory"].isin(["Credit", "Tax"]), "PublisherName"] = None
    violation = named(frame)["PublisherName.not_null"]
    assert (violation.rows, violation.billed_cost) == (2, Decimal("-2.7"))
    frame.loc[frame["ChargeCategory"] == "Tax", "BilledCost"] = None
    assert named(frame)["PublisherName.not_null"].billed_cost is None


@pytest.mark.parametrize(
    ("column", "well", "badly"),
    [
        ("BilledCost", ["-100.2", "-3", "4", "1.234"], ["1 1/2", "[3,5,8]", "2.3^3", "32 GiB", "$32"]),
        ("BilledCost", ["0.8", "0"], ["3,432,342", "+333", "NaN", "٣", "1.", ".5", ""]),
        ("ChargePeriodEnd", ["2024-01-02T00:00:00.5Z"], ["2024-01-02", "2024-01-02T30:00:00Z"]),
        (
            "ChargePeriodEnd",
            ["2024-01-02T03:04:05Z"],
            ["2024-01-02T00:00:00+00:00", "2024-02-30T00:00:00Z"],
        ),
        (
            "Tags",
            ['{"a":1,"b":true,"c":null}', "{}"],
            ['{"a":1,"a":2}', '{"a":{}}', '{"a":[1]}', "[]", "1"],
        ),
        ("BillingCurrency", ["EUR"], ["$", "US", "USDX", "US Dollar"]),
    ],
)
def test_formats(column: str, well: list[str], badly: list[str]) -> None:
    """The numbers are the examples of the specification's page on numeric format, and more."""
    for text in well:
        assert f"{column}.format" not in named(dataset("usage", {column: text})), text
    for text in badly:
        assert f"{column}.format" in named(dataset("usage", {column: text})), text


def test_typed_columns_are_well_formed() -> None:
    frame = pd.DataFrame(
        {
            "BilledCost": pd.array([Decimal("1E-12")], dtype=pd.ArrowDtype(pa.decimal128(38, 12))),
            "PricingQuantity": [1e300],
            "ChargePeriodStart": pd.to_datetime(["2024-01-01"], utc=True),
            "ChargePeriodEnd": pd.to_datetime(["2024-01-02"], utc=True),
        }
    )
    assert not any(rule.endswith((".format", ".after_start")) for rule in named(frame))
    wrong = frame.assign(
        PricingQuantity=np.inf,
        ChargePeriodStart=pd.to_datetime(["2024-01-01"]),
        SubAccountId=[123],
    )
    broken = {rule for rule in named(wrong) if rule.endswith(".format")}
    assert broken == {"PricingQuantity.format", "ChargePeriodStart.format", "SubAccountId.format"}


# The specification's own examples lack columns, and break these rules besides.
EXAMPLES = {
    "commitment_discount_purchase_scenario_2.csv": {"ChargePeriodEnd.format": 1},  # 30 o'clock
    "commitment_discount_purchase_scenario_3.csv": {"ChargePeriodEnd.format": 1},
    "zero_percent_utilization_without_commitment_discount_flexibility.csv": {"ConsumedQuantity.else": 1},
}


def test_the_examples_of_the_specification(conformance_data: Path) -> None:
    files = sorted((conformance_data / "focus" / "spec_examples").glob("*.csv"))
    assert len(files) == 11
    for file in files:
        frame = pd.read_csv(file, dtype="str", na_values=["null"])
        rows = {violation.rule: violation.rows for violation in check(frame)}
        broken = {rule: count for rule, count in rows.items() if not rule.startswith("columns.")}
        assert broken == EXAMPLES.get(file.name, {}), file.name


def test_a_published_sample_of_aws(conformance_data: Path) -> None:
    """Times without T and Z, a column without prefix, and EC2 under Compute (422) and Storage (132)."""
    frame = pd.read_csv(conformance_data / "focus" / "focus_1.0_sample_aws_only.csv", dtype="str")
    found = named(frame)
    assert len(frame) == 942
    assert found["columns.custom"].column == "Id"
    assert found["ChargePeriodStart.format"].rows == 942
    assert found["ServiceCategory.one_for_each_ServiceName"].rows == 422 + 132
    assert "BilledCost.format" not in found
