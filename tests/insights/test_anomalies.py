"""Anomalies of bills made by hand: found once, where they are told best, with causes that add up."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from finops.insights.anomalies import Anomaly, Found, find_anomalies
from finops.insights.anomaly_causes import THE_REST
from finops.insights.daily_scopes import daily_scopes
from finops.money import to_cents
from tests.insights.made_costs import DAYS, Resource, on
from tests.insights.made_events import DATA, LOGS, STORM, WEB, found

if TYPE_CHECKING:
    from finops import Estate


def test_a_quiet_bill_has_no_anomaly() -> None:
    quiet = found(WEB, DATA, LOGS)
    assert quiet.anomalies == ()
    assert quiet.usual_day_usd == 600
    assert quiet.least_usd == 30  # a twentieth


def test_a_storm_is_one_anomaly_with_days_dollars_and_causes() -> None:
    (one,) = found(WEB, DATA, LOGS, STORM).anomalies
    # $700 more stand out most where least else is: against $100 a day of S3.
    assert (one.scope, one.kind) == ("service Amazon Simple Storage Service", "spike")
    assert (one.date, one.end) == (on(60), on(62))
    assert one.expected_usd == pytest.approx(300)
    assert one.actual_usd == pytest.approx(1000)
    assert one.impact_usd == pytest.approx(700)
    assert one.impact_pct == pytest.approx(700 / 300 * 100)
    assert [day.impact_usd for day in one.days] == pytest.approx([200, 400, 100])
    assert one.severity == "high"
    assert [
        (c.dimension, c.value, round(c.impact_usd, 6), round(c.share_pct, 6)) for c in one.causes
    ] == [
        ("account", "222222222222", 700, 100),
        ("region", "us-east-1", 700, 100),
        ("team", "Web", 700, 100),
        ("resource", "b-storm", 700, 100),
    ]
    assert one.cause == (
        "account 222222222222 (100 %); region us-east-1 (100 %); team Web (100 %); resources b-storm"
    )


def causes_add_up(one: Anomaly) -> None:
    assert one.impact_usd is not None
    by_dimension: dict[str, float] = defaultdict(float)
    for cause in one.causes:
        by_dimension[cause.dimension] += cause.impact_usd
    for dimension, usd in by_dimension.items():
        assert usd == pytest.approx(one.impact_usd, abs=0.01), dimension


def test_what_is_shown_adds_up_to_the_cent(sample: Estate) -> None:
    assert sample.billed is not None
    every = find_anomalies(daily_scopes(sample.costs, "EffectiveCost", sample.billed)).anomalies
    assert len(every) > 3
    for one in every:
        assert one.actual_usd is not None
        assert one.impact_usd is not None
        assert to_cents(one.impact_usd) == to_cents(one.actual_usd) - to_cents(one.expected_usd)
        for name in ("actual_usd", "expected_usd", "impact_usd"):
            days = sum(to_cents(getattr(day, name)) for day in one.days)
            assert getattr(one, name) == days / 100
        for dimension in {cause.dimension for cause in one.causes}:
            told = [to_cents(c.impact_usd) for c in one.causes if c.dimension == dimension]
            assert sum(told) == to_cents(one.impact_usd)


def test_what_is_a_hundred_times_the_expected_has_no_percentage() -> None:
    """$1 a day of one service, and then $100 or $102 on one day: 99 and 101 times as much more."""
    for usd, pct in ((100.0, 9900.0), (102.0, None)):
        small = Resource("i-s", lambda at, usd=usd: usd if at == 70 else 1.0, service="S", region="r")
        (one,) = found(WEB, DATA, LOGS, small).anomalies
        assert one.impact_pct == (None if pct is None else pytest.approx(pct))


@pytest.mark.parametrize("every", [True, False], ids=["all_is_missing", "a_service_is_missing"])
def test_a_missing_day_hides_no_spike_beside_it(*, every: bool) -> None:
    """No charge on day 60, of S3 or at all, and $5,000 more on day 62."""

    def gap(usd: float):
        return lambda at: None if at == 60 else usd

    logs = Resource(
        "b-logs",
        lambda at: None if at == 60 else 5100.0 if at == 62 else 100.0,
        service="Amazon Simple Storage Service",
        team="Logs",
        region="ap-south-1",
    )
    rest = [
        Resource("i-a", gap(300.0) if every else 300.0, region="us-east-1"),
        Resource("i-b", gap(200.0) if every else 200.0, region="eu-west-1", account="2"),
    ]
    spike, missing = found(logs, *rest).anomalies
    assert (missing.kind, missing.date, missing.end) == ("missing_data", on(60), on(60))
    assert (spike.kind, spike.date, spike.impact_usd) == ("spike", on(62), pytest.approx(5000))


def test_two_events_at_once_are_two() -> None:
    leak = Resource(
        "i-leak", lambda at: 500.0 if 58 <= at <= 63 else None, team="Web", region="us-east-1"
    )
    elsewhere = replace(STORM, region="eu-west-1", team="Data")
    both = found(WEB, DATA, LOGS, elsewhere, leak).anomalies
    assert {(one.impact_usd and round(one.impact_usd), one.date) for one in both} == {
        (700, on(60)),
        (3000, on(58)),
    }
    for one in both:
        causes_add_up(one)


def test_what_was_not_expected_at_all_has_no_percentage() -> None:
    new = Resource("i-new", lambda at: 90.0 if at >= 80 else None, region="ap-south-1")
    (one,) = found(WEB, DATA, LOGS, new).anomalies
    assert (one.scope, one.expected_usd, one.impact_pct) == ("region ap-south-1", 0, None)
    assert one.impact_usd == pytest.approx(90 * 20)


@pytest.mark.parametrize("frequency", ["Recurring", "Usage-Based"])
@pytest.mark.parametrize("last", [False, True], ids=["first_of_month", "last_of_month"])
def test_a_fee_of_each_month_and_the_length_of_a_month_are_no_anomalies(
    *, last: bool, frequency: str
) -> None:
    """From 5 January to 3 June; the first fee is that of 1 February, or that of 31 January."""
    fee = Resource("support", lambda at: 500.0 if on(at + last).day == 1 else None, frequency=frequency)
    # $310 a month: $10 a day in January, March and May, $11.07 in February.
    stored = Resource(
        "b-lake",
        lambda at: 3100.0 / {1: 31, 2: 28, 3: 31, 4: 30, 5: 31, 6: 30}[on(at).month],
        service="Amazon Simple Storage Service",
        unit="GB-Month",
    )
    quiet = found(fee, stored, Resource("i-small", 20.0, region="eu-west-1"), days=150)
    # The first fee of all was never seen before; its day lies in the first four weeks.
    assert quiet.anomalies == ()


@pytest.mark.parametrize("hole", [range(60, 61), range(60, 63)])
def test_a_day_without_any_charge_is_missing_and_no_saving(hole: range) -> None:
    def always(usd: float):
        return lambda at: None if at in hole else usd

    (one,) = found(
        Resource("i-a", always(70.0)), Resource("i-b", always(30.0), region="eu-west-1")
    ).anomalies
    assert (one.scope, one.kind, one.severity) == ("total", "missing_data", "high")
    assert (one.actual_usd, one.impact_usd, one.impact_pct) == (None, None, None)
    assert one.expected_usd == pytest.approx(100 * len(hole))
    assert one.size_usd == one.expected_usd
    assert one.causes == ()


def test_a_scope_without_charges_for_some_days_is_missing_and_for_longer_a_fall() -> None:
    def without(first: int, last: int) -> Resource:
        return Resource("i-c", lambda at: None if first <= at <= last else 90.0, region="eu-west-1")

    (short,) = found(WEB, without(60, 62)).anomalies
    assert (short.scope, short.kind) == ("region eu-west-1", "missing_data")
    (long,) = found(WEB, without(60, 99)).anomalies
    assert (long.scope, long.kind) == ("region eu-west-1", "level_shift")
    assert long.actual_usd == 0
    assert long.impact_usd == pytest.approx(-90 * len(long.days))


def test_last_days_that_are_not_whole_do_not_alarm() -> None:
    partial = Resource("i-web", lambda at: 300.0 * (0.4 if at >= DAYS - 2 else 1.0))
    assert found(partial, DATA).anomalies == ()
    dearer = Resource("i-web", lambda at: 300.0 * (1.6 if at >= DAYS - 1 else 1.0))
    assert [one.impact_usd for one in found(dearer, DATA).anomalies] == pytest.approx([180])


@pytest.mark.parametrize(
    "once",
    [
        Resource("c", lambda at: -500.0 if at == 70 else None, category="Credit"),
        Resource("t", lambda at: 900.0 if at == 50 else None, category="Tax"),
        Resource("a", lambda at: -700.0 if at == 70 else None, category="Adjustment"),
        Resource("r", lambda at: -700.0 if at == 70 else None, charge_class="Correction"),
    ],
)
def test_credits_taxes_refunds_and_corrections_are_not_watched(once: Resource) -> None:
    assert found(WEB, DATA, once).anomalies == ()
    # The same dollars as a charge of usage are.
    usage = replace(once, category="Usage", charge_class=None)
    (one,) = found(WEB, DATA, usage).anomalies
    assert one.impact_usd == pytest.approx(once.usd(70) or 900)


def test_a_new_fee_is_the_cause_and_what_did_a_cent_is_none() -> None:
    """$60 more of one resource, $900 of a fee that nobody knew, and a tenth of a cent of 40 others."""
    many = [Resource(f"r{number:02d}", lambda at: 10.001 if at == 70 else 10.0) for number in range(40)]
    big = Resource("big", lambda at: 210.0 if at == 70 else 150.0)
    fee = Resource("fee", lambda at: 900.0 if at == 70 else None, frequency="Recurring")
    (one,) = found(*many, big, fee).anomalies
    assert one.impact_usd == pytest.approx(960.04)
    named = [(c.value, round(c.impact_usd, 2)) for c in one.causes if c.dimension == "resource"]
    # The fee is more than nine tenths of it.
    assert named == [("fee", 900), (THE_REST, 60.04)]
    assert one.cause.endswith("; resources fee")
    causes_add_up(one)


def test_a_fee_that_rose_explains_what_it_rose_by() -> None:
    """$300 on the first of each month, then $800: $500 more. What it always was explains nothing."""

    def first_of(at: int) -> float | None:
        return (300.0 if at < 80 else 800.0) if on(at).day == 1 else None

    fee = Resource("support", first_of, frequency="Recurring")
    (one,) = found(WEB, DATA, fee).anomalies
    assert one.date == date(2026, 4, 1)
    assert [(c.value, c.impact_usd) for c in one.causes if c.dimension == "resource"] == [
        ("support", pytest.approx(500))
    ]
    causes_add_up(one)


def test_too_short_a_history_has_none() -> None:
    assert found(WEB, STORM, days=20).anomalies == ()


def test_the_least_that_is_reported_is_no_less_than_a_cent() -> None:
    assert found(Resource("a", lambda at: 0.0 if at < 60 else 100.0)).least_usd == 0.01


@pytest.fixture(scope="module")
def of_sample(sample: Estate) -> Found:
    assert sample.billed is not None
    return find_anomalies(daily_scopes(sample.costs, "EffectiveCost", sample.billed))


def planted(tree: Path) -> list[dict]:
    truths = json.loads((tree / "data" / "planted_truths.json").read_text(encoding="utf-8"))["truths"]
    return [truth for truth in truths if truth["kind"] == "cost_anomaly"]


def test_planted_anomalies_have_their_days_resources_and_dollars(of_sample: Found, tree: Path) -> None:
    assert len(planted(tree)) == 3
    for truth in planted(tree):
        name = truth["name"]
        (one,) = (
            a for a in of_sample.anomalies if (str(a.date), str(a.end)) == (truth["start"], truth["end"])
        )
        assert one.impact_usd == pytest.approx(truth["excess_usd"], rel=0.1), name
        assert one.severity == "high", name
        by_day = {str(day.date): day.impact_usd for day in one.days}
        for day, usd in truth["excess_by_day_usd"].items():
            assert by_day[day] == pytest.approx(usd, rel=0.1, abs=15), (name, day)
        named = {cause.value for cause in one.causes if cause.dimension == "resource"} - {THE_REST}
        assert named <= set(truth["resources"]), name
        explained = sum(cause.impact_usd for cause in one.causes if cause.value in named)
        assert explained >= 0.9 * one.impact_usd, name
        places = {(c.dimension, c.value) for c in one.causes} | {(one.dimension, one.value)}
        for dimension, key in (("service", "service"), ("account", "account_id"), ("region", "region")):
            assert (dimension, truth[key]) in places, name
        causes_add_up(one)


def test_at_most_one_false_alarm_a_month_on_the_sample(of_sample: Found, tree: Path) -> None:
    true = {truth["start"] for truth in planted(tree)}
    false = [one.date for one in of_sample.anomalies if str(one.date) not in true]
    for month in {(day.year, day.month) for day in false}:
        assert sum((day.year, day.month) == month for day in false) <= 1
    assert len(false) <= 6


def test_a_bill_of_nothing_but_credits_has_no_anomaly() -> None:
    assert found(Resource("c", -5.0, category="Credit")).anomalies == ()


def test_costs_and_credits_that_cancel_out_do_not_fail() -> None:
    refund = Resource("i-refund", lambda at: -99.0 if at % 2 else -101.0, region="us-east-1")
    quiet = found(Resource("i-cost", 100.0), refund, Resource("i-other", 500.0, region="eu-west-1"))
    assert quiet.anomalies == ()
