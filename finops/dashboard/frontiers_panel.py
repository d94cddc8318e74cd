"""What does cash at the start buy, and what does caution cost? The frontiers of the advice."""

from __future__ import annotations

import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentSettings
from finops.answers.what_if import cash_frontier, risk_frontier
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.asked import asked_for
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import plain
from finops.errors import FinOpsError
from finops.estate import Estate

_CASH = {
    "upfront_usd": tables.dollars("Cash at the start", "Of all rows together"),
    "annual_savings_usd": tables.dollars("Savings a year", "Net of what lies unused"),
}
_RISK = {
    "risk_aversion": tables.number("Caution", "0 to 1", "%.2f"),
    "annual_savings_usd": tables.dollars("Savings a year", "Mean over the scenarios"),
    "worst_savings_usd": tables.dollars(
        "In the worst tenth", "Mean of the worst tenth of the scenarios"
    ),
}


@st.fragment
def show(estate: Estate, settings: CommitmentSettings) -> None:
    """Draw both frontiers, once they are asked for."""
    st.subheader(
        "What cash buys, and what caution costs",
        help="Each point is the best portfolio for so much cash at the start, or so much caution. The "
        "diamond is the advice above.",
    )
    if not asked_for(
        "Draw the frontiers",
        (estate.digest, settings),
        key="frontiers",
        what="Works out the best portfolio for several amounts of cash and degrees of caution.",
    ):
        return
    left, right = st.columns(2, gap="large")
    try:
        with left:
            _cash(estate, settings)
        with right:
            _risk(estate, settings)
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")


def _cash(estate: Estate, settings: CommitmentSettings) -> None:
    frame = answered(cash_frontier, estate, settings, progress="Buying with more and less cash …")
    st.markdown(
        "**Savings against cash**", help="More cash at the start buys cheaper hours, up to a point."
    )
    show_chart(charts.savings_frontier(frame), "Savings a year against cash paid at the start")
    tables.table(frame, _CASH, alt="Savings a year for each amount of cash")


def _risk(estate: Estate, settings: CommitmentSettings) -> None:
    frame = answered(risk_frontier, estate, settings, progress="Buying with more and less caution …")
    if frame.empty:
        st.caption("A snapshot knows nothing of how demand moves: there is no risk to weigh.")
        return
    st.markdown(
        "**Savings against risk**",
        help="To the right: what is still saved in the worst tenth of the scenarios of demand.",
    )
    show_chart(
        charts.savings_frontier(frame, x="worst_savings_usd", x_title="Saved in the worst tenth, USD"),
        "Mean savings a year against savings in the worst tenth of the scenarios",
    )
    tables.table(frame, _RISK, alt="Savings a year for each degree of caution")
