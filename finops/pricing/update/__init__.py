"""How does the catalogue get newer? AWS's offer files are fetched, read, merged and written whole."""

from finops.pricing.update.comparing import PriceChange
from finops.pricing.update.gathering import OfferFile
from finops.pricing.update.progress import Progress, Silent
from finops.pricing.update.updating import PriceUpdate, RefusedRegion, update_catalogue

__all__ = [
    "OfferFile",
    "PriceChange",
    "PriceUpdate",
    "Progress",
    "RefusedRegion",
    "Silent",
    "update_catalogue",
]
