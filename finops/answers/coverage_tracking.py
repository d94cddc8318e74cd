"""How do coverage and utilisation develop, how does what is owned do, and what is bought when?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import pandas as pd

from finops.answers.commitments import (
    CommitmentAdvice,
    CommitmentSettings,
    hourly_usage,
    prices_for,
)
from finops.errors import EmptyInput
from finops.estate import Estate
from finops.money import HOURS_PER_YEAR
from finops.periods import utc
from finops.pricing import Catalogue
from finops.ri_engine.coverage_over_time import (
    Grain,
    Group,
    coverage_over_time,
    group_coverage_over_time,
)
from finops.ri_engine.evidence import Evidence, from_instances, from_usage
from finops.ri_engine.ladder import purchase_ladder, timeline
from finops.ri_engine.ladder_steps import Ladder
from finops.ri_engine.owned import ExpiryBucket, expiry_buckets
from finops.ri_engine.snapshot import known_by
from finops.ri_engine.underused import UNDERUSED_PCT, Underused, underused

__all__ = [
    "UNDERUSED_PCT",
    "CoverageTracking",
    "ExpiryBucket",
    "Grain",
    "Group",
    "Holdings",
    "PurchaseLadder",
    "TrackingSettings",
    "Underused",
    "holdings",
    "ladder_of",
    "track_coverage",
]

_WINDOW_DAYS = 30
_MOST_GROUPS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingSettings:
    """A row a day, week or month; ``by`` splits coverage by whose or which usage it is.

    ``days`` are the last days looked at, None all of the usage.
    """

    grain: Grain = "week"
    by: Group | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageTracking:
    """``periods`` and ``groups`` as in ``finops.ri_engine.coverage_over_time``.

    ``groups`` is empty without ``by`` and holds the six groups with the most eligible dollars,
    ``group_names`` in that order, of ``all_groups``. ``start`` and ``end`` are days, both inclusive.
    """

    settings: TrackingSettings
    start: date
    end: date
    periods: pd.DataFrame = field(compare=False)
    groups: pd.DataFrame = field(compare=False)
    group_names: tuple[str, ...]
    all_groups: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What is owned on ``as_of``: what lies idle, what ends and what that does, what is queued to begin.

    ``wasted_monthly_usd`` is the sum over what is underused, None where one is unknown. ``queue`` holds
    the ``commitments`` rows that begin after the day after ``as_of``, the next first.
    """

    as_of: date
    source: str
    window_days: int
    underused: tuple[Underused, ...]
    wasted_monthly_usd: float | None
    expiries: tuple[ExpiryBucket, ...]
    queue: pd.DataFrame = field(compare=False)
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLadder:
    """What to buy when, and ``bars`` of it and of what is owned, for a timeline: name, start, end (UTC),
    state (owned, advised, renewal) and hourly_usd."""

    ladder: Ladder
    bars: pd.DataFrame = field(compare=False)


def ladder_of(estate: Estate, advice: CommitmentAdvice) -> PurchaseLadder:
    """The advice spread over months as its settings ask for, beside what is owned."""
    rows = advice.report.recommendations
    ladder = purchase_ladder(
        [row.purchase for row in rows],
        [row.annual_savings_usd / HOURS_PER_YEAR for row in rows],
        estate.commitments,
        advice.report.as_of,
        advice.settings.max_expiring_pct,
    )
    bars = timeline(ladder, estate.commitments)
    # What it is and how much of it; its term is the bar.
    return PurchaseLadder(ladder=ladder, bars=bars.assign(name=bars["name"].str.split(" × ").str[0]))


def track_coverage(
    estate: Estate, settings: TrackingSettings | None = None, catalogue: Catalogue | None = None
) -> CoverageTracking:
    """Coverage, utilisation and Effective Savings Rate over time.

    Raises EmptyInput without hourly usage.
    """
    asked = settings or TrackingSettings()
    evidence = _evidence(estate, catalogue, _WINDOW_DAYS)
    if evidence.kind != "hourly":
        raise EmptyInput("there is no hourly usage; how coverage develops needs it (--usage)")
    demand = evidence.history if asked.days is None else evidence.history.last(asked.days * 24)
    every = (
        pd.DataFrame()
        if asked.by is None
        else group_coverage_over_time(evidence, asked.by, asked.grain, demand)
    )
    names: tuple[str, ...] = ()
    if asked.by is not None:
        every = every.assign(**{asked.by: every[asked.by].astype("str").fillna("unknown")})
        dollars = every.groupby(asked.by)["EligibleUSD"].sum().sort_values(ascending=False)
        names = tuple(str(name) for name in dollars.index)
    kept = names[:_MOST_GROUPS]
    return CoverageTracking(
        settings=asked,
        start=demand.hours[0].date(),
        end=evidence.as_of,
        periods=coverage_over_time(evidence, asked.grain, demand),
        groups=every if asked.by is None else every[every[asked.by].isin(kept)],
        group_names=kept,
        all_groups=len(names),
        notes=evidence.notes,
    )


def holdings(
    estate: Estate, catalogue: Catalogue | None = None, *, below_pct: float = UNDERUSED_PCT
) -> Holdings:
    """How what is owned does, on the last 30 days; on a snapshot, on the instances that run.

    Underused is what was used to less than ``below_pct``.
    """
    evidence = _evidence(estate, catalogue, _WINDOW_DAYS)
    idle = underused(evidence, below_pct)
    wasted = [one.wasted_monthly_usd for one in idle]
    first = utc(evidence.as_of + timedelta(days=1))
    standing = estate.commitments[estate.commitments["State"].fillna("active") != "retired"]
    return Holdings(
        as_of=evidence.as_of,
        source=evidence.kind,
        window_days=evidence.window_hours // 24,
        underused=idle,
        wasted_monthly_usd=None if None in wasted else sum(usd for usd in wasted if usd is not None),
        expiries=expiry_buckets(evidence),
        queue=standing[standing["Start"] > first].sort_values("Start", ignore_index=True),
        notes=evidence.notes,
    )


def _evidence(estate: Estate, catalogue: Catalogue | None, days: int) -> Evidence:
    """All that was ever owned, each in its own hours, beside all hours of the usage."""
    prices = prices_for(CommitmentSettings(), catalogue)
    usage = hourly_usage(estate)
    if usage is not None:
        last = utc(estate.as_of + timedelta(days=1))
        return from_usage(
            usage[usage["Hour"] < last],
            estate.commitments,
            prices,
            as_of=estate.as_of,
            lookback_days=days,
        )
    running = known_by(estate.ec2, estate.as_of)
    return from_instances(running, estate.commitments, prices, as_of=estate.as_of)
