"""The ML Insights tab: what comes next and what is out of the ordinary, in sections with addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from finops.dashboard import anomalies_view, clusters_view, outlook_view, rightsizing_view
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View

SECTIONS: Mapping[str, Callable[[View], None]] = {
    "Forecast": outlook_view.show,
    "Anomalies": anomalies_view.show,
    "Clusters": clusters_view.show,
    "Rightsizing": rightsizing_view.show,
}


def show(view: View) -> None:
    """Draw the tab; only the open section is worked out."""
    show_open(SECTIONS, "insight", view)
