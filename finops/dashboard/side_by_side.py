"""How do small charts stand beside each other? As many as have room, the others below."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

# Pixels: a bar chart has room for its names and its dollars, and three stand on a page of 1,440.
LEAST_WIDTH = 300
# Streamlit lets a container be as narrow as 8rem before a row wraps.
_STYLE = (
    '<style>[class*="st-key-side_by_side_"] > [data-testid="stLayoutWrapper"] '
    f"{{flex-basis: min({LEAST_WIDTH}px, 100%);}}</style>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Titled:
    """A small chart: its title in Markdown, what the title means, and what draws the rest."""

    title: str
    draw: Callable[[], None]
    help: str | None = None


def side_by_side(charts: Sequence[Titled]) -> None:
    """Draw the charts in one row that wraps. Columns would stay beside each other and cut them.

    The first title names the row, so it is the only one of that title on the page.
    """
    st.html(_STYLE)
    with st.container(horizontal=True, gap="medium", key=f"side_by_side_{charts[0].title}"):
        for chart in charts:
            with st.container(width="stretch"):
                st.markdown(f"**{chart.title}**", help=chart.help)
                chart.draw()
