"""Answers while a slider moves: near the advice under their limits, whatever was asked before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finops import Estate
from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.what_if import WhatIf, what_if

OFFERS = CommitmentSettings(term_years=1, lookback_days=30)


@pytest.fixture(scope="module")
def ask(sample: Estate):
    """An answer on the sample under limits."""
    return lambda **limits: what_if(sample, replace(OFFERS, **limits))


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"max_upfront_usd": 20_000.0},
        {"target_coverage": 0.6},
        {"target_coverage": 0.5, "max_upfront_usd": 10_000.0},
    ],
    ids=str,
)
def test_a_quick_answer_is_near_the_advice(sample: Estate, ask, limits: dict[str, float]) -> None:
    advised = recommend(sample, replace(OFFERS, **limits)).report
    assert ask(**limits).annual_savings_usd >= 0.96 * advised.annual_savings_usd


@pytest.mark.parametrize("risk", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("cash", [None, 15_000.0, 0.0])
@pytest.mark.parametrize("target", [None, 0.7, 0.4])
def test_an_answer_keeps_to_its_limits(
    ask, target: float | None, cash: float | None, risk: float
) -> None:
    found: WhatIf = ask(target_coverage=target, max_upfront_usd=cash, risk_aversion=risk)
    assert found.upfront_usd <= (found.upfront_usd if cash is None else cash) + 0.01
    assert found.coverage_after_pct is not None
    assert found.coverage_after_pct <= (100.0 if target is None else target * 100) + 0.01
    assert found.annual_savings_usd == pytest.approx(found.purchases["annual_savings_usd"].sum())
    assert found.upfront_usd == pytest.approx(found.purchases["upfront_usd"].sum())


def test_who_weighs_the_bad_months_more_is_safer_in_them(ask) -> None:
    bold, wary = ask(), ask(risk_aversion=1.0)
    assert wary.worst_savings_usd > bold.worst_savings_usd
    assert wary.annual_savings_usd < bold.annual_savings_usd


def test_an_answer_does_not_depend_on_what_was_asked_before(ask) -> None:
    first = ask(target_coverage=0.55)
    ask(target_coverage=0.9, risk_aversion=1.0)
    assert ask(target_coverage=0.55) == first
