"""How much is covered, how much of what is owned is used, and how did both develop?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finops import charts
from finops.answers.commitments import CommitmentAdvice, CoverageReport, coverage
from finops.answers.coverage_tracking import (
    CoverageTracking,
    Grain,
    Group,
    TrackingSettings,
    track_coverage,
)
from finops.dashboard import tables
from finops.dashboard.answered import answered
from finops.dashboard.commitment_tables import STEADY, owned_names
from finops.dashboard.figures import show_chart
from finops.dashboard.wording import count, dollars, percent, plain
from finops.errors import FinOpsError
from finops.estate import Estate

_GRAINS: dict[str, Grain] = {"Days": "day", "Weeks": "week", "Months": "month"}
_GROUPS: dict[str, Group | None] = {
    "all usage": None,
    "region": "Region",
    "family": "InstanceFamily",
    "account": "AccountId",
}
_SPANS = {"all of it": None, "last 90 days": 90, "last 180 days": 180}
_PERIODS = {
    "Start": tables.day("From"),
    "End": tables.day("To", "Inclusive"),
    "CoveragePct": tables.percent("Coverage", "Covered ÷ eligible On-Demand-equivalent dollars"),
    "RICoveragePct": tables.percent("by RIs", "Of eligible dollars; the two add up to the coverage"),
    "PlanCoveragePct": tables.percent("by plans", "Of eligible dollars"),
    "UtilizationPct": tables.percent("Utilisation", "Used ÷ amortised cost of what is owned"),
    "EffectiveSavingsRatePct": tables.percent(
        "Savings rate", "(On-Demand equivalent − actual) ÷ On-Demand equivalent"
    ),
    "UnusedUSD": tables.dollars("Unused", "What was paid for and not used"),
    "EligibleUSD": tables.dollars("Eligible", "On-Demand equivalent of all usage that could be covered"),
}


@st.fragment
def show(advice: CommitmentAdvice, estate: Estate) -> None:
    """Draw the view."""
    covered = answered(coverage, estate)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _now(covered)
    with right:
        tracked = _over_time(estate)
    if tracked is not None:
        _savings_rate(tracked, covered)
    _utilisation(covered)
    _steady(advice)


def _now(covered: CoverageReport) -> None:
    st.subheader(
        "Coverage",
        help=f"Covered ÷ eligible On-Demand-equivalent dollars, {covered.start} to {covered.end}, each "
        "commitment in the hours in which it counted. The thick mark is the first target.",
    )
    first, *further = [target.target_pct for target in covered.targets]
    show_chart(
        charts.percent_gauge(covered.coverage_pct, first, *further),
        f"Coverage {percent(covered.coverage_pct)}; targets "
        + " and ".join(percent(target.target_pct, 0) for target in covered.targets),
    )
    lines = [
        f"- **{target.target_pct:.0f}%** ({target.stage}): "
        f"{_distance(target.reached, target.missing_usd)}"
        for target in covered.targets
    ]
    st.markdown("\n".join(lines))
    st.caption(
        f"{covered.start} to {covered.end}: {dollars(covered.covered_usd)} of "
        f"{dollars(covered.eligible_usd)} covered. RIs alone: "
        f"{percent(covered.ri_coverage_pct_hours)} of the instance-hours, "
        f"{percent(covered.ri_coverage_pct_units)} of the normalized units. The cards "
        "above count what is owned on the as-of date as if it had been there all along."
    )


def _distance(reached: bool | None, missing_usd: float) -> str:
    if reached is None:
        return "there is nothing to cover"
    return "reached" if reached else f"{dollars(missing_usd)} more to cover"


def _over_time(estate: Estate) -> CoverageTracking | None:
    st.subheader(
        "Over time",
        help="Coverage of eligible dollars, and the share of what is owned that was used. A period that "
        "the data hold only a part of is that part.",
    )
    grain_column, by_column, span_column = st.columns(3)
    grain = grain_column.selectbox(
        "Each point is", list(_GRAINS), index=1, key="grain", bind="query-params",
        help="Weeks begin on Monday.", format_func=lambda name: name.lower(),
    )  # fmt: skip
    by = by_column.selectbox(
        "Split by", list(_GROUPS), key="by", bind="query-params",
        help="Whose or which usage it is. Utilisation cannot be split: a commitment serves everybody.",
    )  # fmt: skip
    span = span_column.selectbox(
        "Usage", list(_SPANS), key="span", bind="query-params", help="How far to look back."
    )
    settings = TrackingSettings(grain=_GRAINS[grain], by=_GROUPS[by], days=_SPANS[span])
    try:
        tracked = answered(track_coverage, estate, settings, progress="Billing every hour …")
    except FinOpsError as error:
        st.info(plain(error), icon=":material/info:")
        return None
    targets = [70.0, 80.0]
    if settings.by is None:
        frame = tracked.periods.rename(
            columns={"Start": "date", "CoveragePct": "coverage_pct", "UtilizationPct": "utilization_pct"}
        )
        show_chart(
            charts.coverage_over_time(frame, *targets),
            f"Coverage and utilisation by {settings.grain}, with the targets 70% and 80%",
        )
        return tracked
    frame = tracked.groups.rename(
        columns={"Start": "date", "CoveragePct": "coverage_pct", settings.by: "group"}
    )
    show_chart(
        charts.coverage_by_group(frame, tracked.group_names, *targets),
        f"Coverage by {settings.grain} and {by}",
    )
    if tracked.all_groups > len(tracked.group_names):
        st.caption(f"The {len(tracked.group_names)} largest of {tracked.all_groups}.")
    return tracked


def _savings_rate(tracked: CoverageTracking, covered: CoverageReport) -> None:
    left, right = st.columns([2, 3], gap="large")
    with left:
        st.metric(
            "Effective savings rate",
            percent(covered.effective_savings_rate_pct),
            help="(On-Demand equivalent − actual) ÷ On-Demand equivalent; actual is the amortised "
            "cost of "
            f"commitments, unused hours included, and what stayed On-Demand. {covered.start} to "
            f"{covered.end}.",
            border=True,
        )
        st.metric(
            "Paid for and not used",
            dollars(covered.unused_usd),
            help=f"Amortised cost of the unused part of what is owned, {covered.start} to "
            f"{covered.end}.",
            border=True,
        )
    with right:
        rate = tracked.periods.rename(columns={"Start": "date", "EffectiveSavingsRatePct": "rate_pct"})
        st.markdown(
            "**Effective savings rate over time**", help="What commitments saved, net of unused."
        )
        show_chart(
            charts.savings_rate_over_time(rate), f"Effective savings rate by {tracked.settings.grain}"
        )
    with st.expander(f"The {count(len(tracked.periods), tracked.settings.grain)} as a table"):
        newest = tracked.periods.iloc[::-1]
        tables.table(newest, _PERIODS, alt="Coverage, utilisation and savings rate of each period")
        tables.download_frame(
            "Download", newest, "coverage_over_time.csv", help_text="Every period with every figure."
        )


def _utilisation(covered: CoverageReport) -> None:
    st.subheader(
        "Use of what is owned",
        help=f"Used ÷ purchased of each commitment, {covered.start} to {covered.end}. What to do about "
        "what lies idle stands under Owned.",
    )
    if covered.utilization.empty:
        st.caption("No commitment counted in these hours.")
        return
    frame = pd.DataFrame(
        {"name": owned_names(covered.utilization), "percent": covered.utilization["UtilizationPct"]}
    )
    show_chart(
        charts.percent_bars(frame, target_pct=80, rows="Commitment", unit="Utilisation, %", limit=44),
        "Utilisation of each owned commitment; below 80% is underused",
    )


def _steady(advice: CommitmentAdvice) -> None:
    steady = advice.report.steady_instances
    hourly = advice.report.evidence == "hourly"
    st.subheader(
        "Steady " + ("pools" if hourly else "instances"),
        help="What runs so evenly that it is worth a commitment. "
        + (
            "5th percentile ÷ mean of the pool's hourly instances; 80% or more is listed."
            if hourly
            else "Running hours since launch ÷ days looked at; 80% or more is listed."
        ),
    )
    if steady.empty:
        st.caption("Nothing runs so evenly.")
        return
    named = steady.dropna(axis="columns", how="all")
    tables.table(named, STEADY, alt="What runs steadily, with its score")
