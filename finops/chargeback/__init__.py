"""Who pays for what? Cost by any tag key or account, to the cent, from the bill or the resource lists.

    ChargebackEngine().allocate_costs(ec2, s3, allocation_tag="Team")

``python -m finops.chargeback`` shows the worked examples.
"""

from finops.chargeback.allocation import allocate
from finops.chargeback.charges import CHARGES, charges_from_costs, charges_from_inventory
from finops.chargeback.engine import ChargebackEngine
from finops.chargeback.export import (
    chargeback_csv,
    chargeback_xlsx,
    detail_csv,
    export_names,
    journal_csv,
    reconciliation,
)
from finops.chargeback.report import UNALLOCATED, Advice, ChargebackLine, ChargebackReport, Part
from finops.chargeback.review import Review, review
from finops.chargeback.rules import AllocationRules, parse_rules, stored_rules
from finops.chargeback.shares import Drivers
from finops.chargeback.trail import opened

__all__ = [
    "CHARGES",
    "UNALLOCATED",
    "Advice",
    "AllocationRules",
    "ChargebackEngine",
    "ChargebackLine",
    "ChargebackReport",
    "Drivers",
    "Part",
    "Review",
    "allocate",
    "chargeback_csv",
    "chargeback_xlsx",
    "charges_from_costs",
    "charges_from_inventory",
    "detail_csv",
    "export_names",
    "journal_csv",
    "opened",
    "parse_rules",
    "reconciliation",
    "review",
    "stored_rules",
]
