"""In which word, icon and colour is a status or a severity said? Never in a colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from finops.charts import theme


@dataclass(frozen=True, slots=True)
class Word:
    """A status in a word, with an icon, the colours of badge and chart, and what it means."""

    word: str
    icon: str
    badge: Literal["green", "orange", "red", "gray", "violet", "blue"]
    colour: str
    meaning: str = ""

    @property
    def markdown(self) -> str:
        """A badge."""
        return f":{self.badge}-badge[{self.icon} {self.word}]"


# The worst first.
WORDS: Mapping[str, Word] = {
    "exceeded": Word("Exceeded", ":material/error:", "red", theme.BAD, "Spend has reached the amount."),
    "forecast_exceeded": Word(
        "Will exceed",
        ":material/trending_up:",
        "orange",
        theme.WARNING,
        "The forecast for the period's end reaches the amount.",
    ),
    "warning": Word(
        "Warning",
        ":material/warning:",
        "orange",
        theme.WARNING,
        "Spend has reached a threshold of 80 % or more.",
    ),
    "no_match": Word(
        "Matches no cost",
        ":material/search_off:",
        "violet",
        theme.NEUTRAL,
        "No cost at all is in its scope, which is another thing than $0.00: check the value.",
    ),
    "unknown": Word(
        "Unknown", ":material/help:", "gray", theme.NEUTRAL, "The data do not hold the whole period."
    ),
    "ok": Word(
        "On track",
        ":material/check_circle:",
        "green",
        theme.GOOD,
        "No threshold of 80 % or more is reached, and the forecast stays inside the budget.",
    ),
    "paused": Word(
        "Paused", ":material/pause_circle:", "gray", theme.NEUTRAL, "It is followed and alerts nobody."
    ),
}
SEVERITIES: Mapping[str, Word] = {
    "exceeded": Word("Exceeded", ":material/error:", "red", theme.BAD),
    "action_required": Word("Action required", ":material/warning:", "orange", theme.WARNING),
    "forecast": Word("Forecast", ":material/trending_up:", "violet", theme.VIOLET),
    "pace": Word("Early burn", ":material/speed:", "orange", theme.WARNING),
    "early_warning": Word("Early warning", ":material/info:", "gray", theme.NEUTRAL),
}
ALERT_STATES: Mapping[str, Word] = {
    "open": Word("Open", ":material/notifications_active:", "blue", theme.MAIN),
    "acknowledged": Word("Acknowledged", ":material/done_all:", "green", theme.GOOD),
    "snoozed": Word("Snoozed", ":material/snooze:", "gray", theme.NEUTRAL),
}
DELIVERIES: Mapping[str, str] = {
    "delivered": "Delivered",
    "pending": "Waiting",
    "sending": "Being sent",
    "held": "Held: acknowledged or snoozed",
}
