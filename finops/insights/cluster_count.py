"""How many clusters are there? As many as repeat themselves out of sample, or none.

Points are split in halves, five times. K-means is fitted to each half and judged on the other:

- **silhouette** (Rousseeuw 1987): how much nearer a point is to its own cluster than the next, −1 to 1;
- **stability**, the prediction strength of Tibshirani and Walther (2005): of the pairs in a cluster of
  one half, the share that the centres of the other half keep together, for the worst cluster, 0 to 1.

The baseline is that there is one cluster: the highest silhouette of points drawn from one normal
distribution with the same covariance, and from a uniform one in the box of the principal axes (the
reference of the gap statistic, Tibshirani, Walther and Hastie 2001), cut in as many. Of the numbers with
a stability of 0.8 and a silhouette above the baseline it is the one with the highest silhouette.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finops.insights.training import Training

MOST_CLUSTERS = 10
LEAST_STABILITY = 0.8
LEAST_RESOURCES = 40
# Each half has as many points a cluster, on average.
POINTS_A_CLUSTER = 5
SPLITS, DRAWS = 5, 2
# Silhouettes need all distances: as many points are looked at.
SAMPLE = 1_000
TRIES, LAST_TRIES = 4, 10
_SEED = 20260928

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
COLUMNS = ("clusters", "silhouette", "baseline", "stability")


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A row a number of clusters that was tried (``COLUMNS``); the number that was chosen, or None."""

    table: pd.DataFrame
    chosen: int | None


def measure(points: Floats, training: Training | None = None) -> Measured:
    """The number of clusters in ``points`` (n, features), of which the first ``SAMPLE`` are looked at.

    The points come in an order that says nothing. Fewer than ``LEAST_RESOURCES`` have none. To be called
    within ``one_thread``.
    """
    running = training or Training()
    seen = points[:SAMPLE]
    most = min(MOST_CLUSTERS, len(seen) // (2 * POINTS_A_CLUSTER))
    if len(seen) < LEAST_RESOURCES or not np.ptp(seen, axis=0).any():
        return Measured(pd.DataFrame(columns=list(COLUMNS)), None)
    numbers = list(range(2, most + 1))
    running.begin("measuring the number of clusters", SPLITS + 2 * DRAWS)
    own = []
    for turn in range(SPLITS):
        own.append(_split_scores(seen, numbers, turn, running))
        running.advance()
    silhouette = np.mean([scores for scores, _ in own], axis=0)
    stability = np.mean([strengths for _, strengths in own], axis=0)
    drawn = []
    for turn in range(2 * DRAWS):
        drawn.append(_split_scores(_one_cluster(seen, turn), numbers, SPLITS + turn, running)[0])
        running.advance()
    baseline = np.max(drawn, axis=0)
    table = pd.DataFrame(dict(zip(COLUMNS, (numbers, silhouette, baseline, stability), strict=True)))
    good = table[(table["stability"] >= LEAST_STABILITY) & (table["silhouette"] > table["baseline"])]
    best = good.sort_values("silhouette", kind="stable")["clusters"].to_list()[-1:]
    return Measured(table, int(best[0]) if best else None)


def one_thread() -> AbstractContextManager[object]:
    """Within it sums do not depend on which thread is first."""
    # Only what is loaded already is limited.
    import sklearn.cluster  # noqa: F401, PLC0415 – a second, only when a model is trained
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 – comes with scikit-learn

    limited: AbstractContextManager[object] = threadpool_limits(1)
    return limited


def centres_of(points: Floats, number: int, tries: int = LAST_TRIES) -> Floats:
    """The centres of k-means, in ascending order: the same for the same points in the same order.

    To be called within ``one_thread``.
    """
    from sklearn.cluster import KMeans  # noqa: PLC0415 – as above

    fitted = KMeans(number, n_init=tries, random_state=_SEED).fit(points)
    centres = np.asarray(fitted.cluster_centers_, dtype="float64")
    return centres[np.lexsort(centres.T[::-1])]


def nearest(points: Floats, centres: Floats) -> Labels:
    """The nearest centre of each point by the figures that it has (others are NaN); of two the first."""
    away = np.stack([np.nansum((points - centre) ** 2, axis=1) for centre in centres])
    labels: Labels = away.argmin(axis=0).astype("int64")
    return labels


def _split_scores(
    points: Floats, numbers: list[int], turn: int, running: Training
) -> tuple[list[float], list[float]]:
    """Silhouette and stability of each number, the mean of both directions of one split in halves."""
    from sklearn.metrics import pairwise_distances  # noqa: PLC0415 – as above

    order = np.random.default_rng([_SEED, turn]).permutation(len(points))
    halves = points[order[: len(order) // 2]], points[order[len(order) // 2 :]]
    distances = [pairwise_distances(half) for half in halves]
    distinct = min(len(np.unique(half, axis=0)) for half in halves)
    silhouettes, strengths = [], []
    for number in numbers:
        running.check()
        if number > distinct:  # there are not as many places
            silhouettes.append(-1.0)
            strengths.append(0.0)
            continue
        centres = [centres_of(half, number, TRIES) for half in halves]
        mine = [nearest(half, own) for half, own in zip(halves, centres, strict=True)]
        theirs = [nearest(half, other) for half, other in zip(halves, centres[::-1], strict=True)]
        pairs = list(zip(distances, mine, theirs, strict=True))
        silhouettes.append(float(np.mean([_silhouette(far, cut) for far, _, cut in pairs])))
        strengths.append(float(np.mean([_strength(own, cut) for _, own, cut in pairs])))
    return silhouettes, strengths


def _silhouette(distances: Floats, labels: Labels) -> float:
    from sklearn.metrics import silhouette_score  # noqa: PLC0415 – as above

    if not 1 < len(np.unique(labels)) < len(labels):
        return -1.0
    return float(silhouette_score(distances, labels, metric="precomputed"))


def _strength(own: Labels, others: Labels) -> float:
    """Prediction strength: the share of the worst cluster's pairs that ``others`` keep together."""
    counts = np.zeros((own.max() + 1, others.max() + 1))
    np.add.at(counts, (own, others), 1)
    members = counts.sum(axis=1)
    together = (counts * (counts - 1)).sum(axis=1)
    # A cluster of one has no pair: nothing says that it would come again.
    shares = np.where(members > 1, together / np.maximum(members * (members - 1), 1), 0.0)
    return float(shares[members > 0].min())


def _one_cluster(points: Floats, turn: int) -> Floats:
    """As many points of one cluster: in turn normal, and uniform in the box of the principal axes."""
    random = np.random.default_rng([_SEED, 1, turn])
    centred = points - points.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    if turn % 2:
        along = centred @ axes.T
        spread_out: Floats = (
            random.uniform(along.min(axis=0), along.max(axis=0), size=along.shape) @ axes
        )
        return spread_out
    normal: Floats = (random.standard_normal(points.shape) * (sizes / np.sqrt(len(points)))) @ axes
    return normal
