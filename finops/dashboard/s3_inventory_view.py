"""The view Inventory of S3: every bucket, with search and a file."""

from __future__ import annotations

import streamlit as st

from finops.answers.inventory import TAG_COLUMNS
from finops.answers.storage import Storage
from finops.dashboard import tables
from finops.dashboard.search import search_box
from finops.dashboard.view import View


def show(view: View, answer: Storage) -> None:
    """Draw the view of the buckets that are shown."""
    _inventory(answer)


@st.fragment
def _inventory(answer: Storage) -> None:
    dearest_first = answer.buckets.sort_values("MonthlyCostUSD", ascending=False)
    shown = search_box(dearest_first, "s3_search", "Name, class, region, encryption or tag")
    tables.table(shown, _COLUMNS, alt="Buckets with their cost, size and tags")
    tables.download_frame(
        "Download the buckets",
        shown,
        "s3_buckets.csv",
        help_text="The rows above as CSV. Text that a spreadsheet would run gets an apostrophe.",
    )


_COLUMNS = {
    "BucketName": tables.text("Bucket"),
    "Region": tables.text("Region"),
    "StorageClass": tables.text("Class"),
    "MonthlyCostUSD": tables.dollars("$ per month", "As in the list"),
    "TotalSizeGB": tables.number("GB", "Stored gigabytes"),
    "usd_per_gb": tables.small_dollars("$ per GB", "Monthly cost ÷ stored GB"),
    "list_usd_per_gb": tables.small_dollars("List $ per GB", "Storage at list price ÷ stored GB"),
    "reading": tables.text("Against list", "Within 2 % is at list; not priced: no price is known"),
    "ObjectCount": tables.number("Objects", "Number of objects"),
    "Encryption": tables.text("Encryption", "None is a value: the bucket is not encrypted"),
    "VersionEnabled": tables.boolean("Versions", "Versioning is on"),
    "CreationDate": tables.day("Created"),
    **{key: tables.text(key, f"The tag {key}; empty where it is missing") for key in TAG_COLUMNS},
    "AccountId": tables.text("Account"),
}
