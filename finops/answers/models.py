"""Which models are kept, and what do they say? Clusters of instances and buckets, and outliers of cost.

Training takes long, so a model is kept in ``ml_cache/`` under the content of the data, the prices, the
libraries and the code, and loaded if this user's key has signed it (``finops.insights.model_store``).
``finops.answers.clusters`` says what they mean for the resources that a reader looks at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from finops.answers.clusters import Models, why_not_shown
from finops.answers.prices import prices_version
from finops.errors import Issue, ModelError
from finops.estate import Estate
from finops.insights.clusters import ClusterModel, train_clusters
from finops.insights.features import Service, described
from finops.insights.model_store import ModelStore, cache_key
from finops.insights.outlier_model import OutlierModel, train_outliers
from finops.insights.training import Training, TrainingState
from finops.pricing import load_catalogue

__all__ = [
    "MODELS",
    "Fitted",
    "Kept",
    "ModelName",
    "ModelStore",
    "Training",
    "TrainingState",
    "fitted",
    "kept_models",
    "train_models",
]

ModelName = Literal["clusters_ec2", "clusters_s3", "outliers"]
MODELS: Mapping[ModelName, str] = {
    "clusters_ec2": "clusters of instances",
    "clusters_s3": "clusters of buckets",
    "outliers": "resources beyond their peers",
}
_SERVICES: Mapping[str, Service] = {"clusters_ec2": "EC2", "clusters_s3": "S3"}
Model = ClusterModel | OutlierModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One model, how it came, and how good it is.

    ``bytes`` is the size of its file, None where none could be kept. ``score`` and ``baseline`` are what
    ``measure`` says, out of sample; None where there was nothing to measure. ``shown``: better than its
    baseline, else ``reason`` says why nothing of it is shown.
    """

    name: ModelName
    what: str
    origin: Literal["loaded", "trained"]
    bytes: int | None
    file: str
    measure: str
    score: float | None
    baseline: float | None
    shown: bool
    reason: str
    model: Model
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kept:
    """What the store holds for an estate: all models, or None, and the files that were refused."""

    models: Models | None
    issues: tuple[Issue, ...]


def fitted(
    estate: Estate,
    name: ModelName,
    training: Training | None = None,
    store: ModelStore | None = None,
) -> Fitted:
    """The model of this name: loaded, else trained and kept. Raises Cancelled, with nothing kept."""
    kept_in = store or ModelStore()
    key = _key(estate, name)
    found = kept_in.fetch(name, key, lambda running: _train(estate, name, running), training)
    model: Model = found.model
    path = kept_in.path(name, key)
    return Fitted(
        name=name,
        what=MODELS[name],
        origin=found.origin,
        bytes=path.stat().st_size if path.is_file() else None,
        file=str(path),
        measure="silhouette" if isinstance(model, ClusterModel) else "share of planted spikes found",
        score=model.score,
        baseline=model.baseline,
        shown=model.shown,
        reason=why_not_shown(model),
        model=model,
        issues=found.issues,
    )


def train_models(
    estate: Estate, training: Training | None = None, store: ModelStore | None = None
) -> Models:
    """All models, those that are kept loaded and the others trained. Raises Cancelled."""
    every = [fitted(estate, name, training, store) for name in MODELS]
    issues = tuple(issue for one in every for issue in one.issues)
    return _together(estate, {one.name: one.model for one in every}, issues)


def kept_models(estate: Estate, store: ModelStore | None = None) -> Kept:
    """The models if all of them are kept; nothing is trained."""
    kept_in = store or ModelStore()
    found: dict[str, Model] = {}
    issues = []
    for name in MODELS:
        key = _key(estate, name)
        try:
            loaded = kept_in.load(name, key)
        except ModelError as error:
            issues.append(
                Issue(
                    severity="warning",
                    code="model_refused",
                    message=str(error),
                    file=str(kept_in.path(name, key)),
                )
            )
            continue
        if loaded is not None:
            found[name] = loaded[0]
    whole = len(found) == len(MODELS)
    return Kept(models=_together(estate, found, ()) if whole else None, issues=tuple(issues))


def _key(estate: Estate, name: ModelName) -> str:
    return cache_key(estate.digest, {"model": name, "prices": prices_version()})


def _train(estate: Estate, name: ModelName, training: Training) -> Model:
    catalogue = load_catalogue()
    if name == "outliers":
        return train_outliers(estate.ec2, estate.s3, catalogue, training)
    service = _SERVICES[name]
    table = described(service, estate.ec2, estate.s3, catalogue, estate.as_of)
    return train_clusters(service, table, training)


def _together(estate: Estate, found: Mapping[str, Model], issues: tuple[Issue, ...]) -> Models:
    grouped = {
        service: model
        for name, service in _SERVICES.items()
        if isinstance(model := found[name], ClusterModel)
    }
    last = found["outliers"]
    assert isinstance(last, OutlierModel)
    return Models(key=_key(estate, "outliers"), clusters=grouped, outliers=last, issues=issues)
