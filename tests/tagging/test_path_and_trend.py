"""Groups, the shortest path to the target against brute force, what stands apart, and the trend."""

from __future__ import annotations

import math
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops import Estate, load_estate, schema
from finops.answers.compliance import compliance, recorded
from finops.estate import Filters
from finops.tagging import HistoryBook, TagComplianceAnalyzer, charges_apart
from finops.tagging.apart import NOT_LISTED, UNTAGGABLE
from finops.tagging.groups import age_lines
from finops.tagging.report import PathToTarget
from finops.tagging.target import path_to_target

TODAY = date(2026, 3, 15)
FULL = '{"CostCenter":"1","Environment":"Prod","Owner":"Al","Project":"P","Team":"Core"}'
OTHER = '{"CostCenter":"1","Owner":"Al","Project":"P","TEAM":"Core","env":"Prodd"}'


def path(bad: list[float], good: list[float], target: float) -> PathToTarget:
    dear_first = sorted(bad, key=lambda cost: (math.isnan(cost), -cost))
    rows = pd.DataFrame(
        {"resource_id": [f"r{at}" for at in range(len(bad))], "monthly_cost_usd": dear_first}
    ).astype({"resource_id": "str", "monthly_cost_usd": "float64"})
    total = math.fsum(cost for cost in (*bad, *good) if not math.isnan(cost))
    return path_to_target(rows, np.array(good, dtype=np.float64), total, target)


def test_the_dearest_first_until_the_target_is_reached() -> None:
    """50 of 100 dollars comply. 90 % lack 40: 30 + 15 do, 30 alone does not."""
    found = path([5, 30, 15], [50], 90)
    assert found.by_cost is not None
    assert found.by_count is not None
    assert (found.by_cost.resources, found.by_cost.monthly_cost_usd) == (2, 45)
    assert (found.by_cost.reaches_pct, found.by_cost.resource_ids) == (95, ("r0", "r1"))
    # By count 1 of 4 complies; 90 % of 4 is 3.6, so all three are needed.
    assert (found.by_count.resources, found.by_count.monthly_cost_usd) == (3, 50)


def test_nothing_to_do_and_nothing_to_say() -> None:
    done = path([1], [99], 95)
    assert done.by_cost is not None
    assert (done.by_cost.resources, done.by_cost.reaches_pct) == (0, 99)
    assert path([0.0], [0.0], 95).by_cost is None
    assert path([], [], 95).by_count is None
    assert path([math.nan], [], 100).by_cost is None


amounts = st.lists(st.integers(-3, 40).map(float) | st.just(math.nan), max_size=7)


@given(amounts, amounts, st.sampled_from([0, 50, 80, 95, 99.5, 100]))
def test_no_fewer_resources_reach_the_target(bad: list[float], good: list[float], target: float) -> None:
    """Against every subset. The amounts are whole, so that the sums of both are exact."""
    found = path(bad, good, target)
    costs = [cost for cost in bad if not math.isnan(cost)]
    complying = math.fsum(cost for cost in good if not math.isnan(cost))
    total = complying + math.fsum(costs)
    if total <= 0:
        assert found.by_cost is None
    else:
        fewest = next(
            n
            for n in range(len(costs) + 1)
            if any(100 * (complying + sum(some)) / total >= target for some in combinations(costs, n))
        )
        assert found.by_cost is not None
        assert found.by_cost.resources == fewest
        assert found.by_cost.reaches_pct >= target
    if found.by_count is not None:
        n, of = len(good) + found.by_count.resources, len(bad) + len(good)
        assert 100 * n / of >= target
        assert found.by_count.resources == 0 or 100 * (n - 1) / of < target


def instances() -> pd.DataFrame:
    """$60, $30 and $10: complete and young, wrongly spelled and old, bare and of unknown age."""
    return schema.EC2.conform(
        pd.DataFrame(
            {
                "InstanceId": ["i-a", "i-b", "i-c"],
                "AccountId": ["111111111111", "222222222222", None],
                "MonthlyCostUSD": [60.0, 30.0, 10.0],
                "LaunchTime": pd.to_datetime(["2026-03-01", "2025-03-15", None], utc=True),
                "Tags": [FULL, OTHER, "{}"],
            }
        )
    )


def test_groups_by_account_team_environment_age_and_kind() -> None:
    report = TagComplianceAnalyzer().analyze_compliance(instances(), schema.S3.empty(), as_of=TODAY)

    def shown(lines: tuple[object, ...]) -> list[tuple[str, int, int, float]]:
        return [(one.name, one.resources, one.compliant, one.cost_usd) for one in lines]  # type: ignore[attr-defined]

    assert shown(report.by_account) == [
        ("111111111111", 1, 1, 60),
        ("222222222222", 1, 0, 30),
        ("unknown", 1, 0, 10),
    ]
    assert shown(report.by_team) == [("Core", 2, 1, 90), ("(none)", 1, 0, 10)]
    assert shown(report.by_environment) == [
        ("Prod", 1, 1, 60),
        ("Prodd", 1, 0, 30),
        ("(none)", 1, 0, 10),
    ]
    assert shown(report.by_age) == [
        ("under 30 days", 1, 1, 60),
        ("365 days and more", 1, 0, 30),
        ("unknown", 1, 0, 10),
    ]
    assert [(one.kind, one.resources, one.monthly_cost_usd) for one in report.by_kind] == [
        ("missing", 1, 10),
        ("wrong_case", 1, 30),
        ("invalid", 1, 30),
    ]
    undated = TagComplianceAnalyzer().analyze_compliance(instances(), schema.S3.empty())
    assert undated.by_age == ()


@pytest.mark.parametrize(
    ("days", "band"),
    [
        (-5, "under 30 days"),
        (0, "under 30 days"),
        (29, "under 30 days"),
        (30, "30 to 89 days"),
        (89, "30 to 89 days"),
        (90, "90 to 364 days"),
        (364, "90 to 364 days"),
        (365, "365 days and more"),
    ],
)
def test_ages_are_whole_days(days: int, band: str) -> None:
    since = pd.Series([pd.Timestamp(TODAY, tz="UTC") - pd.Timedelta(days=days) + pd.Timedelta(hours=9)])
    (line,) = age_lines(since, np.array([True]), np.array([1.0]), TODAY)
    assert line.name == band


def test_groups_of_the_sample_add_up(sample: Estate) -> None:
    report = compliance(sample).report
    for lines in (report.by_account, report.by_team, report.by_environment, report.by_age):
        assert sum(line.resources for line in lines) == report.resources
        assert sum(line.cost_usd for line in lines) == pytest.approx(report.total_cost_usd)
    found = report.path_to_target
    assert found.by_cost is not None
    assert found.by_cost.reaches_pct >= report.target_pct
    dearest = report.non_compliant["monthly_cost_usd"].head(found.by_cost.resources - 1).sum()
    assert 100 * (report.compliant_cost_usd + dearest) / report.total_cost_usd < report.target_pct


def test_what_belongs_to_no_listed_resource_stands_apart() -> None:
    charges = schema.COSTS.conform(
        pd.DataFrame(
            {
                "ResourceId": ["i-a", None, "", "arn:aws:rds:us-east-1:1:db:x", "x", None],
                "EffectiveCost": ["5", "1.5", "0.25", "3", "2", "-1"],
                "BilledCost": "0",
                "ChargePeriodStart": pd.Timestamp("2026-03-01", tz="UTC"),
            }
        )
    )
    untaggable, elsewhere = charges_apart(charges, "EffectiveCost", ["i-a"])
    assert (untaggable.reason, untaggable.resources, untaggable.monthly_cost_usd) == (
        UNTAGGABLE,
        3,
        0.75,
    )
    assert (elsewhere.reason, elsewhere.monthly_cost_usd) == (NOT_LISTED, 5)
    assert charges_apart(charges.head(1), "EffectiveCost", ["i-a"]) == ()


def test_listed_and_apart_are_the_month_of_the_sample(sample: Estate) -> None:
    answer = compliance(sample)
    month = sample.month
    assert month is not None
    days = sample.costs["ChargePeriodStart"].dt.date
    charged = sample.costs.loc[(days >= month.start) & (days < month.end), "EffectiveCost"].sum()
    apart = sum(one.monthly_cost_usd for one in answer.apart)
    assert answer.report.total_cost_usd + apart == pytest.approx(float(charged), abs=0.01)
    assert answer.apart[0].reason == UNTAGGABLE


def test_a_day_has_one_snapshot_and_the_last_counts(sample: Estate, own_state: Path) -> None:
    answer = compliance(sample)
    for _ in range(2):
        trend, warnings = recorded(sample, answer)
        assert warnings == ()
        (snapshot,) = trend
    assert (snapshot.as_of, snapshot.compliant) == (sample.as_of, answer.report.compliant)
    later = snapshot.model_copy(update={"as_of": date(2031, 1, 1), "compliant": 199})
    HistoryBook().record(later)
    HistoryBook().record(later.model_copy(update={"sample": False}))
    assert HistoryBook().trend(sample=True) == (snapshot, later)
    assert len(HistoryBook().trend(sample=False)) == 1
    assert (own_state / "tag_compliance.json").exists()


def test_a_part_of_the_estate_leaves_no_snapshot_and_nothing_apart() -> None:
    part = load_estate().narrowed(Filters(regions=("us-east-1",)))
    answer = compliance(part)
    assert answer.apart == ()
    assert recorded(part, answer) == ((), ())


def test_a_trend_that_cannot_be_kept_is_a_warning(sample: Estate, own_state: Path) -> None:
    own_state.mkdir(parents=True, exist_ok=True)
    (own_state / "tag_compliance.json").write_text("{")
    trend, (warning,) = recorded(sample, compliance(sample))
    assert trend == ()
    assert "tag_compliance.json" in warning
    assert (own_state / "tag_compliance.json").read_text() == "{"
