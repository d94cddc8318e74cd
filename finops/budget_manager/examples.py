"""Worked examples that a reader can recompute: budgets on a few charges or on one instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from finops.budget_manager.alerts import evaluate_alerts
from finops.budget_manager.aws_budgets import read_aws_budgets
from finops.budget_manager.aws_calculated import reported_by_aws
from finops.budget_manager.budget import Budget, make_budget
from finops.budget_manager.spend import known
from finops.budget_manager.status import BudgetStatus, budget_status
from finops.budget_manager.templates import suggested_amount
from finops.budget_manager.variance import variances
from finops.budget_manager.year_end import year_end
from finops.money import exact
from finops.schema import ACCOUNTS, COMMITMENTS, COSTS, EC2, METRICS, S3, USAGE, Frames

Example = tuple[str, object, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class FewRows:
    """An estate of a handful of rows: only what the example needs is there."""

    as_of: date
    costs: pd.DataFrame = field(default_factory=COSTS.empty)
    ec2: pd.DataFrame = field(default_factory=EC2.empty)
    s3: pd.DataFrame = field(default_factory=S3.empty)
    usage: pd.DataFrame = field(default_factory=USAGE.empty)
    commitments: pd.DataFrame = field(default_factory=COMMITMENTS.empty)
    metrics: pd.DataFrame = field(default_factory=METRICS.empty)
    accounts: pd.DataFrame = field(default_factory=ACCOUNTS.empty)


def worked_examples(estate: Frames) -> Iterator[Example]:
    """What is computed, the value expected, and the value given."""
    yield from _figures_of_a_bill()
    yield from _threshold_edges()
    yield from _shares_of_a_period()
    yield from _amounts_of_a_period()
    yield (
        "a mean month of $1,000.01 suggests, with 10 % and up to $10",
        1110,
        suggested_amount(exact("1000.01")),
    )
    yield from _on_the_sample(estate)


def _on_the_sample(estate: Frames) -> Iterator[Example]:
    """Figures of the committed sample data."""
    total = _status(_monthly(1), estate)
    yield "billed from 1 to 18 October 2026, all services", 38_214.86, total.actual_usd
    yield "the sample is a bill, so its spend is no estimate", False, total.estimated


def _figures_of_a_bill() -> Iterator[Example]:
    # $10 a day in April 2026 up to the 10th, and one fee of $50 on the 1st: 10 × 10 + 50 = 150.
    status = _status(
        _monthly(200), FewRows(as_of=date(2026, 4, 10), costs=_charges(date(2026, 4, 1), 10))
    )
    yield "10 days at $10 and a fee of $50 come to", 150.0, status.actual_usd
    yield "variance to $200 (actual − budget)", -50.0, status.variance_usd
    yield "percent of $200 used", 75.0, status.percent_used
    yield "burn rate, dollars a day elapsed", 15.0, status.burn_rate_usd_per_day
    # The fee is counted once: 150 + 20 × 10, and not 150 ÷ 10 × 30 = 450.
    yield "forecast of April's 30 days, the fee counted once", 350.0, status.forecast_usd
    yield "status, 75 % used and the forecast over the amount", "forecast_exceeded", status.status


def _threshold_edges() -> Iterator[Example]:
    april = FewRows(as_of=date(2026, 4, 30), costs=_charges(date(2026, 4, 1), 30))  # $350
    for amount, reached in ((437.50, (50.0, 80.0)), (437.51, (50.0,)), (350, (50.0, 80.0, 100.0))):
        alerts = evaluate_alerts([_status(_monthly(amount), april)], april.as_of)
        found = tuple(alert.threshold_pct for alert in alerts)
        yield f"thresholds reached by $350 of ${amount:.2f}", reached, found
    # $150 by the 10th; the straight line to $300 is at 300 × 10 ÷ 30 = 100.
    tenth = FewRows(as_of=date(2026, 4, 10), costs=_charges(date(2026, 4, 1), 10))
    for pct, raised in ((150, ["pace"]), (151, list[str]())):
        paced = make_budget(
            name="Example",
            scope_type="total",
            amount=300,
            thresholds=({"on": "pace", "unit": "percent", "value": pct},),
        )
        kinds = [alert.kind for alert in evaluate_alerts([_status(paced, tenth)], tenth.as_of)]
        yield f"alerts of a pace of 150 % at the threshold of {pct} %", raised, kinds


def _shares_of_a_period() -> Iterator[Example]:
    # Resource lists alone: MonthlyCostUSD × elapsed share. $290 a month, launched long ago.
    leap_day = _status(_monthly(290), _instance(290, "2020-01-01", date(2028, 2, 28)))
    yield "28 of the 29 days of February 2028, of $290", 280.0, leap_day.actual_usd
    launched = _status(_monthly(300), _instance(300, "2026-04-11", date(2026, 4, 20)))
    yield "launched on 11 April, 10 of 30 days by the 20th, of $300", 100.0, launched.actual_usd
    # January to March 2026 are 90 days and 3 months: 3 × $300 × 45 ÷ 90.
    quarterly = _budget(amount=1, period="quarterly")
    quarter = _status(quarterly, _instance(300, "2020-01-01", date(2026, 2, 14)))
    yield "45 of the 90 days of a quarter, of $300 a month", 450.0, quarter.actual_usd
    yield "the quarter at that run rate", 900.0, quarter.forecast_usd


def _amounts_of_a_period() -> Iterator[Example]:
    # $10 a day from January 2028 on, and one fee of $50: January 31 × 10 + 50 = 360, February 290.
    leap = FewRows(as_of=date(2028, 2, 29), costs=_charges(date(2028, 1, 1), 60))
    plan = [{"start": date(2028, 1, 1), "amount": 1300}]
    quarter = _status(_budget(period="quarterly", planned=plan), leap)
    yield "planned for the quarter from January 2028", 1300.0, quarter.amount_usd
    yield "percent used by leap day, 60 × 10 + 50 of $1,300", 50.0, quarter.percent_used
    yield "days left of 31 + 29 + 31", 31, quarter.days_left
    # The straight line is at 1,300 × 60 ÷ 91 = 857.14; 650 ÷ 857.14.
    yield "pace, percent of the straight line", 75.83, quarter.pace_pct
    rolled = _status(_budget(amount=400, rollover="both", start=date(2028, 1, 1)), leap)
    yield "February's $400 and what January left of its own", 440.0, rolled.amount_usd
    adjusted = _status(_budget(adjust={"by": "history", "periods": 1, "growth_pct": 10}), leap)
    yield "January's $360 with 10 % growth", 396.0, adjusted.amount_usd
    fiscal = _status(_budget(amount=1, period="quarterly", fiscal_year_start=2), leap)
    yield (
        "first day of the quarter of a year that begins in February",
        date(2028, 2, 1),
        fiscal.period_start,
    )
    months = [line.variance_usd for line in variances(_budget(amount=300), known(leap))]
    yield "variance of January and February to $300", [60.0, -10.0], months
    yield (
        "the year's twelve amounts of $300",
        3600.0,
        year_end(_budget(amount=300), known(leap)).amount_usd,
    )
    reported = read_aws_budgets(_AWS, "example").budgets[0]
    yield (
        "percent used that AWS reports of $604.456 to $100",
        604.456,
        reported_by_aws(reported).percent_used,
    )
    yield "nobody's cost is no spend of $0", "no_match", _status(_budget(also=_NOBODY), leap).status


_NOBODY = [{"scope_type": "team", "values": ["nobody"]}]
_AWS = """{"Budgets": [{"BudgetName": "Example Budget", "BudgetType": "COST", "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "100", "Unit": "USD"},
    "CalculatedSpend": {"ActualSpend": {"Amount": "604.456", "Unit": "USD"}}}]}"""


def _budget(**fields: object) -> Budget:
    return make_budget(**{"name": "Example", "scope_type": "total", "amount": 100} | fields)


def _monthly(amount: float) -> Budget:
    return _budget(amount=amount)


def _status(budget: Budget, estate: Frames) -> BudgetStatus:
    return budget_status(budget, known(estate))


def _charges(first: date, days: int) -> pd.DataFrame:
    starts = [*pd.date_range(first, periods=days, tz="UTC"), pd.Timestamp(first, tz="UTC")]
    return COSTS.conform(
        pd.DataFrame(
            {
                "ChargePeriodStart": starts,
                "ChargeFrequency": ["Usage-Based"] * days + ["Recurring"],
                "BilledCost": [10] * days + [50],
            }
        )
    )


def _instance(monthly_usd: float, launched: str, as_of: date) -> FewRows:
    rows = {"InstanceId": ["i-1"], "MonthlyCostUSD": [monthly_usd], "LaunchTime": [launched]}
    return FewRows(as_of=as_of, ec2=EC2.conform(pd.DataFrame(rows)))
