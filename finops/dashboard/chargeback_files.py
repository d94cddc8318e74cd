"""Which files does finance take away? All of them, named with period, basis and hash."""

from __future__ import annotations

import streamlit as st

from finops.answers.chargeback_export import digest_of_month, export_files
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.chargeback_page import ChargebackPage
from finops.dashboard.wording import plain, sentence
from finops.errors import AllocationError
from finops.estate import Estate

_FILES = {
    "summary": ("Summary (CSV)", "The lines, amounts to the cent.", tables.CSV),
    "detail": ("Detail (CSV)", "Every resource with its target and rule; exact.", tables.CSV),
    "journal": (
        "Journal entries (CSV)",
        "Debits and credits by cost centre, with the adjustments of closed months.",
        tables.CSV,
    ),
    "workbook": ("Workbook (XLSX)", "Summary, detail, shares, rules and reconciliation.", tables.XLSX),
    "focus": (
        "FOCUS 1.2 (CSV)",
        "The charges of the month, a row a charge and target; the allocation is in Tags.",
        tables.CSV,
    ),
}


def _digest(estate: Estate, *settings: object) -> str:
    return answered(digest_of_month, estate, *settings)


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    assert page.result is not None
    report = page.answer.report
    st.subheader(
        "Files", help="Each adds up to the total to the cent. The same input gives the same file."
    )
    try:
        files = export_files(page.estate, page.result, page.mode, _digest)
    except AllocationError as error:
        st.info(plain(sentence(str(error).partition(" --reopen")[0])), icon=":material/lock:")
        return
    if page.mode == "showback":
        st.caption("Showback reports and invoices nothing: there is no journal.")
    with st.container(horizontal=True):
        for file in files:
            label, meaning, mime = _FILES[file.kind]
            tables.download_bytes(label, file.content, file.name, help_text=meaning, mime=mime)
    st.markdown("\n".join(f"- `{file.name}` – {_FILES[file.kind][1]}" for file in files))
    st.markdown(f"SHA-256 of input and rules: `{report.digest}`")
