"""What have AWS's offer files changed in the price catalogue?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from finops.ingest.bills.cache import cache_folder
from finops.pricing import updated_folder
from finops.pricing.update import PriceUpdate, Progress, Silent, update_catalogue

__all__ = ["PriceUpdate", "Progress", "update_prices"]

_CACHE = "price-offers"


def update_prices(
    places: Sequence[str], regions: Collection[str] = (), progress: Progress | None = None
) -> PriceUpdate:
    """Read the offer files at ``places`` (paths, addresses) into the catalogue of the state folder.

    All of them or none: raises FinOpsError where one cannot be used, and the catalogue is as it was.
    ``regions`` limits what is fetched and taken, empty for all.
    """
    return update_catalogue(
        places, updated_folder(), cache_folder() / _CACHE, progress or Silent(), regions
    )
