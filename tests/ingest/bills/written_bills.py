"""Small FOCUS files for tests of whole bills: what a line does not say is 1.50 dollars of a queue."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from finops.ingest.bills.reduction import ReducedBill

COLUMNS = (
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "ChargePeriodStart",
    "ChargePeriodEnd",
    "ChargeCategory",
    "BilledCost",
    "EffectiveCost",
    "ListCost",
    "ContractedCost",
    "BillingCurrency",
    "BillingAccountId",
    "SubAccountId",
    "ServiceName",
    "RegionId",
    "ResourceId",
    "SkuId",
    "ConsumedQuantity",
    "InvoiceId",
    "Tags",
)
NEXT = {"2026-01": "2026-02", "2026-02": "2026-03", "2026-03": "2026-04"}


def hour(month: str, at: int, resource: str, cost: str = "1.5", **values: str) -> dict[str, str]:
    """A line of one hour of the first day of a month."""
    return {
        "BillingPeriodStart": f"{month}-01T00:00:00Z",
        "BillingPeriodEnd": f"{NEXT[month]}-01T00:00:00Z",
        "ChargePeriodStart": f"{month}-01T{at:02d}:00:00Z",
        "ChargePeriodEnd": f"{month}-01T{at + 1:02d}:00:00Z",
        "ChargeCategory": "Usage",
        **dict.fromkeys(("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"), cost),
        "BillingCurrency": "USD",
        "BillingAccountId": "111111111111",
        "SubAccountId": "222222222222",
        "ServiceName": "Amazon Simple Queue Service",
        "RegionId": "us-east-1",
        "ResourceId": resource,
        "SkuId": "SKU1",
        "ConsumedQuantity": "1",
        "Tags": '{"Team": "web"}',
        **values,
    }


def month_of_lines(month: str, cost: str = "1.5", **values: str) -> list[dict[str, str]]:
    """Four lines: two resources in two hours."""
    return [hour(month, at, name, cost, **values) for at in (0, 1) for name in ("a", "b")]


def write(path: Path, lines: Sequence[dict[str, str]], modified: int = 1_770_000_000) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    os.utime(path, (modified, modified))
    return path


def billed(bill: ReducedBill) -> Decimal:
    return sum(bill.costs["BilledCost"], Decimal(0))


def codes(bill: ReducedBill) -> list[str]:
    return [issue.code for issue in bill.issues]
