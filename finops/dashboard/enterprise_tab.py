"""The 💰 Enterprise FinOps tab: four decisions, each in a section with an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from finops.dashboard import budgets_section, chargeback_section, commitments_section, compliance_section
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View

SECTIONS: Mapping[str, Callable[[View], None]] = {
    "RI & Savings Plans": commitments_section.show,
    "Budgets": budgets_section.show,
    "Tag Compliance": compliance_section.show,
    "Chargeback": chargeback_section.show,
}


def show(view: View) -> None:
    """Draw the tab; only the open section is worked out."""
    show_open(SECTIONS, "section", view)
