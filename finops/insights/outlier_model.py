"""Which resources stand out, and has looking for them that way proven itself? What is kept of both."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from finops.insights.peer_check import PeerCheck, check_peers
from finops.insights.peers import comparable, outliers
from finops.insights.training import Training
from finops.pricing import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OutlierModel:
    """``table`` is that of ``peers.outliers``; ``judged`` of ``compared`` resources have their peers."""

    table: pd.DataFrame
    compared: int
    judged: int
    check: PeerCheck

    @property
    def score(self) -> float | None:
        return self.check.score

    @property
    def baseline(self) -> float | None:
        return self.check.baseline

    @property
    def shown(self) -> bool:
        return self.check.shown


def train_outliers(
    ec2: pd.DataFrame, s3: pd.DataFrame, catalogue: Catalogue, training: Training | None = None
) -> OutlierModel:
    """The outliers of the ``ec2`` and ``s3`` frames. Raises Cancelled."""
    running = training or Training()
    running.begin("comparing resources with their peers")
    compared = comparable(ec2, s3, catalogue)
    found = outliers(compared)
    return OutlierModel(
        table=found.table,
        compared=len(compared),
        judged=found.judged,
        check=check_peers(compared, running),
    )
