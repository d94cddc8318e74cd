"""Days of scopes: they add up to the bill, whatever the dimension, and fees come on their days."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops.insights.daily_scopes import DIMENSIONS, TOTAL, Scope, daily_scopes
from tests.insights.made_costs import FIRST, Resource, bill, on, span


def test_a_scope_is_the_sum_of_its_charges() -> None:
    daily = daily_scopes(
        bill(
            Resource("i-1", 10.0, team="Web"),
            Resource("i-2", 5.0, region="eu-west-1"),
            Resource("b-1", 2.0, service="Amazon Simple Storage Service", team="Web"),
            days=40,
        ),
        "EffectiveCost",
        span(40),
    )
    of = {scope: daily.actual[row] for row, scope in enumerate(daily.scopes)}
    assert of[Scope(TOTAL)] == pytest.approx(17)
    assert of[Scope("team", "Web")] == pytest.approx(12)
    assert of[Scope("team", "(none)")] == pytest.approx(5)
    assert of[Scope("region", "us-east-1")] == pytest.approx(12)
    assert of[Scope("service", "Amazon Simple Storage Service")] == pytest.approx(2)
    assert (daily.first, daily.days, daily.day(39)) == (FIRST, 40, on(39))
    assert daily.position(on(12)) == 12


charge = st.builds(
    Resource,
    name=st.sampled_from(["i-1", "i-2"]),
    usd=st.integers(0, 1000).map(lambda cents: cents / 100),
    service=st.sampled_from(["Amazon Elastic Compute Cloud", "Amazon RDS"]),
    account=st.sampled_from(["1", "2"]),
    region=st.sampled_from(["us-east-1", "eu-west-1"]),
    team=st.sampled_from([None, "Web", "Data"]),
    frequency=st.sampled_from(["Usage-Based", "Recurring"]),
)


@given(st.lists(charge, min_size=1, max_size=6))
def test_each_dimension_adds_up_to_the_total(charges: list[Resource]) -> None:
    daily = daily_scopes(bill(*charges, days=10), "EffectiveCost", span(10))
    total = sum(float(one.usd) for one in charges)
    assert daily.actual[0] == pytest.approx(total)
    for dimension in DIMENSIONS:
        rows = [row for row, scope in enumerate(daily.scopes) if scope.dimension == dimension]
        assert daily.actual[rows].sum(axis=0) == pytest.approx(daily.actual[0])
    assert daily.actual[len(daily.scopes) :].sum(axis=0) == pytest.approx(daily.actual[0])
    assert daily.charges["usd"].sum() == pytest.approx(10 * total)
    fees = sum(float(one.usd) for one in charges if one.frequency == "Recurring")
    assert daily.charges.loc[daily.charges["fee"], "usd"].sum() == pytest.approx(10 * fees)


def test_fees_are_expected_on_their_day_once_they_are_known() -> None:
    fee = Resource("support", lambda at: 500.0 if on(at).day == 1 else None, frequency="Recurring")
    daily = daily_scopes(bill(Resource("i-1", 10.0), fee, days=90), "EffectiveCost", span(90))
    fees = {on(at): usd for at, usd in enumerate(daily.fees[0]) if usd}
    # From 5 January on: that of 1 February is the first, and known from then on.
    assert fees == {date(2026, 3, 1): 500, date(2026, 4, 1): 500}


def test_storage_by_the_month_is_evened_out_by_the_length_of_the_month() -> None:
    # $304.375 a month: $10 a day of a month of mean length (30.4375 days).
    lake = Resource(
        "b-lake", lambda at: 304.375 / {1: 31, 2: 28, 3: 31, 4: 30}[on(at).month], unit="GB-Month"
    )
    daily = daily_scopes(bill(lake), "EffectiveCost", span())
    february = [at for at in range(daily.days) if on(at).month == 2]
    assert daily.fees[0, february] == pytest.approx(304.375 / 28 - 10)
    assert daily.actual[0] - daily.fees[0] == pytest.approx(10)


def test_days_without_a_figure() -> None:
    def but(*hole: int) -> Resource:
        return Resource("i-1", lambda at: None if at in hole else 10.0, region="eu-west-1")

    def missing(one: Resource) -> list[int]:
        daily = daily_scopes(bill(one, Resource("i-2", 5.0), days=60), "EffectiveCost", span(60))
        row = daily.scopes.index(Scope("region", "eu-west-1"))
        return np.flatnonzero(np.isnan(daily.actual[row])).tolist()

    assert missing(but(40, 41)) == [40, 41]
    assert missing(but(20)) == []  # it was not there on each of 28 days before
    assert missing(but(*range(40, 48))) == []  # eight days: it is gone
