"""Which budgets to begin with? One in all, one for each service, environment and team, with amounts.

The amount comes from the full months that the bill holds, of them the months in which the scope was
charged, or from the monthly run rate of the resource lists where there is no full month: their mean
(or the highest, or the latest), with the growth that is expected and headroom on top, rounded up to
whole $10. A scope that costs nothing has no template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Literal, get_args

import pandas as pd

from finops import tags
from finops.budget_manager import scope
from finops.budget_manager.budget import MAX_NAME, Budget, make_budget
from finops.budget_manager.spend import Known, scope_costs
from finops.errors import BudgetError
from finops.money import exact, exact_sum
from finops.periods import Month, between, last_full_month
from finops.schema import total

STEP_USD = Decimal(10)
MAX_PERCENT = 1000
Basis = Literal["mean", "highest", "latest"]
Kind = Literal["total", "service", "environment", "team"]
BASES: tuple[str, ...] = get_args(Basis)
KINDS: tuple[str, ...] = get_args(Kind)
_TAGGED = {"environment": "Environment", "team": "Team"}
_MONTH_OF: Mapping[str, Callable[[Sequence[Decimal]], Decimal]] = {
    "mean": lambda months: exact_sum(months) / len(months),
    "highest": max,
    "latest": lambda months: months[0],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOptions:
    """How amounts are suggested.

    ``basis`` of the last ``months`` full months; ``growth_pct`` that is expected on top, and
    ``headroom_pct`` on top of that. ``kinds`` are the scopes asked for. Raises BudgetError for
    options that make no sense.
    """

    basis: str = "mean"
    months: int = 12
    growth_pct: Decimal | float = 0
    headroom_pct: Decimal | float = 10
    kinds: tuple[str, ...] = KINDS

    def __post_init__(self) -> None:
        wrong = [
            (self.basis not in BASES, f"basis is {self.basis!r}; it is one of {', '.join(BASES)}"),
            (not 1 <= self.months <= 60, f"months is {self.months}; it is a number from 1 to 60"),
            (
                not (_is_percent(self.growth_pct) and _is_percent(self.headroom_pct)),
                f"growth and headroom are percentages above -100 and up to {MAX_PERCENT}; received "
                f"{self.growth_pct} and {self.headroom_pct}",
            ),
            (
                not self.kinds or not set(self.kinds) <= set(KINDS),
                f"kinds are {', '.join(map(str, self.kinds)) or 'none'}; they are of {', '.join(KINDS)}",
            ),
        ]
        if reasons := [reason for holds, reason in wrong if holds]:
            raise BudgetError("; ".join(reasons))


def _is_percent(value: Decimal | float) -> bool:
    try:
        return -100 < exact(value) <= MAX_PERCENT
    except InvalidOperation:
        return False


USUAL = TemplateOptions()


def suggest_budgets(facts: Known, options: TemplateOptions = USUAL) -> tuple[Budget, ...]:
    """Monthly drafts without an id, not saved anywhere, largest scopes first and values in order."""
    months = _full_months(facts, options.months)
    drafts = (_draft(probe, facts, months, options) for probe in _probes(facts, options))
    return tuple(draft for draft in drafts if draft is not None)


def suggested_amount(monthly_usd: Decimal, options: TemplateOptions = USUAL) -> Decimal:
    """A month's cost with growth and headroom, rounded up to whole $10."""
    grown = monthly_usd * (100 + exact(options.growth_pct)) * (100 + exact(options.headroom_pct))
    return (grown / 10_000 / STEP_USD).to_integral_value(ROUND_CEILING) * STEP_USD


def _probes(facts: Known, options: TemplateOptions) -> Iterator[Budget]:
    # Any amount will do to ask what a scope costs.
    seen: dict[str, int] = {}
    for kind, value, plain_name in _scopes(facts, options):
        seen[plain_name] = seen.get(plain_name, 0) + 1
        # Long names are cut, and what cannot be printed is a blank: two values may have one.
        again = f" ({seen[plain_name]})" if seen[plain_name] > 1 else ""
        name = plain_name[: MAX_NAME - len(again)] + again
        yield make_budget(name=name, scope_type=kind, scope_value=value, amount=1)


def _scopes(facts: Known, options: TemplateOptions) -> Iterator[tuple[str, str, str]]:
    if "total" in options.kinds:
        yield "total", "", "Total"
    if "service" in options.kinds:
        for service in _services(facts):
            yield "service", service, _one_line(service)
    for kind, key in _TAGGED.items():
        if kind in options.kinds:
            for value in _values(facts, key):
                yield kind, value, _one_line(f"{key} {value}")


def _services(facts: Known) -> list[str]:
    """EC2 and S3 by their short names, and every other service of the bill by its own."""
    named = scope.services("combined")
    billed = facts.costs["ServiceName"].dropna().unique()
    return ["EC2", "S3", *sorted(name for name in billed if name.casefold() not in named)]


def _values(facts: Known, key: str) -> list[str]:
    frames = (facts.ec2, facts.s3) if facts.first is None else (facts.costs,)
    found = {value for frame in frames for value in tags.values(frame["Tags"], key).dropna().unique()}
    return sorted(value for value in found if value.strip())


def _one_line(name: str) -> str:
    return "".join(char if char.isprintable() else " " for char in name)[:MAX_NAME]


def _draft(probe: Budget, facts: Known, months: list[Month], options: TemplateOptions) -> Budget | None:
    monthly = _month(probe, facts, months, options.basis) if months else _run_rate(probe, facts)
    amount = suggested_amount(monthly, options)
    return probe.model_copy(update={"amount": amount}) if monthly > 0 and amount > 0 else None


def _full_months(facts: Known, at_most: int) -> list[Month]:
    """The last full months that the bill spans, latest first."""
    if facts.first is None or facts.last is None:
        return []
    months = [last_full_month(min(facts.as_of, facts.last))]
    while len(months) < at_most:
        months.append(months[-1].previous())
    return [month for month in months if month.start >= facts.first]


def _month(budget: Budget, facts: Known, months: list[Month], basis: str) -> Decimal:
    charges = scope_costs(budget, facts)
    charges = charges[between(charges["ChargePeriodStart"], months[-1].start, months[0].end)]
    by_month = charges["BilledCost"].groupby(charges["ChargePeriodStart"].dt.strftime("%Y-%m"))
    amounts = {str(month): total(usd) for month, usd in by_month}
    charged = [amounts[month] for month in sorted(amounts, reverse=True)]
    return _MONTH_OF[basis](charged) if charged else Decimal(0)


def _run_rate(budget: Budget, facts: Known) -> Decimal:
    lists = ((facts.ec2, "ec2"), (facts.s3, "s3"))
    costs: list[pd.Series] = [
        frame.loc[scope.resources(budget, frame, service), "MonthlyCostUSD"] for frame, service in lists
    ]
    return exact_sum(map(total, costs))
