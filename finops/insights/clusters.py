"""Which resources are alike? Clusters by k-means on a few figures, as many as repeat, with names.

A figure counts by its distance to the median in units of its interquartile range ÷ 1.349, at most 3
either way. One that more than three in ten lack is left out. Clusters are found in the resources that
have all figures; the others go to the nearest centre by the figures that they have. Rows are put in an
order of their own (a hash of the id), so that neither their order nor the machine's threads change
anything. Of more than ``SAMPLE`` resources the centres are those of a sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finops.insights.cluster_count import centres_of, measure, nearest, one_thread
from finops.insights.cluster_names import Apart, apart, named
from finops.insights.features import FEATURES, Feature, Floats, Service, scale_of
from finops.insights.training import Training

SAMPLE = 20_000
FARTHEST = 3.0
_QUARTILES_TO_SPREAD = 1.349
_MOST_MISSING = 0.3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterModel:
    """What was learnt: ``middle`` and ``spread`` of each of ``features``, ``centres`` and ``names``.

    ``centres`` has a row a cluster, the dearest first, none where there are no clusters. ``measured`` is
    the table of ``cluster_count``. ``complete`` of ``resources`` have all figures; ``missing`` counts
    those that lack one, by feature; ``left_out`` are the features that too many lack. ``score`` is the
    silhouette out of sample at the number that was chosen, ``baseline`` that of one cluster cut in as
    many; None without.
    """

    service: Service
    features: tuple[str, ...]
    left_out: tuple[str, ...]
    missing: Mapping[str, int]
    middle: Floats
    spread: Floats
    centres: Floats
    names: tuple[str, ...]
    measured: pd.DataFrame
    resources: int
    complete: int
    score: float | None
    baseline: float | None
    stability: float | None

    @property
    def shown(self) -> bool:
        """Whether there are clusters to show."""
        return bool(len(self.centres))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One cluster: how many resources, their dollars a month, and what tells it from the others.

    ``typical`` are medians by feature, None where nobody knows; ``apart`` is by distance.
    """

    number: int
    name: str
    resources: int
    monthly_usd: float
    typical: Mapping[str, float | None]
    apart: tuple[Apart, ...]


def train_clusters(
    service: Service, table: pd.DataFrame, training: Training | None = None
) -> ClusterModel:
    """The clusters of a table of ``features.described``. Raises Cancelled.

    Fewer than ``cluster_count.LEAST_RESOURCES`` have none.
    """
    running = training or Training()
    running.begin(f"reading what describes {'instances' if service == 'EC2' else 'buckets'}")
    lacking = table[[feature.name for feature in FEATURES[service]]].isna()
    used = [
        feature
        for feature in FEATURES[service]
        if len(table) and lacking[feature.name].mean() <= _MOST_MISSING
    ]
    middle, spread = _scales(table, used)
    points = _points(table, used, middle, spread)
    ordered = points[_order(table["resource_id"])]
    complete = ordered[~np.isnan(ordered).any(axis=1)]
    with one_thread():
        found = measure(complete, running)
        running.check()
        centres = (
            np.empty((0, len(used)))
            if found.chosen is None
            else centres_of(complete[:SAMPLE], found.chosen)
        )
    if len(centres):
        labels = nearest(points, centres)
        cost = np.bincount(labels, table["monthly_usd"].fillna(0.0), minlength=len(centres))
        centres = centres[np.argsort(-cost, kind="stable")]
    at_choice = found.table[found.table["clusters"] == found.chosen]
    score, baseline, stability = (
        float(at_choice[name].iloc[0]) if len(at_choice) else None
        for name in ("silhouette", "baseline", "stability")
    )
    running.check()
    return ClusterModel(
        service=service,
        features=tuple(feature.name for feature in used),
        left_out=tuple(f.name for f in FEATURES[service] if f not in used),
        missing={f.name: int(lacking[f.name].sum()) for f in used if lacking[f.name].any()},
        middle=middle,
        spread=spread,
        centres=centres,
        names=named(service, used, spread, table, nearest(points, centres)) if len(centres) else (),
        measured=found.table,
        resources=len(table),
        complete=len(complete),
        score=score,
        baseline=baseline,
        stability=stability,
    )


def members_of(model: ClusterModel, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the ``cluster`` (its position, from 0) and ``cluster_name`` of every row.

    The dearest of a cluster first. The model must have clusters.
    """
    used = _used(model)
    labels = nearest(_points(table, used, model.middle, model.spread), model.centres)
    names = pd.Series(list(model.names), dtype="str")
    found = table.assign(cluster=labels, cluster_name=names.iloc[labels].to_numpy())
    ranked = found.sort_values(
        ["cluster", "monthly_usd", "resource_id"], ascending=[True, False, True], na_position="last"
    )
    return ranked.reset_index(drop=True)


def clusters_of(model: ClusterModel, members: pd.DataFrame) -> tuple[Cluster, ...]:
    """The clusters of a table of ``members_of``, in the order of the model; without the empty ones."""
    every = [feature.name for feature in FEATURES[model.service]]
    columns = [*every, "vcpu"] if model.service == "EC2" else every
    found = []
    for number, name in enumerate(model.names):
        inside = members["cluster"] == number
        own = members[inside]
        if own.empty:
            continue
        medians = own[columns].median()
        found.append(
            Cluster(
                number=number,
                name=name,
                resources=len(own),
                monthly_usd=float(own["monthly_usd"].sum()),
                typical={
                    name: None if pd.isna(medians[name]) else float(medians[name]) for name in columns
                },
                apart=apart(_used(model), model.spread, own, members[~inside]),
            )
        )
    return tuple(found)


def _used(model: ClusterModel) -> list[Feature]:
    return [feature for feature in FEATURES[model.service] if feature.name in model.features]


def _order(ids: pd.Series) -> NDArray[np.int64]:
    """An order that depends on the ids alone and says nothing about them."""
    text = ids.fillna("").astype("str")
    hashed = pd.util.hash_array(text.to_numpy(dtype=object), categorize=False)
    return np.argsort(hashed, kind="stable").astype("int64")


def _scales(table: pd.DataFrame, used: Sequence[Feature]) -> tuple[Floats, Floats]:
    middle, spread = np.zeros(len(used)), np.ones(len(used))
    for at, feature in enumerate(used):
        values = scale_of(feature, table[feature.name].to_numpy(dtype="float64"))
        low, middle[at], high = np.nanpercentile(values, [25, 50, 75])
        spread[at] = max((high - low) / _QUARTILES_TO_SPREAD, feature.least_spread)
    return middle, spread


def _points(table: pd.DataFrame, used: Sequence[Feature], middle: Floats, spread: Floats) -> Floats:
    """The table as points (rows, features), in units of spread from the middle; unknown is NaN."""
    points = np.zeros((len(table), len(used)))
    for at, feature in enumerate(used):
        values = scale_of(feature, table[feature.name].to_numpy(dtype="float64"))
        points[:, at] = (values - middle[at]) / spread[at]
    return points.clip(-FARTHEST, FARTHEST)
