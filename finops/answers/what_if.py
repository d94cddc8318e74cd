"""What would be saved under other limits? Answers for sliders: near-best, billed over all hours.

The market of an estate and a choice of offers is put together once and kept for the next answers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

import pandas as pd

from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.prices import prices_version
from finops.estate import Estate
from finops.money import HOURS_PER_MONTH, HOURS_PER_YEAR, share_pct
from finops.ri_engine.advice import without_losses
from finops.ri_engine.attribution import Beside
from finops.ri_engine.optimum.quick import QuickSearch
from finops.ri_engine.report import Basis, RecommendationReport
from finops.ri_engine.rows import REPORT_DISCOUNT_RATE, present_value

_KEPT = 12
_CASH_SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
_RISKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """A portfolio under some limits. Dollars are a year's, but for ``upfront_usd`` (at the start) and
    ``monthly_usd``; percentages are 0 to 100, None without eligible demand.

    ``worst_savings_usd`` is what a year saves in the worst tenth of ten cases of demand, None on a
    snapshot. ``purchases`` has a row each: title, kind, annual_savings_usd, upfront_usd, monthly_usd.
    """

    settings: CommitmentSettings
    on_demand_usd: float
    annual_savings_usd: float
    savings_pct: float | None
    worst_savings_usd: float | None
    npv_savings_usd: float | None
    upfront_usd: float
    monthly_usd: float
    coverage_before_pct: float | None
    coverage_after_pct: float | None
    purchases: pd.DataFrame = field(compare=False)


def what_if(estate: Estate, settings: CommitmentSettings) -> WhatIf:
    """The savings under ``settings``, found fast, not proven; without a limit they are the advice's.

    Errors are those of ``recommend``.
    """
    kept = _kept(estate, settings)
    if kept is None:
        return _of_report(settings, recommend(estate, settings).report)
    report, basis, search, beside = kept
    found = search.best(settings.limits)
    if _offers(settings) == settings:
        worst = found.worst_saving_usd * HOURS_PER_YEAR
        return replace(_of_report(settings, report), worst_savings_usd=worst)
    advice = without_losses(basis.evidence, basis.demand, found.portfolio, beside)
    evidence, result = basis.evidence, advice.attribution
    eligible = float(evidence.usd @ basis.demand.quantity.mean(axis=1))
    before = eligible - float(evidence.usd @ beside.residual.mean(axis=1))
    after = eligible - float(evidence.usd @ result.residual.mean(axis=1))
    bought = advice.portfolio.purchases
    saving = float(result.saving.sum()) * HOURS_PER_YEAR
    rows = pd.DataFrame(
        {
            "title": [one.title for one in bought],
            "kind": [one.kind for one in bought],
            "annual_savings_usd": result.saving * HOURS_PER_YEAR,
            "upfront_usd": [one.upfront_usd for one in bought],
            "monthly_usd": [one.recurring_hourly_usd * HOURS_PER_MONTH for one in bought],
        }
    )
    return WhatIf(
        settings=settings,
        on_demand_usd=eligible * HOURS_PER_YEAR,
        annual_savings_usd=saving,
        savings_pct=share_pct(saving, eligible * HOURS_PER_YEAR),
        worst_savings_usd=found.worst_saving_usd * HOURS_PER_YEAR,
        npv_savings_usd=present_value(bought, result, settings.discount_rate or REPORT_DISCOUNT_RATE),
        upfront_usd=sum(one.upfront_usd for one in bought),
        monthly_usd=sum(one.recurring_hourly_usd for one in bought) * HOURS_PER_MONTH,
        coverage_before_pct=share_pct(before, eligible),
        coverage_after_pct=share_pct(after, eligible),
        purchases=rows.sort_values("annual_savings_usd", ascending=False, ignore_index=True),
    )


def most_cash(estate: Estate, settings: CommitmentSettings) -> float:
    """The dollars at the start that the portfolio takes where nothing limits it."""
    return what_if(estate, _offers(settings)).upfront_usd


def cash_frontier(estate: Estate, settings: CommitmentSettings) -> pd.DataFrame:
    """Savings by the cash at the start: name, upfront_usd, annual_savings_usd, chosen (at most one)."""
    most = what_if(estate, replace(settings, max_upfront_usd=None))
    caps = [most.upfront_usd * share for share in _CASH_SHARES]
    if settings.max_upfront_usd is not None and settings.max_upfront_usd < most.upfront_usd:
        caps = sorted({*caps, settings.max_upfront_usd})
    found = [what_if(estate, replace(settings, max_upfront_usd=cap)) for cap in caps[:-1]] + [most]
    chosen = most.upfront_usd if settings.max_upfront_usd is None else settings.max_upfront_usd
    return pd.DataFrame(
        {
            "name": [f"at most ${cap:,.0f} at the start" for cap in caps],
            "upfront_usd": [one.upfront_usd for one in found],
            "annual_savings_usd": [one.annual_savings_usd for one in found],
            "chosen": _first([cap >= chosen for cap in caps]),
        }
    )


def risk_frontier(estate: Estate, settings: CommitmentSettings) -> pd.DataFrame:
    """Savings by the risk setting: name, risk_aversion, annual_savings_usd, worst_savings_usd, chosen.

    Empty on a snapshot, which knows nothing of how demand moves.
    """
    risks = sorted({*_RISKS, settings.risk_aversion})
    found = [what_if(estate, replace(settings, risk_aversion=risk)) for risk in risks]
    frame = pd.DataFrame(
        {
            "name": [f"risk setting {risk:g}" for risk in risks],
            "risk_aversion": risks,
            "annual_savings_usd": [one.annual_savings_usd for one in found],
            "worst_savings_usd": [one.worst_savings_usd for one in found],
            "chosen": [risk == settings.risk_aversion for risk in risks],
        }
    )
    return frame.iloc[:0] if frame["worst_savings_usd"].isna().any() else frame


def _offers(settings: CommitmentSettings) -> CommitmentSettings:
    """The settings without what the sliders limit."""
    return replace(
        settings,
        max_upfront_usd=None,
        target_coverage=None,
        risk_aversion=0.0,
        max_expiring_pct=None,
    )


def _first(flags: Sequence[bool]) -> list[bool]:
    return [flag and not any(flags[:at]) for at, flag in enumerate(flags)]


def _of_report(settings: CommitmentSettings, report: RecommendationReport) -> WhatIf:
    rows = report.recommendations
    return WhatIf(
        settings=settings,
        on_demand_usd=report.on_demand_usd,
        annual_savings_usd=report.annual_savings_usd,
        savings_pct=report.savings_pct,
        worst_savings_usd=None,
        npv_savings_usd=report.npv_savings_usd,
        upfront_usd=sum(row.upfront_usd for row in rows),
        monthly_usd=sum(row.monthly_usd for row in rows),
        coverage_before_pct=report.coverage_before_pct,
        coverage_after_pct=report.coverage_after_pct,
        purchases=pd.DataFrame(
            [
                (row.title, row.kind, row.annual_savings_usd, row.upfront_usd, row.monthly_usd)
                for row in rows
            ],
            columns=["title", "kind", "annual_savings_usd", "upfront_usd", "monthly_usd"],
        ),
    )


# The advice without limits, what it rests on, the search beside it, and what owned commitments leave of
# the demand; None on a snapshot.
_Kept = tuple[RecommendationReport, Basis, QuickSearch, Beside] | None
_searches: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()
_lock = Lock()


def _kept(estate: Estate, settings: CommitmentSettings) -> _Kept:
    """The search for an estate, a choice of offers and the prices that hold now."""
    offers = _offers(settings)
    key = (estate.digest, repr(offers), prices_version())
    with _lock:
        if key in _searches:
            _searches.move_to_end(key)
            return _searches[key]
    report = recommend(estate, offers).report
    basis = report.basis
    kept: _Kept = None
    if basis is not None and basis.evidence.kind == "hourly":
        search = QuickSearch(basis.evidence, basis.sized, offers.limits)
        kept = (report, basis, search, Beside.of(basis.evidence, basis.demand))
    with _lock:
        _searches[key] = kept
        while len(_searches) > _KEPT:
            _searches.popitem(last=False)
    return kept
