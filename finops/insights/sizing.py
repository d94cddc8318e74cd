"""Which types would hold what an instance needs, what do they cost there, and what is the risk?

Headroom is Compute Optimizer's: the peak may take 80 % of the vCPU and of the memory. Where nobody
measures memory, a type must have all the memory of the present one. Network is held against the
bandwidth that a type surely has (``instance_lines.network_mbps``), also with a fifth to spare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from finops.errors import UnknownPrice
from finops.insights.instance_lines import (
    Line,
    baseline_pct,
    can_be_sized,
    line_of,
    network_mbps,
)
from finops.pricing import Catalogue, InstanceSpec

# Types with their On-Demand dollars an hour.
Priced: TypeAlias = tuple[tuple[InstanceSpec, float], ...]

USABLE = 0.8

Risk = Literal["low", "medium", "high"]
RISKS: dict[Risk, str] = {
    "low": "the same family, only smaller",
    "medium": "another family or processor: test the load on it first",
    "high": "Graviton: everything on it must run on arm64",
}


@dataclass(frozen=True, slots=True)
class Need:
    """What an instance needs: vCPU and GiB with headroom, 10⁶ bits a second, and mean vCPU in use."""

    vcpu: float
    memory_gib: float
    network_mbps: float = 0.0
    mean_vcpu: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A type to change to, with its On-Demand price in the instance's region, and the risk."""

    instance_type: str
    usd_per_hour: float
    vcpu: int
    memory_gib: float
    risk: Risk
    line: Line | None


def need(
    spec: InstanceSpec,
    cpu_pct: float,
    memory_pct: float | None = None,
    network_mbps: float | None = None,
    mean_pct: float | None = None,
) -> Need:
    """What is needed of a type at these peaks, in percent of the present type.

    No memory figure keeps the whole memory; no mean counts the peak as the mean, for burstable types.
    """
    memory = spec.memory_gib or 0.0
    return Need(
        vcpu=spec.vcpu * cpu_pct / 100 / USABLE,
        memory_gib=memory if memory_pct is None else memory * memory_pct / 100 / USABLE,
        network_mbps=(network_mbps or 0.0) / USABLE,
        mean_vcpu=spec.vcpu * (cpu_pct if mean_pct is None else mean_pct) / 100,
    )


class Market:
    """The types of each region that can stand in for another, cheapest first. Answers are remembered."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self._prices: dict[tuple[str, str, str], float | None] = {}
        self._specs: dict[str, InstanceSpec | None] = {}
        self._types_of: dict[str, frozenset[str]] = {}
        self._regions: dict[tuple[str, str], Priced] = {}
        self._families: dict[tuple[str, str, str], Priced] = {}
        self._others: dict[tuple[str, str, str], Priced] = {}
        self._by_risk: dict[tuple[str, str, str], Mapping[Risk, Priced]] = {}
        self._newer: dict[tuple[str, str, str], tuple[Option, ...]] = {}
        self._made: dict[tuple[str, str, float], Option] = {}

    def price(self, instance_type: str, region: str, platform: str) -> float | None:
        """On-Demand dollars an hour, None where the catalogue has none."""
        asked = (instance_type, region, platform)
        if asked not in self._prices:
            # The catalogue's error names what there is instead, which takes its time.
            if instance_type not in self._types(region):
                self._prices[asked] = None
                return None
            try:
                self._prices[asked] = self.catalogue.on_demand(*asked).usd_per_hour
            except UnknownPrice:
                self._prices[asked] = None
        return self._prices[asked]

    def _types(self, region: str) -> frozenset[str]:
        if region not in self._types_of:
            known = region in self.catalogue.regions()
            names = self.catalogue.instance_types(region) if known else ()
            self._types_of[region] = frozenset(names)
        return self._types_of[region]

    def spec(self, instance_type: str) -> InstanceSpec | None:
        """What a type is, None where the catalogue does not know it."""
        if instance_type not in self._specs:
            try:
                self._specs[instance_type] = self.catalogue.spec(instance_type)
            except UnknownPrice:
                self._specs[instance_type] = None
        return self._specs[instance_type]

    def options(
        self, spec: InstanceSpec, region: str, platform: str, wanted: Need
    ) -> tuple[Option, ...]:
        """The cheapest type that holds ``wanted`` of each risk: same family, another, Graviton.

        In order of risk; an option that costs no less than one of lower risk is left out. The present
        type is no option. Empty for types with accelerators or local disks.
        """
        by_risk = self._others_by_risk(spec, region, platform)
        found: list[Option] = []
        for risk in RISKS:
            first = next((row for row in by_risk[risk] if holds(row[0], wanted)), None)
            if first and all(first[1] < lower.usd_per_hour for lower in found):
                found.append(self._option(spec, *first))
        return tuple(found)

    def _option(self, spec: InstanceSpec, other: InstanceSpec, usd: float) -> Option:
        """One record for all instances that it is an option of."""
        asked = (spec.instance_type, other.instance_type, usd)
        if asked not in self._made:
            self._made[asked] = Option(
                instance_type=other.instance_type,
                usd_per_hour=usd,
                vcpu=other.vcpu,
                memory_gib=other.memory_gib or 0.0,
                risk=_risk(spec, other),
                line=line_of(other.family),
            )
        return self._made[asked]

    def newer(self, spec: InstanceSpec, region: str, platform: str) -> tuple[Option, ...]:
        """The types of the same size and line of later generations, Graviton too, cheapest first.

        They have the vCPU and the memory of the present type at least.
        """
        asked = (spec.instance_type, region, platform)
        if asked not in self._newer:
            whole = Need(spec.vcpu, spec.memory_gib or 0.0)
            self._newer[asked] = tuple(
                self._option(spec, other, usd)
                for other, usd in self.others(spec, region, platform)
                if other.size == spec.size and _follows(spec, other) and holds(other, whole)
            )
        return self._newer[asked]

    def others(self, spec: InstanceSpec, region: str, platform: str) -> Priced:
        """The types that can stand in for one at all, with their price, cheapest first."""
        asked = (spec.instance_type, region, platform)
        if asked not in self._others:
            of_family = self._of_family(spec, region, platform) if can_be_sized(spec) else ()
            self._others[asked] = tuple(
                row for row in of_family if row[0].instance_type != spec.instance_type
            )
        return self._others[asked]

    def _others_by_risk(self, spec: InstanceSpec, region: str, platform: str) -> Mapping[Risk, Priced]:
        asked = (spec.instance_type, region, platform)
        if asked not in self._by_risk:
            rows: dict[Risk, list[tuple[InstanceSpec, float]]] = {risk: [] for risk in RISKS}
            for row in self.others(spec, region, platform):
                rows[_risk(spec, row[0])].append(row)
            self._by_risk[asked] = {risk: tuple(found) for risk, found in rows.items()}
        return self._by_risk[asked]

    def _of_family(self, spec: InstanceSpec, region: str, platform: str) -> Priced:
        """What can stand in for a type hangs on its family alone."""
        asked = (spec.family, region, platform)
        if asked not in self._families:
            self._families[asked] = tuple(
                row for row in self._sizable(region, platform) if _stands_in(spec, row[0])
            )
        return self._families[asked]

    def _sizable(self, region: str, platform: str) -> Priced:
        """All types of a region of which vCPU, memory and network tell all, cheapest first."""
        asked = (region, platform)
        if asked not in self._regions:
            found = []
            for name in self._types(region):
                spec = self.spec(name)
                if spec is None or not can_be_sized(spec):
                    continue
                usd = self.price(name, region, platform)
                if usd is not None:
                    found.append((usd, name, spec))
            found.sort(key=lambda row: row[:2])
            self._regions[asked] = tuple((spec, usd) for usd, _, spec in found)
        return self._regions[asked]


def holds(spec: InstanceSpec, wanted: Need) -> bool:
    """Whether a type has what is needed; a burstable one must hold the mean at its baseline."""
    memory = spec.memory_gib
    baseline = baseline_pct(spec)
    return (
        spec.vcpu >= wanted.vcpu
        and memory is not None
        and memory >= wanted.memory_gib
        and network_mbps(spec) >= wanted.network_mbps
        and (not spec.burstable or (baseline or 0.0) / 100 * spec.vcpu >= wanted.mean_vcpu)
    )


def _stands_in(spec: InstanceSpec, other: InstanceSpec) -> bool:
    """Whether a type of which its figures tell all can do what another does."""
    if other.family == spec.family:
        return True
    here, there = line_of(spec.family), line_of(other.family)
    if here is None or there is None or not other.current_generation:
        return False
    if there.letter == "t" and here.letter != "t":
        return False
    # What runs on Graviton was built for it, and stays there.
    if here.maker == "Graviton" and there.maker != "Graviton":
        return False
    # The figure for network holds from generation 5 on; burstable types count their own generations.
    if there.letter == "t":
        return there.generation >= here.generation
    return there.generation >= max(5, here.generation)


def _follows(spec: InstanceSpec, other: InstanceSpec) -> bool:
    here, there = line_of(spec.family), line_of(other.family)
    return bool(here and there and here.letter == there.letter and there.generation > here.generation)


def _risk(spec: InstanceSpec, other: InstanceSpec) -> Risk:
    if other.family == spec.family:
        return "low"
    return "medium" if other.arch == spec.arch else "high"
