"""What does On-Demand cost under a private agreement? List prices less a discount.

The discount lowers the On-Demand rates of the catalogue only. A rate that the bill or the usage names is
contracted already, and commitments are taken at their list prices: so no saving is promised that the
agreement has given before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from finops.ri_engine.catalogue import Catalogue, Price

C = TypeVar("C", bound="Catalogue")


def negotiated(catalogue: C, discount_pct: float) -> C:
    """The same catalogue, its On-Demand prices lower by ``discount_pct`` (0 to below 100)."""
    if not 0 <= discount_pct < 100:
        raise ValueError(f"a negotiated discount of {discount_pct} %; it is from 0 to below 100 percent")
    return catalogue if discount_pct == 0 else cast(C, _Negotiated(catalogue, 1 - discount_pct / 100))


@dataclass(frozen=True)
class _Negotiated:
    listed: Catalogue
    share: float

    def on_demand(
        self, instance_type: str, region: str, platform: str = "Linux/UNIX", tenancy: str = "default"
    ) -> Price:
        price = self.listed.on_demand(instance_type, region, platform, tenancy)
        return replace(price, usd_per_hour=price.usd_per_hour * self.share)  # type: ignore[type-var]

    def __getattr__(self, name: str) -> object:
        return getattr(self.listed, name)
