"""What is the sample estate? Everything that is written to ``data/``, in memory."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from finops.pricing import packaged_catalogue
from scripts.demo_data.allocation import Allocation, allocate
from scripts.demo_data.buckets import Bucket, all_buckets
from scripts.demo_data.charge_rows import costs_frame
from scripts.demo_data.compute_charges import commitment_charges, instance_charges
from scripts.demo_data.fees_and_credits import fees_and_credits
from scripts.demo_data.instances import Instance, all_instances
from scripts.demo_data.organisation import accounts_frame
from scripts.demo_data.owned import Commitment, commitments_frame, owned_commitments
from scripts.demo_data.prices import Prices
from scripts.demo_data.resource_lists import bucket_list, compute_list
from scripts.demo_data.service_charges import service_charges
from scripts.demo_data.storage_charges import STORM_BUCKET, bucket_charges, storm_charges
from scripts.demo_data.usage_hours import usage_frame


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample:
    """The company and the frames made of it."""

    prices: Prices
    instances: list[Instance]
    buckets: list[Bucket]
    owned: list[Commitment]
    allocation: Allocation
    compute: pd.DataFrame
    storage: pd.DataFrame
    costs: pd.DataFrame
    usage: pd.DataFrame
    commitments: pd.DataFrame
    accounts: pd.DataFrame


def make_sample() -> Sample:
    """The whole sample, always the same for the same price catalogue."""
    prices = Prices(packaged_catalogue())
    instances, buckets, owned = all_instances(prices), all_buckets(), owned_commitments(prices)
    allocation = allocate(instances, owned, prices)
    stormy = next(bucket for bucket in buckets if bucket.name == STORM_BUCKET)
    charges = [
        *instance_charges(instances, allocation),
        *commitment_charges(owned, allocation),
        *(bucket_charges(bucket, prices) for bucket in buckets),
        storm_charges(stormy),
        *service_charges(),
        *fees_and_credits(),
    ]
    return Sample(
        prices=prices,
        instances=instances,
        buckets=buckets,
        owned=owned,
        allocation=allocation,
        compute=compute_list(instances),
        storage=bucket_list(buckets, prices),
        costs=costs_frame(charges),
        usage=usage_frame(instances),
        commitments=commitments_frame(owned),
        accounts=accounts_frame(),
    )
