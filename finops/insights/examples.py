"""The worked examples of this room, on the sample estate and worked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np

from finops.insights.anomalies import find_anomalies
from finops.insights.attribution import changed_lines, grouped
from finops.insights.daily_scopes import daily_scopes
from finops.insights.lifecycle import simulate
from finops.insights.lifecycle_rules import Assumptions, Step, Stored
from finops.insights.peers import comparable, outliers
from finops.insights.rightsizing import rightsize
from finops.insights.storage_costs import judged_buckets
from finops.insights.watch import watch
from finops.periods import Span
from finops.pricing import load_catalogue
from finops.schema import Frames

Example = tuple[str, object, object]


def worked_examples(estate: Frames) -> Iterator[Example]:
    """What is computed, what it must be, what it is."""
    yield from _anomalies(estate)
    yield from _change_of_cost(estate)
    yield from _rightsizing(estate)
    yield from _outliers(estate)
    yield from _storage(estate)


def _anomalies(estate: Frames) -> Iterator[Example]:
    """Days of 100 dollars and weekends of 40, one day of 160; and the request storm of July."""
    days = np.tile([100.0, 100, 100, 100, 100, 40, 40], 12)
    days[58] = 160.0  # a Wednesday
    found = watch(days.reshape(1, -1), np.zeros((1, 84)), np.array([0.01]))
    yield "days out of the ordinary, counted from 0", [58], np.flatnonzero(found.beyond[0]).tolist()
    yield "dollars expected on it", 100.0, float(found.expected[0, 58])
    yield "its z: 60 dollars in units of 1.5 % of the day", 40.0, float(found.z[0, 58])
    since_may = Span(date(2026, 5, 1), date(2026, 10, 18))
    daily = daily_scopes(estate.costs, "EffectiveCost", since_may)
    storm = next(one for one in find_anomalies(daily).anomalies if one.date == date(2026, 7, 21))
    yield "last day of the request storm", "2026-07-23", str(storm.end)
    buckets = [cause.value for cause in storm.causes if cause.dimension == "resource"]
    yield "its bucket", "acme-checkout-events-01", buckets[0]
    planted = 312.40 + 655.20 + 148.80
    within = storm.impact_usd is not None and abs(storm.impact_usd - planted) <= planted / 10
    yield "its dollars are within a tenth of the 1,116.40 that were planted", True, within


def _change_of_cost(estate: Frames) -> Iterator[Example]:
    """The runaway backfill of June: twenty m6i.4xlarge at 0.768 dollars for 96 hours each."""
    may, june = Span(date(2026, 5, 1), date(2026, 5, 31)), Span(date(2026, 6, 1), date(2026, 6, 30))
    by_sku = grouped(changed_lines(estate.costs, may, june), ["account", "sku"])
    of_data = by_sku[by_sku["account"].eq("444455556666") & by_sku["sku"].eq("BoxUsage:m6i.4xlarge")]
    row = of_data.iloc[0]
    yield "dollars of new resources: 20 × 96 h × 0.768", 1474.56, float(row["new_usd"])
    yield "resources that are new", 20, int(row["new_resources"])
    rest = [float(row[part]) for part in ("price_usd", "usage_usd", "gone_usd", "commitment_usd")]
    yield "dollars of price, usage, gone resources and commitments", [0.0] * 4, rest


def _rightsizing(estate: Frames) -> Iterator[Example]:
    """The planted fleets, of which the list has one CPU figure: candidates."""
    found = rightsize(estate.ec2, estate.metrics, load_catalogue(), estate.as_of)
    idle = [finding for finding in found if finding.kind == "idle"]
    saving = sum(finding.saving_usd or 0.0 for finding in idle)
    yield "dollars a month of the idle fleet: 5 × 0.46 × 730", 1679.00, saving
    large = [finding for finding in found if finding.kind == "oversized"]
    targets = {finding.target.instance_type for finding in large if finding.target}
    yield (
        "types for what is oversized, r5.4xlarge and t3.small",
        ["r5.xlarge", "t3.micro"],
        sorted(targets),
    )
    yield "findings from one figure whose dollars count", 0, sum(one.counts for one in (*idle, *large))


def _storage(estate: Frames) -> Iterator[Example]:
    """10 TB of old data in objects of a MB go to GLACIER; and the sample's buckets at list price."""
    ten_tb = Stored(region="us-east-1", storage_class="STANDARD", size_gb=10_240, objects=10_240 * 1024)
    old = Assumptions(ages="equal", age_days=1000, retrieved_share=0)
    moved = simulate(ten_tb, (Step(0, "GLACIER"),), old, load_catalogue())
    first = moved.months[0].with_rule
    yield "dollars to move 10,485,760 objects at 0.03 a thousand", 314.57, round(first.moves_usd, 2)
    # 10,240 × 0.0036, 32 KB of each object at that price, 8 KB at 0.023.
    yield "dollars a month then: 36.864 + 1.152 + 1.84", 39.86, round(first.storage_usd, 2)
    yield "dollars a month as it is: 10,240 × 0.023", 235.52, round(moved.months[0].as_is.total_usd, 2)
    yield "month in which it breaks even", 2, moved.breaks_even_month
    yield (
        "dollars saved in a year: 12 × 195.664 − 314.5728",
        2033.40,
        round(moved.saving_usd, 2),
    )
    judged = judged_buckets(estate.s3, load_catalogue(), estate.as_of)
    small = judged[judged["small_objects"]]
    yield "buckets of small objects in STANDARD_IA", 3, len(small)
    # 127,851 GB of 128 KB each × 0.0125, of which 18,117 GB are bytes.
    yield "dollars a month at list price for them", 1598.14, round(float(small["list_usd"].sum()), 2)


def _outliers(estate: Frames) -> Iterator[Example]:
    """The six m6i.4xlarge of the payments API at 0.856 dollars an hour, one of them at four times."""
    none = outliers(comparable(estate.ec2, estate.s3, load_catalogue())).table
    yield "resources above their peers: every price is AWS's", 0, len(none)
    kind, region = estate.ec2["InstanceType"], estate.ec2["Region"]
    one = estate.ec2.index[kind.eq("m6i.4xlarge") & region.eq("eu-west-1")][:1]
    raised = estate.ec2["MonthlyCostUSD"].where(~estate.ec2.index.isin(one), 4 * 0.856 * 730)
    dearer = estate.ec2.assign(MonthlyCostUSD=raised)
    found = outliers(comparable(dearer, estate.s3, load_catalogue())).table
    yield "peers of one of them", [5], found["peers"].tolist()
    yield "dollars above: 3 × 0.856 × 730", [1874.64], found["above_usd"].round(2).tolist()
