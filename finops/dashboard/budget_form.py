"""The form that makes a budget, and says what is wrong with it before anything is saved."""

from __future__ import annotations

from datetime import date
from typing import Any

import streamlit as st

from finops.answers import budgets
from finops.answers.budget_scopes import scope_values
from finops.answers.budgets import PERIODS, SCOPE_TYPES
from finops.dashboard.answered import answered
from finops.dashboard.budget_cards import NOTE
from finops.dashboard.wording import plain
from finops.errors import FinOpsError
from finops.estate import Estate

DEFAULT_THRESHOLDS = "50, 80, 100"
_PROBLEM = "budget form problem"


@st.fragment
def show(estate: Estate) -> None:
    """Draw the form."""
    with st.expander("New budget", icon=":material/add:"):
        scope_type, scope_value, period, days = _scope(estate)
        with st.form("new budget", border=False):
            fields = _amounts()
            if st.form_submit_button("Create budget", type="primary", icon=":material/add:"):
                _create(
                    {
                        **fields,
                        **days,
                        "scope_type": scope_type,
                        "scope_value": scope_value,
                        "period": period,
                        "created": estate.as_of,
                    }
                )
        if problem := st.session_state.pop(_PROBLEM, None):
            st.error(plain(problem), icon=":material/error:")


def _scope(estate: Estate) -> tuple[str, str, str, dict[str, date]]:
    type_column, value_column, period_column = st.columns(3)
    scope_type = type_column.selectbox(
        "Scope", SCOPE_TYPES, key="budget_scope", help="What the budget is for; total is everything."
    )
    known = answered(scope_values, estate)
    scope_value: str | None = ""
    if scope_type in known:
        scope_value = value_column.selectbox(
            "Scope value",
            known[scope_type],
            index=None,
            key=f"budget_value_{scope_type}",
            accept_new_options=True,
            placeholder="Choose or type",
            help="As it is in the data. combined is EC2 and S3 together.",
        )
    elif scope_type == "tag":
        scope_value = value_column.text_input(
            "Scope value", key="budget_value_tag", placeholder="Project=Atlas", help="Key=Value"
        )
    else:
        value_column.text_input("Scope value", value="everything", disabled=True)
    period = period_column.selectbox(
        "Period", PERIODS, key="budget_period", help="Calendar months, quarters and years, or own days."
    )
    days: dict[str, date] = {}
    if period == "custom":
        first, last = st.columns(2)
        days["start"] = first.date_input("First day", value=estate.as_of, key="budget_start")
        days["end"] = last.date_input("Last day", value=estate.as_of, key="budget_end")
    return scope_type, scope_value or "", period, days


def _amounts() -> dict[str, Any]:
    name_column, amount_column, owner_column = st.columns(3)
    name = name_column.text_input("Name", key="budget_name", max_chars=100, help="One budget to a name.")
    amount = amount_column.number_input(
        "Amount in USD", value=None, step=100.0, key="budget_amount", help="Dollars for one period."
    )
    owner = owner_column.text_input("Owner", key="budget_owner", help="Who answers for it.")
    threshold_column, basis_column, _ = st.columns(3)
    thresholds = threshold_column.text_input(
        "Alert at percent",
        value=DEFAULT_THRESHOLDS,
        key="budget_thresholds",
        help="50 is an early warning, 80 asks for action, 100 is exceeded. A forecast above the amount "
        "always alerts.",
    )
    basis = basis_column.selectbox(
        "Cost basis",
        ("billed", "effective"),
        key="budget_basis",
        help="billed: on the cash date. effective: upfront fees spread over their term.",
    )
    return {
        "name": name,
        "amount": amount,
        "owner": owner,
        "alert_thresholds": thresholds,
        "cost_basis": basis,
    }


def _create(fields: dict[str, Any]) -> None:
    try:
        budget = budgets.create({**fields, "alert_thresholds": _percentages(fields["alert_thresholds"])})
    except (FinOpsError, ValueError) as error:
        st.session_state[_PROBLEM] = str(error)
        return
    st.session_state[NOTE] = f"Created {plain(budget.name)}"
    st.rerun()


def _percentages(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.replace("%", "").split(",") if part.strip())
    except ValueError as error:
        raise ValueError(
            f"alert thresholds are percentages with commas between, such as {DEFAULT_THRESHOLDS}; "
            f"received {text!r}"
        ) from error
