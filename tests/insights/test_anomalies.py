"""Anomalies of bills made by hand: found once, where they are told best, with causes that add up."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from finops.insights.anomalies import Anomaly, Found, find_anomalies
from finops.insights.anomaly_causes import THE_REST
from finops.insights.anomaly_feedback import Feedback, Verdict
from finops.insights.daily_scopes import daily_scopes
from finops.periods import Span
from tests.insights.made_costs import DAYS, Resource, bill, on, span

if TYPE_CHECKING:
    from finops import Estate

WEB = Resource("i-web", 300.0, team="Web", region="us-east-1")
DATA = Resource("i-data", 200.0, account="222222222222", team="Data", region="eu-west-1")
LOGS = Resource("b-logs", 100.0, service="Amazon Simple Storage Service", team="Web")


def found(*resources: Resource, days: int = DAYS, feedback: tuple[Feedback, ...] = ()) -> Found:
    return find_anomalies(
        daily_scopes(bill(*resources, days=days), "EffectiveCost", span(days)), feedback
    )


def storm(at: int) -> float | None:
    """$700 on three days."""
    return {60: 200.0, 61: 400.0, 62: 100.0}.get(at)


STORM = Resource(
    "b-storm", storm, service="Amazon Simple Storage Service", account="222222222222", team="Web"
)


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


def test_a_month_start_fee_and_the_length_of_a_month_are_no_anomalies() -> None:
    fee = Resource("support", lambda at: 500.0 if on(at).day == 1 else None, frequency="Recurring")
    # $310 a month: $10 a day in January and March, $11.07 in February.
    stored = Resource(
        "b-lake",
        lambda at: 3100.0 / {1: 31, 2: 28, 3: 31, 4: 30}[on(at).month],
        service="Amazon Simple Storage Service",
        unit="GB-Month",
    )
    quiet = found(fee, stored, Resource("i-small", 20.0, region="eu-west-1"))
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


def said(
    one: Anomaly,
    verdict: Verdict,
    *,
    start: date | None = None,
    until: date | None = None,
    dearest: float | None = None,
) -> Feedback:
    side: Literal[1, -1] = one.side
    return Feedback(
        anomaly_id=one.id,
        verdict=verdict,
        dimension=one.dimension,
        value=one.value,
        side=side,
        start=start or one.date,
        until=until or one.end,
        dearest_day_usd=one.dearest_day_usd if dearest is None else dearest,
        kind=one.kind,
        given_at=datetime(2026, 5, 1, tzinfo=UTC),
    )


def test_noise_mutes_its_like_and_no_more() -> None:
    (one,) = found(WEB, DATA, LOGS, STORM).anomalies
    again = found(WEB, DATA, LOGS, STORM, feedback=(said(one, "no"),))
    assert (again.anomalies, [muted.id for muted in again.muted]) == ((), [one.id])
    # $400 on its dearest day: its like is up to 1.5 × that of the noise, of the same scope.
    for dearest, count in ((270.0, 0), (260.0, 1)):
        other = said(one, "no", start=on(40), until=on(42), dearest=dearest).model_copy(
            update={"anomaly_id": "another"}
        )
        assert len(found(WEB, DATA, LOGS, STORM, feedback=(other,)).anomalies) == count
    elsewhere = said(one, "no", start=on(40), until=on(42)).model_copy(
        update={"anomaly_id": "another", "value": "Amazon RDS"}
    )
    assert len(found(WEB, DATA, LOGS, STORM, feedback=(elsewhere,)).anomalies) == 1


def test_noise_in_missing_data_mutes_no_fall_and_no_longer_gap() -> None:
    """Gaps of two, three and one days of the whole bill, and two days of $60 less."""
    gaps = {50, 51, 80, 81, 82, 92}

    def without(usd: float, fallen: float):
        return lambda at: None if at in gaps else fallen if at in {65, 66} else usd

    bills = (
        Resource("a", without(100.0, 40.0)),
        Resource("b", without(50.0, 50.0), service="Amazon Simple Storage Service", account="2"),
    )
    every = found(*bills).anomalies
    starts = [(one.date, one.kind) for one in every]
    assert starts == [
        (on(92), "missing_data"),
        (on(80), "missing_data"),
        (on(65), "drop"),
        (on(50), "missing_data"),
    ]
    noise = said(every[-1], "no")
    again = found(*bills, feedback=(noise,))
    assert [one.date for one in again.anomalies] == [on(80), on(65)]
    assert [one.date for one in again.muted] == [on(92), on(50)]
    # What an earlier version kept does not say what kind it was: it speaks of that one alone.
    old = found(*bills, feedback=(noise.model_copy(update={"kind": None}),))
    assert [one.date for one in old.anomalies] == [on(92), on(80), on(65)]


def test_a_verdict_holds_where_another_scope_tells_the_same_event() -> None:
    """The storm is all of account 222222222222 and nothing of 111111111111."""
    (one,) = found(WEB, DATA, LOGS, STORM).anomalies
    before = {"anomaly_id": "before", "dimension": "account", "value": "222222222222"}
    theirs = said(one, "no", until=on(60)).model_copy(update=before)
    again = found(WEB, DATA, LOGS, STORM, feedback=(theirs,))
    assert (again.anomalies, [muted.id for muted in again.muted]) == ((), ["before"])
    for other in (
        {"value": "111111111111"},
        {"side": -1},
        {"kind": "missing_data"},
        {"start": on(57), "until": on(59)},
    ):
        elsewhere = theirs.model_copy(update=other)
        assert [a.id for a in found(WEB, DATA, LOGS, STORM, feedback=(elsewhere,)).anomalies] == [one.id]


def test_what_is_said_of_a_drift_on_its_first_days_holds_when_it_has_grown(sample: Estate) -> None:
    """That of 6 April is told of another scope from 27 April on."""

    def until(day: date, feedback: tuple[Feedback, ...] = ()) -> Anomaly:
        assert sample.billed is not None
        daily = daily_scopes(sample.costs, "EffectiveCost", Span(sample.billed.first, day))
        return next(a for a in find_anomalies(daily, feedback).anomalies if a.date == date(2026, 4, 6))

    early, late = until(date(2026, 4, 26)), until(date(2026, 4, 27))
    assert early.scope != late.scope
    kept = until(date(2026, 4, 27), (said(early, "yes"),))
    assert (kept.id, kept.verdict, kept.scope) == (early.id, "yes", late.scope)


def test_the_least_that_is_reported_is_no_less_than_a_cent() -> None:
    assert found(Resource("a", lambda at: 0.0 if at < 60 else 100.0)).least_usd == 0.01


def test_a_yes_is_kept_and_shown() -> None:
    (one,) = found(WEB, DATA, LOGS, STORM).anomalies
    (kept,) = found(WEB, DATA, LOGS, STORM, feedback=(said(one, "yes"),)).anomalies
    assert (kept.id, kept.verdict) == (one.id, "yes")


def test_a_planned_change_alarms_nobody_and_is_learnt_at_once() -> None:
    moved = Resource("i-moved", lambda at: 250.0 if at >= 60 else 100.0, region="eu-west-1", team="Web")
    (one,) = found(WEB, DATA, LOGS, moved).anomalies
    assert one.kind == "level_shift"
    planned = said(one, "planned", until=on(73))
    assert found(WEB, DATA, LOGS, moved, feedback=(planned,)).anomalies == ()

    def later(at: int) -> float:
        return 100.0 if at < 60 else 250.0 if at < 85 else 600.0

    again = Resource("i-moved", later, region="eu-west-1", team="Web")
    (second,) = found(WEB, DATA, LOGS, again, feedback=(planned,)).anomalies
    # From the new level on: $350 more a day, not $500.
    assert second.date == on(85)
    assert [day.impact_usd for day in second.days] == pytest.approx([350] * 15, abs=1)


@pytest.mark.parametrize("length", [5, 12, 30])
def test_the_end_of_a_planned_change_alarms_nobody_in_any_scope(length: int) -> None:
    """A load test of $200 more a day; after 20 days it is the level of other scopes than the planned."""
    loaded = Resource(
        "i-load",
        lambda at: 300.0 if 50 <= at < 50 + length else 100.0,
        account="333333333333",
        region="eu-west-1",
        team="Load",
    )
    (one,) = found(WEB, DATA, LOGS, loaded).anomalies[-1:]
    assert (one.date, one.kind, one.severity) == (
        on(50),
        "level_shift" if length > 7 else "spike",
        "high",
    )
    for dimension, value in (("account", "333333333333"), ("service", WEB.service), ("total", "")):
        planned = said(one, "planned", until=on(50 + length - 1)).model_copy(
            update={"anomaly_id": "x", "dimension": dimension, "value": value}
        )
        assert found(WEB, DATA, LOGS, loaded, feedback=(planned,)).anomalies == ()
    # What begins elsewhere in the week after it is none of its end: $400 more for two days.
    other = Resource(
        "b-other",
        lambda at: 500.0 if 50 + length + 2 <= at < 50 + length + 4 else 100.0,
        service="Amazon RDS",
        team="Other",
    )
    (after,) = found(WEB, DATA, LOGS, loaded, other, feedback=(planned,)).anomalies
    assert (after.date, after.impact_usd) == (on(50 + length + 2), pytest.approx(800))


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
