"""Close a month, reopen it, and see what is closed, what was adjusted and who did it."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from finops.answers.closing import close_period, reopen_period
from finops.dashboard import tables
from finops.dashboard.chargeback_page import NOTES, ChargebackPage
from finops.dashboard.records import as_frame
from finops.dashboard.wording import plain
from finops.storage import default_store

_WHO, _REASON = "chargeback who", "chargeback reason"


def show(page: ChargebackPage) -> None:
    """Draw the view."""
    _act(page)
    _adjustments(page)
    _closed(page)


def _act(page: ChargebackPage) -> None:
    assert page.result is not None
    report = page.answer.report
    what = f"{report.period} by {plain(report.by)} at {report.basis.replace('_', ' ')} cost"
    is_closed = page.result.closed_at is not None
    st.subheader(
        f"{'Reopen' if is_closed else 'Close'} {what}",
        help="Closing freezes lines, totals and hash. What a later bill says of the month is an "
        "adjustment of the months after it. Reopening is logged.",
    )
    if page.is_filtered:
        st.caption("A part of a bill cannot be closed: clear the filters.")
        return
    if report.source != "costs":
        st.caption("A run rate is never closed: give a bill.")
        return
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    left.text_input(
        "Your name", key=_WHO, persist_state="session", max_chars=100, help="The log keeps it."
    )
    if is_closed:
        middle.text_input("Reason", key=_REASON, max_chars=500, help="The log keeps it.")
        right.button(
            "Reopen the month",
            icon=":material/lock_open:",
            width="stretch",
            on_click=_reopen,
            args=(page,),
        )
    else:
        right.button(
            "Close the month", type="primary", icon=":material/lock:", width="stretch",
            on_click=_close, args=(page,),
        )  # fmt: skip


def _close(page: ChargebackPage) -> None:
    NOTES.attempt(
        lambda: close_period(
            page.estate,
            page.settings,
            default_store(),
            at=datetime.now(UTC),
            who=st.session_state.get(_WHO) or "",
        ),
        f"Closed {page.answer.report.period}",
    )


def _reopen(page: ChargebackPage) -> None:
    NOTES.attempt(
        lambda: reopen_period(
            page.estate,
            page.settings,
            default_store(),
            at=datetime.now(UTC),
            who=st.session_state.get(_WHO) or "",
            reason=st.session_state.get(_REASON) or "",
        ),
        f"Reopened {page.answer.report.period}",
    )


def _adjustments(page: ChargebackPage) -> None:
    assert page.result is not None
    st.subheader(
        "Prior-period adjustments",
        help="What the bill of earlier closed months has changed since. They are booked with this "
        "month, once, and are lines of its journal.",
    )
    frame = as_frame(page.result.adjustments, list(_ADJUSTMENTS))
    if frame.empty:
        st.caption("None.")
        return
    tables.table(frame, _ADJUSTMENTS, alt="Adjustments of closed months")


def _closed(page: ChargebackPage) -> None:
    st.subheader("Closed months")
    kept = page.closed.periods[::-1]
    months = as_frame(kept, [name for name in _CLOSED if name != "adjustments"])
    if months.empty:
        st.caption("None.")
    else:
        months["digest"] = months["digest"].str[:12]
        months["owner"] = [one.owner.in_words() for one in kept]
        months["adjustments"] = [len(one.adjustments) for one in kept]
        tables.table(months, _CLOSED, alt="The months that are closed")
    if page.closed.log:
        st.subheader("Log", help="Everything that was closed and reopened, latest first.")
        log = as_frame(page.closed.log[::-1], list(_LOG))
        log["digest"] = log["digest"].str[:12]
        log["owner"] = [one.owner.in_words() for one in page.closed.log[::-1]]
        log["at"] = pd.to_datetime(log["at"], utc=True).dt.strftime("%Y-%m-%d %H:%M UTC")
        tables.table(log, _LOG, alt="The log of closing and reopening")


_ADJUSTMENTS = {
    "period": tables.text("Closed month"),
    "allocated_to": tables.text("Allocated to"),
    "usd": tables.dollars("USD", "What its bill has changed by since"),
}
_CLOSED = {
    "period": tables.text("Month"),
    "by": tables.text("By"),
    "basis": tables.text("Basis"),
    "owner": tables.text("Bill of", "The billing accounts, or the sample"),
    "total_usd": tables.dollars("Total", "As it was closed"),
    "unallocated_usd": tables.dollars("Unallocated", "As it was closed"),
    "adjustments": tables.number("Adjustments", "Of earlier months, posted with it"),
    "closed_by": tables.text("Closed by"),
    "closed_at": tables.day("On"),
    "digest": tables.text("Hash", "SHA-256 of input and rules"),
}
_LOG = {
    "at": tables.text("When"),
    "who": tables.text("Who"),
    "action": tables.text("What"),
    "period": tables.text("Month"),
    "by": tables.text("By"),
    "basis": tables.text("Basis"),
    "owner": tables.text("Bill of", "The billing accounts, or the sample"),
    "reason": tables.text("Reason"),
    "digest": tables.text("Hash"),
}
