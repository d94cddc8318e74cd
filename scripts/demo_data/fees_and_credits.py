"""What else does the company pay or get back? Month-start fees, a monthly credit, and one refund.

Round figures of this file, no price list.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from finops.periods import Month
from scripts.demo_data.charge_rows import AWS, S3, Charges, last_day_of
from scripts.demo_data.organisation import MANAGEMENT, PRODUCTION
from scripts.demo_data.prices import PICO_PER_CENT
from scripts.demo_data.timeline import Ints, day_number, months

SUPPORT = "AWS Support (Business)"
# FOCUS has AWS Support in this category, subcategory Support.
SUPPORT_CATEGORY = "Management and Governance"
SUPPORT_CENTS = 1_950_00
MARKETPLACE_CENTS = 1_240_00
CREDIT_CENTS = 500_00
CREDIT_FROM = Month(2026, 6)
REFUND_CENTS = 118_40
REFUND_DAY = date(2026, 9, 15)


def fees_and_credits() -> Iterator[Charges]:
    """Month-start fees and a credit of the management account, and one refund."""
    for month in months():
        yield _fee(month, SUPPORT, SUPPORT_CATEGORY, SUPPORT_CENTS, AWS)
        yield _fee(month, "AWS Marketplace: log analytics", "Other", MARKETPLACE_CENTS, "Logwise GmbH")
        if month >= CREDIT_FROM:
            yield _credit(month)
    yield _refund()


def _fee(month: Month, service: str, category: str, cents: int, publisher: str) -> Charges:
    amount = np.array([cents * PICO_PER_CENT])
    is_aws = publisher == AWS
    return Charges(
        account=MANAGEMENT,
        service=service,
        category=category,
        charge_category="Purchase",
        frequency="Recurring",
        description=f"{service}, {month}",
        sku="SupportFee" if is_aws else "Subscription",
        days=np.array([day_number(month.start)]),
        billed=amount,
        effective=amount,
        listed=np.zeros(1, dtype=np.int64),
        quantity=np.ones(1),
        unit="Months",
        last_day=last_day_of(month),
        publisher=publisher,
    )


def _credit(month: Month) -> Charges:
    amount: Ints = np.array([-CREDIT_CENTS * PICO_PER_CENT])
    return Charges(
        account=MANAGEMENT,
        service=SUPPORT,
        category=SUPPORT_CATEGORY,
        charge_category="Credit",
        frequency="One-Time",
        pricing="Other",
        description=f"AWS migration credit, {month}",
        sku="Credit",
        days=np.array([day_number(month.start)]),
        billed=amount,
        effective=amount,
        listed=amount,
    )


def _refund() -> Charges:
    amount: Ints = np.array([-REFUND_CENTS * PICO_PER_CENT])
    return Charges(
        account=PRODUCTION,
        service=S3,
        category="Storage",
        region="eu-west-1",
        charge_category="Credit",
        charge_class="Correction",
        frequency="One-Time",
        pricing="Other",
        description="Refund of part of July's S3 requests",
        sku="Refund",
        days=np.array([day_number(REFUND_DAY)]),
        billed=amount,
        effective=amount,
        listed=amount,
    )
