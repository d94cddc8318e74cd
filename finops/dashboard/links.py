"""How does a reader get from a figure to its details? By a button that opens a tab, and a section of it.

A link in the page would begin a new session, without the reader's files.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitAPIException

OVERVIEW = "Overview"
EC2 = "EC2"
S3 = "S3"
INSIGHTS = "ML Insights"
ENTERPRISE = "💰 Enterprise FinOps"

# By tab, what the address calls its open section.
SECTION_KEYS: Mapping[str, str] = {INSIGHTS: "insight", ENTERPRISE: "section"}
_BY_WORD = {"Enterprise FinOps": ENTERPRISE}


@dataclass(frozen=True, slots=True)
class Link:
    """A tab, and which of its sections."""

    tab: str
    section: str | None = None

    @property
    def label(self) -> str:
        return f"Open {self.section or self.tab}"


def tab_of(word: str) -> str:
    """The label of the tab that an answer calls by this word."""
    return _BY_WORD.get(word, word)


def open_tab(tab: str, section: str | None = None) -> None:
    """Open a tab on this run: for the callback of a button. The address says it, too."""
    st.session_state["tab"] = tab
    if section is None:
        return
    key = SECTION_KEYS[tab]
    st.session_state[key] = section
    # Sections that have not been drawn yet would not write their address; those that have refuse this.
    with suppress(StreamlitAPIException):
        st.query_params[key] = section


def link_button(link: Link, *, key: str, help_text: str | None = None) -> None:
    """A quiet button that opens the tab of the link."""
    pressed = st.button(
        link.label,
        key=f"open {key}",
        type="tertiary",
        icon=":material/arrow_forward:",
        on_click=open_tab,
        args=(link.tab, link.section),
        help=help_text,
    )
    if pressed:
        # In a fragment the press would run the fragment alone.
        st.rerun()
