"""Limits on each row beside limits on all together: what is filled up again keeps to both."""

from __future__ import annotations

import pytest

from finops import Estate
from finops.pricing import packaged_catalogue
from finops.ri_engine.attribution import Attribution, Beside, attribute
from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.optimum import Limits, best_portfolio
from finops.ri_engine.optimum.quick import QuickSearch
from finops.schema import COMMITMENTS


@pytest.fixture(scope="module")
def evidence(sample: Estate) -> Evidence:
    """Two weeks of one region, in which nothing is owned."""
    assert sample.usage is not None
    usage = sample.usage[sample.usage["Region"] == "us-west-2"]
    return from_usage(
        usage, COMMITMENTS.empty(), packaged_catalogue(), as_of=sample.as_of, lookback_days=14
    )


def advised(evidence: Evidence, limits: Limits, *, quick: bool = False) -> Attribution:
    """What the best purchases do, billed over all hours."""
    demand = evidence.window
    if quick:
        found = QuickSearch(evidence, demand, limits).best(limits).portfolio
    else:
        found = best_portfolio(evidence, demand, limits)
    return attribute(evidence, demand, Beside.of(evidence, demand), found.purchases)


@pytest.mark.parametrize("quick", [False, True], ids=["advice", "slider"])
@pytest.mark.parametrize(
    "row",
    [{"min_utilization_pct": 95.0}, {"max_break_even_months": 9.0}],
    ids=lambda row: next(iter(row)),
)
def test_a_target_coverage_holds_beside_them(
    evidence: Evidence, row: dict[str, float], quick: bool
) -> None:
    """Half of the dollars stay On-Demand; every row is used for 95 % or pays back in 9 of 12 months."""
    result = advised(evidence, Limits(term_years=1, target_coverage=0.5, **row), quick=quick)
    uncovered = evidence.usd @ result.residual.mean(axis=1)
    assert uncovered >= 0.5 * (evidence.usd @ evidence.window.quantity.mean(axis=1)) - 1e-6
    assert result.saving.sum() > 0
    if "min_utilization_pct" in row:
        assert result.utilization.min() >= 0.95 - 1e-6
    else:
        assert (result.cost * 12 / result.value).max() <= 9 + 1e-6


def test_caution_holds_beside_them(evidence: Evidence) -> None:
    """A utilization that every cautious row reaches by itself leads to no more commitments."""
    wary = Limits(term_years=1, risk_aversion=1.0)
    free = advised(evidence, wary)
    assert free.utilization.min() > 0.9
    held = advised(evidence, Limits(term_years=1, risk_aversion=1.0, min_utilization_pct=90.0))
    assert held.cost.sum() == pytest.approx(free.cost.sum(), rel=0.01)
    bold = advised(evidence, Limits(term_years=1, min_utilization_pct=90.0))
    assert bold.cost.sum() > 1.05 * free.cost.sum()
