"""What does AWS charge for an instance type, On-Demand and under every commitment?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from finops.errors import CatalogueError
from finops.pricing import Catalogue, CommitmentPrice, catalogue_version, load_catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAnswer:
    """Dollars an hour; ``basis`` of each commitment says how its rate is known."""

    instance_type: str
    region: str
    platform: str
    on_demand_usd_per_hour: float
    as_of: date
    source: str
    commitments: tuple[CommitmentPrice, ...]


def prices(
    instance_type: str, region: str, platform: str, catalogue: Catalogue | None = None
) -> PriceAnswer:
    """The prices of one type. Raises UnknownPrice where the catalogue has none."""
    known = catalogue or load_catalogue()
    on_demand = known.on_demand(instance_type, region, platform)
    return PriceAnswer(
        instance_type=instance_type,
        region=region,
        platform=platform,
        on_demand_usd_per_hour=on_demand.usd_per_hour,
        as_of=on_demand.as_of,
        source=on_demand.source,
        commitments=known.commitment_prices(instance_type, region, platform),
    )


def prices_version() -> str:
    """Which prices hold now, for whoever keeps answers: after ``prices update`` it is another text.

    Of an updated catalogue that cannot be used it is what is wrong: only answers that need prices fail.
    """
    try:
        return catalogue_version()
    except CatalogueError as error:
        return str(error)
