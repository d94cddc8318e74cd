"""Would anomalies be found in this very bill, beside a simple rule, and are they shown?"""

from __future__ import annotations

import streamlit as st

from finops.answers.anomaly_course import DetectorCheck, check_note
from finops.dashboard.wording import count, percent, plain, sentence
from finops.money import share_pct

_SHOWN_SIZE_PCT = 50


def may_show(check: DetectorCheck | None) -> bool:
    """Where the rule finds more, that is said, and the reader is asked."""
    if check is None or check.verdict != "worse":
        return True
    st.warning(
        plain(f"{sentence(check_note(check))} So the anomalies found are shown only when asked for."),
        icon=":material/warning:",
    )
    return st.toggle(
        "Show them anyway", key="anomalies anyway", persist_state="session",
        help="A simple rule finds clearly more of the spikes that were planted into this bill, at as "
        "many alarms: what is listed are the largest, and others go unseen.",
    )  # fmt: skip


def show(check: DetectorCheck | None) -> None:
    """How well spikes are found; nothing where the bill is too short for one."""
    if check is None:
        return
    shown = {row.size_pct: row for row in check.planted}[_SHOWN_SIZE_PCT]
    sizes = "; ".join(
        f"+{row.size_pct} %: {row.found} of {row.spikes}, the rule {row.rule_found}"
        for row in check.planted
    )
    as_good = f" {plain(sentence(check_note(check)))}" if check.verdict == "as_good" else ""
    st.caption(
        f"Checked on this bill: of {count(shown.spikes, 'planted spike')} of +{shown.size_pct} % "
        f"{percent(share_pct(shown.found, shown.spikes), 0)} are found, at {check.alarms:.2f} alarms a "
        f"month and scope. The rule “today > mean × {check.rule_factor:.2f}” finds "
        f"{percent(share_pct(shown.rule_found, shown.spikes), 0)} at {check.rule_alarms:.2f}.{as_good}",
        help=f"Spikes of known size are planted into the {count(check.scopes, 'dearest scope')} of "
        f"{count(check.days, 'watched day')}, by a fixed seed, away from days that were out of the "
        f"ordinary anyway. {sizes}. Alarms are those of the bill as it is, where nothing was planted; "
        "some are real. The k of the rule is 1.2, or as much more as leaves it no more alarms than we "
        "have, or one where we have none. An alarm that the rule raises anyway is no spike found.",
    )
