"""Which fleets crunch data? Those of the ``data`` account, Spot and the runaway backfill included."""

from __future__ import annotations

from datetime import date, timedelta

from scripts.demo_data import rhythms
from scripts.demo_data.fleet import OREGON, VIRGINIA, Fleet, Member, steady
from scripts.demo_data.organisation import ANALYTICS, DATA, DATA_PLATFORM
from scripts.demo_data.timeline import AS_OF, START

RUNAWAY_START, RUNAWAY_END = date(2026, 6, 9), date(2026, 6, 13)

DATA_FLEETS = (
    Fleet(
        name="spark-batch",
        account=DATA,
        region=VIRGINIA,
        instance_type="c6i.8xlarge",
        team=DATA_PLATFORM,
        project="Lakehouse",
        environment="Prod",
        members=(
            Member(count=4, launched=date(2025, 6, 16)),
            Member(count=1, launched=date(2026, 2, 2)),
        ),
        rhythm=rhythms.batch,
        cpu=(78, 96),
    ),
    Fleet(
        name="lakehouse",
        account=DATA,
        region=VIRGINIA,
        instance_type="r6g.2xlarge",
        team=DATA_PLATFORM,
        project="Lakehouse",
        environment="Prod",
        members=(
            Member(count=6, launched=date(2025, 2, 10)),
            Member(count=1, launched=date(2025, 12, 1)),
            Member(count=1, launched=date(2026, 2, 16)),
            Member(count=1, launched=date(2026, 5, 4)),
            Member(count=1, launched=date(2026, 8, 17)),
        ),
        memory=(60, 85),
    ),
    Fleet(
        name="reporting",
        account=DATA,
        region=OREGON,
        instance_type="m7g.4xlarge",
        team=ANALYTICS,
        project="Reporting",
        environment="Prod",
        members=steady(3, date(2025, 9, 22)),
    ),
    Fleet(
        name="demand-forecast",
        account=DATA,
        region=OREGON,
        instance_type="m7g.2xlarge",
        team=ANALYTICS,
        project="DemandForecast",
        environment="Prod",
        members=steady(2, date(2026, 1, 26)),
    ),
    Fleet(
        name="backfill",
        account=DATA,
        region=VIRGINIA,
        instance_type="m6i.4xlarge",
        team=DATA_PLATFORM,
        project="Streaming",
        environment="Prod",
        members=(Member(count=20, launched=RUNAWAY_START, last=RUNAWAY_END),),
    ),
)


def _spot_fleet(monday: date) -> Fleet:
    """A week of Spot: three instances that are given back on Saturday."""
    return Fleet(
        name="spot-etl",
        account=DATA,
        region=VIRGINIA,
        instance_type="c6i.2xlarge",
        team=DATA_PLATFORM,
        project="Streaming",
        environment="Prod",
        members=(Member(count=3, launched=monday, last=monday + timedelta(days=5)),),
        rhythm=rhythms.spot_nights,
        spot=True,
    )


# The history begins on a Monday.
SPOT_FLEETS = tuple(
    _spot_fleet(START + timedelta(days=week)) for week in range(0, (AS_OF - START).days, 7)
)
