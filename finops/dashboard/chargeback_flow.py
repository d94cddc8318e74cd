"""Which way do the dollars take? From services by rules to those who pay, as a picture and a table."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.chargeback_views import Flow, ways
from finops.dashboard import tables
from finops.dashboard.chargeback_page import ChargebackPage
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import dollars, plain, sentence
from finops.errors import AllocationError


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    assert page.result is not None
    report = page.answer.report
    st.subheader(
        "From services by rules to those who pay",
        help=f"{report.period}, {report.basis.replace('_', ' ')} cost. On both sides of the rules the "
        "links add up to the total to the cent.",
    )
    try:
        way = ways(page.result)
    except AllocationError as error:
        st.info(plain(sentence(str(error))), icon=":material/lock:")
        return
    show_chart(
        charts.flow_through(
            _links(way.drawn_into_rules),
            _links(way.drawn_into_targets),
            ("Service", "Rule", plain(report.by)),
        ),
        f"Dollars from services by rules to each {report.by}; the links are in the table below",
    )
    _sums(way.flows.total_usd, way.not_drawn_into_rules_usd, way.not_drawn_into_targets_usd)
    frame = pd.concat(
        [
            as_frame(way.flows.into_rules, ["start", "end", "usd"]).assign(side="service → rule"),
            as_frame(way.flows.into_targets, ["start", "end", "usd"]).assign(side=f"rule → {report.by}"),
        ],
        ignore_index=True,
    )
    tables.table(frame, _FLOWS, alt="Every link with its dollars")


def _sums(total: Decimal, rules: Decimal, targets: Decimal) -> None:
    text = f"Each side adds up to {dollars(total)}."
    if rules or targets:
        text += (
            " Credits have no width: not drawn are links of "
            f"{dollars(rules)} before the rules and {dollars(targets)} after them; the table has them."
        )
    st.caption(text)


def _links(parts: Sequence[Flow]) -> list[tuple[str, str, float]]:
    return [(flow.start, flow.end, float(flow.usd)) for flow in parts]


_FLOWS = {
    "side": tables.text("Side"),
    "start": tables.text("From"),
    "end": tables.text("To"),
    "usd": tables.dollars("USD", "To the cent; below zero where credits are more"),
}
