"""The catalogue against prices from elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from finops.errors import FrameError
from finops.pricing import packaged_catalogue
from finops.pricing.spotcheck import compare, summarize


def _points(*rows: tuple[str, str, str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        list(rows), columns=["region", "instance_type", "os", "purchase", "usd_per_hour"]
    )


@pytest.mark.skipif(
    "FINOPS_CONFORMANCE_DATA" not in os.environ,
    reason="FINOPS_CONFORMANCE_DATA does not name the folder with the spot-check prices",
)
def test_the_catalogue_agrees_with_326_prices_from_elsewhere() -> None:
    points = pd.read_csv(Path(os.environ["FINOPS_CONFORMANCE_DATA"]) / "pricing" / "spotcheck.csv")
    compared = compare(packaged_catalogue(), points)
    result = summarize(compared)
    print(compared[compared["miss"]].to_string())
    assert result.points == 326
    assert result.within_1_5_pct >= 99
    assert result.within_0_5_pct >= 95


def test_deviation_is_relative_to_what_was_expected() -> None:
    compared = compare(
        packaged_catalogue(),
        _points(
            ("us-east-1", "c5.large", "linux", "on_demand", 0.085),
            ("us-east-1", "c5.large", "linux", "on_demand", 0.1),  # 0.085 is 15 % less
            ("us-east-1", "c6g.large", "linux", "ri_standard_1yr_no_upfront", 0.0428),
            ("us-east-1", "c5.large", "linux", "sp_ec2_1yr_no_upfront", 0.054),
        ),
    )
    assert compared["deviation_pct"].tolist() == pytest.approx([0, -15, 0, 0])
    assert compared["miss"].tolist() == [False, True, False, False]
    result = summarize(compared)
    assert (result.points, result.within_1_5, result.within_0_5) == (4, 3, 3)
    assert result.within_1_5_pct == 75
    assert result.worst_pct == pytest.approx(15)


def test_a_price_that_is_not_in_the_catalogue_is_a_miss() -> None:
    compared = compare(
        packaged_catalogue(),
        _points(
            ("us-east-1", "c5.huge", "linux", "on_demand", 1.0),
            ("us-east-1", "m8i.large", "linux", "ri_standard_1yr_no_upfront", 1.0),
        ),
    )
    assert compared["actual"].isna().all()
    assert compared["miss"].all()
    assert summarize(compared).worst_pct is None


def test_no_points_are_no_success() -> None:
    result = summarize(compare(packaged_catalogue(), _points()))
    assert (result.points, result.within_1_5_pct, result.within_0_5_pct) == (0, 0, 0)


@pytest.mark.parametrize(
    ("system", "purchase", "usd"),
    [("beos", "on_demand", 1.0), ("linux", "spot", 1.0), ("linux", "on_demand", 0.0)],
)
def test_points_that_make_no_sense_are_refused(system: str, purchase: str, usd: float) -> None:
    with pytest.raises(FrameError):
        compare(packaged_catalogue(), _points(("us-east-1", "c5.large", system, purchase, usd)))


def test_missing_columns_are_named() -> None:
    with pytest.raises(FrameError, match="usd_per_hour"):
        compare(packaged_catalogue(), _points().drop(columns="usd_per_hour"))


def test_the_points_are_not_changed() -> None:
    points = _points(("us-east-1", "c5.large", "linux", "on_demand", 0.085))
    before = points.copy(deep=True)
    compare(packaged_catalogue(), points)
    pd.testing.assert_frame_equal(points, before)
