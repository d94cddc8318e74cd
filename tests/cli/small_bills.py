"""Small bills of two days, in the bytes of each format: what they come to is known by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

Row = Mapping[str, str]
NEXT = {"2026-01": "2026-02", "2026-02": "2026-03", "2026-03": "2026-04"}
# The same columns of a line under the names of each format.
_LEGACY = (
    "bill/BillingPeriodStartDate,bill/BillingPeriodEndDate,bill/PayerAccountId,bill/InvoiceId,"
    "lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,lineItem/UsageEndDate,"
    "lineItem/ProductCode,lineItem/UsageType,lineItem/Operation,lineItem/ResourceId,lineItem/UsageAmount,"
    "lineItem/CurrencyCode,lineItem/UnblendedCost,pricing/publicOnDemandCost,product/instanceType,"
    "product/region,product/operatingSystem,product/tenancy,resourceTags/user:Team"
)
_CUR_2 = (
    "bill_billing_period_start_date,bill_billing_period_end_date,bill_payer_account_id,bill_invoice_id,"
    "line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,"
    "line_item_usage_end_date,line_item_product_code,line_item_usage_type,line_item_operation,"
    "line_item_resource_id,line_item_usage_amount,line_item_currency_code,line_item_unblended_cost,"
    "pricing_public_on_demand_cost,product_instance_type,product_region_code,"
    "product_operating_system,product_tenancy,resource_tags"
)
_FOCUS = (
    "BillingPeriodStart,BillingPeriodEnd,ChargePeriodStart,ChargePeriodEnd,ChargeCategory,"
    "BilledCost,EffectiveCost,ListCost,ContractedCost,BillingCurrency,BillingAccountId,"
    "SubAccountId,ServiceName,RegionId,ResourceId,Tags"
)
LEGACY, CUR_2, FOCUS = (names.split(",") for names in (_LEGACY, _CUR_2, _FOCUS))


def hour(month: str, at: int, *, cost: str = "0.096", team: str = "web", resource: str = "i-1") -> Row:
    """An hour of an m5.large, 0.096 dollars On-Demand, under the names of a legacy report."""
    begin = datetime.fromisoformat(f"{month}-01T00:00:00Z") + timedelta(hours=at)
    start, end = (f"{begin + timedelta(hours=more):%Y-%m-%dT%H:%M:%SZ}" for more in (0, 1))
    values = (
        f"{month}-01T00:00:00Z,{NEXT[month]}-01T00:00:00Z,111111111111,inv-1,222222222222,Usage,"
        f"{start},{end},AmazonEC2,BoxUsage:m5.large,RunInstances,{resource},1,USD,{cost},0.096,"
        f"m5.large,us-east-1,Linux,Shared,{team}"
    )
    return dict(zip(LEGACY, values.split(","), strict=True))


def bucket_day(month: str, *, cost: str = "0.25", team: str = "data") -> Row:
    return {
        **hour(month, 0, cost=cost, team=team, resource="logs"),
        "lineItem/ProductCode": "AmazonS3",
        "lineItem/UsageType": "TimedStorage-ByteHrs",
        "lineItem/Operation": "StandardStorage",
        "pricing/publicOnDemandCost": cost,
        "product/instanceType": "",
        "product/operatingSystem": "",
        "product/tenancy": "",
    }


def lines(month: str) -> list[Row]:
    """Two days of an instance each hour and a bucket: 48 × 0.096 + 0.25 = 4.858 dollars."""
    return [*(hour(month, at) for at in range(48)), bucket_day(month)]


MONTH = Decimal("4.858")


def text(rows: Sequence[Row], columns: Sequence[str] = LEGACY) -> bytes:
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(columns)
    writer.writerows(row.values() for row in rows)
    return target.getvalue().encode()


def parquet(rows: Sequence[Row], without: str = "") -> bytes:
    """A CUR 2.0: typed columns, its tags a map."""
    cells: dict[str, Any] = {
        name: [list(row.values())[place] or None for row in rows] for place, name in enumerate(CUR_2)
    }
    cells["resource_tags"] = pa.array(
        [[("user_team", team)] for team in cells["resource_tags"]], pa.map_(pa.string(), pa.string())
    )
    for name in ("line_item_unblended_cost", "line_item_usage_amount", "pricing_public_on_demand_cost"):
        cells[name] = pa.array([float(value) for value in cells[name]])
    cells.pop(without, None)
    target = io.BytesIO()
    pq.write_table(pa.table(cells), target)
    return target.getvalue()


def focus(month: str, cost: str = "1.5") -> bytes:
    """Two charges of FOCUS 1.0."""
    row = (
        f"{month}-01T00:00:00Z,{NEXT[month]}-01T00:00:00Z,{month}-01T00:00:00Z,{month}-01T01:00:00Z,"
        f"Usage,{cost},{cost},{cost},{cost},USD,111111111111,222222222222,"
        "Amazon Simple Queue Service,us-east-1,q"
    )
    rows = [[*row.split(","), '{"Team": "queue"}'] for _ in range(2)]
    rows[1][FOCUS.index("ResourceId")] = "q2"
    return text([dict(zip(FOCUS, each, strict=True)) for each in rows], FOCUS)
