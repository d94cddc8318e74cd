"""DuckDB and Spark reduce the same lines to the same cells, wherever the machine stands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from decimal import Decimal

import ibis
import pyarrow.parquet as pq
import pytest

from finops.ingest.bills import reductions
from finops.ingest.bills.backend import Backend, connected
from finops.ingest.bills.lines import PLAN_FEE, RESERVED_FEE, RESERVED_USAGE
from finops.ingest.bills.settled import settled
from tests.ingest.bills.bill_lines import (
    FEBRUARY,
    HOUR,
    JANUARY,
    TEAM_A,
    TEAM_B,
    Line,
    flat,
    instance,
    line,
    plan_hour,
    rows_of,
    tag_sets,
)
from tests.ingest.bills.conftest import need_spark

ZONES = ("Asia/Kolkata", "America/New_York")
Engines = tuple[tuple[Backend, ibis.Table, ibis.Table], ...]
Reduction = Callable[[ibis.Table, ibis.Table], ibis.Table]
# A cent's millionth of a millionth, and the most that is carried beside it.
SMALLEST, LARGEST = "0.000000000001", "123456789012345678901.000000000001"


def at(hours: float) -> dict[str, object]:
    return {"ChargePeriodStart": JANUARY + hours * HOUR, "ChargePeriodEnd": JANUARY + (hours + 1) * HOUR}


def sample() -> list[Line]:
    """Every kind of line that a reduction treats in a way of its own, at the edges of days."""
    fee = {"BilledCost": "0.05", "GrossBilledCost": "0.05"}
    terms = {
        "ChargeFrequency": "Recurring",
        "CommitmentKind": "compute_savings_plan",
        "CommitmentTotal": "0.08",
        "CommitmentStart": JANUARY - 24 * HOUR,
        "CommitmentEnd": FEBRUARY,
    }
    s3 = {
        "ServiceCode": "AmazonS3",
        "ServiceName": "Amazon Simple Storage Service",
        "ResourceId": "logs",
    }
    reserved = {
        "BilledCost": "37.2",
        "GrossBilledCost": "37.2",
        "ChargePeriodEnd": FEBRUARY - HOUR / 3600,
    }
    left = {"EffectiveCost": SMALLEST, "GrossEffectiveCost": SMALLEST}
    return [
        *(each for hour in (0, 1, 18.5, 23, 743) for each in plan_hour(JANUARY + hour * HOUR)),
        line(PLAN_FEE, **fee, LineItemId="b"),
        line(PLAN_FEE, **fee, LineItemId=None, **at(1)),
        line(PLAN_FEE, **fee, CommitmentDiscountId="known", **left, **terms),
        line(PLAN_FEE, **fee, CommitmentDiscountId="blank", **terms | at(5)),
        line(PLAN_FEE),
        line(RESERVED_FEE, **reserved, **left, CommitmentDiscountId="ri", CommitmentUpfront="100"),
        line(RESERVED_FEE, **reserved, CommitmentDiscountId="ri 2", ChargeFrequency="Recurring"),
        instance(cost=SMALLEST, **at(2)),
        instance(cost=LARGEST, **at(3)),
        instance(cost=LARGEST, ResourceId="i-2", InstanceType="m5.xlarge", **at(4)),
        instance(RESERVED_USAGE, ConsumedQuantity=1 / 3, TagSetId=TEAM_B, **at(5.5)),
        instance(ConsumedQuantity=None, PricingQuantity=0.1, PurchaseOption="spot", cost="0.03"),
        instance(cost="2.304", ConsumedQuantity=24.0, ChargePeriodEnd=JANUARY + 24 * HOUR),
        instance(cost="1", ChargePeriodEnd=None),
        line("Tax", cost="1.5", ChargePeriodEnd=FEBRUARY, ChargeCategory="Tax"),
        line("Refund", cost="-2", BillingPeriodStart=FEBRUARY, BillingCurrency=None),
        line(None, cost="7", TagSetId=99),  # type: ignore[arg-type]
        line(cost="3", ChargePeriodStart=None, ChargePeriodEnd=None),
        line(
            cost="1", UsageType="EU-TimedStorage-ByteHrs", PricingQuantity=100.0, **s3, TagSetId=TEAM_A
        ),
        line(cost="1", UsageType="EU-TimedStorage-SIA-ByteHrs", PricingQuantity=80.0, **s3),
        line(cost="5", UsageType="EU-Requests-Tier1", PricingQuantity=1e6, **s3),
        line(cost="5", UsageType=None, **{**s3, "ServiceCode": None}),
    ]


def ready(lines: ibis.Table) -> ibis.Table:
    return settled(lines, blank_plan_fees=True, folded=True)


REDUCTIONS: Mapping[str, Reduction] = {
    "settled": lambda lines, _: ready(lines),
    "settled, nothing blank": lambda lines, _: settled(lines, blank_plan_fees=False, folded=False),
    "costs": lambda lines, sets: reductions.costs(ready(lines), sets),
    "costs by account": lambda lines, sets: reductions.costs(ready(lines), sets, grain="account"),
    "usage": lambda lines, _: reductions.usage(lines),
    "instance lines": lambda lines, _: reductions.instance_lines(lines),
    "commitments": lambda lines, _: reductions.commitments(lines),
    "commitments, settled": lambda lines, _: reductions.commitments(ready(lines)),
    "instances": lambda lines, _: reductions.instances(lines),
    "buckets": lambda lines, _: reductions.buckets(lines),
    "totals": lambda lines, _: reductions.totals(lines),
    "distinct counts": lambda lines, _: reductions.distinct_counts(lines),
    "profile": lambda lines, _: reductions.profile(lines),
    "charges by": lambda lines, sets: reductions.charges_by(lines, sets, "Team"),
    "tagged": reductions.tagged,
}


@pytest.fixture(scope="module", params=ZONES)
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    """Both, on a machine in this zone and with a Spark session that begins in the other one."""
    need_spark()
    folder = tmp_path_factory.mktemp("bill")
    lines, sets = folder / "lines.parquet", folder / "sets.parquet"
    pq.write_table(flat(sample()), lines)
    pq.write_table(tag_sets(), sets)
    before = os.environ.get("TZ")
    _stand_in(request.param)
    _leave_session_in(next(zone for zone in ZONES if zone != request.param))
    with connected("duckdb") as one, connected("pyspark") as other:
        yield tuple((each, each.read(lines), each.read(sets)) for each in (one, other))
    _stand_in(before)


def _stand_in(zone: str | None) -> None:
    if zone is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = zone
    time.tzset()


def _leave_session_in(zone: str) -> None:
    with connected("pyspark") as backend:
        settings = backend.connection._session.conf
        settings.set("spark.sql.session.timeZone", zone)
        settings.set("spark.sql.shuffle.partitions", "2")


@pytest.mark.parametrize("name", REDUCTIONS)
def test_every_cell_is_the_same(engines: Engines, name: str) -> None:
    one, other = (_reduced(*engine, REDUCTIONS[name]) for engine in engines)
    assert [list(row) for row in one[:1]] == [list(row) for row in other[:1]]
    assert len(one) == len(other) > 0
    for mine, yours in zip(one, other, strict=True):
        assert mine == {key: _near(value) for key, value in yours.items()}


def _reduced(backend: Backend, lines: ibis.Table, sets: ibis.Table, reduction: Reduction) -> list[Line]:
    rows = rows_of(backend, reduction(lines, sets))
    return sorted(rows, key=lambda row: [_sign(value) for value in row.values()])


def _sign(value: object) -> str:
    """What a row is sorted by: the same text for the same cell of both."""
    return f"{value:.6f}" if isinstance(value, float | Decimal) else str(value)


def _near(value: object) -> object:
    return pytest.approx(value, abs=1e-9, rel=1e-9) if isinstance(value, float) else value


def test_hours_and_days_are_those_of_utc(engines: Engines) -> None:
    for engine in engines:
        hours = {row["Hour"] for row in _reduced(*engine, REDUCTIONS["usage"])}
        assert JANUARY + 18 * HOUR in hours and JANUARY + 743 * HOUR in hours
        assert min(hours) == JANUARY
        ends = {row["ChargePeriodEnd"] for row in _reduced(*engine, REDUCTIONS["costs"])}
        assert {FEBRUARY, JANUARY + timedelta(days=1)} <= ends
