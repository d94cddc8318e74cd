"""Who pays for what? Cost by any tag key or account, to the cent, from the bill or the resource lists.

    ChargebackEngine().allocate_costs(ec2, s3, allocation_tag="Team")

``python -m finops.chargeback`` shows the worked examples.
"""

from finops.chargeback.allocation import allocate
from finops.chargeback.charges import CHARGES, charges_from_costs, charges_from_inventory
from finops.chargeback.closing import (
    CLOSED_FILE,
    Adjustment,
    ClosedPeriod,
    ClosedPeriods,
    Terms,
    close,
    frozen,
    outstanding,
    reopen,
)
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
    "CLOSED_FILE",
    "UNALLOCATED",
    "Adjustment",
    "Advice",
    "AllocationRules",
    "ChargebackEngine",
    "ChargebackLine",
    "ChargebackReport",
    "ClosedPeriod",
    "ClosedPeriods",
    "Drivers",
    "Part",
    "Review",
    "Terms",
    "allocate",
    "chargeback_csv",
    "chargeback_xlsx",
    "charges_from_costs",
    "charges_from_inventory",
    "close",
    "detail_csv",
    "export_names",
    "frozen",
    "journal_csv",
    "opened",
    "outstanding",
    "parse_rules",
    "reconciliation",
    "reopen",
    "review",
    "stored_rules",
]
