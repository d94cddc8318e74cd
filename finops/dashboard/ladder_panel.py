"""What is to be bought when, and what ends when? The purchase ladder as a timeline."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentAdvice, CommitmentSettings, recommend
from finops.answers.coverage_tracking import PurchaseLadder, ladder_of
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, plain
from finops.estate import Estate

_STATES = {"advised": "buy", "renewal": "decide again"}
_STEPS = {
    "purchase_on": tables.day("On", "The day of purchase, or the day on which what is owned ends"),
    "state": tables.text("What", "buy: of the advice; decide again: what is owned ends then"),
    "title": tables.text("Step"),
    "expires_on": tables.day("Ends", "The first day on which it no longer serves"),
    "upfront_usd": tables.dollars("Upfront", "Paid on that day"),
    "hourly_usd": tables.hourly_dollars("$ per hour", "Amortised"),
    "forgone_savings_usd": tables.dollars("Forgone", "What it would have saved from the first day on"),
}
_MONTHS = {
    "month": tables.text("Month"),
    "after_standing_usd": tables.hourly_dollars(
        "Stands, $/h", "When the month begins, renewals included"
    ),
    "after_expiring_usd": tables.hourly_dollars("Ends, $/h", "Within the month"),
    "after_expiring_pct": tables.percent("Ends", "Share of what stands"),
    "before_expiring_pct": tables.percent("Ends, all bought at once", "Without waiting"),
}


def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the panel."""
    st.subheader(
        "What to buy when",
        help="What is owned, what is advised and what is to be decided again, each from its first to "
        "its "
        "last day. The dashed line is the as-of date. Set a limit on what may end in one month "
        "(Limits) to "
        "spread the purchases, so that no month decides over too much.",
    )
    found = answered(_ladder, estate, advice.settings, progress="Laying the purchases out …")
    if found.bars.empty:
        st.caption("Nothing is owned and nothing is advised.")
        return
    _said(found)
    show_chart(
        charts.ladder_timeline(found.bars, today=pd.Timestamp(advice.report.as_of, tz="UTC")),
        "What is owned, advised and to be renewed, from start to end",
    )
    steps = as_frame(found.ladder.steps, list(_STEPS)).replace({"state": _STATES})
    with st.expander(f"The {count(len(steps), 'step')} as a table"):
        tables.table(steps, _STEPS, alt="What to do on which day")
        tables.download_frame(
            "Download", steps, "purchase_ladder.csv", help_text="Every step with its day."
        )
    with st.expander("What ends month by month"):
        tables.table(found.ladder.months, _MONTHS, alt="What stands and what ends, month by month")


def _ladder(estate: Estate, settings: CommitmentSettings) -> PurchaseLadder:
    return ladder_of(estate, answered(recommend, estate, settings))


def _said(found: PurchaseLadder) -> None:
    ladder = found.ladder
    if ladder.max_expiring_pct is None:
        st.caption("No limit is set: everything advised is bought on the first day.")
    else:
        st.caption(
            f"At most {ladder.max_expiring_pct:g}% of what stands ends in one month. Waiting forgoes "
            f"{dollars(ladder.forgone_savings_usd)} of savings in all."
        )
    for one in ladder.cannot_be_met:
        st.caption(f"{one.month} is over the limit: {plain(one.reason)}.")
    if ladder.not_counted:
        st.caption(
            f"Not counted, for dates or cost are unknown: {plain(', '.join(ladder.not_counted))}."
        )
