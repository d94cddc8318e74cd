"""Anomalies by month, the course of a scope, and verdicts of two people at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from finops import Estate
from finops.answers.anomalies import FeedbackBook, anomalies, give_feedback, take_back, verdicts
from finops.answers.anomaly_course import AnomalyMonth, by_month, detector_check, scope_courses
from finops.errors import StateChanged
from finops.insights.anomalies import Anomaly, DayImpact
from finops.periods import Month
from finops.schema import COSTS

NOW = datetime(2026, 10, 19, tzinfo=UTC)


def anomaly(*days: tuple[date, float | None]) -> Anomaly:
    return Anomaly(
        id="one",
        date=days[0][0],
        end=days[-1][0],
        dimension="total",
        value="",
        scope="total",
        kind="spike",
        actual_usd=None,
        expected_usd=0.0,
        impact_usd=None,
        impact_pct=None,
        severity="low",
        z=None,
        cause="",
        causes=(),
        days=tuple(DayImpact(day, usd, 0.0, usd) for day, usd in days),
    )


def test_a_month_has_its_days_and_the_anomalies_that_began_in_it() -> None:
    """30 and 40 in January, 5 and −7 in March; a day without a figure counts nothing."""
    over = anomaly((date(2026, 1, 31), 30.0), (date(2026, 3, 1), 5.0))
    under = anomaly((date(2026, 3, 2), -7.0), (date(2026, 3, 3), None))
    assert by_month([over, anomaly((date(2026, 1, 5), 40.0)), under]) == (
        AnomalyMonth(Month(2026, 1), 2, 70.0, 0.0),
        AnomalyMonth(Month(2026, 2), 0, 0.0, 0.0),
        AnomalyMonth(Month(2026, 3), 1, 5.0, -7.0),
    )
    assert by_month([]) == ()


def test_months_add_up_to_the_impacts_of_the_sample(sample: Estate) -> None:
    found = anomalies(sample, feedback=()).anomalies
    months = by_month(found)
    assert sum(row.more_usd + row.less_usd for row in months) == pytest.approx(
        sum(one.impact_usd for one in found)
    )
    assert sum(row.anomalies for row in months) == len(found)


def test_the_course_of_a_scope_is_its_cost_on_the_bill(sample: Estate) -> None:
    place = ("account", "333344445555")
    days = scope_courses(sample, "effective", (place,), ())[place]
    costs = sample.costs
    mine = costs[
        costs["SubAccountId"].eq("333344445555")
        & ~costs["ChargeCategory"].isin(["Credit", "Tax"])
        & costs["ChargePeriodStart"].dt.strftime("%Y-%m-%d").eq("2026-10-10")
    ]
    [day] = [one for one in days if one.date == date(2026, 10, 10)]
    assert day.actual_usd == pytest.approx(float(mine["EffectiveCost"].astype("float64").sum()))
    listed = replace(sample, costs=COSTS.empty(), billed=None, currency=None)
    assert scope_courses(listed, "effective", (("total", ""),), ()) == {}
    early = replace(sample, costs=COSTS.empty())  # a bill that begins after as_of
    assert scope_courses(early, "effective", (("total", ""),), ()) == {}
    assert detector_check(early, "effective") is None


def test_a_verdict_that_somebody_changed_meanwhile_is_not_overwritten(sample: Estate) -> None:
    one, other = (found.id for found in anomalies(sample, feedback=()).anomalies[:2])
    seen = verdicts(sample)
    give_feedback(sample, other, "yes", at=NOW, seen=seen)
    # Another anomaly's verdict is no reason to refuse.
    give_feedback(sample, one, "planned", at=NOW, note="theirs", seen=seen)
    with pytest.raises(StateChanged, match="just said planned"):
        give_feedback(sample, one, "no", at=NOW, seen=seen)
    with pytest.raises(StateChanged):
        take_back(one, sample=True, seen=seen)
    kept = {entry.anomaly_id: entry for entry in verdicts(sample)}
    assert (kept[one].note, kept[other].verdict) == ("theirs", "yes")
    take_back(one, sample=True, seen=verdicts(sample))
    with pytest.raises(StateChanged, match="just said nothing"):
        FeedbackBook().give(kept[one], seen=(kept[one],))
    # Without what was seen, as on the command line, the last one wins.
    give_feedback(sample, other, "no", at=NOW)
    assert [entry.verdict for entry in verdicts(sample)] == ["no"]
