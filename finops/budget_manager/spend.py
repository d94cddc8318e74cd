"""What has a budget's scope cost so far in its period?

With a bill it is the exact sum of its charges on whole days from the start of the period up to
``as_of``, or up to the bill's last day where that is earlier. With the resource lists alone it is
MonthlyCostUSD × the months of the period × the share of the period that has passed, counted for
each resource from the later of the period's start and its launch, and marked estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd

from finops.budget_manager import scope
from finops.budget_manager.budget import Budget
from finops.budget_manager.budget_period import Period, period_at, periods_before
from finops.errors import CurrencyError
from finops.money import exact
from finops.periods import between, utc
from finops.schema import Frames, total

_COLUMN = {"billed": "BilledCost", "effective": "EffectiveCost"}
_NEEDED = [
    "BillingPeriodStart",
    "ChargePeriodStart",
    "ChargeCategory",
    "ChargeFrequency",
    "ServiceName",
    "RegionId",
    "SubAccountId",
    "Tags",
    *_COLUMN.values(),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an estate knows up to ``as_of``. ``first`` and ``last`` are the days that its bill spans.

    They are null where there is no bill; the money then comes from the resource lists.
    """

    as_of: date
    costs: pd.DataFrame
    ec2: pd.DataFrame
    s3: pd.DataFrame
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spend:
    """What a scope has cost in the period, in dollars.

    ``usd`` is None where it cannot be known. ``matched`` is False where the scope has no charge or
    resource at all, in any period, and ``charged`` where this one holds no charge. ``whole`` is False
    where the bill begins after the period: the sum is then a lower bound. ``days_elapsed`` counts the
    days that ``usd`` covers. ``charges`` are those of the scope in every period up to ``as_of``;
    without a bill there are none, and ``run_rate_usd`` is then what the listed resources cost from
    now to the period's end and before.
    """

    usd: Decimal | None
    matched: bool
    whole: bool
    estimated: bool
    period: Period
    days_elapsed: int
    charges: pd.DataFrame
    note: str
    charged: bool = True
    run_rate_usd: Decimal | None = None


def known(estate: Frames) -> Known:
    """The part of the estate that counts on its ``as_of``. Raises CurrencyError for another currency."""
    costs = estate.costs
    if costs.empty:
        return Known(
            as_of=estate.as_of, costs=costs, ec2=estate.ec2, s3=estate.s3, first=None, last=None
        )
    foreign = sorted(set(costs["BillingCurrency"].dropna().unique()) - {"USD"})
    if foreign:
        raise CurrencyError(
            f"budgets are in US dollars, and the bill is in {', '.join(foreign)}; load a bill in USD"
        )
    costs = costs.loc[costs["ChargePeriodStart"] < utc(estate.as_of + timedelta(days=1)), _NEEDED]
    begins = costs[["BillingPeriodStart", "ChargePeriodStart"]].min().min()
    ends = costs["ChargePeriodStart"].max()
    return Known(
        as_of=estate.as_of,
        costs=costs,
        ec2=estate.ec2,
        s3=estate.s3,
        # A bill with nothing up to as_of spans no day: it ends before it begins.
        first=estate.as_of if pd.isna(begins) else begins.date(),
        last=estate.as_of - timedelta(days=1) if pd.isna(ends) else ends.date(),
    )


def spend_so_far(budget: Budget, facts: Known) -> Spend:
    """The scope's cost in the period of the budget that holds ``as_of``."""
    return spend_in(budget, facts, period_at(budget, facts.as_of))


def spend_in(budget: Budget, facts: Known, period: Period) -> Spend:
    """The scope's cost in any days, up to ``as_of``."""
    if facts.first is None or facts.last is None:
        return _from_inventory(budget, facts, period)
    return _from_bill(budget, facts, period, first=facts.first, last=facts.last)


def whole_periods(budget: Budget, facts: Known, before: Period, back_to: date) -> Iterator[Period]:
    """The earlier periods of which the bill holds every day, from ``back_to`` on, latest first."""
    if facts.first is None or facts.last is None:
        return
    for period in periods_before(budget, before, max(back_to, facts.first)):
        if period.last_day <= min(facts.as_of, facts.last):
            yield period


def scope_costs(budget: Budget, facts: Known) -> pd.DataFrame:
    """The charges of the scope up to ``as_of``, of every period."""
    return facts.costs[scope.charges(budget, facts.costs)]


def cost_column(budget: Budget) -> str:
    """The column of ``costs`` that the budget counts."""
    return _COLUMN[budget.cost_basis]


def _from_bill(budget: Budget, facts: Known, period: Period, first: date, last: date) -> Spend:
    charges = scope_costs(budget, facts)
    through = min(facts.as_of, last)
    elapsed = period.elapsed(through)
    inside = charges[between(charges["ChargePeriodStart"], period.start, period.end)][
        cost_column(budget)
    ]
    unpriced = int(inside.isna().sum())
    begun = facts.as_of >= period.start
    # Also of days that all lie before the bill nothing is known.
    unknown = (
        (begun and elapsed == 0) or first >= period.end or (unpriced > 0 and unpriced == len(inside))
    )
    notes = [
        (not begun, f"the period begins on {period.start}"),
        (_ended(budget, facts.as_of), f"the budget ended on {budget.end}"),
        (first > period.start and begun, f"the bill begins on {first}, after the period's start"),
        (last < min(facts.as_of, period.last_day), f"the bill ends on {last}"),
        (unpriced > 0, f"charges without {cost_column(budget)}, left out: {unpriced}"),
    ]
    return Spend(
        usd=None if unknown or charges.empty else total(inside),
        # A bill that begins after as_of says nothing about the scope.
        matched=not charges.empty or facts.costs.empty,
        whole=first <= period.start,
        estimated=False,
        period=period,
        days_elapsed=elapsed,
        charges=charges,
        charged=len(inside) > 0,
        note="; ".join(text for holds, text in notes if holds),
    )


def _from_inventory(budget: Budget, facts: Known, period: Period) -> Spend:
    lists = (
        (facts.ec2, "ec2", "LaunchTime"),
        (facts.s3, "s3", "CreationDate"),
    )
    rows = [
        pd.DataFrame({"usd": frame["MonthlyCostUSD"], "since": frame[since]})[
            scope.resources(budget, frame, service)
        ]
        for frame, service, since in lists
    ]
    counted = pd.concat(rows, ignore_index=True)
    unpriced = int(counted["usd"].isna().sum())
    unknown = counted.empty or unpriced == len(counted)
    notes = [
        (_ended(budget, facts.as_of), f"the budget ended on {budget.end}"),
        (unpriced > 0, f"resources without a cost, left out: {unpriced}"),
    ]
    return Spend(
        usd=None if unknown else _estimate(counted, period, facts.as_of),
        matched=not counted.empty,
        whole=True,
        estimated=True,
        period=period,
        days_elapsed=period.elapsed(facts.as_of),
        charges=facts.costs,
        note="; ".join(text for holds, text in notes if holds),
        run_rate_usd=None if unknown else _estimate(counted, period, period.last_day),
    )


def _ended(budget: Budget, as_of: date) -> bool:
    return budget.period != "custom" and budget.end is not None and budget.end < as_of


def _estimate(counted: pd.DataFrame, period: Period, as_of: date) -> Decimal:
    start = utc(period.start)
    until = min(utc(as_of + timedelta(days=1)), utc(period.end))
    since = counted["since"].where(counted["since"] > start, start)
    share = ((until - since).dt.total_seconds() / (period.days * 86_400)).clip(lower=0.0)
    # To the millionth of a dollar: an estimate has no more, and 80 % is then 80 %.
    return exact(round(float((counted["usd"] * share * period.months).sum()), 6))
