"""Which costs count: all conditions hold, on the bill and on the resource lists."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from finops.budget_manager import BudgetStatus, budget_status, known, make_budget
from finops.schema import Frames
from tests.budget_manager.estates import FewRows, bill, buckets, daily, instances


def status(estate: Frames, amount: object = 1_000, **fields: object) -> BudgetStatus:
    budget = make_budget(**{"name": "x", "scope_type": "total", "amount": amount, **fields})
    return budget_status(budget, known(estate))


def _also(scope_type: str, *values: str, exclude: bool = False) -> dict[str, object]:
    return {"scope_type": scope_type, "values": values, "exclude": exclude}


TWO_TEAMS = bill(
    *daily("2026-10-01", "2026-10-10", 1, ServiceName="AmazonEC2", RegionId="us-east-1", Tags="Team=a"),
    *daily("2026-10-01", "2026-10-10", 2, ServiceName="AmazonEC2", RegionId="us-west-2", Tags="Team=a"),
    *daily("2026-10-01", "2026-10-10", 4, ServiceName="AmazonS3", RegionId="us-east-1", Tags="Team=b"),
    *daily("2026-10-01", "2026-10-10", 8, RegionId="us-east-1", Tags="CostCenter=7,Project=x"),
    *daily("2026-10-01", "2026-10-10", -1, ServiceName="AmazonEC2", ChargeCategory="Credit"),
)


@pytest.mark.parametrize(
    ("fields", "usd"),
    [
        ({"scope_type": "total"}, 140),  # (1 + 2 + 4 + 8 − 1) × 10
        ({"scope_type": "total", "leave_out": ("Credit",)}, 150),
        ({"scope_type": "service", "scope_value": "EC2"}, 20),
        ({"scope_type": "cost_center", "scope_value": "7"}, 80),
        ({"scope_type": "project", "scope_value": "x"}, 80),
        ({"scope_type": "team", "scope_value": "a", "also": [_also("region", "US-EAST-1")]}, 10),
        ({"scope_type": "total", "also": [_also("team", "a", "b")]}, 70),
        ({"scope_type": "total", "also": [_also("tag", "Team=a", "Team=b")]}, 70),
        ({"scope_type": "total", "also": [_also("team", "a", exclude=True)]}, 110),
        (
            {
                "scope_type": "region",
                "scope_value": "us-east-1",
                "also": [_also("service", "S3", exclude=True), _also("team", "a", exclude=True)],
            },
            80,
        ),
    ],
)
def test_a_cost_counts_where_it_satisfies_every_condition(fields: dict[str, Any], usd: float) -> None:
    found = status(FewRows(as_of=date(2026, 10, 10), costs=TWO_TEAMS), **fields)
    assert found.actual_usd == usd


def test_conditions_that_no_cost_satisfies_together_match_nothing() -> None:
    estate = FewRows(as_of=date(2026, 10, 10), costs=TWO_TEAMS)
    found = status(estate, scope_type="team", scope_value="b", also=[_also("service", "EC2")])
    assert (found.status, found.actual_usd, found.percent_used) == ("no_match", None, None)
    assert found.scope == "team b and service EC2"


def test_conditions_hold_for_the_resource_lists_too() -> None:
    estate = FewRows(
        as_of=date(2026, 9, 30),
        ec2=instances(
            {"MonthlyCostUSD": 1, "Region": "us-east-1", "Tags": "Team=a", "AccountId": "1"},
            {"MonthlyCostUSD": 2, "Region": "us-west-2", "Tags": "Team=a", "AccountId": "2"},
        ),
        s3=buckets({"MonthlyCostUSD": 4, "Region": "us-east-1", "Tags": "Team=b", "AccountId": "1"}),
    )
    for also, usd in (
        ([_also("region", "us-east-1", "us-west-2")], 7),
        ([_also("account", "1"), _also("team", "b", exclude=True)], 1),
        ([_also("service", "S3", "EC2"), _also("account", "2", exclude=True)], 5),
    ):
        assert status(estate, scope_type="total", also=also).actual_usd == usd


def test_the_day_on_which_spend_reached_the_amount() -> None:
    # $15 a day: 30 on the second day, 45 on the third.
    estate = FewRows(
        as_of=date(2026, 10, 10),
        costs=bill(*daily("2026-10-01", "2026-10-10", 10), *daily("2026-10-01", "2026-10-10", 5)),
    )
    days = [status(estate, amount=amount).breach_day for amount in (30, 30.01, 150)]
    assert days == [date(2026, 10, 2), date(2026, 10, 3), date(2026, 10, 10)]
