"""Can everybody use it? axe finds nothing critical or serious, in light and in dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from finops.budget_manager import BudgetManager
from finops.storage import JsonStore

ENTERPRISE = "💰 Enterprise FinOps"
PAGES = [
    "",
    "?tab=EC2",
    "?tab=S3",
    *(f"?tab=S3&s3={view}" for view in ("To check", "Lifecycle", "Inventory")),
    *(f"?tab=ML Insights&insight={section}" for section in ("Forecast", "Anomalies")),
    f"?tab={ENTERPRISE}",
    f"?tab={ENTERPRISE}&reasons=What speaks against it",
    f"?tab={ENTERPRISE}&view=Coverage&by=region",
    f"?tab={ENTERPRISE}&view=Owned",
    f"?tab={ENTERPRISE}&view=Purchase",
    *(
        f"?tab={ENTERPRISE}&section=Budgets&budgets={view}"
        for view in (
            "Overview",
            "Chart",
            "Variance",
            "Year end",
            "Alerts",
            "Templates",
            "Edit",
            "AWS and files",
        )
    ),
    *(
        f"?tab={ENTERPRISE}&section=Tag Compliance&tags={view}"
        for view in ("Overview", "Breakdown", "Violations", "Suggestions", "Policy", "Edit policy")
    ),
    *(
        f"?tab={ENTERPRISE}&section=Chargeback&chargeback={view}"
        for view in ("Overview", "Flow", "Comparison", "Drill-down", "Rules", "Closing", "Files")
    ),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_finding(
    visit: Callable[[str], Page],
    page: Page,
    state_folder: Path,
    scheme: Literal["light", "dark"],
) -> None:
    budgets = BudgetManager(JsonStore(state_folder))
    if not budgets.list_budgets():
        whole = budgets.create_budget("Whole", "total", "", 30000)
        budgets.create_budget("Part", "service", "EC2", 40000, parent=whole.id)
        budgets.create_budget("Nobody", "team", "Nobody", 100)
    page.emulate_media(color_scheme=scheme)
    found = {}
    for query in PAGES:
        visit(query)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in {"critical", "serious"}:
                where = [node["html"][:160] for node in violation["nodes"]]
                found[query, violation["id"]] = where
    assert found == {}
