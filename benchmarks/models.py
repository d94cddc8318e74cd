"""Are models worth keeping, and do they hold for a million resources? Robust z beside a forest, k-means.

A million made-up instances: four workloads, each on ten types of its own in ten regions, at list prices
with a noise of 2 to 30 % in each group of type and region, and one resource in a thousand whose cost is
raised 1.5 to 5 times. Ours (``finops.insights``) finds outliers and clusters; next to it are

- IsolationForest on the logs of cost a unit and of size, memory a vCPU and region, and a plain z of the
  cost, which name as many;
- KMeans of all rows with the same features, which is told the number.

Each runs in a process of its own, which also says its peak of memory, the making of the data included.
Training against loading is that of the sample's models, in one process. Seconds are those of the clock
and of the processor: the machine may be busy. ``python -m benchmarks.models`` prints all of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from finops import load_estate
from finops.answers.models import ModelStore, train_models
from finops.insights.clusters import members_of, train_clusters
from finops.insights.features import described
from finops.insights.outlier_model import train_outliers
from finops.insights.peers import comparable, outliers
from finops.pricing import load_catalogue
from finops.schema import EC2, S3

T = TypeVar("T")

RESOURCES = 1_000_000
SPIKES = 1_000
EVALUATION_SEED = 20261018
AS_OF = date(2026, 10, 18)
_TYPES = 10
_REGIONS = (
    *("ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2", "ca-central-1"),
    *("eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2"),
)
# The kind of instance and its vCPUs, then CPU, memory and Mbit/s in use: what was left behind, web
# servers, batch, databases.
_WORKLOADS = (
    ("General purpose", 2, (1.0, 8, 0.1)),
    ("General purpose", 4, (35, 45, 20)),
    ("Compute optimized", 16, (85, 50, 300)),
    ("Memory optimized", 16, (55, 90, 60)),
)


def made_up(resources: int, spikes: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """The ``ec2`` frame, and which of its rows have a raised cost."""
    random = np.random.default_rng(seed)
    catalogue = load_catalogue()
    common = sorted(set.intersection(*(set(catalogue.instance_types(place)) for place in _REGIONS)))
    specs = [catalogue.spec(kind) for kind in common]
    types = [
        spec.instance_type
        for category, vcpu, _ in _WORKLOADS
        for spec in [one for one in specs if (one.category, one.vcpu) == (category, vcpu)][:_TYPES]
    ]
    prices = np.array(
        [[catalogue.on_demand(kind, place).usd_per_hour for place in _REGIONS] for kind in types]
    )
    kind, place = random.integers(0, len(types), resources), random.integers(0, len(_REGIONS), resources)
    noise = random.uniform(0.02, 0.30, prices.shape)[kind, place]
    cost = prices[kind, place] * np.exp(noise * random.standard_normal(resources))
    raised = random.choice(resources, spikes, replace=False)
    cost[raised] *= np.exp(random.uniform(np.log(1.5), np.log(5), spikes))
    used = np.array([figures for _, _, figures in _WORKLOADS])[kind // _TYPES]
    used = used * np.exp(0.15 * random.standard_normal(used.shape))
    frame = pd.DataFrame(
        {
            "InstanceId": pd.Series(np.arange(resources)).map("i-{:08x}".format),
            "Region": np.array(_REGIONS)[place],
            "InstanceType": np.array(types)[kind],
            "Platform": "Linux/UNIX",
            "State": "running",
            "CostPerHourUSD": cost,
            "MonthlyCostUSD": cost * 730,
            "LaunchTime": pd.Timestamp("2025-01-01", tz="UTC")
            + pd.to_timedelta(random.integers(0, 600, resources), unit="D"),
            "CPUUtilization": used[:, 0].clip(0, 100),
            "MemoryUtilization": used[:, 1].clip(0, 100),
            "NetworkIn_Bps": used[:, 2] * 1e6 / 8,
            "NetworkOut_Bps": 0.0,
        }
    )
    return EC2.conform(frame), np.sort(raised)


def _ours(ec2: pd.DataFrame, raised: np.ndarray) -> Mapping[str, object]:
    catalogue = load_catalogue()
    model, took = _timed(lambda: train_outliers(ec2, S3.empty(), catalogue))
    every = outliers(comparable(ec2, S3.empty(), catalogue), least_z=0.0, least_usd=0.0).table
    named = every.nlargest(len(raised), "z")["resource_id"]
    hits = int(named.isin(ec2["InstanceId"].iloc[raised]).sum())
    return {
        **took,
        "recall": hits / len(raised),
        "told": len(model.table),
        "told_right": int(model.table["resource_id"].isin(ec2["InstanceId"].iloc[raised]).sum()),
        "check": f"{model.check.found} of {model.check.planted}, plain z {model.check.found_plainly}",
    }


def _our_clusters(ec2: pd.DataFrame, raised: np.ndarray) -> Mapping[str, object]:
    catalogue = load_catalogue()

    def work() -> tuple[int, tuple[str, ...]]:
        table = described("EC2", ec2, S3.empty(), catalogue, AS_OF)
        model = train_clusters("EC2", table)
        if model.shown:
            members_of(model, table)
        return len(model.names), model.names

    (number, names), took = _timed(work)
    return {**took, "clusters": number, "names": names}


def _figures(ec2: pd.DataFrame) -> np.ndarray:
    """What the forest sees: logs of the dollars a normalised unit and of the units, memory, region."""
    catalogue = load_catalogue()
    specs = {kind: catalogue.spec(kind) for kind in ec2["InstanceType"].unique()}
    memory = {kind: (spec.memory_gib or 0.0) / spec.vcpu for kind, spec in specs.items()}
    units = ec2["InstanceType"].map({kind: spec.normalization_factor for kind, spec in specs.items()})
    cost = np.log((ec2["CostPerHourUSD"] / units).to_numpy(dtype="float64"))
    size = np.log(units.to_numpy(dtype="float64"))
    region = ec2["Region"].factorize(sort=True)[0]
    return np.column_stack([cost, size, ec2["InstanceType"].map(memory), region])


def _forest(ec2: pd.DataFrame, raised: np.ndarray) -> Mapping[str, object]:
    from sklearn.ensemble import IsolationForest  # noqa: PLC0415 – only where it is measured

    figures = _figures(ec2)
    score, took = _timed(lambda: -IsolationForest(random_state=0).fit(figures).score_samples(figures))
    return {**took, "recall": _recall(score, raised)}


def _plain_z(ec2: pd.DataFrame, raised: np.ndarray) -> Mapping[str, object]:
    cost = ec2["CostPerHourUSD"].to_numpy()
    z, took = _timed(lambda: (cost - cost.mean()) / cost.std())
    return {**took, "recall": _recall(z, raised)}


def _plain_k_means(ec2: pd.DataFrame, raised: np.ndarray) -> Mapping[str, object]:
    from sklearn.cluster import KMeans  # noqa: PLC0415 – as above
    from sklearn.preprocessing import RobustScaler  # noqa: PLC0415 – as above

    table = described("EC2", ec2, S3.empty(), load_catalogue(), AS_OF)
    names = ["usd_per_hour", "gib_per_vcpu", "cpu_pct", "memory_pct", "network_mbps", "age_days"]
    points = RobustScaler().fit_transform(table[names])
    _, took = _timed(lambda: KMeans(len(_WORKLOADS), n_init=1, random_state=0).fit(points))
    return {**took, "clusters": len(_WORKLOADS)}


METHODS: Mapping[str, Callable[[pd.DataFrame, np.ndarray], Mapping[str, object]]] = {
    "outliers, ours": _ours,
    "outliers, IsolationForest": _forest,
    "outliers, plain z of cost": _plain_z,
    "clusters, ours": _our_clusters,
    "clusters, KMeans of all": _plain_k_means,
}


def _recall(score: np.ndarray, raised: np.ndarray) -> float:
    named = np.argsort(-score, kind="stable")[: len(raised)]
    return float(np.isin(raised, named).mean())


def _timed(work: Callable[[], T]) -> tuple[T, Mapping[str, float]]:
    """What came out, and the seconds of the clock and of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    made = work()
    return made, {
        "seconds": time.perf_counter() - start,
        "processor": time.process_time() - busy,
    }


def measured(method: str, resources: int, spikes: int, seed: int) -> Mapping[str, object]:
    """One method in a process of its own: what it says, its seconds, and its peak in MiB."""
    words = [method, "--resources", str(resources), "--spikes", str(spikes), "--seed", str(seed)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.models", "--method", *words],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found: Mapping[str, object] = json.loads(done.stdout)
    return found


def _alone(method: str, resources: int, spikes: int, seed: int) -> Mapping[str, object]:
    ec2, raised = made_up(resources, spikes, seed)
    found = METHODS[method](ec2, raised)
    return {**found, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def kept() -> tuple[Mapping[str, float], Mapping[str, float]]:
    """The time to train the sample's models and to load them, in one process, libraries being there."""
    estate = load_estate()
    train_clusters("EC2", described("EC2", estate.ec2, estate.s3, load_catalogue(), estate.as_of))
    with tempfile.TemporaryDirectory() as folder:
        store = ModelStore(Path(folder) / "models", Path(folder) / "key" / "model.key")
        _, train = _timed(lambda: train_models(estate, store=store))
        _, load = _timed(lambda: train_models(estate, store=store))
    return train, load


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", choices=("tuning", "evaluation"), default="evaluation")
    parser.add_argument("--resources", type=int, default=RESOURCES)
    parser.add_argument("--spikes", type=int, default=SPIKES)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--method", choices=tuple(METHODS))
    args = parser.parse_args(argv)
    seed = args.seed or (EVALUATION_SEED if args.seeds == "evaluation" else 1)
    if args.method:
        print(json.dumps(_alone(args.method, args.resources, args.spikes, seed)))
        return
    train, load = kept()
    ratio = train["seconds"] / load["seconds"]
    print(
        f"The sample's models: trained in {train['seconds']:.2f} s "
        f"(processor {train['processor']:.2f} s), loaded in {load['seconds']:.3f} s: {ratio:.0f} to 1"
    )
    print(f"{args.resources:,} resources, {args.spikes:,} spikes:")
    for method in METHODS:
        found = dict(measured(method, args.resources, args.spikes, seed))
        seconds, busy, peak = (
            float(str(found.pop(name))) for name in ("seconds", "processor", "peak_mib")
        )
        said = ", ".join(f"{name} {_short(value)}" for name, value in found.items())
        print(f"{method:27} {seconds:6.1f} s (processor {busy:5.1f} s)  {peak:6,.0f} MiB  {said}")


def _short(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
