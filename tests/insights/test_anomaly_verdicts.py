"""What people say of anomalies: noise is muted, planned changes are learnt, and nothing else is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Literal

import pytest

from finops.insights.anomalies import Anomaly, find_anomalies
from finops.insights.anomaly_feedback import Feedback, Verdict
from finops.insights.daily_scopes import daily_scopes
from finops.periods import Span
from tests.insights.made_costs import Resource, on
from tests.insights.made_events import DATA, LOGS, STORM, WEB, found

if TYPE_CHECKING:
    from finops import Estate


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


def test_what_grows_beyond_what_was_said_to_be_noise_is_told_again() -> None:
    """$150 more on three days is noise; then $3,000 more a day follows at once."""

    def more(at: int) -> float:
        return 0.0 if at < 60 else 150.0 if at < 63 else 3000.0

    growing = Resource("i-web", lambda at: 300.0 + more(at), team="Web", region="us-east-1")
    (small,) = found(growing, DATA, LOGS, days=63).anomalies
    noise = said(small, "no")
    assert found(growing, DATA, LOGS, days=63, feedback=(noise,)).anomalies == ()
    (large,) = found(growing, DATA, LOGS, days=76, feedback=(noise,)).anomalies
    assert (large.id, large.date, large.verdict) == (small.id, on(60), None)
    assert large.impact_usd == pytest.approx(3 * 150 + 13 * 3000)


def test_a_verdict_of_another_scope_speaks_of_one_event_alone() -> None:
    """Of $900 in one service and $1,050 in another, both of account 111111111111, it is the larger."""
    first = Resource("a", lambda at: 600.0 if 60 <= at <= 62 else 300.0, service="A", region="r1")
    second = Resource("b", lambda at: 600.0 if 70 <= at <= 72 else 250.0, service="B", region="r2")
    both = found(first, second, DATA).anomalies
    assert [one.date for one in both] == [on(70), on(60)]
    verdict = said(both[0], "yes", start=on(60), until=on(72)).model_copy(
        update={"anomaly_id": "before", "dimension": "account", "value": "111111111111"}
    )
    again = found(first, second, DATA, feedback=(verdict,)).anomalies
    assert [(one.id, one.verdict) for one in again] == [("before", "yes"), (both[1].id, None)]
