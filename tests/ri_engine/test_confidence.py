"""What speaks for a row, worked by hand on levels; how well it is calibrated, the benchmark says."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from finops.ri_engine.confidence import (
    COEFFICIENTS,
    FEATURES,
    confidence_horizon,
    confidence_of,
    features,
    headroom,
    probabilities,
    signs_of,
)
from finops.ri_engine.evidence import Evidence, from_usage
from finops.ri_engine.purchases import Purchase
from finops.schema import COMMITMENTS

AS_OF = date(2026, 3, 31)
DAY = 24


@pytest.fixture
def evidence_of(catalogue):
    def make(usage: pd.DataFrame, owned: pd.DataFrame | None = None) -> Evidence:
        have = COMMITMENTS.empty() if owned is None else owned
        return from_usage(usage, have, catalogue, as_of=AS_OF, lookback_days=60)

    return make


def _reserved(quantity: int) -> Purchase:
    """Standard, one year, No Upfront: an m5.large at 60 % of its 0.10 $/h."""
    return Purchase(
        kind="reserved_instance",
        account_id=None,
        term_years=1,
        payment_option="No Upfront",
        offering_class="standard",
        region="us-east-1",
        instance_type="m5.large",
        instance_family="m5",
        platform="Linux/UNIX",
        tenancy="default",
        quantity=quantity,
        upfront_usd=0.0,
        recurring_hourly_usd=0.06 * quantity,
    )


def _plan(commitment: float) -> Purchase:
    """A Compute plan, one year, No Upfront: 70 % of On-Demand."""
    return Purchase(
        kind="compute_savings_plan",
        account_id=None,
        term_years=1,
        payment_option="No Upfront",
        hourly_commitment_usd=commitment,
        upfront_usd=0.0,
        recurring_hourly_usd=commitment,
    )


def test_headroom_is_how_far_demand_may_fall(evidence_of, hourly) -> None:
    # 10 instances: 10 at 60 % pay down to 6, a level that is looked at; 8 pay down to 4.8.
    evidence = evidence_of(hourly([10] * 90 * DAY))
    assert headroom(evidence, [_reserved(10)]) == pytest.approx(-np.log(0.6))
    assert headroom(evidence, [_reserved(8)]) == pytest.approx(-np.log(0.48), abs=0.01)
    # 5 pay down to 3, which is further than is looked for.
    assert headroom(evidence, [_reserved(5)]) == pytest.approx(-np.log(0.4))
    # 20 serve 10: 1.00 $/h for 1.20.
    assert headroom(evidence, [_reserved(20)]) == pytest.approx(np.log(1.0 / 1.2))


def test_rows_are_billed_together(evidence_of, hourly) -> None:
    # The plan serves what 6 Reserved Instances leave: 4 of 10, for which it costs 0.28 $/h and serves
    # 0.40; at 0.88 of the demand 2.8 are left, worth just that.
    evidence = evidence_of(hourly([10] * 90 * DAY))
    reserved, plan = headroom(evidence, [_reserved(6), _plan(0.28)])
    assert reserved == pytest.approx(-np.log(0.4))
    assert plan == pytest.approx(-np.log(0.88), abs=0.01)


def test_what_owned_plans_lose_is_not_displaced(evidence_of, hourly, owned) -> None:
    # An owned plan serves all 10; Reserved Instances before it displace nothing that costs On-Demand.
    have = owned({"Kind": "compute_savings_plan", "HourlyCommitmentUSD": 0.7})
    assert headroom(evidence_of(hourly([10] * 90 * DAY), have), [_reserved(5)])[0] == -1.0


def test_features_of_constant_demand(evidence_of, hourly) -> None:
    [row] = features(signs_of(evidence_of(hourly([10] * 90 * DAY)), [_reserved(10)]), 30)
    named = dict(zip(FEATURES, row, strict=True))
    assert named["constant"] == 1
    # Nothing moves, so that only the unforeseen tenth is expected.
    assert named["headroom"] == pytest.approx(-np.log(0.6) / 0.1)
    assert (named["growth"], named["recent"], named["plan"], named["horizon"]) == (0, 0, 0, 0)


def test_what_moved_in_the_past_is_expected_again(evidence_of, hourly) -> None:
    # 10 until 37 days before the end, then 20. Months around the origins, the latest first: from 10 to
    # 20, but for the first 7 of 30 days; later origins have more of the 20 before them.
    levels = [10] * 53 * DAY + [20] * 37 * DAY
    signs = signs_of(evidence_of(hourly(levels)), [_reserved(10)])
    months = [(30 * 10 + 10 * n, 20 * 30) for n in (7, 0)]
    months += [(30 * 10, 20 * 30 - 10 * n) for n in (7, 14, 21)]
    assert signs.moved == pytest.approx(np.std([np.log(after / before) for before, after in months]))
    assert signs.recent == pytest.approx(np.log(20 / ((10 * 23 + 20 * 37) / 60)))


def test_demand_that_fell_lately_speaks_against(evidence_of, hourly) -> None:
    fell = evidence_of(hourly([10] * 76 * DAY + [4] * 14 * DAY))
    stayed = evidence_of(hourly([10] * 90 * DAY))
    named = dict(zip(FEATURES, features(signs_of(fell, [_reserved(8)]), 30)[0], strict=True))
    assert named["recent"] < -1
    assert named["growth"] < 0
    assert confidence_of(fell, [_reserved(8)])[0] < confidence_of(stayed, [_reserved(8)])[0]


def test_more_headroom_is_more_confidence(evidence_of, hourly) -> None:
    levels = np.tile([4.0, 6.0, 8.0, 10.0], 90 * DAY // 4)
    found = [confidence_of(evidence_of(hourly(levels)), [_reserved(n)])[0] for n in (3, 6, 8, 20)]
    assert found == sorted(found, reverse=True)
    # 20 are used for 7 of them, and cost what 12 would save.
    assert 0.5 <= found[-1] < 50
    assert 95 < found[0] <= 99.5


def test_every_row_of_a_portfolio_has_one(evidence_of, hourly) -> None:
    found = confidence_of(evidence_of(hourly([10] * 90 * DAY)), [_reserved(6), _plan(0.2)])
    assert all(one is not None and 0.5 <= one <= 99.5 for one in found)


def test_it_is_unknown_without_ninety_days(evidence_of, hourly) -> None:
    evidence = evidence_of(hourly([10] * 89 * DAY))
    assert confidence_horizon(evidence) is None
    assert confidence_of(evidence, [_reserved(10), _plan(0.1)]) == (None, None)
    assert confidence_of(evidence, []) == ()


@pytest.mark.parametrize(("days", "horizon"), [(90, 30), (150, 60), (180, 90), (270, 180), (400, 180)])
def test_the_horizon_is_the_longest_that_can_be_tested(
    evidence_of, hourly, days: int, horizon: int
) -> None:
    assert confidence_horizon(evidence_of(hourly([1] * days * DAY))) == horizon


def test_no_probability_is_certain() -> None:
    far = np.zeros((2, len(FEATURES)))
    far[:, FEATURES.index("headroom")] = (1e6, -1e6)
    assert probabilities(far) == pytest.approx([0.995, 0.005])
    assert len(COEFFICIENTS) == len(FEATURES)
