"""Which instances are there, and which have been there? All fleets of the company.

Those of the resource list and those that came and went stand side by side; what the latter left is in
the history only.
"""

from __future__ import annotations

from scripts.demo_data.fleets_data import DATA_FLEETS, SPOT_FLEETS
from scripts.demo_data.fleets_development import DEVELOPMENT_FLEETS, OTHER_FLEETS
from scripts.demo_data.fleets_production import PRODUCTION_FLEETS

FLEETS = (*PRODUCTION_FLEETS, *DEVELOPMENT_FLEETS, *DATA_FLEETS, *OTHER_FLEETS, *SPOT_FLEETS)
