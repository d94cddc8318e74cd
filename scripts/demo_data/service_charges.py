"""What do the small services cost, day by day? Databases, volumes, logs and data transfer.

The catalogue prices instances and storage. The amounts here are round figures, chosen to look like a
company of this size; they are no price list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from scripts.demo_data.charge_rows import Charges
from scripts.demo_data.organisation import (
    DATA,
    DATA_PLATFORM,
    DEVELOPMENT,
    PAYMENTS,
    PLATFORM,
    PRODUCTION,
    SANDBOX,
    SHARED,
    STOREFRONT,
    Account,
    Team,
)
from scripts.demo_data.prices import PICO_PER_CENT
from scripts.demo_data.tag_texts import tag_text
from scripts.demo_data.timeline import DAYS, START, Ints, day_number, months, random

_TRANSFER_TOPIC = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """A resource of another service that costs ``cents`` a day, more by ``per_mille`` each month."""

    resource: str
    service: str
    category: str
    account: Account
    region: str
    cents: int
    sku: str
    team: Team
    project: str
    environment: str = "Prod"
    per_mille: int = 0


_RDS = "Amazon Relational Database Service"
_EBS = "Amazon Elastic Block Store"
_LOGS = "AmazonCloudWatch"
TRANSFER = "AWS Data Transfer"

_STEADY = (
    Steady(
        resource="arn:aws:rds:us-east-1:222233334444:db:checkout",
        service=_RDS,
        category="Databases",
        account=PRODUCTION,
        region="us-east-1",
        cents=71_04,
        sku="InstanceUsage:db.r6g.2xlarge",
        team=PAYMENTS,
        project="Checkout",
    ),
    Steady(
        resource="arn:aws:rds:us-east-1:222233334444:db:webshop",
        service=_RDS,
        category="Databases",
        account=PRODUCTION,
        region="us-east-1",
        cents=35_52,
        sku="InstanceUsage:db.r6g.xlarge",
        team=STOREFRONT,
        project="WebShop",
    ),
    Steady(
        resource="arn:aws:rds:us-east-1:444455556666:db:metastore",
        service=_RDS,
        category="Databases",
        account=DATA,
        region="us-east-1",
        cents=17_76,
        sku="InstanceUsage:db.r6g.large",
        team=DATA_PLATFORM,
        project="Lakehouse",
    ),
    Steady(
        resource="vol-0a4c1e77d25b9f306",
        service=_EBS,
        category="Storage",
        account=PRODUCTION,
        region="us-east-1",
        cents=58_40,
        sku="EBS:VolumeUsage.gp3",
        team=PAYMENTS,
        project="Ledger",
        per_mille=6,
    ),
    Steady(
        resource="vol-06be93f0c1748d25a",
        service=_EBS,
        category="Storage",
        account=PRODUCTION,
        region="eu-west-1",
        cents=21_30,
        sku="EBS:VolumeUsage.gp3",
        team=PAYMENTS,
        project="Checkout",
    ),
    Steady(
        resource="vol-0d8f52a9b6037ce14",
        service=_EBS,
        category="Storage",
        account=DATA,
        region="us-east-1",
        cents=34_75,
        sku="EBS:VolumeUsage.gp3",
        team=DATA_PLATFORM,
        project="Lakehouse",
        per_mille=10,
    ),
    Steady(
        resource="vol-02c67be1f84a05d93",
        service=_EBS,
        category="Storage",
        account=DEVELOPMENT,
        region="eu-west-1",
        cents=9_60,
        sku="EBS:VolumeUsage.gp3",
        team=STOREFRONT,
        project="WebShop",
        environment="Dev",
    ),
    Steady(
        resource="vol-0f1937ad60be842c5",
        service=_EBS,
        category="Storage",
        account=SANDBOX,
        region="ap-south-1",
        cents=1_15,
        sku="EBS:VolumeUsage.gp2",
        team=STOREFRONT,
        project="WebShop",
        environment="Sandbox",
    ),
    Steady(
        resource="arn:aws:logs:us-east-1:555566667777:log-group:platform",
        service=_LOGS,
        category="Management and Governance",
        account=SHARED,
        region="us-east-1",
        cents=12_45,
        sku="DataProcessing-Bytes",
        team=PLATFORM,
        project="Observability",
        per_mille=8,
    ),
)

# Cents of a middling workday's data transfer to the Internet.
_TRANSFER = (
    (PRODUCTION, "us-east-1", 74_00),
    (PRODUCTION, "eu-west-1", 31_00),
    (DATA, "us-east-1", 12_00),
)
_TRANSFER_WEEK = (100, 98, 100, 101, 103, 74, 68)


def service_cents() -> dict[str, Ints]:
    """Whole cents of each day by service, of everything but instances and buckets."""
    found: dict[str, Ints] = {TRANSFER: np.zeros(DAYS, dtype=np.int64)}
    for each in _STEADY:
        found[each.service] = found.get(each.service, 0) + _steady_cents(each)
    for number, (_, _, cents) in enumerate(_TRANSFER):
        found[TRANSFER] = found[TRANSFER] + _transfer_cents(number, cents)
    return dict(sorted(found.items()))


def service_charges() -> Iterator[Charges]:
    """Databases, volumes, logs and data transfer."""
    yield from map(_steady, _STEADY)
    for number, (account, region, cents) in enumerate(_TRANSFER):
        costs = _transfer_cents(number, cents) * PICO_PER_CENT
        yield Charges(
            account=account,
            service=TRANSFER,
            category="Networking",
            region=region,
            sku="DataTransfer-Out-Bytes",
            description="Data transfer out to the Internet",
            days=np.arange(DAYS),
            billed=costs,
            effective=costs,
            listed=costs,
            quantity=np.round(costs / PICO_PER_CENT / 9, 2),
            unit="GB",
        )


def _transfer_cents(number: int, cents: int) -> Ints:
    week = np.array(_TRANSFER_WEEK)[(np.arange(DAYS) + START.weekday()) % 7]
    noise = random(_TRANSFER_TOPIC, number).integers(96, 105, DAYS)
    growth = 800 + np.arange(DAYS) * 300 // DAYS
    return cents * week * noise * growth // 10_000_000


def _steady_cents(each: Steady) -> Ints:
    factors = np.empty(DAYS, dtype=np.int64)
    for number, month in enumerate(months()):
        factors[max(day_number(month.start), 0) :] = 1000 + each.per_mille * number
    return each.cents * factors // 1000


def _steady(each: Steady) -> Charges:
    costs = _steady_cents(each) * PICO_PER_CENT
    return Charges(
        account=each.account,
        service=each.service,
        category=each.category,
        region=each.region,
        resource=each.resource,
        sku=each.sku,
        description=f"{each.sku}, a day",
        days=np.arange(DAYS),
        billed=costs,
        effective=costs,
        listed=costs,
        quantity=np.ones(DAYS),
        unit="Days",
        tag_text=tag_text(each.resource, each.account, each.team, each.project, each.environment),
    )
