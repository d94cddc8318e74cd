"""The worked examples of this room: AWS's own cases, and definitions worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from finops.periods import utc
from finops.ri_engine.billing import Bill, bill
from finops.ri_engine.claims import COMPUTE_PLAN, RI
from finops.ri_engine.coverage import effective_savings_rate
from finops.ri_engine.engine import RIRecommendationEngine
from finops.ri_engine.owned import amortised_hourly_usd
from finops.ri_engine.pools import LINE_KEYS
from finops.ri_engine.quantity import best_quantity
from finops.ri_engine.steadiness import hourly_steadiness, snapshot_steadiness
from finops.schema import COMMITMENTS, EC2, Frames


def worked_examples(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """What is computed, what it must be, what it is."""
    yield from _reserved_instances()
    yield from _savings_plan()
    yield from _definitions()
    yield from _sample(estate)


def _sample(estate: Frames) -> Iterator[tuple[str, object, object]]:
    """The steady fleet of the sample: six m6i.4xlarge in eu-west-1 that nothing covers."""
    report = RIRecommendationEngine().generate_ri_recommendations(
        estate.ec2,
        usage=estate.usage,
        commitments=estate.commitments,
        as_of=estate.as_of,
        term_years=1,
        payment_option="No Upfront",
    )
    where = ("m6i.4xlarge", "eu-west-1")
    (fleet,) = (row for row in report.recommendations if (row.instance_type, row.region) == where)
    yield "instances of the steady fleet to buy for", 6, fleet.quantity
    # On-Demand 0.856, standard 1 year No Upfront 0.56624 dollars an hour: 6 × 0.28976 × 8,760 =
    # 15,229.7856. A row may give up a cent so that the rows add up to their total.
    saving = round(fleet.annual_savings_usd)
    yield "whole dollars they save a year: 6 × (0.856 − 0.56624) × 8,760", 15_230, saving


def lines(*rows: tuple[str, str], **columns: str) -> pd.DataFrame:
    """Lines by (service, instance or usage type), in one region and one account."""
    frame = pd.DataFrame(list(rows), columns=["Service", "InstanceType"], dtype="str")
    place = {"Region": "us-east-1", "Platform": "Linux/UNIX", "Tenancy": "default"}
    given = place | {"AccountId": "111111111111", "AvailabilityZone": "us-east-1a"} | columns
    return frame.assign(**given)[LINE_KEYS]


def commitment(**columns: object) -> pd.DataFrame:
    """One row of the commitments frame."""
    term = {"CommitmentId": "c-1", "AccountId": "111111111111", "Region": "us-east-1", "Scope": "Region"}
    start, end = pd.Timestamp("2026-01-01", tz="UTC"), pd.Timestamp("2027-01-01", tz="UTC")
    return COMMITMENTS.conform(pd.DataFrame([term | {"Start": start, "End": end} | columns]))


def _one_hour(types: Mapping[str, float], owned: pd.DataFrame) -> Bill:
    """An hour of EC2 instances of some types under RIs."""
    of = lines(*(("AmazonEC2", name) for name in types))
    quantity = np.array([[count] for count in types.values()], dtype=np.float64)
    none = np.full((len(owned), len(of)), np.nan)
    return bill(of, quantity, owned, on_demand_usd=np.ones(len(of)), plan_rates=none)


# AWS Cost Explorer guide, "Understanding your reservation recommendations".
_C4_8XLARGE_COVERS: Sequence[Mapping[str, float]] = (
    {"c4.8xlarge": 1},
    {"c4.4xlarge": 2},
    {"c4.2xlarge": 4},
    {"c4.large": 16},
    {"c4.4xlarge": 1, "c4.large": 8},
)


def _reserved_instances() -> Iterator[tuple[str, object, object]]:
    one = commitment(Kind=RI, InstanceType="c4.8xlarge", Quantity=1)
    for types in _C4_8XLARGE_COVERS:
        billed = _one_hour(types, one)
        names = " + ".join(f"{count:g} {name}" for name, count in types.items())
        yield f"one c4.8xlarge RI covers {names}: instance-hours left", 0.0, float(billed.residual.sum())
        yield f"one c4.8xlarge RI covers {names}: RI hours used", 1.0, float(billed.used.sum())
    small = commitment(Kind=RI, InstanceType="c4.large", Quantity=1)
    left = _one_hour({"c4.xlarge": 1}, small).residual
    # EC2 user guide, "How Reserved Instance discounts are applied": half of it is billed On-Demand.
    yield "one c4.large RI on a running c4.xlarge: share left On-Demand", 0.5, float(left.sum())


# Savings Plans user guide, "How Savings Plans apply to your usage": quantity, On-Demand, plan rate.
_PLAN_CASE: Mapping[tuple[str, str], tuple[float, float, float]] = {
    ("AmazonEC2", "c5.9xlarge"): (1, 4.0, 2.0),
    ("AmazonEC2", "c5.24xlarge"): (1, 10.0, 8.0),
    ("AmazonECS", "Fargate vCPU"): (10, 1.5, 1.0),
    ("AmazonECS", "Fargate GB"): (5, 2.0, 1.0),
}


def _savings_plan() -> Iterator[tuple[str, object, object]]:
    quantity, on_demand, rate = np.array(list(_PLAN_CASE.values())).T
    for hourly, expected in ((25.0, 25.00), (19.6, 26.35)):
        plan = commitment(Kind=COMPUTE_PLAN, HourlyCommitmentUSD=hourly)
        billed = bill(
            lines(*_PLAN_CASE),
            quantity.reshape(-1, 1),
            plan,
            on_demand_usd=on_demand,
            plan_rates=rate.reshape(1, -1),
        )
        left = float(on_demand @ billed.residual[:, 0])
        yield f"an hour under a plan of {hourly:.2f} $/h costs", expected, hourly + left


def _definitions() -> Iterator[tuple[str, object, object]]:
    year = commitment(Kind=RI, TermYears=1, UpfrontUSD=365.0, RecurringHourlyUSD=0.0)
    # AWS CUR guide: $365 all upfront for a year is $1 a day.
    yield "$365 all upfront, amortised a day", 1.0, float(amortised_hourly_usd(year)[0]) * 24
    # Three hours of four have 2 instances or more, one of four has 3: at a break-even of 60 % two pay.
    yield "units worth 0.6 of On-Demand for 1, 2, 2, 3", 2, best_quantity(_hours(1, 2, 2, 3), 0.6, 1.0)
    # 20 hours of 2, of which the emptiest, the 5th percentile, is 1.95 between 1 and 2; mean 39 ÷ 20.
    yield "steadiness of one hour of 1 and nineteen of 2", 100.0, hourly_steadiness(_hours(1, *[2] * 19))
    # Office hours: 10 of 24 hours run, so the 5th percentile is nothing.
    yield "steadiness of office hours", 0.0, hourly_steadiness(_hours(*[3] * 10, *[0] * 14))
    yield from _launch_dates()
    # d = 40 %, c = 80 %, u = 90 %: c · (1 − (1 − d) ÷ u) = 0.8 × (1 − 0.6 ÷ 0.9) = 26.67 %.
    cost = 20 + 0.6 * 80 / 0.9
    yield "Effective Savings Rate of 80 % coverage", 0.2667, effective_savings_rate(100, cost)


def _launch_dates() -> Iterator[tuple[str, object, object]]:
    day = pd.Timestamp("2026-03-31").date()
    rows = {"InstanceId": ["a", "b", "c"], "State": ["running", "running", "stopped"]}
    launched = [utc(day) - pd.Timedelta(days=days) for days in (8, 300, 300)]
    ec2 = EC2.conform(pd.DataFrame(rows | {"LaunchTime": launched}))
    scores = snapshot_steadiness(ec2, day, 90)
    # Eight whole days before the last day, and that: 9 of 90.
    yield "steadiness of an instance launched 9 days ago, of 90", 10.0, float(scores[0])
    yield "steadiness of an instance launched before the lookback", 100.0, float(scores[1])
    yield "steadiness of a stopped instance", 0.0, float(scores[2])


def _hours(*instances: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(instances, dtype=np.float64)
