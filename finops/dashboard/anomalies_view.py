"""Which costs were out of the ordinary, what came of them, and what is said of each?

Anomalies are looked for in the whole estate: the filters of the sidebar do not apply to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers import anomalies as answers
from finops.answers.anomalies import Anomaly, AnomalyReport, AnomalySettings, Feedback, anomalies
from finops.answers.anomaly_course import CourseDay, by_month, detector_check, scope_courses
from finops.answers.cost_basis import usable_bases
from finops.dashboard import anomaly_check, anomaly_detail, anomaly_verdicts, broken_state, tables
from finops.dashboard.anomaly_words import NOTES, SEVERITIES, VERDICT_WORDS, days, kind
from finops.dashboard.answered import answered
from finops.dashboard.cards import Card, show_cards
from finops.dashboard.figures import show_chart
from finops.dashboard.view import View
from finops.dashboard.wording import dollars, plain, sentence
from finops.errors import FinOpsError, StateError
from finops.estate import Estate

_EVERY = "all"
_SHOWN = "anomaly shown"
_TABLE = "anomaly table"
_COLUMNS = {
    "severity": tables.text(
        "Severity",
        "High: 8 usual misses or more, and a quarter of what the estate costs on a usual day. "
        "Medium: 5, and a twentieth.",
    ),
    "date": tables.day("First day"),
    "end": tables.day("Last day"),
    "scope": tables.text("Scope", "Where it is told best: an event is listed once"),
    "kind": tables.text("Kind"),
    "impact_usd": tables.dollars("Impact", "Actual − expected on its days; – where data is missing"),
    "impact_pct": tables.percent("Impact, %", "Impact ÷ expected; – where that is next to nothing"),
    "actual_usd": tables.dollars("Actual", "On its days"),
    "expected_usd": tables.dollars("Expected", "On its days, by the days before"),
    "cause": tables.text("Cause", "The values and resources that explain most of the impact"),
    "said": tables.text("Said", "What people said of it"),
    "id": tables.text("Id", "As the command line names it"),
}


def show(view: View) -> None:
    """Draw the section."""
    NOTES.show()
    if view.is_filtered:
        st.caption("Anomalies are looked for in the whole estate: the filters do not apply.")
    try:
        said = answers.verdicts(view.whole)
    except StateError as error:
        broken_state.show(error, NOTES, answers.reset_feedback)
        return
    if view.whole.billed is None or view.whole.costs.empty:
        _needs_a_bill()
        return
    settings = _choose(view)
    try:
        report = answered(anomalies, view.whole, settings, said, progress="Watching each day …")
    except FinOpsError as error:
        st.error(plain(sentence(str(error))), icon=":material/error:")
        return
    check = answered(detector_check, view.whole, settings.basis, progress="Planting spikes …")
    nothing = not report.anomalies and not report.muted
    if nothing or anomaly_check.may_show(check):
        _show(view, settings, report, said)
    anomaly_verdicts.show(view.whole, said)
    anomaly_check.show(check)


def _show(
    view: View, settings: AnomalySettings, report: AnomalyReport, said: tuple[Feedback, ...]
) -> None:
    found = _filtered(report)
    show_cards(_cards(report, found))
    if report.notes:
        st.caption(plain(" ".join(map(sentence, report.notes))))
    if found:
        _list(report, found)
        one = _chosen(found)
        course = _courses(view.whole, report, said)[one.dimension, one.value]
        anomaly_detail.show(view.whole, one, course, settings, said)
    else:
        st.info(_nothing(report), icon=":material/check_circle:")


def _needs_a_bill() -> None:
    st.info(
        "**Anomalies need daily costs.** Resource lists say what things cost an hour, not what a day "
        "cost. Upload a Cost and Usage Report or FOCUS data in the sidebar, under “Bill, usage, "
        "commitments, accounts”.",
        icon=":material/monitoring:",
    )


def _courses(
    estate: Estate, report: AnomalyReport, said: tuple[Feedback, ...]
) -> Mapping[tuple[str, str], tuple[CourseDay, ...]]:
    """The courses of all scopes with an anomaly, so that choosing another one is no work."""
    places = {(one.dimension, one.value) for one in (*report.anomalies, *report.muted)}
    return answered(
        scope_courses, estate, report.basis, tuple(sorted(places)), said, progress="Following each …"
    )


def _choose(view: View) -> AnomalySettings:
    basis_column, least_column = st.columns(2)
    basis = basis_column.radio(
        "Cost", usable_bases(view.whole) or tuple(answers.BASES), horizontal=True, key="anomaly basis",
        persist_state="session",
        help="Effective cost spreads upfront payments over their term, so that a purchase is no anomaly "
        "of its day; billed cost has them on that day.",
    )  # fmt: skip
    least = least_column.number_input(
        "Least dollars", 0.0, value=None, step=10.0, key="anomaly least", persist_state="session",
        placeholder="a twentieth of a usual day",
        help="What comes to less is not listed; empty: a twentieth of what the estate costs on a usual "
        "day.",
    )  # fmt: skip
    return AnomalySettings(basis=str(basis), min_usd=least)


def _filtered(report: AnomalyReport) -> tuple[Anomaly, ...]:
    """The anomalies of the scopes and severities that the reader wants, the latest first."""
    type_column, value_column, severity_column, muted_column = st.columns(
        [2, 3, 3, 2], vertical_alignment="bottom"
    )
    every = (*report.anomalies, *report.muted)
    scope_type = type_column.selectbox(
        "Scope", (_EVERY, *answers.SCOPE_TYPES), key="anomaly scope", persist_state="session",
        help="Where an anomaly is listed, or a value that explains half of it.",
    )  # fmt: skip
    value = None
    if scope_type not in {_EVERY, answers.SCOPE_TYPES[0]}:
        names = {name for one in every for kind_of, name in answers.places(one) if kind_of == scope_type}
        value = value_column.selectbox(
            "Value", sorted(names), index=None, key=f"anomaly value {scope_type}",
            persist_state="session", placeholder="any",
        )  # fmt: skip
    severities = severity_column.multiselect(
        "Severity", list(SEVERITIES), key="anomaly severity", persist_state="session",
        placeholder="any", help="By how unusual its days were, and by dollars.",
    )  # fmt: skip
    muted = muted_column.checkbox(
        "Muted", key="anomaly muted", persist_state="session",
        help="List those, too, that were said to be noise, and their like.",
    )  # fmt: skip
    return tuple(
        one
        for one in sorted(every if muted else report.anomalies, key=lambda one: one.date, reverse=True)
        if (not severities or one.severity in severities)
        and answers.belongs_to(one, "" if scope_type == _EVERY else scope_type, value or "")
    )


def _nothing(report: AnomalyReport) -> str:
    if report.anomalies or report.muted:
        return "No anomaly fits what is chosen above."
    return (
        f"Nothing was out of the ordinary from {report.period_start} to {report.period_end}, by "
        f"{dollars(report.min_usd)} or more."
    )


def _cards(report: AnomalyReport, found: Sequence[Anomaly]) -> list[Card]:
    months = by_month(found)
    high = sum(one.severity == "high" for one in found)
    span = f"{report.period_start} to {report.period_end}"
    return [
        Card(
            label="Anomalies",
            value=f"{len(found):,}",
            change=f"{high:,} of high severity",
            help=f"From {span}, {report.basis} cost; the first four weeks are learnt from only. Those "
            "listed below.",
            rising_is="neutral",
        ),
        Card(
            label="More than expected",
            value=dollars(sum(row.more_usd for row in months), 0),
            change="on their days",
            help="The sum of actual − expected over the days of the anomalies listed that cost more.",
            rising_is="neutral",
        ),
        Card(
            label="Less than expected",
            value=dollars(sum(row.less_usd for row in months), 0),
            change="on their days",
            help="The same over the days that cost less. Days without a figure are not counted.",
            rising_is="neutral",
        ),
        Card(
            label="A usual day",
            value=dollars(report.usual_day_usd, 0),
            change=f"from {dollars(report.min_usd, 0)} on it is listed",
            help="The median day of the estate, which severity is measured by.",
            rising_is="neutral",
        ),
    ]


def _list(report: AnomalyReport, found: Sequence[Anomaly]) -> None:
    rows = by_month(found)
    months = pd.DataFrame(
        [(str(row.month), row.anomalies, row.more_usd, row.less_usd) for row in rows],
        columns=["month", "anomalies", "more_usd", "less_usd"],
    )
    show_chart(
        charts.anomaly_months(months),
        "Dollars more and less than expected on anomalous days, by month: "
        + ", ".join(f"{row.month} {row.more_usd + row.less_usd:,.0f} USD" for row in rows),
    )
    frame = _frame(found)
    st.caption("Choose a row to see its days and its causes.")
    tables.selectable(
        frame,
        _COLUMNS,
        alt="Anomalies, the latest first",
        key=_TABLE,
        on_select=lambda: _choose_row([one.id for one in found]),
    )
    tables.download_frame(
        "Download the anomalies", frame, "anomalies.csv", help_text="The table above as CSV."
    )


def _frame(found: Sequence[Anomaly]) -> pd.DataFrame:
    rows = [
        {
            "severity": one.severity,
            "date": one.date,
            "end": one.end,
            "scope": one.scope,
            "kind": kind(one),
            "impact_usd": one.impact_usd,
            "impact_pct": one.impact_pct,
            "actual_usd": one.actual_usd,
            "expected_usd": one.expected_usd,
            "cause": one.cause,
            "said": "" if one.verdict is None else VERDICT_WORDS[one.verdict],
            "id": one.id,
        }
        for one in found
    ]
    numbers = ("impact_usd", "impact_pct", "actual_usd", "expected_usd")
    return pd.DataFrame(rows).astype(dict.fromkeys(numbers, "float64"))


def _choose_row(ids: Sequence[str]) -> None:
    rows = st.session_state[_TABLE].selection.rows
    if rows and rows[0] < len(ids):
        st.session_state[_SHOWN] = ids[rows[0]]


def _chosen(found: Sequence[Anomaly]) -> Anomaly:
    by_id = {one.id: one for one in found}
    # What is muted, or filtered away, cannot be shown: the first one is, then.
    if st.session_state.get(_SHOWN) not in by_id:
        st.session_state.pop(_SHOWN, None)
    shown = st.selectbox(
        "Anomaly", list(by_id), key=_SHOWN, persist_state="session",
        format_func=lambda one: f"{days(by_id[one])} · {by_id[one].scope} · {kind(by_id[one])}"
        if one in by_id else "",
        help="Which one is shown below.",
    )  # fmt: skip
    return by_id[shown]
