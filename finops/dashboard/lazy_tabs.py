"""How are tabs drawn of which only the open one is worked out? Its name is in the address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVarTuple

import streamlit as st

Args = TypeVarTuple("Args")


def show_open(views: Mapping[str, Callable[[*Args], None]], key: str, *args: *Args) -> None:
    """Draw the tabs, and what the open one draws of ``args``. ``key`` is its word in the address."""
    tabs = st.tabs(list(views), key=key, bind="query-params")
    for tab, draw in zip(tabs, views.values(), strict=True):
        if tab.open:
            with tab:
                draw(*args)
