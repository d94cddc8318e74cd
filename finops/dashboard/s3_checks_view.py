"""The view To check of S3: buckets that waste, or that are at risk, kind by kind."""

from __future__ import annotations

import streamlit as st

from finops.answers.storage import Flag, Storage
from finops.dashboard import tables
from finops.dashboard.search import search_box
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars

# By flag: its name, what it means, and what to do.
KINDS = {
    "unencrypted": (
        "Unencrypted",
        "Encryption is the word None in the list.",
        "Switch on default encryption, and copy the objects that lie there unencrypted.",
    ),
    "unversioned": (
        "Without versioning",
        "Versions are off: what is overwritten or deleted is gone.",
        "Switch versions on where data cannot be made again, with a rule that deletes old ones.",
    ),
    "empty": (
        "Empty",
        "No object or 0 GB in the list.",
        "Delete it, or find out what is charged: unfinished uploads and old versions are not listed.",
    ),
    "outsized": (
        "Outsized",
        "A tenth of all GB or more that is also three times an equal share, among six buckets or more; "
        "or a size of 3.5 robust standard deviations above its class (on the logarithm of GB, where the "
        "class has six buckets or more).",
        "Ask whether all of it is needed, and try a lifecycle rule.",
    ),
    "small_objects": (
        "Small objects",
        "The mean object is below the 128 KB that the class bills at least.",
        "Keep them in STANDARD, or pack them; compare the two list prices in the table.",
    ),
    "above_list": (
        "Above list price",
        "Over 2 % more than storage at list price.",
        "Look at the bill by usage type: requests, transfer, old versions, or another class.",
    ),
}


def show(view: View, answer: Storage) -> None:
    """Draw the view of the buckets that are shown."""
    flags = {flag.column: flag for flag in _flags(answer)}
    _lists(answer, flags)


@st.fragment
def _lists(answer: Storage, flags: dict[str, Flag]) -> None:
    chosen = st.radio(
        "What to check",
        list(KINDS),
        key="s3_check",
        persist_state="session",
        horizontal=True,
        format_func=lambda kind: f"{KINDS[kind][0]} ({flags[kind].count:,})",
        help="How many buckets of each kind there are. A bucket may be of several kinds: their dollars "
        "are not to be added up.",
    )
    name, meaning, remedy = KINDS[chosen]
    flag = flags[chosen]
    st.caption(f"{meaning} {remedy}")
    if not flag.count:
        st.success(f"{name}: no bucket.", icon=":material/check:")
        return
    st.markdown(
        f"**{count(flag.count, 'bucket')}, {dollars(flag.cost_usd)} a month in the list**",
        help="What these buckets cost altogether; what could be saved is not known.",
    )
    dearest = answer.buckets[answer.buckets[chosen]].sort_values("MonthlyCostUSD", ascending=False)
    shown = search_box(dearest, "s3_check_search", "Name, class, region, team or owner")
    tables.table(shown, COLUMNS, alt=f"Buckets to check: {name.lower()}")
    tables.download_frame(
        "Download these buckets",
        shown,
        f"s3_{chosen}.csv",
        help_text="The rows above as CSV, with all that is known of each bucket.",
    )


def _flags(answer: Storage) -> tuple[Flag, ...]:
    return (
        answer.unencrypted,
        answer.unversioned,
        answer.empty,
        answer.outsized,
        answer.small_objects,
        answer.above_list,
    )


COLUMNS = {
    "BucketName": tables.text("Bucket"),
    "Region": tables.text("Region"),
    "StorageClass": tables.text("Class"),
    "MonthlyCostUSD": tables.dollars("$ a month", "As in the list"),
    "TotalSizeGB": tables.number("GB", "Stored"),
    "share": tables.fraction("Of all GB", "Its part of the GB of all buckets shown"),
    "size_z": tables.number(
        "Size z", "Robust standard deviations of log GB from the median of its class", "%.1f"
    ),
    "ObjectCount": tables.number("Objects", "Number of objects"),
    "object_kb": tables.number("KB an object", "Size ÷ objects, on average", "%.0f"),
    "list_usd": tables.dollars("At list price", "A month of its storage at AWS's list price"),
    "standard_usd": tables.dollars("In STANDARD", "The same GB in STANDARD at list price"),
    "beyond_usd": tables.dollars("Beyond list", "Cost − list price, 0 within 2 %"),
    "Encryption": tables.text("Encryption", "None is a value: the bucket is not encrypted"),
    "VersionEnabled": tables.boolean("Versions", "Versioning is on"),
    "age_years": tables.number("Years", "Age of the bucket, not of its objects", "%.1f"),
    "Owner": tables.text("Owner", "The tag Owner"),
    "Team": tables.text("Team", "The tag Team"),
    "AccountId": tables.text("Account"),
}
