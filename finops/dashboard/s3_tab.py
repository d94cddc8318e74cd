"""The S3 tab: which buckets there are, what they cost, and which lack encryption or versions."""

from __future__ import annotations

import streamlit as st

from finops import charts
from finops.answers.inventory import TAG_COLUMNS, BucketInventory, buckets
from finops.answers.ranking import top_and_rest
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, count, dollars

SHOWN = 8


def show(view: View) -> None:
    """Draw the tab."""
    estate = view.shown
    if estate.s3.empty:
        st.info("No bucket to show. Upload an S3 resource list in the sidebar, or clear a filter.")
        return
    answer = answered(buckets, estate)
    show_cards(_cards(answer), per_row=3)
    _charts(answer)
    _inventory(answer)


def _cards(answer: BucketInventory) -> list[Card]:
    unknown = f" {answer.unknown_cost} have no readable cost." if answer.unknown_cost else ""
    per_gb = UNKNOWN if answer.usd_per_gb is None else dollars(answer.usd_per_gb, 4)
    return [
        Card(label="Buckets", value=f"{answer.count:,}", help=f"Rows of the S3 list.{unknown}"),
        Card(
            label="Cost a month",
            value=dollars(answer.monthly_cost_usd),
            help="The sum of the list's monthly costs.",
        ),
        Card(
            label="Stored",
            value=f"{answer.total_size_gb:,.0f} GB",
            help="The sum of the list's sizes.",
        ),
        Card(
            label="Cost per GB",
            value=per_gb,
            help="Monthly cost ÷ stored GB, over the buckets where both are known. It includes requests "
            "and whatever else the list counts as the bucket's cost.",
        ),
        Card(
            label="Unencrypted",
            value=count(answer.unencrypted, "bucket"),
            change=dollars(answer.unencrypted_usd),
            against="a month",
            help="Buckets whose Encryption is the word None in the list, and what they cost.",
        ),
        Card(
            label="Without versioning",
            value=count(answer.unversioned, "bucket"),
            change=dollars(answer.unversioned_usd),
            against="a month",
            help="Buckets whose versions are off: an overwritten or deleted object is gone.",
        ),
    ]


def _charts(answer: BucketInventory) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**By storage class**", help="Monthly cost of the list.")
        by_class = answer.by_class[["name", "cost_usd"]]
        show_chart(
            charts.ranked_bars(top_and_rest(by_class, SHOWN), rows="Storage class"),
            "S3 cost by storage class",
        )
    with right:
        st.markdown("**By region**", help="Monthly cost of the list.")
        show_chart(
            charts.ranked_bars(top_and_rest(answer.by_region, SHOWN), rows="Region"), "S3 cost by region"
        )
    tables.table(answer.by_class, _CLASS_COLUMNS, alt="Storage classes with cost, size and $ per GB")


@st.fragment
def _inventory(answer: BucketInventory) -> None:
    st.subheader("Inventory", help="Every bucket of the list, after the filters of the sidebar.")
    dearest_first = answer.resources.sort_values("MonthlyCostUSD", ascending=False)
    shown = search_box(dearest_first, "s3_search", "Name, class, region, encryption or tag")
    tables.table(shown, _COLUMNS, alt="Buckets with their cost, size and tags")
    tables.download_frame(
        "Download the buckets",
        shown,
        "s3_buckets.csv",
        help_text="The rows above as CSV. Text that a spreadsheet would run gets an apostrophe.",
    )


_CLASS_COLUMNS = {
    "name": tables.text("Storage class"),
    "resources": tables.number("Buckets", "How many"),
    "cost_usd": tables.dollars("$ per month", "Monthly cost of the list"),
    "size_gb": tables.number("GB", "Stored GB of the buckets with a cost and a size"),
    "usd_per_gb": tables.hourly_dollars("$ per GB", "Monthly cost ÷ stored GB"),
}
_COLUMNS = {
    "BucketName": tables.text("Bucket"),
    "Region": tables.text("Region"),
    "StorageClass": tables.text("Class"),
    "MonthlyCostUSD": tables.dollars("$ per month", "As in the list"),
    "TotalSizeGB": tables.number("GB", "Stored gigabytes"),
    "ObjectCount": tables.number("Objects", "Number of objects"),
    "Encryption": tables.text("Encryption", "None is a value: the bucket is not encrypted"),
    "VersionEnabled": tables.boolean("Versions", "Versioning is on"),
    "CreationDate": tables.day("Created"),
    **{key: tables.text(key, f"The tag {key}; empty where it is missing") for key in TAG_COLUMNS},
    "AccountId": tables.text("Account"),
}
