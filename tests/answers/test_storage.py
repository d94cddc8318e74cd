"""The buckets of an estate: totals that add up, candidates, and a rule on one and on all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from finops.answers.lifecycle import LifecycleSettings, Step, rank_lifecycles, try_lifecycle
from finops.answers.storage import storage, storage_candidates
from finops.errors import InputError, LifecycleError
from finops.schema import S3

if TYPE_CHECKING:
    from finops import Estate

ROW = {
    "BucketName": "b",
    "AccountId": "111122223333",
    "Region": "us-east-1",
    "StorageClass": "STANDARD",
    "MonthlyCostUSD": 230.0,
    "TotalSizeGB": 10_000.0,
    "ObjectCount": 10_000_000,
    "VersionEnabled": True,
    "Encryption": "AES256",
    "CreationDate": pd.Timestamp("2023-10-18", tz="UTC"),
}


def estate_of(sample: Estate, *rows: dict[str, object]) -> Estate:
    frame = pd.DataFrame([ROW | {"BucketName": f"b{at}"} | row for at, row in enumerate(rows)])
    return replace(sample, s3=S3.conform(frame))


def test_every_split_adds_up_to_the_list(sample: Estate) -> None:
    answer = storage(sample)
    cost = float(answer.monthly_cost_usd)
    for frame in (answer.by_class, answer.by_region, answer.by_age, answer.by_price):
        assert frame["cost_usd"].sum() == pytest.approx(cost)
        assert frame["resources"].sum() == answer.count == 80
        assert frame["size_gb"].sum() == pytest.approx(answer.total_size_gb)
    assert answer.by_price["list_usd"].sum() == pytest.approx(answer.list_usd)
    assert sum(answer.readings.values()) == 80
    assert answer.usd_per_gb == pytest.approx(cost / answer.total_size_gb)


def test_the_sample_is_at_list_but_for_small_objects_and_archives(sample: Estate) -> None:
    """The three trails of 12 to 25 KB objects in STANDARD_IA, and the 40 KB of two vaults."""
    answer = storage(sample)
    assert answer.readings == {"at list": 75, "below list": 5}
    below = answer.buckets[answer.buckets["reading"].eq("below list")]
    assert sorted(below["BucketName"].str.rsplit("-", n=1).str[0]) == [
        *["acme-ledger-vault"] * 2,
        *["acme-trail"] * 3,
    ]
    assert answer.small_objects.count == 3


def test_a_class_without_a_price_is_said(sample: Estate) -> None:
    answer = storage(estate_of(sample, {}, {"Region": "sa-east-1", "StorageClass": "GLACIER"}))
    by_region = answer.by_price.set_index("region")
    assert by_region.loc["sa-east-1", "reading"] == "not priced"
    assert pd.isna(by_region.loc["sa-east-1", "list_usd"])
    assert (answer.list_usd, answer.priced_usd) == (pytest.approx(230), 230)
    assert float(answer.monthly_cost_usd) == 460


def test_a_group_is_read_from_its_sums(sample: Estate) -> None:
    """100 GB cost 7.50 and have a list price of 2.30; 600,000 GB cost 12,650.00, between 0.021 a GB,
    12,600.00, and their bands: 51,200 × 0.023 + 460,800 × 0.022 + 88,000 × 0.021 = 13,163.20.
    """
    dear = {"TotalSizeGB": 100.0, "MonthlyCostUSD": 7.5, "ObjectCount": 100}
    large = {"TotalSizeGB": 600_000.0, "MonthlyCostUSD": 12_650.0}
    answer = storage(estate_of(sample, dear, large))
    assert answer.readings == {"above list": 1, "at list": 1}
    group = answer.by_price.iloc[0]
    assert (group["difference_usd"], group["reading"]) == (pytest.approx(-508), "at list")
    # 2.10 + 12,600.00 in the cheapest band, less 2 % and a cent, is 12,350.05.
    for cost, reading in ((12_340.0, "below list"), (12_351.0, "at list"), (13_500.0, "above list")):
        answer = storage(estate_of(sample, dear, large | {"MonthlyCostUSD": cost - 7.5}))
        group = answer.by_price.iloc[0]
        assert group["cost_usd"] == cost
        assert group["reading"] == reading
        assert group["difference_usd"] == pytest.approx(cost - 13_165.5)


def test_equal_buckets_are_no_candidate(sample: Estate) -> None:
    for number in (1, 5, 8):
        found = storage_candidates(estate_of(sample, *[{}] * number))
        assert "outsized" not in {one.kind for one in found}


def test_candidates_are_the_largest_saving_first_and_then_by_cost(sample: Estate) -> None:
    found = storage_candidates(sample)
    savings = [one.saving_usd or 0 for one in found]
    assert savings == sorted(savings, reverse=True)
    assert found[0].title == "acme-lake-raw-04: try a lifecycle rule"
    assert {one.link for one in found} == {"S3"}
    by_kind = {one.kind: one for one in found}
    assert by_kind["unencrypted"].title == "25 buckets not encrypted"
    assert by_kind["unencrypted"].saving_usd is None
    # Of 128 KB each 564,766,666 + 240,383,333 + 242,208,695 objects are 127,851 GB at 0.0125.
    assert "$1,598.14 at list price" in by_kind["small_objects"].reason
    assert "empty" not in by_kind


def test_empty_buckets_are_a_candidate_if_they_cost_something(sample: Estate) -> None:
    empty = {"TotalSizeGB": 0.0, "ObjectCount": 0}
    free, dear = (
        storage_candidates(estate_of(sample, {**empty, "MonthlyCostUSD": cost})) for cost in (0.0, 7.5)
    )
    assert [one.kind for one in free] == []
    assert {one.kind: one.cost_usd for one in dear} == {"empty": 7.5, "above_list": 7.5}
    assert storage_candidates(replace(sample, s3=S3.empty())) == ()


def test_a_rule_on_one_bucket_is_the_same_as_in_the_ranking(sample: Estate) -> None:
    settings = LifecycleSettings(months=24)
    ranked = rank_lifecycles(sample, settings)
    assert ranked.candidates == 21
    assert ranked.not_tried == 0
    savings = ranked.table["saving_usd"].dropna()
    assert savings.is_monotonic_decreasing
    row = ranked.table.iloc[3]
    one = try_lifecycle(sample, row["BucketName"], settings)
    assert one.result is not None
    assert one.result.saving_usd == pytest.approx(row["saving_usd"])
    assert row["saving_a_month_usd"] == pytest.approx(row["saving_usd"] / 24)
    assert one.monthly["saved_usd"].iloc[-1] == pytest.approx(row["saving_usd"])
    parts = [f"with_rule_{name}_usd" for name in ("storage", "moves", "early", "reads", "writes")]
    assert one.monthly[parts].sum(axis=1).to_numpy() == pytest.approx(one.monthly["with_rule_usd"])


@pytest.mark.parametrize(
    ("row", "settings", "said"),
    [
        ({"Region": "eu-west-1"}, {}, "not priced in 'eu-west-1'"),
        ({"StorageClass": "INTELLIGENT_TIERING"}, {}, "moves its objects itself"),
        (
            {"StorageClass": "GLACIER_IR"},
            {},
            "no step of the rule leads to a class colder than GLACIER_IR",
        ),
        ({"ObjectCount": 10**9}, {}, "its objects have 10 KB on average"),
        ({"ObjectCount": None}, {}, "the list states no number of objects of it"),
        ({"TotalSizeGB": None}, {}, "the list states no size of it"),
        (
            {"TotalSizeGB": None, "ObjectCount": None},
            {},
            "the list states no size and no number of objects of it",
        ),
        ({"ObjectCount": 0}, {}, "10,000 GB in 0 objects: there is nothing to move"),
        (
            {"TotalSizeGB": 0.0, "ObjectCount": 0},
            {},
            "the list says 0 GB in 0 objects: there is nothing to move",
        ),
        # 0.001 GB are 1,073,742 bytes.
        (
            {"TotalSizeGB": 0.001, "ObjectCount": 10**9},
            {},
            "0.001 GB in 1,000,000,000 objects: less than a byte each",
        ),
        ({"CreationDate": None}, {}, "the list states no creation date of it"),
        ({}, {"steps": ()}, "the rule has no step"),
        ({}, {"deleted_after_days": 20}, "deleted before the rule moves them"),
    ],
)
def test_why_there_is_no_figure(
    sample: Estate, row: dict[str, object], settings: dict[str, object], said: str
) -> None:
    one = try_lifecycle(estate_of(sample, row), "b0", LifecycleSettings(**settings))
    assert one.result is None
    assert said in str(one.why_not)
    assert one.monthly.empty


def test_of_one_age_no_creation_date_is_needed(sample: Estate) -> None:
    """All new: 10,000 GB at 0.023 for a year against a rule that begins after 90 days."""
    settings = LifecycleSettings(ages="equal", steps=(Step(90, "GLACIER_IR"),), retrieved_pct=0)
    one = try_lifecycle(estate_of(sample, {"CreationDate": None}), "b0", settings)
    assert one.result is not None
    # 365 days: 275 of them in GLACIER_IR, and 10 million objects moved at 0.02 a thousand.
    months = 275 / (730 / 24)
    assert one.result.saving_usd == pytest.approx(10_000 * (0.023 - 0.004) * months - 200)


def test_impossible_rules_and_unknown_buckets_are_errors(sample: Estate) -> None:
    with pytest.raises(LifecycleError, match="30 to 36,500 days"):
        rank_lifecycles(sample, LifecycleSettings(steps=(Step(3, "STANDARD_IA"),)))
    with pytest.raises(InputError, match="no bucket 'nobody'"):
        try_lifecycle(sample, "nobody", LifecycleSettings())


def test_only_the_dearest_are_tried(sample: Estate) -> None:
    rows = [{"MonthlyCostUSD": float(cost)} for cost in range(205)]
    ranked = rank_lifecycles(estate_of(sample, *rows), LifecycleSettings())
    assert (len(ranked.table), ranked.not_tried) == (200, 5)
    assert ranked.table["MonthlyCostUSD"].min() == 5


# 1,000 GB in a million objects, all old: 23.00 a month as it is, 4.00 in GLACIER_IR, 20.00 to move them.
# Over a year 276 − 48 − 20 = 208.
THOUSAND = {"TotalSizeGB": 1000.0, "ObjectCount": 1_000_000}
AT_ONCE = LifecycleSettings(
    ages="equal", equal_age_days=1000, steps=(Step(0, "GLACIER_IR"),), retrieved_pct=0
)


@pytest.mark.parametrize(
    ("cost", "saving"),
    [
        (30.0, 208),
        (23.0, 208),
        (22.6, 208),  # within 2 %
        (11.5, 104),
        (3.0, 208 * 3 / 23),
        (0.0, 0),
        (None, 208),
    ],
)
def test_a_saving_is_in_dollars_of_the_list(sample: Estate, cost: float | None, saving: float) -> None:
    estate = estate_of(sample, THOUSAND | {"MonthlyCostUSD": cost})
    one = try_lifecycle(estate, "b0", AT_ONCE)
    assert one.result is not None
    assert one.result.saving_usd == pytest.approx(208)
    assert one.saving_usd == pytest.approx(saving)
    row = rank_lifecycles(estate, AT_ONCE).table.iloc[0]
    assert row["saving_a_month_usd"] == pytest.approx(saving / 12)
    assert row["less_because"] == one.less_because
    assert bool(one.less_because) == (saving < 208)


def test_the_ranking_is_by_what_the_list_lets_save(sample: Estate) -> None:
    """Of 23.00 at list price one bucket costs 3.00; 300 GB at list price save 0.3 × 208 = 62.40."""
    smaller = {"TotalSizeGB": 300.0, "ObjectCount": 300_000, "MonthlyCostUSD": 6.9}
    estate = estate_of(sample, THOUSAND | {"MonthlyCostUSD": 3.0}, smaller)
    table = rank_lifecycles(estate, AT_ONCE).table
    assert table["BucketName"].tolist() == ["b1", "b0"]
    assert table["saving_usd"].tolist() == [pytest.approx(62.4), pytest.approx(208 * 3 / 23)]


def test_a_candidate_saves_no_more_than_its_bucket_costs_and_says_so(sample: Estate) -> None:
    found = storage_candidates(estate_of(sample, THOUSAND | {"MonthlyCostUSD": 3.0}))
    (rule,) = [one for one in found if one.kind == "lifecycle"]
    assert (rule.cost_usd, rule.saving_usd) == (3, pytest.approx(2.186, abs=0.001))
    assert "the bucket was made, nothing new comes in and 1 % is read a month" in rule.reason
    assert rule.reason.endswith(
        "The list says $3.00 a month, AWS's list price is $23.00: the saving cannot be more than the "
        "cost, so it is taken times cost ÷ list price."
    )


def test_no_saving_on_reading_is_above_the_cost(sample: Estate) -> None:
    """All read each month: 0.03 a GB from GLACIER_IR and 0.01 from GLACIER, 20 less; it costs 4."""
    row = {"StorageClass": "GLACIER_IR", "MonthlyCostUSD": 4.0, "TotalSizeGB": 1000.0}
    settings = LifecycleSettings(
        ages="equal", equal_age_days=1000, steps=(Step(90, "GLACIER"),), retrieved_pct=100
    )
    one = try_lifecycle(estate_of(sample, row | {"ObjectCount": 1000}), "b0", settings)
    assert one.result is not None
    assert one.result.saving_usd > 12 * 20
    assert one.saving_usd == pytest.approx(12 * 4)
    assert one.less_because.endswith("the saving cannot be more than the cost")


def test_what_comes_in_may_save_more_than_todays_cost(sample: Estate) -> None:
    settings = replace(AT_ONCE, growth_pct=20.0, months=24)
    one = try_lifecycle(estate_of(sample, THOUSAND | {"MonthlyCostUSD": 23.0}), "b0", settings)
    assert one.result is not None
    assert one.saving_usd == one.result.saving_usd > 24 * 23
    assert one.less_because == ""
