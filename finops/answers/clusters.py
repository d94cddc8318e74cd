"""What do the models say of the resources that a reader looks at? Clusters with names, and outliers.

Models are of the whole estate (``finops.answers.models``); what is shown may be a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from finops.errors import Issue
from finops.estate import Estate
from finops.insights.cluster_count import LEAST_RESOURCES, LEAST_STABILITY
from finops.insights.cluster_names import Apart
from finops.insights.clusters import Cluster, ClusterModel, clusters_of, members_of
from finops.insights.features import FEATURES, Feature, Service, described
from finops.insights.outlier_model import OutlierModel
from finops.insights.peers import LEAST_SPREAD, LEAST_USD, LEAST_Z, PEERS
from finops.pricing import load_catalogue

__all__ = [
    "LEAST_RESOURCES",
    "LEAST_SPREAD",
    "LEAST_STABILITY",
    "LEAST_USD",
    "LEAST_Z",
    "PEERS",
    "Apart",
    "Cluster",
    "ClusterAnswer",
    "Feature",
    "Models",
    "OutlierAnswer",
    "Service",
    "clusters",
    "outliers",
    "why_not_shown",
]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Models:
    """The models of an estate, whole. ``key`` stands for them, as the digest does for an estate."""

    key: str
    clusters: Mapping[Service, ClusterModel]
    outliers: OutlierModel
    issues: tuple[Issue, ...]

    def __repr__(self) -> str:
        return f"Models({self.key})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClusterAnswer:
    """The clusters as they are in the resources shown; dollars of a month at the run rate of the lists.

    ``members`` has a row a resource: what ``features.described`` says, ``cluster`` and ``cluster_name``.
    ``notes`` say what was missing, and why there are none. ``trained_on`` counts the resources that the
    clusters were found in.
    """

    service: Service
    features: tuple[Feature, ...]
    clusters: tuple[Cluster, ...]
    members: pd.DataFrame
    measured: pd.DataFrame
    trained_on: int
    score: float | None
    baseline: float | None
    stability: float | None
    notes: tuple[str, ...]

    @property
    def monthly_usd(self) -> float:
        """All clusters together."""
        return sum(one.monthly_usd for one in self.clusters)

    @property
    def most_apart(self) -> tuple[str, str]:
        """The two features that tell the clusters most apart, in all; twice the same if there is one."""
        far = {feature.name: 0.0 for feature in self.features}
        for one in self.clusters:
            for apart in one.apart:
                far[apart.feature] += abs(apart.apart)
        ranked = sorted(far, key=lambda name: -far[name])
        return ranked[0], ranked[min(1, len(ranked) - 1)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutlierAnswer:
    """The outliers among the resources shown, most dollars above their peers first (``peers.OUTLIER``).

    ``judged`` of ``compared`` resources of the whole estate have enough peers. ``score`` and
    ``baseline`` are the shares of ``planted`` spikes that were found. ``shown``: the comparison has
    proven better.
    """

    table: pd.DataFrame
    above_usd: float
    compared: int
    judged: int
    planted: int
    score: float | None
    baseline: float | None
    shown: bool
    reason: str


def clusters(estate: Estate, models: Models, service: Service) -> ClusterAnswer:
    """What the clusters of the whole estate are in this one, which may be a part of it."""
    model = models.clusters[service]
    features = tuple(one for one in FEATURES[model.service] if one.name in model.features)
    members = pd.DataFrame()
    found: tuple[Cluster, ...] = ()
    if model.shown:
        table = described(model.service, estate.ec2, estate.s3, load_catalogue(), estate.as_of)
        members = members_of(model, table)
        found = clusters_of(model, members)
    return ClusterAnswer(
        service=model.service,
        features=features,
        clusters=found,
        members=members,
        measured=model.measured,
        trained_on=model.resources,
        score=model.score,
        baseline=model.baseline,
        stability=model.stability,
        notes=tuple(_notes(model)),
    )


def outliers(estate: Estate, models: Models) -> OutlierAnswer:
    """The outliers of the whole estate that are in this one; none where the check was not passed."""
    model = models.outliers
    ids = {"EC2": estate.ec2["InstanceId"], "S3": estate.s3["BucketName"]}
    table = model.table if model.shown else model.table.iloc[:0]
    inside = pd.Series(False, index=table.index)
    for service, names in ids.items():
        inside |= table["service"].eq(service) & table["resource_id"].isin(names)
    here = table[inside].reset_index(drop=True)
    return OutlierAnswer(
        table=here,
        above_usd=float(here["above_usd"].sum()),
        compared=model.compared,
        judged=model.judged,
        planted=model.check.planted,
        score=model.score,
        baseline=model.baseline,
        shown=model.shown,
        reason=why_not_shown(model),
    )


def why_not_shown(model: ClusterModel | OutlierModel) -> str:
    """Why nothing of a model is shown; nothing where it is."""
    if model.shown:
        return ""
    if isinstance(model, ClusterModel):
        what = "running instances" if model.service == "EC2" else "buckets"
        if model.complete < LEAST_RESOURCES:
            return (
                f"too few {what} with all figures: {model.complete} of {model.resources}, and clusters "
                f"need {LEAST_RESOURCES}"
            )
        return (
            f"no number of clusters of the {model.complete:,} {what} repeats itself out of sample "
            "and is clearer than one cluster cut in as many: there are no clusters"
        )
    check = model.check
    if check.planted == 0:
        return f"too few resources with a cost and a size to compare: {model.compared}"
    return (
        f"held out, the comparison found {check.found} of {check.planted} planted spikes and a plain "
        f"z-score {check.found_plainly}: it has not proven better"
    )


def _notes(model: ClusterModel) -> list[str]:
    labels = {feature.name: feature.label for feature in FEATURES[model.service]}
    notes = [why_not_shown(model)] if not model.shown else []
    if model.left_out and model.resources:
        names = ", ".join(labels[name] for name in model.left_out)
        notes.append(f"left out, since more than three in ten of the resources lack it: {names}")
    notes += [
        f"{labels[name]} is not known of {count:,} of {model.resources:,}; these are told by the rest"
        for name, count in model.missing.items()
    ]
    return notes
