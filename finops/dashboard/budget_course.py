"""How does a budget's period run? Actual, the fan of the forecast, the budget and its thresholds."""

from __future__ import annotations

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from finops import charts
from finops.answers.budget_path import BudgetPath, PastDay, Point, budget_path
from finops.answers.budgets import Budget
from finops.answers.forecast import BOUNDS
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.bound_columns import BOUND_COLUMNS, with_bounds
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.budget_words import WORDS
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import dollars, percent, plain, sentence

SHOWN = "budget shown"
_TOGETHER, _EACH = "Cumulative", "Daily"
_COLUMNS = {
    "date": tables.day("Day"),
    "usd": tables.dollars("Actual", "Spent; of a coming day unknown"),
    "mean_usd": tables.dollars("Forecast", "The mean of the outcomes"),
    **BOUND_COLUMNS,
}


@st.fragment
def show(page: BudgetPage) -> None:
    """Draw the view."""
    budget, grain = _choose(page)
    path = answered(budget_path, page.estate, budget, progress="Following the period …")
    status = path.status
    word = WORDS[status.status]
    st.markdown(
        f"{word.markdown} {status.period_start} to {status.period_end} · day {status.days_elapsed} of "
        f"{status.days_total} · {status.cost_basis} cost"
    )
    _figures(path)
    if not path.past:
        st.info(
            plain(sentence(status.note or word.meaning or "No day of the period is known yet")),
            icon=":material/info:",
        )
        return
    _draw(path, cumulative=grain == _TOGETHER)
    said = [f"Forecast: {status.forecast_method}" if status.forecast_method else "No forecast"]
    if path.coming and path.coming[0].upper_80_usd is None:
        said.append("no interval: history is too short to test one, or there is no bill")
    if status.note:
        said.append(status.note)
    st.caption(plain(sentence("; ".join(said))))


def _choose(page: BudgetPage) -> tuple[Budget, str]:
    kept = {budget.id: budget for budget in page.book.budgets}
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = choose_one(left, kept, key=SHOWN)
    # No segmented control: on a dark page its chosen word has too little contrast.
    grain = right.radio(
        "Days", [_TOGETHER, _EACH], horizontal=True, key="budget grain", persist_state="session",
        help="Added up since the period began, or each day by itself.",
    )  # fmt: skip
    return kept[chosen], str(grain)


def choose_one(place: DeltaGenerator, kept: dict[str, Budget], *, key: str) -> str:
    """A box with the budgets; the id of the one that is chosen. There is one at least."""
    # What is gone cannot be shown: the first one is, then.
    if st.session_state.get(key) not in kept:
        st.session_state.pop(key, None)
    chosen: str = place.selectbox(
        "Budget", list(kept), key=key, persist_state="session",
        format_func=lambda one: kept[one].name if one in kept else "", help="One of the budgets.",
    )  # fmt: skip
    return chosen


def _figures(path: BudgetPath) -> None:
    status = path.status
    about = " (estimated)" if status.estimated else ""
    show_cards(
        [
            Card(
                label="Spent so far",
                value=dollars(status.actual_usd),
                change=f"{percent(status.percent_used)} of {dollars(status.amount_usd)}{about}",
                help="On the whole days that are known, against the amount of the period.",
            ),
            Card(
                label="Pace",
                value=percent(status.pace_pct, 0),
                change=f"{dollars(status.burn_rate_usd_per_day)} a day",
                help="Spent ÷ (amount × days elapsed ÷ days of the period): above 100 % money goes "
                "faster than a straight line to the amount.",
            ),
            Card(
                label="Forecast",
                value=dollars(status.forecast_usd),
                change=_interval(path),
                help="For the end of the period, and the interval that holds four of five outcomes.",
            ),
            Card(
                label="Reaches the amount",
                value="–" if status.breach_day is None else str(status.breach_day),
                change="chance to exceed "
                + (
                    "unknown"
                    if status.breach_probability is None
                    else percent(status.breach_probability * 100, 0)
                ),
                help="The day on which spend has reached, or is expected to reach, the amount; – where "
                "it does not within the period.",
            ),
        ]
    )


def _interval(path: BudgetPath) -> str:
    low, high = path.status.forecast_low_usd, path.status.forecast_high_usd
    if low is None or high is None:
        return "no interval"
    return f"80 %: {dollars(low, 0)} to {dollars(high, 0)}"


def _draw(path: BudgetPath, *, cumulative: bool) -> None:
    past = _past(path.past, cumulative=cumulative)
    coming = _coming(path.cumulative if cumulative else path.coming)
    drawn = coming
    if cumulative and not coming.empty:
        # The fan begins where the past ends.
        last = {"date": past["date"].iloc[-1], "mean_usd": past["usd"].iloc[-1]}
        known = coming["lower_80_usd"].notna().any()
        last |= dict.fromkeys(BOUNDS, last["mean_usd"] if known else float("nan"))
        drawn = pd.concat([pd.DataFrame([last]), coming], ignore_index=True)
    status = path.status
    figure = charts.budget_path(
        past,
        drawn,
        {line.text: line.usd for line in path.thresholds if line.usd != status.amount_usd}
        if cumulative
        else {},
        budget_usd=status.amount_usd if cumulative else status.amount_usd / status.days_total,
        cumulative=cumulative,
        plan=_plan(path) if cumulative else None,
    )
    grain = "since the period began" if cumulative else "a day"
    show_chart(
        figure,
        f"{status.name}: spent {grain}, forecast with intervals of 80 and 95 %, the budget and its "
        "thresholds",
    )
    both = pd.concat([past, coming], ignore_index=True)
    with st.expander("The days as a table", icon=":material/table:"):
        tables.table(both, _COLUMNS, alt="Each day of the period: actual, forecast and its bounds")
        tables.download_frame(
            "Download the days",
            both,
            "budget_days.csv",
            help_text="The table above as CSV.",
        )


def _plan(path: BudgetPath) -> tuple[float, float]:
    """The straight line to the amount: by the end of the first day that is drawn, and of the last."""
    status, last = path.status, (path.cumulative or path.past)[-1].date
    ends = ((day - status.period_start).days + 1 for day in (path.past[0].date, last))
    first_usd, last_usd = (status.amount_usd * days / status.days_total for days in ends)
    return first_usd, last_usd


def _past(days: tuple[PastDay, ...], *, cumulative: bool) -> pd.DataFrame:
    rows = [(day.date, day.to_date_usd if cumulative else day.day_usd) for day in days]
    return pd.DataFrame(rows, columns=["date", "usd"])


def _coming(points: tuple[Point, ...]) -> pd.DataFrame:
    return with_bounds([(point.date, point) for point in points], "date")
