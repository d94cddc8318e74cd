"""Which rows of a table does the reader look for?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.ranking import matching
from finops.dashboard.wording import count


def search_box(frame: pd.DataFrame, key: str, what: str) -> pd.DataFrame:
    """A box to type in, and the rows in which every word is found."""
    box, found = st.columns([3, 1], vertical_alignment="bottom")
    text = box.text_input(
        "Search",
        key=key,
        placeholder=what,
        icon=":material/search:",
        persist_state="session",
        help="Rows in which every word is found in some text column, in any case.",
    )
    rows = matching(frame, text) if text else frame
    found.caption(f"{len(rows):,} of {count(len(frame), 'row')}")
    return rows
