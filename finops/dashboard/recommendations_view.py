"""What should be bought? The rows of the advice, filtered, of which one is explained below."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops.answers.commitments import CommitmentAdvice, CommitmentSettings, recommend
from finops.answers.explanations import StaysOnDemand, stays_on_demand
from finops.dashboard import reasons_panel, tables
from finops.dashboard.answered import answered
from finops.dashboard.commitment_tables import (
    LEFT,
    NOT_PRICED,
    SHORT_KINDS,
    recommendation_columns,
    recommendation_frame,
)
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars
from finops.errors import FinOpsError
from finops.estate import Estate

TOP = 10
ROW = "advice row"
_TABLE = "advice table"
_KINDS, _WHAT, _WHERE, _YEARS = ("advice kinds", "advice types", "advice regions", "advice years")
# Columns that say the same in every row are left out.
_OFTEN_EMPTY = (
    "confidence_pct",
    "utilization_pct",
    "break_even_months",
    "steadiness_pct",
    "effect_on_owned_usd",
    "offering_class",
    "platform",
    "account_id",
)


@st.fragment
def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the view."""
    everything = recommendation_frame(advice.report.recommendations)
    if everything.empty:
        st.info(
            "Nothing is worth committing to on this evidence, beyond what is owned. Allow more kinds "
            "or a "
            "longer term, or lift a limit.",
            icon=":material/info:",
        )
    else:
        _rows(everything, advice, estate)
    _left(advice, estate)
    _not_priced(advice)


def _rows(everything: pd.DataFrame, advice: CommitmentAdvice, estate: Estate) -> None:
    head, switch = st.columns([3, 1], vertical_alignment="bottom")
    head.subheader(
        "What to buy",
        help="The purchases that save most together, beside what is owned. Choose a row to see why.",
    )
    rows = _filtered(everything)
    all_of_them = len(rows) > TOP and switch.toggle(
        f"All {len(rows)} rows",
        key="advice all",
        persist_state="session",
        help=f"Off: the {TOP} rows that save most.",
    )
    if rows.empty:
        st.info(
            "No row is left by these filters. Clear one to see the advice.", icon=":material/filter_alt:"
        )
        return
    shown = rows if all_of_them else rows.head(TOP)
    what = f"{len(shown)} of {count(len(everything), 'row')}"
    st.caption(f"{what}, the largest savings first. Choose a row to see why it is bought.")
    labels = [str(label) for label in shown["label"]]
    columns = recommendation_columns(float(everything["annual_savings_usd"].max()))
    known = {name: column for name, column in columns.items() if _says_something(shown, name)}
    tables.selectable(
        shown, known, alt="The purchases that save most", key=_TABLE, on_select=lambda: _pick(labels)
    )
    label = st.selectbox(
        "Explained",
        labels,
        key=ROW,
        persist_state="session",
        on_change=lambda: _mark(labels),
        help="The row whose reasons stand below. Choosing a row of the table does the same.",
    )
    if label is not None:
        reasons_panel.show(advice, estate, int(shown["number"].iloc[labels.index(label)]))


def _filtered(rows: pd.DataFrame) -> pd.DataFrame:
    """Draw the filters and give the rows that they leave."""
    filters = {
        "kind_name": (_KINDS, "Kind", "All kinds", sorted(rows["kind_name"].unique(), key=_order)),
        "what": (_WHAT, "Type or family", "All types", sorted(rows["what"].unique())),
        "where": (_WHERE, "Region", "All regions", sorted(rows["where"].unique())),
        "term_years": (
            _YEARS,
            "Years",
            "All terms",
            sorted(int(y) for y in rows["term_years"].unique()),
        ),
    }
    for column, (name, (key, label, every, options)) in zip(st.columns(4), filters.items(), strict=True):
        chosen = column.multiselect(
            label,
            options,
            key=key,
            persist_state="session",
            placeholder=every,
            help=f"{label} of the rows shown; none chosen means all.",
        )
        if chosen:
            rows = rows[rows[name].isin(chosen)]
    return rows


def _order(kind: str) -> int:
    return list(SHORT_KINDS.values()).index(kind)


def _says_something(rows: pd.DataFrame, name: str) -> bool:
    return name not in _OFTEN_EMPTY or bool((rows[name].notna() & (rows[name] != 0)).any())


def _pick(labels: list[str]) -> None:
    """A row of the table was chosen: it is the one that is explained."""
    chosen = st.session_state[_TABLE]["selection"]["rows"]
    if chosen:
        st.session_state[ROW] = labels[chosen[0]]


def _mark(labels: list[str]) -> None:
    """Another row is explained: it is the one that is chosen in the table."""
    st.session_state[_TABLE] = {"selection": {"rows": [labels.index(st.session_state[ROW])]}}


def _left(advice: CommitmentAdvice, estate: Estate) -> None:
    st.subheader(
        "What stays On-Demand, and why",
        help="Demand that neither what is owned nor the advice serves. Dollars are of a year.",
    )
    try:
        left = answered(_stays, estate, advice.settings)
    except FinOpsError as error:
        st.caption(str(error))
        return
    if left.pools.empty:
        st.caption("Nothing: what is owned and the advice serve all of it.")
        return
    st.caption(f"{dollars(left.total_usd)} a year over {count(len(left.pools), 'pool')}.")
    tables.table(left.pools, LEFT, alt="Pools of which something stays On-Demand, and why")


def _stays(estate: Estate, settings: CommitmentSettings) -> StaysOnDemand:
    return stays_on_demand(answered(recommend, estate, settings))


def _not_priced(advice: CommitmentAdvice) -> None:
    if not advice.report.not_priced:
        return
    st.subheader(
        f"Without a price: {count(len(advice.report.not_priced), 'pool')}",
        help="No advice is given where a price is unknown; there is never a default price.",
    )
    frame = as_frame(advice.report.not_priced, list(NOT_PRICED))
    tables.table(frame, NOT_PRICED, alt="Pools without a price")
