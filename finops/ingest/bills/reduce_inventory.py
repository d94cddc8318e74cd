"""Which instances and buckets does a bill name, at what cost? The ``ec2`` and ``s3`` frames."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from finops.ingest.bills.lines import TEXT
from finops.ingest.bills.reduce_usage import quantity, ran
from finops.money import HOURS_PER_MONTH
from finops.schema import EC2, NO_TAGS, S3, resource_names

_S3_NAMES = ("AmazonS3", "Amazon Simple Storage Service", "Amazon S3")
# AWS, "Understanding your AWS billing and usage reports for Amazon S3": usage types of storage.
_CLASSES: Mapping[str, str] = {
    "TimedStorage-SIA": "STANDARD_IA",
    "TimedStorage-ZIA": "ONEZONE_IA",
    "TimedStorage-GIR": "GLACIER_IR",
    "TimedStorage-GDA": "DEEP_ARCHIVE",
    "TimedStorage-Glacier": "GLACIER",
    "TimedStorage-INT-FA": "INTELLIGENT_TIERING_FA",
    "TimedStorage-INT-IA": "INTELLIGENT_TIERING_IA",
    "TimedStorage-INT-AA": "INTELLIGENT_TIERING_AA",
    "TimedStorage-INT-DAA": "INTELLIGENT_TIERING_DAA",
    "TimedStorage-INT-AIA": "INTELLIGENT_TIERING_AIA",
    "TimedStorage-RRS": "REDUCED_REDUNDANCY",
    "TimedStorage-XZ": "EXPRESS_ONEZONE",
    "TimedStorage-ByteHrs": "STANDARD",
}


def instances(lines: ibis.Table) -> ibis.Table:
    """A row per instance (ResourceId): what it was at its last hour, and its sums over the lines.

    AccountId, Region, InstanceType, Platform, TagSetId, First, Last (the end), Hours, EffectiveCost
    over the KnownHours in which it is known, ContractedCost.
    """
    of_instances = lines.ResourceId.startswith("i-") | lines.ResourceId.contains(":instance/i-")
    hours = lines.filter(ran(lines), of_instances)
    what = {
        "InstanceId": hours.ResourceId,
        "AccountId": hours.SubAccountId,
        "Region": hours.RegionId,
        "InstanceType": hours.InstanceType,
        "Platform": hours.Platform,
        "TagSetId": hours.TagSetId,
    }
    stays = hours.group_by(**what).agg(
        First=hours.ChargePeriodStart.min(),
        Last=hours.ChargePeriodEnd.max(),
        Hours=quantity(hours).sum(),
        KnownHours=quantity(hours).sum(where=hours.EffectiveCost.notnull()),
        EffectiveCost=hours.EffectiveCost.sum(),
        ContractedCost=hours.ContractedCost.sum(),
    )
    of_last = ("AccountId", "Region", "InstanceType", "Platform", "TagSetId")
    order = [stays.Last.desc(nulls_first=False), *(stays[name] for name in of_last)]
    ranked = stays.mutate(Rank=ibis.row_number().over(group_by=stays.InstanceId, order_by=order))
    return ranked.group_by("InstanceId").agg(
        **{name: ranked[name].max(where=ranked.Rank == 0) for name in of_last},
        First=ranked.First.min(),
        Last=ranked.Last.max(),
        **{
            name: ranked[name].sum()
            for name in ("Hours", "KnownHours", "EffectiveCost", "ContractedCost")
        },
    )


def instance_rows(found: pa.Table, tag_sets: pa.Table, first: datetime, last: datetime) -> pd.DataFrame:
    """The ``ec2`` frame of rows of ``instances``; dollars at the effective rate of their hours.

    ``first`` is the first moment of the bill and ``last`` the end of its last complete hour, UTC
    without a zone. An instance whose hours reach ``last`` runs; of others the State is null. One that
    began on a later day than the bill was launched then.
    """
    rows = found.to_pandas()
    hours = rows["KnownHours"].astype("float64")
    hourly = rows["EffectiveCost"].astype("float64") / hours.where(hours > 0)
    states = pd.Series(None, index=rows.index, dtype="str").mask(rows["Last"] >= last, "running")
    later = rows["First"].dt.normalize() > pd.Timestamp(first).normalize()
    return EC2.conform(
        rows.assign(
            InstanceId=resource_names(rows["InstanceId"].astype("str")),
            State=states,
            CostPerHourUSD=hourly,
            MonthlyCostUSD=hourly * HOURS_PER_MONTH,
            LaunchTime=rows["First"].where(later),
            Tags=_tags(rows["TagSetId"], tag_sets),
        )
    )


def buckets(lines: ibis.Table) -> ibis.Table:
    """A row per bucket (ResourceId of S3): AccountId, Region, StorageClass, TagSetId, EffectiveCost of
    all its charges, GBMonths stored. The class is that with most storage dollars; null without any.
    """
    is_s3 = lines.ServiceCode.isin(_S3_NAMES).fill_null(False) | lines.ServiceName.isin(_S3_NAMES)
    of_buckets = lines.filter(is_s3, lines.ResourceId.notnull())
    parts = of_buckets.group_by(
        BucketName=of_buckets.ResourceId,
        AccountId=of_buckets.SubAccountId,
        Region=of_buckets.RegionId,
        UsageType=of_buckets.UsageType,
        TagSetId=of_buckets.TagSetId,
    ).agg(
        EffectiveCost=of_buckets.EffectiveCost.sum(),
        Stored=ibis.coalesce(of_buckets.PricingQuantity, of_buckets.ConsumedQuantity).sum(),
        Last=of_buckets.ChargePeriodEnd.max(),
    )
    named = parts.mutate(StorageClass=_storage_class(parts.UsageType))
    of_class = named.EffectiveCost.sum().over(group_by=[named.BucketName, named.StorageClass])
    weighed = named.mutate(ClassCost=of_class)
    by_class = [
        weighed.StorageClass.isnull(),
        weighed.ClassCost.desc(nulls_first=False),
        weighed.StorageClass,
        *_latest(weighed),
    ]
    ranked = weighed.mutate(
        ClassRank=ibis.row_number().over(group_by=weighed.BucketName, order_by=by_class),
        LastRank=ibis.row_number().over(group_by=weighed.BucketName, order_by=_latest(weighed)),
    )
    latest = ranked.LastRank == 0
    return ranked.group_by("BucketName").agg(
        **{name: ranked[name].max(where=latest) for name in ("AccountId", "Region", "TagSetId")},
        StorageClass=ranked.StorageClass.max(where=ranked.ClassRank == 0),
        EffectiveCost=ranked.EffectiveCost.sum(),
        GBMonths=ranked.Stored.sum(where=ranked.StorageClass.notnull()),
    )


def _latest(rows: ibis.Table) -> list[ir.Value]:
    names = ("AccountId", "Region", "TagSetId", "UsageType")
    return [rows.Last.desc(nulls_first=False), *(rows[name] for name in names)]


def _storage_class(usage_type: ir.StringValue) -> ir.StringValue:
    branches = [(usage_type.contains(part), name) for part, name in _CLASSES.items()]
    return ibis.cases(*branches, else_=ibis.null(TEXT))


def bucket_rows(found: pa.Table, tag_sets: pa.Table, months: float) -> pd.DataFrame:
    """The ``s3`` frame of rows of ``buckets`` whose lines cover this many months (0.5 is half a one)."""
    rows = found.to_pandas()
    return S3.conform(
        rows.assign(
            BucketName=resource_names(rows["BucketName"].astype("str")),
            MonthlyCostUSD=rows["EffectiveCost"].astype("float64") / months,
            TotalSizeGB=rows["GBMonths"].astype("float64") / months,
            Tags=_tags(rows["TagSetId"], tag_sets),
        )
    )


def _tags(ids: pd.Series, tag_sets: pa.Table) -> pd.Series:
    known = dict(zip(tag_sets["TagSetId"].to_pylist(), tag_sets["Tags"].to_pylist(), strict=True))
    return ids.map(known).fillna(NO_TAGS)
