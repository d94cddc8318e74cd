"""What does the reader assume of the coming months? Growth, and which actions are done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from finops.answers.actions import Action, Actions, ActionSettings, actions
from finops.answers.outlook import Outlook
from finops.answers.scenario import Growth
from finops.dashboard.answered import answered
from finops.dashboard.asked import asked_for
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, plain, sentence
from finops.errors import FinOpsError

_PER: dict[str, Literal["year", "month"]] = {"a year": "year", "a month": "month"}
# Percent a period: the least and the most that can be chosen, and the step.
_RANGES: dict[str, tuple[float, float, float]] = {
    "year": (-50.0, 100.0, 1.0),
    "month": (-5.0, 10.0, 0.5),
}
_GROUPS = {1: "Usage, put right first", 2: "Then commitments"}
_LIST_HEIGHT = 260
_KEY = "outlook accept"


def choose_growth(months: int) -> Growth:
    """Draw the slider of growth, and what it comes to in the last of so many months."""
    slider, unit = st.columns([3, 1], vertical_alignment="bottom")
    word = unit.radio(
        "Growth is",
        list(_PER),
        horizontal=True,
        key="outlook growth per",
        persist_state="session",
        help="A year: month k is multiplied by (1 + growth)^(k ÷ 12). A month: by (1 + growth)^k.",
    )
    per = _PER[str(word)]
    low, high, step = _RANGES[per]
    chosen = slider.slider(
        f"Growth of usage, % {word}",
        low,
        high,
        0.0,
        step,
        key=f"outlook growth {per}",
        persist_state="session",
        # Its value stands below: in the slider's own colour it has too little contrast on a dark page.
        format=" ",
        help="Assumed by you, on top of what the forecast expects: every coming month is multiplied by "
        "it, and so is what a change of usage saves. What a purchase saves is not: it covers what it "
        "was bought for.",
    )
    growth = Growth(float(chosen), per)
    slider.markdown(
        f"**{growth.pct:+.1f} % {word}**: month {months} costs {growth.factor(months):.3f} × as is"
    )
    return growth


def choose_actions(view: View, found: Outlook) -> tuple[Action, ...]:
    """Draw the ranked actions with a box each; those that are ticked."""
    if found.scope != "total":
        st.caption("Actions are those of the whole estate: choose the scope total to accept some.")
        return ()
    if view.whole.usage.empty:
        st.caption(
            "Without hourly usage no action has dollars of its own: upload usage, or a bill with hours "
            "of instances, to accept actions here."
        )
        return ()
    what = "What each change and purchase saves is found by billing the usage again without it."
    if not asked_for("Find the actions", view.whole.digest, key="outlook actions", what=what):
        return ()
    try:
        ranked = answered(
            actions,
            view.whole,
            ActionSettings(),
            progress="Billing the usage with and without each action …",
        )
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return ()
    if not ranked.actions:
        st.caption("No action saves anything.")
        return ()
    return _ticked(ranked, found.basis)


def _ticked(ranked: Actions, basis: str) -> tuple[Action, ...]:
    keys = {at: f"{_KEY} {at} {one.title}" for at, one in enumerate(ranked.actions)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{count(len(ranked.actions), 'action')}, {dollars(ranked.annual_saving_usd, 0)} a year**",
            help="What a row saves presumes that the rows above it are done: tick from the top. In "
            + ("effective cost, a purchase is spread over its term." if basis != "billed" else
               "billed cost, a purchase's upfront payment falls into the first month."),
            width="stretch",
        )  # fmt: skip
        for label, on in (("Accept all", True), ("Accept none", False)):
            st.button(label, type="tertiary", on_click=_tick, args=(tuple(keys.values()), on))
    columns = st.columns(2)
    accepted: list[Action] = []
    for column, (step, title) in zip(columns, _GROUPS.items(), strict=True):
        rows = [(at, one) for at, one in enumerate(ranked.actions) if one.step == step]
        with column, st.container(height=_LIST_HEIGHT if rows else "content", border=True):
            st.caption(title if rows else f"{title}: nothing")
            accepted += [one for at, one in rows if _box(one, keys[at])]
    return tuple(accepted)


def _box(one: Action, key: str) -> bool:
    upfront = f", {dollars(one.upfront_usd, 0)} upfront" if one.upfront_usd else ""
    return bool(
        st.checkbox(
            f"**{dollars(one.annual_saving_usd, 0)}** · {plain(one.title)}{upfront}",
            key=key,
            persist_state="session",
            help=plain(f"{sentence(one.effort)} It rests on {one.confidence}."),
        )
    )


def _tick(keys: Sequence[str], on: bool) -> None:
    for key in keys:
        st.session_state[key] = on
