"""A model to keep, and the calls that tests of its store and of its key share."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from finops.insights.model_store import Fetched, ModelStore, cache_key
from finops.insights.training import Training

KEY = cache_key("some data", {"clusters": 5})
MODEL = {"centres": np.arange(6.0).reshape(3, 2), "names": ["idle", "busy", "large"]}


def fetched(store: ModelStore, key: str = KEY) -> Fetched[dict[str, object]]:
    return store.fetch("clusters", key, lambda training: MODEL)


def never(training: Training) -> dict[str, object]:
    raise AssertionError("trained although a model is kept")


def kept(store: ModelStore) -> Path:
    fetched(store)
    return store.path("clusters", KEY)
