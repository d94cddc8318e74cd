"""Which resources, charges and rules made a line?"""

from __future__ import annotations

import streamlit as st

from finops.answers.chargeback_views import opened_line
from finops.dashboard import tables
from finops.dashboard.chargeback_page import ChargebackPage
from finops.dashboard.records import as_frame
from finops.dashboard.search import search_box
from finops.dashboard.wording import count, dollars, plain


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    assert page.result is not None
    report = page.answer.report
    names = [line.allocated_to for line in report.lines]
    if page.result.restated:
        st.warning(
            "The bill has been restated since the period was closed: the charges below are those of the "
            "bill as it is now, and what it differs by is in the row of rounding.",
            icon=":material/history:",
        )
    name = st.selectbox(
        "Line",
        names,
        key="chargeback line",
        persist_state="session",
        help="Every line opens to the charges and rules that made it.",
    )
    if name not in names:
        return
    line = next(one for one in report.lines if one.allocated_to == name)
    by_rule, charges = opened_line(page.answer, name)
    st.markdown(
        f"**{plain(name)}**: {count(len(charges), 'row')} that add up to {dollars(line.total_usd)}, "
        f"{dollars(line.direct_usd)} of it direct and {dollars(line.shared_usd)} shared."
    )
    tables.table(as_frame(by_rule, list(_RULES)), _RULES, alt=f"What each rule adds to {name}")
    st.subheader(
        "Resources and charges",
        help="A row a resource, service, region, account and rule: the whole charge, and what this line "
        "bears of it.",
    )
    shown = search_box(charges, "chargeback trail search", "i-0abc us-east-1")
    tables.table(shown, _TRAIL, alt=f"The charges that made the line {name}")
    period = report.period.replace("/", "_").replace(" ", "")
    tables.download_frame(
        "Download the trail",
        charges,
        f"trail_{period}_{report.basis}_{report.digest[:12]}.csv",
        help_text="All rows of this line, exact.",
    )


_RULES = {
    "rule": tables.text("Rule"),
    "kind": tables.text("Kind", "direct, shared, or what rounding to the cent adds"),
    "charges": tables.number("Rows", "Resources × services × regions × accounts"),
    "usd": tables.dollars("USD", "What the rule adds to the line"),
}
_TRAIL = {
    "rule": tables.text("Rule"),
    "kind": tables.text("Kind"),
    "resource_id": tables.text("Resource"),
    "service": tables.text("Service"),
    "region": tables.text("Region"),
    "account_id": tables.text("Account"),
    "charge_usd": tables.dollars("Charge", "The whole of it"),
    "cost_usd": tables.dollars("Borne", "What this line bears of it"),
}
