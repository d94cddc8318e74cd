"""Whole steps near a portfolio: batches are billed as one, and nothing gets dearer."""

from __future__ import annotations

import numpy as np
import pytest

from finops import Estate
from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.optimum.by_planes import PlaneSearch
from finops.ri_engine.optimum.cuts import blocks_of
from finops.ri_engine.optimum.dispatch import dispatch
from finops.ri_engine.optimum.limits import Limits
from finops.ri_engine.optimum.market import Market, market_of
from finops.ri_engine.optimum.polish import Kept, polished, stays
from finops.ri_engine.optimum.portfolio import program_of
from finops.ri_engine.optimum.thinned import thinned


@pytest.fixture(scope="module")
def market(sample: Estate) -> Market:
    from finops.pricing import packaged_catalogue

    assert sample.usage is not None
    found: Evidence = from_usage(
        sample.usage, sample.commitments, packaged_catalogue(), as_of=sample.as_of, lookback_days=14
    )
    return thinned(market_of(found, found.window, Limits(term_years=1)), 120)


def search_of(market: Market, limits: Limits) -> PlaneSearch:
    cases = np.zeros(market.quantity.shape[1], dtype=np.intp)
    blocks = blocks_of(market, cases)
    return PlaneSearch(market, program_of(market, limits, cases, blocks), blocks, None, 1e6)


def some_units(market: Market, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    few = random.random(len(market.options)) < 0.2
    return few * random.integers(1, 4, len(market.options)) * np.minimum(market.step * 50, 1.0)


def test_a_batch_is_billed_as_each_alone(market: Market) -> None:
    units = np.array([some_units(market, seed) for seed in range(5)])
    together = stays(market, units)
    for one, left in zip(units, together, strict=True):
        alone = market.on_demand @ dispatch(market, one).residual
        assert left == pytest.approx(alone, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_polished_costs_no_more_and_stays_whole(market: Market, seed: int) -> None:
    cash = 5_000.0
    search = search_of(market, Limits(term_years=1, max_upfront_usd=cash))
    start = np.zeros(len(market.options)) if seed == 0 else some_units(market, seed)
    start = start * (market.upfront == 0)
    found = polished(search, start)
    assert search.weigh(found) <= search.weigh(start) + 1e-9
    assert market.upfront @ found <= cash + 1e-6
    assert found / market.step == pytest.approx(np.round(found / market.step), abs=1e-6)
    assert found.min() >= 0


@pytest.mark.parametrize("share", [0.3, 0.6])
def test_what_must_stay_on_demand_stays(market: Market, share: float) -> None:
    kept = Kept(market, share * market.on_demand_usd)
    for start in (np.zeros(len(market.options)), some_units(market, 7) * 5):
        found = polished(search_of(market, Limits(term_years=1)), start, kept)
        assert kept.room(found[None])[0] >= -1e-9
        assert found.any()
