"""Formats told by column names alone."""

from __future__ import annotations

import pytest

from finops.errors import UnknownFormat
from finops.ingest.bills.formats import BillFormat, format_of

LEGACY = ("identity/LineItemId", "lineItem/UsageStartDate", "lineItem/UnblendedCost")
SNAKE = ("identity_line_item_id", "line_item_usage_start_date", "line_item_unblended_cost")
FOCUS = ("ChargePeriodStart", "ChargePeriodEnd", "BilledCost", "ProviderName")


@pytest.mark.parametrize(
    ("columns", "name", "version"),
    [
        (LEGACY, "CUR", "legacy"),
        (tuple(name.upper() for name in LEGACY), "CUR", "legacy"),
        ((*SNAKE, "resource_tags_user_team"), "CUR", "legacy"),
        ((*SNAKE, "resource_tags_aws_created_by"), "CUR", "legacy"),
        ((*SNAKE, "cost_category_unit"), "CUR", "legacy"),
        (SNAKE, "CUR 2.0", "2.0"),
        ((*SNAKE, "resource_tags", "cost_category"), "CUR 2.0", "2.0"),
        (tuple(name.upper() for name in SNAKE), "CUR 2.0", "2.0"),
        (FOCUS, "FOCUS", "1.0"),
        (tuple(name.lower() for name in FOCUS), "FOCUS", "1.0"),
        (("charge_period_start", "billed_cost"), "FOCUS", "1.0"),
        ((*FOCUS, "AvailabilityZone"), "FOCUS", "1.0"),
        ((*FOCUS, "SkuMeter"), "FOCUS", "1.1"),
        ((*FOCUS, "SkuMeter", "InvoiceId"), "FOCUS", "1.2"),
        ((*FOCUS, "InvoiceId", "HostProviderName"), "FOCUS", "1.3"),
        ((*FOCUS, "GrossBilledCost"), "FOCUS", "1.2"),
        ((*FOCUS, "x_GrossBilledCost", "AllocatedTags"), "FOCUS", "1.3"),
    ],
)
def test_the_columns_tell_the_format(columns: tuple[str, ...], name: str, version: str) -> None:
    assert format_of(columns, "bill") == BillFormat(name=name, version=version)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (("Service", "EC2-Instances($)", "Total costs($)"), ("Cost Explorer", "Data Export")),
        (("InvoiceID", "PayerAccountId", "RecordType", "RecordId"), ("Detailed Billing Report",)),
        (("lineItem/UsageStartDate", "bill/PayerAccountId"), ("no column line_item_unblended_cost",)),
        (("BilledCost", "ChargeCategory"), ("no column ChargePeriodStart", "Received: BilledCost")),
        (("ResourceId", "CostUSD"), ("Received: ResourceId, CostUSD", "Expected", "ChargePeriodStart")),
        ((), ("Received: no columns",)),
    ],
)
def test_other_columns_are_refused_with_what_came_and_what_was_expected(
    columns: tuple[str, ...], words: tuple[str, ...]
) -> None:
    with pytest.raises(UnknownFormat) as caught:
        format_of(columns, "costs.csv")
    message = str(caught.value)
    assert message.startswith("costs.csv: ")
    assert [word for word in words if word not in message] == []
