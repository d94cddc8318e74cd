"""Hours are taken from the right pool, no more than there are, and none is lost when a type changes."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.insights.actions import Change, changed
from finops.schema import USAGE


def change(**fields: object) -> Change:
    plain = {
        "kind": "oversized",
        "account_id": "1",
        "region": "eu-west-1",
        "platform": "Linux/UNIX",
        "instance_type": "m5.4xlarge",
        "target_type": "m5.xlarge",
        "risk": "low",
        "evidence": "hourly",
        "instance_ids": ("i-1", "i-2"),
        "hours": 1460.0,
        "list_saving_usd": 100.0,
    }
    return Change(**(plain | fields))


def usage_of(*rows: dict[str, object]) -> pd.DataFrame:
    plain = {
        "Hour": "2026-09-01T00:00Z",
        "AccountId": "1",
        "Region": "eu-west-1",
        "InstanceType": "m5.4xlarge",
        "Quantity": 4.0,
        "OnDemandRateUSD": 0.8,
    }
    return USAGE.conform(pd.DataFrame([plain | row for row in rows]))


def hours_by_type(usage: pd.DataFrame) -> dict[str, float]:
    return usage.groupby("InstanceType")["Quantity"].sum().to_dict()


def test_two_of_four_instances_change() -> None:
    """Two instances all month are 2 × 730 hours, so 2 of the one hour that the usage has."""
    after = changed(usage_of({}), change(), hours=1)
    assert hours_by_type(after) == {"m5.4xlarge": 2.0, "m5.xlarge": 2.0}
    target = after[after["InstanceType"].eq("m5.xlarge")].iloc[0]
    assert (target["AccountId"], target["Region"]) == ("1", "eu-west-1")
    assert pd.isna(target["OnDemandRateUSD"])  # without list prices of both, the catalogue's


def test_a_negotiated_discount_stays() -> None:
    """30 % off m5.4xlarge at 0.8 is 0.56; a target at a quarter of its list price costs 0.14."""
    after = changed(usage_of({"OnDemandRateUSD": 0.56}), change(price_ratio=0.25), hours=1)
    rates = after.set_index("InstanceType")["OnDemandRateUSD"]
    assert rates.to_dict() == pytest.approx({"m5.4xlarge": 0.56, "m5.xlarge": 0.14})


def test_a_title_names_account_and_platform() -> None:
    windows = change(platform="Windows", account_id="2", target_type=None)
    assert windows.title == "2 × m5.4xlarge (Windows) in eu-west-1 of 2: stop"
    assert change(account_id=None).title == "2 × m5.4xlarge in eu-west-1: change to m5.xlarge"


def test_what_stops_leaves_its_hour_with_nothing_in_it() -> None:
    after = changed(usage_of({"Quantity": 2.0}), change(target_type=None), hours=1)
    assert list(after["Quantity"]) == [0.0]


def test_no_more_hours_go_than_there_are() -> None:
    after = changed(usage_of({"Quantity": 0.5}), change(), hours=1)
    assert hours_by_type(after) == {"m5.4xlarge": 0.0, "m5.xlarge": 0.5}


@pytest.mark.parametrize(
    "other",
    [
        {"AccountId": "2"},
        {"Region": "us-east-1"},
        {"InstanceType": "m5.2xlarge"},
        {"Platform": "Windows"},
        {"Tenancy": "dedicated"},
        {"PurchaseOption": "spot"},
        {"Service": "AmazonRDS"},
    ],
)
def test_other_pools_are_left_alone(other: dict[str, object]) -> None:
    assert changed(usage_of(other), change(), hours=1) is None
    both = changed(usage_of({}, other), change(target_type=None), hours=1)
    assert list(both["Quantity"]) == [2.0, 4.0]


def test_usage_without_accounts_is_everybodys() -> None:
    after = changed(usage_of({"AccountId": None}), change(), hours=1)
    assert hours_by_type(after)["m5.xlarge"] == 2.0
    nobody = changed(usage_of({}), change(account_id=None), hours=1)
    assert hours_by_type(nobody)["m5.xlarge"] == 2.0


@given(st.lists(st.one_of(st.none(), st.floats(0, 50)), min_size=1, max_size=20), st.floats(0, 5000))
def test_hours_are_conserved(quantities: list[float | None], hours: float) -> None:
    rows = [
        {"Hour": pd.Timestamp("2026-09-01", tz="UTC") + pd.Timedelta(hours=at), "Quantity": quantity}
        for at, quantity in enumerate(quantities)
    ]
    before = usage_of(*rows)
    after = changed(before, change(hours=hours), hours=len(rows))
    known = before["Quantity"].sum()
    if after is None:
        assert known == 0
        return
    assert after["Quantity"].sum() == pytest.approx(known)
    assert (after["Quantity"].dropna() >= 0).all()
    wanted = min(known, hours * len(rows) / 730)
    moved = after.loc[after["InstanceType"].eq("m5.xlarge"), "Quantity"].sum()
    assert moved == pytest.approx(wanted, rel=1e-9, abs=1e-9)
