"""The fields of one allocation rule, as its kind has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, get_args

import streamlit as st

from finops.answers.allocation_rules import SOURCES, SPLITS, AccountColumn
from finops.dashboard.chargeback_draft import SHARES, Entry

_EARLIEST, _LATEST = date(1970, 1, 1), date(2199, 12, 31)
_KEYS: Mapping[str, tuple[str, str, str]] = {
    "tag": ("keys", "Tag keys", "CostCenter, Team"),
    "virtual_tag": ("keys", "Tag keys", "CostCenter, Team"),
    "cost_category": ("categories", "Cost categories", "Unit, Squad"),
}


def draw(
    entry: Entry, key: str, *, targets: Sequence[str], services: Sequence[str], drivers: Sequence[str]
) -> dict[str, Any]:
    """Draw the fields and give what is typed; what is empty is left out.

    ``key`` begins the keys of the widgets. ``targets``, ``services`` and ``drivers`` are what can be
    chosen; others can be typed.
    """
    began, kind = entry.fields, str(entry.fields["kind"])
    name_column, starts_column, ends_column = st.columns([2, 1, 1])
    name = name_column.text_input(
        "Rule name", began.get("name", ""), key=f"{key} name", persist_state="session", max_chars=100,
        help="Each rule has one of its own; it stands in the trail.",
    )  # fmt: skip
    days = [
        column.date_input(
            label, began.get(field), min_value=_EARLIEST, max_value=_LATEST, key=f"{key} {field}",
            persist_state="session", format="YYYY-MM-DD", help=meaning,
        )
        for column, field, label, meaning in (
            (starts_column, "starts", "From", "The first day that it holds for; empty: always."),
            (ends_column, "ends", "To", "The last day that it holds for; empty: always."),
        )
    ]  # fmt: skip
    typed: dict[str, Any] = {"kind": kind, "name": name, "starts": days[0], "ends": days[1]}
    if kind == "pool":
        typed |= _pool(began, key, targets, services, drivers)
    elif kind == "account":
        typed["columns"] = st.multiselect(
            "Columns of the accounts file", get_args(AccountColumn), began.get("columns", []),
            key=f"{key} columns", persist_state="session", placeholder="The one that is charged by",
            help="Several make a path, such as CostCenter/Team. None: the one that is charged by.",
        )  # fmt: skip
    else:
        field, label, example = _KEYS[kind]
        text = st.text_input(
            label, ", ".join(began.get(field, [])), key=f"{key} {field}", persist_state="session",
            placeholder=example,
            help="Several, with commas, make a path. None: the one that is charged by.",
        )  # fmt: skip
        typed[field] = [word.strip() for word in text.split(",") if word.strip()]
    return {name: value for name, value in typed.items() if value not in (None, "", [])}


def _pool(
    began: Mapping[str, Any],
    key: str,
    targets: Sequence[str],
    services: Sequence[str],
    drivers: Sequence[str],
) -> dict[str, Any]:
    source_column, split_column = st.columns(2)
    sources, splits = list(SOURCES), list(SPLITS)
    source = source_column.selectbox(
        "What is shared", sources, sources.index(began["source"]), key=f"{key} source",
        persist_state="session", format_func=SOURCES.__getitem__,
        help="A charge belongs to the first rule that fits it: before the tags a pool takes all.",
    )  # fmt: skip
    split = split_column.selectbox(
        "How", splits, splits.index(began.get("split", "proportional")), key=f"{key} split",
        persist_state="session", format_func=SPLITS.__getitem__,
        help="Pools are shared in their order, each on top of the ones before.",
    )  # fmt: skip
    typed: dict[str, Any] = {"source": source, "split": split}
    if source in {"services", "target"}:
        known = services if source == "services" else targets
        typed["names"] = _names("Which", known, began.get("names", []), f"{key} names {source}")
    if split == "fixed":
        typed[SHARES] = st.text_area(
            "Shares in percent", began.get(SHARES, ""), key=f"{key} shares", persist_state="session",
            placeholder="Core 60\nWeb 40", height=122, help="A line a target; they add up to 100.",
        )  # fmt: skip
        return typed
    if split == "driver":
        typed["driver"] = st.selectbox(
            "Driver", list(dict.fromkeys([*drivers, *filter(None, [began.get("driver")])])),
            index=0 if drivers or began.get("driver") else None, key=f"{key} driver",
            persist_state="session", accept_new_options=True, placeholder="Choose or type",
            help="A column of the file of drivers, which is uploaded above.",
        )  # fmt: skip
    typed["among"] = _names("Among", targets, began.get("among", []), f"{key} among", "Everybody")
    return typed


def _names(
    label: str, known: Sequence[str], began: Sequence[str], key: str, nobody: str = "Choose or type"
) -> list[str]:
    return list(
        st.multiselect(
            label, list(dict.fromkeys([*known, *began])), list(began), key=key,
            persist_state="session", accept_new_options=True, placeholder=nobody,
            help="A name stands for itself and all paths below it.",
        )
    )  # fmt: skip
