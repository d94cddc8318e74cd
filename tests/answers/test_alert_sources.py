"""Commitments, tags and anomalies alert at their limits and before their ends, and not otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from finops.answers.alert_sources import (
    AlertLimits,
    anomaly_alerts,
    commitment_alerts,
    compliance_alerts,
    raised_by,
)
from finops.answers.anomalies import AnomalySettings, Feedback, anomalies
from finops.answers.commitments import coverage
from finops.answers.compliance import compliance
from finops.answers.coverage_tracking import holdings
from finops.schema import COMMITMENTS, COSTS, EC2, S3, USAGE

if TYPE_CHECKING:
    from finops import Estate
    from finops.alerts import Alert

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


def of(alerts: tuple[Alert, ...], kind: str) -> list[Alert]:
    return [alert for alert in alerts if alert.kind == kind]


def test_coverage_alerts_below_the_target_with_the_dollars_that_are_missing(sample: Estate) -> None:
    report = coverage(sample)
    (found,) = of(commitment_alerts(sample), "coverage")
    # 70 % of the eligible dollars less those covered, of a month of 730 hours.
    missing = (report.eligible_usd * 0.7 - report.covered_usd) * 730 / report.hours
    assert found.actual_usd == pytest.approx(missing)
    assert found.measured == report.coverage_pct
    assert (found.source, found.threshold, found.unit) == ("commitment", 70, "percent")
    assert (found.period_start, found.period_end, found.raised_on) == (FIRST, LAST, sample.as_of)
    assert report.coverage_pct is not None
    at_it = AlertLimits(coverage_pct=report.coverage_pct)
    assert of(commitment_alerts(sample, at_it), "coverage") == []


def test_an_underused_commitment_alerts_with_its_waste_and_what_to_do(sample: Estate) -> None:
    (idle,) = holdings(sample).underused
    (found,) = of(commitment_alerts(sample), "utilization")
    assert found.subject_id == idle.commitment_id
    assert (found.actual_usd, found.measured) == (idle.wasted_monthly_usd, idle.utilization_pct)
    assert found.action == idle.what_to_do
    assert found.subject.startswith("Reserved Instance 6 × c5.2xlarge in us-west-2")
    less = AlertLimits(utilization_pct=idle.utilization_pct)
    assert of(commitment_alerts(sample, less), "utilization") == []


def ends_in(sample: Estate, days: int) -> Estate:
    """The sample, of whose commitments one ends so many days after ``as_of``."""
    end = pd.Timestamp(sample.as_of + timedelta(days=days), tz="UTC")
    owned = sample.commitments.head(1).assign(End=end)
    return replace(sample, commitments=COMMITMENTS.conform(owned))


@pytest.mark.parametrize(
    ("days", "notice", "severity"),
    [
        (61, None, ""),
        (60, 60, "early_warning"),
        (31, 60, "early_warning"),
        (30, 30, "action_required"),
        (8, 30, "action_required"),
        (7, 7, "action_required"),
        (2, 7, "action_required"),
    ],
)
def test_an_end_alerts_at_the_tightest_notice_alone(
    sample: Estate, days: int, notice: int | None, severity: str
) -> None:
    estate = ends_in(sample, days)
    found = of(commitment_alerts(estate), "expiry")
    assert [(one.threshold, one.measured, one.severity) for one in found] == (
        [] if notice is None else [(notice, days, severity)]
    )
    assert all(one.period_start == estate.as_of + timedelta(days=days) for one in found)


def test_notices_of_ones_own(sample: Estate) -> None:
    limits = AlertLimits(expiry_days=(45,))
    (found,) = of(commitment_alerts(ends_in(sample, 40), limits), "expiry")
    assert (found.threshold, found.severity) == (45, "action_required")
    assert of(commitment_alerts(ends_in(sample, 46), limits), "expiry") == []


def test_a_snapshot_says_when_things_end_but_not_how_they_are_used(sample: Estate) -> None:
    listed = replace(sample, usage=USAGE.empty())
    assert {alert.kind for alert in commitment_alerts(listed)} == {"expiry"}


def test_compliance_alerts_below_the_target_with_the_dollars_of_the_others(sample: Estate) -> None:
    report = compliance(sample).report
    (found,) = compliance_alerts(sample)
    assert (found.source, found.kind, found.threshold) == ("compliance", "compliance", 95)
    assert found.measured == pytest.approx(report.compliant * 100 / report.resources)
    assert found.actual_usd == report.total_cost_usd - report.compliant_cost_usd
    assert found.measured is not None
    assert compliance_alerts(sample, AlertLimits(compliance_pct=found.measured)) == ()


def test_an_anomaly_alerts_from_its_dollars_on(sample: Estate) -> None:
    """The GPU fleet of October, planted with $1,155.84; those of earlier months are no news."""
    (found,) = anomaly_alerts(sample)
    assert (found.source, found.kind, found.unit, found.threshold) == ("anomaly", "impact", "usd", 100)
    assert (found.period_start, found.period_end) == (date(2026, 10, 6), date(2026, 10, 16))
    assert found.actual_usd == pytest.approx(1155.84, rel=0.01)
    assert found.measured == found.actual_usd
    assert found.severity == "action_required"
    assert found.subject == "account 333344445555"
    assert "region us-east-1" in found.message
    assert found.measured is not None
    at_it = AlertLimits(anomaly_usd=found.measured)
    assert len(anomaly_alerts(sample, at_it)) == 1
    assert anomaly_alerts(sample, AlertLimits(anomaly_usd=found.measured + 0.01)) == ()


def test_a_planned_anomaly_and_resource_lists_alert_nobody(sample: Estate) -> None:
    (one,) = anomalies(sample, AnomalySettings(since=date(2026, 10, 1)), ()).anomalies
    planned = Feedback(
        anomaly_id=one.id,
        verdict="planned",
        dimension=one.dimension,
        value=one.value,
        side=1,
        start=one.date,
        until=one.end,
        dearest_day_usd=one.dearest_day_usd,
        given_at=datetime(2026, 10, 18, tzinfo=UTC),
    )
    assert anomaly_alerts(sample, feedback=(planned,)) == ()
    assert anomaly_alerts(replace(sample, costs=COSTS.empty(), billed=None, currency=None)) == ()


def test_nothing_to_tag_is_no_lack_of_tags(sample: Estate) -> None:
    assert compliance_alerts(replace(sample, ec2=EC2.empty(), s3=S3.empty())) == ()


def test_sources_are_asked_by_name(sample: Estate) -> None:
    assert raised_by(sample, ("budgets",)).alerts == ()
    assert {one.source for one in raised_by(sample, ("compliance",)).alerts} == {"compliance"}
    assert {one.source for one in raised_by(sample, ("anomalies",)).alerts} == {"anomaly"}
    assert {one.source for one in raised_by(sample).alerts} == {"commitment", "compliance", "anomaly"}
    assert len({one.key for one in raised_by(sample).alerts}) == len(raised_by(sample).alerts)


def test_a_source_that_cannot_be_asked_is_said_and_the_others_are(sample: Estate) -> None:
    """Instances of a bill in euros have no price; its tags are tags."""
    foreign = replace(sample, currency="EUR", usage=USAGE.empty(), ec2=EC2.empty())
    raised = raised_by(foreign)
    assert [warning.split(":")[0] for warning in raised.warnings] == [
        "commitments could not be asked for alerts",
        "anomalies could not be asked for alerts",
    ]
    assert {one.source for one in raised.alerts} == {"compliance"}
