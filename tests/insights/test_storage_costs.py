"""Buckets against list price, by hand, and which stand out.

us-east-1: STANDARD 0.023 to 51,200 GB, 0.022 beyond, 0.021 beyond 512,000; STANDARD_IA 0.0125.
"""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.insights.storage_costs import FEWEST, judged_buckets
from finops.pricing import packaged_catalogue
from finops.schema import S3

CATALOGUE = packaged_catalogue()
AS_OF = date(2026, 10, 18)


def bucket(**fields: object) -> dict[str, object]:
    plain = {
        "BucketName": "b",
        "Region": "us-east-1",
        "StorageClass": "STANDARD",
        "MonthlyCostUSD": 23.0,
        "TotalSizeGB": 1000.0,
        "ObjectCount": 1000,
        "VersionEnabled": True,
        "Encryption": "AES256",
        "CreationDate": pd.Timestamp("2025-10-18", tz="UTC"),
    }
    return plain | fields


def judged(*rows: dict[str, object]) -> pd.DataFrame:
    named = [row | {"BucketName": f"b{at}"} for at, row in enumerate(rows)]
    return judged_buckets(S3.conform(pd.DataFrame(named)), CATALOGUE, AS_OF)


def only(**fields: object) -> pd.Series:
    return judged(bucket(**fields)).iloc[0]


@pytest.mark.parametrize(
    ("cost", "reading", "beyond"),
    [
        (23.0, "at list", 0),
        (23.46, "at list", 0),  # 2 % more
        (23.48, "above list", 0.48),
        (60.0, "above list", 37),
        # Between 1,000 GB in the cheapest band, 21.00, and 23.00 nobody can say that it is not list.
        (21.0, "at list", 0),
        (20.0, "below list", -1),
    ],
)
def test_a_thousand_gb_in_standard(cost: float, reading: str, beyond: float) -> None:
    row = only(MonthlyCostUSD=cost)
    assert (row["list_usd"], row["list_least_usd"]) == (pytest.approx(23), pytest.approx(21))
    assert row["reading"] == reading
    assert row["beyond_usd"] == pytest.approx(beyond)


def test_a_large_bucket_goes_through_the_bands() -> None:
    """51,200 × 0.023 + 8,800 × 0.022 = 1,177.60 + 193.60."""
    row = only(TotalSizeGB=60_000.0, MonthlyCostUSD=1371.2)
    assert row["list_usd"] == pytest.approx(1371.2)
    assert row["list_usd_per_gb"] == pytest.approx(1371.2 / 60_000)
    assert row["usd_per_gb"] == pytest.approx(1371.2 / 60_000)


def test_small_objects_cost_more_than_their_bytes() -> None:
    """Ten million objects of 16 KB are 152.6 GB, and 1,220.7 GB billed at 128 KB: 15.26 against 3.51."""
    gb = 10_000_000 * 16 / 1024**2
    row = only(StorageClass="STANDARD_IA", TotalSizeGB=gb, ObjectCount=10_000_000, MonthlyCostUSD=1.91)
    assert row["object_kb"] == pytest.approx(16)
    assert row["small_objects"]
    assert row["list_usd"] == pytest.approx(gb * 8 * 0.0125)
    assert row["standard_usd"] == pytest.approx(gb * 0.023)
    assert row["reading"] == "below list"


@pytest.mark.parametrize(
    ("fields", "reading"),
    [
        ({"Region": "sa-east-1", "StorageClass": "GLACIER"}, "not priced"),
        ({"StorageClass": "TAPE"}, "not priced"),
        ({"Region": None}, "not priced"),
        ({"TotalSizeGB": None}, "no size"),
        ({"MonthlyCostUSD": None}, "no cost"),
    ],
)
def test_what_is_not_known_is_not_judged(fields: dict[str, object], reading: str) -> None:
    row = only(**fields)
    assert row["reading"] == reading
    assert math.isnan(row["beyond_usd"])


@pytest.mark.parametrize(
    ("fields", "empty"),
    [
        ({"ObjectCount": 0, "TotalSizeGB": 0.0}, True),
        ({"ObjectCount": 0}, True),
        ({"TotalSizeGB": 0.0}, True),
        ({"ObjectCount": None}, False),
        ({"TotalSizeGB": None}, False),
    ],
)
def test_empty_is_what_is_known_to_be_empty(fields: dict[str, object], empty: bool) -> None:
    row = only(MonthlyCostUSD=5.0, **fields)
    assert row["empty"] == empty
    if fields.get("TotalSizeGB") == 0.0:
        # Nothing is stored, and five dollars are charged.
        assert (row["list_usd"], row["reading"], row["beyond_usd"]) == (0, "above list", 5)


def test_flags_of_safety_need_a_word() -> None:
    rows = judged(
        bucket(Encryption="None", VersionEnabled=False),
        bucket(Encryption=None, VersionEnabled=None),
    )
    assert rows["unencrypted"].tolist() == [True, False]
    assert rows["unversioned"].tolist() == [True, False]


def test_a_bucket_stands_out_of_its_class_on_the_logarithm_of_its_size() -> None:
    """Sizes e, e², …, e⁷ and e¹⁶: the median of logs is 4.5, deviations 3.5 … 0.5, 0.5 … 2.5, 11.5.

    Their median is (1.5 + 2.5) ÷ 2 = 2: z = 11.5 ÷ (1.4826 × 2) = 3.88.
    """
    sizes = [math.exp(power) for power in (1, 2, 3, 4, 5, 6, 7, 16)]
    rows = judged(*(bucket(TotalSizeGB=size) for size in sizes))
    assert rows["size_z"].iloc[-1] == pytest.approx(11.5 / (1.4826 * 2))
    assert rows["outsized"].tolist() == [False] * 7 + [True]


def test_among_few_buckets_none_is_outsized() -> None:
    rows = judged(*(bucket(TotalSizeGB=float(size)) for size in (10, 89, 9, 1)))
    assert rows["size_z"].isna().all()
    assert len(rows) < FEWEST
    assert not rows["outsized"].any()
    # The fifth and sixth have no size to be counted by.
    none = judged(*(bucket(TotalSizeGB=size) for size in (10.0, 89.0, 9.0, 1.0, 0.0, None)))
    assert not none["outsized"].any()


@pytest.mark.parametrize(
    ("others", "size", "outsized"),
    [
        # Of six buckets three times an equal share is a half: 5 ÷ 10, and 4.9 ÷ 9.9.
        (5, 5.0, True),
        (5, 4.9, False),
        # Of ten 3 ÷ 10: 4 ÷ 13, and 3.8 ÷ 12.8 = 0.297.
        (9, 4.0, True),
        (9, 3.8, False),
        # Of forty a tenth, which is more than 3 ÷ 40: 4.5 ÷ 43.5, and 4.3 ÷ 43.3.
        (39, 4.5, True),
        (39, 4.3, False),
    ],
)
def test_a_tenth_of_all_gb_and_three_equal_shares(others: int, size: float, outsized: bool) -> None:
    rows = judged(*[bucket(TotalSizeGB=1.0)] * others, bucket(TotalSizeGB=size))
    assert rows["size_z"].isna().all()  # the others are all alike
    assert rows["outsized"].tolist() == [False] * others + [outsized]


@pytest.mark.parametrize("number", [1, 2, 5, 6, 10, 30])
def test_equal_buckets_are_never_outsized(number: int) -> None:
    assert not judged(*[bucket()] * number)["outsized"].any()


@pytest.mark.parametrize(
    ("created", "age"),
    [
        ("2026-10-18", "under 1 year"),
        ("2026-12-01", "under 1 year"),  # after the day of the data
        ("2025-10-17", "1 to 2 years"),
        ("2024-01-01", "2 to 3 years"),
        ("2023-01-01", "3 to 5 years"),
        ("2010-01-01", "5 years or more"),
        (None, "no date"),
    ],
)
def test_the_age_is_the_buckets(created: str | None, age: str) -> None:
    when = None if created is None else pd.Timestamp(created, tz="UTC")
    assert only(CreationDate=when)["age"] == age


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["STANDARD", "STANDARD_IA", "GLACIER", "INTELLIGENT_TIERING", "TAPE"]),
            st.sampled_from(["us-east-1", "eu-west-1", "sa-east-1"]),
            st.one_of(st.none(), st.floats(0, 1e7)),
            st.one_of(st.none(), st.integers(0, 10**9)),
            st.one_of(st.none(), st.floats(0, 1e6)),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_what_holds_for_every_list(rows: list[tuple]) -> None:
    names = ("StorageClass", "Region", "TotalSizeGB", "ObjectCount", "MonthlyCostUSD")
    buckets = judged(*(bucket(**dict(zip(names, row, strict=True))) for row in rows))
    assert len(buckets) == len(rows)
    priced = buckets[buckets["list_usd"].notna()]
    assert (priced["list_least_usd"] <= priced["list_usd"] * (1 + 1e-9)).all()
    assert (priced["list_usd"] >= 0).all()
    signs = {"above list": 1, "at list": 0, "below list": -1}
    for reading, beyond in zip(buckets["reading"], buckets["beyond_usd"], strict=True):
        if reading in signs:
            assert (beyond > 0) - (beyond < 0) == signs[reading]
        else:
            assert math.isnan(beyond)
    known = buckets["share"].dropna()
    assert known.empty or known.sum() == pytest.approx(1)
