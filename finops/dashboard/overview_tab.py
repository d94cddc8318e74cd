"""The Overview tab: what is spent, on what, how it moves, and what to do first."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.overview import Overview
from finops.answers.ranking import top_and_rest, top_series
from finops.dashboard import (
    actions_view,
    data_quality,
    movers_view,
    overview_answers,
    overview_cards,
    reconciliation_view,
    tables,
)
from finops.dashboard.figures import show_chart
from finops.dashboard.side_by_side import Titled, side_by_side
from finops.dashboard.view import View
from finops.dashboard.wording import basis_text, basis_word, plain
from finops.estate import DOLLARS
from finops.schema import NO_VALUE

SHOWN = 8
_DIMENSIONS = {"Service": "service", "Region": "region", "Team": "team", "Account": "account"}


def show(view: View) -> None:
    """Draw the tab. What takes longest is worked out last, and stands where it belongs."""
    estate = view.shown
    if estate.ec2.empty and estate.s3.empty and estate.costs.empty:
        st.info("Nothing is left to show. Clear a filter, or upload a resource list in the sidebar.")
        return
    answer = overview_answers.spend(estate)
    foreign = view.whole.currency not in {None, DOLLARS}
    if foreign:
        st.info(
            f"**The bill is in {plain(str(view.whole.currency))}.** Figures here are in US dollars, so "
            "they are those of the resource lists alone; what the bill comes to in its own currency "
            "stands under Data quality.",
            icon=":material/currency_exchange:",
        )
    overview_cards.show_costs(answer, estate)
    decisions, first = st.container(), st.container()
    _over_time(answer, foreign=foreign)
    movers_view.show(estate)
    _where_it_goes(answer)
    if answer.reconciliation is not None:
        reconciliation_view.show(answer.reconciliation)
    else:
        st.caption(_no_reconciliation(view))
    data_quality.show_summary(view.whole)
    with decisions:
        overview_cards.show_decisions(view)
    with first:
        actions_view.show(view)


@st.fragment
def _over_time(answer: Overview, *, foreign: bool) -> None:
    st.subheader(
        "Cost over time",
        help=f"{basis_word(answer.basis)} from the bill, by day or calendar month; the six dearest and "
        "the rest. The last month goes as far as the bill.",
    )
    if answer.basis.source == "inventory":
        st.caption(
            "Costs over time are in US dollars, and the bill is not."
            if foreign
            else "A resource list is a moment: it has no history. Give a bill in the sidebar."
        )
        return
    left, right = st.columns(2)
    dimension = left.radio(
        "Cost by", list(_DIMENSIONS), key="over_time_by", horizontal=True, persist_state="session"
    )
    grain = right.radio(
        "Grain", ["Months", "Days"], key="grain", horizontal=True, persist_state="session"
    )
    by, days = _DIMENSIONS[dimension], grain == "Days"
    frame = answer.daily[by] if days else answer.monthly[by]
    if set(frame["name"]) <= {NO_VALUE}:
        st.caption(f"The bill does not say which {by} a charge belongs to.")
        return
    when = "date" if days else "month"
    folded, names = top_series(frame, when)
    draw = charts.daily_lines if days else charts.stacked_months
    show_chart(
        draw(folded, names),
        f"{basis_word(answer.basis)} a {'day' if days else 'month'} by {by}: {', '.join(names)}",
    )
    tables.download_frame(
        "Download cost over time",
        frame,
        f"cost_by_{by}_and_{when}.csv",
        help_text=f"Every {by} and {when} as CSV, nothing folded.",
    )


def _no_reconciliation(view: View) -> str:
    if view.filters.states:
        return "A charge has no state: clear the filter by state to see the steps from run rate to bill."
    return (
        "With a resource list and a bill in US dollars that spreads upfront payments, the steps from "
        "the run rate of the list to the bill are shown here."
    )


def _where_it_goes(answer: Overview) -> None:
    st.subheader("Where it goes", help=f"{basis_text(answer.basis)}; the {SHOWN} largest and the rest.")
    pairs = (
        ("By service", answer.by_service),
        ("By region", answer.by_region),
        ("By team", answer.by_team),
        ("By account", answer.by_account),
    )
    for left, right in (pairs[:2], pairs[2:]):
        side_by_side(
            [
                Titled(title=title, draw=partial(_ranked, title, ranked, answer))
                for title, ranked in (left, right)
            ]
        )


def _ranked(title: str, ranked: pd.DataFrame, answer: Overview) -> None:
    if ranked.empty or list(ranked["name"]) == [NO_VALUE]:
        st.caption("The data do not say.")
        return
    shown, what = top_and_rest(ranked, SHOWN), title.removeprefix("By ").capitalize()
    if answer.previous_usd is None:
        figure = charts.ranked_bars(shown, rows=what)
    else:
        figure = charts.compared_bars(shown, now=answer.basis.period, before="month before", rows=what)
    show_chart(figure, f"Cost {title.lower()}, most expensive first")
