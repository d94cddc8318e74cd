"""Which fleets do developers, the shared services and the sandbox run?"""

from __future__ import annotations

from datetime import UTC, date, datetime

from scripts.demo_data import rhythms
from scripts.demo_data.fleet import FRANKFURT, IRELAND, MUMBAI, OREGON, VIRGINIA, Fleet, Member, steady
from scripts.demo_data.organisation import (
    DATA_PLATFORM,
    DEVELOPMENT,
    MOBILE,
    PAYMENTS,
    PLATFORM,
    SANDBOX,
    SHARED,
    STOREFRONT,
)

FORGOTTEN_START = datetime(2026, 10, 6, 9, tzinfo=UTC)
FORGOTTEN_END = datetime(2026, 10, 16, 9, tzinfo=UTC)

DEVELOPMENT_FLEETS = (
    Fleet(
        name="developer-desktops",
        account=DEVELOPMENT,
        region=IRELAND,
        instance_type="t3.2xlarge",
        team=MOBILE,
        project="MobileApp",
        environment="Dev",
        members=steady(9, date(2025, 8, 4)),
        rhythm=rhythms.office_hours,
    ),
    Fleet(
        name="migration-rehearsal",
        account=DEVELOPMENT,
        region=FRANKFURT,
        instance_type="m5.2xlarge",
        team=DATA_PLATFORM,
        project="Lakehouse",
        environment="Test",
        members=steady(5, date(2025, 7, 14)),
        cpu=(0, 1),
        memory=(2, 6),
        network_bps=900,
    ),
    Fleet(
        name="acceptance-tests",
        account=DEVELOPMENT,
        region=MUMBAI,
        instance_type="t3.medium",
        team=MOBILE,
        project="MobileApp",
        environment="Test",
        members=(
            Member(count=1, launched=date(2025, 10, 20)),
            Member(count=1, launched=date(2025, 10, 20), last=date(2026, 6, 15), fate="stopped"),
            Member(count=1, launched=date(2025, 10, 20), last=date(2026, 9, 21), fate="stopped"),
        ),
    ),
    Fleet(
        name="catalog-staging",
        account=DEVELOPMENT,
        region=OREGON,
        instance_type="c5.xlarge",
        team=STOREFRONT,
        project="Search",
        environment="Staging",
        members=steady(1, date(2025, 2, 17)),
    ),
    Fleet(
        name="fraud-training",
        account=DEVELOPMENT,
        region=OREGON,
        instance_type="g4dn.2xlarge",
        team=PAYMENTS,
        project="Fraud",
        environment="Dev",
        members=steady(2, date(2025, 12, 1)),
        rhythm=rhythms.training,
    ),
    Fleet(
        name="builds",
        account=DEVELOPMENT,
        region=IRELAND,
        instance_type="c6i.xlarge",
        team=MOBILE,
        project="MobileApp",
        environment="Dev",
        members=steady(3, date(2025, 3, 24)),
        rhythm=rhythms.builds,
    ),
    Fleet(
        name="image-experiment",
        account=DEVELOPMENT,
        region=VIRGINIA,
        instance_type="g4dn.4xlarge",
        team=STOREFRONT,
        project="Search",
        environment="Dev",
        members=(Member(count=4, launched=FORGOTTEN_START, last=FORGOTTEN_END, fate="terminated"),),
        cpu=(0, 2),
        memory=(1, 4),
        network_bps=1_500,
    ),
)

OTHER_FLEETS = (
    Fleet(
        name="observability",
        account=SHARED,
        region=VIRGINIA,
        instance_type="m7g.2xlarge",
        team=PLATFORM,
        project="Observability",
        environment="Prod",
        members=steady(3, date(2025, 1, 13)),
    ),
    *(
        Fleet(
            name=f"bastion-{region}",
            account=SHARED,
            region=region,
            instance_type="t3.small",
            team=PLATFORM,
            project="Network",
            environment="Prod",
            members=steady(1, date(2025, 1, 13)),
            cpu=(2, 8),
            memory=(20, 40),
            network_bps=12_000,
        )
        for region in (VIRGINIA, OREGON, IRELAND)
    ),
    Fleet(
        name="identity",
        account=SHARED,
        region=IRELAND,
        instance_type="m7g.xlarge",
        team=PLATFORM,
        project="Identity",
        environment="Prod",
        members=steady(2, date(2025, 1, 13)),
    ),
    Fleet(
        name="sandbox-mumbai",
        account=SANDBOX,
        region=MUMBAI,
        instance_type="m5.large",
        team=MOBILE,
        project="MobileApp",
        environment="Sandbox",
        members=(
            Member(count=2, launched=date(2026, 2, 23)),
            Member(count=1, launched=date(2026, 2, 23), last=date(2026, 7, 20), fate="stopped"),
        ),
    ),
    Fleet(
        name="sandbox-virginia",
        account=SANDBOX,
        region=VIRGINIA,
        instance_type="t3.large",
        team=MOBILE,
        project="MobileApp",
        environment="Sandbox",
        members=(
            Member(count=1, launched=date(2025, 11, 24)),
            Member(count=1, launched=date(2026, 4, 13), last=date(2026, 5, 11), fate="stopped"),
        ),
    ),
    Fleet(
        name="sandbox-batch",
        account=SANDBOX,
        region=MUMBAI,
        instance_type="c5.xlarge",
        team=MOBILE,
        project="MobileApp",
        environment="Sandbox",
        members=(Member(count=1, launched=date(2026, 8, 31), last=date(2026, 9, 28), fate="stopped"),),
    ),
    Fleet(
        name="sandbox-oregon",
        account=SANDBOX,
        region=OREGON,
        instance_type="m6i.xlarge",
        team=STOREFRONT,
        project="WebShop",
        environment="Sandbox",
        members=(
            Member(count=2, launched=date(2026, 9, 21), last=date(2026, 10, 12), fate="terminated"),
        ),
    ),
)
