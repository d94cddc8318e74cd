"""What will the coming twelve months cost, as things are and if something changes?

The forecast is of the whole estate, or of a scope that is chosen here: the filters of the sidebar do not
apply to it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.budget_scopes import scope_values
from finops.answers.cost_basis import usable_bases
from finops.answers.forecast import SCOPE_TYPES
from finops.answers.outlook import Bounded, MonthAhead, Outlook, OutlookSettings, outlook
from finops.answers.scenario import Scenario, ScenarioMonth, scenario
from finops.dashboard import outlook_scenario, outlook_tables
from finops.dashboard.answered import answered
from finops.dashboard.bound_columns import with_bounds
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.view import View
from finops.dashboard.wording import count, dollars, percent, plain, sentence
from finops.errors import FinOpsError

_ALONE, _TOGETHER = "Month by month", "Added up"
_BASES = {
    "effective": "effective (upfront payments spread over their term)",
    "billed": "billed (on the day that it is charged)",
}
_SCOPES = tuple(word for word in SCOPE_TYPES if word != "tag")


@st.fragment
def show(view: View) -> None:
    """Draw the section."""
    if view.is_filtered:
        st.caption("The forecast is of the whole estate: the filters do not apply. Choose a scope here.")
    settings = _choose(view)
    if settings is None:
        return
    try:
        found = answered(outlook, view.whole, settings, progress="Replaying the history …")
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    headline = st.container()
    with st.container(border=True):
        st.markdown("**Scenario**", help="What you assume beside the forecast. Nothing of it is kept.")
        growth = outlook_scenario.choose_growth(len(found.months))
        accepted = outlook_scenario.choose_actions(view, found)
        assumed = scenario(found, accepted, growth)
        if assumed.purchases_at_most:
            st.caption(
                "Usage shrinks: part of what is purchased goes unused, and it saves at most what "
                "is shown."
            )
    with headline:
        show_cards(_cards(found, assumed))
        _said(found)
    _draw(found, assumed)
    outlook_tables.show(found, assumed)


def _choose(view: View) -> OutlookSettings | None:
    """The scope and the basis; None as long as a scope lacks its value."""
    type_column, value_column, basis_column = st.columns([1, 2, 2])
    scope_type = type_column.selectbox(
        "Scope", _SCOPES, key="outlook scope", persist_state="session",
        help="What is forecast, as for a budget; total is everything.",
    )  # fmt: skip
    value: str | None = ""
    if scope_type != "total":
        known = answered(scope_values, view.whole)
        value = value_column.selectbox(
            "Value", known.get(scope_type, ()), index=None, key=f"outlook value {scope_type}",
            persist_state="session", placeholder="Choose one", help="As it is in the data.",
        )  # fmt: skip
    usable = usable_bases(view.whole) or ("billed",)
    basis = usable[0]
    if len(usable) > 1:
        basis = basis_column.radio(
            "Cost", usable, horizontal=True, key="outlook basis", persist_state="session",
            help="; ".join(f"{name}: {what}" for name, what in _BASES.items()),
        )  # fmt: skip
    if not value and scope_type != "total":
        st.info(f"Choose which {scope_type} is to be forecast.", icon=":material/tune:")
        return None
    return OutlookSettings(scope_type=scope_type, scope_value=value or "", basis=str(basis))


def _cards(found: Outlook, assumed: Scenario) -> list[Card]:
    first, last = found.months[0], found.months[-1]
    span = f"{first.month} to {last.month}"
    kind = "run rate of the resource lists" if found.estimated else f"{found.basis} cost"
    return [
        Card(
            label=f"As is, {count(len(found.months), 'month')}",
            value=dollars(assumed.as_is_usd, 0),
            change=span,
            help=f"The sum of the expected cost of the months {span}, {kind}, if nothing is done.",
            rising_is="neutral",
        ),
        Card(
            label="Scenario",
            value=dollars(assumed.total_usd, 0),
            change=f"{_signed(assumed.difference_usd)} against as is",
            help="The same months with the growth and the actions that are chosen below.",
            rising_is="neutral",
        ),
        Card(
            label=f"Next month, {first.month}",
            value=dollars(first.alone.mean_usd, 0),
            change=_interval(first.alone),
            help="What the first whole month is expected to cost as is, and between which dollars four "
            "of five outcomes lie.",
            rising_is="neutral",
        ),
        _score(found),
    ]


def _score(found: Outlook) -> Card:
    about = (
        "Mean absolute error one month ahead, in percent of what the months cost, over replays that "
        "know only the days before. Beside it the best of three naive rules: the last month again, the "
        "last week again, the run rate of four weeks. The table below has every horizon."
    )
    if not found.tested:
        return Card(
            label="Missed before", value="–", change="not tested", help=about, rising_is="neutral"
        )
    row = found.tested[0]
    naive = found.naive or ""
    beside = f"{naive}: {percent(row.missed_pct.get(naive))}"
    return Card(
        label="Missed before, a month ahead",
        value=percent(row.missed_pct.get(found.method)),
        change=beside if found.beaten else "a naive rule: the model was no better",
        help=about,
        rising_is="neutral",
    )


def _signed(usd: float) -> str:
    return f"{'+' if usd >= 0.5 else ''}{dollars(usd, 0)}"


def _interval(part: Bounded) -> str:
    if part.lower_80_usd is None:
        return "no interval"
    return f"80 %: {dollars(part.lower_80_usd, 0)} to {dollars(part.upper_80_usd, 0)}"


def _said(found: Outlook) -> None:
    """Which method it is, how far its interval reaches, and what the figures lack."""
    if found.estimated:
        st.info(
            "**No statistical forecast: there is no history.** Each month is the run rate of the "
            "resource lists, and no trend is read from launch dates. Upload a bill with daily costs for "
            "a forecast with intervals; scenarios work all the same.",
            icon=":material/history_toggle_off:",
        )
    parts = [f"Method: {found.method}; days of history: {found.history_days}"]
    if not found.beaten and found.naive is not None:
        parts.append("the model of this dashboard missed no less than this naive rule, which is shown")
    if found.tested:
        reach = found.months[found.bounded_months - 1].month if found.bounded_months else None
        parts.append(
            f"intervals to {reach}: further than that they cannot be tested on this history"
            if reach is not None and found.bounded_months < len(found.months)
            else "no interval can be tested on this history"
            if reach is None
            else "intervals throughout"
        )
    st.caption(plain(" ".join(map(sentence, (*parts, *found.notes)))))


def _draw(found: Outlook, assumed: Scenario) -> None:
    grain = st.radio(
        "Months", [_ALONE, _TOGETHER], horizontal=True, key="outlook grain", persist_state="session",
        help="Each month by itself, or added up from the first coming one on.",
    )  # fmt: skip
    together = grain == _TOGETHER
    coming = _dollars_of(found.months, together=together)
    changed = abs(assumed.difference_usd) >= 0.005 or bool(assumed.actions)
    line = _dollars_of(assumed.months, together=together)
    past = [(str(row.month), row.usd, "month") for row in found.past[-12:]]
    if found.running is not None:
        past.append((f"{found.running.period_start:%Y-%m}", found.running.total_usd, "running"))
    known = [] if together else past
    figure = charts.month_fan(
        pd.DataFrame(known, columns=["month", "usd", "kind"]),
        coming,
        line if changed else None,
        cumulative=together,
    )
    show_chart(figure, _told(found, assumed, past=len(known), changed=changed))


def _dollars_of(
    months: Sequence[MonthAhead] | Sequence[ScenarioMonth], *, together: bool
) -> pd.DataFrame:
    rows = [(str(row.month), row.to_date if together else row.alone) for row in months]
    return with_bounds(rows, "month")


def _told(found: Outlook, assumed: Scenario, *, past: int, changed: bool) -> str:
    """What the chart draws, in words."""
    before = f"{count(past, 'past month')} and of " if past else ""
    span = f"{found.months[0].month} to {found.months[-1].month}"
    reach = found.bounded_months
    bounds = f", with intervals of 80 and 95 % of the first {count(reach, 'month')}" if reach else ""
    beside = f"; the scenario {dollars(assumed.total_usd, 0)}" if changed else ""
    whole = dollars(found.total_usd, 0)
    return f"Cost of {before}{span} as is, {whole} in all{bounds}{beside}".replace("\\", "")
