"""A price list of two dozen prices, usage made of levels, and owned commitments in one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pytest

from finops.errors import UnknownPrice
from finops.ri_engine.sizes import units_of
from finops.schema import COMMITMENTS, EC2, USAGE

AS_OF = date(2026, 3, 31)


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
    normalization_factor: float | None
    size_flexible: bool


# Rates are shares of On-Demand, so that every saving can be worked out in the head.
SHARES = {
    ("reserved_instance", "standard", 1): 0.6,
    ("reserved_instance", "standard", 3): 0.4,
    ("reserved_instance", "convertible", 1): 0.7,
    ("reserved_instance", "convertible", 3): 0.5,
    ("ec2_instance_savings_plan", None, 1): 0.6,
    ("ec2_instance_savings_plan", None, 3): 0.4,
    ("compute_savings_plan", None, 1): 0.7,
    ("compute_savings_plan", None, 3): 0.5,
}


class FakeCatalogue:
    """On-Demand by type in every region; No Upfront and All Upfront at the same effective rate × 0.9."""

    def __init__(self, on_demand: Mapping[str, float], without_ris: Sequence[str] = ()) -> None:
        self._on_demand = dict(on_demand)
        self._without_ris = set(without_ris)

    def on_demand(
        self, instance_type: str, region: str, platform: str = "Linux/UNIX", tenancy: str = "default"
    ) -> OnDemand:
        if instance_type not in self._on_demand or tenancy != "default":
            raise UnknownPrice(f"no price of {instance_type}, {tenancy}")
        return OnDemand(self._on_demand[instance_type])

    def commitment_prices(
        self, instance_type: str, region: str, platform: str = "Linux/UNIX"
    ) -> tuple[Offer, ...]:
        price = self.on_demand(instance_type, region).usd_per_hour
        return tuple(
            offer
            for (kind, offering_class, term), share in SHARES.items()
            for offer in self._payments(kind, offering_class, term, price * share)
            if not (kind == "reserved_instance" and instance_type in self._without_ris)
        )

    def _payments(
        self, kind: str, offering_class: str | None, term: int, rate: float
    ) -> tuple[Offer, ...]:
        hours = 8760 * term
        return (
            Offer(kind, offering_class, term, "No Upfront", rate, 0.0, rate),
            Offer(kind, offering_class, term, "All Upfront", rate * 0.9, rate * 0.9 * hours, 0.0),
        )

    def spec(self, instance_type: str) -> Facts:
        return Facts(units_of(instance_type), size_flexible=True)


@pytest.fixture(scope="session")
def catalogue() -> FakeCatalogue:
    """m5.large 0.10, m5.xlarge 0.20, c5.large 0.08 $/h; x9.large has no RIs."""
    prices = {"m5.large": 0.10, "m5.xlarge": 0.20, "c5.large": 0.08, "x9.large": 0.50}
    return FakeCatalogue(prices, without_ris=["x9.large"])


@pytest.fixture(scope="session")
def hourly() -> Callable[..., pd.DataFrame]:
    """``hourly(levels, instance_type=…)``: a usage frame whose last hour is that of ``AS_OF``."""

    def make(levels: Sequence[float], **columns: object) -> pd.DataFrame:
        end = pd.Timestamp("2026-04-01", tz="UTC")
        hours = pd.date_range(end=end, periods=len(levels) + 1, freq="h")[:-1]
        row = {"Region": "us-east-1", "InstanceType": "m5.large", "AccountId": "111111111111"}
        frame = pd.DataFrame({"Hour": hours, "Quantity": np.asarray(levels, dtype=float)})
        return USAGE.conform(frame.assign(**{**row, **columns}))

    return make


@pytest.fixture(scope="session")
def owned() -> Callable[..., pd.DataFrame]:
    """``owned({...}, {...})``: a commitments frame; RIs of m5.large in us-east-1 by default."""

    def make(*rows: Mapping[str, object]) -> pd.DataFrame:
        default = {
            "Kind": "reserved_instance",
            "AccountId": "111111111111",
            "State": "active",
            "TermYears": 1,
            "PaymentOption": "No Upfront",
            "Start": pd.Timestamp("2025-06-01", tz="UTC"),
            "End": pd.Timestamp("2027-06-01", tz="UTC"),
        }
        reserved = {
            "Region": "us-east-1",
            "InstanceType": "m5.large",
            "Scope": "Region",
            "Quantity": 1.0,
            "UpfrontUSD": 0.0,
        }
        filled = []
        for number, row in enumerate(rows):
            kind = row.get("Kind", "reserved_instance")
            base = default | (reserved if kind == "reserved_instance" else {})
            filled.append({"CommitmentId": f"c-{number}"} | base | dict(row))
        return COMMITMENTS.conform(pd.DataFrame(filled, columns=list(COMMITMENTS.columns)))

    return make


@pytest.fixture(scope="session")
def instances() -> Callable[..., pd.DataFrame]:
    """``instances((type, count, launch date, state), …)``: an ec2 frame."""

    def make(*groups: tuple[str, int, str, str]) -> pd.DataFrame:
        rows = [
            {
                "InstanceId": f"i-{instance_type}-{launched}-{number}",
                "Region": "us-east-1",
                "InstanceType": instance_type,
                "State": state,
                "LaunchTime": pd.Timestamp(launched, tz="UTC"),
                "CostPerHourUSD": 0.10,
                "MonthlyCostUSD": 73.0,
            }
            for instance_type, count, launched, state in groups
            for number in range(count)
        ]
        return EC2.conform(pd.DataFrame(rows, columns=list(EC2.columns)))

    return make
