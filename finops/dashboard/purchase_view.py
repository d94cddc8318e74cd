"""How does the advice leave the page? Files for procurement, and as commitments to simulate."""

from __future__ import annotations

import streamlit as st

from finops.answers.commitments import CommitmentAdvice, as_commitments
from finops.dashboard import tables
from finops.dashboard.commitment_tables import recommendation_frame
from finops.estate import Estate
from finops.spreadsheet import csv_text

_ONLY_ON_SCREEN = ["title", "number", "what", "where", "kind_name"]


def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the view."""
    st.subheader(
        "For procurement",
        help="All rows of the advice under the settings above; row filters do not count here.",
    )
    if not advice.report.recommendations:
        st.info("There is nothing to buy.", icon=":material/info:")
        return
    rows = recommendation_frame(advice.report.recommendations)
    with st.container(horizontal=True):
        tables.download_frame(
            "Download for procurement",
            rows.drop(columns=_ONLY_ON_SCREEN),
            "commitment_recommendations.csv",
            help_text="All rows with every figure.",
        )
        tables.download_text(
            "Download as commitments",
            lambda: csv_text(as_commitments(advice, estate)),
            "advice_as_commitments.csv",
            help_text="All advice in the form of the commitments file, to simulate it.",
        )
