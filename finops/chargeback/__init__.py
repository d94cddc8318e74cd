"""Who pays for what? Cost by any tag key or account, to the cent, from the bill or the resource lists.

    ChargebackEngine().allocate_costs(ec2, s3, allocation_tag="Team")

``python -m finops.chargeback`` shows the worked examples.
"""

from finops.chargeback.allocation import allocate
from finops.chargeback.borne import ALLOCATED_TO, borne_charges
from finops.chargeback.charges import (
    CHARGES,
    charges_from_costs,
    charges_from_inventory,
    costs_of_month,
)
from finops.chargeback.closed import (
    CLOSED_FILE,
    Adjustment,
    BillOwner,
    ClosedPeriod,
    ClosedPeriods,
    PeriodKey,
    Terms,
)
from finops.chargeback.closing import close, compared, frozen, outstanding, reopen
from finops.chargeback.engine import ChargebackEngine
from finops.chargeback.export import (
    Mode,
    chargeback_csv,
    chargeback_xlsx,
    detail_csv,
    export_names,
    journal_csv,
    reconciliation,
)
from finops.chargeback.flow import NO_RULE, Flow, Flows, drawn_and_not, flows
from finops.chargeback.report import UNALLOCATED, Advice, ChargebackLine, ChargebackReport, Part
from finops.chargeback.review import Review, review
from finops.chargeback.rule_words import SOURCES, SPLITS, in_words
from finops.chargeback.rules import (
    FILE_NAME,
    AccountColumn,
    AccountRule,
    AllocationRules,
    CategoryRule,
    Commitments,
    PoolRule,
    Rule,
    TagRule,
    parse_rules,
    stored_rules,
)
from finops.chargeback.shares import Drivers
from finops.chargeback.targets import AccountFacts, accounts_of, facts_looked_up
from finops.chargeback.trail import charges_digest, opened

__all__ = [
    "ALLOCATED_TO",
    "CHARGES",
    "CLOSED_FILE",
    "FILE_NAME",
    "NO_RULE",
    "SOURCES",
    "SPLITS",
    "UNALLOCATED",
    "AccountColumn",
    "AccountFacts",
    "AccountRule",
    "Adjustment",
    "Advice",
    "AllocationRules",
    "BillOwner",
    "CategoryRule",
    "ChargebackEngine",
    "ChargebackLine",
    "ChargebackReport",
    "ClosedPeriod",
    "ClosedPeriods",
    "Commitments",
    "Drivers",
    "Flow",
    "Flows",
    "Mode",
    "Part",
    "PeriodKey",
    "PoolRule",
    "Review",
    "Rule",
    "TagRule",
    "Terms",
    "accounts_of",
    "allocate",
    "borne_charges",
    "chargeback_csv",
    "chargeback_xlsx",
    "charges_digest",
    "charges_from_costs",
    "charges_from_inventory",
    "close",
    "compared",
    "costs_of_month",
    "detail_csv",
    "drawn_and_not",
    "export_names",
    "facts_looked_up",
    "flows",
    "frozen",
    "in_words",
    "journal_csv",
    "opened",
    "outstanding",
    "parse_rules",
    "reconciliation",
    "reopen",
    "review",
    "stored_rules",
]
