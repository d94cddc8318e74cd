"""How is a chart put on the page? In the theme's colours, with a text for those who cannot see it."""

from __future__ import annotations

import streamlit as st

from finops.charts.theme import Figure

_CONFIG = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False}


def show_chart(figure: Figure, alt: str) -> None:
    """Draw the figure over the full width. ``alt`` says in a few words what it shows."""
    st.plotly_chart(figure, config=_CONFIG, alt=alt)
