"""Answers while a slider moves: near the advice under their limits, whatever was asked before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finops import Estate
from finops.answers.commitments import CommitmentSettings, recommend
from finops.answers.price_update import update_prices
from finops.answers.what_if import WhatIf, what_if
from finops.estate import Filters
from tests.pricing.offer_samples import as_bytes, ec2_json, sku

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


def test_an_answer_knows_an_update_of_prices(sample: Estate, tmp_path: Path) -> None:
    """Hours of m5.large without a price of their own, at the catalogue's $0.101 and at $0.202."""
    region = sample.narrowed(Filters(regions=("ap-south-1",)))
    assert region.usage is not None
    hours = region.usage[region.usage["InstanceType"] == "m5.large"]
    estate = replace(region, usage=hours.assign(OnDemandRateUSD=np.nan), digest="no prices")
    settings = replace(OFFERS, target_coverage=0.5)
    before = what_if(estate, settings)
    dearer = sku("m5.large", price="0.2020000000", regionCode="ap-south-1")
    offers = tmp_path / "offers.json"
    offers.write_bytes(as_bytes(ec2_json([dearer])))
    update_prices([str(offers)])
    after = what_if(estate, settings)
    assert before.on_demand_usd > 0
    assert after.on_demand_usd == pytest.approx(2 * before.on_demand_usd)
