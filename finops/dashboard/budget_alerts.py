"""Alerts: which hold now and who has them in hand, which there were, and where each was sent."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from finops.answers import alerts
from finops.answers.alerts import AlertEntry, AlertOverview, Channels, DeliveryLine, Raised, raised_by
from finops.answers.anomalies import Feedback, verdicts
from finops.answers.compliance import TaggingPolicy, policy_in_force
from finops.dashboard import alert_list, tables
from finops.dashboard.answered import answered
from finops.dashboard.budget_page import BudgetPage
from finops.dashboard.budget_words import ALERT_STATES, DELIVERIES, SEVERITIES
from finops.dashboard.records import as_frame
from finops.dashboard.sidebar import AS_OF
from finops.dashboard.wording import count, plain, sentence
from finops.errors import ChannelError, StateError
from finops.estate import Estate

_HISTORY = {
    "raised_on": tables.day("Raised"),
    "severity": tables.text("Severity"),
    "state": tables.text("State"),
    "holds": tables.text("Holds now"),
    "subject": tables.text("About"),
    "message": tables.text("What"),
    "by": tables.text("By", "Who did something with it last"),
    "note": tables.text("Note"),
    "actual_usd": tables.dollars("Actual", "Measured when it was raised"),
    "forecast_usd": tables.dollars("Forecast", "For the end of the period"),
    "amount_usd": tables.dollars("Budget", "The amount"),
    "period_start": tables.day("Period from"),
    "sent": tables.text("Delivered to"),
}
_DELIVERIES = {
    "channel": tables.text("Channel"),
    "subject": tables.text("Alert about"),
    "what": tables.text("State"),
    "attempts": tables.number("Attempts", "Messages that held it"),
    "delivered": tables.text("Delivered"),
    "next": tables.text("Tried again from"),
    "last_error": tables.text("Last error"),
}


@st.fragment
def show(page: BudgetPage) -> None:
    """Draw the view."""
    if page.alerts is None:
        st.info("The record of alerts cannot be used; see above.", icon=":material/info:")
        return
    others = answered(
        _raised,
        page.estate,
        _policy(),
        _verdicts(page.estate),
        progress="Asking commitments, tags and daily costs …",
    )
    raised = (*page.answer.alerts, *others.alerts)
    try:
        found = alerts.overview(raised, datetime.now(UTC), channels())
    except StateError as error:
        st.error(plain(error), icon=":material/error:")
        return
    st.subheader(
        "Active alerts",
        help="What holds on the as-of date: of budgets in their present period, of commitments, of "
        "tag compliance, and anomalies of the last 30 days.",
    )
    for warning in others.warnings:
        st.caption(plain(sentence(warning)))
    if found.active and (not page.estate.is_sample or AS_OF in st.query_params):
        st.caption(
            "These are of your own data or day. Who acknowledges or snoozes one does so for everybody, "
            "and it is sent nowhere."
        )
    if found.active:
        alert_list.show(found.active, raised)
    else:
        st.success("No alert is active.", icon=":material/check_circle:")
    _history(found)
    _deliveries(found)


def channels() -> Channels:
    """The channels that the environment or Streamlit's secrets name, and what is wrong with them."""
    try:
        named = alerts.channels()
        if named.usable or named.problems:
            return named
        return alerts.channels(_secret())
    except ChannelError as error:
        return Channels(problems=(str(error),))


def _secret() -> str:
    # Asked first, or Streamlit writes on the page that there is no file of secrets.
    return str(st.secrets.get(alerts.URLS, "")) if st.secrets.load_if_toml_exists() else ""


def _policy() -> TaggingPolicy | None:
    """The policy in force, None where it cannot be used: then the alerts say why."""
    try:
        return policy_in_force()
    except StateError:
        return None


def _verdicts(estate: Estate) -> tuple[Feedback, ...] | None:
    """What people said of anomalies, None where it cannot be used: then the alerts say why."""
    try:
        return verdicts(estate)
    except StateError:
        return None


def _raised(
    estate: Estate, policy: TaggingPolicy | None, feedback: tuple[Feedback, ...] | None
) -> Raised:
    return raised_by(estate, policy=policy, feedback=feedback)


def _history(found: AlertOverview) -> None:
    with st.expander(f"History: {count(len(found.history), 'alert')}", icon=":material/history:"):
        if not found.history:
            st.caption("No alert was raised so far.")
            return
        frame = as_frame(found.history, [name for name in _HISTORY if name not in {"holds", "sent"}])
        frame["severity"] = [SEVERITIES[one.severity].word for one in found.history]
        frame["state"] = [_state(one) for one in found.history]
        frame["holds"] = ["yes" if one.active else "no" for one in found.history]
        frame["sent"] = [", ".join(one.delivered_to) for one in found.history]
        tables.table(frame, _HISTORY, alt="Every alert, and what was done with it, newest first")
        tables.download_frame(
            "Download the history", frame, "alert_history.csv", help_text="The table above as CSV."
        )


def _state(entry: AlertEntry) -> str:
    until = "" if entry.snoozed_until is None else f" until {entry.snoozed_until}"
    return ALERT_STATES[entry.state].word + until


def _deliveries(found: AlertOverview) -> None:
    with st.expander(
        f"Delivery: {count(len(found.channels), 'channel')}, {count(len(found.deliveries), 'record')}",
        icon=":material/outgoing_mail:",
    ):
        for problem in found.channel_problems:
            st.warning(plain(sentence(problem)), icon=":material/warning:")
        if found.channels:
            st.markdown("Channels: " + ", ".join(f"**{plain(label)}**" for label in found.channels))
        else:
            st.caption(
                plain(
                    f"No channel is named. Set {alerts.URLS} in the environment or in Streamlit's "
                    "secrets to URLs of Apprise (mail, Slack, Teams, webhook, SNS)."
                )
            )
        st.caption(
            "The dashboard sends nothing: `python -m finops budgets check --notify` does, from cron, "
            "and `python -m finops budgets alerts try` says whether a channel works."
        )
        if not found.deliveries:
            st.caption("Nothing was sent so far.")
            return
        frame = as_frame(found.deliveries, ["channel", "subject", "attempts", "last_error"])
        frame["what"] = [DELIVERIES[one.state] for one in found.deliveries]
        frame["delivered"] = [_moment(one.delivered_at) for one in found.deliveries]
        frame["next"] = [_next(one) for one in found.deliveries]
        tables.table(frame.iloc[::-1], _DELIVERIES, alt="Every alert on every channel, newest first")
        tables.download_frame(
            "Download the record", frame, "alert_deliveries.csv", help_text="The table above as CSV."
        )


def _next(line: DeliveryLine) -> str:
    return _moment(line.next_attempt_at) if line.state == "pending" else ""


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
