"""The headline figures agree with the frames they come from, and with each other."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from finops.answers.inventory import instances
from finops.answers.overview import overview
from finops.answers.storage import storage
from finops.estate import Estate, Filters, load_estate
from finops.ingest import InputFile

EC2_LIST = InputFile(
    "ec2.csv",
    b"ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State\n"
    b"i-1,EC2,us-east-1,0.192,Team=Search,2025-07-22,m5.xlarge,running\n"
    b"i-2,EC2,eu-west-1,0.1,,2025-07-22,m5.large,stopped\n",
)
S3_LIST = InputFile(
    "s3.csv",
    b"BucketName,Region,CostUSD,Tags,CreationDate,StorageClass,ObjectCount,TotalSizeGB,VersionEnabled,"
    b"Encryption\nlogs,us-east-1,23,Team=Search,2024-01-01,STANDARD,10,1000,False,None\n",
)


def test_the_bill_gives_the_month_and_the_month_before(sample: Estate) -> None:
    answer = overview(sample)
    assert answer.basis.period == "2026-09"
    # Worked out in data/README.md.
    assert round(answer.cost_usd, 2) == Decimal("60886.52")
    assert answer.billed_usd is not None
    assert round(answer.billed_usd, 2) == Decimal("59354.52")
    assert answer.run_rate_usd is not None
    assert round(answer.run_rate_usd, 3) == Decimal("64902.862")


@pytest.mark.parametrize("name", ["by_service", "by_region", "by_team", "by_account"])
def test_every_split_adds_up_to_the_cost(sample: Estate, name: str) -> None:
    answer = overview(sample)
    split = getattr(answer, name)
    assert split["cost_usd"].sum() == pytest.approx(float(answer.cost_usd))
    assert split["previous_usd"].sum() == pytest.approx(float(answer.previous_usd or 0))
    assert split["share_pct"].sum() == pytest.approx(100)
    assert split["cost_usd"].is_monotonic_decreasing


@pytest.mark.parametrize("by", ["service", "region", "team", "account"])
def test_days_and_months_hold_the_whole_bill(sample: Estate, by: str) -> None:
    answer = overview(sample)
    whole = float(sample.costs["EffectiveCost"].sum())
    assert answer.daily[by]["cost_usd"].sum() == pytest.approx(whole)
    assert answer.monthly[by]["cost_usd"].sum() == pytest.approx(whole)
    september = answer.monthly[by].loc[answer.monthly[by]["month"] == "2026-09"]
    now = getattr(answer, f"by_{by}").set_index("name")["cost_usd"]
    assert dict(zip(september["name"], september["cost_usd"], strict=True)) == pytest.approx(
        {name: cost for name, cost in now.items() if name in set(september["name"])}
    )
    assert september["cost_usd"].sum() == pytest.approx(float(answer.cost_usd))


def test_lists_alone_give_the_run_rate_and_no_history() -> None:
    answer = overview(load_estate(ec2=EC2_LIST, s3=S3_LIST))
    # (0.192 + 0.1) × 730 + 23, of which 73 is stopped.
    assert answer.cost_usd == Decimal("236.16")
    assert answer.not_running_usd == Decimal("73")
    assert (answer.previous_usd, answer.month_to_date_usd, answer.reconciliation) == (None, None, None)
    assert answer.basis.source == "inventory"
    assert dict(zip(answer.by_team["name"], answer.by_team["cost_usd"], strict=True)) == {
        "Search": pytest.approx(163.16),
        "(none)": pytest.approx(73),
    }
    assert all(answer.daily[by].empty for by in ("service", "region", "team", "account"))


def test_a_bill_alone_tells_no_run_rate(tree: Path) -> None:
    answer = overview(load_estate(billing=tree / "data" / "costs.parquet"))
    assert round(answer.cost_usd, 2) == Decimal("60886.52")
    rates = (answer.run_rate_usd, answer.ec2_run_rate_usd, answer.s3_run_rate_usd)
    assert (*rates, answer.not_running_usd) == (None, None, None, None)
    # One list is enough: 0.192 × 730 + 73.
    assert overview(load_estate(ec2=EC2_LIST)).run_rate_usd == Decimal("213.16")


def test_instances_and_buckets_are_counted_with_their_dollars() -> None:
    estate = load_estate(ec2=EC2_LIST, s3=S3_LIST)
    listed = instances(estate)
    assert (listed.count, listed.running, listed.stopped, listed.terminated) == (2, 1, 1, 0)
    assert listed.monthly_cost_usd == Decimal("213.16")
    assert list(listed.resources["Team"].fillna("")) == ["Search", ""]
    stored = storage(estate)
    assert (stored.count, stored.unencrypted.count, stored.unversioned.count) == (1, 1, 1)
    assert stored.usd_per_gb == pytest.approx(0.023)


def test_nothing_left_by_the_filters_is_no_error(sample: Estate) -> None:
    empty = sample.narrowed(Filters(regions=("nowhere-1",)))
    answer = overview(empty)
    assert answer.cost_usd == 0
    assert instances(empty).count == storage(empty).count == 0
    frames = [getattr(answer, field.name) for field in fields(answer)]
    assert all(frame.empty for frame in frames if isinstance(frame, pd.DataFrame))
