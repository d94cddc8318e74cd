"""The S3 tab: which buckets there are, what they cost against list price, and which need a look."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.answers.storage import Storage, storage
from finops.dashboard import s3_checks_view, s3_costs_view, s3_inventory_view, s3_lifecycle_view
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View
from finops.dashboard.wording import UNKNOWN, count, dollars, plain

# Each has an address of its own; only the open one is worked out.
VIEWS: Mapping[str, Callable[[View, Storage], None]] = {
    "Costs": s3_costs_view.show,
    "To check": s3_checks_view.show,
    "Lifecycle": s3_lifecycle_view.show,
    "Inventory": s3_inventory_view.show,
}


def show(view: View) -> None:
    """Draw the tab: the figures of all buckets, and the open view."""
    estate = view.shown
    if estate.s3.empty:
        st.info("No bucket to show. Upload an S3 resource list in the sidebar, or clear a filter.")
        return
    answer = answered(storage, estate, progress="Holding buckets against the price list …")
    if answer.no_prices is not None:
        st.error(plain(answer.no_prices), icon=":material/error:")
    show_cards(_cards(answer))
    show_open(VIEWS, "s3", view, answer)


def _cards(answer: Storage) -> list[Card]:
    unknown = f" {answer.unknown_cost} have no readable cost." if answer.unknown_cost else ""
    per_gb = UNKNOWN if answer.usd_per_gb is None else dollars(answer.usd_per_gb, 4)
    beyond = answer.priced_usd - answer.list_usd
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
            help="The sum of the list's sizes. A GB is 1,024³ bytes, as S3 bills it.",
        ),
        Card(
            label="Cost per GB",
            value=per_gb,
            help="Monthly cost ÷ stored GB, over the buckets where both are known. It includes requests "
            "and whatever else the list counts as the bucket's cost.",
        ),
        Card(
            label="Storage at list price",
            value=dollars(answer.list_usd),
            change=dollars(beyond),
            against="cost − list",
            help="A month of the listed sizes at AWS's list price, each bucket's bands counted for "
            "itself, with the 128 KB that the infrequent classes bill at least and the 40 KB that "
            f"archives add to an object. The list has the same buckets at {dollars(answer.priced_usd)}. "
            "The difference is something to look at, no saving.",
        ),
        Card(
            label="Above list price",
            value=count(answer.above_list.count, "bucket"),
            change=dollars(answer.above_list.cost_usd),
            against="a month",
            help="Buckets that cost over 2 % more than their storage at list price: requests, transfer, "
            "old versions, or another class than the list says.",
        ),
        Card(
            label="Unencrypted",
            value=count(answer.unencrypted.count, "bucket"),
            change=dollars(answer.unencrypted.cost_usd),
            against="a month",
            help="Buckets whose Encryption is the word None in the list, and what they cost.",
        ),
        Card(
            label="Without versioning",
            value=count(answer.unversioned.count, "bucket"),
            change=dollars(answer.unversioned.cost_usd),
            against="a month",
            help="Buckets whose versions are off: an overwritten or deleted object is gone.",
        ),
    ]
