"""Does the comparison with peers find what costs too much? Planted spikes, held out, next to a plain z.

Every resource is held out once, in five parts; its peers are those of the other four. Of each part
one in ten, at least one, costs 1.5 to 5 times as much (evenly in the log, fixed seeds). Both methods
may name as many resources as were planted, so that recall and precision are one figure. The plain z is
that of the dollars a month against mean and standard deviation of all resources of the service.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finops.insights.peers import Floats, Keys, group_keys, judged, learnt, log_unit_cost
from finops.insights.training import Training

PARTS = 5
SHARE = 0.1
FACTORS = (1.5, 5.0)
# As many spikes are planted, or as ten passes hold; fewer than the least are no proof.
WANTED, MOST_PASSES, LEAST_PLANTED = 100, 10, 20
# Beyond as many resources one part is proof enough.
LARGE = 50_000
LEAST_RESOURCES = 20
_LOG_FACTORS = (math.log(FACTORS[0]), math.log(FACTORS[1]))
_TINY = 1e-12
_SEED = 20260928


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCheck:
    """How many of the ``planted`` spikes were ``found`` by peers, and by a plain z (``found_plainly``).

    ``score`` and ``baseline`` are the shares of them, 0 to 1; None where nothing could be planted.
    """

    planted: int
    found: int
    found_plainly: int

    @property
    def score(self) -> float | None:
        return self.found / self.planted if self.planted else None

    @property
    def baseline(self) -> float | None:
        return self.found_plainly / self.planted if self.planted else None

    @property
    def shown(self) -> bool:
        """Whether the comparison has proven better: it finds more of enough spikes."""
        return self.planted >= LEAST_PLANTED and self.found > self.found_plainly


def check_peers(compared: pd.DataFrame, training: Training | None = None) -> PeerCheck:
    """The check on a frame of ``peers.comparable``, the same whatever the order of its rows."""
    running = training or Training()
    if len(compared) < LEAST_RESOURCES:
        return PeerCheck(planted=0, found=0, found_plainly=0)
    ordered = compared.sort_values(["resource_id", "service"], ignore_index=True)
    logs, keys = log_unit_cost(ordered), group_keys(ordered)
    cost = ordered["monthly_usd"].to_numpy(dtype="float64")
    service = pd.factorize(ordered["service"], sort=True)[0]
    large = len(ordered) > LARGE
    passes = 1 if large else min(MOST_PASSES, int(np.ceil(WANTED / (SHARE * len(ordered)))))
    running.begin("checking the comparison with peers", passes * (1 if large else PARTS))
    planted = found = plainly = 0
    for turn in range(passes):
        random = np.random.default_rng([_SEED, turn])
        part = random.permutation(len(ordered)) % PARTS
        for held in range(1 if large else PARTS):
            hidden = np.flatnonzero(part == held)
            spikes = random.choice(len(hidden), max(1, int(SHARE * len(hidden))), replace=False)
            factors = np.exp(random.uniform(*_LOG_FACTORS, size=len(spikes)))
            raised = np.ones(len(hidden))
            raised[spikes] = factors
            rest = part != held
            by_peers = _peer_z(keys, logs, rest, hidden, raised)
            by_cost = _plain_z(cost, service, rest, hidden, raised)
            planted += len(spikes)
            found += _hits(by_peers, spikes)
            plainly += _hits(by_cost, spikes)
            running.advance()
    return PeerCheck(planted=planted, found=found, found_plainly=plainly)


def _peer_z(keys: Keys, logs: Floats, rest: np.ndarray, hidden: np.ndarray, raised: Floats) -> Floats:
    levels = learnt(keys[rest], logs[rest])
    z = judged(levels, keys[hidden], logs[hidden] + np.log(raised), themselves=False).z
    return np.nan_to_num(z, nan=-np.inf)


def _plain_z(
    cost: Floats, service: np.ndarray, rest: np.ndarray, hidden: np.ndarray, raised: Floats
) -> Floats:
    known = pd.Series(cost[rest]).groupby(service[rest])
    mean, spread = known.mean(), known.std()
    seen = pd.Series(service[hidden])
    away = cost[hidden] * raised - seen.map(mean).to_numpy(dtype="float64")
    # Where all cost the same, every dollar more is far away.
    z: Floats = away / np.maximum(seen.map(spread).to_numpy(dtype="float64"), _TINY)
    return np.nan_to_num(z, nan=-np.inf)


def _hits(z: Floats, spikes: np.ndarray) -> int:
    """How many spikes are among the highest z, of which there are as many; of equals the first."""
    named = np.argsort(-z, kind="stable")[: len(spikes)]
    return int(np.isin(spikes, named).sum())
