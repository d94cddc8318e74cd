"""What does a message about alerts say? What, how many dollars, in which period, and what to do.

It is plain text. Names of budgets, owners and tags are written by people and arrive from bills: they
stay on their line, call nobody and hide no address behind other words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from finops.alerts import Alert, Severity
from finops.money import usd
from finops.notify import Message

WORDS: dict[Severity, str] = {
    "exceeded": "exceeded",
    "action_required": "action required",
    "forecast": "forecast to exceed",
    "pace": "early burn",
    "early_warning": "early warning",
}
_ORDER = {severity: place for place, severity in enumerate(WORDS)}
_LONGEST_SUBJECT = 150
_JOINER = "\u2060"  # invisible, and no part of a mention, a link or an address


def digest(alerts: Sequence[Alert]) -> Message:
    """One message about all of these, the gravest first. Ids show a reader what arrived twice."""
    ranked = sorted(alerts, key=lambda alert: (_ORDER[alert.severity], alert.source, alert.subject))
    return Message(subject=_subject(ranked), body="\n\n".join(map(_paragraph, ranked)) + "\n")


def as_data(text: str) -> str:
    """The text on one line, without what chat programs take for mentions, tags or links."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    line = line.replace("<", "‹").replace(">", "›").replace("](", f"]{_JOINER}(")
    line = line.replace("://", f":{_JOINER}//")
    return re.sub(r"(?<![\w.])@(?=\w)", f"@{_JOINER}", line)


def _subject(ranked: Sequence[Alert]) -> str:
    if len(ranked) == 1:
        text = f"FinOps: {WORDS[ranked[0].severity]}: {as_data(ranked[0].subject)}"
    else:
        counts = Counter(alert.severity for alert in ranked)
        parts = ", ".join(
            f"{counts[severity]} {WORDS[severity]}" for severity in WORDS if counts[severity]
        )
        text = f"FinOps: {len(ranked)} alerts: {parts}"
    return text if len(text) <= _LONGEST_SUBJECT else text[: _LONGEST_SUBJECT - 1] + "…"


def _paragraph(alert: Alert) -> str:
    lines = [
        f"{WORDS[alert.severity].upper()}: {as_data(alert.message)}",
        f"Dollars: {_dollars(alert)}",
        f"Period: {_period(alert)}",
        f"What to do: {as_data(alert.action)}" if alert.action else "",
        f"Alert {alert.id}, seen on {alert.raised_on}",
    ]
    return "\n".join(line for line in lines if line)


def _dollars(alert: Alert) -> str:
    if alert.source != "budget":
        return "unknown" if alert.actual_usd is None else f"{usd(alert.actual_usd)} a month"
    forecast = "" if alert.forecast_usd is None else f", forecast {usd(alert.forecast_usd)}"
    return f"actual {usd(alert.actual_usd)}{forecast}, budget {usd(alert.amount_usd)}"


def _period(alert: Alert) -> str:
    if alert.period_end is None:
        return f"from {alert.period_start}"
    if alert.period_end == alert.period_start:
        return str(alert.period_start)
    return f"{alert.period_start} to {alert.period_end}"
