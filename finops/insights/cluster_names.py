"""What is a cluster called, so that a person knows which resources are meant?

By what tells it from all others: in words that are true of its median – "idle" is a CPU of at most
1 % –, in the order of ``WORDS``, and then, most apart first, by comparison ("costlier"). At most two,
then AWS's word for the kind of instance, or the storage class, and the region, where four of five share
it and the others do not. Two clusters of one name are told apart by more words, then by their most
frequent type.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finops.insights.features import Feature, Floats, Service, scale_of

# A cluster is apart in a figure from as many units of spread on.
LEAST_APART = 0.5
MOST_WORDS = 2
_SHARED = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """One figure that tells a cluster from the rest: both medians, and how far apart, in spreads."""

    feature: str
    label: str
    unit: str
    median: float
    others_median: float
    apart: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words for a figure: up to each of ``low`` and from each of ``high`` on, else by comparison."""

    low: tuple[tuple[float, str], ...]
    high: tuple[tuple[float, str], ...]
    less: str
    more: str


WORDS: Mapping[Service, Mapping[str, Words]] = {
    "EC2": {
        "usd_per_hour": Words(
            low=((0.05, "cheap"),), high=((1.0, "costly"),), less="cheaper", more="costlier"
        ),
        "cpu_pct": Words(
            low=((1, "idle"), (10, "little used")), high=((70, "busy"),), less="less busy", more="busier"
        ),
        "memory_pct": Words(
            low=((20, "with memory to spare"),), high=((80, "with memory nearly full"),),
            less="with less memory in use", more="with more memory in use",
        ),
        "network_mbps": Words(
            low=((0.1, "without traffic"),), high=((500, "with much traffic"),),
            less="with less traffic", more="with more traffic",
        ),
        "age_days": Words(
            low=((30, "new"),), high=((730, "old"),), less="younger", more="older"
        ),
        "gib_per_vcpu": Words(
            low=((2, "with little memory"),), high=((8, "with much memory"),),
            less="with less memory", more="with more memory",
        ),
    },
    "S3": {
        "size_gb": Words(
            low=((100, "small"),), high=((10_000, "large"),), less="smaller", more="larger"
        ),
        "object_mb": Words(
            low=((0.128, "of tiny objects"),), high=((128, "of large objects"),),
            less="of smaller objects", more="of larger objects",
        ),
        "usd_per_gb": Words(
            low=((0.005, "cheap"),), high=((0.05, "costly"),), less="cheaper", more="costlier"
        ),
        "age_days": Words(
            low=((30, "new"),), high=((730, "old"),), less="younger", more="older"
        ),
    },
}  # fmt: skip
_NOUN = {"EC2": "instances", "S3": "buckets"}
_NO_KIND = {"EC2": "unknown type", "S3": "unknown class"}


def named(
    service: Service,
    features: Sequence[Feature],
    spread: Floats,
    table: pd.DataFrame,
    labels: NDArray[np.int64],
) -> tuple[str, ...]:
    """A name for each cluster 0, 1, … of a table of ``features.described``; no two are the same.

    ``spread`` is the unit in which each of ``features`` counts.
    """
    parts = []
    for number in range(int(labels.max()) + 1):
        own, others = table[labels == number], table[labels != number]
        parts.append(_Parts(service, apart(features, spread, own, others), own, others))
    names = [part.name(MOST_WORDS) for part in parts]
    for more in range(MOST_WORDS + 1, len(features) + 1):
        names = [
            part.name(more) if names.count(name) > 1 else name
            for part, name in zip(parts, names, strict=True)
        ]
    names = [
        f"{name}, mostly {part.most_frequent}" if names.count(name) > 1 else name
        for part, name in zip(parts, names, strict=True)
    ]
    return tuple(
        f"{name} ({names[: at + 1].count(name)})" if names.count(name) > 1 else name
        for at, name in enumerate(names)
    )


def apart(
    features: Sequence[Feature], spread: Floats, own: pd.DataFrame, others: pd.DataFrame
) -> tuple[Apart, ...]:
    """The figures in which the medians of two tables differ by ``LEAST_APART``, most apart first."""
    found = []
    for feature, unit in zip(features, spread, strict=True):
        here, there = own[feature.name].median(), others[feature.name].median()
        if pd.isna(here) or pd.isna(there):
            continue
        ends = scale_of(feature, np.array([here, there], dtype="float64"))
        distance = float((ends[0] - ends[1]) / unit)
        if abs(distance) >= LEAST_APART:
            found.append(
                Apart(
                    feature=feature.name,
                    label=feature.label,
                    unit=feature.unit,
                    median=float(here),
                    others_median=float(there),
                    apart=distance,
                )
            )
    return tuple(sorted(found, key=lambda one: -abs(one.apart)))


class _Parts:
    """What the name of one cluster is made of."""

    def __init__(
        self, service: Service, told: Sequence[Apart], own: pd.DataFrame, others: pd.DataFrame
    ) -> None:
        category = _shared(own["category"])
        self._service, self._kinds = service, own["kind"]
        self._noun = " ".join(
            part for part in (_in_a_sentence(service, category), _NOUN[service]) if part
        )
        # AWS's word for the kind of instance says how much memory it has.
        said = [one for one in told if not (category and one.feature == "gib_per_vcpu")]
        plain = {one.feature: _plain_word(WORDS[service][one.feature], one) for one in said}
        self._words = [plain[name] for name in WORDS[service] if plain.get(name)]
        self._words += [
            _comparison(WORDS[service][one.feature], one) for one in said if not plain[one.feature]
        ]
        region = _shared(own["region"])
        self._region = f" in {region}" if region and _shared(others["region"]) != region else ""

    @property
    def most_frequent(self) -> str:
        """The type or class that most have; of equals the first."""
        counts = self._kinds.value_counts().sort_index(kind="stable")
        return str(counts.idxmax()) if len(counts) else _NO_KIND[self._service]

    def name(self, most: int) -> str:
        """The name with at most so many words for figures."""
        words = self._words[:most]
        after = [word for word in words if word.startswith(("with", "of "))]
        before = ", ".join(word for word in words if word not in after)
        text = " ".join(part for part in (before, self._noun, " and ".join(after)) if part)
        return f"{text[0].upper()}{text[1:]}{self._region}"


def _plain_word(words: Words, one: Apart) -> str:
    """The word that is true of the median by itself, or nothing."""
    if one.apart < 0:
        return next((word for limit, word in words.low if one.median <= limit), "")
    return next((word for limit, word in words.high if one.median >= limit), "")


def _comparison(words: Words, one: Apart) -> str:
    return words.less if one.apart < 0 else words.more


def _shared(values: pd.Series) -> str:
    """The value that four of five have, or nothing."""
    counts = values.value_counts()
    return str(counts.index[0]) if len(counts) and counts.iloc[0] >= _SHARED * len(values) else ""


def _in_a_sentence(service: Service, category: str) -> str:
    """AWS's word without a capital: "memory optimized", but "GPU", and without "instance"."""
    if service == "S3":
        return category
    word = category.removesuffix(" instance").removesuffix(" Instances").removesuffix(" instances")
    return word if word[1:2].isupper() else word[:1].lower() + word[1:]
