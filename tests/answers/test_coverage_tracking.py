"""Coverage over time, what is owned, the ladder, and why something is bought or is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from finops.answers.commitments import CommitmentSettings, coverage, recommend
from finops.answers.coverage_tracking import (
    TrackingSettings,
    holdings,
    ladder_of,
    track_coverage,
)
from finops.answers.explanations import cash_of, explain, stays_on_demand
from finops.errors import EmptyInput, NotAvailable
from finops.schema import USAGE

if TYPE_CHECKING:
    from finops import Estate


@pytest.fixture
def listed(sample: Estate) -> Estate:
    """The sample without its hours: a snapshot."""
    return replace(sample, usage=USAGE.empty())


def test_the_periods_add_up_to_the_coverage_report(sample: Estate) -> None:
    """30 days, day by day, against the report of the same 30 days."""
    daily = track_coverage(sample, TrackingSettings(grain="day", days=30)).periods
    report = coverage(sample)
    assert len(daily) == 30
    assert daily["CoveredUSD"].sum() == pytest.approx(report.covered_usd)
    assert daily["EligibleUSD"].sum() == pytest.approx(report.eligible_usd)
    assert daily["UnusedUSD"].sum() == pytest.approx(report.unused_usd)


@pytest.mark.parametrize("by", ["Region", "InstanceFamily", "AccountId"])
def test_groups_are_the_largest_first(sample: Estate, by: str) -> None:
    tracked = track_coverage(sample, TrackingSettings(grain="month", by=by, days=90))  # type: ignore[arg-type]
    dollars = tracked.groups.groupby(by)["EligibleUSD"].sum()
    assert list(dollars.loc[list(tracked.group_names)]) == sorted(dollars, reverse=True)
    assert len(tracked.group_names) == min(6, tracked.all_groups)


def test_few_groups_are_all_of_the_usage(sample: Estate) -> None:
    """The sample has five regions: nothing is left out."""
    tracked = track_coverage(sample, TrackingSettings(grain="month", by="Region"))
    assert tracked.groups["EligibleUSD"].sum() == pytest.approx(tracked.periods["EligibleUSD"].sum())


def test_coverage_over_time_needs_hours(listed: Estate) -> None:
    with pytest.raises(EmptyInput, match="hourly usage"):
        track_coverage(listed)


def test_catalog_old_wastes_3_of_6(sample: Estate) -> None:
    """2½ of 6 used; a month of 730 hours at 6 × (893 ÷ 8,760 + 0.102) $/h × 3½ ÷ 6."""
    held = holdings(sample)
    [idle] = held.underused
    hourly = 6 * (893 / 8760 + 0.102)
    assert (idle.instance_type, idle.region, idle.quantity) == ("c5.2xlarge", "us-west-2", 6)
    assert idle.utilization_pct == pytest.approx(2.5 / 6 * 100)
    assert held.wasted_monthly_usd == idle.wasted_monthly_usd == pytest.approx(hourly * 3.5 / 6 * 730)
    assert idle.at_this_level_since == date(2026, 5, 4)


def test_ledger_ends_in_the_first_bucket(sample: Estate) -> None:
    soon, later, last = holdings(sample).expiries
    assert [(one.instance_type, one.days_left) for one in soon.commitments] == [("r5.4xlarge", 18)]
    assert later.commitments == last.commitments == ()
    assert holdings(sample).queue.empty


def test_a_purchase_that_begins_later_is_queued(sample: Estate) -> None:
    owned = sample.commitments
    first, later = owned["CommitmentId"].iloc[0], owned["End"].max()
    bought = owned.assign(Start=owned["Start"].where(owned["CommitmentId"] != first, later))
    assert list(holdings(replace(sample, commitments=bought)).queue["CommitmentId"]) == [first]


def test_what_is_owned_is_judged_on_a_snapshot(listed: Estate) -> None:
    held = holdings(listed)
    assert (held.source, held.window_days) == ("snapshot", 0)
    assert all(one.below_since is None for one in held.underused)


def test_without_a_limit_everything_is_bought_on_the_first_day(sample: Estate) -> None:
    advice = recommend(sample)
    found = ladder_of(sample, advice)
    advised = [step for step in found.ladder.steps if step.state == "advised"]
    assert {step.purchase_on for step in advised} == {date(2026, 10, 19)}
    assert found.ladder.forgone_savings_usd == 0
    assert sum(step.upfront_usd or 0 for step in advised) == pytest.approx(cash_of(advice).upfront_usd)
    assert set(found.bars["state"]) == {"owned", "advised", "renewal"}


def test_the_rows_of_the_advice_and_what_stays_make_the_demand(sample: Estate) -> None:
    """Owned, advised and left are all of every pool, and what is left is in no row."""
    advice = recommend(sample)
    left = stays_on_demand(advice)
    shares = left.pools[["OwnedPct", "AdvisedPct", "LeftPct"]].sum(axis=1)
    assert shares.tolist() == pytest.approx([100.0] * len(shares))
    uncovered = advice.report.on_demand_usd * (1 - (advice.report.coverage_after_pct or 0) / 100)
    assert left.total_usd == pytest.approx(uncovered, rel=1e-3)
    assert (left.pools["LeftUSD"].diff().dropna() <= 1e-9).all()


def test_what_is_left_does_not_pay(sample: Estate) -> None:
    pools = stays_on_demand(recommend(sample)).pools
    rare = pools[pools["UsedHoursPct"] < pools["BreakEvenPct"]]
    assert set(rare["Why"]) == {"It would run too rarely to pay: On-Demand is cheaper"}


def test_a_limit_keeps_out_what_would_pay(sample: Estate) -> None:
    pools = stays_on_demand(
        recommend(sample, CommitmentSettings(max_upfront_usd=0.0, target_coverage=0.4))
    )
    assert pools.pools["Why"].str.startswith("It would pay alone").any()


def test_every_row_is_explained(sample: Estate) -> None:
    advice = recommend(sample)
    for number, row in enumerate(advice.report.recommendations):
        found = explain(sample, advice, number)
        assert found.purchase == row.purchase
        assert found.why and found.case_against


def test_advice_without_its_evidence_cannot_be_explained(sample: Estate) -> None:
    advice = recommend(sample)
    bare = replace(advice, report=replace(advice.report, basis=None))
    with pytest.raises(NotAvailable, match="evidence"):
        explain(sample, bare, 0)
