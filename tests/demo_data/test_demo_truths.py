"""Is what was planted in the data, with its dates, resources and dollars?"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from finops import tags
from finops.money import exact, exact_sum

if TYPE_CHECKING:
    pass

HOURS = 720


def of_resources(costs: pd.DataFrame, truth: dict[str, Any]) -> pd.DataFrame:
    return costs[costs["ResourceId"].isin(truth["resources"])]


@pytest.mark.parametrize(
    ("name", "usd"),
    [
        ("runaway backfill", "1474.56"),  # 20 × 4 × 24 × 0.768
        ("request storm", "1116.40"),  # 312.40 + 655.20 + 148.80
        ("forgotten GPU fleet", "1155.84"),  # 4 × 240 × 1.204
    ],
)
def test_a_planted_anomaly_is_in_the_bill(
    name: str, usd: str, costs: pd.DataFrame, truths: dict[str, dict[str, Any]]
) -> None:
    truth = truths[name]
    rows = of_resources(costs, truth)
    rows = rows[~rows["SkuId"].str.startswith("TimedStorage")]
    by_day = rows.groupby(rows["ChargePeriodStart"].dt.strftime("%Y-%m-%d"))[
        ["BilledCost", "EffectiveCost"]
    ]
    expected = {day: exact(amount) for day, amount in truth["excess_by_day_usd"].items()}
    assert dict(by_day.sum()["BilledCost"]) == dict(by_day.sum()["EffectiveCost"]) == expected
    assert min(expected) == truth["start"]
    assert max(expected) == truth["end"]
    assert sum(expected.values()) == exact(truth["excess_usd"]) == Decimal(usd)
    assert rows["CommitmentDiscountId"].isna().all()


@pytest.mark.parametrize(
    ("name", "hourly"),
    [
        ("migration rehearsal", 5 * Decimal("0.46")),
        ("fraud scoring", 3 * Decimal("1.216")),
        ("payments API", 6 * Decimal("0.856")),
    ],
)
def test_a_planted_fleet_runs_day_and_night_on_demand(
    name: str,
    hourly: Decimal,
    costs: pd.DataFrame,
    september: pd.DataFrame,
    truths: dict[str, dict[str, Any]],
) -> None:
    truth = truths[name]
    rows = of_resources(costs, truth)
    assert rows["CommitmentDiscountId"].isna().all()
    assert set(rows.groupby("ChargePeriodStart")["ListCost"].sum()) == {hourly * 24}
    assert rows["ChargePeriodStart"].nunique() == 413
    month = of_resources(september, truth)
    assert exact_sum(month["EffectiveCost"]) == hourly * HOURS == exact(truth["month_list_usd"])


def test_figures_of_the_idle_and_the_oversized_fleet(
    compute: pd.DataFrame, truths: dict[str, dict[str, Any]]
) -> None:
    figures = compute.set_index("ResourceId")[["CPUUtilization", "MemoryUtilization"]].astype("float64")
    running = compute.loc[compute["State"] == "running", "ResourceId"]
    idle, oversized = truths["migration rehearsal"]["resources"], truths["fraud scoring"]["resources"]
    below = figures.loc[running, "CPUUtilization"] <= 1
    assert set(below[below].index) == set(idle)
    assert figures.loc[oversized].lt([10, 15]).all(axis=None)


def test_the_office_fleet_keeps_its_hours(
    usage: pd.DataFrame, truths: dict[str, dict[str, Any]]
) -> None:
    truth = truths["developer desktops"]
    hour = usage.loc[usage["InstanceType"] == truth["instance_type"], "Hour"]
    assert set(hour.dt.hour) == set(range(8, 18))
    assert set(hour.dt.day_of_week) == set(range(5))
    # 22 workdays × 10 hours × 9 instances × 0.3648
    assert exact(truth["month_list_usd"]) == 22 * 10 * 9 * Decimal("0.3648")


def test_the_mistagged_team_and_the_account_without_tags(
    costs: pd.DataFrame, september: pd.DataFrame, truths: dict[str, dict[str, Any]]
) -> None:
    mistagged, untagged = truths["Analytics"], truths["sandbox"]
    wrong = tags.values(costs["Tags"], "CostCenter") == mistagged["wrong_cost_center"]
    assert set(costs.loc[wrong, "ResourceId"]) == set(mistagged["resources"])
    assert tags.values(costs.loc[wrong, "Tags"], "Team").isna().all()
    assert set(tags.values(costs.loc[wrong, "Tags"], mistagged["wrong_key"])) == {"analytics"}
    of_account = costs["SubAccountId"] == untagged["account_id"]
    assert set(costs.loc[of_account, "Tags"]) == {"{}"}
    paid = exact_sum(of_resources(september, mistagged)["EffectiveCost"])
    assert paid == exact(mistagged["month_effective_usd"])
    of_month = september[september["SubAccountId"] == untagged["account_id"]]
    assert exact_sum(of_month["EffectiveCost"]) == exact(untagged["month_effective_usd"])
