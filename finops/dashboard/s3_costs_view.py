"""The view Costs of S3: by storage class, region and age of the bucket, and a GB against list price."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.ranking import top_and_rest
from finops.answers.storage import Storage
from finops.dashboard import tables
from finops.dashboard.figures import show_chart
from finops.dashboard.view import View

SHOWN, ROWS_SHOWN = 12, 14
_WAYS = {
    "By storage class": ("Storage class", "by_class", "As in the list."),
    "By region": ("Region", "by_region", "Where the bucket is."),
    "By age of the bucket": (
        "Age of the bucket",
        "by_age",
        "From the bucket's creation to the day of the data. Objects may be far younger than their "
        "bucket, never older: no list tells their age.",
    ),
}


def show(view: View, answer: Storage) -> None:
    """Draw the view of the buckets that are shown."""
    _split(answer)
    _against_list(answer)


@st.fragment
def _split(answer: Storage) -> None:
    way = st.radio(
        "Monthly cost",
        list(_WAYS),
        key="s3_split",
        persist_state="session",
        horizontal=True,
        help="The monthly costs of the list, split in one of three ways.",
    )
    rows, field, meaning = _WAYS[way]
    ranked: pd.DataFrame = getattr(answer, field)
    shown = ranked if field == "by_age" else top_and_rest(ranked, SHOWN)
    show_chart(
        charts.ranked_bars(shown[["name", "cost_usd"]], rows=rows), f"S3 cost a month {way.lower()}"
    )
    st.caption(meaning)
    tables.table(
        ranked, {"name": tables.text(rows, meaning), **_SPLIT_COLUMNS}, alt=f"S3 cost {way.lower()}"
    )


def _against_list(answer: Storage) -> None:
    st.subheader(
        "A GB against AWS's list price",
        help="Cost ÷ GB of the buckets with both, by class and region, beside the list price of that "
        "storage alone. Above it: requests, transfer, old versions, or a wrong class. Below it: a "
        "discount, or small objects, which AWS bills as 128 KB or with 40 KB more. Within 2 % is "
        "at list. AWS counts the bands of a class over all buckets of an organisation: up to 9 % "
        "below is at list, too, where a class has bands.",
    )
    if answer.by_price.empty:
        st.info("No bucket of the list has both a cost and a size.")
        return
    shown = answer.by_price.head(ROWS_SHOWN)
    more = len(answer.by_price) - len(shown)
    show_chart(
        charts.price_against_list(shown),
        "Dollars per GB and month in the list beside AWS's list price, by storage class and region",
    )
    if more:
        st.caption(f"The {ROWS_SHOWN} dearest of {len(answer.by_price)} are drawn; the table has all.")
    st.caption(_in_words(answer.readings))
    table = answer.by_price
    tables.table(table, _PRICE_COLUMNS, alt="Cost per GB against list price by class and region")
    tables.download_frame(
        "Download the prices",
        pd.DataFrame(table),
        "s3_against_list.csv",
        help_text="The rows above as CSV.",
    )


def _in_words(readings: dict[str, int]) -> str:
    return "By bucket: " + ", ".join(f"{number:,} {word}" for word, number in readings.items()) + "."


_SPLIT_COLUMNS = {
    "resources": tables.number("Buckets", "How many"),
    "cost_usd": tables.dollars("$ a month", "As in the list"),
    "size_gb": tables.number("GB", "Stored, of the buckets with a cost and a size"),
    "usd_per_gb": tables.small_dollars("$ per GB", "Monthly cost ÷ stored GB of these"),
}
_PRICE_COLUMNS = {
    "storage_class": tables.text("Class"),
    "region": tables.text("Region"),
    "resources": tables.number("Buckets", "With a cost and a size"),
    "size_gb": tables.number("GB", "Stored, of these buckets"),
    "cost_usd": tables.dollars("$ a month", "As in the list"),
    "usd_per_gb": tables.small_dollars("$ per GB", "Monthly cost ÷ stored GB"),
    "list_usd_per_gb": tables.small_dollars(
        "List $ per GB", "Storage at list price ÷ stored GB; – where the catalogue has no price"
    ),
    "list_usd": tables.dollars("At list price", "A month of this storage at AWS's list price"),
    "difference_usd": tables.dollars("Cost − list", "To look at, no saving"),
    "reading": tables.text(
        "Reading",
        "Of the sums over the buckets; at list too where all in the cheapest band would cost no more",
    ),
}
