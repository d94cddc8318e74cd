"""What is the price of an instance? The public door to the catalogue."""

from __future__ import annotations

from finops.pricing.catalogue import Catalogue, load_catalogue


class RIPricingEngine:
    """Prices from a catalogue, by default the shipped one."""

    def __init__(self, catalogue: Catalogue | None = None) -> None:
        self.catalogue = load_catalogue() if catalogue is None else catalogue

    def get_on_demand_price(
        self, instance_type: str, region: str, platform: str = "Linux/UNIX"
    ) -> float:
        """Dollars per instance-hour On-Demand. Raises UnknownPrice rather than guess."""
        return self.catalogue.on_demand(instance_type, region, platform).usd_per_hour
