"""Reserved Instances, Savings Plans, or both? Each sized alone on the same hours."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentSettings, PlanComparison, compare_plans
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.asked import asked_for
from finops.dashboard.commitment_tables import KINDS, OPTIONS
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import dollars, plain, sentence
from finops.errors import FinOpsError
from finops.estate import Estate


@st.fragment
def show(estate: Estate, settings: CommitmentSettings) -> None:
    """Draw the view. The settings say how many days are looked at, and the prices."""
    st.subheader(
        "Reserved Instances, Savings Plans, or both",
        help="Every kind, class, term and payment is sized alone on the same hours, what owned "
        "commitments leave of them. They are alternatives and never to be added.",
    )
    asked = CommitmentSettings(
        lookback_days=settings.lookback_days, negotiated_discount_pct=settings.negotiated_discount_pct
    )
    if not asked_for(
        "Compare",
        (estate.digest, asked),
        key="compare",
        what="Sizes some thirty portfolios, one for each kind, class, term and payment. That takes "
        "about "
        "half a minute, once.",
    ):
        return
    try:
        comparison = answered(
            compare_plans, estate, asked, progress="Sizing a portfolio of each kind, term and payment …"
        )
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if comparison.options.empty:
        st.info("No offer is priced for this usage.", icon=":material/info:")
        return
    _best_of_each(comparison)
    _all_options(comparison)


def _best_of_each(comparison: PlanComparison) -> None:
    """Options come with the largest saving first: the first of each kind is its best."""
    best = comparison.options.drop_duplicates("Kind")
    frame = pd.DataFrame(
        {
            "name": [_best_name(row) for row in best.to_dict("records")],
            "cost_usd": best["AnnualSavingsUSD"].to_numpy(),
        }
    )
    st.markdown("**The best of each kind**", help="Savings a year, net of what lies unused.")
    show_chart(
        charts.ranked_bars(frame, rows="Option", unit="USD a year", limit=56),
        "Annual savings of the best option of each kind",
    )
    st.caption(
        f"Of {dollars(comparison.on_demand_usd)} a year that owned commitments leave On-Demand. "
        + " ".join(plain(sentence(note)) for note in comparison.notes)
    )


def _best_name(row: Mapping[Hashable, Any]) -> str:
    kind = KINDS.get(str(row["Kind"]), row["Kind"])
    offering = "" if pd.isna(row["OfferingClass"]) else f", {row['OfferingClass']}"
    return f"{kind}{offering}, {row['TermYears']} yr {row['PaymentOption']}"


def _all_options(comparison: PlanComparison) -> None:
    options = comparison.options.assign(Kind=comparison.options["Kind"].replace(KINDS))
    tables.table(options, OPTIONS, alt="Savings of each kind, class, term and payment")
    tables.download_frame(
        "Download", options, "plan_comparison.csv", help_text="Every option with every figure."
    )
