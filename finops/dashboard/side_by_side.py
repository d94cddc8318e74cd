"""How do small charts stand beside each other? As many as have room, the others below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

# Pixels: a bar chart has room for its names and its dollars, and three stand on a page of 1,440.
LEAST_WIDTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A small chart: its title in Markdown, what the title means, and what draws the rest."""

    title: str
    draw: Callable[[], None]
    help: str | None = None


def side_by_side(charts: Sequence[Titled]) -> None:
    """Draw the charts in one row that wraps. Columns would stay beside each other and cut them."""
    with st.container(horizontal=True, gap="medium"):
        for chart in charts:
            with st.container(width="stretch"):
                # The title's width is the least of its chart.
                st.markdown(f"**{chart.title}**", help=chart.help, width=LEAST_WIDTH)
                chart.draw()
