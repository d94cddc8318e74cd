"""How are severities, kinds and verdicts of anomalies called, and which state do their views share?"""

from __future__ import annotations

from collections.abc import Mapping

from finops.answers.anomalies import Anomaly, Feedback
from finops.dashboard.notes import Notes

SECTION = "insight"
NOTES = Notes("anomaly", SECTION)
SEVERITIES: Mapping[str, str] = {
    "high": ":red-badge[:material/error: high]",
    "medium": ":orange-badge[:material/warning: medium]",
    "low": ":gray-badge[:material/info: low]",
}
VERDICT_WORDS: Mapping[str, str] = {"yes": "an anomaly", "no": "noise", "planned": "planned"}


def kind(one: Anomaly) -> str:
    """``level shift``"""
    return one.kind.replace("_", " ")


def days(one: Anomaly) -> str:
    """``2026-10-06``, or ``2026-10-06 to 2026-10-16``."""
    return str(one.date) if one.date == one.end else f"{one.date} to {one.end}"


def scope_of(entry: Feedback) -> str:
    """``account 333344445555``, and ``total``."""
    return f"{entry.dimension} {entry.value}".strip()
