"""AWS FinOps: what to commit to, whether budgets hold, which tags are missing, and who pays.

The public names stand below. They are looked up when first used, so that ``import finops`` loads
neither pandas nor a price, and ``python -m finops.ri_engine`` runs a module nobody has imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from finops.budget_manager import BudgetManager
    from finops.chargeback import ChargebackEngine
    from finops.estate import Estate, load_estate
    from finops.ingest import clean_ec2_data, clean_s3_data
    from finops.pricing import RIPricingEngine
    from finops.ri_engine import RIRecommendationEngine
    from finops.tagging import TagComplianceAnalyzer, TaggingPolicy

__all__ = [
    "BudgetManager",
    "ChargebackEngine",
    "Estate",
    "RIPricingEngine",
    "RIRecommendationEngine",
    "TagComplianceAnalyzer",
    "TaggingPolicy",
    "clean_ec2_data",
    "clean_s3_data",
    "load_estate",
]

_ROOMS = {
    "BudgetManager": "budget_manager",
    "ChargebackEngine": "chargeback",
    "Estate": "estate",
    "RIPricingEngine": "pricing",
    "RIRecommendationEngine": "ri_engine",
    "TagComplianceAnalyzer": "tagging",
    "TaggingPolicy": "tagging",
    "clean_ec2_data": "ingest",
    "clean_s3_data": "ingest",
    "load_estate": "estate",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'finops' has no attribute {name!r}; it has {', '.join(__all__)}")
    found: object = getattr(import_module(f"finops.{_ROOMS[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
