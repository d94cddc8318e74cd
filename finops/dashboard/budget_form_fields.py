"""The fields of a budget's form: what decides which there are, and what is sent with the button."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date
from typing import Any

import streamlit as st

from finops.answers.budget_scopes import scope_values
from finops.answers.budgets import PERIODS, ROLLOVERS, SCOPE_TYPES, BudgetBook
from finops.dashboard.answered import answered
from finops.dashboard.budget_editing import Editing
from finops.dashboard.budget_fields import LABELS, Typed
from finops.estate import Estate

_AMOUNT_KINDS = {
    "fixed": "the same each period",
    "planned": "planned for each period",
    "history": "the mean of past periods",
    "forecast": "what is forecast",
}
_NOT_ENOUGH = "Dollars for one period, where there is not enough history to follow."
_AMOUNT_MEANS = {
    "fixed": "Dollars for one period.",
    "planned": "Dollars of periods without a line below; empty: those of the last line.",
    "history": _NOT_ENOUGH,
    "forecast": _NOT_ENOUGH,
}
_CARRIED = {
    "none": "nothing",
    "unspent": "what is left",
    "overspent": "what is over",
    "both": "what is left or over",
}
_EARLIEST, _LATEST = date(1970, 1, 1), date(2199, 12, 31)
_CHARGES = {"Tax": "taxes", "Credit": "credits and refunds"}


def deciding(form: Editing, estate: Estate) -> Typed:
    """Draw what stands above the form, and give the form with it."""
    began = form.began
    scope_column, value_column, period_column, amount_column = st.columns(4)
    scope_type = scope_column.selectbox(
        LABELS["scope_type"], SCOPE_TYPES, SCOPE_TYPES.index(began.scope_type),
        key=form.key("scope_type"), persist_state="session",
        help="What the budget is for; total is everything.", format_func=_words,
    )  # fmt: skip
    known = answered(scope_values, estate)
    scope_value: str | None = ""
    if scope_type in known:
        same = scope_type == began.scope_type
        options = list(dict.fromkeys([*known[scope_type], *([began.scope_value] if same else [])]))
        scope_value = value_column.selectbox(
            LABELS["scope_value"], options, options.index(began.scope_value) if same else None,
            key=form.key(f"value {scope_type}"), persist_state="session",
            accept_new_options=True, placeholder="Choose or type",
            help="As it is in the data. combined is EC2 and S3 together.",
        )  # fmt: skip
    elif scope_type != "total":
        example = "Project=Atlas" if scope_type == "tag" else "as it is in the data"
        scope_value = value_column.text_input(
            LABELS["scope_value"], began.scope_value if scope_type == began.scope_type else "",
            key=form.key(f"value {scope_type}"), persist_state="session", placeholder=example,
            help="For a tag: Key=Value. Else the value of the tag CostCenter or Project.",
        )  # fmt: skip
    else:
        value_column.text_input(LABELS["scope_value"], value="everything", disabled=True)
    period = period_column.selectbox(
        LABELS["period"], PERIODS, PERIODS.index(began.period), key=form.key("period"),
        persist_state="session", help="Calendar or fiscal months, quarters and years, or own days.",
    )  # fmt: skip
    kinds = list(_AMOUNT_KINDS)
    amount_kind: Any = amount_column.selectbox(
        LABELS["amount_kind"], kinds, kinds.index(began.amount_kind), key=form.key("amount_kind"),
        persist_state="session", format_func=_AMOUNT_KINDS.__getitem__,
        help="An amount that follows spend is worked out on the first day of each period and stays.",
    )  # fmt: skip
    return replace(
        began,
        scope_type=scope_type,
        scope_value=scope_value or "",
        period=period,
        amount_kind=amount_kind,
    )


def _words(scope_type: str) -> str:
    return scope_type.replace("_", " ")


def sent(form: Editing, typed: Typed, book: BudgetBook) -> Typed:
    """Draw what stands in the form, and give all that is typed."""
    began = form.began
    name_column, amount_column, owner_column = st.columns(3)
    name = name_column.text_input(
        LABELS["name"], began.name, key=form.key("name"), persist_state="session", max_chars=100,
        help="One budget to a name.",
    )  # fmt: skip
    owner = owner_column.text_input(
        LABELS["owner"], began.owner, key=form.key("owner"), persist_state="session", max_chars=200,
        help="Who answers for it; alerts name them.",
    )  # fmt: skip
    with amount_column:
        typed = _amount(form, typed)
    alert_column, basis_column, parent_column = st.columns(3)
    thresholds = alert_column.text_input(
        LABELS["thresholds"], began.thresholds, key=form.key("thresholds"), persist_state="session",
        help="Commas between: percent or dollars on actual spend (80%, $500), on the forecast "
        "(forecast 100%) and on pace, spend against a straight line (pace 120%).",
    )  # fmt: skip
    bases = ("billed", "effective")
    basis = basis_column.selectbox(
        LABELS["cost_basis"], bases, bases.index(began.cost_basis), key=form.key("cost_basis"),
        persist_state="session",
        help="billed: on the cash date. effective: upfront fees spread over their term.",
    )  # fmt: skip
    with parent_column:
        parent = _parent(form, book)
    typed = replace(
        typed, name=name, owner=owner, thresholds=thresholds, cost_basis=basis, parent=parent
    )
    if typed.period == "custom":
        return _more(form, _days(form, typed, "Of the period."))
    return _more(form, typed)


def _amount(form: Editing, typed: Typed) -> Typed:
    began = form.began
    amount = st.number_input(
        LABELS["amount"], value=began.amount, step=100.0, key=form.key("amount"),
        persist_state="session", help=_AMOUNT_MEANS[typed.amount_kind],
    )  # fmt: skip
    typed = replace(typed, amount=amount)
    if typed.amount_kind == "planned":
        planned = st.text_area(
            LABELS["planned"], began.planned, key=form.key("planned"), persist_state="session",
            placeholder="2026-01-01 900\n2026-02-01 950", height=122,
            help="A line a period: its first day and its dollars.",
        )  # fmt: skip
        return replace(typed, planned=planned or "")
    return typed if typed.amount_kind == "fixed" else _following(form, typed)


def _following(form: Editing, typed: Typed) -> Typed:
    left, right = st.columns(2)
    if typed.amount_kind == "history":
        periods = left.number_input(
            LABELS["periods"], 1, 60, typed.periods, key=form.key("periods"), persist_state="session",
            help="Whole periods before the present one.",
        )  # fmt: skip
        typed = replace(typed, periods=int(periods))
    growth = right.number_input(
        f"{LABELS['growth_pct']}, %", -99.99, 1000.0, typed.growth_pct, key=form.key("growth_pct"),
        persist_state="session", help="Added to what is found; negative for a target below it.",
    )  # fmt: skip
    return replace(typed, growth_pct=float(growth))


def _parent(form: Editing, book: BudgetBook) -> str | None:
    names = {"": "no other budget"}
    names |= {budget.id: budget.name for budget in book.budgets if budget.id != form.budget_id}
    began = form.began.parent or ""
    names.setdefault(began, "a deleted one")
    chosen = st.selectbox(
        LABELS["parent"], list(names), list(names).index(began), key=form.key("parent"),
        persist_state="session", format_func=lambda one: names.get(one, ""),
        help="The parts of a budget are added up against it.",
    )  # fmt: skip
    return chosen or None


def _days(form: Editing, typed: Typed, meaning: str) -> Typed:
    first, last = st.columns(2)
    days = []
    for place, name in ((first, "start"), (last, "end")):
        day = place.date_input(
            LABELS[name], getattr(typed, name), min_value=_EARLIEST, max_value=_LATEST,
            key=form.key(name), persist_state="session", format="YYYY-MM-DD", help=meaning,
        )  # fmt: skip
        days.append(day)
    return replace(typed, start=days[0], end=days[1])


def _more(form: Editing, typed: Typed) -> Typed:
    began = form.began
    with st.expander("More: conditions, fiscal year, carry-over, notes", icon=":material/tune:"):
        also_column, notes_column = st.columns(2)
        also = also_column.text_area(
            LABELS["also"], began.also, key=form.key("also"), persist_state="session",
            placeholder="team=Platform, Data\nnot region=us-west-2",
            help="A line a condition, all of which hold: TYPE=VALUE, several values with commas; "
            "not before it leaves them out.",
        )  # fmt: skip
        notes = notes_column.text_area(
            LABELS["notes"], began.notes, key=form.key("notes"), persist_state="session",
            max_chars=5000, help="For people; nothing reads them.",
        )  # fmt: skip
        left, middle, right = st.columns(3)
        left_out = left.multiselect(
            LABELS["leave_out"], list(_CHARGES), list(began.leave_out), key=form.key("leave_out"),
            persist_state="session", format_func=_CHARGES.__getitem__, placeholder="Everything counts",
            help="Categories of charges that are no part of the spend.",
        )  # fmt: skip
        month = middle.selectbox(
            LABELS["fiscal_year_start"], range(1, 13), began.fiscal_year_start - 1,
            key=form.key("fiscal_year_start"), persist_state="session",
            format_func=calendar.month_name.__getitem__, help="Quarters and years begin with it.",
        )  # fmt: skip
        rollover = right.selectbox(
            LABELS["rollover"], ROLLOVERS, ROLLOVERS.index(began.rollover), key=form.key("rollover"),
            persist_state="session", format_func=_CARRIED.__getitem__,
            help="Into the next period, from the first day in force on.",
        )  # fmt: skip
        if typed.period != "custom":
            typed = _days(form, typed, "From or to which the budget is in force; empty: always.")
    return replace(
        typed,
        also=also or "",
        notes=notes or "",
        leave_out=tuple(left_out),
        fiscal_year_start=int(month),
        rollover=rollover,
    )
