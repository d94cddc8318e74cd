"""Which alerts do commitments, tag compliance and anomalies raise?

What is below a target alerts once a month, what ends alerts once for each of the days before its end
that are named, and an anomaly once, by its scope and its first day. What the data cannot say – coverage
and use without hourly usage, anomalies without a bill – alerts nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from finops.alerts import Alert, Severity, Source
from finops.answers.anomalies import Anomaly, AnomalySettings, Feedback, anomalies
from finops.answers.commitments import DEFAULT_TARGET_COVERAGE, coverage
from finops.answers.compliance import compliance
from finops.answers.coverage_tracking import UNDERUSED_PCT, ExpiryBucket, Underused, holdings
from finops.errors import FinOpsError
from finops.estate import Estate
from finops.money import HOURS_PER_MONTH, usd
from finops.periods import Month
from finops.pricing import Catalogue
from finops.ri_engine.owned import EXPIRING_DAYS, Expiring
from finops.tagging import TaggingPolicy

# The words of a user, and what stands in an alert.
SOURCE_OF: Mapping[str, Source] = {
    "budgets": "budget",
    "commitments": "commitment",
    "compliance": "compliance",
    "anomalies": "anomaly",
}
SOURCES = tuple(SOURCE_OF)
_HOURLY = "hourly"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLimits:
    """Percentages (0–100) below which something alerts, days before an end (at most 90), and the dollars
    from which on an anomaly does."""

    coverage_pct: float = float(DEFAULT_TARGET_COVERAGE) * 100
    utilization_pct: float = UNDERUSED_PCT
    compliance_pct: float = 95.0
    expiry_days: tuple[int, ...] = (60, 30, 7)
    anomaly_usd: float = 100.0


DEFAULT_LIMITS = AlertLimits()
LONGEST_NOTICE_DAYS = EXPIRING_DAYS
# An anomaly that ended longer ago is history, not news.
ANOMALY_NEWS_DAYS = 30


@dataclass(frozen=True, slots=True)
class Raised:
    """Active alerts, and in words the sources that could not be asked."""

    alerts: tuple[Alert, ...]
    warnings: tuple[str, ...] = ()


def raised_by(
    estate: Estate,
    sources: tuple[str, ...] = SOURCES,
    limits: AlertLimits = DEFAULT_LIMITS,
    *,
    policy: TaggingPolicy | None = None,
    catalogue: Catalogue | None = None,
    feedback: tuple[Feedback, ...] | None = None,
) -> Raised:
    """The active alerts of the named sources but for budgets. Writes nothing.

    A source that cannot be asked, for want of a price perhaps, leaves a warning and not the others.
    """
    ask: dict[str, Callable[[], tuple[Alert, ...]]] = {
        "commitments": lambda: commitment_alerts(estate, limits, catalogue),
        "compliance": lambda: compliance_alerts(estate, limits, policy),
        "anomalies": lambda: anomaly_alerts(estate, limits, feedback),
    }
    alerts: list[Alert] = []
    warnings = []
    for source, alerts_of in ask.items():
        if source not in sources:
            continue
        try:
            alerts += alerts_of()
        except FinOpsError as error:
            warnings.append(f"{source} could not be asked for alerts: {error}")
    return Raised(tuple(alerts), tuple(warnings))


def commitment_alerts(
    estate: Estate, limits: AlertLimits = DEFAULT_LIMITS, catalogue: Catalogue | None = None
) -> tuple[Alert, ...]:
    """Too little covered, owned commitments that are used too little, and those that end soon.

    Coverage is that of the last 90 days of hourly usage, use that of the last 30, or what there is.
    """
    owned = holdings(estate, catalogue, below_pct=limits.utilization_pct)
    hourly = owned.source == _HOURLY
    return (
        *(_coverage_alerts(estate, limits, catalogue) if hourly else ()),
        *(
            _underused_alert(one, owned.window_days, limits, estate.as_of)
            for one in owned.underused
            if hourly
        ),
        *_expiry_alerts(owned.expiries, limits, estate.as_of),
    )


def compliance_alerts(
    estate: Estate, limits: AlertLimits = DEFAULT_LIMITS, policy: TaggingPolicy | None = None
) -> tuple[Alert, ...]:
    """One where fewer resources than the target carry the tags of the policy; none without resources."""
    report = compliance(estate, policy).report
    if report.compliance_pct is None or report.compliance_pct >= limits.compliance_pct:
        return ()
    untagged = report.total_cost_usd - report.compliant_cost_usd
    return (
        _monthly(
            "compliance",
            estate.as_of,
            subject_id="tags",
            subject="Tag compliance",
            kind="compliance",
            threshold=limits.compliance_pct,
            measured=report.compliance_pct,
            actual_usd=untagged,
            message=f"Tag compliance: {report.compliant} of {report.resources} resources "
            f"({report.compliance_pct:.2f} %) carry the tags of the policy, below the target of "
            f"{limits.compliance_pct:g} %; the others cost {usd(untagged)} a month",
            action="Begin with the dearest: `python -m finops tags` lists what each resource lacks.",
        ),
    )


def anomaly_alerts(
    estate: Estate, limits: AlertLimits = DEFAULT_LIMITS, feedback: tuple[Feedback, ...] | None = None
) -> tuple[Alert, ...]:
    """One for each anomaly of the last 30 days that costs, or lacks, as many dollars; none for falls.

    Those that were planned, or are noise by what people said, alert nobody; neither do resource lists.
    """
    since = estate.as_of - timedelta(days=ANOMALY_NEWS_DAYS)
    report = anomalies(estate, AnomalySettings(since=since, min_usd=limits.anomaly_usd), feedback)
    return tuple(
        _anomaly_alert(one, limits, estate.as_of)
        for one in report.anomalies
        if one.side > 0 or one.impact_usd is None
    )


def _anomaly_alert(one: Anomaly, limits: AlertLimits, as_of: date) -> Alert:
    days = f"on {one.date}" if one.date == one.end else f"from {one.date} to {one.end}"
    if one.impact_usd is None:
        message = f"{one.scope}: no charges {days}, where {usd(one.expected_usd)} were expected"
    else:
        part = "" if one.impact_pct is None else f" ({one.impact_pct:+.0f} %)"
        message = (
            f"{one.scope}: {usd(one.impact_usd)}{part} more than expected {days}, "
            f"severity {one.severity}; {one.cause}"
        )
    return Alert(
        source="anomaly",
        subject_id=f"{one.dimension} {one.value}".strip(),
        subject=one.scope,
        kind="impact",
        threshold=limits.anomaly_usd,
        unit="usd",
        measured=one.size_usd,
        severity="early_warning" if one.severity == "low" else "action_required",
        actual_usd=one.size_usd,
        message=message,
        action=f"See its days and causes: `python -m finops anomalies`; say what it was: "
        f"`python -m finops anomalies feedback {one.id} yes|no|planned`.",
        period_start=one.date,
        period_end=one.end,
        raised_on=as_of,
    )


def _coverage_alerts(
    estate: Estate, limits: AlertLimits, catalogue: Catalogue | None
) -> Iterator[Alert]:
    report = coverage(estate, catalogue)
    target = limits.coverage_pct
    if report.coverage_pct is None or report.coverage_pct >= target:
        return
    missing = (report.eligible_usd * target / 100 - report.covered_usd) * HOURS_PER_MONTH / report.hours
    yield _monthly(
        "commitment",
        estate.as_of,
        subject_id="coverage",
        subject="Commitment coverage",
        kind="coverage",
        threshold=target,
        measured=report.coverage_pct,
        actual_usd=missing,
        message=f"Commitment coverage: {report.coverage_pct:.2f} % of eligible On-Demand dollars from "
        f"{report.start} to {report.end}, below the target of {target:g} %; {usd(missing)} a month "
        "more, at On-Demand prices, would have to be covered",
        action="See what is worth buying: `python -m finops recommend`.",
    )


def _underused_alert(one: Underused, days: int, limits: AlertLimits, as_of: date) -> Alert:
    name = _name(one)
    waste = (
        "what is not used costs an unknown amount"
        if one.wasted_monthly_usd is None
        else f"what is not used costs {usd(one.wasted_monthly_usd)} a month"
    )
    ahead = (
        "" if one.waste_ahead_usd is None else f", {usd(one.waste_ahead_usd)} until it ends on {one.end}"
    )
    return _monthly(
        "commitment",
        as_of,
        subject_id=one.commitment_id,
        subject=name,
        kind="utilization",
        threshold=limits.utilization_pct,
        measured=one.utilization_pct,
        actual_usd=one.wasted_monthly_usd,
        message=f"{name}: {one.utilization_pct:.2f} % used in the last {days} days, below "
        f"{limits.utilization_pct:g} %; {waste}{ahead}",
        action=one.what_to_do,
    )


def _expiry_alerts(
    buckets: tuple[ExpiryBucket, ...], limits: AlertLimits, as_of: date
) -> Iterator[Alert]:
    for bucket in buckets:
        for one in bucket.commitments:
            left = (one.end - as_of).days
            # The tightest notice alone: what is first seen 20 days ahead is not news three times.
            notice = min((days for days in limits.expiry_days if 0 <= left <= days), default=None)
            if notice is not None:
                early = len(limits.expiry_days) > 1 and notice == max(limits.expiry_days)
                yield Alert(
                    source="commitment",
                    subject_id=one.commitment_id,
                    subject=_name(one),
                    kind="expiry",
                    threshold=notice,
                    unit="days",
                    measured=left,
                    severity="early_warning" if early else "action_required",
                    actual_usd=bucket.uncovered_usd if len(bucket.commitments) == 1 else None,
                    message=f"{_name(one)}: ends on {one.end}, in {left} days{_effect(bucket)}",
                    action="Renew what is still used, and only that: `python -m finops recommend` "
                    "sizes it.",
                    period_start=one.end,
                    period_end=one.end,
                    raised_on=as_of,
                )


def _effect(bucket: ExpiryBucket) -> str:
    if bucket.uncovered_usd <= 0:
        return "; coverage does not fall by that"
    count = len(bucket.commitments)
    what = "it" if count == 1 else f"the {count} that end in the same weeks"
    return f"; without {what}, {usd(bucket.uncovered_usd)} a month more is On-Demand"


def _monthly(
    source: str, as_of: date, *, severity: Severity = "action_required", **fields: object
) -> Alert:
    """An alert in percent, of which there is one in a calendar month."""
    month = Month.of(as_of)
    return Alert.model_validate(
        {
            "source": source,
            "unit": "percent",
            "severity": severity,
            "period_start": month.start,
            "period_end": month.end - timedelta(days=1),
            "raised_on": as_of,
            **fields,
        }
    )


_KINDS = {
    "reserved_instance": "Reserved Instance",
    "ec2_instance_savings_plan": "EC2 Instance Savings Plan",
    "compute_savings_plan": "Compute Savings Plan",
}


def _name(one: Underused | Expiring) -> str:
    """The commitment for a reader: its kind, how much of what, where, and its id's last part."""
    kind = _KINDS.get(one.kind, one.kind)
    if one.hourly_commitment_usd is not None:
        much = f" of {usd(one.hourly_commitment_usd)} an hour"
    else:
        count = "" if one.quantity is None else f" {one.quantity:g} ×"
        much = f"{count} {one.instance_type or one.instance_family or ''}".rstrip()
    where = f" in {one.region}" if one.region else ""
    return f"{kind}{much}{where} ({one.commitment_id.rpartition('/')[2]})"
