"""What may be bought, on how much evidence, and which of the advice is shown?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.commitments import CommitmentSettings
from finops.schema import PAYMENT_OPTIONS

BEST = "best of all"
TERMS = {0: BEST, 1: "1 year", 3: "3 years"}
LOOKBACKS = (7, 14, 30, 60, 90, 180)


def choose_settings() -> CommitmentSettings:
    """Draw the settings of the advice and read them."""
    term_column, payment_column, class_column, lookback_column = st.columns(4)
    term = term_column.selectbox(
        "Term",
        list(TERMS),
        format_func=TERMS.__getitem__,
        key="ri_term",
        persist_state="session",
        help="For how long you would commit. Best of all: the term that saves most, pool by pool.",
    )
    payment = payment_column.selectbox(
        "Payment",
        [BEST, *PAYMENT_OPTIONS],
        key="ri_payment",
        persist_state="session",
        help="How much is paid at the start of the term.",
    )
    offering_class = class_column.selectbox(
        "Offering class",
        [BEST, "standard", "convertible"],
        key="ri_class",
        persist_state="session",
        help="Standard saves more; convertible can be exchanged for another type.",
    )
    lookback = lookback_column.selectbox(
        "Days of evidence",
        LOOKBACKS,
        index=LOOKBACKS.index(CommitmentSettings().lookback_days),
        key="ri_lookback",
        persist_state="session",
        help="The last days of usage that the advice is sized on. It assumes that they repeat.",
    )
    return CommitmentSettings(
        term_years=term or None,
        payment_option=None if payment == BEST else payment,
        offering_class=None if offering_class == BEST else offering_class,
        lookback_days=lookback,
    )


def filtered(rows: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters of the recommendations and give the rows that they leave."""
    type_column, region_column, term_column = st.columns(3)
    types = type_column.multiselect(
        "Type",
        sorted(rows["instance_type"].unique()),
        key="ri_types",
        persist_state="session",
        placeholder="All types",
        help="Only these instance types; none chosen means all.",
    )
    regions = region_column.multiselect(
        "Region of the commitment",
        sorted(rows["region"].unique()),
        key="ri_regions",
        persist_state="session",
        placeholder="All regions",
        help="Only these regions; none chosen means all.",
    )
    terms = term_column.multiselect(
        "Years",
        sorted(int(years) for years in rows["term_years"].unique()),
        key="ri_terms",
        persist_state="session",
        placeholder="All terms",
        help="Only these terms; none chosen means all.",
    )
    for column, chosen in (("instance_type", types), ("region", regions), ("term_years", terms)):
        if chosen:
            rows = rows[rows[column].isin(chosen)]
    return rows
