"""Chargeback: what stands above, and one view of who pays for what at a time.

A document that cannot be used is said in a banner, with a button that puts it out of the way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import streamlit as st

from finops.answers import allocation_rules, closing
from finops.answers.allocation import Chargeback, ChargebackSettings, chargeback, kept_rules
from finops.answers.closing import Settled, settled
from finops.answers.tag_suggestions import VirtualTagBook, virtual_tags
from finops.dashboard import (
    broken_state,
    chargeback_asked,
    chargeback_change,
    chargeback_closing,
    chargeback_files,
    chargeback_flow,
    chargeback_overview,
    chargeback_rules,
    chargeback_trail,
    fixed_shares,
)
from finops.dashboard.answered import answered
from finops.dashboard.chargeback_page import NOTES, VIEW, ChargebackPage
from finops.dashboard.lazy_tabs import show_open
from finops.dashboard.view import View
from finops.dashboard.wording import plain, sentence
from finops.errors import FinOpsError, StateError
from finops.estate import Estate
from finops.storage import default_store

# Each has an address of its own; only the open one is worked out.
VIEWS: Mapping[str, Callable[[ChargebackPage], None]] = {
    "Overview": chargeback_overview.show,
    "Flow": chargeback_flow.show,
    "Comparison": chargeback_change.show,
    "Drill-down": chargeback_trail.show,
    "Rules": chargeback_rules.show,
    "Closing": chargeback_closing.show,
    "Files": chargeback_files.show,
}


def show(view: View) -> None:
    """Draw the section."""
    NOTES.show()
    estate = view.shown
    settings = chargeback_asked.settings_of(estate)
    mode_column, drivers_column = st.columns([1, 3])
    with mode_column:
        mode = chargeback_asked.mode()
    with drivers_column:
        chargeback_asked.choose_drivers()
    if view.is_filtered:
        st.warning(
            "Filters are set: these lines are a part of the bill, and so is the file for finance.",
            icon=":material/filter_alt:",
        )
    try:
        rules, closed = allocation_rules.kept_document(), closing.closed_periods()
        settings = replace(settings, rules=kept_rules(), virtual_tags=virtual_tags())
    except StateError as error:
        broken_state.show(error, NOTES, lambda: (*allocation_rules.reset(), *VirtualTagBook().reset()))
        return
    result, problem = None, ""
    try:
        asked = _with_shares(estate, settings) if settings.shared == "fixed" else settings
        if asked is None:
            return
        settings = asked
        result = _result(view, settings)
    except FinOpsError as error:
        problem = str(error)
    _draw(
        ChargebackPage(
            estate=estate,
            is_filtered=view.is_filtered,
            settings=settings,
            mode=mode,
            rules=rules,
            closed=closed,
            work=lambda other: _worked_out(estate, other),
            result=result,
            problem=problem,
        )
    )


def _draw(page: ChargebackPage) -> None:
    if page.result is None:
        st.error(plain(sentence(page.problem)), icon=":material/error:")
    elif not page.answer.report.lines:
        st.info("No cost to allocate. Upload a resource list or a bill, or clear a filter.")
        return
    else:
        chargeback_overview.headline(page)
    stopped = page.result is None
    views = {name: _not_yet if stopped and name != "Rules" else draw for name, draw in VIEWS.items()}
    show_open(views, VIEW, page)


def _not_yet(_page: ChargebackPage) -> None:
    st.info("It can be shown once the problem above is solved; the rules are under Rules.")


def _result(view: View, settings: ChargebackSettings) -> Settled:
    if view.is_filtered:
        # A part of a bill is never what was closed.
        return Settled(answer=_worked_out(view.shown, settings), adjustments=())
    return settled(view.whole, settings, default_store(), _worked_out)


def _worked_out(estate: Estate, settings: ChargebackSettings) -> Chargeback:
    return answered(chargeback, estate, settings)


def _with_shares(estate: Estate, settings: ChargebackSettings) -> ChargebackSettings | None:
    apart = _worked_out(estate, replace(settings, shared="none")).report
    return fixed_shares.choose(
        settings, [line.allocated_to for line in apart.lines if line.allocated_to != "Unallocated"]
    )
