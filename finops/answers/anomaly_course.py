"""How did the scopes of anomalies run, what do anomalies come to, and would one be found at all?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from finops.answers.anomalies import BASES, Anomaly, Feedback
from finops.estate import Estate
from finops.insights.daily_scopes import DailyScopes, daily_scopes
from finops.insights.detector_check import DetectorCheck, Planted, check_detector
from finops.insights.expectations import CourseDay, courses
from finops.periods import Month, Span

__all__ = [
    "AnomalyMonth",
    "CourseDay",
    "DetectorCheck",
    "Planted",
    "by_month",
    "check_note",
    "detector_check",
    "scope_courses",
]


@dataclass(frozen=True, slots=True)
class AnomalyMonth:
    """``anomalies`` that began in the month, and the dollars of its days beyond, and below, expected.

    ``less_usd`` is 0 or below. Days without a figure are in neither.
    """

    month: Month
    anomalies: int
    more_usd: float
    less_usd: float


def scope_courses(
    estate: Estate,
    basis: str,
    places: tuple[tuple[str, str], ...],
    feedback: tuple[Feedback, ...],
) -> Mapping[tuple[str, str], tuple[CourseDay, ...]]:
    """Every day from the first charge on, for each scope (dimension, value); ``total`` has the value "".

    All at once, for adding the charges up takes longest. A scope without a charge is not in it.
    """
    if estate.billed is None or estate.costs.empty:
        return {}
    return courses(_daily(estate, basis, estate.billed), places, feedback)


def detector_check(estate: Estate, basis: str) -> DetectorCheck | None:
    """Spikes planted into this bill, and how many are found; None where it is too short for one."""
    if estate.billed is None or estate.costs.empty:
        return None
    return check_detector(_daily(estate, basis, estate.billed))


def check_note(check: DetectorCheck) -> str:
    """Where a simple rule would do as well on this bill, or better: that, in words; else nothing."""
    both = (
        f"of the dollars of {check.spikes} planted spikes {check.found_pct:.0f} % are found at "
        f"{check.alarms:.2f} alarms a month and scope, and {check.rule_found_pct:.0f} % by the rule "
        f"“today > mean × {check.rule_factor:.2f}” at {check.rule_alarms:.2f}"
    )
    match check.verdict:
        case "worse":
            return f"a simple rule does better on this bill: {both}"
        case "as_good":
            return f"a simple rule would do as well on this bill: {both}"
    return ""


def _daily(estate: Estate, basis: str, billed: Span) -> DailyScopes:
    """The days that ``anomalies`` watches."""
    return daily_scopes(estate.costs, BASES[basis], billed)


def by_month(found: Iterable[Anomaly]) -> tuple[AnomalyMonth, ...]:
    """From the first month with an anomaly to the last, those between included."""
    began: dict[Month, int] = {}
    days: dict[Month, list[float]] = {}
    for one in found:
        began[Month.of(one.date)] = began.get(Month.of(one.date), 0) + 1
        for day in one.days:
            days.setdefault(Month.of(day.date), []).append(day.impact_usd or 0.0)
    if not days:
        return ()
    month, rows = min(days), []
    while month <= max(days):
        impacts = days.get(month, [])
        more = sum((usd for usd in impacts if usd > 0), 0.0)
        less = sum((usd for usd in impacts if usd < 0), 0.0)
        rows.append(AnomalyMonth(month, began.get(month, 0), more, less))
        month = month.next()
    return tuple(rows)
