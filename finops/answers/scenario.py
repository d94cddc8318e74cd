"""What will the coming months cost if accepted actions are done, and if usage grows?

A scenario adds to the months as they are (``finops.answers.outlook``), so that its difference from them
is the sum of what is shown:

- *growth*: as is × (factor − 1); in the k-th month the factor is (1 + growth)^k for growth a month and
  (1 + growth)^(k ÷ 12) for growth a year;
- *a change of usage* that is accepted saves a twelfth of its year from the first month on, × the factor:
  what is put right would have grown, too;
- *a purchase* that is accepted saves a twelfth of its year from the first month on, whatever grows: it
  covers what it was bought for. That is its effective cost, upfront spread over the term. Billed, the
  first month has the upfront, and every month saves that much ÷ (12 × years of the term) more. Where
  usage shrinks, part of it goes unused, so that this saving is the most there can be
  (``Scenario.purchases_at_most``).

Each of these is in whole cents a month, rounded so that its months add up to its rounded sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from finops.answers.actions import Action
from finops.answers.outlook import Bounded, Outlook
from finops.forecasting import BOUNDS
from finops.money import add_cents, round_in_turn, to_cents
from finops.periods import Month

_MONTHS_OF_A_YEAR = 12
_CHANGE = 1  # the step of actions that change usage


@dataclass(frozen=True, slots=True)
class Growth:
    """``pct`` percent a ``per``; above −100."""

    pct: float = 0.0
    per: Literal["year", "month"] = "year"

    def factor(self, month: int) -> float:
        """Of the month of this number, the first being 1."""
        years = month if self.per == "month" else month / _MONTHS_OF_A_YEAR
        return float((1 + self.pct / 100) ** years)


@dataclass(frozen=True, slots=True)
class ActionInMonths:
    """What an accepted action does to each month's cost: below 0 it saves."""

    action: Action
    usd: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioMonth:
    """One month: ``alone.mean_usd`` = as is + growth + changes + purchases, and with those before it.

    Bounds lie as far from the scenario as those of the month as it is from it, × the growth; of a sum,
    × the growth of the whole sum. They know nothing of whether growth and savings come true.
    """

    month: Month
    as_is_usd: float
    growth_usd: float
    changes_usd: float
    purchases_usd: float
    alone: Bounded
    to_date: Bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Over all months, ``total_usd`` = ``as_is_usd`` + growth + changes + purchases."""

    months: tuple[ScenarioMonth, ...]
    actions: tuple[ActionInMonths, ...]
    growth: Growth
    as_is_usd: float
    growth_usd: float
    changes_usd: float
    purchases_usd: float
    total_usd: float

    @property
    def difference_usd(self) -> float:
        return add_cents((self.total_usd, -self.as_is_usd))

    @property
    def purchases_at_most(self) -> bool:
        """Whether usage shrinks below what accepted purchases were bought for."""
        return self.growth.pct < 0 and any(one.action.step != _CHANGE for one in self.actions)


def scenario(found: Outlook, accepted: Sequence[Action] = (), growth: Growth | None = None) -> Scenario:
    """The months if these actions are done before the first of them, and usage grows so."""
    assumed = growth or Growth()
    factors = [assumed.factor(at + 1) for at in range(len(found.months))]
    actions = tuple(
        ActionInMonths(one, _to_the_cent(_monthly(one, factors, found.basis))) for one in accepted
    )
    growth_usd = _to_the_cent(
        month.alone.mean_usd * (factor - 1) for month, factor in zip(found.months, factors, strict=True)
    )
    rows: list[ScenarioMonth] = []
    to_date = as_is_to_date = grown_to_date = 0.0
    for at, (month, factor) in enumerate(zip(found.months, factors, strict=True)):
        as_is = month.alone.mean_usd
        grown = growth_usd[at]
        changes = add_cents(one.usd[at] for one in actions if one.action.step == _CHANGE)
        purchases = add_cents(one.usd[at] for one in actions if one.action.step != _CHANGE)
        alone = add_cents((as_is, grown, changes, purchases))
        to_date = add_cents((to_date, alone))
        as_is_to_date += as_is
        grown_to_date += as_is * factor
        of_sum = grown_to_date / as_is_to_date if as_is_to_date else factor
        of_sum = of_sum if of_sum > 0 else factor  # months of both signs
        rows.append(
            ScenarioMonth(
                month=month.month,
                as_is_usd=as_is,
                growth_usd=grown,
                changes_usd=changes,
                purchases_usd=purchases,
                alone=_moved(month.alone, alone, factor),
                to_date=_moved(month.to_date, to_date, of_sum),
            )
        )
    return Scenario(
        months=tuple(rows),
        actions=actions,
        growth=assumed,
        as_is_usd=add_cents(row.as_is_usd for row in rows),
        growth_usd=add_cents(row.growth_usd for row in rows),
        changes_usd=add_cents(row.changes_usd for row in rows),
        purchases_usd=add_cents(row.purchases_usd for row in rows),
        total_usd=to_date,
    )


def _monthly(action: Action, factors: Sequence[float], basis: str) -> Iterator[float]:
    """Dollars more (above 0) or less of each month."""
    saving = action.annual_saving_usd / _MONTHS_OF_A_YEAR
    if action.step == _CHANGE:
        yield from (-saving * factor for factor in factors)
        return
    upfront = action.upfront_usd if basis == "billed" else 0.0
    spread = upfront / (_MONTHS_OF_A_YEAR * (action.term_years or 1))
    for at in range(len(factors)):
        yield (upfront if at == 0 else 0.0) - saving - spread


def _to_the_cent(months: Iterable[float]) -> tuple[float, ...]:
    """Dollars of months, so that the sum of any first of them is their rounded sum."""
    return tuple(cents / 100 for cents in round_in_turn(months))


def _moved(as_is: Bounded, usd: float, factor: float) -> Bounded:
    bounds = (getattr(as_is, name) for name in BOUNDS)
    moved = (
        None if bound is None else to_cents(usd + (bound - as_is.mean_usd) * factor) / 100
        for bound in bounds
    )
    return Bounded(usd, *moved)
