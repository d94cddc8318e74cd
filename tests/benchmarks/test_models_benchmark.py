"""The benchmark of models: what is made up, and who finds the spikes, on few resources."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.models import METHODS, _recall, made_up

RESOURCES, SPIKES = 4_000, 40


@pytest.fixture(scope="module")
def made() -> tuple[pd.DataFrame, np.ndarray]:
    return made_up(RESOURCES, SPIKES, seed=1)


def test_what_is_made_up(made: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Forty types in ten regions, the same for the same seed."""
    ec2, raised = made
    assert (len(ec2), len(set(raised.tolist()))) == (RESOURCES, SPIKES)
    assert (ec2["InstanceType"].nunique(), ec2["Region"].nunique()) == (40, 10)
    again, same = made_up(RESOURCES, SPIKES, seed=1)
    pd.testing.assert_frame_equal(again, ec2)
    assert np.array_equal(same, raised)


def test_recall_counts_hits_among_as_many() -> None:
    """Of the two highest of 5, 1, 4, 3 the first is raised, the third is not: one of two."""
    assert _recall(np.array([5.0, 1.0, 4.0, 3.0]), np.array([0, 3])) == 0.5


def test_peers_find_more_than_forest_and_plain_z(made: tuple[pd.DataFrame, np.ndarray]) -> None:
    ours, forest, plain = (
        METHODS[name](*made)["recall"]
        for name in ("outliers, ours", "outliers, IsolationForest", "outliers, plain z of cost")
    )
    assert ours > max(forest, plain)
