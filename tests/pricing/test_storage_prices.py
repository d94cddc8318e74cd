"""S3 prices of us-east-1 STANDARD: 0.023 to 51,200 GB, 0.022 to 512,000 GB, 0.021 beyond."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.errors import UnknownPrice
from finops.pricing import StorageTier, packaged_catalogue
from finops.pricing.storage_tiers import tiered_cost, tiered_costs

CATALOGUE = packaged_catalogue()


@pytest.mark.parametrize(
    ("size_gb", "expected"),
    [
        (0, 0),
        (1000, 23.0),
        (51_200, 1177.6),
        (51_201, 1177.622),
        (100_000, 1177.6 + 48_800 * 0.022),  # 2,251.20
        (512_000, 1177.6 + 460_800 * 0.022),  # 11,315.20
        (600_000, 11_315.2 + 88_000 * 0.021),  # 13,163.20
    ],
)
def test_each_band_at_its_own_price(size_gb: float, expected: float) -> None:
    assert CATALOGUE.storage_cost("us-east-1", "STANDARD", size_gb) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    ("storage_class", "expected"),
    [
        ("STANDARD_IA", 12.5),
        ("ONEZONE_IA", 10.0),
        ("INTELLIGENT_TIERING", 23.0),
        ("GLACIER_IR", 4.0),
        ("GLACIER", 3.6),
        ("DEEP_ARCHIVE", 0.99),
        ("REDUCED_REDUNDANCY", 24.0),
        ("EXPRESS_ONEZONE", 110.0),
    ],
)
def test_a_thousand_gb_of_every_class(storage_class: str, expected: float) -> None:
    cost = CATALOGUE.storage_cost("us-east-1", storage_class, 1000)
    assert cost == pytest.approx(expected)
    assert storage_class in CATALOGUE.storage_classes("us-east-1")


def test_intelligent_tiering_is_its_frequent_access_tier() -> None:
    frequent = CATALOGUE.storage_tiers("us-east-1", "INTELLIGENT_TIERING_FA")
    assert CATALOGUE.storage_tiers("us-east-1", "INTELLIGENT_TIERING") == frequent


@pytest.mark.parametrize(
    ("region", "storage_class", "basis"),
    [
        ("us-east-1", "STANDARD", "recorded"),
        ("eu-west-1", "INTELLIGENT_TIERING", "derived"),
        ("eu-west-1", "GLACIER", "secondary"),
        ("eu-central-1", "GLACIER", "unverified"),
        ("us-east-1", "REDUCED_REDUNDANCY", "estimated"),
    ],
)
def test_how_well_a_price_is_known_is_kept(region: str, storage_class: str, basis: str) -> None:
    tiers = CATALOGUE.storage_tiers(region, storage_class)
    assert {tier.basis for tier in tiers} == {basis}
    assert all(tier.source and tier.as_of >= date(2026, 9, 1) for tier in tiers)


def test_unknown_storage_is_an_error() -> None:
    with pytest.raises(UnknownPrice, match="GLACIER is not priced in 'sa-east-1'"):
        CATALOGUE.storage_tiers("sa-east-1", "GLACIER")
    with pytest.raises(UnknownPrice, match="no storage class 'Standard'; expected one of"):
        CATALOGUE.storage_cost("us-east-1", "Standard", 1)


@pytest.mark.parametrize("size_gb", [-1, float("nan"), float("inf")])
def test_a_size_is_a_number_from_0(size_gb: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        CATALOGUE.storage_cost("us-east-1", "STANDARD", size_gb)


def test_beyond_a_closed_band_nothing_is_priced() -> None:
    tier = StorageTier(
        start_gb=0,
        end_gb=100,
        usd_per_gb_month=0.5,
        basis="recorded",
        source="-",
        as_of=date(2026, 1, 1),
    )
    assert tiered_cost([tier], 100) == 50
    with pytest.raises(UnknownPrice, match="up to 100 GB"):
        tiered_cost([tier], 101)
    with pytest.raises(UnknownPrice, match="up to 100 GB"):
        tiered_costs([tier], np.array([1.0, 101.0]))
    with pytest.raises(ValueError, match="0 or more"):
        tiered_costs([tier], np.array([1.0, np.nan]))


@given(st.lists(st.floats(0, 1e7), max_size=5))
def test_many_sizes_cost_what_each_does(sizes: list[float]) -> None:
    tiers = CATALOGUE.storage_tiers("us-east-1", "STANDARD")
    each = [tiered_cost(tiers, size) for size in sizes]
    assert tiered_costs(tiers, np.array(sizes)) == pytest.approx(each)


@given(st.floats(0, 1e7), st.floats(0, 1e7))
def test_more_storage_costs_more_and_no_more_than_the_first_band(one: float, more: float) -> None:
    small = CATALOGUE.storage_cost("us-east-1", "STANDARD", one)
    large = CATALOGUE.storage_cost("us-east-1", "STANDARD", one + more)
    assert small <= large + 1e-9
    assert large <= (one + more) * 0.023 + 1e-6


@pytest.mark.parametrize(
    ("storage_class", "rate", "usd"),
    [
        ("STANDARD", "get_per_1000", 0.0004),
        ("GLACIER_IR", "retrieval_per_gb", 0.03),
        ("DEEP_ARCHIVE", "lifecycle_transition_per_1000", 0.05),
        ("GLACIER", "retrieval_bulk_per_gb", 0),  # AWS gives bulk retrieval away
    ],
)
def test_request_rates(storage_class: str, rate: str, usd: float) -> None:
    answer = CATALOGUE.request_rate(storage_class, rate, "us-east-1")
    assert (answer.usd, answer.basis, answer.as_of) == (usd, "recorded", date(2026, 9, 18))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            ("STANDARD", "get_per_1000", "eu-west-1"),
            "not priced in 'eu-west-1'; they are in us-east-1 only",
        ),
        (("STANDARD", "gets", "us-east-1"), "priced for it are get_per_1000"),
        (("EXPRESS_ONEZONE", "get_per_1000", "us-east-1"), "nothing but storage"),
    ],
)
def test_unknown_request_rates(asked, said: str) -> None:
    with pytest.raises(UnknownPrice, match=said):
        CATALOGUE.request_rate(*asked)


@pytest.mark.parametrize(("storage_class", "usd"), [("GLACIER", 0.05), ("DEEP_ARCHIVE", 0.1)])
def test_requests_to_restore(storage_class: str, usd: float) -> None:
    """AWS's own sum: 15,000,000 requests to restore from GLACIER are 750 dollars."""
    answer = CATALOGUE.request_rate(storage_class, "restore_standard_per_1000", "us-east-1")
    assert (answer.usd, answer.basis) == (usd, "secondary")
    if storage_class == "GLACIER":
        assert 15_000_000 / 1000 * answer.usd == pytest.approx(750)
