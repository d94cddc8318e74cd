"""What does AWS charge for it, since when, and how do we know? The price catalogue.

On-Demand, Reserved Instance and Savings Plan prices of EC2 by region, and S3 storage prices. Every
price has its day, source and basis; what is not known raises ``finops.errors.UnknownPrice``.
"""

from finops.pricing.catalogue import (
    Catalogue,
    catalogue_version,
    load_catalogue,
    packaged_catalogue,
)
from finops.pricing.engine import RIPricingEngine
from finops.pricing.records import (
    BASES,
    OFFERING_CLASSES,
    PAYMENT_OPTIONS,
    TERMS,
    CommitmentPrice,
    InstanceSpec,
    Price,
    PriceBasis,
    RequestRate,
    StorageTier,
)
from finops.pricing.updated import updated_folder

__all__ = [
    "BASES",
    "OFFERING_CLASSES",
    "PAYMENT_OPTIONS",
    "TERMS",
    "Catalogue",
    "CommitmentPrice",
    "InstanceSpec",
    "Price",
    "PriceBasis",
    "RIPricingEngine",
    "RequestRate",
    "StorageTier",
    "catalogue_version",
    "load_catalogue",
    "packaged_catalogue",
    "updated_folder",
]
