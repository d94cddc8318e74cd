"""What happened in one anomaly? Its days, what was expected, its causes, and what is said of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import streamlit as st

from finops import charts
from finops.answers import anomalies as answers
from finops.answers.anomalies import PLANNED_DAYS, Anomaly, AnomalySettings, Feedback
from finops.answers.anomaly_course import CourseDay
from finops.dashboard import tables
from finops.dashboard.anomaly_words import NOTES, SEVERITIES, VERDICT_WORDS, days, kind
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import dollars, percent, plain, sentence
from finops.estate import Estate

_AROUND, _EVERY_DAY = "Around it", "All days"
_BEFORE, _AFTER = timedelta(days=42), timedelta(days=21)
_CAUSES = {
    "dimension": tables.text("Dimension", "Each dimension splits the impact by itself"),
    "value": tables.text("Value"),
    "impact_usd": tables.dollars("Impact", "Beyond the same weekdays of the four weeks before"),
    "share_pct": tables.percent("Share", "Of the impact: the values of a dimension add up to 100 %"),
}
_DAYS = {
    "date": tables.day("Day"),
    "actual_usd": tables.dollars("Actual", "– where the day has no figure"),
    "expected_usd": tables.dollars("Expected", "By the days before"),
    "impact_usd": tables.dollars("Impact", "Actual − expected"),
}
_BUTTONS = (
    ("yes", "Yes, an anomaly", "It is always listed, whatever its dollars."),
    ("no", "No, noise", "It is muted, and so is its like: the same scope and side, up to 1.5 × its "
     "dearest day."),
    ("planned", "Planned", "Its scope is not alarmed until the last day, and its new level is learnt "
     "at once."),
)  # fmt: skip


def show(
    estate: Estate,
    one: Anomaly,
    course: Sequence[CourseDay],
    settings: AnomalySettings,
    seen: tuple[Feedback, ...],
) -> None:
    """Draw the anomaly in the course of its scope. ``seen`` are the verdicts that the page shows."""
    with st.container(border=True):
        st.markdown(f"{SEVERITIES[one.severity]} **{plain(one.scope)}** · {kind(one)} · {days(one)}")
        st.markdown(f"{_impact(one)} Cause: {plain(one.cause)}.")
        _chart(one, course)
        _causes(one)
        _days(one)
        _feedback(estate, one, settings, seen)


def _impact(one: Anomaly) -> str:
    if one.impact_usd is None:
        return f"No figure, where {dollars(one.expected_usd)} were expected."
    by = "" if one.impact_pct is None else f", {percent(abs(one.impact_pct))}"
    word = "more" if one.impact_usd > 0 else "less"
    return (
        f"**{dollars(abs(one.impact_usd))} {word}**{by}: {dollars(one.actual_usd)} instead of "
        f"{dollars(one.expected_usd)}."
    )


def _chart(one: Anomaly, course: Sequence[CourseDay]) -> None:
    grain = st.radio(
        "Days", [_AROUND, _EVERY_DAY], horizontal=True, key="anomaly days", persist_state="session",
        help="Six weeks before it to three weeks after it, or the whole bill. The band is where a day "
        "is no anomaly by itself: 4.5 usual misses to either side.",
    )  # fmt: skip
    first, last = one.date - _BEFORE, one.end + _AFTER
    shown = [day for day in course if grain == _EVERY_DAY or first <= day.date <= last]
    amounts = ["actual_usd", "expected_usd", "lower_usd", "upper_usd"]
    frame = as_frame(shown, ["date", *amounts]).astype(dict.fromkeys(amounts, "float64"))
    theirs = {day.date for day in one.days}
    frame = frame.assign(anomalous=[day in theirs for day in frame["date"]])
    show_chart(
        charts.anomaly_days(frame),
        f"Cost a day of {one.scope} against what was expected; the anomaly lasts {days(one)}",
    )


def _causes(one: Anomaly) -> None:
    st.markdown("**Causes**", help="Each dimension but the scope's own, and the resources.")
    if not one.causes:
        st.caption("A day without a figure has no cause in the data.")
        return
    frame = as_frame(one.causes, list(_CAUSES))
    tables.table(frame, _CAUSES, alt="Values of each dimension that explain the impact")
    tables.download_frame(
        "Download the causes", frame, f"causes_{one.id}.csv", help_text="The table above as CSV."
    )


def _days(one: Anomaly) -> None:
    amounts = ("actual_usd", "expected_usd", "impact_usd")
    frame = as_frame(one.days, list(_DAYS)).astype(dict.fromkeys(amounts, "float64"))
    with st.expander("The days as a table", icon=":material/table:"):
        tables.table(frame, _DAYS, alt="The days of the anomaly: actual, expected and impact")
        tables.download_frame(
            "Download the days", frame, f"days_{one.id}.csv", help_text="The table above as CSV."
        )


def _feedback(
    estate: Estate, one: Anomaly, settings: AnomalySettings, seen: tuple[Feedback, ...]
) -> None:
    given = {entry.anomaly_id: entry for entry in seen}.get(one.id)
    if given is None:
        st.markdown("**Was it one?** What you say is kept for everybody who reads this estate.")
    else:
        until = f" until {given.until}" if given.verdict == "planned" else ""
        note = f": {plain(given.note)}" if given.note else ""
        st.markdown(f"Said to be **{VERDICT_WORDS[given.verdict]}**{until}{note}.")
    with st.form(f"anomaly feedback {one.id}", border=False):
        note_column, until_column = st.columns([3, 1])
        note_column.text_input(
            "Note", "" if given is None else given.note, max_chars=500, key=_key(one, "note"),
            help="Why, for colleagues.",
        )  # fmt: skip
        usual = one.date + timedelta(days=PLANNED_DAYS - 1)
        planned = given is not None and given.verdict == "planned"
        until_column.date_input(
            "Planned until", max(given.until, one.date) if given and planned else usual,
            min_value=one.date, format="YYYY-MM-DD", key=_key(one, "until"),
            help="The last day of a planned change; of no matter for the others.",
        )  # fmt: skip
        with st.container(horizontal=True):
            for verdict, label, what in _BUTTONS:
                st.form_submit_button(
                    label, help=what, key=_key(one, verdict), on_click=_give,
                    args=(estate, one, verdict, settings, seen),
                )  # fmt: skip
    if given is not None:
        st.button(
            "Take back", icon=":material/undo:", type="tertiary", key=_key(one, "back"),
            on_click=take_back, args=(estate, one.id, seen),
            help="Forget what was said of it.",
        )  # fmt: skip


def _key(one: Anomaly, what: str) -> str:
    return f"anomaly {what} {one.id}"


def _give(
    estate: Estate,
    one: Anomaly,
    verdict: answers.Verdict,
    settings: AnomalySettings,
    seen: tuple[Feedback, ...],
) -> None:
    until: date | None = st.session_state.get(_key(one, "until"))
    note = str(st.session_state.get(_key(one, "note"), "")).strip()
    NOTES.attempt(
        lambda: answers.give_feedback(
            estate,
            one.id,
            verdict,
            at=datetime.now(UTC),
            until=until if verdict == "planned" else None,
            note=note,
            settings=settings,
            seen=seen,
        ),
        sentence(f"kept: {one.scope}, {days(one)}, is {VERDICT_WORDS[verdict]}"),
    )


def take_back(estate: Estate, anomaly_id: str, seen: tuple[Feedback, ...]) -> None:
    """Forget a verdict, unless somebody has changed it since it was shown."""
    NOTES.attempt(
        lambda: answers.take_back(anomaly_id, sample=estate.is_sample, seen=seen), "Taken back"
    )
