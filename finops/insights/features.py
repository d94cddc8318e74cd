"""What describes a resource, so that those alike can be told from the others? A few figures each.

Instances: dollars an hour, GiB a vCPU, CPU, memory and network in use, age. Buckets: size, size of an
object, dollars a GB, age. Dollars, sizes, network and age count by their ratio (log2), percentages as
they are. Sizes of types are the catalogue's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finops.insights.sizing import Market
from finops.insights.storage_billing import mean_object_kb
from finops.pricing import Catalogue

Service = Literal["EC2", "S3"]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One figure. ``ratio``: differences count by their log2, of values of ``least`` or more.

    ``least_spread`` is the smallest unit of difference, in doublings or points, so that what hardly
    differs does not weigh.
    """

    name: str
    label: str
    unit: str
    ratio: bool
    least_spread: float
    least: float = 0.0


EC2_FEATURES = (
    Feature(
        name="usd_per_hour", label="Price", unit="USD an hour", ratio=True, least_spread=0.5, least=1e-4
    ),
    Feature(
        name="gib_per_vcpu", label="Memory per vCPU", unit="GiB", ratio=True, least_spread=0.5, least=0.1
    ),
    Feature(name="cpu_pct", label="CPU in use", unit="%", ratio=False, least_spread=5.0),
    Feature(name="memory_pct", label="Memory in use", unit="%", ratio=False, least_spread=5.0),
    Feature(
        name="network_mbps", label="Network", unit="Mbit/s", ratio=True, least_spread=1.0, least=0.01
    ),
    Feature(name="age_days", label="Age", unit="days", ratio=True, least_spread=1.0, least=1.0),
)
S3_FEATURES = (
    Feature(name="size_gb", label="Size", unit="GB", ratio=True, least_spread=1.0, least=0.001),
    Feature(
        name="object_mb", label="Size of an object", unit="MB", ratio=True, least_spread=1.0, least=1e-6
    ),
    Feature(
        name="usd_per_gb",
        label="Price per GB",
        unit="USD a month",
        ratio=True,
        least_spread=0.25,
        least=1e-6,
    ),
    Feature(name="age_days", label="Age", unit="days", ratio=True, least_spread=1.0, least=1.0),
)
FEATURES: Mapping[Service, tuple[Feature, ...]] = {"EC2": EC2_FEATURES, "S3": S3_FEATURES}
# What a table of features has besides: ``kind`` is the type or storage class, ``category`` AWS's word.
DESCRIBED = ("resource_id", "account_id", "region", "kind", "category", "vcpu", "monthly_usd")


def described(
    service: Service, ec2: pd.DataFrame, s3: pd.DataFrame, catalogue: Catalogue, as_of: date
) -> pd.DataFrame:
    """A row a running instance or a bucket: ``DESCRIBED`` and the features of its service.

    NaN where a figure is not known: a type that the catalogue does not describe, a cell without a
    number. Rows keep their order.
    """
    return _instances(ec2, catalogue, as_of) if service == "EC2" else _buckets(s3, as_of)


def scale_of(feature: Feature, values: Floats) -> Floats:
    """The values in the unit in which their differences count: log2 of the ratio, or points."""
    return np.log2(np.maximum(values, feature.least)) if feature.ratio else values


def _instances(ec2: pd.DataFrame, catalogue: Catalogue, as_of: date) -> pd.DataFrame:
    running = ec2[ec2["State"].eq("running").fillna(value=False)]
    market = Market(catalogue)
    specs = {name: market.spec(name) for name in running["InstanceType"].dropna().unique()}
    known = {name: spec for name, spec in specs.items() if spec is not None}
    types = running["InstanceType"]
    gib = {name: spec.memory_gib / spec.vcpu for name, spec in known.items() if spec.memory_gib}
    network = running[["NetworkIn_Bps", "NetworkOut_Bps"]].max(axis=1)
    return pd.DataFrame(
        {
            "resource_id": running["InstanceId"],
            "account_id": running["AccountId"],
            "region": running["Region"],
            "kind": types,
            "category": types.map({name: spec.category for name, spec in known.items()}),
            "vcpu": _mapped(types, {name: float(spec.vcpu) for name, spec in known.items()}),
            "monthly_usd": running["MonthlyCostUSD"].astype("float64"),
            "usd_per_hour": running["CostPerHourUSD"].astype("float64"),
            "gib_per_vcpu": _mapped(types, gib),
            "cpu_pct": running["CPUUtilization"].astype("float64"),
            "memory_pct": running["MemoryUtilization"].astype("float64"),
            "network_mbps": network.astype("float64") * 8 / 1e6,
            "age_days": _age(running["LaunchTime"], as_of),
        }
    ).reset_index(drop=True)


def _buckets(s3: pd.DataFrame, as_of: date) -> pd.DataFrame:
    size = s3["TotalSizeGB"].astype("float64")
    objects = s3["ObjectCount"].astype("float64")
    cost = s3["MonthlyCostUSD"].astype("float64")
    return pd.DataFrame(
        {
            "resource_id": s3["BucketName"],
            "account_id": s3["AccountId"],
            "region": s3["Region"],
            "kind": s3["StorageClass"],
            "category": s3["StorageClass"],
            "vcpu": np.nan,
            "monthly_usd": cost,
            "size_gb": size,
            "object_mb": mean_object_kb(size, objects) / 1024,
            "usd_per_gb": (cost / size).where(size > 0),
            "age_days": _age(s3["CreationDate"], as_of),
        }
    ).reset_index(drop=True)


def _mapped(names: pd.Series, values: Mapping[str, float]) -> pd.Series:
    return names.map(values).astype("float64")


def _age(since: pd.Series, as_of: date) -> pd.Series:
    """Days up to the end of ``as_of``."""
    end = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) + timedelta(days=1)
    days: pd.Series = (end - since).dt.total_seconds() / 86_400
    return days.clip(lower=0)
