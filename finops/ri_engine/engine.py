"""Reserved Instance advice, coverage and the comparison with Savings Plans: the public class."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import cast

import pandas as pd

from finops.errors import NotAvailable
from finops.ri_engine.advice import steady_only
from finops.ri_engine.backtest import choose_window, given_window, sized_for
from finops.ri_engine.catalogue import Catalogue
from finops.ri_engine.claims import RI
from finops.ri_engine.coverage import TARGET_PCT, CoverageReport, coverage
from finops.ri_engine.evidence import HOURS_PER_DAY, Evidence, from_instances, from_usage
from finops.ri_engine.optimum import Limits
from finops.ri_engine.owned import shield
from finops.ri_engine.plan_comparison import PlanComparison, compare
from finops.ri_engine.pools import last_complete_day
from finops.ri_engine.recommendations import Question, recommend
from finops.ri_engine.report import RecommendationReport
from finops.ri_engine.snapshot import known_by, latest_launch
from finops.ri_engine.steady_instances import instance_steadiness, pool_steadiness
from finops.schema import COMMITMENTS, EC2, USAGE, Frame


class ReportTarget(float):
    """A share that a report is held against without limiting what is bought."""


# Compares equal to 0.70; only its type tells that the caller asked for no cap.
DEFAULT_TARGET_COVERAGE = ReportTarget(0.70)
DEFAULT_LOOKBACK_DAYS = 90
NO_LIMITS = Limits()


class RIRecommendationEngine:
    """What to commit to. ``lookback_days`` is how much hourly usage counts as evidence, as it was; None
    lets a back-test choose, and sizes for where demand is heading.

    Frames are those of ``finops.schema``; columns that may be absent there may be absent here.
    ``as_of`` is the last day that counts, inclusive: by default the last complete day of the usage,
    else the latest launch date in the list. ``commitments`` is what is owned already, ``catalogue``
    the prices, by default the packaged ones.
    """

    def __init__(self, lookback_days: int | None = 90, *, catalogue: Catalogue | None = None) -> None:
        if lookback_days is not None and lookback_days < 1:
            raise ValueError(f"lookback_days is {lookback_days}; it must be 1 or more")
        self.lookback_days = lookback_days
        self._given = catalogue

    @cached_property
    def catalogue(self) -> Catalogue:
        """The prices: those given, else the packaged ones, read when first needed."""
        return self._given or _packaged()

    def generate_ri_recommendations(
        self,
        ec2: pd.DataFrame,
        usage: pd.DataFrame | None = None,
        min_uptime_pct: float = 80.0,
        target_coverage: float = DEFAULT_TARGET_COVERAGE,
        *,
        as_of: date | None = None,
        commitments: pd.DataFrame | None = None,
        term_years: int | None = None,
        payment_option: str | None = None,
        offering_class: str | None = None,
    ) -> RecommendationReport:
        """The Reserved Instances that cost least together, net of what is owned.

        As ``generate_recommendations``, for this kind alone. ``target_coverage`` (a fraction of eligible
        dollars) limits it on hourly usage only when it is passed.
        """
        limits = Limits(
            kinds=(RI,),
            term_years=term_years,
            payment_option=payment_option,
            offering_class=offering_class,
            target_coverage=None
            if isinstance(target_coverage, ReportTarget)
            else float(target_coverage),
        )
        return self.generate_recommendations(
            ec2,
            usage,
            limits=limits,
            as_of=as_of,
            commitments=commitments,
            min_uptime_pct=min_uptime_pct,
            target_coverage=float(target_coverage),
        )

    def generate_recommendations(
        self,
        ec2: pd.DataFrame,
        usage: pd.DataFrame | None = None,
        *,
        limits: Limits = NO_LIMITS,
        as_of: date | None = None,
        commitments: pd.DataFrame | None = None,
        min_uptime_pct: float = 80.0,
        target_coverage: float = float(DEFAULT_TARGET_COVERAGE),
    ) -> RecommendationReport:
        """The portfolio of Reserved Instances and Savings Plans that costs least, net of what is owned.

        With hourly ``usage`` it is the optimum within ``limits`` for the last ``lookback_days`` days;
        ``target_coverage`` (a fraction) is what the report is held against, and ``min_uptime_pct`` only
        says which pools are listed as steady. Without, running instances whose
        steadiness is at least ``min_uptime_pct`` count, and at most ``target_coverage`` of them are
        bought for; such rows say ``evidence="snapshot"``. Pools without a price are in ``not_priced``.
        Raises NotAvailable for a list that names no day, and ValueError for shares out of range.
        """
        _check(min_uptime_pct, target_coverage)
        owned = _framed(commitments, COMMITMENTS)
        listed = _framed(ec2, EC2)
        evidence = self._evidence(listed, usage, owned, as_of)
        question = Question(limits=limits, target=target_coverage, owned=owned, ec2=listed)
        if evidence.kind == "snapshot":
            running = known_by(listed, evidence.as_of)
            days = self.lookback_days or DEFAULT_LOOKBACK_DAYS
            steady = instance_steadiness(evidence, running, days, min_uptime_pct)
            return recommend(evidence, steady, question)
        given = self.lookback_days
        window = choose_window(evidence, limits) if given is None else given_window(given)
        sized = sized_for(evidence, window)
        days = max(1, sized.evidence.window_hours // HOURS_PER_DAY)
        window = replace(window, days=min(window.days, days))
        steady = pool_steadiness(sized.evidence, min_uptime_pct)
        return recommend(sized.evidence, steady, replace(question, window=window), sized.demand)

    def calculate_current_coverage(
        self,
        ec2: pd.DataFrame,
        usage: pd.DataFrame | None = None,
        commitments: pd.DataFrame | None = None,
        *,
        as_of: date | None = None,
        days: int = 30,
        target_pct: float = TARGET_PCT,
    ) -> CoverageReport:
        """Coverage and utilisation in the last ``days`` days up to ``as_of``, as the hours were.

        Without hourly usage it is that of the running instances in the last hour of ``as_of``.
        """
        owned = _framed(commitments, COMMITMENTS)
        over = RIRecommendationEngine(days, catalogue=self.catalogue)
        evidence = over._evidence(_framed(ec2, EC2), usage, owned, as_of, as_they_were=True)
        return coverage(evidence, target_pct)

    def generate_savings_plan_comparison(
        self,
        ec2: pd.DataFrame,
        usage: pd.DataFrame | None = None,
        *,
        as_of: date | None = None,
        commitments: pd.DataFrame | None = None,
        min_uptime_pct: float = 80.0,
        target_coverage: float = DEFAULT_TARGET_COVERAGE,
    ) -> PlanComparison:
        """RIs and Savings Plans, each sized alone on what owned commitments leave uncovered.

        Without hourly usage the demand is the instances that snapshot advice would buy for:
        ``target_coverage`` of the steady ones, the two limits having no meaning with hourly usage.
        """
        _check(min_uptime_pct, target_coverage)
        owned, listed = _framed(commitments, COMMITMENTS), _framed(ec2, EC2)
        evidence = self._evidence(listed, usage, owned, as_of)
        demand = evidence.window
        if evidence.kind == "snapshot":
            running = known_by(listed, evidence.as_of)
            days = self.lookback_days or DEFAULT_LOOKBACK_DAYS
            steady = instance_steadiness(evidence, running, days, min_uptime_pct)
            evidence = steady_only(evidence, steady.instances, Limits(), float(target_coverage))
            demand = evidence.window
        return compare(evidence, demand)

    def _evidence(
        self,
        ec2: pd.DataFrame,
        usage: pd.DataFrame | None,
        owned: pd.DataFrame,
        as_of: date | None,
        *,
        as_they_were: bool = False,
    ) -> Evidence:
        hours = _framed(usage, USAGE)
        if as_of is not None and not hours.empty:
            hours = hours[hours["Hour"] < pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)]
        if not hours.empty:
            end = last_complete_day(hours)
            counting = owned if as_they_were else shield(owned, end)
            days = self.lookback_days or DEFAULT_LOOKBACK_DAYS
            return from_usage(hours, counting, self.catalogue, as_of=as_of, lookback_days=days)
        day = latest_launch(ec2) if as_of is None else as_of
        if day is None:
            raise NotAvailable(
                "advice needs a day: the list holds no LaunchTime and as_of was not given; pass as_of"
            )
        counting = owned if as_they_were else shield(owned, day)
        evidence = from_instances(known_by(ec2, day), counting, self.catalogue, as_of=day)
        if as_of is not None:
            return evidence
        note = f"as_of was not given: {day}, the latest launch date in the list, is taken"
        return replace(evidence, notes=(*evidence.notes, note))


def _framed(frame: pd.DataFrame | None, schema: Frame) -> pd.DataFrame:
    """The frame as its schema has it; one that already is stays as it is."""
    if frame is None:
        return schema.empty()
    return frame if list(frame.columns) == list(schema.columns) else schema.conform(frame)


def _packaged() -> Catalogue:
    from finops.pricing import load_catalogue  # noqa: PLC0415 - 18,000 prices, only when none are given

    return cast(Catalogue, load_catalogue())


def _check(min_uptime_pct: float, target_coverage: float) -> None:
    if not 0 <= min_uptime_pct <= 100:
        raise ValueError(f"min_uptime_pct is {min_uptime_pct}; it is a percentage from 0 to 100")
    if not 0 <= target_coverage <= 1:
        raise ValueError(
            f"target_coverage is {target_coverage}; it is a fraction from 0 to 1 (70 % is 0.70)"
        )
