"""The page: which data it shows, and the tabs, of which only the open one is worked out."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.dashboard import (
    data_quality,
    ec2_tab,
    enterprise_tab,
    insights_tab,
    links,
    overview_tab,
    s3_tab,
)
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.sidebar import FILTERS, Choice
from finops.dashboard.view import View
from finops.dashboard.wording import count, named, plain
from finops.estate import Estate, Filters

TABS: Mapping[str, Callable[[View], None]] = {
    links.OVERVIEW: overview_tab.show,
    links.EC2: ec2_tab.show,
    links.S3: s3_tab.show,
    links.INSIGHTS: insights_tab.show,
    links.ENTERPRISE: enterprise_tab.show,
}


def show(choice: Choice, shown: Estate) -> None:
    """Draw the page of an estate as the filters leave it."""
    _banner(choice, shown)
    assert choice.estate is not None
    data_quality.show(choice.estate)
    show_open(TABS, "tab", View(whole=choice.estate, shown=shown))


def show_nothing() -> None:
    """Draw the page when there is nothing to show at all."""
    st.info(
        "There are no data to show yet. Upload an EC2 or S3 resource list in the sidebar.",
        icon=":material/upload_file:",
    )


def _banner(choice: Choice, shown: Estate) -> None:
    estate = choice.estate
    assert estate is not None
    files = plain(named(file.path for file in estate.files))
    what = "The sample estate" if estate.is_sample else f"Your files: {files}"
    size = f"{count(len(estate.ec2), 'instance')} and {count(len(estate.s3), 'bucket')}"
    st.markdown(f"**{what}** · as of **{estate.as_of}** · {size}{_narrowing(choice.filters, shown)}")
    if choice.note is not None:
        st.warning(choice.note, icon=":material/history:")


def _narrowing(filters: Filters, shown: Estate) -> str:
    chosen = [
        f"{label} {plain(', '.join(getattr(filters, name)))}"
        for name, (label, _) in FILTERS.items()
        if getattr(filters, name)
    ]
    if not chosen:
        return ""
    left = f"{count(len(shown.ec2), 'instance')}, {count(len(shown.s3), 'bucket')}"
    return f" · filtered by {'; '.join(chosen)}: {left}"
