"""What else deserves a look, and how many dollars does it concern? None of them is a saving.

The ranked actions (``finops.answers.actions``) are billed anew and add up. What is here is not proven:
an anomaly that nobody has explained, an instance of which one CPU figure speaks, a bucket whose objects
have no known age, advice on launch dates alone, dollars without an owner, a budget that is breached.
Its dollars overlap, so there is no sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from finops.answers.actions import Link
from finops.answers.allocation import Chargeback
from finops.answers.anomalies import Anomaly, AnomalyReport
from finops.answers.budgets import BudgetCheck
from finops.answers.commitments import CommitmentAdvice
from finops.answers.compliance import Compliance
from finops.answers.rightsizing import Rightsizing
from finops.answers.storage import StorageCandidate
from finops.insights.findings import KINDS, Kind
from finops.money import exact_sum, usd

RECENT_DAYS = 30
_WHAT: dict[Kind, str] = {
    "stopped": "stopped with a cost",
    "idle": "perhaps idle",
    "oversized": "perhaps too large",
    "burstable": "of a burstable type, too busy for it",
    "old_generation": "of an old generation",
}
_FIGURE = "One CPU figure of a list, which proves nothing: 14 days of hourly metrics would."
_WHY: dict[Kind, str] = {
    "stopped": "AWS charges no hours of what is stopped: look for volumes and addresses.",
    "idle": _FIGURE,
    "oversized": _FIGURE,
    "burstable": "It is slowed down, or surplus credits are charged: their price is not known.",
    "old_generation": "A newer type costs less or is much newer, but commitments may cover the old one.",
}
_OVER = {"exceeded": "is over its amount", "forecast_exceeded": "is forecast to end over its amount"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Something to look at. ``concerned_usd`` is no saving; ``concerns`` says what those dollars are.

    It is None where nobody knows. ``link`` is the tab, ``section`` its section with the details, and
    ``resources`` are those concerned, dearest first, where they are few kinds of one thing.
    """

    title: str
    reason: str
    concerned_usd: float | None
    concerns: str
    link: Link
    section: str | None = None
    resources: tuple[str, ...] = ()


def to_check(
    *,
    anomalies: AnomalyReport | None = None,
    rightsizing: tuple[Rightsizing, pd.DataFrame] | None = None,
    storage: tuple[StorageCandidate, ...] = (),
    advice: CommitmentAdvice | None = None,
    allocation: Chargeback | None = None,
    compliance: Compliance | None = None,
    budgets: BudgetCheck | None = None,
) -> tuple[Check, ...]:
    """The rows of what has been answered, most dollars first. What is None has not been asked.

    ``rightsizing`` comes with the ``ec2`` frame whose instances it judged, for what they cost a month.
    """
    rows: list[Check] = []
    if anomalies is not None:
        rows += _of_anomalies(unexplained(anomalies))
    if rightsizing is not None:
        rows += _of_candidates(*rightsizing)
    rows += _of_storage(storage)
    if advice is not None:
        rows += _of_snapshot(advice)
    if allocation is not None:
        rows += _of_allocation(allocation)
    if compliance is not None:
        rows += _of_tags(compliance)
    if budgets is not None:
        rows += _of_budgets(budgets)
    return tuple(sorted(rows, key=lambda row: (-(row.concerned_usd or 0.0), row.title)))


def recent(report: AnomalyReport) -> tuple[Anomaly, ...]:
    """The anomalies that ended in the last 30 days of the bill, or go on."""
    if report.period_end is None:
        return ()
    first = report.period_end - timedelta(days=RECENT_DAYS - 1)
    return tuple(one for one in report.anomalies if one.end >= first)


def dollars_off(found: Iterable[Anomaly]) -> float:
    """Dollars more or less than expected, without their signs; of missing data what is missing."""
    return float(exact_sum(one.size_usd for one in found))


def unexplained(report: AnomalyReport) -> tuple[Anomaly, ...]:
    """Those of the last 30 days of which nobody has said what they are."""
    return tuple(one for one in recent(report) if one.verdict is None)


def _of_anomalies(found: Iterable[Anomaly]) -> Iterator[Check]:
    for one in found:
        missing = one.impact_usd is None
        more = "more" if one.side > 0 else "less"
        yield Check(
            title=f"Anomaly: {one.scope}, {one.date} to {one.end}",
            reason=f"Nobody has said what it is yet. {one.cause}",
            concerned_usd=one.size_usd,
            concerns="missing in all" if missing else f"{more} than expected, in all",
            link="ML Insights",
            section="Anomalies",
        )


def _of_candidates(found: Rightsizing, ec2: pd.DataFrame) -> Iterator[Check]:
    cost = ec2.drop_duplicates("InstanceId").set_index("InstanceId")["MonthlyCostUSD"]
    for kind in KINDS:
        mine = [one.instance_id for one in found.findings if one.kind == kind and not one.counts]
        if mine:
            costs = cost.reindex(mine).fillna(0.0).sort_values(ascending=False, kind="stable")
            many = "instance" if len(mine) == 1 else "instances"
            yield Check(
                title=f"{len(mine)} {many} {_WHAT[kind]}",
                reason=_WHY[kind],
                concerned_usd=float(costs.sum()),
                concerns="run rate of these, a month",
                link="EC2",
                resources=tuple(map(str, costs.index)),
            )


def _of_storage(candidates: Iterable[StorageCandidate]) -> Iterator[Check]:
    for one in candidates:
        yield Check(
            title=one.title,
            reason=one.reason,
            concerned_usd=one.cost_usd,
            concerns="cost of these, a month",
            link="S3",
        )


def _of_snapshot(advice: CommitmentAdvice) -> Iterator[Check]:
    report = advice.report
    if report.evidence != "snapshot" or not report.recommendations:
        return
    many = len(report.recommendations)
    yield Check(
        title=f"{many} commitment{'' if many == 1 else 's'} advised on launch dates alone",
        reason="Weak evidence: which instances run today and since when, no hour of usage. Give hourly "
        "usage before anything is bought.",
        concerned_usd=report.on_demand_usd / 12,
        concerns="On-Demand of what could be covered, a month",
        link="Enterprise FinOps",
        section="RI & Savings Plans",
    )


def _of_allocation(answer: Chargeback) -> Iterator[Check]:
    report = answer.report
    if report.unallocated_usd > 0:
        yield Check(
            title=f"Not allocated to any {report.by}",
            reason="No tag and no rule says who pays for it.",
            concerned_usd=float(report.unallocated_usd),
            concerns=f"{report.basis} cost, {report.period}".replace("_", " "),
            link="Enterprise FinOps",
            section="Chargeback",
        )


def _of_tags(answer: Compliance) -> Iterator[Check]:
    report = answer.report
    wrong = report.resources - report.compliant
    if wrong:
        yield Check(
            title=f"{wrong} resource{'' if wrong == 1 else 's'} without the mandatory tags",
            reason="A mandatory tag is missing, or has a value that the policy does not allow.",
            concerned_usd=report.total_cost_usd - report.compliant_cost_usd,
            concerns="cost of these, a month",
            link="Enterprise FinOps",
            section="Tag Compliance",
        )


def _of_budgets(answer: BudgetCheck) -> Iterator[Check]:
    for one in answer.budgets:
        if one.status not in _OVER:
            continue
        ends = one.actual_usd if one.status == "exceeded" else one.forecast_usd
        over = None if ends is None else ends - one.amount_usd
        yield Check(
            title=f"Budget {one.name} {_OVER[one.status]}",
            reason=f"{usd(ends)} of {usd(one.amount_usd)}, {one.period_start} to {one.period_end}.",
            concerned_usd=over,
            concerns="over the amount, in its period",
            link="Enterprise FinOps",
            section="Budgets",
        )
