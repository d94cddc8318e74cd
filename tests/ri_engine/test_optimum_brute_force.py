"""The optimum against brute force: every quantity of every offer, billed by a plain biller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd
import pytest

from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.optimum import Limits, Portfolio, best_portfolio
from finops.schema import COMMITMENTS, USAGE

RI, EC2_PLAN, COMPUTE_PLAN = "reserved_instance", "ec2_instance_savings_plan", "compute_savings_plan"
TYPES = ("m5.large", "m5.xlarge", "c5.large", "r5.2xlarge")
UNITS = {"m5.large": 4, "m5.xlarge": 8, "c5.large": 4, "r5.2xlarge": 16, "m5.2xlarge": 16}
CASES = 200
STEP_USD = 0.05


@dataclass(frozen=True)
class OnDemand:
    usd_per_hour: float


@dataclass(frozen=True)
class Offer:
    kind: str
    offering_class: str | None
    term_years: int
    payment_option: str
    effective_usd_per_hour: float
    upfront_usd: float
    recurring_usd_per_hour: float
    basis: str = "recorded"


@dataclass(frozen=True)
class Facts:
    normalization_factor: float
    size_flexible: bool


@dataclass(frozen=True)
class Prices:
    """A catalogue of one term and payment: dollars an hour by type and kind."""

    rates: Mapping[str, Mapping[str, float]]

    def on_demand(self, instance_type: str, *_: str) -> OnDemand:
        return OnDemand(self.rates[instance_type]["on_demand"])

    def commitment_prices(self, instance_type: str, *_: str) -> tuple[Offer, ...]:
        return tuple(
            Offer(kind, "standard" if kind == RI else None, 1, "No Upfront", rate, 0.0, rate)
            for kind, rate in self.rates[instance_type].items()
            if kind != "on_demand"
        )

    def spec(self, instance_type: str) -> Facts:
        return Facts(float(UNITS[instance_type]), size_flexible=True)


@dataclass(frozen=True)
class Case:
    types: tuple[str, ...]
    demand: np.ndarray
    prices: Prices
    kinds: tuple[str, ...]

    def evidence(self) -> Evidence:
        hours = pd.date_range("2026-03-31", periods=self.demand.shape[1], freq="h", tz="UTC")
        usage = pd.concat(
            pd.DataFrame({"Hour": hours, "Quantity": levels, "InstanceType": name})
            for name, levels in zip(self.types, self.demand, strict=True)
        ).assign(Region="us-east-1", AccountId="111111111111")
        return from_usage(
            USAGE.conform(usage), COMMITMENTS.empty(), self.prices, as_of=None, lookback_days=1
        )

    def best(self) -> Portfolio:
        evidence = self.evidence()
        return best_portfolio(
            evidence, evidence.window, Limits(kinds=self.kinds, plan_step_usd=STEP_USD)
        )

    def rate(self, name: str, kind: str) -> float:
        return self.prices.rates[name][kind]

    def by_brute_force(self) -> float:
        """The least cost of all hours, over every purchase of the grid."""
        reserved = range(int(self.demand.max()) + 2) if RI in self.kinds else range(1)
        families = sorted({name.partition(".")[0] for name in self.types})
        plans = [self._levels(family) if EC2_PLAN in self.kinds else [0.0] for family in families]
        return min(
            self._cost(counts, dict(zip(families, levels, strict=True)))
            for counts in product(reserved, repeat=len(self.types))
            for levels in product(*plans)
        )

    def _levels(self, family: str) -> list[float]:
        most = sum(
            self.rate(name, EC2_PLAN) * levels.max()
            for name, levels in zip(self.types, self.demand, strict=True)
            if name.startswith(f"{family}.")
        )
        return [step * STEP_USD for step in range(int(np.ceil(most / STEP_USD)) + 1)]

    def _cost(self, counts: tuple[int, ...], plans: Mapping[str, float]) -> float:
        """Dollars of all hours under these RIs and EC2 Instance plans and the best Compute plan."""
        hours = self.demand.shape[1]
        left = self._after_reserved(counts)
        paid = sum(count * self.rate(name, RI) for count, name in zip(counts, self.types, strict=True)
                   if RI in self.kinds) * hours  # fmt: skip
        for family, level in plans.items():
            paid += level * hours
            if level:
                budget = np.full(hours, level)
                for at in self._by_saving(EC2_PLAN, family):
                    served = np.minimum(left[at], budget / self.rate(self.types[at], EC2_PLAN))
                    left[at] -= served
                    budget = budget - served * self.rate(self.types[at], EC2_PLAN)
        on_demand = np.array([self.rate(name, "on_demand") for name in self.types])
        if COMPUTE_PLAN not in self.kinds:
            return float(paid + on_demand @ left.sum(axis=1))
        most = sum(self.rate(name, COMPUTE_PLAN) * left[at].max() for at, name in enumerate(self.types))
        levels = np.arange(int(np.ceil(most / STEP_USD)) + 1) * STEP_USD
        budget = np.repeat(levels[:, None], hours, axis=1)
        costs = paid + levels * hours + on_demand @ left.sum(axis=1)
        for at in self._by_saving(COMPUTE_PLAN, ""):
            rate = self.rate(self.types[at], COMPUTE_PLAN)
            served = np.minimum(left[at][None, :], budget / rate)
            budget = budget - served * rate
            costs = costs - on_demand[at] * served.sum(axis=1)
        return float(costs.min())

    def _after_reserved(self, counts: tuple[int, ...]) -> np.ndarray:
        """Reserved units of a family, spent from its smallest size to its largest."""
        left = self.demand.astype(float).copy()
        units: dict[str, float] = {}
        for count, name in zip(counts, self.types, strict=True):
            family = name.partition(".")[0]
            units[family] = units.get(family, 0.0) + count * UNITS[name]
        budget = {family: np.full(left.shape[1], amount) for family, amount in units.items()}
        for at in sorted(range(len(self.types)), key=lambda at: UNITS[self.types[at]]):
            name = self.types[at]
            own = budget[name.partition(".")[0]]
            served = np.minimum(left[at], own / UNITS[name])
            left[at] -= served
            own -= served * UNITS[name]
        return left

    def _by_saving(self, kind: str, family: str) -> list[int]:
        """The highest saving percentage first, ties to the lower rate of the plan."""
        share = {
            at: round(1 - self.rate(name, kind) / self.rate(name, "on_demand"), 9)
            for at, name in enumerate(self.types)
            if name.startswith(family)
        }
        return sorted(share, key=lambda at: (-share[at], self.rate(self.types[at], kind)))


def random_case(seed: int) -> Case:
    """One to three pools over up to a day, with a rhythm or none; RIs and a Compute plan, and in every
    fourth case EC2 Instance plans as well, for two pools at most."""
    random = np.random.default_rng(seed)
    every_kind = seed % 4 == 3
    types = tuple(random.choice(list(TYPES), random.integers(1, 3 if every_kind else 4), replace=False))
    hours = int(random.integers(2, 25))
    most = random.integers(1, 3 if every_kind else 5, (len(types), 1))
    rhythm = random.integers(0, 2, (1, hours)) if random.random() < 0.5 else 1
    demand = random.integers(0, most + 1, (len(types), hours)) * rhythm
    if random.random() < 0.3:
        demand = demand * 0.75
    # Evidence is whole days: the hours after the last are empty.
    demand = np.pad(demand, ((0, 0), (0, 24 - hours)))
    # The price of a unit is that of its family, as AWS's is: sizes differ by their units only.
    family = {name.partition(".")[0]: random.uniform(0.02, 0.06) for name in TYPES}
    off = {name: random.uniform(0.4, 0.8, 3) for name in family}
    rates = {}
    for name in types:
        own = name.partition(".")[0]
        listed = family[own] * UNITS[name]
        reserved, plan, compute = np.sort(off[own]) * listed
        rates[name] = {"on_demand": listed, RI: reserved, EC2_PLAN: plan, COMPUTE_PLAN: compute}
    kinds = (RI, EC2_PLAN, COMPUTE_PLAN) if every_kind else (RI, COMPUTE_PLAN)
    return Case(tuple(str(name) for name in types), demand.astype(float), Prices(rates), kinds)


@pytest.mark.parametrize("group", range(8))
def test_small_estates_are_solved_exactly(group: int) -> None:
    for seed in range(group, CASES, 8):
        case = random_case(seed)
        hours, found, least = case.demand.shape[1], case.best(), case.by_brute_force()
        assert found.bill_usd * hours == pytest.approx(least, abs=0.01), seed
        assert found.bound_usd is not None
        assert found.bound_usd * hours <= least + 1e-6, seed


def test_a_size_that_is_cheaper_in_another_is_not_taken_for_a_tie() -> None:
    """41 m5.large at 0.060 serve one m5.large and ten m5.2xlarge (4 each) for 2.46 $/h; the plan, as
    dear on m5.large but 0.242 on m5.2xlarge, takes 0.06 + 10 × 0.242 = 2.48."""
    rates = {
        "m5.large": {"on_demand": 0.096, RI: 0.060, EC2_PLAN: 0.060, COMPUTE_PLAN: 0.07},
        "m5.2xlarge": {"on_demand": 0.384, RI: 0.242, EC2_PLAN: 0.242, COMPUTE_PLAN: 0.28},
    }
    demand = np.repeat([[1.0], [10.0]], 24, axis=1)
    case = Case(("m5.large", "m5.2xlarge"), demand, Prices(rates), (RI, EC2_PLAN, COMPUTE_PLAN))
    found = case.best()
    assert found.bill_usd == pytest.approx(2.46)
    assert [(one.kind, one.quantity) for one in found.purchases] == [(RI, 41)]
