"""The ML Insights tab: what comes next and what is out of the ordinary, in sections with addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from finops.dashboard import anomalies_view, clusters_view, outlook_view, rightsizing_view
from finops.dashboard.view import View

SECTIONS: Mapping[str, Callable[[View], None]] = {
    "Forecast": outlook_view.show,
    "Anomalies": anomalies_view.show,
    "Clusters": clusters_view.show,
    "Rightsizing": rightsizing_view.show,
}


def show(view: View) -> None:
    """Draw the tab; only the open section is worked out."""
    sections = st.tabs(list(SECTIONS), key="insight", bind="query-params")
    for section, draw in zip(sections, SECTIONS.values(), strict=True):
        if section.open:
            with section:
                draw(view)
