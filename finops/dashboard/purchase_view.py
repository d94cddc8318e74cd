"""How does the advice leave for those who buy? Files for procurement, and a script that buys."""

from __future__ import annotations

import streamlit as st

from finops.answers.commitments import CommitmentAdvice, CommitmentSettings, as_commitments, recommend
from finops.answers.coverage_tracking import PurchaseLadder, ladder_of
from finops.answers.procurement import advice_csv, advice_workbook, purchase_script
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.wording import plain
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.spreadsheet import csv_text

_SHELL = "text/x-shellscript"


def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the view."""
    if not advice.report.recommendations:
        st.info("There is nothing to buy.", icon=":material/info:")
        return
    found = answered(_ladder, estate, advice.settings, progress="Laying the purchases out …")
    _for_reading(advice, estate, found)
    _for_buying(advice, found)


def _ladder(estate: Estate, settings: CommitmentSettings) -> PurchaseLadder:
    return ladder_of(estate, answered(recommend, estate, settings))


def _for_reading(advice: CommitmentAdvice, estate: Estate, found: PurchaseLadder) -> None:
    st.subheader(
        "For procurement and finance",
        help="All rows of the advice under the settings above, whatever the row filters show.",
    )
    with st.container(horizontal=True):
        tables.download_text(
            "Advice as CSV",
            lambda: advice_csv(advice.report),
            "commitment_recommendations.csv",
            help_text="A line each row, with every figure. Safe to open in a spreadsheet.",
        )
        tables.download_bytes(
            "Advice as workbook",
            lambda: advice_workbook(advice.report, found.ladder),
            "commitment_recommendations.xlsx",
            help_text="Sheets: purchases, when to buy them, the evidence and its notes, what has no "
            "price.",
            mime=tables.XLSX,
        )
        tables.download_text(
            "Advice as commitments",
            lambda: csv_text(as_commitments(advice, estate)),
            "advice_as_commitments.csv",
            help_text="In the form of the commitments file: upload it to see the bill as if it were "
            "owned.",
        )


def _for_buying(advice: CommitmentAdvice, found: PurchaseLadder) -> None:
    st.subheader(
        "A script that buys",
        help="For the AWS command line: it looks every offering up and compares its price with the "
        "advice.",
    )
    st.warning(
        "**`PURCHASE=yes` spends money and cannot be undone.** Run as it is, the script only looks "
        "up and "
        "shows every command. With `PURCHASE=yes` it buys every row that is due, at once, in the "
        "account "
        "that you are signed in to, and binds you for the whole term. It stops before it buys anything "
        "where an offering is not found or costs more than advised.",
        icon=":material/warning:",
    )
    try:
        text = purchase_script(advice.report, found.ladder)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    tables.download_text(
        "Purchase script",
        lambda: text,
        "purchase_commitments.sh",
        help_text="Bash, for AWS CLI version 2. Read it before you run it.",
        mime=_SHELL,
    )
    with st.expander("Look at the script"):
        st.code(text, language="bash", line_numbers=True, height=390)
