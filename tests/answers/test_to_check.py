"""What is to be checked: every row with the dollars that it concerns, none of them a saving."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from finops import Estate, load_estate
from finops.answers import budgets
from finops.answers.allocation import ChargebackSettings, chargeback
from finops.answers.anomalies import AnomalyReport, anomalies
from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.compliance import compliance
from finops.answers.rightsizing import rightsizing
from finops.answers.storage import StorageCandidate
from finops.answers.to_check import dollars_off, recent, to_check, unexplained
from finops.budget_manager import make_budget
from finops.ingest import InputFile

EC2_LIST = InputFile(
    "ec2.csv",
    b"ResourceId,ResourceType,Region,CostUSD,Tags,CreationDate,InstanceType,State,CPUUtilization\n"
    b"i-a,EC2,us-east-1,0.1,Team=A,2024-07-22,m7i.large,running,0.5\n"
    b"i-b,EC2,us-east-1,0.3,,2024-07-22,m7i.large,running,0.4\n"
    b"i-c,EC2,us-east-1,0.2,,2024-07-22,m7i.large,stopped,0.4\n",
)


@pytest.fixture(scope="module")
def report(sample: Estate) -> AnomalyReport:
    return anomalies(sample, feedback=())


def test_nothing_asked_is_nothing_to_check() -> None:
    assert to_check() == ()


def test_candidates_of_a_kind_are_one_row_with_their_run_rate() -> None:
    """(0.1 + 0.3) × 730 = 292.00 of two idle ones; 0.2 × 730 = 146.00 of a stopped one."""
    estate = load_estate(ec2=EC2_LIST)
    idle, stopped = to_check(rightsizing=(rightsizing(estate), estate.ec2))
    assert (idle.title, idle.resources) == ("2 instances perhaps idle", ("i-b", "i-a"))
    assert idle.concerned_usd == pytest.approx(292.0)
    assert (stopped.title, stopped.concerned_usd) == (
        "1 instance stopped with a cost",
        pytest.approx(146.0),
    )
    assert {idle.link, stopped.link} == {"EC2"}


def test_what_counts_is_not_to_be_checked(sample: Estate) -> None:
    found = rightsizing(sample)
    rows = to_check(rightsizing=(found, sample.ec2))
    candidates = {one.instance_id for one in found.findings if not one.counts}
    assert {name for row in rows for name in row.resources} == candidates
    cost = sample.ec2.set_index("InstanceId")["MonthlyCostUSD"]
    assert sum(row.concerned_usd or 0.0 for row in rows) == pytest.approx(
        float(cost[list(candidates)].sum())
    )


def test_recent_anomalies_are_those_of_the_last_thirty_days(report: AnomalyReport) -> None:
    assert report.period_end == date(2026, 10, 18)
    assert [one.end for one in recent(report)] == [date(2026, 10, 16)]
    assert dollars_off(recent(report)) == pytest.approx(recent(report)[0].size_usd)
    later = replace(report, period_end=date(2026, 10, 16) + timedelta(days=30))
    assert recent(later) == ()
    assert recent(replace(later, period_end=date(2026, 10, 16) + timedelta(days=29))) != ()


def test_an_anomaly_is_to_be_checked_until_somebody_says_what_it_is(report: AnomalyReport) -> None:
    [row] = to_check(anomalies=report)
    assert row.concerned_usd == dollars_off(recent(report))
    assert (row.link, row.section, row.concerns) == (
        "ML Insights",
        "Anomalies",
        "more than expected, in all",
    )
    said = tuple(replace(one, verdict="yes") for one in report.anomalies)
    judged = replace(report, anomalies=said)
    assert unexplained(judged) == ()
    assert to_check(anomalies=judged) == ()


def test_advice_on_hourly_usage_is_none_of_it(sample: Estate) -> None:
    assert to_check(advice=recommend(sample)) == ()


def test_advice_on_launch_dates_is_named_as_weak(tree: Path) -> None:
    estate = load_estate(ec2=tree / "data" / "aws_resources_compute.csv", as_of=date(2026, 10, 18))
    advice = recommend(estate, CommitmentSettings())
    [row] = to_check(advice=advice)
    assert row.title == f"{len(advice.report.recommendations)} commitments advised on launch dates alone"
    assert row.reason.startswith("Weak evidence")
    # A month of it, as the other rows: a twelfth of the year.
    assert row.concerned_usd == advice.report.on_demand_usd / 12


def test_dollars_without_an_owner_and_without_tags(sample: Estate) -> None:
    shares, tags = chargeback(sample, ChargebackSettings(basis="effective")), compliance(sample)
    rows = {row.section: row for row in to_check(allocation=shares, compliance=tags)}
    assert rows["Chargeback"].concerned_usd == float(shares.report.unallocated_usd)
    assert Decimal(str(rows["Chargeback"].concerned_usd)) == shares.report.unallocated_usd
    wrong = tags.report.non_compliant["monthly_cost_usd"].sum()
    assert rows["Tag Compliance"].concerned_usd == pytest.approx(float(wrong))
    assert rows["Tag Compliance"].title.startswith(f"{len(tags.report.non_compliant)} resources")


def test_a_breached_budget_is_there_with_what_is_over(sample: Estate) -> None:
    """The sample is billed 37,000 to 60,000 dollars in October: 1,000 are spent, a million is not."""
    kept = tuple(
        make_budget(name=name, amount=amount, scope_type="total", scope_value="")
        for name, amount in (("small", 1000), ("large", 1_000_000))
    )
    check = budgets.standing(sample, kept)
    [row] = to_check(budgets=check)
    small = check.budgets[0]
    assert row.title == "Budget small is over its amount"
    assert row.concerned_usd == pytest.approx((small.actual_usd or 0.0) - 1000)


def test_rows_come_by_dollars_and_the_unknown_last() -> None:
    def bucket(title: str, cost: float) -> StorageCandidate:
        return StorageCandidate(kind="x", title=title, reason="r", cost_usd=cost, saving_usd=None)

    rows = to_check(storage=(bucket("b", 1.0), bucket("c", 5.0), bucket("a", 1.0)))
    assert [row.title for row in rows] == ["c", "a", "b"]
    assert {row.link for row in rows} == {"S3"}
