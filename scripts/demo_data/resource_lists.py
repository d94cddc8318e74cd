"""How do the instances and buckets of ``as_of`` look in the two resource lists?"""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd

from scripts.demo_data.buckets import Bucket
from scripts.demo_data.compute_charges import instance_tags
from scripts.demo_data.instances import Instance
from scripts.demo_data.prices import Prices
from scripts.demo_data.storage_charges import bucket_tags
from scripts.demo_data.tag_texts import spread
from scripts.demo_data.timeline import BILLED_MONTH, random

_SNAPSHOT_TOPIC, _ORDER_TOPIC = 7, 8


def compute_list(instances: list[Instance]) -> pd.DataFrame:
    """``aws_resources_compute.csv``: every value as its text."""
    listed = [instance for instance in instances if instance.listed]
    order = random(_ORDER_TOPIC, 0).permutation(len(listed))
    return pd.DataFrame([_instance_row(listed[at]) for at in order], dtype="str")


def bucket_list(buckets: list[Bucket], prices: Prices) -> pd.DataFrame:
    """``aws_resources_S3.csv``: every value as its text."""
    order = random(_ORDER_TOPIC, 1).permutation(len(buckets))
    return pd.DataFrame([_bucket_row(buckets[at], prices) for at in order], dtype="str")


def _instance_row(instance: Instance) -> dict[str, str]:
    fleet = instance.fleet
    rng = random(_SNAPSHOT_TOPIC, instance.number)
    running = instance.state == "running"
    network = fleet.network_bps if running else fleet.network_bps // 50
    return {
        "ResourceId": instance.id,
        "ResourceType": "EC2",
        "Region": fleet.region,
        "CostUSD": format(instance.rate.normalize(), "f"),
        "Tags": instance_tags(instance),
        "CreationDate": instance.launched.isoformat(),
        "InstanceType": fleet.instance_type,
        "State": instance.state,
        "CPUUtilization": _percent(rng, fleet.cpu if running else (0, 6)),
        "MemoryUtilization": _percent(rng, fleet.memory if running else (0, 10)),
        "NetworkIn_Bps": str(_around(rng, network)),
        "NetworkOut_Bps": str(_around(rng, network * 4 // 5)),
    }


def _percent(rng: np.random.Generator, bounds: tuple[int, int]) -> str:
    return str(spread(rng, *bounds))


def _around(rng: np.random.Generator, middle: int) -> int:
    return middle * int(rng.integers(60, 141)) // 100


def _bucket_row(bucket: Bucket, prices: Prices) -> dict[str, str]:
    purpose = bucket.purpose
    return {
        "BucketName": bucket.name,
        "Region": purpose.region,
        "CostUSD": str(month_cost(bucket, prices)),
        "Tags": bucket_tags(bucket),
        "CreationDate": bucket.created.isoformat(),
        "StorageClass": purpose.storage_class,
        "ObjectCount": str(bucket.objects),
        "TotalSizeGB": str(bucket.size_gb),
        "VersionEnabled": str(bucket.versioned),
        "Encryption": bucket.encryption,
    }


def month_cost(bucket: Bucket, prices: Prices) -> Decimal:
    """Dollars of the last full month."""
    return Decimal(bucket.month_cents(BILLED_MONTH, prices)) / 100
