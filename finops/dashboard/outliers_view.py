"""Which resources cost far more than their peers? A table with the dollars above them, and its proof."""

from __future__ import annotations

import streamlit as st

from finops.answers.clusters import (
    LEAST_SPREAD,
    LEAST_USD,
    LEAST_Z,
    PEERS,
    Models,
    OutlierAnswer,
    outliers,
)
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.search import search_box
from finops.dashboard.wording import UNKNOWN, dollars, plain, sentence
from finops.estate import Estate

_HOW = (
    "Peers are instances of the same type, region and platform, else of the same family, else the same "
    "anywhere; buckets of the same storage class. Sizes and regions have prices of their own, so each "
    "counts by its cost ÷ list price; what has no list price is held only against its own type or class "
    f"in its region. At least {PEERS} others. Told is what is {LEAST_Z:g} robust standard deviations "
    f"(1.4826 × MAD of the logs, at least {LEAST_SPREAD:.0%}) and {dollars(LEAST_USD)} a month above "
    "their median."
)


def show_outliers(models: Models, estate: Estate) -> None:
    """Draw the outliers among the resources of an estate, which may be a part of the models'."""
    answer = answered(outliers, estate, models)
    st.subheader("Dearer than their peers", help=_HOW)
    show_cards(_cards(answer))
    if not answer.shown:
        st.info(plain(sentence(answer.reason)))
    elif answer.table.empty:
        st.success(
            "None of the resources shown costs far more than its peers.",
            icon=":material/check_circle:",
        )
    else:
        _table(answer)


def _cards(answer: OutlierAnswer) -> list[Card]:
    return [
        Card(
            label="Outliers",
            value=f"{len(answer.table):,}" if answer.shown else UNKNOWN,
            help=_HOW,
        ),
        Card(
            label="Above their peers, a month",
            value=dollars(answer.above_usd) if answer.shown else UNKNOWN,
            help="Σ over the outliers of cost − what they would cost at the median of their peers. A "
            "reason to look, no saving: nobody knows yet why they cost more.",
        ),
        Card(
            label="Compared",
            value=f"{answer.judged:,} of {answer.compared:,}",
            help=f"Running instances and buckets of the whole estate that have {PEERS} peers or more, "
            "of all that have a cost and a size.",
        ),
        Card(
            label="Planted spikes found",
            value=UNKNOWN if answer.score is None else f"{answer.score:.0%}",
            change=None if answer.baseline is None else f"plain z-score: {answer.baseline:.0%}",
            help=f"{answer.planted:,} resources were held out and made 1.5 to 5 times as dear; both "
            "methods named as many resources. Where peers are not better nothing is shown.",
        ),
    ]


@st.fragment
def _table(answer: OutlierAnswer) -> None:
    shown = search_box(answer.table, "outlier_search", "Id, type, region or account")
    tables.table(
        shown, _COLUMNS, alt="Resources with their cost, that of their peers and the difference"
    )
    tables.download_frame(
        "Download the outliers",
        shown,
        "outliers.csv",
        help_text="The rows above as CSV. Text that a spreadsheet would run gets an apostrophe.",
    )


_COLUMNS = {
    "resource_id": tables.text("Resource"),
    "kind": tables.text("Type or class"),
    "region": tables.text("Region"),
    "monthly_usd": tables.dollars("$ per month", "Run rate of the lists, 730 hours"),
    "peers_usd": tables.dollars(
        "At peers' median",
        "Its list price × the peers' median of cost ÷ list price; where there is no list price the "
        "median of what an instance or a GB costs",
    ),
    "above_usd": tables.dollars("$ above", "Cost − at the median of the peers"),
    "times": tables.number("Times", "Cost ÷ at the median of the peers", "%.2f"),
    "z": tables.number("z", "ln(times) ÷ spread of the peers", "%.1f"),
    "peers": tables.number("Peers", "Others that it was held against"),
    "compared_with": tables.text("Compared with", "Who the peers are"),
    "account_id": tables.text("Account"),
}
