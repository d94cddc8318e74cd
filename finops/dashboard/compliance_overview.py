"""How far is tag compliance from its target, where are the gaps, and what is the shortest way?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers import tag_policies
from finops.answers.compliance import Compliance, recorded, to_target
from finops.answers.remediation import Chosen, violations
from finops.dashboard import tables
from finops.dashboard.compliance_page import NOTES, CompliancePage
from finops.dashboard.compliance_words import KINDS, RESOURCE_COLUMNS
from finops.dashboard.figures import show_chart
from finops.dashboard.records import as_frame
from finops.dashboard.wording import count, dollars, percent, plain, sentence
from finops.money import usd

_MOST_TEAMS = 12
_CELLS = {"Resources": "violating", "Dollars a month": "violating_cost_usd"}
_BY = {"cost": "dollars", "count": "resources"}


def show(page: CompliancePage) -> None:
    """Draw the view."""
    _gauges(page.answer)
    _heat_map(page.answer)
    left, right = st.columns(2, gap="large")
    with left:
        _trend(page)
    with right:
        _apart(page.answer)
    _shortest_path(page.answer)


def _gauges(answer: Compliance) -> None:
    report = answer.report
    shares = (
        ("By count", report.compliance_pct, "resources"),
        ("By cost", report.compliance_by_cost_pct, "dollars"),
    )
    for column, (title, value, what) in zip(st.columns(2, gap="large"), shares, strict=True):
        with column:
            st.markdown(f"**{title}** · {_against(value, report.target_pct)}")
            show_chart(
                charts.percent_gauge(value, report.target_pct),
                f"{percent(value)} of the {what} comply with the tag policy; the target is "
                f"{report.target_pct:g}%",
            )
    st.markdown(
        " · ".join(
            f"{KINDS[line.kind]}: **{count(line.resources, 'resource')}**, "
            f"{dollars(line.monthly_cost_usd)}"
            for line in report.by_kind
        ),
        help="The three kinds of violation, with what the resources cost in a month. A resource may "
        "have more than one.",
    )


def _against(value: float | None, target: float) -> str:
    if value is None:
        return "not known"
    if value >= target:
        return f":material/check_circle: on target ({target:g}%)"
    return f":material/warning: {target - value:.1f} points below the target of {target:g}%"


@st.fragment
def _heat_map(answer: Compliance) -> None:
    title, choice = st.columns([2, 1], vertical_alignment="bottom")
    title.subheader(
        "Gaps by tag and team",
        help="How many resources of a team violate a mandatory key, or what they cost in a month. Teams "
        "are read under any spelling of the key Team; (none) has none.",
    )
    drawn = choice.radio(
        "Cells are", list(_CELLS), key="tags cells", persist_state="session",
        horizontal=True,
    )  # fmt: skip
    fields = ["key", "team", "resources", "violating", "violating_cost_usd", "compliance_pct"]
    frame = as_frame(answer.report.by_tag_and_team, fields)
    teams = [line.name for line in answer.report.by_team]
    if len(teams) > _MOST_TEAMS:
        st.caption(f"The {_MOST_TEAMS} dearest of {len(teams)} teams; the table has all.")
    value = _CELLS[drawn]
    shown = teams[:_MOST_TEAMS]
    show_chart(
        charts.tag_by_team(frame, answer.policy.required, shown, value=value), _worst(frame, value)
    )
    with st.expander("The cells as a table"):
        tables.table(frame, _CELL_COLUMNS, alt="Violations by tag and team")


def _worst(frame: pd.DataFrame, value: str) -> str:
    """What the heat map shows, for those who cannot see it: the pair with the most."""
    if frame.empty or not frame[value].max():
        return "Violations by tag and team: none"
    worst = frame.iloc[int(frame[value].to_numpy().argmax())]
    return (
        f"Violations by tag and team; most for {worst['key']} in {worst['team']}: "
        f"{worst['violating']} of {worst['resources']} resources, "
        f"{usd(worst['violating_cost_usd'])} a month"
    )


def _trend(page: CompliancePage) -> None:
    st.subheader(
        "Over time",
        help="The figures of a day are kept when somebody looks at them, here or on the command line: "
        "the last of a day counts. Filtered figures are another question and are not kept.",
    )
    trend, warnings = recorded(page.view.shown, page.answer, keep=page.whole)
    for warning in warnings:
        st.warning(plain(sentence(warning)), icon=":material/warning:")
        st.button(
            "Put the broken file out of the way",
            icon=":material/drive_file_move:",
            on_click=_reset,
        )
    if not page.whole:
        st.caption("Of the whole estate: what is filtered or left out is not kept.")
    frame = as_frame(trend, ["as_of", "compliance_pct", "compliance_by_cost_pct", "policy"])
    shown = frame.rename(columns={"as_of": "date"}).astype({"date": "datetime64[us]"})
    target = page.answer.report.target_pct
    last = f"; on {trend[-1].as_of} {percent(trend[-1].compliance_pct)} by count" if trend else ""
    show_chart(
        charts.compliance_over_time(shown, target),
        f"Tag compliance on {count(len(trend), 'day')}, target {target:g}%{last}",
    )
    if len(trend) == 1:
        st.caption("There is one day so far: the line begins with the second.")


def _reset() -> None:
    NOTES.attempt(tag_policies.reset, "Files that cannot be read are renamed")


def _apart(answer: Compliance) -> None:
    st.subheader(
        "What no tag explains",
        help="Charges of the month that belong to no listed resource. They are in no percentage above.",
    )
    if not answer.apart:
        st.caption("Nothing, or there is no bill, or a filter is set.")
        return
    for part in answer.apart:
        st.markdown(f"**{dollars(part.monthly_cost_usd)}** – {plain(part.reason)} ({part.resources:,})")


@st.fragment
def _shortest_path(answer: Compliance) -> None:
    path = answer.report.path_to_target
    title, choice = st.columns([2, 1], vertical_alignment="bottom")
    title.subheader(
        f"The shortest way to {path.target_pct:g}%",
        help="The fewest resources that reach the target when they are put right, dearest first.",
    )
    by = choice.radio(
        "Reach it by", list(_BY), format_func=_BY.__getitem__, key="tags path",
        persist_state="session", horizontal=True,
    )  # fmt: skip
    steps = path.by_cost if by == "cost" else path.by_count
    if steps is None:
        st.caption("There is no percentage to reach.")
        return
    if not steps.resources:
        st.success("The target is reached.", icon=":material/check_circle:")
        return
    st.markdown(
        f"Put right **{count(steps.resources, 'resource')}** of {len(answer.report.non_compliant):,} "
        f"({dollars(steps.monthly_cost_usd)} a month): that gives **{percent(steps.reaches_pct)}** "
        f"by {'cost' if by == 'cost' else 'count'}."
    )
    rows = to_target(answer, violations(answer, Chosen()), by)
    tables.table(rows, RESOURCE_COLUMNS, alt="The fewest resources that reach the target")
    tables.download_frame(
        "Download these resources", rows, f"tags_to_target_by_{by}.csv",
        help_text="What each of them misses, as CSV.",
    )  # fmt: skip


_CELL_COLUMNS = {
    "team": tables.text("Team"),
    "key": tables.text("Tag"),
    "resources": tables.number("Resources", "Of the team"),
    "violating": tables.number("Violating", "Resources that violate the key"),
    "violating_cost_usd": tables.dollars("$ violating", "What they cost in a month"),
    "compliance_pct": tables.percent("Good", "Resources with a good value of the key ÷ all of the team"),
}
