"""A planned change ends: its end alarms nobody, and what begins in the week after it is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from finops.insights.anomaly_feedback import Feedback
from finops.insights.daily_scopes import daily_scopes
from finops.insights.expectations import planned_changes
from tests.insights.made_costs import FIRST, Resource, bill, on, span
from tests.insights.made_events import DATA, LOGS, WEB, found

ACCOUNT = "333333333333"


def plan(first: date, last: date, anomaly_id: str = "plan") -> Feedback:
    return Feedback(
        anomaly_id=anomaly_id,
        verdict="planned",
        dimension="account",
        value=ACCOUNT,
        side=1,
        start=first,
        until=last,
        dearest_day_usd=0,
        given_at=datetime(2026, 5, 1, tzinfo=UTC),
    )


def loaded(usd: Callable[[int], float]) -> Resource:
    return Resource("i-load", usd, account=ACCOUNT, region="eu-west-1", team="Load")


@pytest.mark.parametrize(
    ("planned", "later", "days", "whole"),
    [
        (300.0, -120.0, range(66, 100), None),
        (-200.0, 120.0, range(66, 100), None),
        (-200.0, 200.0, range(66, 69), 600.0),
        (300.0, 110.0, range(66, 68), 220.0),
    ],
)
def test_what_is_new_after_the_end_of_a_planned_change_is_told(
    planned: float, later: float, days: range, whole: float | None
) -> None:
    """$300 a day, another level in the planned fortnight from day 50, and a third one from day 66."""

    def usd(at: int) -> float:
        return 300.0 + (planned if 50 <= at < 64 else later if at in days else 0.0)

    (one,) = found(WEB, DATA, LOGS, loaded(usd), feedback=(plan(on(50), on(63)),)).anomalies
    assert one.date == on(66)
    assert one.impact_usd is not None
    if whole is None:  # until the new level is learnt
        assert one.impact_usd / later == pytest.approx(len(one.days), rel=0.01)
        assert len(one.days) >= 14
    else:
        assert one.impact_usd == pytest.approx(whole)


def test_the_end_of_what_was_planned_before_the_first_charge_alarms_nobody() -> None:
    """$600 a day up to day 35, then $300, planned from ten days before the bill begins."""
    ending = loaded(lambda at: 600.0 if at <= 35 else 300.0)
    assert found(WEB, DATA, LOGS, ending).anomalies
    planned = plan(FIRST - timedelta(days=10), on(35))
    assert found(WEB, DATA, LOGS, ending, feedback=(planned,)).anomalies == ()


def test_plans_of_one_scope_that_overlap_or_touch_are_one() -> None:
    daily = daily_scopes(bill(WEB, loaded(lambda at: 1.0)), "EffectiveCost", span())
    spans = [(60, 73, "b"), (67, 80, "c"), (10, 20, "a"), (81, 82, "d"), (84, 85, "e")]
    plans = [plan(on(first), on(last), name) for first, last, name in spans]
    days = [one.days.tolist() for one in planned_changes(daily, plans)]
    assert days == [list(range(10, 21)), list(range(60, 83)), [84, 85]]
