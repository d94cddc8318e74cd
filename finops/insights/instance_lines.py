"""Which instance types are of one kind? Line, generation and processor, read from the family's name.

``m6i`` is line m, generation 6, Intel; ``m7g`` is line m, generation 7, Graviton. Only plain lines can
stand in for each other: m, c, r and, among themselves, the burstable t. Letters that promise more than
processor and memory (local disks, network, frequency, flex) make a family one of a kind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from finops.pricing import InstanceSpec

_FAMILY = re.compile(r"([a-z]+)(\d+)(.*)\Z")
_MAKERS = {"": "Intel", "i": "Intel", "a": "AMD", "g": "Graviton"}
_PLAIN = ("m", "c", "r", "t")
# AWS calls these so; what their accelerators or disks do, metrics do not say.
_UNSEEN = ("GPU", "FPGA", "Machine Learning", "Media Accelerator", "Storage optimized")
# Burstable types in percent of a vCPU, all the time: EC2 User Guide, "Key concepts for burstable
# performance instances" (t3, t3a and t4g alike; t2 differs where a size has its own figure).
_BASELINES = {
    "nano": 5.0,
    "micro": 10.0,
    "small": 20.0,
    "medium": 20.0,
    "large": 30.0,
    "xlarge": 40.0,
    "2xlarge": 40.0,
}
_T2_BASELINES = {**_BASELINES, "xlarge": 22.5, "2xlarge": 17.0}
# Baseline bandwidth in 10⁶ bits a second, as AWS publishes it ("Network performance" of each kind of
# instance): burstable types by size, t2 without a figure; for the others the least of any plain m, c or
# r type since generation 5, m5a.16xlarge with 12 Gbit/s for 64 vCPU.
_BURSTABLE_MBPS = {
    "nano": 32.0,
    "micro": 64.0,
    "small": 128.0,
    "medium": 256.0,
    "large": 512.0,
    "xlarge": 1024.0,
    "2xlarge": 2048.0,
}
MBPS_PER_VCPU = 187.5


@dataclass(frozen=True, slots=True)
class Line:
    """The plain line of a type; ``maker`` is Intel, AMD or Graviton."""

    letter: str
    generation: int
    maker: str


@cache
def line_of(family: str) -> Line | None:
    """The line of a family such as ``m6i``; None for one that is of its own kind."""
    parts = _FAMILY.match(family)
    if parts is None or parts[1] not in _PLAIN or parts[3] not in _MAKERS:
        return None
    # t4g is the Graviton sister of t3: generations of burstable types are not those of their makers.
    return Line(parts[1], int(parts[2]), _MAKERS[parts[3]])


def can_be_sized(spec: InstanceSpec) -> bool:
    """Whether processor, memory and network tell all that a type offers: no accelerators, no disks."""
    extras = _FAMILY.match(spec.family)
    has_disks = extras is not None and "d" in extras[3]
    metal = spec.size.startswith("metal")
    return not (has_disks or metal or spec.category.startswith(_UNSEEN)) and spec.memory_gib is not None


def network_mbps(spec: InstanceSpec) -> float:
    """The bandwidth that a type surely has all the time, in 10⁶ bits a second; 0 where nobody says."""
    if not spec.burstable:
        return spec.vcpu * MBPS_PER_VCPU
    return 0.0 if spec.family == "t2" else _BURSTABLE_MBPS.get(spec.size, 0.0)


def baseline_pct(spec: InstanceSpec) -> float | None:
    """The CPU utilization that a burstable type can hold for ever, in percent; None for the others."""
    if not spec.burstable:
        return None
    return (_T2_BASELINES if spec.family == "t2" else _BASELINES).get(spec.size)
