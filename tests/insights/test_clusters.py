"""Clusters: the planted ones are found, one blob has none, and names say what is true."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from finops.errors import Cancelled
from finops.insights.cluster_count import LEAST_RESOURCES, _silhouette, _strength, measure, one_thread
from finops.insights.cluster_names import named
from finops.insights.clusters import ClusterModel, clusters_of, members_of, train_clusters
from finops.insights.features import FEATURES, described
from finops.insights.training import Training, TrainingState
from finops.pricing import load_catalogue
from finops.schema import EC2, S3

AS_OF = date(2026, 10, 18)


def blobs(number: int, seed: int, points: int = 200) -> np.ndarray:
    """Points around ``number`` corners of a cube of six sides that differ in two sides or more."""
    random = np.random.default_rng(seed)
    corners = 2.0 * np.array(
        [[1, 1, 1, 1, 1, 1], [-1, -1, 1, -1, 1, 1], [1, -1, -1, 1, -1, 1], [-1, 1, -1, 1, 1, -1],
         [1, 1, -1, -1, -1, -1], [-1, -1, 1, 1, -1, -1]]
    )  # fmt: skip
    chosen = corners[random.integers(0, number, points)]
    return chosen + 0.4 * random.standard_normal((points, 6))


@pytest.mark.parametrize("number", [2, 3, 4, 5, 6])
def test_planted_clusters_are_counted(number: int) -> None:
    with one_thread():
        found = measure(blobs(number, seed=number))
    assert found.chosen == number
    at = found.table.set_index("clusters").loc[number]
    assert at["silhouette"] > at["baseline"]
    assert found.table["clusters"].tolist() == list(range(2, 11))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", ["normal", "uniform", "long"])
def test_one_blob_has_none(kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    points = {
        "normal": random.standard_normal((120, 5)),
        "uniform": random.uniform(-2, 2, (120, 5)),
        "long": random.standard_normal((120, 5)) * [3, 1, 1, 1, 1],
    }[kind]
    with one_thread():
        assert measure(points).chosen is None


def test_too_few_or_all_alike_have_none() -> None:
    assert measure(blobs(2, 0, LEAST_RESOURCES - 1)).chosen is None
    assert measure(np.ones((100, 3))).chosen is None


def test_two_places_are_two_clusters_and_no_more() -> None:
    """Thirty resources that are the same twice: nobody can cut them in three."""
    found = measure(np.repeat([[0.0, 0.0], [3.0, 3.0]], 30, axis=0))
    assert found.chosen == 2
    assert found.table.set_index("clusters")["silhouette"].to_dict() == {2: 1.0} | dict.fromkeys(
        range(3, 7), -1
    )


def test_silhouette_by_hand() -> None:
    """0 and 1 against 5 and 6: (5.5 − 1) ÷ 5.5 and (4.5 − 1) ÷ 4.5, and the same mirrored: 0.798."""
    line = np.array([0.0, 1.0, 5.0, 6.0])
    away = np.abs(line[:, None] - line[None, :])
    expected = (4.5 / 5.5 + 3.5 / 4.5) / 2
    assert _silhouette(away, np.array([0, 0, 1, 1])) == pytest.approx(expected)
    assert _silhouette(away, np.zeros(4, dtype="int64")) == -1.0


def test_prediction_strength_by_hand() -> None:
    """Of the pairs of four points that the other half cuts 3 : 1, 3 of 6 stay together; of two, all."""
    own = np.array([0, 0, 0, 0, 1, 1])
    assert _strength(own, np.array([2, 2, 2, 0, 1, 1])) == pytest.approx(0.5)
    assert _strength(own, own) == 1.0
    assert _strength(np.array([0, 1, 1]), np.array([0, 1, 1])) == 0.0  # one point has no pair


def fleet_of(  # noqa: PLR0917
    count: int,
    name: str,
    kind: str,
    usd: float,
    cpu: float,
    memory: float,
    region: str,
    mbps: float = 80.0,
) -> pd.DataFrame:
    """Instances alike but for a few percent, by a fixed rule: no two rows are the same."""
    at = np.arange(count)
    wobble = 1 + 0.1 * np.sin(at * 2.4)
    return pd.DataFrame(
        {
            "InstanceId": [f"i-{name}-{n:03}" for n in at],
            "AccountId": "111122223333",
            "Region": region,
            "InstanceType": kind,
            "Platform": "Linux/UNIX",
            "State": "running",
            "CostPerHourUSD": usd * wobble,
            "MonthlyCostUSD": usd * wobble * 730,
            "LaunchTime": datetime(2026, 1, 1, tzinfo=UTC) + pd.to_timedelta(at % 7, unit="D"),
            "CPUUtilization": cpu * (1 + 0.1 * np.cos(at * 1.7)),
            "MemoryUtilization": memory * (1 + 0.1 * np.sin(at * 0.9)),
            "NetworkIn_Bps": mbps / 8 * 1e6 * (1 + 0.1 * np.cos(at * 3.1)),
            "NetworkOut_Bps": 0.0,
        }
    )


def three_fleets() -> pd.DataFrame:
    """Thirty idle memory optimized, thirty busy compute optimized, thirty small general purpose ones."""
    return EC2.conform(
        pd.concat(
            [
                fleet_of(30, "ledger", "r5.4xlarge", 1.008, 0.5, 8, "us-east-1", 0.05),
                fleet_of(30, "batch", "c6i.8xlarge", 1.36, 88, 60, "us-west-2", 900),
                fleet_of(30, "bastion", "t3.small", 0.0208, 5, 30, "eu-west-1", 1),
            ]
        )
    )


def trained(ec2: pd.DataFrame) -> tuple[ClusterModel, pd.DataFrame]:
    table = described("EC2", ec2, S3.empty(), load_catalogue(), AS_OF)
    return train_clusters("EC2", table), table


def test_three_fleets_are_three_clusters_with_names() -> None:
    model, table = trained(three_fleets())
    assert model.names == (
        "Busy compute optimized instances with much traffic in us-west-2",
        "Idle memory optimized instances with memory to spare in us-east-1",
        "Cheap, little used general purpose instances in eu-west-1",
    )
    members = members_of(model, table)
    fleets = members["resource_id"].str.split("-").str[1].groupby(members["cluster"]).unique()
    assert [list(names) for names in fleets] == [["batch"], ["ledger"], ["bastion"]]
    batch, ledger, bastion = clusters_of(model, members)
    assert [one.resources for one in (batch, ledger, bastion)] == [30, 30, 30]
    total = sum(one.monthly_usd for one in (batch, ledger, bastion))
    assert total == pytest.approx(three_fleets()["MonthlyCostUSD"].sum())
    # Medians of the rows as they are: 16 vCPU with 128 GiB are 8 a vCPU.
    assert (ledger.typical["vcpu"], ledger.typical["gib_per_vcpu"]) == (16.0, 8.0)
    assert ledger.typical["cpu_pct"] == pytest.approx(
        three_fleets().iloc[:30]["CPUUtilization"].median()
    )
    assert model.score > model.baseline
    assert model.stability >= 0.8


def test_the_order_of_rows_changes_nothing() -> None:
    ec2 = three_fleets()
    model, table = trained(ec2)
    other, shuffled = trained(ec2.sample(frac=1, random_state=7).reset_index(drop=True))
    assert other.names == model.names
    assert np.array_equal(other.centres, model.centres)
    pd.testing.assert_frame_equal(other.measured, model.measured)
    pd.testing.assert_frame_equal(members_of(other, shuffled), members_of(model, table))


def test_what_is_not_known_leaves_the_other_figures() -> None:
    ec2 = three_fleets()
    ec2.loc[ec2.index[::5], "MemoryUtilization"] = np.nan
    ec2["NetworkIn_Bps"] = np.nan
    ec2["NetworkOut_Bps"] = np.nan
    model, table = trained(ec2)
    assert model.left_out == ("network_mbps",)
    assert (dict(model.missing), model.complete) == ({"memory_pct": 18}, 72)
    assert len(model.names) == 3
    assert members_of(model, table)["cluster"].value_counts().tolist() == [30, 30, 30]


def test_an_unknown_type_and_nothing_at_all() -> None:
    ec2 = three_fleets().assign(InstanceType="made.up")
    model, _ = trained(ec2)
    assert model.left_out == ("gib_per_vcpu",)
    empty, _ = trained(EC2.empty())
    assert (empty.shown, empty.names, empty.score, empty.resources) == (False, (), None, 0)


def test_a_cluster_without_any_type_or_class_has_a_name() -> None:
    """No list states a type: the names are made of figures. Two fleets that differ in nothing else are
    told apart by their most frequent type, which one of them lacks."""
    model, _ = trained(three_fleets().assign(InstanceType=None))
    assert len(set(model.names)) == 3
    fleet = fleet_of(40, "one", "m5.large", 0.1, 40, 50, "us-east-1")
    nameless = fleet.assign(InstanceType=None)
    table = described(
        "EC2", EC2.conform(pd.concat([nameless, fleet])), S3.empty(), load_catalogue(), AS_OF
    )
    table = table.assign(category=None)
    labels = np.repeat([0, 1], 40)
    assert named("EC2", FEATURES["EC2"], np.ones(6), table, labels) == (
        "Instances, mostly unknown type",
        "Instances, mostly m5.large",
    )


def test_part_of_the_estate_keeps_its_clusters() -> None:
    model, table = trained(three_fleets())
    part = members_of(model, table[table["region"] == "us-east-1"])
    (only,) = clusters_of(model, part)
    assert (only.name, only.resources) == (model.names[1], 30)


def test_names_are_unique_even_where_clusters_read_alike() -> None:
    """Two fleets of one kind that differ in age alone are told apart by a word for it."""
    twice = pd.concat(
        [
            fleet_of(40, "old", "m5.large", 0.1, 40, 50, "us-east-1").assign(
                LaunchTime=datetime(2020, 1, 1, tzinfo=UTC)
            ),
            fleet_of(40, "new", "m5.large", 0.1, 40, 50, "us-east-1").assign(
                LaunchTime=datetime(2026, 10, 10, tzinfo=UTC)
            ),
        ]
    )
    model, _ = trained(EC2.conform(twice))
    assert sorted(model.names) == ["New general purpose instances", "Old general purpose instances"]


def two_kinds_of_buckets(*, classless: bool = False) -> pd.DataFrame:
    """Thirty large ones of large objects, thirty small ones of tiny objects."""
    at = np.arange(60)
    big = at % 2 == 0
    wobble = 1 + 0.1 * np.sin(at * 2.4)
    classes = np.where(big, "GLACIER", "STANDARD")
    return S3.conform(
        pd.DataFrame(
            {
                "BucketName": [f"b-{n:02}" for n in at],
                "Region": "us-east-1",
                "StorageClass": None if classless else classes,
                "TotalSizeGB": np.where(big, 50_000, 20) * wobble,
                "MonthlyCostUSD": np.where(big, 180, 0.46) * wobble,
                "ObjectCount": np.where(big, 100_000, 400_000),
                "CreationDate": datetime(2024, 1, 1, tzinfo=UTC),
            }
        )
    )


def test_buckets_have_clusters_too() -> None:
    table = described("S3", EC2.empty(), two_kinds_of_buckets(), load_catalogue(), AS_OF)
    # 20 GB in 400,000 objects are 0.05 MB each, 50,000 GB in 100,000 are 500 MB each.
    assert sorted(table["object_mb"].round(2).unique())[0] == pytest.approx(0.05, rel=0.2)
    model = train_clusters("S3", table)
    assert model.names == (
        "Large GLACIER buckets of large objects",
        "Small STANDARD buckets of tiny objects",
    )


def test_buckets_without_a_class_have_clusters_too() -> None:
    table = described("S3", EC2.empty(), two_kinds_of_buckets(classless=True), load_catalogue(), AS_OF)
    assert train_clusters("S3", table).names == (
        "Large buckets of large objects",
        "Small buckets of tiny objects",
    )
    twice = table.assign(resource_id="b", size_gb=1.0, object_mb=1.0, usd_per_gb=0.02)
    assert named("S3", FEATURES["S3"], np.ones(4), twice, np.repeat([0, 1], 30)) == (
        "Buckets, mostly unknown class (1)",
        "Buckets, mostly unknown class (2)",
    )


def test_figures_of_an_instance_by_hand() -> None:
    """m5.large: 2 vCPU, 8 GiB. 125,000 bytes a second: 1 Mbit/s. From the 17th to the end of the 18th:
    two days."""
    row = fleet_of(1, "one", "m5.large", 0.1, 40, 50, "us-east-1").assign(
        NetworkIn_Bps=1.0, NetworkOut_Bps=125_000.0, LaunchTime=datetime(2026, 10, 17, tzinfo=UTC)
    )
    (seen,) = described("EC2", EC2.conform(row), S3.empty(), load_catalogue(), AS_OF).to_dict("records")
    assert (seen["vcpu"], seen["gib_per_vcpu"], seen["network_mbps"], seen["age_days"]) == (2, 4, 1, 2)
    assert seen["category"] == "General purpose"
    assert {feature.name for feature in FEATURES["EC2"]} <= seen.keys()


class Stopping(Training):
    """Somebody cancels once the third part of a step is done."""

    def advance(self, parts: int = 1) -> None:
        super().advance(parts)
        if self.state.done == 3:
            self.cancel()


def test_training_can_be_stopped_half_way() -> None:
    training = Stopping()
    table = described("EC2", three_fleets(), S3.empty(), load_catalogue(), AS_OF)
    with pytest.raises(Cancelled):
        train_clusters("EC2", table, training)
    assert training.state == TrainingState("measuring the number of clusters", 3, 9)
