"""Which amount holds in a period? The planned, the adjusted or the fixed one, and what is carried over.

An adjusted amount is made of what was spent before the period (history), or of what the period is
forecast to cost on its first day, so that it stays the same while the period lasts. Rollover carries
the remainder (amount + carried − actual) of each period from the budget's start on, as far as the
bill holds them whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from finops.budget_manager.budget import AutoAdjust, Budget
from finops.budget_manager.budget_period import Period, period_at
from finops.budget_manager.spend import Known, cost_column, scope_costs, spend_in, whole_periods
from finops.forecasting import PROFILE_DAYS, daily_costs, project_period
from finops.money import CENT, exact, round_cents
from finops.periods import utc

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodAmount:
    """US dollars of a period. ``usd`` is ``base_usd`` + ``carried_usd``, and at least one cent.

    ``source`` says where the base comes from, ``note`` what could not be taken into account.
    """

    usd: Decimal
    base_usd: Decimal
    carried_usd: Decimal
    source: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Base:
    usd: Decimal
    source: str
    note: str = ""


def amount_in(budget: Budget, facts: Known, period: Period) -> PeriodAmount:
    """The amount of one of the budget's periods."""
    base = _base(budget, facts, period)
    carried, gap = _carried(budget, facts, period)
    return PeriodAmount(
        # What was overspent beyond the whole amount stays in the remainder that goes on.
        usd=max(base.usd + carried, CENT),
        base_usd=base.usd,
        carried_usd=carried,
        source=base.source,
        note="; ".join(filter(None, (base.note, gap))),
    )


def _base(budget: Budget, facts: Known, period: Period) -> _Base:
    if budget.adjust is not None:
        by = _from_history if budget.adjust.by == "history" else _from_forecast
        return by(budget, budget.adjust, facts, period)
    planned = next((one.amount for one in budget.planned if one.start == period.start), None)
    if planned is not None:
        return _Base(usd=planned, source="planned")
    note = f"no amount is planned for the period from {period.start}" if budget.planned else ""
    return _Base(usd=budget.amount, source="fixed", note=note)


def _from_history(budget: Budget, adjust: AutoAdjust, facts: Known, period: Period) -> _Base:
    earlier = islice(whole_periods(budget, facts, period, back_to=date.min), adjust.periods)
    spent = [(one.usd, one.charged) for one in (spend_in(budget, facts, days) for days in earlier)]
    # AWS leaves out the oldest periods where they have no cost at all.
    while spent and not spent[-1][1]:
        spent.pop()
    amounts = [usd for usd, _ in spent if usd is not None]
    mean = sum(amounts, Decimal(0)) / len(amounts) if amounts else Decimal(0)
    source = f"mean of {len(amounts)} earlier periods"
    return _adjusted(budget, adjust, mean, source, "no whole period before this one has a cost")


def _from_forecast(budget: Budget, adjust: AutoAdjust, facts: Known, period: Period) -> _Base:
    charges = scope_costs(budget, facts)
    charges = charges[charges["ChargePeriodStart"] < utc(period.start + timedelta(days=1))]
    lacking = f"fewer than {PROFILE_DAYS} days of cost before {period.start}"
    if charges.empty or facts.last is None or facts.last < period.start:
        return _adjusted(budget, adjust, Decimal(0), "", lacking)
    first = charges["ChargePeriodStart"].min().date()
    if (period.start - first).days < PROFILE_DAYS:
        return _adjusted(budget, adjust, Decimal(0), "", lacking)
    daily = daily_costs(charges, cost_column(budget), first, period.start)
    projection = project_period(daily, (period.start, period.end))
    source = f"forecast on {period.start}"
    return _adjusted(budget, adjust, exact(projection.total_usd), source, "the forecast is $0")


def _adjusted(budget: Budget, adjust: AutoAdjust, usd: Decimal, source: str, lacking: str) -> _Base:
    amount = round_cents(usd * (1 + adjust.growth_pct / HUNDRED))
    if amount <= 0:
        return _Base(usd=budget.amount, source="fixed", note=f"not adjusted: {lacking}")
    return _Base(usd=amount, source=source)


def _carried(budget: Budget, facts: Known, period: Period) -> tuple[Decimal, str]:
    """What earlier periods leave, and in words which of them are not known."""
    if budget.rollover == "none" or budget.start is None:
        return Decimal(0), ""
    first = period_at(budget, budget.start)
    known = list(whole_periods(budget, facts, period, back_to=first.start))[::-1]
    carried, lost = Decimal(0), False
    for earlier in known:
        spent = spend_in(budget, facts, earlier).usd
        lost = lost or spent is None
        left = Decimal(0) if spent is None else _base(budget, facts, earlier).usd + carried - spent
        carried = _remainder(budget, left)
    begun = known[0].start if known else period.start
    lost = lost or begun > first.start or bool(known and known[-1].end != period.start)
    return carried, "remainders of periods that the bill lacks are not carried" if lost else ""


def _remainder(budget: Budget, left: Decimal) -> Decimal:
    if budget.rollover == "unspent":
        return max(left, Decimal(0))
    return min(left, Decimal(0)) if budget.rollover == "overspent" else left
