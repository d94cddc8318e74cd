"""What does the reader ask of the chargeback? Key, basis, month, mode and drivers."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st

from finops.answers.allocation import (
    BASES,
    ChargebackSettings,
    SharedMode,
    drivers_of,
    months_of,
)
from finops.answers.allocation_rules import Drivers
from finops.answers.chargeback_export import MODES, Mode
from finops.dashboard.wording import count, named, plain
from finops.errors import AllocationError
from finops.estate import Estate
from finops.periods import Month

DIMENSIONS = ("Team", "CostCenter", "Project", "Owner", "Environment", "AccountId")
_SHARED: Mapping[SharedMode, str] = {
    "none": "leave it apart",
    "proportional": "by their cost",
    "even": "evenly",
    "fixed": "by fixed shares",
}
_MODES: Mapping[Mode, str] = {"chargeback": "Chargeback", "showback": "Showback"}
_DRIVERS, _ROUND = "chargeback drivers", "chargeback drivers round"


def settings_of(estate: Estate) -> ChargebackSettings:
    """Draw what is asked for, and give it."""
    months = months_of(estate)
    by_column, shared_column, basis_column, month_column = st.columns(4)
    by = by_column.selectbox(
        "Charge by",
        DIMENSIONS,
        key="by",
        bind="query-params",
        help="The tag whose value says who pays; AccountId goes by the account of the charge.",
    )
    shared = shared_column.selectbox(
        "Untagged cost",
        list(_SHARED),
        format_func=_SHARED.__getitem__,
        key="shared",
        bind="query-params",
        help="Who pays for what the rules leave over: nobody (one line Unallocated), or everyone in "
        "proportion to their own cost, in equal parts, or by shares that you give.",
    )
    if not months:
        st.caption("Without a bill: the run rate of the resource lists, 730 hours a month.")
        return ChargebackSettings(by=by, shared=shared, drivers=_drivers())
    basis = basis_column.selectbox(
        "Cost basis",
        BASES,
        key="basis",
        bind="query-params",
        help="billed: as invoiced, on the cash date. effective: upfront fees spread over their term. "
        "list: without any discount.",
    )
    month = month_column.selectbox(
        "Month",
        [str(one) for one in months],
        key="month",
        bind="query-params",
        help="Full months of the bill.",
    )
    # Without its name the last full month is one answer with the Overview's.
    period = None if month == str(months[0]) else Month.parse(month)
    return ChargebackSettings(by=by, shared=shared, basis=basis, period=period, drivers=_drivers())


def mode() -> Mode:
    """Draw the switch between showback and chargeback, and give what is chosen."""
    return st.radio(
        "Mode",
        MODES,
        format_func=_MODES.__getitem__,
        horizontal=True,
        key="chargeback mode",
        persist_state="session",
        help="Showback reports what everyone costs. Chargeback invoices it: with journal entries.",
    )


def choose_drivers() -> None:
    """Draw the upload of drivers; they count from the next run on, for the session."""
    kept: tuple[str, Drivers] | None = st.session_state.get(_DRIVERS)
    label = "Drivers: none" if kept is None else f"Drivers: {plain(kept[0])}"
    with st.expander(label, icon=":material/speed:"):
        st.caption(
            "Quantities by target, such as requests or people: the unit costs are worked out with them, "
            "and pools can be shared by them. A CSV file with the column allocated_to and a column for "
            "each driver."
        )
        file = st.file_uploader(
            "Drivers (CSV)",
            type=["csv"],
            key=f"drivers {st.session_state.get(_ROUND, 0)}",
            help="allocated_to,requests — one row a target. It stays in this session.",
        )
        if file is not None:
            _take_over(file.name, file.getvalue())
        if kept is not None:
            names = [f"{name} ({count(len(of), 'target')})" for name, of in kept[1].items()]
            st.markdown(plain(named(names)))
            st.button("Forget the drivers", icon=":material/close:", on_click=_forget)


def _take_over(name: str, content: bytes) -> None:
    try:
        drivers = drivers_of(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        st.error(f"{plain(name)} is not UTF-8 text.", icon=":material/error:")
        return
    except AllocationError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.session_state[_DRIVERS] = (f"{name} ({sha256(content).hexdigest()[:6]})", drivers)
    # Another key is another uploader, without its file.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    st.rerun()


def _forget() -> None:
    st.session_state.pop(_DRIVERS, None)


def _drivers() -> Drivers | None:
    kept: tuple[str, Drivers] | None = st.session_state.get(_DRIVERS)
    return None if kept is None else kept[1]
