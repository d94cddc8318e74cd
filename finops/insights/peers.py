"""Which resources cost far more than their peers? A robust z of the log of cost ÷ AWS's list price.

Peers are resources of the same kind: instances of one type, region and platform, and where there are
too few of them those of its family, then the same anywhere; buckets of one storage class and region,
then of the class anywhere. Sizes and regions have prices of their own, so each is held against its own
list price. What the catalogue does not price (by the instance, or by GB) has peers in its own kind and
region alone. The median of the peers is what a resource should cost, 1.4826 × MAD of the logs is the
spread, never less than 5 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finops.errors import UnknownPrice
from finops.insights.observed import platform_of
from finops.insights.sizing import Market
from finops.insights.storage_billing import list_costs, mean_object_kb
from finops.money import HOURS_PER_MONTH
from finops.pricing import Catalogue

# A resource is judged only where it has as many peers besides itself.
PEERS = 5
LEAST_Z = 5.0
LEAST_SPREAD = 0.05
LEAST_USD = 1.0
_MAD_TO_SPREAD = 1.4826

COMPARABLE = (
    *("resource_id", "service", "account_id", "region", "kind", "family", "platform"),
    *("units", "listed", "monthly_usd"),
)
_LEVELS = (
    ("kind", "region", "platform"),
    ("family", "region", "platform"),
    ("kind", "platform"),
    ("family", "platform"),
)
OUTLIER = (
    *("resource_id", "service", "account_id", "region", "kind", "monthly_usd", "peers_usd"),
    *("above_usd", "times", "z", "peers", "compared_with"),
)

Floats = NDArray[np.float64]
Keys = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Cost ÷ list price in the groups of a level: sorted ``keys``, members, median, spread of logs."""

    keys: Keys
    members: Keys
    median: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Outliers:
    """The resources beyond their peers, columns ``OUTLIER``, and how many of all have enough peers."""

    table: pd.DataFrame
    judged: int


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A row a resource: its robust ``z``, the ``median`` log, ``peers`` and ``level``; z NaN without."""

    z: Floats
    median: Floats
    peers: Keys
    level: Keys


def comparable(ec2: pd.DataFrame, s3: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """Running instances and buckets that have a cost and a size, columns ``COMPARABLE``.

    ``kind`` is the instance type or storage class. ``units`` is what the resource costs a month at list
    price where ``listed``, else 1 for an instance and GB for a bucket. A type that the catalogue does
    not describe is a family of its own. Dollars are a month's: at 730 hours for instances, as in the
    list for buckets.
    """
    running = ec2[ec2["State"].eq("running").fillna(value=False)]
    types = running["InstanceType"].astype("str")
    market = Market(catalogue)
    specs = {name: market.spec(name) for name in types.dropna().unique()}
    families = {name: spec.family if spec else name for name, spec in specs.items()}
    platforms = running["Platform"]
    instances = pd.DataFrame(
        {
            "resource_id": running["InstanceId"],
            "service": "EC2",
            "account_id": running["AccountId"],
            "region": running["Region"],
            "kind": types,
            "family": types.map(families),
            "platform": platforms.where(platforms.notna(), platform_of(None)),
            "units": 1.0,
            "monthly_usd": running["MonthlyCostUSD"].astype("float64"),
        }
    )
    buckets = pd.DataFrame(
        {
            "resource_id": s3["BucketName"],
            "service": "S3",
            "account_id": s3["AccountId"],
            "region": s3["Region"],
            "kind": s3["StorageClass"],
            "family": s3["StorageClass"],
            "platform": "",
            "units": s3["TotalSizeGB"].astype("float64"),
            "monthly_usd": s3["MonthlyCostUSD"].astype("float64"),
        }
    )
    objects = s3["ObjectCount"].astype("float64")
    buckets = buckets.assign(object_kb=mean_object_kb(buckets["units"], objects))
    instances, buckets = (part[_has_unit_cost(part)] for part in (instances, buckets))
    parts = [
        _at_list(instances, _instance_list_usd(instances, market)),
        _at_list(buckets, _bucket_list_usd(buckets, catalogue)),
    ]
    present = [part[list(COMPARABLE)] for part in parts if len(part)]
    return pd.concat(present, ignore_index=True) if present else parts[0][list(COMPARABLE)]


def _at_list(part: pd.DataFrame, list_usd: Floats) -> pd.DataFrame:
    listed = list_usd > 0
    return part.assign(units=np.where(listed, list_usd, part["units"]), listed=listed)


def _instance_list_usd(instances: pd.DataFrame, market: Market) -> Floats:
    """A month On-Demand of each, NaN where the catalogue is silent; each price is looked up once."""
    priced = ["kind", "region", "platform"]
    places = instances.groupby(priced, sort=False, observed=True).ngroup().to_numpy()
    prices = [
        market.price(str(kind), str(region), str(platform))
        for kind, region, platform in instances[priced].drop_duplicates().itertuples(index=False)
    ]
    usd = np.array([np.nan if one is None else one for one in prices], dtype="float64")
    return usd[places] * HOURS_PER_MONTH


def _bucket_list_usd(buckets: pd.DataFrame, catalogue: Catalogue) -> Floats:
    """A month of each bucket's size at list price, its bands counted for itself, NaN as above."""
    usd = np.full(len(buckets), np.nan)
    size, kb = buckets["units"].to_numpy("float64"), buckets["object_kb"].to_numpy("float64")
    rows = pd.Series(np.arange(len(buckets)), index=buckets.index)
    for group, places in rows.groupby([buckets["region"], buckets["kind"]], observed=True):
        at = places.to_numpy()
        try:
            usd[at] = list_costs(catalogue, str(group[0]), str(group[1]), size[at], kb[at])
        except UnknownPrice:
            continue
    return usd


def _has_unit_cost(part: pd.DataFrame) -> pd.Series:
    known = part["kind"].notna() & part["region"].notna()
    return known & part["units"].gt(0) & part["monthly_usd"].gt(0)


def log_unit_cost(compared: pd.DataFrame) -> Floats:
    """The natural log of cost ÷ list price of each resource; of cost ÷ units where none is known."""
    ratio = compared["monthly_usd"] / compared["units"]
    logs: Floats = np.log(ratio.to_numpy(dtype="float64"))
    return logs


def group_keys(compared: pd.DataFrame) -> Keys:
    """The group of each resource on each level as a number: shape (resources, levels).

    What has no list price is in the group of its own kind and region on every level.
    """
    listed = compared["listed"].to_numpy(dtype=bool)
    codes = {
        name: pd.factorize(compared[name], sort=True)[0].astype("int64")
        for name in ("kind", "family", "region", "platform")
    }
    columns: list[Keys] = []
    for names in _LEVELS:
        key = np.zeros(len(compared), dtype="int64")
        for name in names:
            key = key * (int(codes[name].max(initial=0)) + 1) + codes[name]
        columns.append(np.where(listed, key, -1 - columns[0]) if columns else key)
    return np.column_stack(columns)


def learnt(keys: Keys, logs: Floats) -> tuple[Level, ...]:
    """Median and spread of the groups of each level, finest level first."""
    return tuple(_level(keys[:, at], logs) for at in range(keys.shape[1]))


def _level(keys: Keys, logs: Floats) -> Level:
    names, codes = np.unique(keys, return_inverse=True)
    values = pd.Series(logs)
    median: Floats = np.asarray(values.groupby(codes).median(), dtype=np.float64)
    away = pd.Series(np.abs(logs - median[codes]))
    mad: Floats = np.asarray(away.groupby(codes).median(), dtype=np.float64)
    spread: Floats = np.where(mad * _MAD_TO_SPREAD > LEAST_SPREAD, mad * _MAD_TO_SPREAD, LEAST_SPREAD)
    members = np.bincount(codes, minlength=len(names)).astype("int64")
    return Level(names, members, median, spread)


def judged(levels: tuple[Level, ...], keys: Keys, logs: Floats, *, themselves: bool) -> Judged:
    """Each resource against its peers on the finest level that has enough of them.

    ``themselves``: the resources are among those that the levels were learnt from, so that one member of
    each group is no peer.
    """
    count = len(logs)
    median, spread = np.full(count, np.nan), np.full(count, np.nan)
    peers, chosen = np.zeros(count, dtype="int64"), np.full(count, -1, dtype="int64")
    for at, level in enumerate(levels):
        if not len(level.keys):
            continue
        place = np.searchsorted(level.keys, keys[:, at]).clip(max=len(level.keys) - 1)
        others = np.where(level.keys[place] == keys[:, at], level.members[place] - themselves, 0)
        taken = (chosen < 0) & (others >= PEERS)
        median[taken], spread[taken] = level.median[place][taken], level.spread[place][taken]
        peers[taken], chosen[taken] = others[taken], at
    return Judged((logs - median) / spread, median, peers, chosen)


def outliers(
    compared: pd.DataFrame, *, least_z: float = LEAST_Z, least_usd: float = LEAST_USD
) -> Outliers:
    """The resources beyond their peers, those with most dollars above them first.

    ``peers_usd`` is what the resource would cost a month at the median of its peers (its own list price
    × the median of their cost ÷ list price), ``above_usd`` the rest, ``times`` the ratio, ``peers`` how
    many others it was held against and ``compared_with`` who they are. Only what is ``least_z`` spreads
    and ``least_usd`` dollars above.
    """
    logs, keys = log_unit_cost(compared), group_keys(compared)
    seen = judged(learnt(keys, logs), keys, logs, themselves=True)
    usual = np.exp(seen.median) * compared["units"].to_numpy(dtype="float64")
    cost = compared["monthly_usd"].to_numpy(dtype="float64")
    beyond = (seen.z >= least_z) & (cost - usual >= least_usd)
    found = compared[beyond].assign(
        peers_usd=usual[beyond],
        above_usd=(cost - usual)[beyond],
        times=(cost / usual)[beyond],
        z=seen.z[beyond],
        peers=seen.peers[beyond],
        level=seen.level[beyond],
    )
    words = [_peers_in_words(row) for row in found.to_dict(orient="records")]
    ranked = found.assign(compared_with=pd.Series(words, index=found.index, dtype="str"))
    order = np.lexsort([ranked["resource_id"].to_numpy(dtype="U"), -ranked["above_usd"].to_numpy()])
    ordered: pd.DataFrame = ranked.iloc[order].reset_index(drop=True)
    return Outliers(ordered[list(OUTLIER)], int((seen.level >= 0).sum()))


def _peers_in_words(row: Mapping[str, object]) -> str:
    names = _LEVELS[int(str(row["level"]))]
    what = str(row["family"] if "family" in names else row["kind"])
    where = str(row["region"]) if "region" in names else "all regions"
    # Instances of one type, region and platform have one list price.
    how = "" if names == _LEVELS[0] else "by cost ÷ list price"
    return ", ".join(part for part in (what, where, str(row["platform"]), how) if part)
