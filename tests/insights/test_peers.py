"""Resources beyond their peers: worked by hand, and what holds whatever the data."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops.errors import Cancelled
from finops.insights.outlier_model import train_outliers
from finops.insights.peer_check import LEAST_PLANTED, check_peers
from finops.insights.peers import LEAST_SPREAD, PEERS, Outliers, comparable, outliers
from finops.insights.training import Training
from finops.pricing import load_catalogue
from finops.schema import EC2, S3


def ec2(*rows: tuple[str, str, str, float], state: str = "running") -> pd.DataFrame:
    """Instances of (id, type, region, dollars an hour)."""
    names = ("InstanceId", "InstanceType", "Region", "CostPerHourUSD")
    frame = pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])
    return EC2.conform(
        frame.assign(State=state, MonthlyCostUSD=frame["CostPerHourUSD"] * 730, Platform="Linux/UNIX")
    )


def s3(*rows: tuple[str, str, str, float, float]) -> pd.DataFrame:
    """Buckets of (name, class, region, GB, dollars a month)."""
    names = ("BucketName", "StorageClass", "Region", "TotalSizeGB", "MonthlyCostUSD")
    return S3.conform(pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows]))


NO_EC2, NO_S3 = EC2.empty(), S3.empty()


def seen(instances: pd.DataFrame = NO_EC2, buckets: pd.DataFrame = NO_S3) -> Outliers:
    return outliers(comparable(instances, buckets, load_catalogue()))


def found(instances: pd.DataFrame = NO_EC2, buckets: pd.DataFrame = NO_S3) -> pd.DataFrame:
    return seen(instances, buckets).table


def fleet(count: int, kind: str = "m5.large", region: str = "us-east-1", usd: float = 0.1):
    return [(f"i-{kind}-{region}-{at:04}", kind, region, usd) for at in range(count)]


def test_an_instance_at_four_times_its_peers() -> None:
    """Five at 0.10 $/h, one at 0.40: the median of the six is 0.10, the MAD 0, the spread the least.

    z = ln 4 ÷ 0.05 = 27.7; a month at the median is 73.00 $, above it (0.40 − 0.10) × 730 = 219.00 $.
    """
    table = found(ec2(*fleet(5), ("i-dear", "m5.large", "us-east-1", 0.4)))
    (row,) = table.to_dict(orient="records")
    assert (row["resource_id"], row["service"], row["peers"]) == ("i-dear", "EC2", 5)
    assert row["compared_with"] == "m5.large, us-east-1, Linux/UNIX"
    assert row["peers_usd"] == pytest.approx(73.0)
    assert row["above_usd"] == pytest.approx(219.0)
    assert row["times"] == pytest.approx(4.0)
    assert row["z"] == pytest.approx(math.log(4) / LEAST_SPREAD)


def test_the_spread_of_the_peers_counts() -> None:
    """Of 1, 2, 4, 8, 16, 32 and 64 cents the logs (in ln 2) are 0 to 6: median 3, MAD 2, spread 2.97.

    64 cents are 3 ÷ 2.97 = 1.01 spreads above: nothing to tell.
    """
    rows = [(f"i-{at}", "m5.large", "us-east-1", 0.01 * 2**at) for at in range(7)]
    assert found(ec2(*rows)).empty


def test_too_few_peers_say_nothing() -> None:
    rows = [*fleet(PEERS - 1), ("i-dear", "m5.large", "us-east-1", 4.0)]
    assert found(ec2(*rows)).empty
    assert seen(ec2(*rows)).judged == 0
    assert seen(ec2(*fleet(PEERS), ("i-dear", "m5.large", "us-east-1", 4.0))).judged == PEERS + 1


def test_the_family_stands_in_by_its_list_prices() -> None:
    """m5.2xlarge lists at 0.384 $/h, m5.large at 0.096: where that costs 0.10, four times as much should
    cost 0.40, not 0.80."""
    table = found(ec2(*fleet(6), ("i-dear", "m5.2xlarge", "us-east-1", 0.8)))
    (row,) = table.to_dict(orient="records")
    assert (row["resource_id"], row["peers"]) == ("i-dear", 6)
    assert row["compared_with"] == "m5, us-east-1, Linux/UNIX, by cost ÷ list price"
    assert row["peers_usd"] == pytest.approx(0.4 * 730)
    assert row["above_usd"] == pytest.approx(0.4 * 730)


def test_other_regions_stand_in_last() -> None:
    table = found(ec2(*fleet(6), ("i-dear", "m5.large", "eu-west-1", 0.4)))
    assert table["compared_with"].tolist() == ["m5.large, all regions, Linux/UNIX, by cost ÷ list price"]


SIZES = [(f"i-{at}", "g4dn.2xlarge", "us-east-1", 0.752) for at in range(6)]


def test_what_costs_the_list_price_is_no_outlier() -> None:
    """g4dn.xlarge has half the units of g4dn.2xlarge and 70 % of its price (0.526 of 0.752 $/h); in
    São Paulo m5.large lists at 0.153 $/h, in Virginia at 0.096."""
    rows = [*SIZES, *(("i-small", "g4dn.xlarge", "us-east-1", 0.526),) * 2, *fleet(20, usd=0.096)]
    at_list = seen(ec2(*rows, ("i-far", "m5.large", "sa-east-1", 0.153)))
    assert at_list.table.empty
    assert at_list.judged == 29


def test_twice_the_list_price_among_another_size_and_another_region() -> None:
    """1.052 $/h are 0.526 × 730 = 383.98 $ above list, 0.306 are 111.69 $; z is ln 2 ÷ 0.05."""
    far = ("i-far", "m5.large", "sa-east-1", 0.306)
    rows = [*SIZES, ("i-small", "g4dn.xlarge", "us-east-1", 1.052), *fleet(6, usd=0.096), far]
    table = found(ec2(*rows))
    assert table["resource_id"].tolist() == ["i-small", "i-far"]
    assert table["peers_usd"].tolist() == pytest.approx([383.98, 111.69])
    assert table["above_usd"].tolist() == pytest.approx([383.98, 111.69])
    assert table["z"].tolist() == pytest.approx([math.log(2) / LEAST_SPREAD] * 2)
    assert table["compared_with"].tolist() == [
        "g4dn, us-east-1, Linux/UNIX, by cost ÷ list price",
        "m5.large, all regions, Linux/UNIX, by cost ÷ list price",
    ]


def test_buckets_of_another_region_by_its_list_price() -> None:
    """A GB of STANDARD is 0.023 $ in Virginia and 0.0405 in São Paulo: 40.50 $ for 1,000 are no more
    than the list, 81.00 are 40.50 above."""
    rows = [(f"b-{at}", "STANDARD", "us-east-1", 1000.0, 23.0) for at in range(6)]
    assert found(buckets=s3(*rows, ("b-far", "STANDARD", "sa-east-1", 1000.0, 40.5))).empty
    table = found(buckets=s3(*rows, ("b-far", "STANDARD", "sa-east-1", 1000.0, 81.0)))
    assert table["above_usd"].tolist() == pytest.approx([40.5])


def test_without_a_list_price_only_the_own_kind_and_region_are_peers() -> None:
    """Of a type that nobody prices six cost 0.10 $/h; 0.40 elsewhere may be that region's price."""
    here = fleet(6, "made.up")
    far = seen(ec2(*here, ("i-dear", "made.up", "eu-west-1", 0.4)))
    assert (far.table.empty, far.judged) == (True, 6)
    near = seen(ec2(*here, ("i-dear", "made.up", "us-east-1", 0.4)))
    assert near.table["above_usd"].tolist() == pytest.approx([219.0])
    assert (near.table["compared_with"].tolist(), near.judged) == (
        ["made.up, us-east-1, Linux/UNIX"],
        7,
    )
    buckets = [(f"b-{at}", "MADE_UP", "us-east-1", 1000.0, 23.0) for at in range(6)]
    assert found(buckets=s3(*buckets, ("b-far", "MADE_UP", "sa-east-1", 1000.0, 92.0))).empty
    table = found(buckets=s3(*buckets, ("b-dear", "MADE_UP", "us-east-1", 500.0, 46.0)))
    assert table["above_usd"].tolist() == pytest.approx([34.5])


def test_another_platform_is_no_peer() -> None:
    rows = ec2(*fleet(6), ("i-windows", "m5.large", "us-east-1", 0.4))
    rows = rows.assign(Platform=rows["Platform"].where(rows["InstanceId"] != "i-windows", "Windows"))
    assert found(rows).empty


def test_what_does_not_run_or_has_no_cost_is_not_compared() -> None:
    stopped = ec2(*fleet(6), ("i-dear", "m5.large", "us-east-1", 4.0), state="stopped")
    assert comparable(stopped, NO_S3, load_catalogue()).empty
    assert found(stopped).empty
    free = ec2(*[(f"i-{at}", "m5.large", "us-east-1", 0.0) for at in range(6)])
    assert comparable(free, NO_S3, load_catalogue()).empty


def test_a_bucket_by_dollars_a_gigabyte() -> None:
    """Six of 1,000 GB at 0.023 $, one of 500 GB for 46 $: 0.092 a GB, and 46 − 11.50 = 34.50 $ above."""
    rows = [(f"b-{at}", "STANDARD", "us-east-1", 1000.0, 23.0) for at in range(6)]
    table = found(buckets=s3(*rows, ("b-dear", "STANDARD", "us-east-1", 500.0, 46.0)))
    (row,) = table.to_dict(orient="records")
    assert (row["resource_id"], row["service"]) == ("b-dear", "S3")
    assert row["above_usd"] == pytest.approx(34.5)
    assert row["compared_with"] == "STANDARD, us-east-1"


def test_cents_are_not_told() -> None:
    """0.23 $ above its peers a month is below the least of one dollar."""
    rows = [(f"b-{at}", "STANDARD", "us-east-1", 10.0, 0.23) for at in range(6)]
    assert found(buckets=s3(*rows, ("b-dear", "STANDARD", "us-east-1", 10.0, 0.46))).empty


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["m5.large", "m5.xlarge", "c5.large", "made.up"]),
            st.sampled_from(["us-east-1", "eu-west-1"]),
            st.floats(0.01, 10),
        ),
        min_size=1,
        max_size=40,
    ),
    st.randoms(use_true_random=False),
)
def test_whatever_the_list(rows, random) -> None:
    """The order of rows does not matter, cost = peers + above, and nobody is judged by too few."""
    named = [(f"i-{at}", *row) for at, row in enumerate(rows)]
    table = found(ec2(*named))
    random.shuffle(named)
    pd.testing.assert_frame_equal(found(ec2(*named)), table)
    np.testing.assert_allclose(table["peers_usd"] + table["above_usd"], table["monthly_usd"])
    assert (table["peers"] >= PEERS).all()
    assert (table["above_usd"] >= 1).all()
    assert table["above_usd"].is_monotonic_decreasing


def test_the_check_finds_more_than_a_plain_z() -> None:
    """Three fleets of 30 whose prices differ tenfold, so that a spike of the cheap is a usual price."""
    rows = [
        *fleet(30, "t3.micro", usd=0.01),
        *fleet(30, "m5.large", usd=0.1),
        *fleet(30, "m5.4xlarge", "eu-west-1", usd=0.8),
    ]
    compared = comparable(ec2(*rows), NO_S3, load_catalogue())
    check = check_peers(compared)
    # Ten passes, the most, of five parts; each part of 18 holds one spike.
    assert check.planted == 50
    assert check.found == check.planted
    assert check.found_plainly < check.found
    assert (check.score, check.shown) == (1.0, True)
    shuffled = compared.sample(frac=1, random_state=1).reset_index(drop=True)
    assert check_peers(shuffled) == check


def test_where_it_is_not_better_nothing_is_shown() -> None:
    """Every instance is of a type of its own: nobody has peers, so no spike can be found."""
    types = sorted(load_catalogue().instance_types("us-east-1"))
    kinds = [*{kind.split(".")[0]: kind for kind in types}.values()][:40]
    rows = [(f"i-{at:02}", kind, "us-east-1", 0.1 + at / 100) for at, kind in enumerate(kinds)]
    model = train_outliers(ec2(*rows), NO_S3, load_catalogue())
    assert model.check.planted >= LEAST_PLANTED
    assert model.check.found <= model.check.found_plainly
    assert (model.shown, model.judged) == (False, 0)


def test_too_few_to_check() -> None:
    model = train_outliers(ec2(*fleet(10)), NO_S3, load_catalogue())
    assert (model.compared, model.score, model.baseline, model.shown) == (10, None, None, False)
    assert train_outliers(NO_EC2, NO_S3, load_catalogue()).table.empty


def test_the_check_can_be_stopped() -> None:
    training = Training()
    training.cancel()
    with pytest.raises(Cancelled):
        train_outliers(ec2(*fleet(40)), NO_S3, load_catalogue(), training)
