"""Has such advice paid in the past? What was promised, what came of it, and what was possible."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.backtest import BacktestedAdvice, Fold, WindowChoice, backtest_advice
from finops.answers.commitments import CommitmentSettings
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.asked import asked_for
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, percent, plain, sentence
from finops.errors import FinOpsError
from finops.estate import Estate

_FOLDS = {
    "purchase_on": tables.day("Bought on", "The first day after what was known"),
    "window_days": tables.number("Days known", "The window that the fold was sized on"),
    "purchases": tables.number("Rows", "Purchases"),
    "promised_savings_usd": tables.dollars("Promised", "On the window before, for as many hours"),
    "realized_savings_usd": tables.dollars("Realised", "In the days after the purchase"),
    "hindsight_savings_usd": tables.dollars("Possible", "The best purchases for those very days"),
    "captured_pct": tables.percent("Captured", "Realised ÷ possible"),
}
_LOST = {
    "purchase_on": tables.day("Bought on"),
    "instance_type": tables.text("Type"),
    "region": tables.text("Region"),
    "served_usd": tables.dollars("At On-Demand rates", "Of the hours that the purchases served"),
    "cost_usd": tables.dollars("Cost", "What the purchases took for them, unused part included"),
}
_WINDOWS = {
    "days": tables.number("Days", "Of usage that advice is sized on"),
    "trend_adjusted": tables.boolean("Trend", "Carried forward by the trend of the fleet"),
    "regret_pct": tables.number(
        "Above the cheapest", "How much more than the cheapest window it cost, in percent", "%.2f%%"
    ),
    "above_default_pct": tables.number(
        "Against the default", "How much more than the default it cost, in percent", "%.2f%%"
    ),
    "standard_error_pct": tables.number(
        "±",
        "Standard error of that: another window is taken where it is cheaper by twice as much",
        "%.2f%%",
    ),
}


@st.fragment
def show(estate: Estate, settings: CommitmentSettings) -> None:
    """Draw the view."""
    st.subheader(
        "Back-test",
        help="Goes back in time: at each origin it buys what this advice would have named from the days "
        "before, beside what was owned then, and bills the days after it.",
    )
    if estate.usage.empty:
        st.info(
            "There is nothing to test on: a back-test needs 90 days of hourly usage. Upload usage, or a "
            "bill with hours of instances.",
            icon=":material/info:",
        )
        return
    if not asked_for(
        "Run the back-test",
        (estate.digest, settings),
        key="backtest",
        what="Buys and bills anew at several points of the past, with the settings above. That takes up "
        "to two minutes, once.",
    ):
        return
    try:
        found = answered(
            backtest_advice, estate, settings, progress="Buying in the past and billing what came …"
        )
    except FinOpsError as error:
        st.error(plain(error), icon=":material/error:")
        return
    _totals(found)
    _folds(found)
    _windows(found.window)
    _lost(found.report.folds)
    st.caption("\n".join(f"- {plain(sentence(note))}" for note in found.notes))


def _totals(found: BacktestedAdvice) -> None:
    report = found.report
    each = f"{count(len(report.folds), 'purchase')} in {count(report.history_days, 'day')}, each billed "
    each += f"over the {report.horizon_days} days after it."
    show_cards(
        [
            Card(
                label="Captured",
                value=percent(report.captured_pct),
                help=f"Realised ÷ possible in hindsight. {each}",
            ),
            Card(
                label="Promised",
                value=dollars(report.promised_savings_usd),
                help="What the purchases save on the window before each, for as many hours as came "
                "after.",
            ),
            Card(
                label="Realised",
                value=dollars(report.realized_savings_usd),
                help="What they did save in the days after: horizons of neighbours overlap, so this "
                "is for "
                "comparing, not dollars of one period.",
            ),
            Card(
                label="Pools that lost money",
                value=percent(report.losing_pools_pct),
                help="Share of the pools, fold by fold, whose hours cost more than they would have "
                "On-Demand.",
            ),
        ]
    )
    st.caption(each)


def _folds(found: BacktestedAdvice) -> None:
    frame = as_frame(found.report.folds, list(_FOLDS))
    bars = frame.rename(
        columns={
            "promised_savings_usd": "promised_usd",
            "realized_savings_usd": "realised_usd",
            "hindsight_savings_usd": "hindsight_usd",
        }
    ).assign(fold=[str(day) for day in frame["purchase_on"]])
    show_chart(
        charts.backtest_bars(bars),
        "Savings promised, realised and possible in hindsight, for each day of purchase",
    )
    tables.table(frame, _FOLDS, alt="Each purchase of the past and what came of it")


def _windows(window: WindowChoice) -> None:
    st.markdown(
        "**How much of the past to size on**",
        help="The window whose advice came nearest to the least possible bill is taken.",
    )
    trend = ", carried forward by the trend" if window.trend_adjusted else ""
    st.caption(f"Advice of today: the last {window.days} days{trend}. {plain(sentence(window.note))}")
    if window.candidates:
        frame = as_frame(window.candidates, list(_WINDOWS))
        tables.table(frame, _WINDOWS, alt="Windows compared by back-test")


def _lost(folds: tuple[Fold, ...]) -> None:
    rows = [
        {"purchase_on": fold.purchase_on, **_cells(pool)} for fold in folds for pool in fold.losing_pools
    ]
    st.markdown(
        "**Pools that lost money**",
        help="Pools whose hours under the purchases of a fold cost more than they would have On-Demand.",
    )
    if not rows:
        st.caption("None, in no fold.")
        return
    tables.table(pd.DataFrame(rows), _LOST, alt="Pools that lost money, with the purchase")


def _cells(pool: object) -> dict[str, object]:
    return {name: getattr(pool, name) for name in _LOST if name != "purchase_on"}
