"""Edit the tag policy: a draft, what it would change, and only then the button that saves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.dashboard import compliance_preview, compliance_rules_form
from finops.dashboard.compliance_draft import Draft, current
from finops.dashboard.compliance_page import CompliancePage

_FORMS: Mapping[str, Callable[[CompliancePage, Draft], None]] = {
    "Keys": compliance_rules_form.keys,
    "Exemptions": compliance_rules_form.exemptions,
    "By type and environment": compliance_rules_form.scopes,
    "Target": compliance_rules_form.target,
    "Import": compliance_rules_form.imported,
}


def show(page: CompliancePage) -> None:
    """Draw the view."""
    draft = current(page.kept)
    if draft.kept.revision != page.kept.revision:
        compliance_preview.changed_meanwhile(draft, page.kept)
    what = st.radio(
        "Edit", list(_FORMS), key="tags edited", persist_state="session", horizontal=True,
        help="Each change goes into one draft.",
    )  # fmt: skip
    _FORMS[what](page, draft)
    compliance_preview.show(page, draft)
