"""How are violations named, and which columns does a list of them have?"""

from __future__ import annotations

from collections.abc import Mapping

from finops.dashboard import tables

KINDS: Mapping[str, str] = {
    "missing": "Missing key",
    "wrong_case": "Wrong case or spelling",
    "invalid": "Value not allowed",
}
RESOURCE_COLUMNS = {
    "resource_id": tables.text("Resource"),
    "service": tables.text("Service"),
    "region": tables.text("Region"),
    "team": tables.text("Team", "Under any spelling of the key"),
    "missing": tables.text("Missing", "Keys that are not there or blank"),
    "wrong_case": tables.text("Wrong case", "Keys as the resource spells them"),
    "invalid": tables.text("Not allowed", "Values that the policy does not allow"),
    "monthly_cost_usd": tables.dollars("$ per month", "Cost of the month; empty where unknown"),
    "account": tables.text("Account"),
    "environment": tables.text("Environment", "Under any spelling of the key"),
}
