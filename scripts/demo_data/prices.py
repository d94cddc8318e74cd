"""What does an hour or a gigabyte cost? Catalogue prices as exact integers.

Money is counted in pico-dollars (10⁻¹² $), the last place of the ``costs`` frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from finops.money import exact, to_cents
from finops.pricing import Catalogue, CommitmentPrice

PICO = 10**12
PICO_PER_CENT = PICO // 100


def pico(amount: float | str | Decimal) -> int:
    """Dollars as pico-dollars; refuses an amount with more than twelve places."""
    scaled = exact(amount).scaleb(12)
    if scaled != int(scaled):
        raise ValueError(f"{amount} has more than twelve decimal places")
    return int(scaled)


def dollars(amount: int) -> Decimal:
    """Pico-dollars as dollars."""
    return Decimal(amount).scaleb(-12)


def plain(amount: Decimal) -> str:
    """The amount without closing zeros and without an exponent."""
    return format(amount.normalize(), "f")


@dataclass(frozen=True)
class Prices:
    """The prices that the sample needs, from one catalogue."""

    catalogue: Catalogue

    @cached_property
    def as_of(self) -> str:
        return self.catalogue.as_of.isoformat()

    def on_demand(self, instance_type: str, region: str) -> Decimal:
        """Dollars an hour, Linux/UNIX, default tenancy."""
        return exact(self.catalogue.on_demand(instance_type, region).usd_per_hour)

    def committed(
        self,
        kind: str,
        instance_type: str,
        region: str,
        *,
        term_years: int,
        payment: str,
        offering_class: str | None = None,
    ) -> CommitmentPrice:
        return self.catalogue.commitment_price(
            kind, instance_type, region, "Linux/UNIX", term_years, payment, offering_class
        )

    def units(self, instance_type: str) -> int:
        """Normalisation units of one instance, which are whole from ``small`` upwards."""
        factor = self.catalogue.spec(instance_type).normalization_factor
        if factor != int(factor):
            raise ValueError(f"{instance_type} has {factor} units; the sample uses whole ones")
        return int(factor)

    def storage_cents(self, region: str, storage_class: str, size_gb: Decimal) -> int:
        """What a month of ``size_gb`` costs, tier by tier, rounded once to the cent."""
        cost = Decimal(0)
        for tier in self.catalogue.storage_tiers(region, storage_class):
            start = exact(tier.start_gb)
            end = size_gb if tier.end_gb is None else min(size_gb, exact(tier.end_gb))
            cost += max(end - start, Decimal(0)) * exact(tier.usd_per_gb_month)
        return to_cents(cost)
