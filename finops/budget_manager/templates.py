"""Which budgets to begin with? One in all, one for each service, environment and team, with amounts.

The amount is the mean of the full months that the bill holds (at most the last 12, and of them the
months in which the scope was charged), or the monthly run rate of the resource lists where there
is no full month, with 10 % headroom, rounded up to whole $10. A scope that costs nothing has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, Decimal

import pandas as pd

from finops import tags
from finops.budget_manager import scope
from finops.budget_manager.budget import Budget, make_budget
from finops.budget_manager.spend import Known, scope_costs
from finops.periods import Month, between, last_full_month
from finops.schema import total

HEADROOM = Decimal("1.10")
STEP_USD = Decimal(10)
HISTORY_MONTHS = 12
_TAGGED = (("environment", "Environment"), ("team", "Team"))


def suggest_budgets(facts: Known) -> tuple[Budget, ...]:
    """Monthly drafts without an id, not saved anywhere, largest scopes first and values in order."""
    months = _full_months(facts)
    drafts = (_draft(kind, value, name, facts, months) for kind, value, name in _scopes(facts))
    return tuple(draft for draft in drafts if draft is not None)


def suggested_amount(monthly_usd: Decimal) -> Decimal:
    """A month's cost with 10 % headroom, rounded up to whole $10."""
    return (monthly_usd * HEADROOM / STEP_USD).to_integral_value(ROUND_CEILING) * STEP_USD


def _scopes(facts: Known) -> Iterator[tuple[str, str, str]]:
    yield "total", "", "Total"
    yield "service", "EC2", "EC2"
    yield "service", "S3", "S3"
    for kind, key in _TAGGED:
        for value in _values(facts, key):
            yield kind, value, _one_line(f"{key} {value}")


def _values(facts: Known, key: str) -> list[str]:
    frames = (facts.ec2, facts.s3) if facts.first is None else (facts.costs,)
    found = {value for frame in frames for value in tags.values(frame["Tags"], key).dropna().unique()}
    return sorted(value for value in found if value.strip())


def _one_line(name: str) -> str:
    return "".join(char if char.isprintable() else " " for char in name)[:100]


def _draft(kind: str, value: str, name: str, facts: Known, months: list[Month]) -> Budget | None:
    # Any amount will do to ask what the scope costs.
    probe = make_budget(name=name, scope_type=kind, scope_value=value, amount=1)
    monthly = _mean_month(probe, facts, months) if months else _run_rate(probe, facts)
    if monthly <= 0:
        return None
    return probe.model_copy(update={"amount": suggested_amount(monthly)})


def _full_months(facts: Known) -> list[Month]:
    """The full months that the bill spans, at most the last 12, latest first."""
    if facts.first is None or facts.last is None:
        return []
    months = [last_full_month(min(facts.as_of, facts.last))]
    while len(months) <= HISTORY_MONTHS:
        months.append(months[-1].previous())
    return [month for month in months[:HISTORY_MONTHS] if month.start >= facts.first]


def _mean_month(budget: Budget, facts: Known, months: list[Month]) -> Decimal:
    charges = scope_costs(budget, facts)
    charges = charges[between(charges["ChargePeriodStart"], months[-1].start, months[0].end)]
    charged_in = charges["ChargePeriodStart"].dt.strftime("%Y-%m").nunique()
    return total(charges["BilledCost"]) / charged_in if charged_in else Decimal(0)


def _run_rate(budget: Budget, facts: Known) -> Decimal:
    lists = ((facts.ec2, "ec2"), (facts.s3, "s3"))
    costs: list[pd.Series] = [
        frame.loc[scope.resources(budget, frame, service), "MonthlyCostUSD"] for frame, service in lists
    ]
    return sum(map(total, costs), Decimal(0))
