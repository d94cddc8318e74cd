"""What is to be done first, what does all of it save, and what else deserves a look?

The ranked rows add up to the difference of two bills. What is to be checked is no saving and has no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pandas as pd
import streamlit as st

from finops.answers.actions import Action, Actions
from finops.answers.to_check import Check, to_check
from finops.dashboard import overview_answers as asked
from finops.dashboard import tables
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.links import Link, link_button, tab_of
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, named, percent, plain, sentence
from finops.errors import FinOpsError
from finops.money import exact_sum

FIRST, ALONE = 4, 8
_STEPS = {
    1: "Step 1 · use less: what is idle stops, what is too large or old is changed",
    2: "Step 2 · commit to the hours that are left",
}
_SECTIONS = {1: None, 2: "RI & Savings Plans"}

T = TypeVar("T")


@st.fragment
def show(view: View) -> None:
    """Draw the ranked list and what is to be checked."""
    st.subheader(
        "What to do first",
        help="One list over all engines. Usage is put right first, then committed to: every row is "
        "worth what it saves once the rows above it are done, so no dollar counts twice.",
    )
    if view.shown.usage.empty:
        st.info(
            "**No hourly usage, so no ranked sum.** What an action saves is the difference of two "
            "bills, and a list of resources cannot be billed anew. Give hourly usage, or a bill with "
            "the hours of instances. Until then, what follows is worth a look.",
            icon=":material/hourglass_empty:",
        )
    else:
        _ranked(view)
    _checks(view)


def _ranked(view: View) -> None:
    answer = asked.ranked(view)
    if asked.narrows_more_than_usage(view):
        st.caption(
            "Hours of usage have no state and no tags. So this list is of all usage in the chosen "
            "regions: filters by state, team and environment do not narrow it."
        )
    if isinstance(answer, FinOpsError):
        st.warning(f"Nothing is ranked: {plain(sentence(str(answer)))}", icon=":material/error:")
        return
    if not answer.actions:
        st.info(
            "Nothing saves anything: no change of instances lowers the bill under the commitments that "
            "are owned, and no commitment is advised for the hours there are."
        )
        return
    show_cards(_cards(answer), per_row=3)
    rows = list(enumerate(answer.actions, start=1))
    every = _every(len(rows), "actions", f"Else the first {FIRST} of each step.")
    for step, words in _STEPS.items():
        mine = [(rank, action) for rank, action in rows if action.step == step]
        if mine:
            saved = dollars(exact_sum(action.annual_saving_usd for _, action in mine))
            st.caption(f"{words} · {count(len(mine), 'action')}, {saved} a year")
        for rank, action in mine if every else mine[:FIRST]:
            _action(rank, action)
    if answer.not_applied:
        with st.expander(f"{count(len(answer.not_applied), 'change')} that save nothing"):
            for text in answer.not_applied:
                st.markdown(f"- {plain(text)}")
    frame = _frame(answer.actions)
    with st.expander(f"All {count(len(frame), 'action')} as a table"):
        tables.table(frame, _COLUMNS, alt="All actions in their order with what each saves")
        tables.download_frame(
            "Download the actions", frame, "actions.csv", help_text="The whole list in its order as CSV."
        )


def _cards(answer: Actions) -> list[Card]:
    return [
        Card(
            label="Bill now, a year",
            value=dollars(answer.before_usd),
            help=f"Usage of the last {answer.days} days, billed by the simulator under the commitments "
            "that are owned, brought to a year of 8,760 hours. EC2, Fargate and Lambda usage only, at "
            "On-Demand prices where nothing covers it.",
        ),
        Card(
            label="Bill with all actions done",
            value=dollars(answer.after_usd),
            help="The same usage after the changes of step 1, under what is owned and the purchases of "
            "step 2.",
        ),
        Card(
            label="Saved, a year",
            value=dollars(answer.annual_saving_usd),
            help=f"The difference of the two bills, and the sum of all {len(answer.actions)} rows.",
        ),
    ]


def _action(rank: int, action: Action) -> None:
    sure = "" if action.confidence_pct is None else f", {percent(action.confidence_pct, 0)} sure"
    upfront = f" · {dollars(action.upfront_usd)} upfront" if action.upfront_usd else ""
    facts = [f"Effort {plain(action.effort)}{upfront}. Rests on {plain(action.confidence)}{sure}."]
    if action.resources:
        facts.append(f"{count(len(action.resources), 'instance')}: {plain(named(action.resources))}")
    if action.look_first:
        facts.append(
            f"**Look first** at {count(len(action.look_first), 'candidate')} of this family: "
            f"{plain(named(action.look_first))}"
        )
    _row(
        f"**{rank}. {plain(action.title)}**",
        facts,
        f"**{dollars(action.annual_saving_usd)}**",
        "saved, a year",
        Link(tab_of(action.link), _SECTIONS[action.step]),
        key=f"action {rank}",
    )


def _checks(view: View) -> None:
    st.markdown(
        "**To check**",
        help="Not savings, and not added up: the dollars that each row concerns overlap. What is "
        "checked and proves true comes into the ranked list, or is done elsewhere.",
    )
    problems: list[str] = []
    rows = _asked_for(view, problems)
    for text in problems:
        st.caption(f"Not asked: {plain(sentence(text))}")
    if not rows:
        st.caption("Nothing else stands out.")
        return
    # Without a ranked list above it this one has the place.
    first = ALONE if view.shown.usage.empty else FIRST
    every = _every(len(rows), "checks", f"Else the first {first}.")
    for at, row in enumerate(rows if every else rows[:first]):
        _row(
            f"**{plain(row.title)}**",
            [plain(row.reason)],
            f"**{dollars(row.concerned_usd)}**",
            plain(row.concerns),
            Link(tab_of(row.link), row.section),
            key=f"check {at}",
        )
    tables.download_frame(
        "Download what is to be checked",
        _check_frame(rows),
        "to_check.csv",
        help_text="All rows as CSV, with the resources that they concern.",
    )


def _asked_for(view: View, problems: list[str]) -> tuple[Check, ...]:
    estate = view.shown

    def told(answer: T | FinOpsError) -> T | None:
        if isinstance(answer, FinOpsError):
            problems.append(str(answer))
            return None
        return answer

    def where(holds: bool, ask: Callable[[], T | FinOpsError]) -> T | None:
        return told(ask()) if holds else None

    sizes = where(not estate.ec2.empty, lambda: asked.sizes(estate))
    return to_check(
        anomalies=where(estate.billed is not None, lambda: asked.out_of_the_ordinary(estate)),
        rightsizing=None if sizes is None else (sizes, estate.ec2),
        storage=where(not estate.s3.empty, lambda: asked.buckets(estate)) or (),
        advice=where(estate.usage.empty and not estate.ec2.empty, lambda: asked.advice(estate)),
        allocation=told(asked.allocation(estate)),
        compliance=told(asked.tag_compliance(estate)),
        budgets=told(asked.budgets_now(view.whole)),
    )


def _every(number: int, what: str, help_text: str) -> bool:
    """Whether all rows are to be drawn: the reader says so, or there are few."""
    if number <= FIRST + 1:
        return True
    return st.toggle(f"Show all {number}", key=f"all {what}", persist_state="session", help=help_text)


def _row(title: str, facts: Sequence[str], amount: str, unit: str, link: Link, *, key: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        with st.container(width="stretch", gap=None):
            st.markdown(title)
            for fact in facts:
                st.caption(fact)
        with st.container(width=180, gap=None):
            st.markdown(amount)
            st.caption(unit)
        with st.container(width=190):
            link_button(link, key=key)


def _frame(actions: Sequence[Action]) -> pd.DataFrame:
    rows = [
        {
            "rank": rank,
            "step": one.step,
            "title": one.title,
            "annual_saving_usd": one.annual_saving_usd,
            "upfront_usd": one.upfront_usd,
            "effort": one.effort,
            "confidence": one.confidence,
            "confidence_pct": one.confidence_pct,
            "details": one.link,
            "resources": " ".join(one.resources),
            "look_first": " ".join(one.look_first),
        }
        for rank, one in enumerate(actions, start=1)
    ]
    return pd.DataFrame(rows)


def _check_frame(rows: Sequence[Check]) -> pd.DataFrame:
    columns = ["title", "concerned_usd", "concerns", "reason", "details", "section", "resources"]
    return pd.DataFrame(
        [
            (
                *(one.title, one.concerned_usd, one.concerns, one.reason, one.link, one.section or ""),
                " ".join(one.resources),
            )
            for one in rows
        ],
        columns=columns,
    )


_COLUMNS = {
    "rank": tables.number("Rank", "In this order: each row is worth that once those above are done"),
    "step": tables.number("Step", "1: use less; 2: commit to what is left"),
    "title": tables.text("Action"),
    "annual_saving_usd": tables.dollars("Saved, a year", "Once the rows above are done"),
    "upfront_usd": tables.dollars("Upfront", "Paid on the day of purchase"),
    "effort": tables.text("Effort"),
    "confidence": tables.text("Rests on"),
    "confidence_pct": tables.percent("Confidence", "Calibrated probability that it pays; else empty"),
    "details": tables.text("Details in", "The tab"),
    "resources": tables.text("Resources"),
    "look_first": tables.text("Look first", "Candidates of the family and region of a purchase"),
}
