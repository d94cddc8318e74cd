"""AWS's cost categories that a bill carries say who pays, after tags and before accounts."""

from __future__ import annotations

import json

import pandas as pd

from finops import schema
from finops.chargeback import allocate, charges_from_costs, parse_rules
from finops.periods import Month

ORDER = [
    {"kind": "tag", "name": "Tag"},
    {"kind": "cost_category", "name": "Category", "categories": ["Unit", "Squad"]},
    {"kind": "account", "name": "Account", "columns": ["Name"]},
]
ACCOUNTS = schema.ACCOUNTS.conform(pd.DataFrame({"AccountId": ["1"], "Name": ["management"]}))


def test_the_order_is_tag_then_cost_category_then_account() -> None:
    # Four charges of $1, $2, $4 and $8: the tag, a path of categories, half a path, the account.
    costs = schema.COSTS.conform(
        pd.DataFrame(
            {
                "ChargePeriodStart": ["2026-09-01"] * 4,
                "BilledCost": ["1", "2", "4", "8"],
                "SubAccountId": ["1"] * 4,
                "Tags": ['{"Team":"Core"}', "{}", "{}", "{}"],
                "CostCategory": [
                    '{"Squad":"Ads","Unit":"Retail"}',
                    '{"Squad":"Ads","Unit":"Retail"}',
                    '{"Unit":"Retail"}',
                    None,
                ],
            }
        )
    )
    rules = parse_rules(json.dumps({"version": 1, "rules": ORDER}), "the test")
    charges = charges_from_costs(costs, Month(2026, 9))
    report = allocate(charges, "Team", document=rules, accounts=ACCOUNTS)
    assert {line.allocated_to: str(line.total_usd) for line in report.lines} == {
        "Core": "1.00",
        "Retail/Ads": "2.00",
        "Retail": "4.00",
        "management": "8.00",
    }


def test_without_categories_in_the_bill_the_rule_fits_nothing() -> None:
    costs = schema.COSTS.conform(
        pd.DataFrame({"ChargePeriodStart": ["2026-09-01"], "BilledCost": ["1"]})
    )
    rules = parse_rules(
        json.dumps({"version": 1, "rules": [{"kind": "cost_category", "name": "C"}]}), "the test"
    )
    report = allocate(charges_from_costs(costs, Month(2026, 9)), "Team", document=rules)
    assert [line.allocated_to for line in report.lines] == ["Unallocated"]
