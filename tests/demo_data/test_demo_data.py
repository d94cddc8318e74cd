"""Is the committed sample what the generator makes, and are its lists as described?"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from finops import tags
from finops.money import exact_sum
from finops.pricing import packaged_catalogue
from finops.schema import ACCOUNTS, COMMITMENTS, COSTS, USAGE
from finops.tagging import TaggingPolicy
from scripts.demo_data.files import NAMES, read_frame, same_frame, write_frame, write_text
from scripts.demo_data.outputs import frames_of, texts_of
from scripts.demo_data.sample import Sample

if TYPE_CHECKING:
    from finops import Estate


def test_the_frames_are_those_of_the_generator(made: Sample, folder: Path) -> None:
    for name, frame in frames_of(made).items():
        pd.testing.assert_frame_equal(read_frame(folder / name), frame, check_categorical=False)


def test_the_texts_are_those_of_the_generator(made: Sample, folder: Path) -> None:
    for name, text in texts_of(made).items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"make demo-data would change {name}"


def test_a_file_is_written_only_when_its_content_changes(made: Sample, tmp_path: Path) -> None:
    frame, path, text = made.accounts, tmp_path / "accounts.parquet", tmp_path / "note.txt"
    assert [write_frame(path, each) for each in (frame, frame, frame.head(2))] == [True, False, True]
    assert [write_text(text, each) for each in ("a\n", "a\n", "b\n")] == [True, False, True]
    assert sorted(tmp_path.iterdir()) == [path, text]


def test_the_sample_is_small(folder: Path) -> None:
    assert sum((folder / name).stat().st_size for name in NAMES) <= 4_000_000


def test_the_frames_keep_to_their_schemas(made: Sample) -> None:
    frames = (
        (made.costs, COSTS),
        (made.usage, USAGE),
        (made.commitments, COMMITMENTS),
        (made.accounts, ACCOUNTS),
    )
    for frame, schema in frames:
        assert same_frame(frame, schema.conform(frame)), schema.name


def test_the_lists_hold_120_instances_and_80_buckets(
    compute: pd.DataFrame, storage: pd.DataFrame
) -> None:
    assert len(compute) == compute["ResourceId"].nunique() == 120
    assert (compute["State"] == "running").sum() == 82
    assert len(storage) == storage["BucketName"].nunique() == 80
    assert 4 <= compute["Region"].nunique() <= 5
    assert 5 < (storage["Encryption"] == "None").sum() < 40


def test_the_run_rate_is_about_65_000_dollars(compute: pd.DataFrame, storage: pd.DataFrame) -> None:
    hourly, monthly = (
        exact_sum(compute["CostUSD"].map(Decimal)),
        exact_sum(storage["CostUSD"].map(Decimal)),
    )
    assert (hourly, monthly) == (Decimal("67.0824"), Decimal("15932.71"))
    assert 64_000 <= hourly * 730 + monthly <= 66_000


def test_rates_are_the_catalogues(compute: pd.DataFrame) -> None:
    catalogue = packaged_catalogue()
    for row in compute.itertuples():
        assert float(row.CostUSD) == catalogue.on_demand(row.InstanceType, row.Region).usd_per_hour


def test_bucket_costs_are_tiered_list_prices(storage: pd.DataFrame) -> None:
    catalogue = packaged_catalogue()
    for row in storage.itertuples():
        cost = catalogue.storage_cost(row.Region, row.StorageClass, float(row.TotalSizeGB))
        assert abs(float(row.CostUSD) - cost) <= 0.005 + 1e-9


def test_some_tags_are_complete_and_most_are_not(compute: pd.DataFrame, storage: pd.DataFrame) -> None:
    read = tags.parse_column(pd.concat([compute["Tags"], storage["Tags"]]))[0]
    complete = read.map(lambda text: set(TaggingPolicy().required) <= tags.as_dict(text).keys()).sum()
    assert 40 <= complete <= 90
    assert (read == "{}").sum() >= 10
    assert {"costcenter", "environment", "team"} <= set(tags.keys(read))


def test_the_sample_policy_is_stricter_than_the_default(folder: Path) -> None:
    name = "tag_policy_sample.json"
    policy = TaggingPolicy.from_json((folder / name).read_text(), name)
    assert policy.required == TaggingPolicy().required
    assert set(policy.allowed_values) == {"Environment", "Team", "CostCenter"}
    assert not policy.allowed_values["Environment"].allow("prod")


def test_nothing_is_set_aside(sample: Estate) -> None:
    assert sample.set_aside.empty
    assert {issue.code for issue in sample.issues} <= {"platform_assumed", "cost_while_not_running"}
    assert sample.as_of == date(2026, 10, 18)
