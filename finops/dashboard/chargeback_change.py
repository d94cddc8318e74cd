"""What has changed since the month before, who costs most, and what does a unit cost?"""

from __future__ import annotations

import streamlit as st

from finops import charts
from finops.answers.allocation import Chargeback
from finops.answers.chargeback_views import steps_between
from finops.dashboard import tables
from finops.dashboard.chargeback_page import ChargebackPage
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    answer = page.answer
    _movers(answer)
    left, right = st.columns(2, gap="large")
    with left:
        _cost_centres(answer)
    with right:
        _unit_costs(answer)


def _movers(answer: Chargeback) -> None:
    report = answer.report
    st.subheader(
        "Against the month before",
        help="The lines with the largest change, up or down, against the month before as it was closed, "
        "else under the same rules. The steps lead from one total to the other.",
    )
    steps = steps_between(answer)
    if report.previous_total_usd is None:
        st.caption("The month before is not in the data from its first day, so there is no comparison.")
        return
    show_chart(
        charts.waterfall(
            ("month before", float(report.previous_total_usd)),
            [(name, float(usd)) for name, usd in steps],
            (report.period, float(report.total_usd)),
        ),
        f"Steps from the total of the month before to that of {report.period}",
    )
    frame = as_frame(answer.review.movers, list(_MOVERS)).astype({"change_pct": "float64"})
    if frame.empty:
        st.caption("No line has changed.")
        return
    tables.table(frame, _MOVERS, alt="The lines with the largest change")


def _cost_centres(answer: Chargeback) -> None:
    st.subheader(
        "Top cost centres",
        help="The first level of the names – CC-1 of CC-1/Core – with all lines below it.",
    )
    frame = as_frame(answer.review.top_cost_centres, list(_CENTRES))
    if frame.empty:
        st.caption("Nothing is allocated.")
        return
    frame = frame.astype({"previous_usd": "float64", "percent": "float64"})
    tables.table(frame, _CENTRES, alt="The cost centres with the largest total")


def _unit_costs(answer: Chargeback) -> None:
    st.subheader("Unit costs", help="The total of a line for each unit of a driver.")
    frame = as_frame(answer.review.unit_costs, list(_UNITS))
    if frame.empty:
        st.caption("Give drivers, above, whose targets are names of lines: cost a request, cost a head.")
        return
    tables.table(frame, _UNITS, alt="Unit costs by driver and line")


_MOVERS = {
    "allocated_to": tables.text("Allocated to"),
    "previous_usd": tables.dollars("Month before", "As it was closed, else under the same rules"),
    "total_usd": tables.dollars("Total", "Of the period"),
    "change_usd": tables.dollars("Change", "Total − month before"),
    "change_pct": tables.percent("Change", "Of the month before; – where that was not above zero"),
}
_CENTRES = {
    "name": tables.text("Cost centre"),
    "total_usd": tables.dollars("Total", "Of all lines below it"),
    "previous_usd": tables.dollars("Month before", "As it was closed, else under the same rules"),
    "percent": tables.percent("Share", "Of the total"),
}
_UNITS = {
    "driver": tables.text("Driver"),
    "allocated_to": tables.text("Allocated to"),
    "quantity": tables.number("Quantity", "As the file of drivers has it"),
    "unit_cost_usd": tables.number("USD a unit", "Total ÷ quantity, six places", "$%.6f"),
}
