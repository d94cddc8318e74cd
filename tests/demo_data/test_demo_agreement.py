"""Do the lists, the bill and the usage of the sample describe the same thing?"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from finops import tags
from finops.money import exact_sum

if TYPE_CHECKING:
    pass


def test_each_instances_september_is_its_hours_times_its_rate(
    compute: pd.DataFrame, september: pd.DataFrame
) -> None:
    rows = dict(iter(september[september["ConsumedUnit"] == "Hours"].groupby("ResourceId")))
    ran = 0
    for instance, rate in zip(compute["ResourceId"], compute["CostUSD"], strict=True):
        if instance in rows:
            hours = Decimal(str(round(rows[instance]["ConsumedQuantity"].sum(), 4)))
            assert exact_sum(rows[instance]["ListCost"]) == hours * Decimal(rate)
            ran += 1
    # Not in September: 4 GPU instances launched later, 6 stopped before.
    assert ran == 120 - 4 - 6


def test_each_buckets_september_is_its_monthly_cost(
    storage: pd.DataFrame, september: pd.DataFrame
) -> None:
    of_s3 = september["ServiceName"] == "Amazon Simple Storage Service"
    billed = september[of_s3].groupby("ResourceId")["ListCost"].sum()
    assert dict(billed) == dict(zip(storage["BucketName"], storage["CostUSD"].map(Decimal), strict=True))


def test_usage_and_bill_have_the_same_hours(usage: pd.DataFrame, costs: pd.DataFrame) -> None:
    ran = costs[costs["ConsumedUnit"] == "Hours"]
    instance_type, spot = ran["SkuId"].str.split(":").str[1], ran["PricingCategory"] == "Dynamic"
    option = spot.map({True: "spot", False: "on_demand"})
    day = ran["ChargePeriodStart"].rename("day")
    keys = [day, ran["SubAccountId"], ran["RegionId"], instance_type, option]
    billed = ran["ConsumedQuantity"].groupby([key.to_numpy() for key in keys]).sum().sort_index()
    keys = [
        usage["Hour"].dt.floor("D"),
        *(usage[name] for name in ("AccountId", "Region", "InstanceType")),
    ]
    used = usage["Quantity"].groupby([key.to_numpy() for key in [*keys, usage["PurchaseOption"]]]).sum()
    pd.testing.assert_series_equal(billed, used.sort_index(), check_names=False, rtol=0, atol=1e-6)


def test_the_state_is_that_of_the_last_hour(compute: pd.DataFrame, usage: pd.DataFrame) -> None:
    """Of an autoscaled pool the last instance may have run for a part of the hour: rounded up."""
    last = usage[usage["Hour"] == pd.Timestamp("2026-10-18T23:00Z")]
    in_usage = last.groupby(["Region", "InstanceType"])["Quantity"].sum()
    running = compute[compute["State"] == "running"].groupby(["Region", "InstanceType"]).size()
    assert {pool: math.ceil(quantity) for pool, quantity in in_usage.items()} == dict(running)
    assert usage["Hour"].max() == pd.Timestamp("2026-10-18T23:00Z")


def test_what_is_stopped_or_terminated_has_no_charge_on_the_last_night(
    compute: pd.DataFrame, costs: pd.DataFrame
) -> None:
    last_charge = costs.groupby("ResourceId")["ChargePeriodStart"].max()
    for row in compute[compute["State"] == "terminated"].itertuples():
        assert last_charge[row.ResourceId] < pd.Timestamp("2026-10-17T00:00Z")


def test_the_bill_carries_the_tags_of_the_lists(
    compute: pd.DataFrame, storage: pd.DataFrame, costs: pd.DataFrame
) -> None:
    listed = pd.concat([compute["Tags"], storage["Tags"]]).map(lambda text: tags.parse(text).canonical)
    names = pd.concat([compute["ResourceId"], storage["BucketName"]])
    billed = costs.dropna(subset="ResourceId").groupby("ResourceId")["Tags"].agg(set)
    for name, canonical in zip(names, listed, strict=True):
        assert billed[name] == {canonical}


def test_instances_that_came_and_went_are_in_the_history_only(
    compute: pd.DataFrame, costs: pd.DataFrame
) -> None:
    charged = costs.loc[costs["ConsumedUnit"] == "Hours", "ResourceId"]
    gone = set(charged) - set(compute["ResourceId"])
    assert len(gone) > 150
    assert set(compute["ResourceId"]) <= set(charged)
