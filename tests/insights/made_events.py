"""Three resources and what befalls them, and the anomalies of a bill of them."""

from __future__ import annotations

from finops.insights.anomalies import Found, find_anomalies
from finops.insights.anomaly_feedback import Feedback
from finops.insights.daily_scopes import daily_scopes
from tests.insights.made_costs import DAYS, Resource, bill, span

WEB = Resource("i-web", 300.0, team="Web", region="us-east-1")
DATA = Resource("i-data", 200.0, account="222222222222", team="Data", region="eu-west-1")
LOGS = Resource("b-logs", 100.0, service="Amazon Simple Storage Service", team="Web")


def storm(at: int) -> float | None:
    """$700 on three days."""
    return {60: 200.0, 61: 400.0, 62: 100.0}.get(at)


STORM = Resource(
    "b-storm", storm, service="Amazon Simple Storage Service", account="222222222222", team="Web"
)


def found(*resources: Resource, days: int = DAYS, feedback: tuple[Feedback, ...] = ()) -> Found:
    return find_anomalies(
        daily_scopes(bill(*resources, days=days), "EffectiveCost", span(days)), feedback
    )
