"""How do budgets come from AWS Budgets and go there, and how is a deleted one brought back?"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from finops.answers import budgets
from finops.answers.budgets import BudgetImport
from finops.dashboard import budget_notes, tables
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, plain, sentence
from finops.errors import FinOpsError

_ROUND = "aws upload round"
_DONE = "aws import"
_RESULT = {
    "name": tables.text("Budget"),
    "action": tables.text("What became of it"),
    "followed": tables.text("Followed here"),
    "reason": tables.text("Why not"),
    "reported_usd": tables.dollars("AWS said", "The actual spend that AWS had calculated"),
    "reported_forecast_usd": tables.dollars("AWS forecast", "The forecast that AWS had calculated"),
    "reported_pct": tables.percent("AWS used", "Actual ÷ limit, by AWS's own figures"),
}


def show(page: BudgetPage) -> None:
    """Draw the view."""
    left, right = st.columns(2, gap="large")
    with left:
        _import()
    with right:
        _export(page)
    if (done := st.session_state.get(_DONE)) is not None:
        _result(done)
    _deleted(page)


def _import() -> None:
    st.subheader(
        "From AWS Budgets",
        help="The JSON of `aws budgets describe-budgets`, with the notifications of "
        "`describe-notifications-for-budget` where you have them. A budget that exists under its name "
        "is brought up to date; what AWS has no place for stays.",
    )
    key = f"aws budgets {st.session_state.get(_ROUND, 0)}"
    file = st.file_uploader("AWS Budgets (JSON)", type=["json"], key=key, help="Nothing is sent to AWS.")
    if st.button(
        "Import", type="primary", icon=":material/upload:", disabled=file is None, key="aws take over"
    ):
        assert file is not None
        _take_over(file.name, file.getvalue())


def _take_over(name: str, content: bytes) -> None:
    try:
        done = budgets.import_text(content.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        st.error(f"{plain(name)} is not UTF-8 text. Nothing was imported.", icon=":material/error:")
        return
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.session_state[_DONE] = done
    # Another key is another uploader, without its file.
    st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1
    budget_notes.say(f"Imported {count(len(done.budgets), 'budget')} of {name}")
    st.rerun()


def _result(done: BudgetImport) -> None:
    st.markdown(f"**{plain(done.file)}**")
    for warning in done.warnings:
        st.warning(plain(sentence(warning)), icon=":material/warning:")
    frame = as_frame(done.budgets, [name for name in _RESULT if name != "followed"])
    frame["followed"] = ["yes" if one.tracked else "no" for one in done.budgets]
    tables.table(frame, _RESULT, alt="What became of each budget of the file")


def _export(page: BudgetPage) -> None:
    st.subheader(
        "To AWS Budgets", help="Every budget in the form that AWS reads; imported ones as they came."
    )
    if not page.book.kept:
        st.caption("There is no budget to export.")
        return
    try:
        export = budgets.export_text()
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    if export.warnings:
        with st.expander(f"What AWS has no place for: {count(len(export.warnings), 'note')}"):
            st.markdown("\n".join(f"- {plain(sentence(warning))}" for warning in export.warnings))
    tables.download_text(
        "Download AWS Budgets JSON",
        lambda: budgets.export_text().text,
        "aws_budgets.json",
        help_text=f"{count(export.budgets, 'budget')}, with notifications.",
        mime="application/json",
    )


def _deleted(page: BudgetPage) -> None:
    gone: Sequence[budgets.Budget | budgets.UntrackedBudget] = page.book.deleted[::-1]
    st.subheader("Deleted", help="The last 100, latest first.")
    if not gone:
        st.caption("None.")
        return
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(
        "Deleted budget", gone, format_func=lambda one: one.name, key="budget gone",
        help="It comes back as it was, under its id, with its alerts.",
    )  # fmt: skip
    right.button(
        "Bring it back", icon=":material/restore_from_trash:", width="stretch",
        on_click=budget_notes.restore, args=(chosen,),
    )  # fmt: skip
